from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from cxlens.engine import tables, tallies
from cxlens.engine.roles import Codes, Roles
from cxlens.engine.tables import open_table
from cxlens.engine.tallies import describe

ROLES = Roles(
    (("web",), ("call",)), Codes(1, 5, (6,), (0,)), (("nps", None),), "weight", {"area": "segment", "code": "segment"}
)
ITEMS, OUTCOMES = ("Web", "Call"), ("nps",)
ANSWER = st.tuples(
    st.sampled_from([0, 1, 3, 5, 6]),
    st.sampled_from([None, 2, 2.5, 6]),
    st.sampled_from([None, 0, 9, 10]),
    st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    st.sampled_from(["NA", "b", None]),
    st.sampled_from([1.0, 2.0, 1.5, None]),
)

CHOICES = [[0, 1, 3, 5, 6], [None, 2, 2.5, 6], [None, 0, 9, 10], [0.0, 0.5, 1.0, 2.0], ["NA", "b", None], [1, 2, 1.5]]
ANSWERS, BY = st.lists(ANSWER, min_size=1, max_size=12), st.sampled_from([None, "area", "code"])


def frame_of(answers: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(answers, columns=["web", "call", "nps", "weight", "area", "code"])
    frame["weight"] = np.where(np.arange(len(frame)) == 0, 1.0, frame["weight"])  # not all zero
    return frame.astype({"call": float, "nps": float, "code": float})


def counted(frame: pd.DataFrame, by: str | None) -> dict[tuple, list[float]]:
    """The tally, answer by answer."""
    found: dict[tuple, list[float]] = {}
    for row in frame[frame["weight"] > 0].itertuples():
        segment = "" if by is None else getattr(row, by)
        if not isinstance(segment, str):
            segment = "not stated" if segment is None or np.isnan(segment) else f"{segment:g}"
        for item, value in (("Web", row.web), ("Call", row.call), ("nps", row.nps)):
            state = "scored"
            if np.isnan(value) or (value == 0 and item != "nps"):
                state = "blank"
            elif value == 6:
                state = "unused"
            line = found.setdefault((segment, item, state, value if state == "scored" else None), [0, 0.0, 0.0])
            for k, amount in enumerate((1, row.weight, row.weight**2)):
                line[k] += amount
    return found


def tally(source, items, outcomes, by=None, **units) -> pd.DataFrame:
    """The tally with cells, items and states in words."""
    cells, table = tallies.tally(source, len(items), len(outcomes), [by] if by else [], **units)
    names = cells[by].to_numpy(object) if by else np.array([""] * len(cells), object)
    table["segment"] = names[table.pop("cell")]
    table["item"] = np.array([*items, *outcomes], object)[table["item"]]
    table["state"] = np.array(["scored", "unused", "blank"], object)[table["state"]]
    keys = ["segment", "item", "state", "value"]
    table = table.sort_values(keys, kind="stable", ignore_index=True)
    return table[[*keys, *(name for name in table if name not in keys)]]


def as_dict(table: pd.DataFrame) -> dict[tuple, list[float]]:
    return {
        (line.segment, line.item, line.state, None if np.isnan(line.value) else line.value): [line.n, line.w, line.w2]
        for line in table.itertuples()
    }


@settings(max_examples=15)
@given(BY, ANSWERS)
def test_every_answer_is_counted_once(by: str | None, answers: list[tuple]) -> None:
    frame = frame_of(answers)
    table = tally(open_table(frame, ROLES), ITEMS, OUTCOMES, by)
    expected = counted(frame, by)
    found = as_dict(table)
    assert len(found) == len(table)
    assert found.keys() == expected.keys()
    for key, line in expected.items():
        assert found[key] == pytest.approx(line)


@settings(max_examples=10)
@given(BY, ANSWERS, st.integers(2, 5))
def test_batches_and_row_order_do_not_matter(by: str | None, answers: list[tuple], size: int) -> None:
    frame = frame_of(answers)
    whole = tally(open_table(frame, ROLES), ITEMS, OUTCOMES, by)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "BATCH", size)
        pd.testing.assert_frame_equal(tally(open_table(frame, ROLES), ITEMS, OUTCOMES, by), whole)
        pd.testing.assert_frame_equal(tally(open_table(frame[::-1], ROLES), ITEMS, OUTCOMES, by), whole)


@pytest.mark.parametrize("by", [None, "area", "code"])
def test_a_file_on_disk_is_counted_alike(by: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = frame_of([tuple(rng.choice(np.array(c, object)) for c in CHOICES) for _ in range(500)])
    whole = tally(open_table(frame, ROLES), ITEMS, OUTCOMES, by)
    frame.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 64)
    stored = tally(open_table(tmp_path / "a.parquet", ROLES), ITEMS, OUTCOMES, by)
    pd.testing.assert_frame_equal(stored, whole, rtol=1e-12)


