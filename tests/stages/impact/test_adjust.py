"""Whose mix is held, which kinds take part, and what is told of those that do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx

SIZES = {("a", 2023): 60, ("b", 2023): 60, ("a", 2024): 60, ("b", 2024): 60}


def result(sizes: dict[tuple[str, int], int]) -> cx.Impact:
    rows = [key for key, n in sizes.items() for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["kind", "year"])
    scores = np.random.default_rng(1).integers(1, 6, len(frame))
    made = cx.Survey(
        frame.assign(web=scores, y=1),
        touchpoints=["web"],
        outcome="y",
        segments=["kind"],
        time="year",
        scale=cx.Scale(1, 5),
    )
    return cx.before_after(made, metric="web", before=2023, after=2024, adjust=["kind"])


def test_all_kinds_both_times_split_the_change() -> None:
    found = result(SIZES)
    assert found.mix == "with the mix of 2023"
    table = found.table.set_index("quantity")
    assert table.loc["who answered", ["low", "high"]].notna().all()
    assert table["n"].tolist() == [240, 240, 240]


def test_a_kind_that_is_new_is_who_answered() -> None:
    found = result(SIZES | {("c", 2024): 50})
    table = found.table.set_index("quantity")
    assert found.mix == "with the mix of 2023"
    assert table["n"].tolist() == [290, 240, 290]
    assert table["estimate"].iloc[0] == pytest.approx(table["estimate"].iloc[1:].sum())


def test_under_95_per_cent_who_answered_is_blank_and_the_mix_covered_told() -> None:
    found = result(SIZES | {("c", 2023): 34})
    assert found.mix == "among the kinds that answered both times, 78 % of those of 2023"
    table = found.table.set_index("quantity")
    assert table.loc["who answered", "estimate"] != table.loc["who answered", "estimate"]
    assert table.loc["change, adjusted", ["low", "high"]].notna().all()
    assert found.finding.more[0].startswith("Among the kinds that answered both times, 78 % of those of 2023: ")


def test_a_share_of_few_people_is_not_told() -> None:
    few = {("a", 2023): 30, ("b", 2023): 9, ("a", 2024): 30, ("b", 2024): 9, ("c", 2023): 3, ("c", 2024): 40}
    found = result(few)
    assert "92 %" not in str(found)
    assert "93 %" not in str(found)


def test_no_row_is_of_few_answers_fewer_than_another() -> None:
    """A kind of which one wave is hidden may leave out fewer than five answers where a kind has no others."""
    found = result(SIZES | {("c", 2024): 4})
    left = found.table["n"].max() - found.table["n"]
    assert ((left == 0) | (left >= 5)).all()


@pytest.mark.parametrize("seed", range(3))
def test_those_who_take_part_are_of_cells_that_are_shown(seed: int) -> None:
    """So that what is told of them, less other tables or other periods, tells of nobody."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"year": rng.choice([2022, 2023, 2024], 2_000), "web": rng.integers(1, 6, 2_000), "y": 1})
    frame["kind"] = rng.choice(list("abcd"), 2_000, p=[0.5, 0.3, 0.19, 0.01])
    frame["place"] = rng.choice(["P", "Q", "R"], 2_000, p=[0.6, 0.3, 0.1])
    columns = ["kind", "place"]
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", segments=columns, time="year")
    cells = frame.groupby([*columns, "year"]).size().reset_index(name="n")
    keys = cells[[*columns, "year"]].astype({"year": str})
    cells["hidden"] = made.hidden(keys, cells[["n"]].to_numpy(), [0], 5)[:, 0]
    assert 0 < cells["hidden"].sum() < len(cells) / 2
    for before, after in ((2022, 2023), (2023, 2024), (2022, 2024)):
        of_periods = cells[cells["year"].isin([before, after])]
        by_kind = of_periods.groupby(columns)
        kinds = by_kind.filter(lambda kind: len(kind) == 2 and not kind["hidden"].any())
        table = cx.before_after(made, metric="web", before=before, after=after, adjust=columns).table
        assert table.set_index("quantity").loc["change, adjusted", "n"] == kinds["n"].sum()
