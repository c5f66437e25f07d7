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
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

N = 1000
PLAYERS = (6, 10, 15)
ROUNDS = 3
LIMIT = 120  # seconds for one call
LOADING = 30  # seconds more for its process to start and import
SAME = 1e-6
FOLDER = Path(__file__).parent.parent / "build" / "peers"
# Without kept bytecode every process would compile its imports anew.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
Figures = dict[str, list[float]]
Job = tuple[Callable[[], Any], Callable[[Any], Figures]]  # what is timed, and how its figures are read afterwards
Runs = dict[tuple[str, int], list[dict[str, Any]] | str]  # by tool and players: an answer a round, or why there is none


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
            "relative weights": found.measures.set_index("touchpoint")["relative_weights"].loc[names].tolist(),
            "R2": [estimate.r2[0, 0]],
            "abs(coef) × mean absolute deviation": list(np.abs(estimate.coef[0, 0]) * spread),
        }

    return lambda: cx.drivers(cx.Survey(frame, touchpoints=names, outcome="outcome"), n_boot=n_boot), figures


def cxlens_with_intervals(frame: Any) -> Job:
    """The same with 1,000 resamples."""
    return cxlens(frame, 1000)


def dominance_analysis(frame: Any) -> Job:
    """From the correlation matrix, which it does about twice as fast as from rows."""
    from dominance_analysis import Dominance

    def job() -> Any:
        return Dominance(data=frame.corr(), target="outcome", data_format=1).incremental_rsquare()

    return job, lambda found: {"LMG": [found[name] for name in frame.columns[:-1]]}


def key_driver_analysis(frame: Any) -> Job:
    """Its only function."""
    from key_driver_analysis import relative_importance

    names = list(frame.columns[:-1])

    def figures(found: Any) -> Figures:
        weights = found.set_index("feature")["raw_rel_imp"]
        return {"relative weights": [weights[name] for name in names], "R2": [weights.sum()]}

    return lambda: relative_importance(frame, "outcome", names), figures


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
        return np.asarray(np.abs(explainer(scores).values).mean(axis=0))

    return job, lambda found: {"abs(coef) × mean absolute deviation": list(found)}


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


def attempt(command: list[Any], limit: int) -> str:
    """What a command printed. Raises RuntimeError with the reason when it fails or takes longer than the limit."""
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env=ENVIRONMENT, timeout=limit + LOADING
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"more than {limit} s") from None
    except subprocess.CalledProcessError as failure:
        lines = failure.stderr.strip().splitlines() or [f"exit code {failure.returncode}"]
        raise RuntimeError(lines[-1]) from failure
    return done.stdout


def environment(name: str) -> Path:
    """Interpreter that has the tool: for cxlens this one, else a virtual environment, made anew when pins change."""
    pins, folder = TOOLS[name].pins, FOLDER / name
    if not pins:
        return Path(sys.executable)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    ready = folder / "pins.txt"
    if not ready.exists() or ready.read_text() != "\n".join(pins):
        print(f"installing {name}", file=sys.stderr)
        attempt([sys.executable, "-m", "venv", "--clear", folder], LIMIT)
        attempt([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins], 10 * LIMIT)
        ready.write_text("\n".join(pins))
    return python


def run(name: str, python: Path, file: Path) -> dict[str, Any]:
    """Seconds and figures of one tool on one file."""
    # Neither this folder (whose coverage.py numba would take for another) nor, in a peer, our own path is seen.
    output = attempt([python, "-I" if TOOLS[name].pins else "-P", __file__, name, file], LIMIT)
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


def difference(ours: Figures, theirs: Figures) -> str:
    """Whether the figures that both have, by name, are the same to 1e-6, and their largest absolute difference."""
    gaps = {name: np.abs(np.subtract(theirs[name], ours[name])).max() for name in theirs if name in ours}
    return "; ".join(f"{name} {'same to' if gap <= SAME else 'DIFFERS by'} {gap:.0e}" for name, gap in gaps.items())


def table(runs: Runs) -> str:
    """Markdown table of median times, ratios to cxlens and differences; the reason where there is no time."""
    lines = [
        "| tool | drivers | ms | over cxlens, estimates | over cxlens, 1,000 resamples | the same figures? |",
        "|---|---|---|---|---|---|",
    ]
    for (name, players), got in runs.items():
        if isinstance(got, str):
            lines.append(f"| {name} | {players} | {got.replace('|', '/')} | | | |")
            continue
        seconds, bases = _median(got), [runs[ours, players] for ours in (OURS, OURS_WITH_INTERVALS)]
        ratios = ["" if isinstance(base, str) else _ratio(seconds / _median(base)) for base in bases]
        gap = "" if isinstance(bases[0], str) else difference(bases[0][0]["figures"], got[0]["figures"])
        shown = gap if TOOLS[name].pins else ""
        lines.append(f"| {name} | {players} | {1000 * seconds:,.1f} | {ratios[0]} | {ratios[1]} | {shown} |")
    return "\n".join(lines)


def _ratio(ratio: float) -> str:
    """Two digits, or whole numbers with all of theirs."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _median(got: list[dict[str, Any]]) -> float:
    """Median seconds over the rounds."""
    return float(statistics.median(answer["seconds"] for answer in got))


def rounds(folder: Path) -> Runs:
    """Let all tools take turns on the files in the folder. What failed once is not tried again."""
    runs: Runs = {(name, players): [] for name in TOOLS for players in PLAYERS}
    pythons: dict[str, Path] = {}
    for name in TOOLS:
        try:
            pythons[name] = environment(name)
        except RuntimeError as reason:
            runs.update({(name, players): str(reason) for players in PLAYERS})
    for _ in range(ROUNDS):
        for (name, players), got in runs.items():
            if isinstance(got, str):
                continue
            try:
                got.append(run(name, pythons[name], folder / f"{players}.npz"))
            except RuntimeError as reason:
                runs[name, players] = str(reason)
    return runs


def main() -> None:
    """Print what all tools took, and what each computes."""
    with tempfile.TemporaryDirectory() as folder:
        for players in PLAYERS:
            scores, outcome = answers(players)
            np.savez(Path(folder) / f"{players}.npz", scores=scores, outcome=outcome)
        runs = rounds(Path(folder))
    print(f"`python benchmarks/peers.py` on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
          f"Python {platform.python_version()}; {N} simulated answers, median of {ROUNDS} processes.\n")  # fmt: skip
    print(table(runs) + "\n")
    print("| tool | what it computes | installed with |\n|---|---|---|")
    for name, tool in TOOLS.items():
        print(f"| {name} | {tool.computes} | {' '.join(tool.pins) or 'requirements.lock'} |")


if __name__ == "__main__":
    work(*sys.argv[1:]) if len(sys.argv) > 1 else main()
