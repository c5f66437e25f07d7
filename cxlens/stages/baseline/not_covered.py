"""What no initiative takes care of: touchpoints to fix, needs and stages without a touchpoint, and what is too dear.

Verdicts come from :mod:`cxlens.stages.baseline.verdicts`. A plan is taken as the plain table of a road map; what is
chosen, and why not, is decided there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, number, plural
from cxlens.errors import ColumnError, listing
from cxlens.stages.baseline.again import same_drivers
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.baseline.verdicts import none_is_judged, verdicts
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.survey import Survey

FIX, NEED, STAGE, DEAR = "to fix", "need", "stage", "over the budget"
COLUMNS = ["kind", "what", "stage", "why", "initiatives", "mean", "low", "high", "standard"]
OF_PLAN = ("listed_as", "selected", "over_budget")
OF_LIST = ("name", "touchpoints", "need", "stage")
NOTE = (
    "A touchpoint to fix is covered by an initiative that works on it, a need or stage without a touchpoint by one "
    "that names it; where there is a plan, by one that it chooses."
)
Row = dict[Any, Any]


class Offer(NamedTuple):
    """The initiatives as rows, those that the plan leaves out, and those that are dearer than all that there is."""

    rows: Sequence[Mapping[Any, Any]]
    left_out: frozenset[str]
    dear: tuple[str, ...]

    def serving(self, what: str, name: str) -> list[str]:
        """The initiatives that work on a touchpoint, or serve a need or a stage."""
        return [row["name"] for row in self.rows if name in row[what]]

    def lacking(self, what: str, name: str) -> tuple[str, tuple[str, ...]] | None:
        """Why nothing takes care of it, and which initiatives would; None where one does."""
        serving = self.serving(what, name)
        if not serving:
            return "no initiative", ()
        if self.left_out.issuperset(serving):
            return "left out of the plan", tuple(serving)
        return None


def not_covered(
    record: Scorecard,
    drivers: Drivers | None = None,
    initiatives: pd.DataFrame | None = None,
    plan: pd.DataFrame | None = None,
) -> View:
    """What no initiative takes care of: see :meth:`cxlens.stages.baseline.baseline.Baseline.not_covered`."""
    offer = _offer(initiatives, plan)
    judged = verdicts(record, drivers).table
    table = pd.DataFrame([*_touchpoints(judged, offer), *_gaps(judged, offer), *_dear(offer)], columns=COLUMNS)

    def again(answers: Survey | Scorecard) -> View:
        other = rescore(record, answers)
        return not_covered(other, same_drivers(drivers, record, other), initiatives, plan)

    return View(
        chart="baseline/not covered",
        table=table,
        finding=_finding(table, judged, count(record.survey.n)),
        note=NOTE,
        record=record,
        parts={"counts": _counts(table, judged), "verdicts": judged},
        again=again,
        level=record.level,
    )


def _offer(initiatives: pd.DataFrame | None, plan: pd.DataFrame | None) -> Offer:
    """What there is to take care of things, with the columns that are needed."""
    if initiatives is None:
        return Offer([], frozenset(), ())
    _check_columns("initiatives", initiatives, OF_LIST, "cx.read_initiatives(data, touchpoints)")
    rows = initiatives.to_dict("records")
    if plan is None:
        return Offer(rows, frozenset(), ())
    _check_columns("plan", plan, OF_PLAN, "cx.roadmap(wins, ...).table")
    chosen = set(plan.loc[plan["selected"], "listed_as"])
    left_out = {row["name"] for row in rows} - chosen
    over = plan.loc[plan["over_budget"], "listed_as"]
    dear = [name for name in dict.fromkeys(over) if name not in chosen]
    return Offer(rows, frozenset(left_out), tuple(dear))


def _check_columns(what: str, table: pd.DataFrame, needed: Sequence[str], source: str) -> None:
    """Refuse a table that is not what it should be."""
    missing = [name for name in needed if name not in table]
    if missing:
        raise ColumnError(f"{what} has no column {listing(map(repr, missing))}. Give the table of {source}.")


def _touchpoints(judged: pd.DataFrame, offer: Offer) -> list[Row]:
    """Touchpoints to fix that nothing in the plan works on."""
    rows = []
    for row in judged[judged["verdict"] == "fix"].to_dict("records"):
        lacking = offer.lacking("touchpoints", row["touchpoint"])
        if lacking:
            why, initiatives = lacking
            rows.append({**row, "kind": FIX, "what": row["touchpoint"], "why": why, "initiatives": initiatives})
    return rows


def _gaps(judged: pd.DataFrame, offer: Offer) -> list[Row]:
    """Stages without a touchpoint, and needs that no touchpoint serves."""
    gaps = judged[judged["touchpoint"] == ""]
    rows = []
    for row in gaps.to_dict("records"):
        kind = NEED if row["need"] else STAGE
        name = row["need"].removesuffix(" (key need)") or row["stage"]
        lacking = offer.lacking(kind, name)
        if lacking:
            why, initiatives = lacking
            rows.append({"kind": kind, "what": name, "stage": row["stage"], "why": why, "initiatives": initiatives})
    return sorted(rows, key=lambda row: row["kind"] == NEED)


def _dear(offer: Offer) -> list[Row]:
    """Initiatives that cost more than there is, whenever they start."""
    why = "costs more than the budget, whenever it starts"
    return [{"kind": DEAR, "what": name, "stage": "", "why": why, "initiatives": (name,)} for name in offer.dear]


def _counts(table: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """How many of each kind there are, and of how many."""
    gaps = judged[judged["touchpoint"] == ""]
    of = {
        FIX: (judged["verdict"] == "fix").sum(),
        STAGE: (gaps["need"] == "").sum(),
        NEED: (gaps["need"] != "").sum(),
        DEAR: (table["kind"] == DEAR).sum(),
    }
    n = table["kind"].value_counts()
    rows = [(kind, int(n.get(kind, 0)), int(whole)) for kind, whole in of.items()]
    return pd.DataFrame(rows, columns=["kind", "n", "of"])


def _finding(table: pd.DataFrame, judged: pd.DataFrame, n: str) -> Finding:
    """How many touchpoints to fix nothing takes care of, then needs, stages and what is too dear."""
    to_fix = int((judged["verdict"] == "fix").sum())
    rows = table[table["kind"] == FIX]
    items = [Item(row["what"], f"rated {number(row['mean'])}", certainty=row["why"]) for row in rows.to_dict("records")]
    more = [_named(table, STAGE, "Without a touchpoint"), _named(table, NEED, "Needs unmet")]
    more = [sentence for sentence in [*more, _named(table, DEAR, "Over the budget")] if sentence]
    if items:
        verb = "is" if len(items) == 1 else "are"
        lead = f"{len(items)} of {plural(to_fix, 'touchpoint')} to fix {verb} not covered"
        return Finding(lead, items=items, more=more, n=n)
    if to_fix:
        return Finding(f"An initiative covers each of {plural(to_fix, 'touchpoint')} to fix", more=more, n=n)
    if none_is_judged(judged):
        return Finding("No touchpoint can be judged", more=more, n=n)
    return Finding("No touchpoint clearly needs fixing", more=more, n=n)


def _named(table: pd.DataFrame, kind: str, words: str) -> str:
    """What there is of one kind, by name; "" where there is nothing."""
    names = table.loc[table["kind"] == kind, "what"]
    return f"{words}: {listing(names, 5)}" if len(names) else ""
