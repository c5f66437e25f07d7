"""What contacts cost: of touchpoints, and of the events of a log."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.study.contact_costs import contact_costs, costs_of_events


def a_map(**costs: float | None) -> cx.TouchpointMap:
    places = [cx.Touchpoint(name, stage="Use", cost_per_contact=cost) for name, cost in costs.items()]
    return cx.TouchpointMap(places, cx.Lifecycle(["Use"]))


def test_costs_of_touchpoints_and_of_events() -> None:
    costs = contact_costs(a_map(a=2.0, b=None, c=0.0), "cost")
    assert costs == {"a": 2.0, "c": 0.0}
    events = pd.DataFrame({"who": [1, 1, 1, 2], "met": ["a", "b", "a", "c"], "nr": range(4)})
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
    assert costs_of_events(log, costs).tolist() == [2.0, 0.0, 2.0, 0.0]


def test_no_costs() -> None:
    with pytest.raises(ValuesError) as error:
        contact_costs(a_map(a=None), "cost='log'")
    assert str(error.value) == (
        "cost='log': the map says of no touchpoint what a contact costs. Fill its column cost_per_contact."
    )
