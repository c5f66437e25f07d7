"""Do verdicts recover what is planted on a simulated map, and leave alone what is fine?

``python benchmarks/simulate_verdicts.py [RUNS]`` prints the table of benchmarks/README.md: 200 runs of 2,000 simulated
customers of a bank. Ten touchpoints on four stages, met by 50 to 100 % of them, and scored 1 to 5 from a feeling with
a standard deviation of 1.1; feelings correlate by 0.4 (the halo). The outcome, 0 to 10, is 7.5 and the effects times
what each touchpoint is above or below average, with noise of 2, rounded and cut off. Two truths: by ``scores`` as
recorded, so that no effect is a coefficient of zero; and, harder, by ``feelings``, of which scores tell only a part, so
that what has no effect of its own still tells of the halo.

Planted, by mean score against a standard of 3.8 and points of the outcome for a point:

- an under-performer that matters: the form, 3.55 and 0.5, met by 80 %;
- an under-performer that does not: the letter, 3.55 and 0, met by 80 %;
- an over-deliverer: the statement, 4.2 and 0, met by 95 %;
- a redundant pair of one stage and need: phone (0.5) and chat (0), felt the same up to a correlation of 0.96, met by
  60 %; 92 % of those who phone also chat, and so do 3 % of the others;
- a need that no touchpoint serves, a lever.

Six are fine: the phone (3.95), website and branch (4.0 and 3.95, 0.5 and 0.4), which share stage and need, the app
(4.0, with a small effect of 0.2), and two that meet their standard just so: card and complaints desk (0.3 and 0.5).
"""

from __future__ import annotations

import sys
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtr

import cxlens as cx

RUNS, N, DRAWS = 200, 2_000, 100
HALO, SPREAD, NOISE, STANDARD = 0.4, 1.1, 2.0, 3.8
NEED = "be warned of trouble"
# name: stage, need, mean of the scores, effect, reach
PLAN = {
    "website": ("choose", "compare", 4.0, 0.5, 1.0),
    "branch": ("choose", "compare", 3.95, 0.4, 0.7),
    "form": ("sign up", "be quick", 3.55, 0.5, 0.8),
    "letter": ("sign up", "know what follows", 3.55, 0.0, 0.8),
    "app": ("use", "pay", 4.0, 0.2, 0.9),
    "card": ("use", "pay in shops", 3.8, 0.3, 0.9),
    "statement": ("use", "keep track", 4.2, 0.0, 0.95),
    "phone": ("get help", "ask a person", 3.95, 0.5, 0.6),
    "chat": ("get help", "ask a person", 3.95, 0.0, 0.6),
    "complaints desk": ("get help", "be heard", 3.8, 0.5, 0.5),
}
NAMES, FINE = list(PLAN), ["website", "branch", "app", "card", "phone", "complaints desk"]
BELOW = "keep, below its standard"
CASES = {
    "a redundant touchpoint, named": lambda found: found["chat"] == "merge or retire",
    "a redundant pair, either named": lambda found: "merge or retire" in (found["chat"], found["phone"]),
    "a missing need": lambda found: found[NEED] == "add",
    "an under-performer that matters": lambda found: found["form"] == "fix",
    "an under-performer that does not": lambda found: found["letter"] == BELOW,
    "an over-deliverer": lambda found: found["statement"] == "over-delivers",
}
WRONG = ["fix", "merge or retire", "over-delivers", "not known", BELOW]


def bank() -> cx.TouchpointMap:
    """The map, with a need that nothing serves."""
    stages = {stage: [need for at, need, *_ in PLAN.values() if at == stage] for stage, *_ in PLAN.values()}
    stages["use"].append(f"{NEED} (lever)")
    touchpoints = [
        cx.Touchpoint(name, stage=stage, needs=[need], standards=[cx.Standard("mean", STANDARD)])
        for name, (stage, need, *_) in PLAN.items()
    ]
    return cx.TouchpointMap(touchpoints, cx.Lifecycle([cx.Stage(stage, needs) for stage, needs in stages.items()]))


