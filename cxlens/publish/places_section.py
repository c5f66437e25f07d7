"""The section of a report on places of one kind: how far they differ, which stand out, and which changed.

How places are compared is the business of the baseline; the page for the manager of one place is made by
:mod:`cxlens.publish.place_page`. No figure is made here.
"""

from __future__ import annotations

import pandas as pd

from cxlens.common.result import View
from cxlens.common.values import chance_in_hundred, number, percent, wave_words
from cxlens.errors import OptionError, ValuesError
from cxlens.publish.blocks import Block, Paragraph, Table
from cxlens.publish.desk import Desk
from cxlens.publish.words import Form, headline, joined, or_blank, shown, spans
from cxlens.stages.baseline.place_record import ABOVE, BELOW, HIDDEN, NOT_CLEAR
from cxlens.stages.baseline.places import Places, compare_places
from cxlens.study.metrics import Metric, find_metric

POSITIONS = {ABOVE: "clearly above", BELOW: "clearly below", NOT_CLEAR: "not clear", HIDDEN: ""}
CATERPILLAR = (
    "a dot is the value with luck taken off, the line its interval, a ring the plain mean; dashed, the mean of all. "
    "◆ clearly below it, ● above it."
)
FUNNEL = (
    "a dot is a place: its plain mean against its number of answers. Between the lines lies what chance and the usual "
    "differences explain."
)
HEAT_MAP = "a row is a place, a column a measure; orange: clearly below the mean of all, blue: above, white: not clear."
BEST = "a dot is how far a place is better than the mean of all, the line its interval; only those clearly better."
CHANGES = (
    "a dot is the change with luck taken off, the line its interval, a ring the plain change; dashed, the usual change."
)


def places_section(desk: Desk) -> list[Block]:
    """How much is between places, which of them stand out, in what, and which changed otherwise than all."""
    places = desk.places
    main = places.only(places.metrics[0])
    caption = joined([desk.basis(desk.rated.n), main.note])
    blocks: list[Block] = [
        headline(main),
        shown(main, caption, CATERPILLAR, title=f"{main.record.measured.label}: every place, the best on top"),
        _view("What chance explains", main.funnel(), FUNNEL),
    ]
    if len(places.metrics) > 1:
        blocks.append(_of_clear("Places and touchpoints", places.heat_map(), HEAT_MAP))
    blocks.append(_of_clear("Whom to visit first", places.best_practice(), BEST))
    blocks.extend([*_changes(desk), _between(places), place_table(main)])
    return sorted(blocks, key=_pictures_first)


def _pictures_first(block: Block) -> int:
    """Pictures beside each other, then what is told in words, then what is folded."""
    if isinstance(block, Table):
        return 2
    return 1 if isinstance(block, Paragraph) else 0


def _view(about: str, view: View, how: str) -> Block:
    """A side of the places as a picture."""
    return shown(view, view.note, how, about=about)


def _of_clear(about: str, view: View, how: str) -> Block:
    """The same of a side that draws only what is clear: its finding alone where nothing is."""
    table = view.table
    is_clear = table["position"].isin([ABOVE, BELOW]).any() if "position" in table else len(table) > 0
    return _view(about, view, how) if is_clear else Paragraph(f"{about}: {view.finding.title}.")


def _between(places: Places) -> Table:
    """How much of the differences between answers is between places."""
    shares = places.shares
    differs = shares["q_value"] < 1 - places.level
    columns = {
        "Measure": [find_metric(places.survey, name).label for name in shares["metric"]],
        "Of the differences between answers": spans(shares, "share", Form(_share, _share)),
        "Places differ": ["clearly" if is_clear else "not clearly" for is_clear in differs],
        "Places": shares["places"],
    }
    return Table(f"How much lies between places ({places.survey.named(places.record.by)})", columns, is_folded=True)


def _share(share: float) -> str:
    """A share of differences, which may be small."""
    return percent(share, 1)


def place_table(places: Places) -> Table:
    """The places by one metric: plain mean, value with luck taken off, rank as an interval."""
    rows = places.table.dropna(subset=["value"])
    metric = places.record.measured
    columns = {
        "Place": rows["place"],
        "Answers": rows["n"],
        "Plain mean": or_blank(rows["raw"], metric.words),
        "With luck taken off": spans(rows, "value", form_of(metric)),
        "Rank": ranks_in_words(rows),
        "In the lowest quarter, in 100": or_blank(rows["p_lowest_quarter"], chance_in_hundred),
        "Against the mean of all": rows["position"].map(POSITIONS),
    }
    return Table(f"{metric.label}: every place, the best on top", columns, is_folded=True)


def form_of(metric: Metric) -> Form:
    """How a figure of a metric is written, and how the ends of its interval are."""

    def end(value: float) -> str:
        return metric.words(value, sign=False)

    return Form(metric.words, end)


def ranks_in_words(rows: pd.DataFrame) -> list[str]:
    """``3 to 9``, or ``1`` where the interval has one rank only."""
    words = []
    for low, high in rows[["rank_low", "rank_high"]].to_numpy(float):
        ends = dict.fromkeys([number(low, 0), number(high, 0)])
        words.append(" to ".join(ends))
    return words


def _changes(desk: Desk) -> list[Block]:
    """Which places changed between the last two waves otherwise than all did."""
    if len(desk.waves) < 2:
        return []
    before, after = desk.waves[-2:]
    heading = f"Change by place, {wave_words(before)} to {wave_words(after)}"
    try:
        view = compare_places(desk.survey, str(desk.place), metric=desk.outcome).change(before=before, after=after)
    except (OptionError, ValuesError) as error:
        return [Paragraph(f"{heading}: there is nothing to report here: {error}")]
    return [_view(heading, view, CHANGES), _change_table(view, heading)]


def _change_table(view: View, heading: str) -> Table:
    """Plain change, change with luck taken off, and whether it is clearly other than that of all."""
    rows = view.table
    metric = view.record.measured
    columns = {
        "Place": rows["place"],
        "Answers before": rows["n_before"],
        "Answers after": rows["n_after"],
        "Before": or_blank(rows["before"], metric.words),
        "After": or_blank(rows["after"], metric.words),
        "Plain change": or_blank(rows["raw"], _step_of(metric).figure),
        "With luck taken off": spans(rows, "value", _step_of(metric)),
        "Against the usual change": rows["position"].map(POSITIONS),
    }
    return Table(f"{heading}: {metric.label}", columns, is_folded=True)


def _step_of(metric: Metric) -> Form:
    """How a change of a metric is written."""

    def step(value: float) -> str:
        return metric.steps(value, sign=True)

    return Form(step, metric.steps)
