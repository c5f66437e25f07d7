"""Which touchpoints the lists of a map's widgets leave; refusals are tested with the widget."""

from __future__ import annotations

from cxlens.stages.baseline.map_part import names_of, part_of_map
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import GOOD, LOW


def test_a_filter_invents_no_gap():
    whole = journeys.places()
    part = part_of_map(whole, channel="site")
    assert part.names == (LOW, GOOD)
    assert part.gaps().equals(whole.gaps())
    assert part.table["touchpoint"].tolist() == [LOW, GOOD]


def test_a_list_has_each_name_once_and_all_of_them_first():
    assert names_of("Owner", ["Sales", "", "Care", "Sales"]).options == (
        ("All owners", ""), ("Sales", "Sales"), ("Care", "Care"),
    )  # fmt: skip
