"""Do designs of series and staggered starts say more than there is, and does power tell what will be found?

``python benchmarks/simulate_designs.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of their
runs, each with a seed of its own. Series: a step and a change of slope in the middle, swings of which a part carries
over to the next wave. Starts: two or three places start one after the other. Power: futures drawn like the past.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import special

from cxlens.stats.design_power import found, needed_of_places, swing_of_places
from cxlens.stats.inference import benjamini_hochberg, wider
from cxlens.stats.places import PlaceRows, by_places
from cxlens.stats.series import regress_series
from cxlens.stats.staggered import Panel, average_effect

RUNS = {"series": 2_000, "starts": 4_000, "power": 400}
LEVEL = 0.95
WAVES, CARRIED = (16, 50, 100), (0.0, 0.3, 0.6)
STARTS = {  # starts of the treated, places that never start, waves
    "2 of 12, one after the other": ((2, 4), 10, 6),
    "2 of 12, together": ((3, 3), 10, 6),
    "1 of 6": ((3,), 5, 6),
    "3 of 20, one after the other": ((2, 3, 4), 17, 6),
    "6 of 12, two starts": ((2, 2, 2, 4, 4, 4), 6, 6),
}
SHOCK, SAMPLING, EFFECT = 0.1, 1 / 100, 0.3
PLACES = ((1, 6), (2, 8), (2, 12))  # treated, all


def swings(shape: tuple[int, ...], carry: float, rng: np.random.Generator) -> np.ndarray:
    """Series along the last axis, of which so much carries over, with a spread of 1."""
    new = rng.normal(size=(*shape[:-1], shape[-1] + 40))
    for wave in range(1, new.shape[-1]):
        new[..., wave] = carry * new[..., wave - 1] + np.sqrt(1 - carry**2) * new[..., wave]
    return new[..., 40:]


def series(waves: int, carry: float, runs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(2, runs) whether step and slope are held, and by least squares; (2, runs) widths of both over the latter."""
    rng = np.random.default_rng([waves, int(10 * carry)])
    when = np.arange(waves, dtype=float)
    late = (when >= waves // 2).astype(float)
    columns = np.column_stack([np.ones(waves), when, late, late * (when - waves // 2)])
    y = swings((runs, waves), carry, rng).T
    low, high = regress_series(columns, y, contrasts=np.eye(4)[2:]).interval(LEVEL)
    coef = np.linalg.lstsq(columns, y, rcond=None)[0]
    spread = np.sqrt(((y - columns @ coef) ** 2).sum(axis=0) / (waves - 4))
    error = np.sqrt(np.diag(np.linalg.inv(columns.T @ columns)))[2:, None] * spread
    half = special.stdtrit(waves - 4, (1 + LEVEL) / 2) * error
    return (low < 0) & (high > 0), np.abs(coef[2:]) < half, (high - low) / (2 * half)


def start(name: str, carry: float, seed: int) -> tuple[bool, bool, bool]:
    """Whether an effect is told where there is none, told where there is one, and held."""
    starts, never, waves = STARTS[name]
    rng = np.random.default_rng([seed, len(starts), never, int(10 * carry)])
    begin = np.array([*starts, *[waves] * never])
    noise = SHOCK * swings((len(begin), waves), carry, rng)
    noise += rng.normal(0, np.sqrt(SAMPLING), noise.shape)
    variance = np.full(noise.shape, SAMPLING)
    told = []
    for effect in (0.0, EFFECT):
        lifted = noise + effect * (np.arange(waves) >= begin[:, None])
        of_places = average_effect(Panel(lifted, variance, begin))
        told.append(wider(of_places.estimate, [of_places.between, of_places.sampling], [of_places.df, np.inf], LEVEL))
    low, high, p_value = told[1]
    return told[0][2] < 0.05, p_value < 0.05, low <= EFFECT <= high


def several(metrics: int, seed: int) -> tuple[bool, bool]:
    """Whether any of so many metrics that stand still is told to have gained, at one error rate and each by itself."""
    told = []
    for metric in range(metrics):
        rng = np.random.default_rng([seed, metric])
        noise = SHOCK * rng.normal(size=(12, 4)) + rng.normal(0, np.sqrt(SAMPLING), (12, 4))
        begin = np.where(np.arange(12) < 2, 2, 4)
        effect = average_effect(Panel(noise, np.full(noise.shape, SAMPLING), begin))
        told.append(wider(effect.estimate, [effect.between, effect.sampling], [effect.df, np.inf], LEVEL)[2])
    return bool((benjamini_hochberg(told) < 0.05).any()), bool(min(told) < 0.05)


def said(treated: int, places: int, seed: int) -> tuple[float, bool]:
    """The chance that power says an effect of 0.3 has after four waves, and whether the next two find it."""
    rng = np.random.default_rng([seed, treated, places])
    inside = np.arange(places) < treated
    mean = rng.normal(0, np.hypot(SHOCK, np.sqrt(SAMPLING)), (places, 6))
    past = mean[:, :4]
    swing = swing_of_places(past, np.full(past.shape, SAMPLING), 500, rng)
    needed = needed_of_places(np.full(places, SAMPLING), inside, (4, 2), swing, LEVEL, rng)
    late = np.arange(6) >= 4
    lifted = mean + EFFECT * (inside[:, None] & late)
    half = np.sqrt(SAMPLING)
    y = np.concatenate([(lifted + half).ravel(), (lifted - half).ravel()])  # two answers a cell
    place, wave = np.repeat(np.arange(places), 6), np.tile(np.arange(6), places)
    effect = by_places(PlaceRows(y, np.ones(len(y)), np.tile(place, 2), np.tile(wave, 2), inside, late))
    low, _, _ = wider(effect.estimate, [effect.between, effect.sampling], [effect.df, np.inf], LEVEL)
    return float(found(needed, np.array([EFFECT]))[0]), bool(low > 0)


def share(made: list[bool] | np.ndarray) -> str:
    """A share of runs in percent, with its Monte Carlo error."""
    made = np.asarray(made, float)
    return f"{100 * made.mean():.1f} +- {100 * made.std() / np.sqrt(len(made)):.1f}"


def of_series(runs: int) -> None:
    """How often the intervals of an interrupted series hold the truth."""
    print(
        "| waves | carried over | step held | slope held | step, least squares | slope | step, times as wide | slope |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for waves in WAVES:
        for carry in CARRIED:
            inside, plain, wide = series(waves, carry, runs)
            told = [*map(share, inside), *map(share, plain), *(f"{ratio:.2f}" for ratio in np.median(wide, axis=1))]
            print(f"| {waves} | {carry} | {' | '.join(told)} |", flush=True)


def of_starts(runs: int) -> None:
    """How often an effect of staggered starts is told, and held."""
    print("\n| treated of places | carried over | told without an effect | with 0.3 | 0.3 in the interval |")
    print("|---|---|---|---|---|")
    for name in STARTS:
        for carry in (0.0, 0.6):
            made = np.array([start(name, carry, seed) for seed in range(runs)])
            print(f"| {name} | {carry} | {' | '.join(map(share, made.T))} |", flush=True)
    made = np.array([several(5, seed) for seed in range(runs // 4)])
    print(f"\nAny of five metrics that stand still: {share(made[:, 0])}; each by itself: {share(made[:, 1])}.")


def of_power(runs: int) -> None:
    """What power says of an effect, and how often it is found."""
    print("\n| treated of places | said to be found | found |\n|---|---|---|")
    for treated, places in PLACES:
        chance, is_found = np.array([said(treated, places, seed) for seed in range(runs)], float).T
        print(f"| {treated} of {places} | {100 * chance.mean():.1f} | {share(is_found)} |", flush=True)


def main(part: float) -> None:
    """All tables."""
    for name, table in (("series", of_series), ("starts", of_starts), ("power", of_power)):
        table(max(int(RUNS[name] * part), 8))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
