"""What standards, channels, comments and journeys claim, where there is nothing and where there is something.

``python benchmarks/simulate_standards.py [RUNS]`` prints the table of benchmarks/README.md: RUNS (1,000) samples of
each kind, with seeds of their own. The claims about a baseline's other sides are in simulate_claims.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stats.agreement import icc
from cxlens.stats.mid_p import below_mid
from cxlens.stats.skewed import below

RUNS = 1_000
DAY = 86_400
WORDS = [f"{a}{b}{b}{a}" for a in "abcde" for b in "fghijklm"]
Claim = Callable[[int], bool]


def time_met(sd: float, n: int, mean: float) -> Claim:
    """Whether n lognormal waiting times are said to meet a standard of 1 clearly, where their true mean is so much."""

    def is_made(seed: int) -> bool:
        rng = np.random.default_rng([seed, n])
        waits = mean * np.exp(sd * rng.standard_normal(n) - sd**2 / 2)
        return below(waits, 1.0) > 0.975

    return is_made


def time_missed(sd: float, n: int, mean: float) -> Claim:
    """The same of a standard that is said to be missed clearly."""

    def is_made(seed: int) -> bool:
        rng = np.random.default_rng([seed, n])
        waits = mean * np.exp(sd * rng.standard_normal(n) - sd**2 / 2)
        return below(waits, 1.0) < 0.025

    return is_made


def share_missed(standard: float, n: int, truth: float) -> Claim:
    """Whether a share of n cases is said to miss its standard clearly."""

    def is_made(seed: int) -> bool:
        hits = np.random.default_rng([seed, n]).binomial(n, truth)
        return bool(below_mid(hits, n, standard) < 0.025)

    return is_made


def channels(apart: float) -> Claim:
    """Whether any of three touchpoints is said to differ by channel: 12 + 12 branches of 30 that differ, and so far."""

    def is_made(seed: int) -> bool:
        rng = np.random.default_rng([seed, 1])
        branch = np.repeat(np.arange(24), 30)
        way = np.where(branch < 12, "app", "counter")
        levels = 0.35 * rng.standard_normal((24, 3))[branch]
        latent = 3.5 + levels + rng.standard_normal((720, 3)) + apart * (way == "app")[:, None]
        frame = pd.DataFrame(np.clip(np.rint(latent), 1, 5), columns=["web", "call", "bill"])
        answers = cx.Survey(
            frame.assign(y=1, way=way, branch=branch),
            touchpoints=["web", "call", "bill"],
            outcome="y",
            scale=cx.Scale(1, 5),
            channel="way",
            cluster="branch",
        )
        return bool((cx.baseline(answers).consistency().table["q_value"] < 0.05).any())

    return is_made


def agreement_misses(seed: int) -> bool:
    """Whether the interval of ICC(A,1) misses the truth of two channels, rated 0.6 apart by 100 people."""
    rng = np.random.default_rng([seed, 2])
    ratings = rng.normal(0, 1, (100, 1)) + np.array([0.0, 0.6]) + rng.normal(0, 0.8, (100, 2))
    truth = 1 / (1 + 0.8**2 + 0.6**2 / 2)
    found = icc(ratings)
    return not found.low <= truth <= found.high


def words(more: int, marked: float) -> Claim:
    """Whether a word is said to mark scores: the unhappy write so many times as much, one word so much more often."""

    def is_made(seed: int) -> bool:
        rng = np.random.default_rng([seed, 3])
        likely = 1 / np.arange(1, len(WORDS) + 1)
        texts = []
        scores = rng.choice([1, 2, 4, 5], 200)
        for score in scores:
            odds = likely * np.where((np.array(WORDS) == WORDS[3]) & (score < 3), marked, 1.0)
            texts.append(" ".join(rng.choice(WORDS, 8 * (more if score < 3 else 1), p=odds / odds.sum())))
        frame = pd.DataFrame({"desk": scores, "y": 1, "said": texts})
        answers = cx.Survey(frame, touchpoints=["desk"], outcome="y", scale=cx.Scale(1, 5), comments={"desk": "said"})
        return bool((cx.baseline(answers).comments().table["q_value"] < 0.05).any())

    return is_made


def journeys(leave: tuple[float, float], days: float, seed: int) -> cx.Paths:
    """Paths of 1,500 journeys Web, Shop, Pay with exponential waits of 10 days, cut after so many days; some leave."""
    rng = np.random.default_rng([seed, 4])
    n = 1_500
    begin = rng.uniform(0, days, n)
    shop = np.where(rng.random(n) < leave[0], np.inf, begin + rng.exponential(10, n))
    pay = np.where(rng.random(n) < leave[1], np.inf, shop + rng.exponential(10, n))
    at = np.concatenate([begin, shop, pay])
    met = np.repeat(["Web", "Shop", "Pay"], n)
    events = pd.DataFrame({"who": np.tile(np.arange(n), 3), "met": met, "ok": met == "Pay"})[at < days]
    events["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(at[at < days] * DAY, unit="s")
    return cx.paths(cx.JourneyLog(events, customer="who", touchpoint="met", time="at", outcome="ok"))


def stops(leave: tuple[float, float], days: float) -> Claim:
    """Whether any journey is said to have stopped early."""

    def is_made(seed: int) -> bool:
        return bool((journeys(leave, days, seed).drop_off["dropped_out"].fillna(0) > 0).any())

    return is_made


def clear_stop(leave: tuple[float, float]) -> Claim:
    """Whether one touchpoint is said to be where most stop."""

    def is_made(seed: int) -> bool:
        return journeys(leave, 1_000, seed).finding.certainty == "clearly most"

    return is_made


CLAIMS: dict[str, tuple[str, Claim]] = {
    **{
        f"a mean time is clearly met: it is at its standard, sd {sd:g}, n = {n}": ("2.5 to 5", time_met(sd, n, 1.0))
        for sd in (0.5, 1.0, 1.5)
        for n in (5, 10, 20, 50, 100, 300)
    },
    "the same: it is 20 % over, sd 1.5, n = 20": ("0 to 2.5", time_met(1.5, 20, 1.2)),
    "the same: it is half of its standard, sd 0.5, n = 20": ("much", time_met(0.5, 20, 0.5)),
    "a mean time is clearly missed: it is at its standard, sd 1, n = 50": ("2.5", time_missed(1.0, 50, 1.0)),
    "the same: it is twice its standard, sd 1, n = 50": ("much", time_missed(1.0, 50, 2.0)),
    "a share is clearly missed: it is at 0.98, n = 5": ("2.5", share_missed(0.98, 5, 0.98)),
    "the same: at 0.98, n = 50": ("2.5", share_missed(0.98, 50, 0.98)),
    "the same: at 0.95, n = 10": ("2.5", share_missed(0.95, 10, 0.95)),
    "the same: it is 0.8, its standard 0.95, n = 50": ("much", share_missed(0.95, 50, 0.8)),
    "a touchpoint differs by channel: branches differ, channels do not": ("5", channels(0.0)),
    "the same: channels are 0.8 apart": ("much", channels(0.8)),
    "the interval of ICC(A,1) of two channels misses the truth": ("5", agreement_misses),
    "a word marks scores: the same words": ("5", words(1, 1.0)),
    "the same: those with low scores write three times as much": ("5", words(3, 1.0)),
    "the same: and use one word four times as often": ("much", words(3, 4.0)),
    "a journey stopped early: all go on, the log is cut at day 100": ("0", stops((0.0, 0.0), 100)),
    "the same: 30 % leave at the shop, the log runs for 1,000 days": ("much", stops((0.0, 0.3), 1_000)),
    "most stop at one touchpoint: 15 % and 15 / 0.85 % leave at two": ("5", clear_stop((0.15, 0.15 / 0.85))),
    "the same: 10 % leave at one, 20 % at the other": ("much", clear_stop((0.1, 0.2))),
}  # fmt: skip


def main(runs: int) -> None:
    """Print how often each claim is made."""
    print("| claim: truth | due, of 100 | is | Monte Carlo error |\n|---|---|---|---|")
    for claim, (due, is_made) in CLAIMS.items():
        share = np.mean([is_made(seed) for seed in range(runs)])
        error = np.sqrt(share * (1 - share) / runs)
        print(f"| {claim} | {due} | {100 * share:.1f} | {100 * error:.1f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
