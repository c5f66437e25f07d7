from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cxlens.stats.moments import MOST_LEVELS, Moments

COLUMNS = ("web", "call")
SUMS = ("products", "rows", "scored", "counts")


def made(seed: int, cells: tuple[str, ...] = ("a", "b"), levels: tuple[float, ...] = (1.0, 3.0)) -> Moments:
    """Sums of small whole numbers: they add up exactly, in any order. q = 4, b = 3, p = 2."""
    rng = np.random.default_rng(seed)
    c, b, q, p, most = len(cells), 3, 4, 2, len(levels)
    return Moments(
        COLUMNS,
        cells,
        rng.integers(1, 9, (c, b, q, q)).astype(float),
        rng.integers(1, 9, (c, b)),
        rng.integers(1, 9, (c, b, p)),
        np.array(levels),
        rng.integers(1, 9, (c, b, p, most)).astype(float),
    )


def some() -> st.SearchStrategy[Moments]:
    cells = st.sets(st.sampled_from(["a", "b", "c", "not stated"]), max_size=3).map(sorted).map(tuple)
    levels = st.sets(st.sampled_from([1.0, 2.0, 2.5, 5.0]), min_size=1, max_size=4).map(sorted).map(tuple)
    return st.builds(made, st.integers(0, 1000), cells, levels)


def assert_same(one: Moments, two: Moments) -> None:
    assert (one.columns, one.cells) == (two.columns, two.cells)
    for name in ("levels", *SUMS):
        assert_array_equal(getattr(one, name), getattr(two, name))
        assert getattr(one, name).dtype == getattr(two, name).dtype


@given(some(), some())
def test_sums_commute(one: Moments, two: Moments) -> None:
    assert_same(one + two, two + one)


@given(some(), some(), some())
def test_sums_associate(one: Moments, two: Moments, three: Moments) -> None:
    assert_same((one + two) + three, one + (two + three))


@given(some(), some())
def test_sums_unite_cells_and_levels_and_lose_nothing(one: Moments, two: Moments) -> None:
    both = one + two
    assert both.cells == tuple(sorted({*one.cells, *two.cells}))
    assert both.levels.tolist() == sorted({*one.levels.tolist(), *two.levels.tolist()})
    for name in SUMS:
        assert getattr(both, name).sum() == getattr(one, name).sum() + getattr(two, name).sum()
    for cell, level in ((cell, level) for cell in both.cells for level in both.levels.tolist()):
        expected = sum(
            part.counts[part.cells.index(cell), :, :, part.levels.tolist().index(level)]
            for part in (one, two)
            if cell in part.cells and level in part.levels
        )
        assert_array_equal(both.counts[both.cells.index(cell), :, :, both.levels.tolist().index(level)], expected)


def test_nothing_is_copied_where_nothing_is_laid_out_anew() -> None:
    one = made(3)
    assert one.spread(("a", "b"), np.array([1.0, 3.0])) is one
    assert one.spread(("a", "b"), np.array([1.0, 2.0, 3.0])) is not one
    assert one.spread(("a", "b", "c"), np.array([1.0, 3.0])) is not one


def test_adding_leaves_its_parts_as_they_were() -> None:
    one, two = made(1), made(2, ("b", "c"), (2.0, 3.0))
    _ = one + two
    assert_same(one, made(1))
    assert_same(two, made(2, ("b", "c"), (2.0, 3.0)))


def test_other_columns_or_blocks_do_not_add_up() -> None:
    one = made(1)
    message = r"^moments of different columns or numbers of blocks do not add up$"
    with pytest.raises(ValueError, match=message):
        _ = one + Moments(("web", "shop"), *(getattr(one, name) for name in Moments.__slots__[1:]))
    fewer = Moments(
        COLUMNS,
        one.cells,
        one.products[:, :2],
        one.rows[:, :2],
        one.scored[:, :2],
        one.levels,
        one.counts[:, :2],
    )
    with pytest.raises(ValueError, match=message):
        _ = one + fewer


def test_totals_add_up_the_blocks_and_put_the_cells_last() -> None:
    one = made(3)
    totals = one.totals()
    assert totals.shape == (4, 4, 2)
    assert_array_equal(totals[:, :, 1], one.products[1].sum(axis=0))


def test_level_shares_are_of_all_respondents() -> None:
    one = made(4)
    shares = one.level_shares()
    assert shares.shape == (2, 2, 2)
    everyone = one.products[1, :, 0, 0].sum()
    assert_allclose(shares[1, 0], one.counts[1, :, 0].sum(axis=0) / everyone)


def levelled(seed: int, first: int, n: int) -> Moments:
    return made(seed, levels=tuple(float(level) for level in range(first, first + n)))


def test_as_many_levels_as_are_counted() -> None:
    both = levelled(5, 1, MOST_LEVELS) + levelled(6, 500, 2)
    assert len(both.levels) == MOST_LEVELS
    assert not both.uncounted


@pytest.mark.parametrize("other", [levelled(7, 1, 0), levelled(8, 3, MOST_LEVELS)], ids=["not counted", "one more"])
def test_counts_of_a_part_do_not_pass_for_counts_of_all(other: Moments) -> None:
    few = levelled(9, 1, 2)
    for both in (few + other, other + few, (few + other) + few):
        assert both.uncounted
        assert both.counts.shape == (2, 3, 2, 0)
        assert both.level_shares().shape == (2, 2, 0)
    assert_array_equal((few + other).products, few.products + other.products)


def test_a_part_without_any_score_hides_no_counts() -> None:
    nobody = made(9, levels=())
    silent = Moments(
        COLUMNS,
        nobody.cells,
        nobody.products,
        nobody.rows,
        np.zeros_like(nobody.scored),
        nobody.levels,
        nobody.counts,
    )
    assert_array_equal((silent + made(5)).counts, made(5).counts)
