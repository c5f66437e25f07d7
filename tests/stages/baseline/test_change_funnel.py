"""The funnel of changes: limits for so many answers, who lies outside, and that nobody does where nothing happened."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

import cxlens as cx
from cxlens.common.style import ORANGE
from cxlens.errors import CxlensError
from tests.stages.baseline.test_place_change import two_waves
from tests.stages.baseline.test_places import survey


def funnel(frame, **options):
    return cx.compare_places(survey(frame, **options), "hotel", metric="room").change_funnel(before=2024, after=2025)


def test_a_place_that_gained_lies_outside_and_is_named() -> None:
    view = funnel(two_waves(1.2))
    table = view.table
    assert table.loc[table["outside"] == "99.8 %", "place"].tolist() == ["H00"]
    row = table.set_index("place").loc["H00"]
    assert row["change"] > row["far_high"] > row["limit_high"]
    assert str(view).startswith("Room satisfaction from 2024 to 2025: 1 of 24 places lies outside the 99.8 % limits of")
    assert f"H00 (+{row['change']:.2f})" in str(view)


def test_changes_are_those_of_the_view_of_changes() -> None:
    frame = two_waves(1.2)
    raw = cx.compare_places(survey(frame), "hotel", metric="room").change(before=2024, after=2025).table
    table = funnel(frame).table.set_index("place")
    assert table["change"].loc[raw["place"]].tolist() == pytest.approx(raw["raw"].tolist())
    assert table["n"].loc[raw["place"]].tolist() == (raw["n_before"] + raw["n_after"]).tolist()


def test_limits_are_narrower_the_more_answers_there_are() -> None:
    table = funnel(two_waves()).table
    assert table["worth"].is_monotonic_increasing
    assert (table["limit_high"] - table["limit_low"]).is_monotonic_decreasing
    assert table["worth"].to_numpy(float) == pytest.approx(table["n"].to_numpy(float), rel=0.01)  # as many each time
    half = (table["far_high"] - table["far_low"]) / (table["limit_high"] - table["limit_low"])
    assert half.to_numpy() == pytest.approx(3.0902 / 1.9600, rel=1e-3)


def test_where_nothing_happened_hardly_any_lies_outside() -> None:
    outer = [(funnel(two_waves(seed=seed)).table["outside"] == "99.8 %").sum() for seed in range(12)]
    assert np.sum(outer) <= 3  # of 288 changes 0.6 is expected
    assert "lies outside" in str(funnel(two_waves(seed=3)))


def test_the_picture_has_a_mark_for_each() -> None:
    view = funnel(two_waves(1.2))
    ax = view.plot()
    outside = [line for line in ax.lines if line.get_marker() == "D" and to_hex(line.get_color()) == ORANGE.lower()]
    assert [len(line.get_xdata()) for line in outside] == [1]
    assert [text.get_text() for text in ax.texts if text.get_text() == "H00"] == ["H00"]
    assert ax.get_xscale() == "log"


def test_what_is_refused() -> None:
    places = cx.compare_places(survey(two_waves()), "hotel", metric="room")
    with pytest.raises(CxlensError) as error:
        places.change_funnel(before=2024, after=2024)
    assert str(error.value) == "before and after are both '2024'. Name two waves."
