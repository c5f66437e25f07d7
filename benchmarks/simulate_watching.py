"""Are alerts as rare as said where nothing changes, and is what would be seen seen; are promises judged fairly?

``python benchmarks/simulate_watching.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of their
runs, each with a seed of its own. Alerts: 23 series of 500 answers a wave (standard deviation 1); waves swing, three
tenths of each swing moves all series alike, and a part of it may carry over to the next wave. Promises: those of one
wave swing together. Records: lifts are drawn from 0.6 to 1.5 times the likely one, a share of each comes out.
"""

from __future__ import annotations

import sys

import numpy as np

from cxlens.stats.clustered_share import clustered_share
from cxlens.stats.control import Wave, course
from cxlens.stats.realised import realised
from cxlens.stats.triangle import quantiles

RUNS = {"false": 400, "seen": 400, "promises": 2_000, "records": 1_000}
SERIES, ANSWERS, RATE, HALF_A_POINT = 23, 500, 0.05, 0.5
WAVES = (6, 9, 13, 20, 21, 31, 41)
SWINGS = [(0.0, 0.0), (0.05, 0.0), (0.08, 0.0), (0.08, 0.3), (0.08, 0.6)]  # their size, and what carries over
SHIFTS = (0.1, 0.2, 0.3, 0.5)
COMMON = 0.3
LEVEL = 0.95
SAMPLING = 0.05  # error of a rating's mean
START = 20  # waves before the first, so that what carries over has settled


def series(many: int, waves: int, swing: float, carried: float, rng: np.random.Generator) -> np.ndarray:
    """(many, waves) means of series that do not change, but for their swings and chance in the answers."""
    swings = rng.normal(size=(many + 1, waves + START))
    for k in range(1, waves + START):
        fresh = np.sqrt(1 - carried**2) * swings[:, k]
        swings[:, k] = carried * swings[:, k - 1] + fresh
    joint = np.sqrt(COMMON) * swings[-1:] + np.sqrt(1 - COMMON) * swings[:-1]
    return swing * joint[:, START:] + rng.normal(size=(many, waves)) / np.sqrt(ANSWERS)


def last_waves(means: np.ndarray) -> list[Wave]:
    """The last wave of each series, beside its charts."""
    variance = np.full(means.shape[1], 1 / ANSWERS)
    rate = RATE / len(means)
    return [course(mean, variance, rate=rate, worth_seeing=HALF_A_POINT).waves[-1] for mean in means]


def false_alarm(waves: int, swing: float, carried: float, seed: int) -> tuple[bool, float]:
    """Whether any of 23 series has an alert in its last wave, though none changed; the share that is offered one."""
    rng = np.random.default_rng([seed, waves])
    judged = last_waves(series(SERIES, waves, swing, carried, rng))
    return any(wave.is_alert for wave in judged), float(np.mean([wave.state != "not offered" for wave in judged]))


def is_seen(waves: int, swing: float, shift: float | None, lasts: int, seed: int) -> bool:
    """Whether a shift in the last waves of a series, one of 23, is an alert; by default of the size said to be seen."""
    rng = np.random.default_rng([seed, waves, 1])
    mean = series(1, waves, swing, 0.0, rng)[0]
    variance = np.full(waves, 1 / ANSWERS)
    asked = {"rate": RATE / SERIES, "worth_seeing": np.inf}
    if shift is None:
        shift = course(mean, variance, **asked).waves[-1].seen
    mean[waves - lasts :] += shift
    return course(mean, variance, **asked).waves[-1].is_alert


def called_fewer(waves: int, promises: int, common: float, honest: float, seed: int) -> bool:
    """Whether fewer promises are clearly kept than due; intervals are ``honest`` times as wide as they should be."""
    rng = np.random.default_rng([seed, waves, promises])
    wave = np.repeat(np.arange(waves), promises)
    joint = np.sqrt(common) * rng.normal(size=waves)[wave]
    missed_by = joint + np.sqrt(1 - common) * rng.normal(size=len(wave))
    _, high = clustered_share(np.abs(missed_by) < 1.96 * honest, wave, LEVEL)
    return high < LEVEL


