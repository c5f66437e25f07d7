"""The area of an initiative, and what each quadrant holds, against counts by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import cxlens as cx
from cxlens.stages.improve.candidates import QUADRANTS
from cxlens.stages.improve.matrix import areas, on_log, quadrant_sizes


@pytest.fixture(scope="module")
def plan():
    study = cx.datasets.load_airport()
    found = cx.drivers(study.survey(), n_boot=200)
    return cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map()).record


def test_effort_that_spans_more_than_ten_times_has_a_log_axis(plan):
    assert on_log(plan)
    for least, far in ((5.2, False), (5.1, True)):
        assert (
            on_log(dataclasses.replace(plan, table=plan.table.assign(effort=plan.table["effort"].clip(lower=least))))
            is far
        )
    idle = plan.table.assign(effort=plan.table["effort"].replace(2, 0))
    assert not on_log(dataclasses.replace(plan, table=idle))


@pytest.mark.parametrize("log", [True, False])
def test_an_area_holds_eighty_per_cent_of_the_draws_of_its_initiative(plan, log):
    names = list(plan.initiatives["name"])
    for row, area in zip(plan.table.to_dict("records"), areas(plan, log), strict=True):
        draws = plan.efforts[:, names.index(row["initiative"])], plan.benefits[:, names.index(row["initiative"])]
        x = np.log10(draws[0]) if log else draws[0]
        assert (area.x, area.y) == (pytest.approx(np.log10(row["effort"]) if log else row["effort"]), row["benefit"])
        inside = ((x - area.x) / area.width) ** 2 + ((draws[1] - area.y) / area.height) ** 2 <= 1
        assert inside.mean() == pytest.approx(0.8, abs=0.006)


def test_a_draw_of_no_effort_has_an_area_on_a_log_axis(plan):
    efforts = plan.efforts.copy()
    efforts[0] = 0
    assert np.isfinite(areas(dataclasses.replace(plan, efforts=efforts), log=True)).all()


def test_the_quadrants_hold_all_initiatives_between_them(plan):
    sizes = quadrant_sizes(plan)
    assert tuple(sizes) == QUADRANTS
    assert sum(sizes.values()) == pytest.approx(len(plan.table))
    assert sizes["quick win"] == pytest.approx(plan.table["p_quick_win"].sum())
