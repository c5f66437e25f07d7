"""Driver analysis beside its peers: the same simulated answers, each tool in an environment of its own.

``python benchmarks/peers.py`` makes those environments under build/peers the first time (a few minutes, from the
package index) and prints two markdown tables. Each run is a fresh process that reads the same file and times the
call alone, without imports; cxlens and the peers take turns, so that what else the machine does falls on all alike.
A peer that cannot be installed or run is listed with the reason. The peers' interpreters run this very file, so at
its top it may import the standard library and NumPy only. Times of cxlens alone are in importance.py.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

N = 1000
PLAYERS = (6, 10, 15)
ROUNDS = 3
LIMIT = 120  # seconds for one call
LOADING = 30  # seconds more for its process to start and import
FOLDER = Path(__file__).parent.parent / "build" / "peers"
# Without kept bytecode every process would compile its imports anew.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
Figures = dict[str, list[float]]
Job = tuple[Callable[[], Any], Callable[[Any], Figures]]  # what is timed, and how its figures are read afterwards
Runs = dict[tuple[str, int], list[dict[str, Any] | str]]  # by tool and players: one answer a round, or why not


class Tool(NamedTuple):
    """A tool: how it is prepared, what it needs installed, and what it computes. No pins: it is cxlens itself."""

    prepare: Callable[[Any], Job]
    pins: tuple[str, ...]
    computes: str


def answers(players: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Simulated: scores 1 to 5 (n, players) that correlate through one common factor, outcome (n,), R2 about 0.4."""
    rng = np.random.default_rng(seed)
    latent = 0.6 * rng.normal(size=(N, 1)) + 0.8 * rng.normal(size=(N, players))
    scores = np.clip(np.rint(3.5 + latent), 1, 5)
    signal = scores @ np.linspace(1, 0, players)
    return scores, signal + rng.normal(size=N) * signal.std() * np.sqrt(0.6 / 0.4)


def cxlens(frame: Any, n_boot: int = 0) -> Job:
    """The whole verb: the survey is checked, robust tests and tables included."""
    import cxlens as cx

    names = list(frame.columns[:-1])

    def figures(found: Any) -> Figures:
        estimate, scores = found.estimate, frame[names].to_numpy()
        spread = np.abs(scores - scores.mean(axis=0)).mean(axis=0)
        return {
            "LMG": list(estimate.importance[0, 0]),
            "R2": [estimate.r2[0, 0]],
            "abs(coef) x mean absolute deviation": list(np.abs(estimate.coef[0, 0]) * spread),
        }

    return lambda: cx.drivers(cx.Survey(frame, touchpoints=names, outcome="outcome"), n_boot=n_boot), figures


def cxlens_with_intervals(frame: Any) -> Job:
    """The same with 1,000 resamples."""
    return cxlens(frame, 1000)


def dominance_analysis(frame: Any) -> Job:
    """From the correlation matrix, which it does about twice as fast as from rows."""
    from dominance_analysis import Dominance

    def job() -> dict[str, float]:
        return Dominance(data=frame.corr(), target="outcome", data_format=1).incremental_rsquare()

    return job, lambda found: {"LMG": [found[name] for name in frame.columns[:-1]]}


def key_driver_analysis(frame: Any) -> Job:
    """Its only function."""
    from key_driver_analysis import relative_importance

    names = list(frame.columns[:-1])
    return lambda: relative_importance(frame, "outcome", names), lambda found: {"R2": [found["raw_rel_imp"].sum()]}


def permutation(frame: Any) -> Job:
    """Five shuffles of each column, as by default."""
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import LinearRegression

    scores, outcome = frame.iloc[:, :-1], frame["outcome"]

    def job() -> Any:
        return permutation_importance(LinearRegression().fit(scores, outcome), scores, outcome, random_state=0)

    return job, lambda found: {"R2 lost to shuffling": list(found.importances_mean)}


def shap(frame: Any) -> Job:
    """All answers as background, so that nothing is sampled."""
    from shap import LinearExplainer
    from shap.maskers import Independent
    from sklearn.linear_model import LinearRegression

    scores, outcome = frame.iloc[:, :-1], frame["outcome"]

    def job() -> np.ndarray:
        model = LinearRegression().fit(scores, outcome)
        explainer = LinearExplainer(model, Independent(scores, max_samples=len(scores)))
        return np.abs(explainer(scores).values).mean(axis=0)

    return job, lambda found: {"abs(coef) x mean absolute deviation": list(found)}


COMMON = ("numpy==2.4.6", "pandas==3.1.1", "scikit-learn==1.9.1")
OURS, OURS_WITH_INTERVALS = "cxlens, estimates", "cxlens, 1,000 resamples"
TOOLS = {
    OURS: Tool(cxlens, (), "LMG, coefficients with HC3 tests, ranks; no intervals of importance"),
    OURS_WITH_INTERVALS: Tool(cxlens_with_intervals, (), "the same with intervals of importance and rank"),
    "dominance-analysis": Tool(
        dominance_analysis,
        # Its bokeh 2.4.3 asks for NumPy's bool8, gone in 2.0, and calls IPython in a way that is gone in 9.
        ("dominance-analysis==1.1.9", "numpy==1.26.4", "ipython==8.39.0", "pandas==3.0.6", "scikit-learn==1.9.1"),
        "general dominance: LMG under another name",
    ),
    "key-driver-analysis": Tool(
        key_driver_analysis,
        ("key-driver-analysis==0.1.2", *COMMON),
        "Johnson's relative weights, an approximation of LMG; no intervals",
    ),
    "scikit-learn": Tool(
        permutation,
        COMMON,
        "permutation importance, the R2 lost when a column is shuffled: on average twice the squared standardised "
        "coefficient, so correlated drivers do not share",
    ),
    "shap": Tool(
        shap,
        ("shap==0.51.0", *COMMON),
        "mean abs(SHAP) of a linear model, in units of the outcome: correlated drivers do not share",
    ),
}


