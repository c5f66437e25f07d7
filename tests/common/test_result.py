"""The form that every side of the drivers has."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.result import View
from cxlens.stages.drivers.explore import SIDES_OF_DRIVERS

SIDES = [kind for kind in SIDES_OF_DRIVERS if kind != "dimensions"]


@pytest.fixture(scope="module")
def found():
    survey = cx.datasets.load_airport().survey()
    return cx.drivers(survey.only(survey.touchpoints[:4]), by="purpose", n_boot=20)


@pytest.mark.parametrize("kind", SIDES)
def test_each_side_has_a_table_a_sentence_a_picture_and_a_text(kind, found):
    view = getattr(found, kind.replace(" ", "_"))()
    assert (type(view), view.kind, view.record) == (View, kind, found.record)
    assert {"segment", "touchpoint"} <= set(view.table.columns)
    assert set(view.table["segment"]) == {"business", "leisure", "visiting friends"}
    assert str(view) == repr(view) == view.sentence
    assert "n = " in str(view)
    assert view.note
    page = view._repr_html_()
    assert "<table" in page
    png, alt = charts.picture(view)
    assert png.startswith(b"\x89PNG")
    assert alt.startswith("Side of the drivers. ")
    assert "business: " in alt


def test_parts_are_frames(found):
    assert all(isinstance(frame, pd.DataFrame) for frame in found.diagnosis().parts.values())


def test_a_view_cannot_be_changed(found):
    with pytest.raises(AttributeError):
        found.performance().chart = "drivers/shape"
