"""Are customers said to stay longer, to be worth so much, or to be kept by satisfaction, where that is not so?

``python benchmarks/simulate_retention.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of their
runs, each with a seed of its own. Tenures: groups that stay alike, followed for different times. Purchases: customers
as BG/NBD has them. Links: purchases before raise both satisfaction and staying.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

import cxlens as cx

RUNS = {"tenures": 2_000, "purchases": 400, "links": 2_000}
START = np.datetime64("2023-01-01")
Seen = tuple[float, ...]  # 1 if so, 0 if not, NaN where it is not told


def tenures(n: int, groups: int, longer: float, seed: int) -> Seen:
    """Whether any group of n is said to stay longer; whether the interval of the first holds its mean.

    The last group stays ``longer`` times as long; each is followed for a time of its own.
    """
    rng = np.random.default_rng([seed, n, groups])
    parts = []
    for group in range(groups):
        mean = 10 * (longer if group == groups - 1 else 1)
        stayed = rng.exponential(mean, n)
        followed = rng.uniform(5, 20 + 5 * group, n)
        parts.append(
            pd.DataFrame({"months": np.minimum(stayed, followed), "left": stayed <= followed, "plan": f"p{group}"})
        )
    frame = pd.concat(parts).astype({"left": int})
    found = cx.retention(frame, tenure="months", left="left", by="plan")
    first = found.table.iloc[0]
    mean = 10 * (1 - np.exp(-found.until / 10))
    rate = np.exp(-1 / 10)
    return (
        "longer among" in str(found),
        held(first["low"], mean, first["high"]),
        held(first["rate_low"], rate, first["rate_high"]),
    )


def held(low: float, truth: float, high: float) -> float:
    """Whether an interval holds the truth; NaN where it is hidden, since few left."""
    return np.nan if np.isnan(low) else float(low <= truth <= high)


def shop(customers: int, late: float, rng: np.random.Generator) -> pd.DataFrame:
    """Purchases of 480 days as BG/NBD has them; in the last 90, customers buy ``late`` times as often."""
    rows = []
    for who in range(customers):
        day = rng.uniform(0, 300)
        rate = rng.gamma(1.5, 0.01)
        stops = rng.beta(1, 5)
        while day < 480:
            rows.append((who, int(day)))
            if rng.random() < stops:
                break
            wait = rng.exponential(1 / rate)
            if day + wait > 390:
                begin = max(day, 390.0)
                wait = begin - day + (day + wait - begin) / late
            day += wait
    frame = pd.DataFrame(rows, columns=["who", "day"])
    frame["kind"] = frame["who"] % 2
    return frame.assign(day=START + frame["day"].to_numpy().astype("m8[D]"))


def holdout(customers: int, late: float, seed: int) -> Seen:
    """Whether the forecast is said to fail; whether two kinds that are alike are said to differ."""
    rows = shop(customers, late, np.random.default_rng([seed, customers]))
    failed = not cx.lifetime_value(rows, customer="who", time="day").holds
    stayed = cx.retention(rows, customer="who", time="day", by="kind")
    return failed, "longer among" in str(stayed)


def link(n: int, slope: float, times: int, seed: int) -> Seen:
    """Whether a link is called clear; whether its interval holds the truth; whether it does with nothing held."""
    rng = np.random.default_rng([seed, n, times])
    who = np.repeat(np.arange(n), times)
    before = rng.poisson(2, n).repeat(times)
    own = rng.normal(0, 0.1, n).repeat(times) if times > 1 else 0.0  # customers who come back whatever they answer
    mood = rng.normal(0, 1, n).repeat(times)
    score = np.clip(np.round(3.5 + 0.4 * (before - 2) + 0.6 * mood + 0.8 * rng.standard_normal(len(who))), 0, 10)
    chance = np.clip(0.45 + slope * (score - 3.5) + 0.08 * (before - 2) + own, 0.02, 0.98)
    frame = pd.DataFrame(
        {"who": who, "purchases_before": before, "overall": score, "web": rng.integers(1, 6, len(who))}
    )
    frame["again"] = (rng.random(len(who)) < chance).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        survey = cx.Survey(
            frame,
            touchpoints=["web"],
            outcome={"overall": "interval", "again": "binary"},
            respondent="who",
            segments=["purchases_before"],
        )
    held = cx.retention_link(survey)
    alone = cx.retention_link(survey, hold=[])
    return (
        " clearly, " in str(held),
        held.estimate[1] <= slope <= held.estimate[2],
        alone.estimate[1] <= slope <= alone.estimate[2],
    )


TENURES = [(20, 2, 1.0), (100, 2, 1.0), (40, 4, 1.0), (200, 4, 1.0), (100, 2, 1.6)]
PURCHASES = [(300, 1.0), (1_500, 1.0), (1_500, 2.0)]
LINKS = [(150, 0.0, 1), (600, 0.0, 1), (600, 0.04, 1), (200, 0.0, 3), (200, 0.04, 3)]


def shares(made: Callable[[int], Seen], runs: int) -> list[str]:
    """In how many of 100 runs that tell of it each came true, with its Monte Carlo error."""
    seen = np.array([made(seed) for seed in range(runs)], float)
    told = (~np.isnan(seen)).sum(axis=0)
    means = np.nansum(seen, axis=0) / told
    errors = np.sqrt(means * (1 - means) / told)
    return [f"{100 * mean:.1f} ± {100 * error:.1f}" for mean, error in zip(means, errors, strict=True)]


def row(*cells: object) -> None:
    """A line of a table of markdown."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def main(share: float = 1.0) -> None:
    """Print the tables."""
    runs = {name: max(int(number * share), 2) for name, number in RUNS.items()}
    row(
        "customers a group",
        "groups",
        "last stays",
        "said to stay longer",
        "interval of the mean",
        "interval of the rate",
    )
    row(*["--:"] * 6)
    for n, groups, longer in TENURES:
        row(
            n,
            groups,
            f"{longer:g} times",
            *shares(lambda s, n=n, g=groups, x=longer: tenures(n, g, x, s), runs["tenures"]),
        )
    print()
    row("customers", "bought in the holdout", "said to fail", "said to differ, alike")
    row(*["--:"] * 4)
    for n, late in PURCHASES:
        row(n, f"{late:g} times", *shares(partial(holdout, n, late), runs["purchases"]))
    print()
    row("respondents", "answers each", "points", "called clear", "interval, behaviour held", "nothing held")
    row(*["--:"] * 6)
    for n, slope, times in LINKS:
        row(n, times, f"{100 * slope:g}", *shares(partial(link, n, slope, times), runs["links"]))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
