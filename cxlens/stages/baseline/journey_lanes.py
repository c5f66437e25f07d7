"""What stands in each lane of a journey map: an entry a touchpoint, need, quote or initiative, by stage.

Every figure is one of the results that are given; where a result says nothing of a touchpoint, its entry says that.
Nothing is drawn here, and nothing is left out for want of room: that is the picture's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import pandas as pd

from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, signed
from cxlens.errors import OptionError, listing
from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.baseline.rivals import competitors
from cxlens.stages.baseline.verdicts import verdicts_table
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.asked import lowest_is_best
from cxlens.study.parts import Persona
from cxlens.study.scale import Scale
from cxlens.study.shown import tells_use
from cxlens.study.touchpoints import TouchpointMap

Row = dict[Any, Any]  # an entry, by column
DOES = "What people do"
FEELS = "How they feel"
HURTS = "Where it hurts"
SAYS = "What they say"
LACKS = "Needs nothing serves"
PLANNED = "What is planned, by whom"
AGAINST = "Against"  # and the competitor's name
MISSING = "missing"  # the state of an entry that says what is not known, or not there
VERDICTS = {"fix": "fix: it matters", "keep": "keep as it is"}
COLUMNS = ["lane", "stage", "touchpoint", "entry", "about", "state", "mean", "low", "high", "standard", "rival"]


class Given(NamedTuple):
    """What a journey map is made of; each but the map may be None, and its lane is then left out.

    Attributes
    ----------
    touchpoint_map
        Stages, touchpoints and needs.
    performance
        How touchpoints score: a record without ``by``.
    importance
        What matters: drivers without ``by``.
    comments, emotion
        What people say, and how strongly they feel: views of these kinds, without ``by``.
    initiatives
        What could be done: ``name``, ``touchpoints`` (tuples of names), ``owner``, and ``when`` and ``forecast`` in
        words where they are known.
    personas
        Who travels.
    simulated
        Whether the data are made up.
    """

    touchpoint_map: TouchpointMap
    performance: Scorecard | None = None
    importance: Drivers | None = None
    comments: View | None = None
    emotion: View | None = None
    initiatives: pd.DataFrame | None = None
    personas: Sequence[Persona] = ()
    simulated: bool = False

    @property
    def stages(self) -> dict[str, list[str]]:
        """The touchpoints on each stage."""
        on_stage: dict[str, list[str]] = {stage: [] for stage in self.touchpoint_map.lifecycle.names}
        for place in self.touchpoint_map:
            on_stage[place.stage].append(place.name)
        return on_stage

    @property
    def needs(self) -> dict[str, Sequence[Any]]:
        """The needs of each stage."""
        return {stage.name: stage.needs for stage in self.touchpoint_map.lifecycle}


def entries(given: Given, states: pd.DataFrame) -> pd.DataFrame:
    """All entries, lane by lane, each lane in the order of the stages; ``states`` is what is known of touchpoints."""
    rows = [*_does(given), *_feels(given, states), *_hurts(given, states), *_says(given)]
    rows += [*_lacks(given), *_planned(given, states), *_against(given)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    texts = ["touchpoint", "about", "state"]
    figures = ["mean", "low", "high", "standard", "rival"]
    table[texts] = table[texts].fillna("")
    return table.astype(dict.fromkeys(figures, float))


def _entry(lane: str, stage: str, words: str, *, touchpoint: str = "", about: str = "", state: str = "") -> Row:
    """An entry without figures."""
    return {
        "lane": lane,
        "stage": stage,
        "touchpoint": touchpoint,
        "entry": words,
        "about": about,
        "state": state,
    }


def _missing(lane: str, stage: str, words: str, touchpoint: str = "") -> Row:
    """An entry that says what is not known."""
    return _entry(lane, stage, words, touchpoint=touchpoint, state=MISSING)


def _by_touchpoint(table: pd.DataFrame) -> dict[str, Row]:
    """The rows of a table, by touchpoint."""
    return {row["touchpoint"]: row for row in table.to_dict("records")}


def _does(given: Given) -> Iterator[Row]:
    """The touchpoints, with channel and how many use them."""
    reach = _reach(given.performance)
    for stage, names in given.stages.items():
        for name in names:
            about = [given.touchpoint_map[name].channel or "", reach.get(name, "")]
            yield _entry(DOES, stage, name, touchpoint=name, about=_joined(about))
        if not names:
            yield _missing(DOES, stage, "no touchpoint")


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(filter(None, parts))


def _reach(performance: Scorecard | None) -> dict[str, str]:
    """How many use each touchpoint, in words, where answers tell that."""
    if performance is None or not tells_use(performance.survey):
        return {}
    rows = performance.table.dropna(subset="reach")
    words = [f"{percent(reach)} use it" for reach in rows["reach"]]
    return dict(zip(rows["touchpoint"], words, strict=True))


def _feels(given: Given, states: pd.DataFrame) -> Iterator[Row]:
    """The mean rating of each touchpoint against its standard, and how strongly it is felt."""
    if given.performance is None:
        return
    known = _by_touchpoint(states)
    strength = {} if given.emotion is None else _by_touchpoint(given.emotion.table.dropna(subset="strength"))
    rivals = _rival_means(given.performance)
    for stage, names in given.stages.items():
        for name in names:
            row = known[name]
            if pd.isna(row["mean"]):
                yield _missing(FEELS, stage, "not measured", name)
                continue
            felt = ""
            if name in strength:
                felt = f"feeling {number(strength[name]['strength'], 1)}"
            words = number(row["mean"])
            figure = _entry(FEELS, stage, words, touchpoint=name, about=felt, state=row["state"])
            yield figure | _figures(row, rivals.get(name))
        if not names:
            yield _missing(FEELS, stage, "nothing measured")


def _figures(row: Row, rival: float | None) -> Row:
    """The figures of a rating; a standard is one of them where it is one of means."""
    return {
        "mean": row["mean"],
        "low": row["low"],
        "high": row["high"],
        "standard": row["standard"] if row["metric"] == "mean" else None,
        "rival": rival,
    }


def _compared(performance: Scorecard | None) -> pd.DataFrame:
    """Our scores beside those of competitors; no rows where nothing can be compared."""
    if performance is not None and performance.rivals:
        with suppress(OptionError):  # no touchpoint in common
            return competitors(performance).table
    return pd.DataFrame(columns=["touchpoint", "competitor", "mean_competitor", "difference", "position"])


def _rival_means(performance: Scorecard) -> dict[str, float]:
    """What customers of the competitor rate, where there is one."""
    if len(performance.rivals) != 1:
        return {}
    rows = _compared(performance).dropna(subset="difference")
    return dict(zip(rows["touchpoint"], rows["mean_competitor"], strict=True))


def _hurts(given: Given, states: pd.DataFrame) -> Iterator[Row]:
    """What is clearly below its standard, by how much, and what the verdict is."""
    if given.performance is None:
        return
    table = verdicts_table(given.performance, given.touchpoint_map, given.importance)
    verdicts = _by_touchpoint(table[table["touchpoint"].notna()])
    for row in states[states["pain_point"]].to_dict("records"):
        name = row["touchpoint"]
        about = _verdict(verdicts.get(name), given.importance)
        words = _below(row, given.performance.survey.scale)
        yield _entry(HURTS, row["stage"], words, touchpoint=name, about=about, state="below")


def _verdict(row: Row | None, importance: Drivers | None) -> str:
    """The verdict on what is below its standard; none where nobody asked whether it matters."""
    if row is None or importance is None:
        return ""
    return VERDICTS.get(row["verdict"], str(row["verdict"]))


def _below(row: Row, scale: Scale | None) -> str:
    """``0.29 under its standard of 3.8``; over it, where the lowest score is the best."""
    gap = abs(row["gap"])
    standard = row["standard"]
    if row["metric"] == "top_box":
        return f"{percent(gap)} under its standard of {percent(standard)} rated high"
    side = "over" if lowest_is_best(scale) else "under"
    return f"{number(gap)} {side} its standard of {standard:g}"


def _says(given: Given) -> Iterator[Row]:
    """What several people wrote word for word, the low scores first: one quote of each side.

    What both sides wrote is quoted of neither.
    """
    if given.comments is None:
        return
    asked = set(given.comments.parts["coverage"]["touchpoint"])
    phrases = given.comments.parts["phrases"]
    is_of_both = phrases.duplicated(["touchpoint", "phrase"], keep=False)
    first = phrases[~is_of_both].drop_duplicates(["touchpoint", "side"])
    scale = given.comments.survey.scale
    for stage, names in given.stages.items():
        if asked.isdisjoint(names):
            yield _missing(SAYS, stage, "not asked")
            continue
        for name in names:
            if name not in asked:
                yield _missing(SAYS, stage, "not asked", name)
            for row in first[first["touchpoint"] == name].to_dict("records"):
                about = f"{_people(row['n'])}, rated {_scores(row['side'], scale)}"
                state = "below" if row["side"] == "low" else "meets"
                yield _entry(SAYS, stage, f"“{row['phrase']}”", touchpoint=name, about=about, state=state)


def _people(n: Any) -> str:
    """How often it was written; where their number would tell of others, that it is several times."""
    return "several times" if pd.isna(n) else f"{count(n)} times"


def _scores(side: str, scale: Scale) -> str:
    """Which scores a side has: ``1 to 3``."""
    ends = (scale.low, scale.middle)
    if side == "high":
        ends = (scale.top_from, scale.high)
    low, high = sorted(map(scale.turned, ends))
    if low == high:
        return f"{low:g}"
    return f"{low:g} to {high:g}"


def _lacks(given: Given) -> Iterator[Row]:
    """The needs that no touchpoint of their stage serves."""
    gaps = given.touchpoint_map.gaps()
    for row in gaps[gaps["gap"] == "need"].to_dict("records"):
        about, state = ("key need", "key") if row["lever"] else ("", "below")
        yield _entry(LACKS, row["stage"], row["need"], about=about, state=state)


def _planned(given: Given, states: pd.DataFrame) -> Iterator[Row]:
    """What is planned at each stage and by whom; what is below its standard, or not there, and has no initiative."""
    if given.initiatives is None:
        return
    initiatives = given.initiatives.to_dict("records")
    pains = set(states.loc[states["pain_point"], "touchpoint"])
    for stage, names in given.stages.items():
        here = [row for row in initiatives if _is_at(given, row, stage)]
        for row in here:
            yield _entry(PLANNED, stage, row["name"], about=_plan(row, stage, given))
        worked_on = {name for row in here for name in row["touchpoints"]}
        for name in names:
            if name in pains - worked_on:
                yield _missing(PLANNED, stage, f"{name}: no initiative")
        if not names and not here:
            yield _missing(PLANNED, stage, "no initiative")


def _is_at(given: Given, row: Row, stage: str) -> bool:
    """Whether an initiative works on a stage: on a touchpoint or a need there, or on the stage itself."""
    if stage in row.get("stage", ()):
        return True
    names = given.stages[stage]
    needs = [need.name for need in given.needs[stage]]
    serves = [*row["touchpoints"], *row.get("need", ())]
    return not {*names, *needs}.isdisjoint(serves)


def _plan(row: Row, stage: str, given: Given) -> str:
    """Who does it, when, what it is forecast to add, and where else it works."""
    everywhere = [other for other in given.stages if _is_at(given, row, other)]
    others = [other for other in everywhere if other != stage]
    also = f"also at {listing(others)}" if others else ""
    owner = row["owner"] or "no owner"
    return _joined([owner, row.get("when", ""), row.get("forecast", ""), also])


def _against(given: Given) -> Iterator[Row]:
    """Where we are ahead of competitors and where behind, clearly."""
    compared = _compared(given.performance)
    if given.performance is None or compared.empty:
        return
    rivals = list(given.performance.rivals)
    whom = rivals[0] if len(rivals) == 1 else "competitors"
    lane = f"{AGAINST} {whom}"
    known = compared.dropna(subset="difference")
    for stage, names in given.stages.items():
        here = known[known["touchpoint"].isin(names)]
        if names and here.empty:
            yield _missing(lane, stage, "not compared")
            continue
        for row in here.to_dict("records"):
            words = _position(row)
            if len(rivals) > 1:
                words = f"{row['competitor']}: {words}"
            yield _entry(lane, stage, words, touchpoint=row["touchpoint"], state=row["position"])


def _position(row: Row) -> str:
    """``behind by 0.36``."""
    if row["position"] == "level":
        return "level"
    return f"{row['position']} by {number(abs(row['difference']))}"


def outcome_words(record: Scorecard) -> str:
    """The first outcome in words, an NPS where one is asked: ``NPS +14 [6, 23]``; "" without one."""
    known = record.outcomes_shown.dropna(subset="value")
    is_score = known["measure"] == "NPS"
    first = known[is_score] if is_score.any() else known
    if first.empty:
        return ""
    row = first.iloc[0]
    name = record.survey.named(row["outcome"])
    value, low, high = row["value"], row["low"], row["high"]
    if row["measure"] == "NPS":
        return f"{name} {signed(value, 0)} {interval(low, high, 0)}"
    if row["measure"] == "mean":
        return f"{name} {number(value)} {interval(low, high)}"
    return f"{name} {percent(value)} [{percent(low)}, {percent(high)}]"
