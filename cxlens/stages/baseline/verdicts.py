"""What to do with each touchpoint: add, fix, merge or retire, keep; or it over-delivers, or too little is known.

The verb :func:`verdicts` and its rules. Figures come from the baseline and the drivers, those of two touchpoints beside
each other from :mod:`cxlens.stages.baseline.partners`; where too little is known is said by
:mod:`cxlens.stages.baseline.blind_spots`, how to improve by :mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, plural, probability, signed
from cxlens.errors import OptionError, check_kind, check_known, listing
from cxlens.stages.baseline.again import same_drivers
from cxlens.stages.baseline.blind_spots import more_scores
from cxlens.stages.baseline.partners import ALIKE, DRAWS, LOSS, OVERLAP, SMALL, Fact, find_partners, model_of
from cxlens.stages.baseline.record import FEW, Scorecard, by_touchpoint, rescore, scorecard
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stats.inference import benjamini_hochberg
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

Verdict = Literal["fix", "add", "merge or retire", "over-delivers", "not known", "keep"]
ORDER = get_args(Verdict)
TOLD = {"over-delivers": "over-delivering", "not known": "not known"}  # how many there are; all others: "3 to keep"
LEAST = SMALL / 2  # below it nothing matters, however sure: with many answers everything is told from zero
BELOW = "below its standard, but "  # begins the rule of what is kept although it is below
LITTLE = "it carries little"
NOT_TOLD = "it is not told to matter"
NO_STANDARD = "it has no standard that scores can meet"
COLUMNS = ["touchpoint", "stage", "need", "verdict", "rule", "evidence", "certainty", "n", "more", "mean", "low",
           "high", "metric", "standard", "p_met", "importance", "coef", "q_value", "p_matters", "effect",
           "effect_low", "effect_high", "p_small", "r2_lost", "r2_lost_low", "r2_lost_high", "partner", "jaccard",
           "correlation", "cost_per_contact"]  # fmt: skip
SCORES = ["touchpoint", "stage", "n", "mean", "low", "high", "top_box", "metric", "standard", "gap", "p_met", "q_value",
          "note"]  # fmt: skip
FIGURES = ["n", "mean", "low", "high"]  # of a process


def verdicts(record: Scorecard, drivers: Drivers | None = None) -> View:
    """Give each touchpoint a verdict, with its rule, the evidence and how sure it is.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.verdicts`.
    """
    places = record.touchpoint_map
    if places is None:
        raise OptionError(
            "verdicts need a touchpoint map: it says which stage, needs and standards a touchpoint has. "
            "Give it to the baseline: cx.baseline(survey, touchpoint_map)."
        )
    if drivers is not None:
        _check_drivers(drivers, record.survey)
    table = _table(record, places, drivers)
    parts = {"processes": _processes(record, places, table)}

    def again(answers: Survey | Scorecard) -> View:
        other = rescore(record, answers)
        return verdicts(other, same_drivers(drivers, record, other))

    note = _note(drivers, record.level)
    return View("baseline/verdicts", table, _finding(table, record.survey), note, record, parts, again=again)


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


def _table(record: Scorecard, places: TouchpointMap, drivers: Drivers | None) -> pd.DataFrame:
    """A row for each touchpoint, and each need or stage without any, in the order of the verdicts."""
    facts = _facts(by_touchpoint(record), places, drivers, record.level)
    rows = []
    for fact in facts.values():
        row = fact | _judge(fact, record.level)
        row["evidence"] = _evidence(row, drivers)
        rows.append({"need": "", "partner": "", **row, "stage": row["stage"] or ""})
    rows += _missing(places)
    rows.sort(key=_urgency)
    return pd.DataFrame(rows).reindex(columns=COLUMNS).astype({"n": "Int64", "more": "Int64"})


def _urgency(row: Fact) -> tuple[float, ...]:
    """The key that sorts verdicts: the surest first, as far as certainty is shown; then the most important."""
    certainty = round(row.get("certainty", 0.0), 2)
    return ORDER.index(row["verdict"]), -certainty, -row.get("importance", 0.0)


def _facts(record: Scorecard, places: TouchpointMap, drivers: Drivers | None, level: float) -> dict[str, Fact]:
    """Every figure that a rule asks for, by touchpoint; what is not known is None."""
    facts = _scores(record, places)
    if drivers is None:
        return facts
    for row in drivers.table.to_dict("records"):
        if row["touchpoint"] in facts and pd.notna(row["p_value"]):
            importance = {name: row[name] for name in ("importance", "coef", "p_value")}
            facts[row["touchpoint"]].update(importance)
    model = model_of(drivers.record)
    for name, figures in model.figures(model.names, level).items():
        facts[name].update(figures)
    find_partners(facts, model, {place.name: place for place in places}, level)
    _add_q_values(facts)
    return facts


def _scores(record: Scorecard, places: TouchpointMap) -> dict[str, Fact]:
    """What the baseline and the map say of each touchpoint."""
    known = {place.name: place for place in places}
    more = more_scores(record)
    table = record.shown[SCORES].rename(columns={"q_value": "q_gap"}).astype(object)
    facts: dict[str, Fact] = {}
    for row in table.where(table.notna(), None).to_dict("records"):
        fact = {str(name): value for name, value in row.items()}
        name = fact["touchpoint"]
        cost = getattr(known.get(name), "cost_per_contact", None)
        facts[name] = fact | {"more": more[name], "cost_per_contact": cost}
    return facts


def _add_q_values(facts: dict[str, Fact]) -> None:
    """The q-value of each coefficient, and the probability that it is above zero."""
    q_values = benjamini_hochberg([fact.get("p_value", np.nan) for fact in facts.values()])
    for fact, q_value in zip(facts.values(), q_values.tolist(), strict=True):
        if "p_value" in fact:
            half = fact["p_value"] / 2
            fact["q_value"] = q_value
            fact["p_matters"] = 1 - half if fact["coef"] > 0 else half


def _judge(fact: Fact, level: float) -> Fact:
    """The verdict on a touchpoint, its rule and certainty."""
    if fact["n"] is None or fact["n"] < FEW:
        return {"verdict": "not known", "rule": "too few answers"}
    if "p_redundant" in fact:
        rule = f"candidate: little is lost without it beside {fact['partner']}"
        return {"verdict": "merge or retire", "rule": rule, "certainty": fact["p_redundant"]}
    told = fact["q_gap"] is not None and fact["q_gap"] < 1 - level
    matters = _matters(fact, level)
    if told and fact["gap"] < 0:
        return _judge_below(fact, matters)
    above = told and fact["gap"] > 0
    if above and not matters and fact["effect_high"] < SMALL:
        rule = f"above its standard, and {LITTLE}"
        return {"verdict": "over-delivers", "rule": rule, "certainty": fact["p_met"] * fact["p_small"]}
    return _judge_kept(fact, above)


def _matters(fact: Fact, level: float) -> bool:
    """Whether a higher score goes with a better outcome, as far as is known: without drivers everything may."""
    if "q_value" not in fact:
        return True
    return bool(fact["q_value"] < 1 - level and fact["coef"] > 0 and fact["effect"] >= LEAST)


def _judge_below(fact: Fact, matters: bool) -> Fact:
    """The verdict on what is clearly below its standard."""
    p_below = 1 - fact["p_met"]
    if not matters:
        rule = f"{BELOW}{LITTLE if fact['effect_high'] < SMALL else NOT_TOLD}"
        return {"verdict": "keep", "rule": rule, "certainty": p_below * fact["p_small"]}
    rule = "below its standard; importance is not known"
    if "q_value" in fact:
        rule = "below its standard and it matters"
    return {"verdict": "fix", "rule": rule, "certainty": p_below * fact.get("p_matters", 1.0)}


def _judge_kept(fact: Fact, above: bool) -> Fact:
    """The rule by which a touchpoint stays as it is: no other one holds."""
    p_met = fact["p_met"]
    if p_met is None:
        rule = NO_STANDARD
        if fact["standard"] is not None:
            rule = "all answers alike: nothing is told"
        return {"verdict": "keep", "rule": rule}
    rule = "not told from its standard"
    if above:
        rule = "above its standard"
    elif p_met < 0.5:
        rule = "not told from its standard, though it may be below"
    return {"verdict": "keep", "rule": rule, "certainty": 1 - (1 - p_met) * fact.get("p_matters", 1.0)}


def _evidence(row: Fact, drivers: Drivers | None) -> str:
    """The figures behind a verdict, in words."""
    verdict = row["verdict"]
    if verdict == "not known":
        return _lacking(row)
    said = [f"mean {number(row['mean'])} {interval(row['low'], row['high'])}, n = {count(row['n'])}"]
    if row["p_met"] is not None:
        said.append(_against_standard(row))
    said.append(_weight(row, drivers))
    if verdict == "merge or retire":
        said += _beside_partner(row)
    if "without" in row:
        said.append(f"judged without {row['without']}")
    if row["cost_per_contact"] is not None and verdict in {"merge or retire", "over-delivers"}:
        said.append(f"a contact costs {number(row['cost_per_contact'])}")
    return "; ".join(said)


def _lacking(row: Fact) -> str:
    """``n = 12, fewer than 30 answers; 40 more scores are needed``."""
    n = "" if row["n"] is None else f"n = {count(row['n'])}, "
    verb = "is" if row["more"] == 1 else "are"
    return f"{n}{row['note']}; {plural(row['more'], 'more score')} {verb} needed"


def _against_standard(row: Fact) -> str:
    """``standard 3.80 (met with probability 0.12)``."""
    met = f"(met with probability {probability(row['p_met'])})"
    if row["metric"] == "top_box":
        return f"top box {percent(row['top_box'])}, standard {percent(row['standard'])} {met}"
    return f"standard {number(row['standard'])} {met}"


def _weight(row: Fact, drivers: Drivers | None) -> str:
    """``+0.52 points of y a score point (above zero with probability over 0.99), effect 0.34 [0.30, 0.38]``."""
    if drivers is None or "q_value" not in row:
        return "importance is not known"
    coef = f"{signed(row['coef'], drivers.digits)} {drivers.unit} of {drivers.record.outcome_words} a score point"
    sure = f"(above zero with probability {probability(row['p_matters'])})"
    effect = f"effect {number(row['effect'])} {interval(row['effect_low'], row['effect_high'])}"
    return f"{coef} {sure}, {effect}"


def _beside_partner(row: Fact) -> list[str]:
    """What is lost without a touchpoint, and how near its partner is."""
    span = interval(100 * row["r2_lost_low"], 100 * row["r2_lost_high"], 1)
    lost = f"without it {number(100 * row['r2_lost'], 1)} {span} points of R² are lost"
    users = f"{percent(row['jaccard'])} of the users of it or {row['partner']} use both"
    return [lost, f"{users}, scores correlate by {number(row['correlation'])}"]


def _missing(places: TouchpointMap) -> list[Fact]:
    """A row for each need that no touchpoint serves, levers first, and each stage without any."""
    gaps = places.gaps().sort_values("lever", ascending=False, kind="stable")
    rows = []
    for gap in gaps.to_dict("records"):
        on_stage = sum(place.stage == gap["stage"] for place in places)
        rows.append(
            {
                "touchpoint": "",
                "stage": gap["stage"],
                "need": f"{gap['need']} (lever)" if gap["lever"] else gap["need"],
                "verdict": "add",
                "rule": "no touchpoint of the stage serves the need" if gap["need"] else "the stage has no touchpoint",
                "evidence": f"{plural(on_stage, 'touchpoint')} on the stage",
                "partner": "",
            }
        )
    return rows


def _processes(record: Scorecard, places: TouchpointMap, table: pd.DataFrame) -> pd.DataFrame:
    """The verdict on each process, by those on its touchpoints."""
    groups: dict[str, list[str]] = {}
    for place in places:
        if place.process:
            groups.setdefault(place.process, []).append(place.name)
    rows = []
    for process, names in groups.items():
        judged = table[table["touchpoint"].isin(names)]
        rows.append((process, *_of_process(judged), listing(names, 40)))
    processes = pd.DataFrame(rows, columns=["process", "verdict", "rule", "certainty", "touchpoints"])
    asked = {name for names in groups.values() for name in names}
    if asked.isdisjoint(record.survey.touchpoints):
        return processes.reindex(columns=[*processes, *FIGURES])
    scores = scorecard(record.survey, places, per="process", min_n=record.min_n, level=record.level)
    return processes.merge(scores.shown[["process", *FIGURES]], on="process", how="left")


def _of_process(judged: pd.DataFrame) -> tuple[str, str, float]:
    """Verdict, rule and certainty of a process, from its touchpoints in the order of the verdicts."""
    first = judged.iloc[0]
    if first["verdict"] == "fix":
        return "fix", f"{first['touchpoint']} is to be fixed", first["certainty"]
    if judged["verdict"].nunique() == 1:
        return first["verdict"], "the verdict of each of its touchpoints", judged["certainty"].min()
    kept = judged.loc[judged["verdict"] == "keep", "certainty"]
    return "keep", "no touchpoint in it is to be fixed", kept.min()


def _finding(table: pd.DataFrame, survey: Survey) -> Finding:
    """What comes first, and how many there are of each verdict."""
    first = table.iloc[0]
    is_judged = table["rule"] != NO_STANDARD
    judged = table[is_judged]
    told = [_told(verdict, judged) for verdict in ORDER if verdict in set(judged["verdict"])]
    unjudged = len(table) - len(judged)
    if unjudged:
        told.append(f"{unjudged} not judged for want of a standard")
    counts = listing(told)
    n = count(survey.n)
    if first["verdict"] != "fix":
        is_of_touchpoints = judged["verdict"].isin(["keep", "over-delivers"])
        lead = "No touchpoint is told to need fixing"
        if unjudged and not is_of_touchpoints.any():
            lead = "No touchpoint can be judged: none has a standard that scores can meet"
        return Finding(lead, more=[counts], n=n)
    certainty = f"certainty {probability(first['certainty'])}"
    return Finding(f"Fix {first['touchpoint']} first: {first['rule']}", certainty=certainty, more=[counts], n=n)


def _told(verdict: str, table: pd.DataFrame) -> str:
    """``3 to fix (of 1 it is not known whether they matter)``."""
    rows = table[table["verdict"] == verdict]
    words = f"{len(rows)} {TOLD.get(verdict, f'to {verdict}')}"
    unknown = int(rows["q_value"].isna().sum())
    if verdict == "fix" and 0 < unknown < len(rows):
        words += f" (of {unknown} it is not known whether they matter)"
    return words


def _note(drivers: Drivers | None, level: float) -> str:
    """How to read the verdicts."""
    sides = f"Below and above a standard: q under {number(1 - level)}."
    if drivers is None:
        return f"{sides} Importance is not known, so nothing is said to be redundant or to over-deliver: give drivers."
    return (
        f"{sides} Effect: standard deviations of the outcome for one of the score. Matters: above zero, q under "
        f"{number(1 - level)}, and an effect of {number(LEAST)} or more. Little: else, and the {percent(level)} "
        f"interval from {count(drivers.n_boot or DRAWS)} resamples ends under {number(SMALL, 1)}. Merge or retire: "
        f"same stage and need, users overlap by {percent(OVERLAP)}, scores correlate by {number(ALIKE, 1)}, under "
        f"{number(100 * LOSS, 0)} point of R² lost; a candidate to look at. Importance is association, not effect."
    )
