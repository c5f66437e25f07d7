"""What to do with each touchpoint: add, fix, merge or retire, keep; or it over-delivers, or too little is known.

The verb :func:`verdicts` and its rules. Figures come from the baseline and the drivers; where too little is known is
said by :mod:`cxlens.stages.baseline.blind_spots`, how to improve by :mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, plural, probability, signed
from cxlens.errors import OptionError, check_kind, check_known, check_level, listing
from cxlens.stages.baseline.blind_spots import by_touchpoint, more_scores
from cxlens.stages.baseline.record import FEW, Scorecard, scorecard
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.record import Fit, refit
from cxlens.stages.drivers.score import score_columns, usage_columns
from cxlens.stats.bootstrap import bootstrap_error, percentile_interval
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.regression import sweep_out
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import Touchpoint, TouchpointMap

Floats = NDArray[np.float64]
Fact = dict[str, Any]  # the figures of a touchpoint, by column
Verdict = Literal["fix", "add", "merge or retire", "over-delivers", "not known", "keep"]
ORDER = get_args(Verdict)
SMALL = 0.1  # standard deviations of the outcome that go with one of the score: Cohen's small effect
LEAST = SMALL / 2  # below it nothing matters, however sure: with many answers everything is told from zero
LOSS = SMALL**2  # R2 lost below which a touchpoint can be spared
OVERLAP = 0.6  # users of both, of the users of either, from which on two touchpoints have the same users
ALIKE = 0.7  # correlation of scores from which on two touchpoints are felt as one
BELOW = "below its standard, but "  # begins the rule of what is kept although it is below
DRAWS = 200  # resamples where the drivers have none
COLUMNS = ["touchpoint", "stage", "need", "verdict", "rule", "evidence", "certainty", "n", "more", "mean", "low",
           "high", "metric", "standard", "p_met", "importance", "coef", "q_value", "p_matters", "effect",
           "effect_low", "effect_high", "p_small", "r2_lost", "r2_lost_low", "r2_lost_high", "partner", "jaccard",
           "correlation", "cost_per_contact"]  # fmt: skip
SCORES = ["touchpoint", "stage", "n", "mean", "low", "high", "top_box", "metric", "standard", "gap", "p_met", "q_value",
          "note"]  # fmt: skip


def verdicts(record: Scorecard, drivers: Drivers | None = None, *, level: float = 0.95) -> View:
    """Give each touchpoint a verdict, with its rule, the evidence and how sure it is.

    Parameters
    ----------
    baseline
        From :func:`cxlens.baseline`, with a touchpoint map.
    drivers
        From :func:`cxlens.drivers`, of the same answers. Without them importance is not known: whatever is below its
        standard is to be fixed, and nothing over-delivers or is redundant.
    level
        How sure a rule has to be: a figure counts as above, below or other than zero where q is under 1 - ``level``.

    Returns
    -------
    View
        ``table`` has one row a touchpoint, and one a need or stage without any, in the order of the verdicts below.
        ``touchpoint`` ("" for a gap), ``stage``, ``need`` (of a gap), ``verdict``, ``rule`` and ``evidence`` in words,
        ``certainty`` (a probability, see Notes), ``n`` scores, ``more`` (scores needed, of what is not known),
        ``mean`` with ``low`` and ``high``, ``metric``, ``standard`` and ``p_met`` as in the baseline; ``importance``,
        ``coef`` and ``q_value`` as in the drivers, ``p_matters`` (probability of a coefficient above zero), ``effect``
        (standard deviations of the outcome that go with one of the score, among users) with its interval, ``p_small``
        (share of resamples in which that is under 0.1), ``r2_lost`` without the touchpoint with its interval;
        ``partner`` of the same stage that serves the same need and is nearest to it in scores, ``jaccard``
        (users of both, of the users of either) and ``correlation`` with it; ``cost_per_contact``.

        ``parts["processes"]``: ``process``, ``verdict``, ``rule``, ``certainty``, ``touchpoints``, ``n``, ``mean``,
        ``low``, ``high``.

    Raises
    ------
    OptionError, ValuesError
        When the baseline has no map, or the drivers are of other answers, or by segment.

    Notes
    -----
    The rules, the first that holds. *Below* and *above* its standard: q of the gap under 1 - ``level``. *Matters*: a
    coefficient above zero with q under 1 - ``level``, and an effect of 0.05 or more, since with many answers
    everything is told from zero. *Carries little*: does not matter, and the interval of the effect ends under 0.1,
    which Cohen (1988) calls small.

    - not known: fewer than 30 scores.
    - merge or retire, a candidate to be looked at: with another touchpoint of the stage that serves the same need, at
      least 0.6 of the users of either use both, scores correlate by 0.7 or more, and the upper end of the R2 lost
      without it is under 0.01. Of the two the one that carries less is named; the dearer one, where both costs are
      known and resamples do not tell which carries less. The other is then judged in the model without it.
    - fix: below and matters. Below and does not matter: keep, and the rule says so.
    - over-delivers: above and carries little.
    - keep: all else; there may be no standard.
    - add: a need of a stage, levers first, that no touchpoint serves, or a stage without any.

    ``certainty`` reads sampling distributions as probabilities, as the baseline does. fix: (1 - ``p_met``) x
    ``p_matters``. over-delivers: ``p_met`` x ``p_small``; below and not told to matter: (1 - ``p_met``) x ``p_small``.
    merge or retire: the share of resamples in which all three conditions hold. keep: 1 - the certainty that it is to
    be fixed. None for add, a fact of the map, for not known and where there is no standard.

    Effect, R2 lost, overlap and correlation are those of least squares with usage held, on all touchpoints at once, in
    the resamples of the drivers (200 where they have none); each correlation is that of those who used both. A process
    takes the verdict of the touchpoint in it that is surest to need fixing, else the one they share, else keep.

    Examples
    --------
    >>> import cxlens as cx
    >>> from cxlens.stages.baseline.verdicts import verdicts
    >>> study = cx.datasets.load_airport()
    >>> view = verdicts(cx.baseline(study.survey(), study.map()), cx.drivers(study.survey(), n_boot=100))
    >>> view.table.columns[:4].tolist()
    ['touchpoint', 'stage', 'need', 'verdict']
    """
    check_level(level)
    places = record.touchpoint_map
    if places is None:
        raise OptionError(
            "verdicts need a touchpoint map: it says which stage, needs and standards a touchpoint has. "
            "Give it to the baseline: cx.baseline(survey, touchpoint_map)."
        )
    if drivers is not None:
        _check_drivers(drivers, record.survey)
    facts = _facts(by_touchpoint(record), places, drivers, level)
    rows = [fact | _judge(fact, level) for fact in facts.values()]
    rows = [row | {"evidence": _evidence(row, row["verdict"], drivers)} for row in rows] + _missing(places)
    rows.sort(key=_urgency)
    rows = [{"need": "", "partner": ""} | row | {"stage": row["stage"] or ""} for row in rows]
    table = pd.DataFrame(rows).reindex(columns=COLUMNS).astype({"n": "Int64", "more": "Int64"})
    parts = {"processes": _processes(record, places, table)}
    sentence, note = _sentence(table, record.survey), _note(drivers, level)
    return View("baseline/verdicts", table, in_one(sentence), note, record, parts, {"drivers": drivers, "level": level})


def _urgency(row: Fact) -> tuple[float, ...]:
    """The key that sorts verdicts: the surest first, as far as certainty is shown; then the most important."""
    return ORDER.index(row["verdict"]), -round(row.get("certainty", 0.0), 2), -row.get("importance", 0.0)


def _check_drivers(drivers: Drivers, survey: Survey) -> None:
    """Refuse drivers by segment, or of other answers."""
    check_kind("verdicts with drivers", drivers, Drivers, "cx.drivers(survey)")
    if drivers.by is not None:
        raise OptionError(f"verdicts take drivers of all answers, and these are by {drivers.by!r}. Leave out by=.")
    check_known("drivers: touchpoint", drivers.survey.touchpoints, survey.touchpoints, "Touchpoints of the baseline")
    if drivers.survey.n != survey.n:
        raise OptionError(
            f"the drivers are of {plural(drivers.survey.n, 'answer')}, the baseline of {count(survey.n)}. "
            "Make both from the same survey."
        )


def _facts(record: Scorecard, places: TouchpointMap, drivers: Drivers | None, level: float) -> dict[str, Fact]:
    """Every figure that a rule asks for, by touchpoint; what is not known is None."""
    known, more = {place.name: place for place in places}, more_scores(record)
    table = record.table[SCORES].rename(columns={"q_value": "q_gap"})
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    facts: dict[str, Fact] = {row["touchpoint"]: {str(name): value for name, value in row.items()} for row in rows}
    for name, fact in facts.items():
        fact |= {"more": more[name], "cost_per_contact": getattr(known.get(name), "cost_per_contact", None)}
    if drivers is None:
        return facts
    for row in drivers.table.to_dict("records"):
        if row["touchpoint"] in facts and pd.notna(row["p_value"]):
            facts[row["touchpoint"]] |= {name: row[name] for name in ("importance", "coef", "p_value")}
    model = model_of(drivers.record)
    for name, figures in model.figures(model.names, level).items():
        facts[name] |= figures
    _find_partners(facts, model, known, level)
    q = benjamini_hochberg([fact.get("p_value", np.nan) for fact in facts.values()])
    for fact, q_value in zip(facts.values(), q.tolist(), strict=True):
        if "p_value" in fact:
            half = fact["p_value"] / 2
            fact |= {"q_value": q_value, "p_matters": 1 - half if fact["coef"] > 0 else half}
    return facts


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Least squares on p touchpoints with usage held, in the answers (draw 0) and d resamples.

    ``cov`` (1 + d, p + 1, p + 1) cross-products with usage swept out, the outcome last; ``total`` (1 + d,) what R2 is
    a share of; ``scale`` (1 + d, p) spread of the scores of users over that of the outcome; ``jaccard`` and
    ``correlation`` (p, p, 1 + d).
    """

    names: tuple[str, ...]
    cov: Floats
    total: Floats
    scale: Floats
    jaccard: Floats
    correlation: Floats

    def fit(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Coefficients and the R2 lost without each, (1 + d, k), in the model of these touchpoints alone.

        What a column adds to all others is its squared coefficient over its diagonal entry of the inverse. A ridge of
        1e-10 keeps collinear columns from having no inverse: they lose nothing.
        """
        at = [self.names.index(name) for name in names]
        gram, cross = self.cov[:, at][:, :, at], self.cov[:, at, -1]
        variances = np.einsum("dii->di", gram)
        ridge = np.where(variances > 0, 1e-10 * variances, 1.0)
        inverse = np.linalg.inv(gram + ridge[:, :, None] * np.eye(len(at)))
        coef = np.einsum("dij,dj->di", inverse, cross)
        return coef, coef**2 / np.einsum("dii->di", inverse) / self.total[:, None]

    def figures(self, names: Sequence[str], level: float) -> dict[str, Fact]:
        """Effect of each touchpoint and R2 lost without it, their intervals, and how often the effect is small."""
        coef, lost = self.fit(names)
        effect = coef * self.scale[:, [self.names.index(name) for name in names]]
        columns: dict[str, Floats] = {"p_small": (effect[1:] < SMALL).mean(axis=0)}
        for column, drawn in (("effect", effect), ("r2_lost", lost)):
            low, high = percentile_interval(drawn[1:], level)
            columns |= {column: drawn[0], f"{column}_low": low, f"{column}_high": high}
        return {name: {column: float(own[j]) for column, own in columns.items()} for j, name in enumerate(names)}


def model_of(record: Fit) -> Model:
    """The plain model of all touchpoints behind the drivers, whatever they were grouped or shared out by."""
    record = _with_resamples_and_usage(record)
    design = record.asked.design
    flags, scores = usage_columns(design), np.array(list(score_columns(design).values()))
    stack = np.sum(record.products.stacks, axis=0)
    both = stack[np.ix_(flags, flags)]
    users = np.einsum("iid->id", both)
    either = users[:, None] + users[None] - both
    jaccard = both / np.where(either > 0, either, np.nan)
    total = sweep_out(stack, 1)[-1, -1]
    total = np.where(total > 0, total, np.nan)
    known_users = np.where(users > 0, users, np.nan)
    means = stack[scores, flags] / known_users
    variances = np.nan_to_num(stack[scores, scores] / known_users - means**2)
    outcome_variance = total / stack[0, 0]
    scale = np.sqrt(np.maximum(variances, 0.0) / outcome_variance).T
    in_model = [*range(design.k), *scores, len(stack) - 1]
    cov = np.moveaxis(sweep_out(stack[np.ix_(in_model, in_model)], design.k), -1, 0)
    names = tuple(record.survey.touchpoints[place] for place in score_columns(design))
    return Model(names, cov, total, scale, jaccard, record.correlations)


def _with_resamples_and_usage(record: Fit) -> Fit:
    """The record itself; asked again where it has no resamples, or leaves out who did not use a touchpoint."""
    options = dict(record.options)
    if record.n_boot and options["missing"] == "indicator":
        return record
    draws = record.n_boot or DRAWS
    plain = replace(record, options=options | {"missing": "indicator", "n_boot": draws, "method": "relative weights"})
    return refit(plain, record.survey)


def _find_partners(facts: dict[str, Fact], model: Model, known: Mapping[str, Touchpoint], level: float) -> None:
    """Say which touchpoint of a stage that serves the same need is nearest to each, and which pairs are redundant.

    What is kept of a redundant pair is judged in the model without the other.
    """
    lost = dict(zip(model.names, model.fit(model.names)[1].T, strict=True))
    taken: set[str] = set()
    for a, b, jaccard, alike in _pairs(model, known):
        for one, other in ((a, b), (b, a)):
            if "partner" not in facts[one]:
                facts[one] |= {"partner": other, "jaccard": float(jaccard[0]), "correlation": float(alike[0])}
        named, kept = (a, b) if lost[a][0] <= lost[b][0] else (b, a)
        cheap, dear = (facts[name]["cost_per_contact"] for name in (named, kept))
        undecided = (lost[named][1:] <= lost[kept][1:]).mean() < level and facts[kept]["r2_lost_high"] < LOSS
        if undecided and cheap is not None and dear is not None and dear > cheap:
            named, kept = kept, named
        holds = (jaccard >= OVERLAP) & (alike >= ALIKE) & (lost[named] < LOSS)
        if holds[0] and facts[named]["r2_lost_high"] < LOSS and taken.isdisjoint((a, b)):
            taken |= {a, b}
            facts[named] |= {"p_redundant": float(holds[1:].mean())}
            rest = [name for name in model.names if name != named]
            coef = model.fit(rest)[0][:, rest.index(kept)]
            p = float(wald_p(coef[0], bootstrap_error(coef[1:]), len(coef) - 2))
            facts[kept] |= model.figures(rest, level)[kept] | {"without": named}
            if "p_value" in facts[kept]:
                facts[kept] |= {"coef": float(coef[0]), "p_value": p}


def _pairs(model: Model, known: Mapping[str, Touchpoint]) -> list[tuple[str, str, Floats, Floats]]:
    """Pairs of a stage that serve the same need, with overlap and correlation in all draws; the most alike first."""
    found = []
    for (i, a), (j, b) in combinations(enumerate(model.names), 2):
        if a in known and b in known and known[a].stage == known[b].stage:
            needs = ({need.name.casefold() for need in known[name].needs} for name in (a, b))
            if set.intersection(*needs):
                found.append((a, b, model.jaccard[i, j], model.correlation[i, j]))
    return sorted(found, key=lambda pair: -pair[3][0])


def _judge(fact: Fact, level: float) -> Fact:
    """The verdict on a touchpoint, its rule and certainty."""
    if fact["n"] is None or fact["n"] < FEW:
        return {"verdict": "not known", "rule": "too few answers"}
    if "p_redundant" in fact:
        rule = f"candidate: little is lost without it beside {fact['partner']}"
        return {"verdict": "merge or retire", "rule": rule, "certainty": fact["p_redundant"]}
    told = fact["q_gap"] is not None and fact["q_gap"] < 1 - level
    side = np.sign(fact["gap"]) if told else 0
    q, met, p_matters = fact.get("q_value"), fact["p_met"], fact.get("p_matters", 1.0)
    matters = q is None or (q < 1 - level and fact["coef"] > 0 and fact["effect"] >= LEAST)
    little = not matters and fact["effect_high"] < SMALL
    if side < 0 and matters:
        rule = "below its standard and it matters" if q is not None else "below its standard; importance is not known"
        return {"verdict": "fix", "rule": rule, "certainty": (1 - met) * p_matters}
    if side < 0:
        rule = f"{BELOW}{'it carries little' if little else 'it is not told to matter'}"
        return {"verdict": "keep", "rule": rule, "certainty": (1 - met) * fact["p_small"]}
    if side > 0 and little:
        rule = "above its standard, and it carries little"
        return {"verdict": "over-delivers", "rule": rule, "certainty": met * fact["p_small"]}
    if met is None:
        alike = fact["standard"] is not None
        rule = "all answers alike: nothing is told" if alike else "it has no standard that scores can meet"
        return {"verdict": "keep", "rule": rule}
    apart = f"not told from its standard{', though it may be below' if met < 0.5 else ''}"
    rule = "above its standard" if side > 0 else apart
    return {"verdict": "keep", "rule": rule, "certainty": 1 - (1 - met) * p_matters}


def _evidence(fact: Fact, verdict: str, drivers: Drivers | None) -> str:
    """The figures behind a verdict, in words."""
    if verdict == "not known":
        n = "" if fact["n"] is None else f"n = {count(fact['n'])}, "
        return f"{n}{fact['note']}; {plural(fact['more'], 'more score')} {'is' if fact['more'] == 1 else 'are'} needed"
    parts = [f"mean {number(fact['mean'])} {interval(fact['low'], fact['high'])}, n = {count(fact['n'])}"]
    if fact["p_met"] is not None:
        top = fact["metric"] == "top_box"
        own = f"top box {percent(fact['top_box'])}, " if top else ""
        goal = percent(fact["standard"]) if top else number(fact["standard"])
        parts += [f"{own}standard {goal} (met with probability {probability(fact['p_met'])})"]
    if drivers is None or "q_value" not in fact:
        parts += ["importance is not known"]
    else:
        one = f"{signed(fact['coef'], drivers.digits)} {drivers.unit} of {drivers.outcome} a score point"
        effect = f"effect {number(fact['effect'])} {interval(fact['effect_low'], fact['effect_high'])}"
        parts += [f"{one} (above zero with probability {probability(fact['p_matters'])}), {effect}"]
    if verdict == "merge or retire":
        span = interval(100 * fact["r2_lost_low"], 100 * fact["r2_lost_high"], 1)
        parts += [f"without it {number(100 * fact['r2_lost'], 1)} {span} points of R² are lost"]
        parts += [f"{percent(fact['jaccard'])} of the users of it or {fact['partner']} use both, scores correlate by "
                  f"{number(fact['correlation'])}"]  # fmt: skip
    parts += [f"judged without {fact['without']}"] if "without" in fact else []
    if fact["cost_per_contact"] is not None and verdict in {"merge or retire", "over-delivers"}:
        parts += [f"a contact costs {number(fact['cost_per_contact'])}"]
    return "; ".join(parts)


def _missing(places: TouchpointMap) -> list[Fact]:
    """A row for each need that no touchpoint serves, levers first, and each stage without any."""
    rows = []
    for gap in places.gaps().sort_values("lever", ascending=False, kind="stable").to_dict("records"):
        need = f"{gap['need']} (lever)" if gap["lever"] else gap["need"]
        rule = "no touchpoint of the stage serves the need" if need else "the stage has no touchpoint"
        evidence = f"{plural(sum(one.stage == gap['stage'] for one in places), 'touchpoint')} on the stage"
        rows.append({"touchpoint": "", "stage": gap["stage"], "need": need, "verdict": "add", "rule": rule,
                     "evidence": evidence})  # fmt: skip
    return rows


def _processes(record: Scorecard, places: TouchpointMap, table: pd.DataFrame) -> pd.DataFrame:
    """The verdict on each process, by those on its touchpoints."""
    groups: dict[str, list[str]] = {}
    for place in places:
        if place.process:
            groups.setdefault(place.process, []).append(place.name)
    rows = []
    for process, names in groups.items():
        own = table[table["touchpoint"].isin(names)]
        first, alike = own.iloc[0], own["verdict"].nunique() == 1
        if first["verdict"] == "fix":
            verdict, rule, sure = "fix", f"{first['touchpoint']} is to be fixed", first["certainty"]
        else:
            verdict = first["verdict"] if alike else "keep"
            rule = "the verdict of each of its touchpoints" if alike else "no touchpoint in it is to be fixed"
            sure = own.loc[own["verdict"] == verdict, "certainty"].min()
        rows.append((process, verdict, rule, sure, listing(names, 40)))
    made = pd.DataFrame(rows, columns=["process", "verdict", "rule", "certainty", "touchpoints"])
    figures = ["process", "n", "mean", "low", "high"]
    if not any(name in record.survey.touchpoints for names in groups.values() for name in names):
        return made.reindex(columns=[*made, *figures[1:]])
    found = scorecard(record.survey, places, per="process", min_n=record.min_n, level=record.level)
    return made.merge(found.table[figures], on="process", how="left")


def _sentence(table: pd.DataFrame, survey: Survey) -> str:
    """What comes first, and how many there are of each verdict."""
    n, first = table["verdict"].value_counts(), table.iloc[0]
    lead = "No touchpoint is told to need fixing"
    if first["verdict"] == "fix":
        sure = f" (certainty {probability(first['certainty'])})"
        lead = f"Fix {first['touchpoint']} first: {first['rule']}{sure}"
    words = {"over-delivers": "over-delivering", "not known": "not known"}
    unknown = int((table["verdict"].eq("fix") & table["q_value"].isna()).sum())
    more = {"fix": f" (of {unknown} it is not known whether they matter)"} if 0 < unknown < n["fix"] else {}
    told = listing(
        f"{n[verdict]} {words.get(verdict, f'to {verdict}')}{more.get(verdict, '')}"
        for verdict in ORDER
        if verdict in n
    )
    return f"{lead}. {told}. n = {count(survey.n)}."


def _note(drivers: Drivers | None, level: float) -> str:
    """How to read the verdicts."""
    if drivers is None:
        how = "Importance is not known, so nothing is said to be redundant or to over-deliver: give drivers."
    else:
        how = (
            f"Effect: standard deviations of the outcome for one of the score. Matters: above zero, q under "
            f"{number(1 - level)}, and an effect of {number(LEAST)} or more. Little: else, and the {percent(level)} "
            f"interval from {count(drivers.n_boot or DRAWS)} resamples ends under {number(SMALL, 1)}. Merge or retire: "
            f"same stage and need, users overlap by {percent(OVERLAP)}, scores correlate by {number(ALIKE, 1)}, under "
            f"{number(100 * LOSS, 0)} point of R² lost; a candidate to look at. Importance is association, not effect."
        )
    return f"Below and above a standard: q under {number(1 - level)}. {how}"
