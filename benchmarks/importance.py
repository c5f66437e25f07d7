"""How long does exact importance take? LMG from a correlation matrix, and 1,000 resamples through ``cx.drivers``.

``python benchmarks/importance.py`` prints markdown tables with the targets beside; they are not asserted, since seconds
are the machine's. Peak memory is that of a child process which does nothing else, the interpreter and the libraries
included. Bridged resamples are timed side by side with exact ones, so that their ratio means something on a busy
machine, too. The real survey is asked about where its files are: in ``sfo`` of the folder CXLENS_TEST_DATA, else of
``../shared``. Other tools are timed in peers.py.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from peers import answers

import cxlens as cx
from cxlens.stats.bridged import bridged_lmg
from cxlens.stats.importance import lmg
from cxlens.stats.importance_gradient import lmg_gradient

TARGETS = {10: 0.002, 15: 0.025, 20: 0.1, 25: 3.5}  # seconds, by number of drivers
TARGET_MEMORY = 0.5  # GB, with 25 drivers
TARGETS_OF_DRAWS = {10: 0.15, 15: 2.0, 25: 10.0}  # seconds
TARGET_GRADIENT, TARGET_GAP = 8, 0.05  # LMGs that a gradient may cost; standard deviations between two kinds of draws
BRIDGED, DRAWS, EXACT = 16, 1_000, 24  # players compared, resamples, and as many of them exactly
REAL = Path(os.environ.get("CXLENS_TEST_DATA", Path(__file__).parents[2] / "shared"), "sfo")
TARGETS_OF_REAL = {None: (6.0, 0.4), "purpose": (20.0, None)}  # seconds and GB, by segment column
# Seen elsewhere on a machine of 2 cores, not measured here: relaimpo 2.2.7, and 1,000 bootstrap draws of 10 drivers.
RELAIMPO, RELAIMPO_DRAWS = {10: 0.109, 15: 3.5, 20: 147.0}, {10: 158.0}


def correlations(players: int) -> np.ndarray:
    """(players + 1, players + 1, 1), outcome last."""
    scores, outcome = answers(players)
    return np.asarray(np.corrcoef(scores.T, outcome)[:, :, None])


def best(job: Callable[[], object]) -> float:
    """Seconds of the fastest of 20 calls, or of as many as begin within 10 seconds, but at least two."""
    times: list[float] = []
    while len(times) < 2 or (len(times) < 20 and sum(times) < 10):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return min(times)


def draws(players: int) -> Callable[[], object]:
    """``cx.drivers`` with 1,000 resamples of 1,000 simulated answers, the survey checked beforehand."""
    scores, outcome = answers(players)
    names = [f"t{j}" for j in range(players)]
    frame = pd.DataFrame(scores, columns=names).assign(outcome=outcome)
    survey = cx.Survey(frame, touchpoints=names, outcome="outcome")
    return lambda: cx.drivers(survey, n_boot=1000)


def resampled(players: int, draws: int) -> np.ndarray:
    """(players + 1, players + 1, 1 + draws) centred cross-products of simulated answers and of resamples of them."""
    z = np.column_stack(answers(players))
    rng = np.random.default_rng(0)
    samples = [z, *(z[rng.integers(0, len(z), len(z))] for _ in range(draws))]
    return np.stack([np.cov(sample.T) for sample in samples], axis=-1)


def side_by_side(players: int, draws: int, exact: int) -> tuple[float, float, float]:
    """LMGs that a gradient costs; seconds of exact over bridged draws; how far they are apart, in standard deviations.

    Exact draws are made some, and counted up to all.
    """
    cov = resampled(players, draws)
    some = np.ascontiguousarray(cov[:, :, : 1 + exact])
    of_lmg, of_gradient = best(partial(lmg, cov[:, :, :1])), best(partial(lmg_gradient, cov[:, :, 0]))
    start = time.perf_counter()
    wanted = lmg(some)
    of_exact = (time.perf_counter() - start) / (1 + exact) * (1 + draws)
    start = time.perf_counter()
    found = bridged_lmg(cov, cov[-1, -1], (1,) * players, seed=0).lmg
    of_bridged = time.perf_counter() - start
    apart = ((found[:, 1 : 1 + exact] - wanted[:, 1:]) ** 2).mean(axis=1)
    gap = np.sqrt(apart) / wanted[:, 1:].std(axis=1)
    return of_gradient / of_lmg, of_exact / of_bridged, float(gap.mean())


def real_survey(by: str | None) -> tuple[float, float]:
    """Seconds of the drivers of the real survey of 2017, 23 touchpoints, and GB of the process so far."""
    survey = cx.datasets.load_sfo(2017, data_home=REAL).survey()
    start = time.perf_counter()
    cx.drivers(survey, by=by)
    return time.perf_counter() - start, peak_memory()


def peak_memory() -> float:
    """GB that this process has held at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e9 / 1024)  # bytes there, KiB elsewhere


def row(what: str, players: int, took: float, target: float, relaimpo: dict[int, float]) -> str:
    """One line of the table, in ms below a second."""
    verdict = "yes" if took <= target else "no"
    return f"| {what} | {players} | {_time(took)} | {_time(target)} | {verdict} | {_time(relaimpo.get(players))} |"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def main() -> None:
    """Print the table."""
    print(f"`python benchmarks/importance.py` on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
          f"Python {platform.python_version()}.\n")  # fmt: skip
    print("| what | drivers | fastest | target | met | relaimpo, seen elsewhere |\n|---|---|---|---|---|---|")
    for players, target in TARGETS.items():
        cov = correlations(players)
        print(row("LMG from a correlation matrix", players, best(partial(lmg, cov)), target, RELAIMPO))
    child = subprocess.run([sys.executable, __file__, "25"], check=True, capture_output=True, text=True)
    peak = float(child.stdout)
    print(f"| peak memory of that | 25 | {peak:.2f} GB | {TARGET_MEMORY} GB | "
          f"{'yes' if peak < TARGET_MEMORY else 'no'} | |")  # fmt: skip
    for players, target in TARGETS_OF_DRAWS.items():
        print(row("`cx.drivers`, 1,000 resamples", players, best(draws(players)), target, RELAIMPO_DRAWS))
    print("\n| side by side | drivers | is | target |\n|---|---|---|---|")
    gradient, faster, gap = side_by_side(BRIDGED, DRAWS, EXACT)
    print(f"| gradient of all importances, in LMGs | {BRIDGED} | {gradient:.1f} | {TARGET_GRADIENT} |")
    print(f"| {DRAWS:,} exact resamples over as many bridged | {BRIDGED} | {faster:.0f} times | |")
    print(f"| a bridged resample from the exact one, in standard deviations | {BRIDGED} | {gap:.3f} | {TARGET_GAP} |")
    if not REAL.is_dir():
        return
    print("\n| real survey, 2,049 answers, 23 drivers | seconds | target | GB | target |\n|---|---|---|---|---|")
    for by, (seconds, gigabytes) in TARGETS_OF_REAL.items():
        child = subprocess.run(
            [sys.executable, __file__, "real", by or ""],
            check=True,
            capture_output=True,
            text=True,
        )
        took, peak = child.stdout.split()
        what = f"by {by}" if by else "all answers"
        print(f"| {what} | {float(took):.1f} | {seconds:.0f} | {float(peak):.2f} | {gigabytes or ''} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["real"]:
        print(*real_survey(sys.argv[2] or None))
    elif len(sys.argv) > 1:
        lmg(correlations(int(sys.argv[1])))
        print(peak_memory())
    else:
        main()
