"""What to do with each touchpoint: add, fix, check an overlap, keep; or too much is done, or too little is known.

The verb :func:`verdicts`; its rules are in :mod:`cxlens.stages.baseline.verdict_rules`. Figures come from the baseline
and the drivers, those of two touchpoints beside each other from :mod:`cxlens.stages.baseline.partners`; where too
little is known is said by
:mod:`cxlens.stages.baseline.blind_spots`, how to improve by :mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from cxlens.common.finding import LINK, Finding
from cxlens.common.result import View
from cxlens.common.values import CLEAR, count, interval, number, percent, plural, probability, signed
from cxlens.errors import OptionError, check_kind, check_known, listing
from cxlens.stages.baseline.again import same_drivers
from cxlens.stages.baseline.blind_spots import more_scores
from cxlens.stages.baseline.partners import ALIKE, DRAWS, LOSS, MATTERS, OVERLAP, Fact, find_partners, model_of
from cxlens.stages.baseline.record import Scorecard, by_touchpoint, rescore, scorecard
from cxlens.stages.baseline.verdict_rules import DECIDED, FAR, FEW_ANSWERS, ORDER, judge
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stats.inference import benjamini_hochberg
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

TOLD = {"above standard": "above standard", "undecided": "undecided", "not judged": "not judged",
        "check overlap": "to check for overlap"}  # how many there are; all others: "3 to keep"  # fmt: skip
COLUMNS = ["touchpoint", "stage", "need", "verdict", "rule", "evidence", "certainty", "n", "more", "mean", "low",
           "high", "metric", "standard", "p_met", "distance", "distance_low", "distance_high", "importance", "coef",
           "q_value", "p_matters", "effect", "effect_low", "effect_high", "r2_lost", "r2_lost_low", "r2_lost_high",
           "partner", "jaccard", "correlation", "cost_per_contact"]  # fmt: skip
SCORES = ["touchpoint", "stage", "n", "mean", "low", "high", "top_box", "top_box_low", "top_box_high", "metric",
          "standard", "gap", "p_met", "q_value", "note"]  # fmt: skip
FIGURES = ["n", "mean", "low", "high"]  # of a process
IN_MODEL = "in the model of recorded answers"  # what a certainty is of: moods that colour all answers are in it


class Question(NamedTuple):
    """What verdicts are of, beside the drivers."""

    survey: Survey
    places: TouchpointMap
    level: float
    min_n: int

    def is_same(self, other: Question) -> bool:
        """Whether another one has the same answer, as far as that is seen at once."""
        same_answers = self.survey is other.survey
        same_map = self.places is other.places
        same_figures = (self.level, self.min_n) == (other.level, other.min_n)
        return same_answers and same_map and same_figures


Known = list[tuple[Question, pd.DataFrame]]  # of each question that was asked


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
    table = verdicts_table(record, places, drivers)
    parts = {"processes": _processes(record, places, table)}

    def again(answers: Survey | Scorecard) -> View:
        other = rescore(record, answers)
        return verdicts(other, same_drivers(drivers, record, other))

    note = _note(drivers, record.level)
    return View(
        "baseline/verdicts",
        table,
        _finding(table, record.survey),
        note,
        record,
        parts,
        again=again,
    )


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


def verdicts_table(record: Scorecard, places: TouchpointMap, drivers: Drivers | None) -> pd.DataFrame:
    """The table of :func:`verdicts`, without its processes: in the order of the verdicts.

    A row for each touchpoint, and each need or stage without any. With drivers it is made once for the same answers,
    map, level and least n, and kept with their record.
    """
    if drivers is None:
        return _judged(record, places, None)
    known: Known = drivers.record.once("verdicts", list)
    question = Question(record.survey, places, record.level, record.min_n)
    for asked, table in known:
        if asked.is_same(question):
            return table.copy()
    table = _judged(record, places, drivers)
    known.append((question, table))
    return table.copy()


def _judged(record: Scorecard, places: TouchpointMap, drivers: Drivers | None) -> pd.DataFrame:
    """The table, made."""
    facts = _facts(by_touchpoint(record), places, drivers, record.level)
    rows = []
    for fact in facts.values():
        row = fact | judge(fact, record.level)
        row["evidence"] = _evidence(row, drivers)
        rows.append({"need": "", "partner": "", **row, "stage": row["stage"] or ""})
    rows += _missing(places)
    rows.sort(key=_urgency)
    return pd.DataFrame(rows).reindex(columns=COLUMNS).astype({"n": "Int64", "more": "Int64"})


def _urgency(row: Fact) -> tuple[float, ...]:
    """The key that sorts verdicts: the surest first, as far as certainty is shown; then the most important."""
    verdict = ORDER.index(row["verdict"])
    certainty = round(row.get("certainty", 0.0), 2)
    importance = row.get("importance", 0.0)
    return verdict, -certainty, -importance


def _facts(
    record: Scorecard,
    places: TouchpointMap,
    drivers: Drivers | None,
    level: float,
) -> dict[str, Fact]:
    """Every figure that a rule asks for, by touchpoint; what is not known is None."""
    facts = _scores(record, places)
    if drivers is None:
        return facts
    unusable = set(drivers.unusable["touchpoint"])
    for row in drivers.table.to_dict("records"):
        if row["touchpoint"] in facts and pd.notna(row["p_value"]):
            importance = {name: row[name] for name in ("importance", "coef", "p_value")}
            facts[row["touchpoint"]].update(importance)
    model = model_of(drivers.record)
    for name, figures in model.figures(model.names, level).items():
        distance = _distance(facts[name], figures["spread"], level)
        facts[name].update(figures | distance)
        if name in unusable:
            del facts[name]["p_matters"]
    by_name = {place.name: place for place in places}
    find_partners(facts, model, by_name, level)
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
        place = known.get(name)
        of_map = {
            "cost_per_contact": getattr(place, "cost_per_contact", None),
            "controllable": getattr(place, "controllable", True),
        }
        facts[name] = fact | of_map | {"more": more[name]}
    return facts


def _distance(fact: Fact, spread: float, level: float) -> Fact:
    """How far above its standard a touchpoint is, in standard deviations of its scores, and how likely it is far."""
    if fact["gap"] is None:
        return {}
    low = fact["low"]
    high = fact["high"]
    if fact["metric"] == "top_box":
        share = fact["top_box"]
        low = fact["top_box_low"]
        high = fact["top_box_high"]
        spread = np.sqrt(share * (1 - share))
    if low is None or not spread > 0:
        return {}
    half = (high - low) / 2 / spread
    distance = fact["gap"] / spread
    error = half / special.ndtri((1 + level) / 2)
    p_far = float(distance >= FAR)
    if error > 0:
        p_far = float(special.ndtr((distance - FAR) / error))
    return {
        "distance": distance,
        "distance_low": distance - half,
        "distance_high": distance + half,
        "p_far": p_far,
    }


def _add_q_values(facts: dict[str, Fact]) -> None:
    """The q-value of each coefficient."""
    p_values = [fact.get("p_value", np.nan) for fact in facts.values()]
    q_values = benjamini_hochberg(p_values)
    for fact, q_value in zip(facts.values(), q_values.tolist(), strict=True):
        if "p_value" in fact:
            fact["q_value"] = q_value


def _evidence(row: Fact, drivers: Drivers | None) -> str:
    """The figures behind a verdict, in words."""
    verdict = row["verdict"]
    if row["rule"] == FEW_ANSWERS:
        return _lacking(row)
    ends = interval(row["low"], row["high"])
    said = [f"rated {number(row['mean'])} {ends}, n = {count(row['n'])}"]
    if row["p_met"] is not None:
        said.append(_against_standard(row))
    said.append(_weight(row, drivers))
    if verdict == "check overlap":
        said += _beside_partner(row)
    if "without" in row:
        said.append(f"judged without {row['without']}")
    if row["cost_per_contact"] is not None and verdict in {"check overlap", "above standard"}:
        said.append(f"a contact costs {number(row['cost_per_contact'])}")
    return "; ".join(said)


def _lacking(row: Fact) -> str:
    """``n = 12, fewer than 30 answers; 40 more scores are needed``."""
    n = "" if row["n"] is None else f"n = {count(row['n'])}, "
    scores = plural(row["more"], "more score")
    verb = "is" if row["more"] == 1 else "are"
    return f"{n}{row['note']}; {scores} {verb} needed"


def _against_standard(row: Fact) -> str:
    """``standard 3.8 (met with probability 0.12), 0.31 [0.26, 0.36] standard deviations below it``."""
    met = f"(met with probability {probability(row['p_met'])})"
    if row["metric"] == "top_box":
        standard = percent(row["standard"])
        said = f"high ratings {percent(row['top_box'])}, standard {standard} {met}"
    else:
        said = f"standard {_plain(row['standard'])} {met}"
    if "distance" not in row:
        return said
    side = "below" if row["distance"] < 0 else "above"
    ends = sorted((row["distance_low"], row["distance_high"]))
    if side == "below":
        ends = [-end for end in reversed(ends)]
    distance = number(abs(row["distance"]))
    return f"{said}, {distance} {interval(*ends)} standard deviations {side} it"


def _weight(row: Fact, drivers: Drivers | None) -> str:
    """``+0.52 points of y per rating point, effect 0.34 [0.30, 0.38] (matters with probability over 0.99)``."""
    if drivers is None or "p_matters" not in row:
        return "whether it matters is not known"
    ends = interval(row["effect_low"], row["effect_high"])
    effect = f"effect {number(row['effect'])} {ends}"
    effect += f" (matters with probability {probability(row['p_matters'])})"
    if "coef" not in row:
        return effect
    unit = drivers.unit
    if unit != "NPS points":  # which say of what they are
        unit = f"{unit} of {drivers.record.outcome_words}"
    coef = signed(row["coef"], drivers.digits)
    return f"{coef} {unit} per rating point, {effect}"


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
                "need": f"{gap['need']} (key need)" if gap["lever"] else gap["need"],
                "verdict": "add",
                "rule": "no touchpoint of the stage serves the need" if gap["need"] else "the stage has no touchpoint",
                "evidence": f"{plural(on_stage, 'touchpoint')} at this stage",
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
    scores = scorecard(
        record.survey,
        places,
        per="process",
        min_n=record.min_n,
        level=record.level,
    )
    figures = scores.shown[["process", *FIGURES]]
    return processes.merge(figures, on="process", how="left")


def _of_process(judged: pd.DataFrame) -> tuple[str, str, float]:
    """Verdict, rule and certainty of a process, from its touchpoints in the order of the verdicts."""
    first = judged.iloc[0]
    if first["verdict"] == "fix":
        return "fix", f"{first['touchpoint']} is to be fixed", first["certainty"]
    if judged["verdict"].nunique() == 1:
        return first["verdict"], "the verdict of each of its touchpoints", judged["certainty"].min()
    is_open = judged["verdict"].isin(["undecided", "not judged"])
    if is_open.any():
        names = judged.loc[is_open, "touchpoint"]
        return "undecided", f"nothing is decided about {listing(names, 30)}", np.nan
    is_kept = judged["verdict"] == "keep"
    certainty = judged.loc[is_kept, "certainty"].min()
    return "keep", "no touchpoint in it is to be fixed", certainty


def _finding(table: pd.DataFrame, survey: Survey) -> Finding:
    """What is to be fixed, the surest first, and how many there are of each verdict."""
    given = set(table["verdict"])
    counts = [_told(verdict, table) for verdict in ORDER if verdict in given]
    n = count(survey.n)
    first = table.iloc[0]
    if first["verdict"] == "fix":
        certainty = f"clearly below, {_link(first)}"
        figure, span, unit = _shortfall(first)
        lead = f"Fix {first['touchpoint']}: it is"
        return Finding(
            lead=lead,
            figure=figure,
            interval=span,
            unit=unit,
            certainty=certainty,
            more=[listing(counts)],
            n=n,
        )
    lead = "No touchpoint clearly needs fixing"
    if none_is_judged(table):
        lead = "No touchpoint can be judged"
    return Finding(lead, more=[listing(counts)], n=n)


def none_is_judged(table: pd.DataFrame) -> bool:
    """Whether no touchpoint could be held against a standard: there is none, or there are too few answers."""
    of_touchpoints = table[table["touchpoint"] != ""]
    return bool(of_touchpoints["verdict"].isin(["not judged", "check overlap"]).all())


def _plain(standard: float) -> str:
    """A standard as it was given: ``3.8``; with two decimals at most."""
    return f"{round(standard, 2):g}"


def _link(row: pd.Series) -> str:
    """How sure the link with the outcome is: clear by its q, or how likely it matters."""
    if pd.notna(row["q_value"]) and row["q_value"] < CLEAR:
        return "clear link"
    return f"matters with probability {probability(row['p_matters'])}"


def _shortfall(row: pd.Series) -> tuple[str, str, str]:
    """How far a touchpoint is below its standard, the interval of that, and the words for both."""
    to_spread = row["distance"]
    ends = [-row["distance_high"], -row["distance_low"]]
    if row["metric"] == "top_box":
        words = f"standard deviations below its standard of {percent(row['standard'])} high ratings"
        return number(-to_spread), interval(*ends), words
    short = abs(row["mean"] - row["standard"])
    low, high = (end * short / -to_spread for end in ends)
    span = interval(low, high)
    return number(short), span, f"below its standard of {_plain(row['standard'])}"


def _told(verdict: str, table: pd.DataFrame) -> str:
    """``3 to fix``."""
    n = int((table["verdict"] == verdict).sum())
    return f"{n} {TOLD.get(verdict, f'to {verdict}')}"


def _note(drivers: Drivers | None, level: float) -> str:
    """How to read the verdicts."""
    sides = f"Clearly below its standard: q under {number(1 - level)}. A verdict needs a certainty of {DECIDED:g}."
    if drivers is None:
        return (
            f"{sides} Whether touchpoints matter is not known: what does not likely meet its standard is not judged. "
            "Give drivers."
        )
    return " ".join(
        [
            sides,
            "Effect: standard deviations of the outcome for one of the ratings, pulled towards the mean of all, from "
            f"{plural(drivers.n_boot or DRAWS, 'redraw')}; it matters from {MATTERS:g} on.",
            f"Above standard, a hint to look, never to cut: {FAR:g} standard deviations or more above it, "
            f"and an effect that does not matter, both with their whole {percent(level)} intervals.",
            f"Check overlap: same stage and need, {percent(OVERLAP)} of users in common, ratings that correlate by "
            f"{ALIKE:g}, under {100 * LOSS:g} point of R² lost.",
            f"Certainty: of what was tested, {IN_MODEL}. A mood that colours all answers looks like an effect there.",
            f"{LINK}.",
        ]
    )
