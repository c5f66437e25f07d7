"""Which answers are compared; what is refused is tested with the verbs in test_designs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.impact.periods import ask, compare, is_hidden, join_waves, waves_told
from cxlens.study.metrics import find_metric


def survey(frame: pd.DataFrame) -> cx.Survey:
    return cx.Survey(frame.assign(y=1), touchpoints=["web"], outcome="y", segments=["shop", "start"], time="year")


def answers() -> pd.DataFrame:
    rows = [(shop, year) for shop in "ABC" for year in (2023, 2024) for _ in range(10)]
    frame = pd.DataFrame(rows, columns=["shop", "year"])
    return frame.assign(web=np.arange(60) % 5 + 1, start=frame["shop"].map({"A": "2024", "C": "2023"}).fillna(""))


def question(frame: pd.DataFrame, started: str | None = None) -> object:
    answered = survey(frame)
    asked = ask(answered, find_metric(answered, "web"), 2023, 2024, 0.95)
    return asked._replace(treated=cx.Segment("shop A", {"shop": "A"}), started=started)


def test_sides_and_periods() -> None:
    compared = compare(question(answers()))
    assert compared.sample.size == 60
    assert (compared.inside.sum(), compared.late.sum()) == (20, 30)
    assert compared.cells["n"].tolist() == [10, 10, 20, 20]
    assert compared.note == ""


def test_others_that_start_with_another_wave_are_left_out() -> None:
    compared = compare(question(answers(), started="start"))
    assert compared.sample.size == 40
    assert compared.note == "Left out, since they start with another wave: shop = C (2023)."


def test_answers_that_other_tables_hide_are_marked() -> None:
    frame = answers()
    few = frame.drop(frame[(frame["shop"] == "C") & (frame["year"] == 2023)].index[3:])
    asked = question(few)
    sample = compare(asked._replace(treated=None, adjust=("shop",))).sample
    assert not is_hidden(question(frame), sample, ["shop"]).any()
    hidden = is_hidden(asked, sample, ["shop"])
    assert hidden[(sample.labels["shop"] == "C") & (sample.labels["year"] == 2023)].all()
    assert hidden.sum() > 3  # and as many more as protect them


def sized(sizes: Mapping[tuple[Any, ...], int], *columns: str) -> cx.Survey:
    """So many answers of each cell, by the last column in time."""
    cells = [cell for cell, n in sizes.items() for _ in range(n)]
    frame = pd.DataFrame(cells, columns=list(columns))
    *segments, time = columns
    scored = frame.assign(web=np.arange(len(frame)) % 5 + 1, y=1)
    return cx.Survey(scored, touchpoints=["web"], outcome="y", segments=segments, time=time)


def numbers(
    made: cx.Survey,
    before: Any,
    after: Any,
    treated: Mapping[str, Any] | None = None,
    started: str | None = None,
) -> list[int] | None:
    """How many answers each group has in each period; None where that is refused."""
    asked = ask(made, find_metric(made, "web"), before, after, 0.95)
    group = None if treated is None else cx.Segment("these", treated)
    try:
        return compare(asked._replace(treated=group, started=started)).cells["n"].tolist()
    except cx.CxlensError:
        return None


def subsets(values: Iterable[Any]) -> list[tuple[Any, ...]]:
    """All but the empty and the whole."""
    some = list(values)
    return [chosen for size in range(1, len(some)) for chosen in combinations(some, size)]


def differences(told: Mapping[tuple[Any, ...], list[int] | None]) -> list[int]:
    """Each number of a question less that of one that asks for a part of the same."""
    left = []
    for whole, of_whole in told.items():
        for part, of_part in told.items():
            if of_whole and of_part and set(part) < set(whole):
                left += [abs(more - fewer) for more, fewer in zip(of_whole, of_part, strict=True)]
    return left


def test_groups_that_overlap_are_not_had_by_subtraction() -> None:
    """Regions A, B and C less A and B was three answers: 9 and 6 are enough, and so were the others beside them."""
    of_each = dict.fromkeys("ABCDE", 3) | {"X": 60}
    made = sized({(region, year): n for region, n in of_each.items() for year in (2024, 2025)}, "region", "year")
    told = {regions: numbers(made, 2024, 2025, {"region": list(regions)}) for regions in subsets(of_each)}
    assert not any(0 < left < 5 for left in differences(told))
    answered = [regions for regions, n in told.items() if n]
    assert answered == [("X",), tuple("ABCDE")]  # all that are hidden are on one side


def test_waves_that_overlap_are_not_had_by_subtraction() -> None:
    sizes = {(2001,): 60, (2002,): 3, (2003,): 3, (2004,): 3, (2005,): 3, (2006,): 60}
    made = sized(sizes, "year")
    earlier = [waves for waves in subsets(year for (year,) in sizes) if 2006 not in waves]
    told = {waves: numbers(made, list(waves), 2006) for waves in earlier}
    assert not any(0 < left < 5 for left in differences(told))
    few = (2002, 2003, 2004, 2005)
    assert [waves for waves, n in told.items() if n] == [(2001,), few, (2001, *few)]


def test_those_who_start_otherwise_are_not_had_by_subtraction() -> None:
    sizes = {("A", "2025"): 60, ("B", ""): 60, ("C", ""): 60, ("C", "2024"): 3}
    cells = {(region, start, year): n for (region, start), n in sizes.items() for year in (2024, 2025)}
    made = sized(cells, "region", "start", "year")
    without = numbers(made, 2024, 2025, {"region": "A"})
    assert without == [60, 60, 123, 123]
    assert numbers(made, 2024, 2025, {"region": "A"}, started="start") is None
    enough = sized(cells | {("C", "2024", 2024): 8, ("C", "2024", 2025): 8}, "region", "start", "year")
    assert numbers(enough, 2024, 2025, {"region": "A"}, started="start") == [60, 60, 120, 120]


def test_groups_by_three_columns_are_guarded_by_all_totals() -> None:
    """A table by three columns, wave among them, shows 32 answers; less 30 of a group by four that is two."""
    sizes = {(r, p, g, t): 30 for r in "RS" for p in "PQ" for g in "GH" for t in (1, 2)}
    made = sized(sizes | {("R", "P", "H", 1): 2}, "r", "p", "g", "t")
    cell = pd.DataFrame({"r": ["R"], "p": ["P"], "t": ["1"]})
    assert not made.hidden(cell, np.array([[32]]), [0], 5).any()
    assert numbers(made, 1, 2, {"r": "R", "p": "P", "g": "G"}) is None
    assert numbers(made, 1, 2, {"r": "R", "p": "P"}) == [32, 60, 180, 180]


def test_a_wave_of_hidden_answers_is_told_where_all_of_them_are_on_one_side() -> None:
    regions = {"A": 3, "B": 3, "X": 60, "Y": 60}
    made = sized({(region, year): n for region, n in regions.items() for year in range(2022, 2026)}, "region", "year")
    asked = ask(made, find_metric(made, "web"), [2022, 2023], [2024, 2025], 0.95)
    together = waves_told(asked._replace(treated=cx.Segment("X", {"region": "X"})))
    assert together == dict.fromkeys(range(2022, 2026), True)
    apart = waves_told(asked._replace(treated=cx.Segment("A and X", {"region": ["A", "X"]})))
    assert apart == dict.fromkeys(range(2022, 2026), False)


def test_many_hidden_cells_are_counted_in_a_message() -> None:
    regions = {f"R{i}": 3 for i in range(10)} | {"X": 60}
    made = sized({(region, year): n for region, n in regions.items() for year in (2024, 2025)}, "region", "year")
    asked = ask(made, find_metric(made, "web"), 2024, 2025, 0.95)
    with pytest.raises(cx.CxlensError) as error:
        compare(asked._replace(treated=cx.Segment("two", {"region": ["R0", "R1"]})))
    cells = "; ".join(f"'R{i}', '{year}'" for i in range(6) for year in (2024, 2025))
    assert str(error.value) == (
        "treated 'two': this would tell what fewer than 5 answers say, since other tables show those beside them. "
        f"Hidden there: {cells} and 8 more. Keep them together on one side, give the group a column of its own among "
        "segments=, or leave them out: survey.where(cx.Segment(...))."
    )


def test_a_group_of_small_places_is_told_by_a_column_of_its_own() -> None:
    """Its table by wave is one of those that are guarded together; by places every group would be another one."""
    rng = np.random.default_rng(0)
    shops = {f"s{i:02}": "yes" if i < 3 else "no" for i in range(20)}
    each = {(shop, is_pilot, year): int(rng.integers(3, 14)) for shop, is_pilot in shops.items() for year in range(4)}
    made = sized(each, "shop", "pilot", "year")
    assert numbers(made, [0, 1], [2, 3], {"shop": ["s00", "s01", "s02"]}) is None
    cells = pd.DataFrame(list(each), columns=["shop", "pilot", "year"]).assign(n=list(each.values()))
    of_sides = cells.groupby([cells["pilot"] == "no", cells["year"] > 1])["n"].sum().tolist()
    assert numbers(made, [0, 1], [2, 3], {"pilot": "yes"}) == of_sides


@pytest.mark.parametrize(
    ("waves", "words"),
    [
        ([2013], "2013"),
        ([2013, 2014], "2013 and 2014"),
        ([1, 2, 3], "1, 2 and 3"),
        ([1, 2, 3, 4], "1…4"),
    ],
)
def test_waves_in_words(waves: list[int], words: str) -> None:
    assert join_waves(waves) == words