@pytest.mark.parametrize("by", [["area"], ["area", "code"]])
def test_kinds_of_rows_are_the_same_people_in_memory_and_on_disk(
    by: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    frame = frame_of([tuple(rng.choice(np.array(c, object)) for c in CHOICES) for _ in range(300)])
    frame.to_parquet(tmp_path / "a.parquet")
    answered = pd.DataFrame({"all": 1, "nps": frame["nps"].notna(), "web": frame["web"].between(1, 5)})
    answered["call"] = frame["call"].between(1, 5)
    cells = {name: tallies.in_words(frame[name]) for name in by}
    known = answered.assign(**cells)[frame["weight"] > 0].groupby(by)[["web", "call", "nps", "all"]].sum()
    kinds, n = tallies.answers_by_kind(open_table(frame, ROLES), 2, 1, by)
    in_memory = pd.DataFrame(n).groupby([kinds[name] for name in by]).sum()
    np.testing.assert_array_equal(in_memory, known)
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    kinds, n = tallies.answers_by_kind(open_table(tmp_path / "a.parquet", ROLES), 2, 1, by)
    on_disk = pd.DataFrame(n).groupby([kinds[name] for name in by]).sum()
    np.testing.assert_array_equal(on_disk, known)
    assert len(kinds) == len(known)


def test_a_tally_of_four_answers() -> None:
    frame = pd.DataFrame({"web": [4, 4, 6, 0], "nps": [9, np.nan, 9, 1], "w": [1, 2, 3, 4], "area": list("aabb")})
    roles = Roles((("web",),), Codes(1, 5, (6,), (0,)), (("nps", None),), "w", {"area": "segment"})
    table = tally(open_table(frame, roles), ["Web"], ["nps"], "area")
    assert list(table) == ["segment", "item", "state", "value", "n", "w", "w2", "w3", "w4"]
    assert table["w3"].tolist() == [9, 8, 1, 64, 27, 64, 27]
    assert table["w4"].tolist() == [17, 16, 1, 256, 81, 256, 81]
    assert table.drop(columns=["value", "w3", "w4"]).to_numpy().tolist() == [
        ["a", "Web", "scored", 2, 3.0, 5.0],
        ["a", "nps", "blank", 1, 2.0, 4.0],
        ["a", "nps", "scored", 1, 1.0, 1.0],
        ["b", "Web", "blank", 1, 4.0, 16.0],
        ["b", "Web", "unused", 1, 3.0, 9.0],
        ["b", "nps", "scored", 1, 4.0, 16.0],
        ["b", "nps", "scored", 1, 3.0, 9.0],
    ]
    assert table["value"].fillna(-1).tolist() == [4, -1, 9, -1, -1, 1, 9]


def test_tallies_without_outcomes_or_without_items() -> None:
    source = open_table(frame_of([(3, 2.0, 9.0, 1.0, "b", 1.0)]), ROLES)
    assert set(tally(source, ITEMS, [])["item"]) == {"Web", "Call"}
    assert set(tally(source, [], OUTCOMES)["item"]) == {"nps"}


def test_describe() -> None:
    frame = frame_of([(3, None, 9, 1, "b", 1), (5, 2, 9, 3, "b", 1), (6, 6, 9, 2, "b", 1), (0, 2, 9, 1, "b", 1)])
    frame["nobody"] = 6
    roles = ROLES._replace(touchpoints=(*ROLES.touchpoints, ("nobody",)))
    table = describe(open_table(frame, roles), ["Web", "Call", "Nobody"]).set_index("touchpoint")
    assert list(table) == ["n", "reach", "mean", "blank", "distinct"]
    assert table["n"].tolist() == [2, 2, 0]
    assert_allclose(table["reach"], [4 / 6, 4 / 6, 0])
    assert_allclose(table["mean"], [(3 + 15) / 4, 2, np.nan])
    assert table["blank"].tolist() == [1, 1, 0]
    assert table["distinct"].tolist() == [2, 1, 0]


def test_answers_that_weigh_nothing_are_left_out() -> None:
    frame = frame_of([(6, 2, 9, 1, "b", 1), (3, 6, 9, 0, "b", 1)])
    table = describe(open_table(frame, ROLES), ITEMS).set_index("touchpoint")
    assert table.loc["Web", "n"] == 0
    assert np.isnan(table.loc["Web", "mean"])
    assert Counter(table["blank"]) == Counter({0: 2})


def test_units_add_up_to_the_tally_and_an_empty_id_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of([(3, 2.0, 9, 1.0, "b", 1), (3, 2.0, 9, 1.0, "b", 1), (3, 2.0, 9, 1.0, "NA", 2)] * 20)
    frame.loc[::3, "code"] = np.nan
    source = open_table(frame, ROLES)
    whole = tally(source, ITEMS, OUTCOMES, "area")
    for blocks in (None, 4):
        table = tally(source, ITEMS, OUTCOMES, "area", unit="code", blocks=blocks)
        assert table["unit"].nunique() == (22 if blocks is None else 4)
        sums = table.groupby(["segment", "item", "state", "value"], as_index=False)[tallies.SUMS].sum()
        pd.testing.assert_frame_equal(sums, whole)
    once = tally(source, ITEMS, OUTCOMES, unit="code")
    monkeypatch.setattr(tables, "BATCH", 7)
    pd.testing.assert_frame_equal(tally(source, ITEMS, OUTCOMES, unit="code"), once)