def fastest(job: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the fastest of five calls, or of as many as begin within two seconds; and what the last gave."""
    times: list[float] = []
    while len(times) < 5 and sum(times) < 2:
        start = time.perf_counter()
        found = job()
        times.append(time.perf_counter() - start)
    return min(times), found


def work(name: str, file: str) -> None:
    """Run one tool on one file, in the process that has it installed; the last line printed is the answer."""
    import pandas as pd

    with np.load(file) as data:
        names = [f"t{j}" for j in range(data["scores"].shape[1])]
        frame = pd.DataFrame(data["scores"], columns=names).assign(outcome=data["outcome"])
    job, figures = TOOLS[name].prepare(frame)
    seconds, found = fastest(job)
    print("\n" + json.dumps({"seconds": seconds, "figures": figures(found)}))


def environment(name: str) -> Path:
    """Interpreter that has the tool: for cxlens this one, else a virtual environment, made anew when pins change."""
    pins, folder = TOOLS[name].pins, FOLDER / name
    if not pins:
        return Path(sys.executable)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    ready = folder / "pins.txt"
    if not ready.exists() or ready.read_text() != "\n".join(pins):
        print(f"installing {name} in {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins]
        subprocess.run(command, check=True, capture_output=True, text=True)
        ready.write_text("\n".join(pins))
    return python


def run(name: str, file: Path) -> dict[str, Any] | str:
    """Seconds and figures of one tool on one file, or the reason why there are none."""
    try:
        # Neither this folder (whose coverage.py numba would take for another) nor, in a peer, our own path is seen.
        command = [environment(name), "-I" if TOOLS[name].pins else "-P", __file__, name, file]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env=ENVIRONMENT, timeout=LIMIT + LOADING
        )
    except subprocess.TimeoutExpired:
        return f"more than {LIMIT} s"
    except subprocess.CalledProcessError as failure:
        lines = failure.stderr.strip().splitlines() or [f"exit code {failure.returncode}"]
        return lines[-1]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def difference(ours: Figures, theirs: Figures) -> str:
    """Largest absolute difference of the figures that both have, by name."""
    gaps = {name: np.abs(np.subtract(theirs[name], ours[name])).max() for name in theirs if name in ours}
    return "; ".join(f"{name}: {gap:.0e}" for name, gap in gaps.items())


def table(runs: Runs) -> str:
    """Markdown table of median seconds, ratios to cxlens and differences; a reason where there are no seconds."""
    lines = [
        "| tool | drivers | seconds | over cxlens, estimates | over cxlens, 1,000 resamples | largest difference |",
        "|---|---|---|---|---|---|",
    ]
    for (name, players), got in runs.items():
        seconds = _median(got)
        if seconds is None:
            lines.append(f"| {name} | {players} | {_reason(got)} | | | |")
            continue
        bases = [_median(runs[ours, players]) for ours in (OURS, OURS_WITH_INTERVALS)]
        ratios = [f"{seconds / base:.2g}" if base else "" for base in bases]
        ours = runs[OURS, players][0]
        compare = name not in (OURS, OURS_WITH_INTERVALS) and not isinstance(ours, str)
        gap = difference(ours["figures"], got[0]["figures"]) if compare else ""
        lines.append(f"| {name} | {players} | {seconds:.3f} | {ratios[0]} | {ratios[1]} | {gap} |")
    return "\n".join(lines)


def _median(got: list[dict[str, Any] | str]) -> float | None:
    """Median seconds over the rounds; none when a round failed."""
    return None if _reason(got) else statistics.median(answer["seconds"] for answer in got)


def _reason(got: list[dict[str, Any] | str]) -> str:
    """Why there are no seconds; empty when there are."""
    return next((answer.replace("|", "/") for answer in got if isinstance(answer, str)), "")


def main() -> None:
    """Let all tools take turns and print what they took, and what each computes."""
    runs: Runs = {(name, players): [] for name in TOOLS for players in PLAYERS}
    with tempfile.TemporaryDirectory() as folder:
        for players in PLAYERS:
            scores, outcome = answers(players)
            np.savez(Path(folder) / f"{players}.npz", scores=scores, outcome=outcome)
        for _ in range(ROUNDS):
            for (name, players), got in runs.items():
                if not _reason(got):  # what failed once is not tried again
                    got.append(run(name, Path(folder) / f"{players}.npz"))
    print(f"`python benchmarks/peers.py` on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
          f"Python {platform.python_version()}; {N} simulated answers, median of {ROUNDS} processes.\n")  # fmt: skip
    print(table(runs) + "\n")
    print("| tool | what it computes | installed with |\n|---|---|---|")
    for name, tool in TOOLS.items():
        print(f"| {name} | {tool.computes} | {' '.join(tool.pins) or 'requirements.lock'} |")


if __name__ == "__main__":
    work(*sys.argv[1:]) if len(sys.argv) > 1 else main()
