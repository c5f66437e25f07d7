"""How long does exact importance take? LMG from a correlation matrix, and 1,000 resamples through ``cx.drivers``.

``python benchmarks/importance.py`` prints a markdown table with the targets beside; they are not asserted, since
seconds are the machine's. Peak memory is that of a child process which does nothing else, the interpreter and the
libraries included. Other tools are timed in peers.py.
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

import numpy as np
import pandas as pd
from peers import answers

import cxlens as cx
from cxlens.stats.importance import lmg

TARGETS = {10: 0.002, 15: 0.025, 20: 0.1, 25: 3.5}  # seconds, by number of drivers
TARGET_MEMORY = 0.5  # GB, with 25 drivers
TARGETS_OF_DRAWS = {10: 0.15, 15: 2.0}  # seconds
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


if __name__ == "__main__":
    if len(sys.argv) > 1:
        lmg(correlations(int(sys.argv[1])))
        print(peak_memory())
    else:
        main()
