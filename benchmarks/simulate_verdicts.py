"""Do verdicts recover what is planted on a simulated map, and leave alone what is fine?

``python benchmarks/simulate_verdicts.py [RUNS]`` prints the tables of benchmarks/README.md. The first: 200 runs of
2,000 simulated customers of a bank. Ten touchpoints on four stages, met by 50 to 100 % of them, and scored 1 to 5 from
a feeling with a standard deviation of 1.1; feelings correlate by 0.4 (the halo). The outcome, 0 to 10, is 7.5 and the
effects times what each touchpoint is above or below average, with noise of 2, rounded and cut off. Two truths: by
``scores`` as recorded, so that no effect is a coefficient of zero; and, harder, by ``feelings``, of which scores tell
only a part, so that what has no effect of its own still tells of the halo.

Planted, by mean score against a standard of 3.8 and points of the outcome for a point:

- an under-performer that matters: the form, 3.55 and 0.5, met by 80 %;
- an under-performer that does not: the letter, 3.55 and 0, met by 80 %;
- an over-deliverer: the statement, 4.2 and 0, met by 95 %;
- a redundant pair of one stage and need: phone (0.5) and chat (0), felt the same up to a correlation of 0.96, met by
  60 %; 92 % of those who phone also chat, and so do 3 % of the others;
- a need that no touchpoint serves, a lever.

Six are fine: the phone (3.95), website and branch (4.0 and 3.95, 0.5 and 0.4), which share stage and need, the app
(4.0, with a small effect of 0.2), and two that meet their standard just so: card and complaints desk (0.3 and 0.5).

The others say how often a verdict is right, and how often moments of truth, under-served touchpoints and touchpoints
to concentrate on are named where there is nothing and where there is something: see :func:`mixed`, :func:`alike`.
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
    "a redundant touchpoint, named": lambda found: found["chat"] == "check overlap",
    "a redundant pair, either named": lambda found: "check overlap" in (found["chat"], found["phone"]),
    "a missing need": lambda found: found[NEED] == "add",
    "an under-performer that matters": lambda found: found["form"] == "fix",
    "an under-performer that does not": lambda found: found["letter"] == BELOW,
    "an over-deliverer": lambda found: found["statement"] == "above standard",
}
CLAIMS = [  # name, answers, effect of all, effect of the one that is to be named
    ("no effects: any named", 300, 0.0, None),
    ("equal effects: any named", 600, 0.2, None),
    ("equal effects: any named", 2_000, 0.2, None),
    ("one of four times the effect: it is named", 600, 0.1, 0.4),
    ("one of four times the effect: it is named", 2_000, 0.1, 0.4),
]
RIVALS = [(4, 100, 0.0), (8, 50, 0.0), (4, 100, 0.3), (8, 50, 0.3), (1, 100, 0.0)]  # number, answers each, better by
WRONG = ["fix", "check overlap", "above standard", "not judged", BELOW, "undecided"]


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
def _grid(spread: float = SPREAD) -> tuple[np.ndarray, np.ndarray]:
    grid = np.linspace(1, 6, 501)
    cuts = ndtr((grid[:, None] - np.array([1.5, 2.5, 3.5, 4.5])) / spread)
    return 1 + cuts.sum(axis=1), grid


def felt_mean(mean: np.ndarray) -> np.ndarray:
    """The mean before rounding and cutting off that gives this mean of the scores."""
    return np.interp(mean, *_grid())


def found(seed: int, by: str) -> dict[str, str]:
    """The verdict of each touchpoint and gap in one run; a keep that is below its standard says so."""
    survey = answers(seed, by)
    table = cx.baseline(survey, bank()).verdicts(cx.drivers(survey, n_boot=DRAWS, seed=seed)).table
    below = (table["verdict"] == "keep") & table["rule"].str.startswith("clearly below its standard")
    names = table["touchpoint"].where(table["touchpoint"] != "", table["need"].str.removesuffix(" (key need)"))
    return dict(zip(names, table["verdict"].mask(below, BELOW), strict=True))


def run(runs: int = RUNS, seed: int = 0, by: str = "scores") -> pd.DataFrame:
    """Share of runs in which each planted case is recovered, then of fine touchpoints with each wrong verdict.

    Columns ``case``, ``kind`` ("recovered" or "wrong"), ``share`` and its Monte Carlo ``error``.
    """
    every = [found(one, by) for one in range(seed, seed + runs)]
    rows = [(name, "recovered", [float(holds(one)) for one in every]) for name, holds in CASES.items()]
    for verdict in WRONG:
        kind = "open" if verdict == "undecided" else "wrong"
        rows.append((f"fine: {verdict}", kind, [np.mean([one[name] == verdict for name in FINE]) for one in every]))
    weak = [float(one["app"] == "above standard") for one in every]
    rows.append(("fine, but of small effect: above standard", "wrong", weak))
    figures = [(name, kind, np.mean(shares), np.std(shares) / np.sqrt(runs)) for name, kind, shares in rows]
    return pd.DataFrame(figures, columns=["case", "kind", "share", "error"])


def mixed(
    seed: int, n: int = 300, below: float = 0.15, halo: float = 0.0, strength: float = 0.2
) -> tuple[cx.Survey, cx.TouchpointMap, pd.DataFrame]:
    """Eight touchpoints, half with an effect on the outcome, half below their standard; the truth of each.

    Scores 1 to 5 with a spread of 1 and a correlation of 0.3. With ``halo`` no touchpoint has an effect, but the mood
    that colours all scores counts that much in the outcome.
    """
    rng = np.random.default_rng(seed)
    names = [f"t{j}" for j in range(8)]
    has_effect = np.arange(8) % 2 == 0
    is_below = np.arange(8) < 4
    mood = rng.normal(size=(n, 1))
    feeling = np.sqrt(0.3) * mood + np.sqrt(0.7) * rng.normal(size=(n, 8))
    wanted = np.full(8, STANDARD) - below * np.where(is_below, 1, -1)
    scores = np.clip(np.round(np.interp(wanted, *_grid(1.0)) + feeling), 1, 5)
    effects = strength * has_effect * (halo == 0)
    outcome = 5 + (scores - wanted) @ effects + halo * mood[:, 0] + rng.normal(size=n)
    frame = pd.DataFrame(scores.astype(int), columns=names).assign(y=outcome)
    survey = cx.Survey(frame, touchpoints=names, outcome="y", scale=cx.Scale(1, 5))
    points = [cx.Touchpoint(name, stage="s", standards=[cx.Standard("mean", STANDARD)]) for name in names]
    truth = pd.DataFrame({"effect_true": effects > 0, "below": is_below & (below > 0)}, index=names)
    return survey, cx.TouchpointMap(points, cx.Lifecycle(["s"])), truth


def judged(seed: int, **design: float) -> pd.DataFrame:
    """The verdicts of one such study, with the truth beside them."""
    survey, places, truth = mixed(seed, **design)
    found = cx.drivers(survey, n_boot=DRAWS, seed=seed, method="relative weights")
    table = cx.baseline(survey, places).verdicts(found).table.set_index("touchpoint")
    return table[table.index.isin(truth.index)].join(truth).assign(study=seed)


def right(runs: int, seed: int = 0, **design: float) -> pd.DataFrame:
    """How often each verdict is given, how sure it says it is, and how often it is right, in ``runs`` studies."""
    table = pd.concat([judged(one, **design) for one in range(seed, seed + runs)])
    to_fix = table["effect_true"] & table["below"]
    rows = []
    for verdict in ("fix", "keep", "undecided", "above standard"):
        given = table[table["verdict"] == verdict]
        is_right = to_fix[table["verdict"] == verdict] == (verdict == "fix")
        if verdict == "above standard":
            is_right = ~given["effect_true"] & ~given["below"]
        in_studies = given["study"].nunique()
        rows.append((verdict, len(given), len(table), in_studies, given["certainty"].mean(), is_right.mean()))
    columns = ["verdict", "given", "of", "studies", "said", "right"]
    return pd.DataFrame(rows, columns=columns)


def matters(runs: int, seed: int = 0) -> pd.DataFrame:
    """How often what is said to matter with a probability does have an effect, by fifth of that probability."""
    table = pd.concat([judged(one) for one in range(seed, seed + runs)])
    fifths = pd.cut(table["p_matters"], [0, 0.2, 0.4, 0.6, 0.8, 1], include_lowest=True)
    found = table.groupby(fifths, observed=True).agg(
        n=("p_matters", "size"), said=("p_matters", "mean"), was=("effect_true", "mean")
    )
    return found.reset_index()


def alike(seed: int, n: int, effect: float, first: float | None = None, low: float = 0.0) -> cx.Survey:
    """Twelve touchpoints with the same effect on the outcome, met by all and felt the same; ``first``: that of t0.

    t0 is felt the most strongly, and rated lower than the others by ``low``.
    """
    rng = np.random.default_rng(seed)
    names = [f"t{j}" for j in range(12)]
    mood = rng.normal(size=(n, 1))
    means = np.full(12, 3.6) - low * (np.arange(12) == 0)
    scores = np.clip(np.round(means + np.sqrt(0.3) * mood + np.sqrt(0.7) * rng.normal(size=(n, 12))), 1, 5)
    effects = np.full(12, effect)
    effects[0] = effect if first is None else first
    outcome = (scores - 3.6) @ effects + rng.normal(size=n)
    felt = np.abs(rng.normal(3, 1, (n, 12)) + 0.5 * (np.arange(12) == 0))
    frame = pd.DataFrame(np.hstack([scores, felt]), columns=[*names, *(f"felt {name}" for name in names)])
    emotion = {name: f"felt {name}" for name in names}
    data = frame.assign(y=outcome)
    return cx.Survey(data, touchpoints=names, outcome="y", scale=cx.Scale(1, 5), emotion=emotion)


def flags(runs: int, n: int, effect: float, first: float | None = None, seed: int = 0) -> list[float]:
    """In which studies a moment of truth is named: any, or t0 where that is one."""
    hits = []
    for one in range(seed, seed + runs):
        found = cx.drivers(alike(one, n, effect, first), n_boot=0, method="relative weights")
        table = found.moments_of_truth().table.set_index("touchpoint")
        flagged = table["moment_of_truth"].eq(True)
        hits.append(float(flagged.any() if first is None else flagged["t0"]))
    return hits


def named(runs: int, n: int, effect: float, first: float | None = None, seed: int = 0) -> tuple[list[float], ...]:
    """In which studies something is under-served, and to concentrate on: any, or t0 where that is one, rated low."""
    under, concentrate = [], []
    for one in range(seed, seed + runs):
        survey = alike(one, n, effect, first, low=0.0 if first is None else 0.4)
        found = cx.drivers(survey, n_boot=DRAWS, seed=one)
        names = [[item.name for item in view.finding.items] for view in (found.opportunity(), found.performance())]
        is_named = [("t0" in items) if first is not None else bool(items) for items in names]
        under.append(float(is_named[0]))
        concentrate.append(float(is_named[1]))
    return under, concentrate


def best_of(runs: int, k: int, n: int, better: float = 0.0, seed: int = 0) -> pd.Series:
    """What is forecast if a touchpoint rose to the best of ``k`` rivals of ``n`` answers each, and what would be true.

    All rivals are rated ``better`` than we. Means over the runs: ``said``, ``true``, ``holds`` (the interval holds the
    truth), ``above`` (the interval lies above 0); ``raw`` is what the luckiest rival's mean alone would say.
    """
    rows = []
    for one in range(seed, seed + runs):
        survey, _, _ = mixed(one, n=600, below=0.0, strength=0.4)
        rng = np.random.default_rng([one, 1])
        feeling = np.interp(STANDARD + better, *_grid(1.0))
        rivals = {}
        for rival in range(k):
            scores = np.clip(np.round(feeling + rng.normal(size=n)), 1, 5)
            frame = pd.DataFrame({"t0": scores.astype(int), "y": rng.normal(size=n)})
            rivals[f"rival {rival}"] = cx.Survey(frame, touchpoints=["t0"], outcome="y", scale=cx.Scale(1, 5))
        found = cx.drivers(survey, n_boot=DRAWS, seed=one, method="relative weights")
        row = cx.what_if(found, {"t0": "best competitor"}, competitors=rivals).table.iloc[0]
        truth = 0.4 * max(0.0, STANDARD + better - 3.8)
        luckiest = max(rival.table["t0"].mean() for rival in rivals.values())
        raw = 0.4 * max(0.0, luckiest - survey.table["t0"].mean())
        rows.append((row["change"], truth, row["low"] <= truth + 1e-9 <= row["high"], row["low"] > 1e-9, raw))
    return pd.DataFrame(rows, columns=["said", "true", "holds", "above", "raw"]).mean()


def share(hits: list[float]) -> str:
    """A share of studies in words, with its Monte Carlo error."""
    mean = float(np.mean(hits))
    return f"{100 * mean:.1f} % (± {100 * np.sqrt(mean * (1 - mean) / len(hits)):.1f})"


def main(runs: int) -> None:
    """Print the tables."""
    plain, felt = (run(runs, by=by).to_dict("records") for by in ("scores", "feelings"))
    print("| simulated | outcome by scores | outcome by feelings |\n|---|---|---|")
    for one, other in zip(plain, felt, strict=True):
        cells = [f"{100 * row['share']:.1f} % (± {100 * row['error']:.1f})" for row in (one, other)]
        print(f"| {one['case']}, {one['kind']} | {' | '.join(cells)} |")
    print("\n| study | verdict | given | certainty said | right |\n|---|---|---|---|---|")
    studies = {"n = 300": {}, "n = 1,500": {"n": 1_500}, "all at their standard": {"below": 0.0},
               "halo, no effects, n = 1,500": {"halo": 0.8, "n": 1_500}}  # fmt: skip
    for name, design in studies.items():
        for row in right(runs // 2, **design).to_dict("records"):
            if row["given"]:
                error = np.sqrt(row["right"] * (1 - row["right"]) / row["given"])
                said = "" if np.isnan(row["said"]) else f"{row['said']:.2f}"
                is_right = f"{100 * row['right']:.0f} % (± {100 * error:.0f})"
                print(f"| {name} | {row['verdict']} | {row['given']} of {row['of']} | {said} | {is_right} |")
    print("\n| twelve touchpoints | answers | moment of truth | under-served | concentrate here |")
    print("|---|---|---|---|---|")
    for name, n, effect, first in CLAIMS:
        cells = [share(flags(runs, n, effect, first)), *map(share, named(runs // 2, n, effect, first))]
        print(f"| {name} | {n:,} | {' | '.join(cells)} |")
    print("\n| rivals | said | true | raw | interval holds the truth | lies above 0 |\n|---|---|---|---|---|---|")
    for k, n, better in RIVALS:
        row = best_of(runs // 2, k, n, better)
        cells = [f"{row[name]:+.3f}" for name in ("said", "true", "raw")]
        cells += [f"{100 * row[name]:.0f} %" for name in ("holds", "above")]
        print(f"| {k} of {n}, {better:g} better | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
