"""Designs: which rows take part, and the columns that they are laid out in."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine import tables
from cxlens.engine.design import Column, Design, design_rows, takes_part
from cxlens.engine.tables import open_table
from tests.engine.answered import PURPOSES, ROLES, answers, scores


def test_the_design_of_four_answers() -> None:
    frame = pd.DataFrame(
        {
            "web": [4, 6, 2, 5],
            "call": [1, 3, 6, 5],
            "shop": [1, 1, 1, 1],
            "nps": [9, 7, 0, 6],
            "weight": [1, 2, 3, 4],
            "area": ["a", "b", "a", None],
            "customer": [1, 2, 1, 3],
            "purpose": ["business", "leisure", "other", "business"],
        }
    )
    rows = open_table(frame, ROLES).rows
    design = Design(0, True, scores(0), controls=(1,), flagged=(0, 1), factors=(("purpose", PURPOSES),))
    part = design_rows(rows, design, "area")
    assert part.z.tolist() == [
        [1, 1, 1, 1, 0, 0, 4, 100],
        [1, 0, 1, 3, 1, 0, 0, 0],
        [1, 1, 0, 0, 0, 1, 2, -100],
        [1, 1, 1, 5, 0, 0, 5, -100],
    ]
    assert design.k == 6
    assert_array_equal(part.scores, [[4], [np.nan], [2], [5]])
    assert part.segments.tolist() == ["a", "b", "a", "not stated"]
    assert part.units.tolist() == [0, 1, 2, 3]
    assert part.weights.tolist() == [1, 2, 3, 4]
    dropping = design_rows(rows, Design(0, False, scores(0, 1), missing="drop"), None)
    assert dropping.z.tolist() == [[1, 4, 1, 9], [1, 5, 5, 6]]
    assert dropping.dropped["a touchpoint not used"] == 2


def test_rows_are_left_out_for_the_first_reason_that_holds() -> None:
    frame = answers(0, 7).assign(web=3, call=3, shop=3, nps=8.0, weight=1.0, purpose="other")
    frame.loc[[0, 1], "nps"] = np.nan
    frame.loc[[0, 1, 2], "web"] = 0
    frame.loc[[0, 3], "purpose"] = None
    frame.loc[[0, 4], "call"] = 6
    frame.loc[[0, 5], "weight"] = 0.0
    rows = open_table(frame, ROLES).rows
    design = Design(0, True, scores(0, 1, 2), factors=(("purpose", PURPOSES),), missing="drop")
    part = design_rows(rows, design, None)
    expected = {
        "no outcome": 2,
        "a touchpoint left blank": 1,
        "a covariate left blank": 1,
        "a touchpoint not used": 1,
        "weight 0": 1,
    }
    assert part.dropped == Counter(expected)
    assert len(part.z) == 1


def test_a_touchpoint_outside_the_design_drops_nobody() -> None:
    frame = answers(0, 6).assign(web=3, call=[0, 0, 6, 3, 3, 3], shop=3, nps=8.0, weight=1.0)
    part = design_rows(open_table(frame, ROLES).rows, Design(0, True, scores(0, 2), missing="drop"), None)
    assert len(part.z) == 6


def test_nps_answers_become_points() -> None:
    frame = answers(0, 11).assign(web=3, call=3, shop=3, nps=np.arange(11.0), weight=1.0)
    part = design_rows(open_table(frame, ROLES).rows, Design(0, True, scores(0, 1, 2), flagged=(0, 1, 2)), None)
    assert part.z[:, -1].tolist() == [-100] * 7 + [0, 0] + [100, 100]


@pytest.mark.parametrize("job", ["respondent", "cluster"])
def test_units_are_those_of_the_ids_wherever_the_rows_are(job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = answers(0, 8).assign(web=3, call=3, shop=3, nps=8.0, weight=1.0)
    frame["customer"] = [1, 2, 1, np.nan, np.nan, 2, 7, 1]  # without the gaps a column of whole numbers
    design = Design(0, True, scores(0, 1, 2), unit="customer")
    source = open_table(frame, ROLES)
    units = design_rows(source.rows, design, None).units
    assert len(np.unique(units)) == 5  # 1, 2, 7, and two who gave no id
    assert units[0] == units[2] == units[7]
    assert units[1] == units[5]
    whole = frame[frame["customer"].notna()].astype({"customer": int})
    assert_array_equal(design_rows(open_table(whole, ROLES).rows, design, None).units, units[[0, 1, 2, 5, 6, 7]])
    monkeypatch.setattr(tables, "BATCH", 3)
    chunked = [design_rows(rows, design, None).units for rows in source.batches()]
    assert_array_equal(np.concatenate(chunked), units)


def test_clusters_come_before_respondents() -> None:
    frame = answers(0, 4).assign(web=3, call=3, shop=3, nps=8.0, weight=1.0, customer=[1, 2, 3, 4], area=list("aabb"))
    design = Design(0, True, scores(0, 1, 2), unit="area")
    assert len(np.unique(design_rows(open_table(frame, ROLES).rows, design, None).units)) == 2


def four_answers(**columns: Any) -> tables.Rows:
    """Answers to two touchpoints, one of them not used by one and left blank by another."""
    given = {"web": [4, 6, 2, 5], "call": [1, 3, 0, 5], "shop": [1, 1, 1, 1], "nps": [9, 7, 0, 6]}
    given |= {"weight": [1, 2, 3, 4], "area": ["a", "b", "a", None], "customer": [1, 2, 1, 3]}
    return open_table(
        pd.DataFrame(given | {"purpose": ["business", "leisure", "other", "leisure"]} | columns), ROLES
    ).rows


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (Column("score", (0,)), [4, 0, 2, 5]),
        (Column("low", (0,), (2.0,)), [0, 0, 1, 0]),
        (Column("high", (0,), (4.0,)), [1, 0, 0, 1]),
        (Column("square", (0,), (3.0,)), [1, 0, 1, 4]),
        (Column("product", (0, 1), (3.0, 2.0)), [-1, 0, 1, 6]),
        (Column("product", (0, 0), (3.0, 3.0)), [1, 0, 1, 4]),
        (Column("level", (), ("purpose", "leisure")), [0, 1, 0, 1]),
    ],
)
def test_kinds_of_columns(column: Column, values: list[float]) -> None:
    part = design_rows(four_answers(call=[1, 3, 1, 5]), Design(0, False, ((column,),)), None)
    assert part.z[:, 1].tolist() == values
    assert part.z[:, 2].tolist() == [9, 7, 0, 6]


def test_a_column_that_no_user_fills_is_zero() -> None:
    product = Column("product", (0, 1), (np.nan, 2.0))  # nobody scored web, so it has no mean
    part = design_rows(four_answers(web=6, call=3), Design(0, False, ((product,),)), None)
    assert part.z[:, 1].tolist() == [0] * 4


def test_players_of_several_columns_and_what_they_touch() -> None:
    group = (Column("score", (2,)), Column("score", (0,)))
    product, level = Column("product", (0, 1), (3.0, 2.0)), Column("level", (), ("purpose", "other"))
    design = Design(0, False, (group, (product,), (level,)), controls=(1,), flagged=(0, 1))
    assert design.scored == (2, 0, 1)
    assert design.widths == (2, 1, 1)
    assert design.k == 4
    part = design_rows(four_answers(call=[1, 3, 1, 5]), design, None)
    assert part.z[1].tolist() == [1, 0, 1, 3, 1, 0, 0, 0, 7]
    assert_array_equal(part.scores, [[1, 4, 1], [1, np.nan, 3], [1, 2, 1], [1, 5, 5]])


def test_only_flagged_touchpoints_have_a_flag() -> None:
    design = Design(0, False, scores(0, 1), flagged=(0,))
    assert (design.flags, design.k) == ((0,), 2)
    part = design_rows(four_answers(call=[1, 3, 1, 5]), design, None)
    assert part.z[:, 1].tolist() == [1, 0, 1, 1]
    assert design._replace(missing="drop").flags == ()


def test_who_takes_part() -> None:
    rows = four_answers(nps=[9, 7, 0, None], purpose=["business", None, "other", "leisure"])
    keep, dropped = takes_part(rows, Design(0, False, scores(0)))
    assert keep.tolist() == [True, True, True, False]
    assert +dropped == {"no outcome": 1}
    keep, dropped = takes_part(rows, Design(0, False, scores(0), controls=(1,)))
    assert keep.tolist() == [True, True, False, False]
    assert +dropped == {"no outcome": 1, "a touchpoint left blank": 1}
    players = (*scores(0), (Column("level", (), ("purpose", "leisure")),))
    keep, dropped = takes_part(rows, Design(0, False, players))
    assert keep.tolist() == [True, False, True, False]
    assert +dropped == {"no outcome": 1, "a covariate left blank": 1}
    keep, dropped = takes_part(rows, Design(0, False, scores(0), missing="drop"))
    assert keep.tolist() == [True, False, True, False]
    assert +dropped == {"no outcome": 1, "a touchpoint not used": 1}


def test_a_product_needs_scores_of_both_unless_not_used() -> None:
    product = (Column("product", (0, 1), (3.0, 2.0)),)
    keep, _ = takes_part(four_answers(), Design(0, False, (*scores(0), product)))
    assert keep.tolist() == [True, True, False, True]