def next_gain(promises: int, comes_out: float, spread: float, seed: int) -> tuple[bool, bool, float]:
    """Whether the interval of the next gain holds it, as promised and by the record, and how much wider that is."""
    rng = np.random.default_rng([seed, promises])
    likely = rng.uniform(0.15, 0.5, promises + 1)
    low, high = 0.6 * likely, 1.5 * likely
    lift = quantiles(low, likely, high, rng.random(promises + 1))
    gain = rng.normal(comes_out, spread, promises + 1) * lift
    measured = gain + rng.normal(0, SAMPLING, promises + 1)
    middle = (low + likely + high) / 3
    of_range = np.sqrt((low**2 + likely**2 + high**2 - low * likely - low * high - likely * high) / 18)
    past = slice(0, promises)
    found = realised(middle[past], measured[past], np.hypot(of_range, SAMPLING)[past])
    drawn = quantiles(low[-1], likely[-1], high[-1], rng.random(2_000))
    by_record = drawn * found.draws(2_000, 1, rng)[:, 0]
    ends = [np.quantile(draws, [0.025, 0.975]) for draws in (drawn, by_record)]
    held = [bool(span[0] <= gain[-1] <= span[1]) for span in ends]
    return held[0], held[1], float((ends[1][1] - ends[1][0]) / (ends[0][1] - ends[0][0]))


def share(made: list[bool]) -> str:
    """A share of runs in percent, with its Monte Carlo error."""
    rate = np.mean(made)
    return f"{100 * rate:.1f} +- {100 * np.sqrt(rate * (1 - rate) / len(made)):.1f}"


def of_false_alarms(runs: int) -> None:
    """How often any series has an alert where nothing changes."""
    heads = [f"{swing:g}, {carried:g} carried over" if carried else f"{swing:g}" for swing, carried in SWINGS]
    print(f"| waves | {' | '.join(f'swings {head}' for head in heads)} | series offered alerts, first to last |")
    print("|---" * (len(SWINGS) + 2) + "|")
    for waves in WAVES:
        cells = []
        offered = []
        for swing, carried in SWINGS:
            alarms, shares = zip(*(false_alarm(waves, swing, carried, seed) for seed in range(runs)), strict=True)
            cells.append(share(list(alarms)))
            offered.append(f"{100 * np.mean(shares):.0f}")
        print(f"| {waves} | {' | '.join(cells)} | {', '.join(offered)} |", flush=True)


def of_shifts(runs: int) -> None:
    """How often a shift is seen, one of 23 series."""
    heads = [f"{shift:g} in one wave" for shift in SHIFTS] + ["0.15 for five waves", "what is said"]
    print(f"\n| waves, swings | {' | '.join(heads)} |\n|---" + "|---" * len(heads) + "|")
    for waves in WAVES:
        for swing in (0.0, 0.05):
            asked = [*((shift, 1) for shift in SHIFTS), (0.15, 5), (None, 1)]
            cells = []
            for shift, lasts in asked:
                cells.append(share([is_seen(waves, swing, shift, lasts, seed) for seed in range(runs)]))
            print(f"| {waves}, {swing:g} | {' | '.join(cells)} |", flush=True)


def of_promises(runs: int) -> None:
    """How often promises are said to hold less often than due: rightly made ones, and intervals half as wide."""
    print("\n| waves of 12 promises, share of their misses in common | rightly made | half as wide |\n|---|---|---|")
    for waves in (1, 3, 5, 8, 20):
        for common in (0.0, 0.6):
            cells = [share([called_fewer(waves, 12, common, wide, k) for k in range(runs)]) for wide in (1.0, 0.5)]
            print(f"| {waves}, {common:g} | {' | '.join(cells)} |", flush=True)


def of_records(runs: int) -> None:
    """How often the interval of the next gain holds it."""
    print("\n| earlier promises, what comes out | as promised | by the record | its width over that of the promise |")
    print("|---|---|---|---|")
    for promises in (5, 8, 20):
        for comes_out, spread in ((1.0, 0.0), (0.6, 0.0), (0.6, 0.15), (0.6, 0.4), (0.0, 0.0)):
            made = [next_gain(promises, comes_out, spread, seed) for seed in range(runs)]
            before, after, width = zip(*made, strict=True)
            told = f"{comes_out:g} +- {spread:g}" if spread else f"{comes_out:g}"
            cells = f"{share(list(before))} | {share(list(after))} | {np.median(width):.2f}"
            print(f"| {promises}, {told} | {cells} |", flush=True)


TABLES = (("false", of_false_alarms), ("seen", of_shifts), ("promises", of_promises), ("records", of_records))


def main(part: float) -> None:
    """All tables."""
    for name, table in TABLES:
        table(max(int(RUNS[name] * part), 4))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
