"""The widget of credit: all it asks the verb."""

from __future__ import annotations

from cxlens.stages.journeys.attribution import attribution
from cxlens.stages.journeys.attribution_explore import explore_attribution
from tests.stages.journeys.logs import log_of


def test_what_the_controls_ask() -> None:
    log = log_of("ab!", "b!", "a", "b!", kind=["x", "y", "x", "y"])
    widget = explore_attribution(attribution(log, n_boot=5, min_n=1))
    asked = {"rule": None, "order": 1, "lookback": None, "by": None, "level": 0.95, "n_boot": 5, "seed": 0, "min_n": 1}
    assert widget.params == asked
    assert widget.data is log


def test_a_rule_without_a_chain_takes_no_order() -> None:
    log = log_of("ab!", "b!", "a", "b!", kind=["x", "y", "x", "y"])
    widget = explore_attribution(attribution(log, rule="first", by="kind", n_boot=5, min_n=1))
    assert widget.params["order"] is None
    assert widget.params["rule"] == "first"
    assert widget.params["by"] == "kind"
