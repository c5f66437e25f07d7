"""What a customer of each segment of the drivers brings, as the segments of the study state it.

Only what was stated: what was measured of purchases and logs is told in stage 5 (:func:`cxlens.profit`), and comes to
quick wins as a table.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cxlens.engine.labels import in_words
from cxlens.errors import ValuesError, listing
from cxlens.stages.drivers.record import Fit
from cxlens.study.segments import Segment

MEASURED = "or give weigh=cx.profit(study).weights"


def stated_profits(fit: Fit) -> dict[str, float]:
    """``{segment of the drivers: value less cost to serve}``, by the segment of the study that is this value.

    Where no segment states a cost to serve, it counts as nothing.

    Raises
    ------
    ValuesError
        When the study of these answers has no segments, none or several of them are a segment of the drivers, or one
        does not say what a customer is worth or, where others do, costs.
    """
    if not fit.survey.declared:
        raise ValuesError(
            "weigh='profit' reads value= and cost_to_serve= of the study's segments, and these answers come with "
            "none. Ask answers of study.survey(), where each Segment has a value=, or give weigh={segment: profit}."
        )
    matching = _matching(fit)
    _check_money(list(matching.values()))
    profits = {}
    for name, segment in matching.items():
        profits[name] = float(segment.value or 0) - float(segment.cost_to_serve or 0)
    return profits


def costs_are_stated(fit: Fit) -> bool:
    """Whether the segments say what serving a customer costs."""
    return any(segment.cost_to_serve is not None for segment in _matching(fit).values())


def _matching(fit: Fit) -> dict[str, Segment]:
    """The segment of the study that is each segment of the drivers: one, or it is refused."""
    column = str(fit.by)
    alone = [segment for segment in fit.survey.declared if list(segment.where) == [column]]
    values = pd.Series(fit.survey.source.distinct(column), dtype=object)
    words = in_words(values)
    frame = pd.DataFrame({column: values.infer_objects()})
    names: dict[str, list[Segment]] = {name: [] for name in fit.segments}
    for segment in alone:
        for word in words[segment.mask(frame)]:
            if word in names:
                names[word].append(segment)
    return {name: _one_of(name, segments, column) for name, segments in names.items()}


def _one_of(name: str, segments: Sequence[Segment], column: str) -> Segment:
    """The one segment of the study that is a segment of the drivers."""
    if not segments:
        raise ValuesError(
            f"weigh='profit': no segment of the study is {column} = {name} and nothing else. Add one with value= to "
            "the study, or give weigh={segment: profit}."
        )
    if len(segments) > 1:
        several = listing([repr(segment.name) for segment in segments])
        raise ValuesError(
            f"weigh='profit': {column} = {name} is in several segments of the study, {several}, so what a customer "
            "brings is not one figure. Give weigh={segment: profit}."
        )
    return segments[0]


def _check_money(segments: Sequence[Segment]) -> None:
    """Each says what a customer is worth; what one costs, all of them or none."""
    unvalued = listing(dict.fromkeys(repr(segment.name) for segment in segments if segment.value is None))
    if unvalued:
        raise ValuesError(f"weigh='profit': value is not known of {unvalued}. Give value= of each Segment, {MEASURED}.")
    silent = dict.fromkeys(repr(segment.name) for segment in segments if segment.cost_to_serve is None)
    if silent and any(segment.cost_to_serve is not None for segment in segments):
        raise ValuesError(
            f"weigh='profit': cost_to_serve is not known of {listing(silent)}, and it is of others. Give "
            f"cost_to_serve= of each Segment, {MEASURED}."
        )