def answers(seed: int, by: str) -> cx.Survey:
    """Simulated answers, the outcome by "scores" or by "feelings"; 6: not used."""
    rng, p = np.random.default_rng(seed), len(NAMES)
    mean, effect, reach = np.array([plan[2:] for plan in PLAN.values()]).T
    phone, chat = NAMES.index("phone"), NAMES.index("chat")
    feeling = np.sqrt(HALO) * rng.normal(size=(N, 1)) + np.sqrt(1 - HALO) * rng.normal(size=(N, p))
    feeling[:, chat] = 0.96 * feeling[:, phone] + np.sqrt(1 - 0.96**2) * rng.normal(size=N)
    used = rng.random((N, p)) < reach
    used[:, chat] = rng.random(N) < np.where(used[:, phone], 0.92, 0.03)
    scores = np.clip(np.round(felt_mean(mean) + SPREAD * feeling), 1, 5)
    moved = scores - mean if by == "scores" else SPREAD * feeling
    outcome = 7.5 + (moved * used) @ effect + NOISE * rng.normal(size=N)
    frame = pd.DataFrame(np.where(used, scores, 6).astype(int), columns=NAMES)
    frame["recommend"] = np.clip(np.round(outcome), 0, 10).astype(int)
    scale = cx.Scale(1, 5, not_used=[6])
    return cx.Survey(frame, touchpoints=NAMES, outcome="recommend", scale=scale, outcome_scale=cx.Scale(0, 10))


@lru_cache
def _grid() -> tuple[np.ndarray, np.ndarray]:
    grid = np.linspace(1, 6, 501)
    cuts = ndtr((grid[:, None] - np.array([1.5, 2.5, 3.5, 4.5])) / SPREAD)
    return 1 + cuts.sum(axis=1), grid


def felt_mean(mean: np.ndarray) -> np.ndarray:
    """The mean before rounding and cutting off that gives this mean of the scores."""
    return np.interp(mean, *_grid())


def found(seed: int, by: str) -> dict[str, str]:
    """The verdict of each touchpoint and gap in one run; a keep that is below its standard says so."""
    survey = answers(seed, by)
    table = cx.baseline(survey, bank()).verdicts(cx.drivers(survey, n_boot=DRAWS, seed=seed)).table
    below = (table["verdict"] == "keep") & table["rule"].str.startswith("below its standard")
    names = table["touchpoint"].where(table["touchpoint"] != "", table["need"].str.removesuffix(" (lever)"))
    return dict(zip(names, table["verdict"].mask(below, BELOW), strict=True))


def run(runs: int = RUNS, seed: int = 0, by: str = "scores") -> pd.DataFrame:
    """Share of runs in which each planted case is recovered, then of fine touchpoints with each wrong verdict.

    Columns ``case``, ``kind`` ("recovered" or "wrong"), ``share`` and its Monte Carlo ``error``.
    """
    every = [found(one, by) for one in range(seed, seed + runs)]
    rows = [(name, "recovered", [float(holds(one)) for one in every]) for name, holds in CASES.items()]
    for verdict in WRONG:
        rows.append((f"fine: {verdict}", "wrong", [np.mean([one[name] == verdict for name in FINE]) for one in every]))
    weak = [float(one["app"] == "over-delivers") for one in every]
    rows.append(("fine, but of small effect: over-delivers", "wrong", weak))
    figures = [(name, kind, np.mean(shares), np.std(shares) / np.sqrt(runs)) for name, kind, shares in rows]
    return pd.DataFrame(figures, columns=["case", "kind", "share", "error"])


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    plain, felt = (run(n, by=by).to_dict("records") for by in ("scores", "feelings"))
    print("| simulated | outcome by scores | outcome by feelings |\n|---|---|---|")
    for one, other in zip(plain, felt, strict=True):
        cells = [f"{100 * row['share']:.1f} % (± {100 * row['error']:.1f})" for row in (one, other)]
        print(f"| {one['case']}, {one['kind']} | {' | '.join(cells)} |")
