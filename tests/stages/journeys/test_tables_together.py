"""All tables of one result, attacked together: by linear programs over every journey that there may be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

import cxlens as cx
from cxlens.study.journeys import END, START
from tests.stages.journeys.test_flow import log_of, random_routes

LEAST = 5
Cell = tuple[str, str, object]


class Attack:
    """What a reader knows of how many journeys took each route that no shown zero forbids."""

    def __init__(self, ways: cx.Paths) -> None:
        self.ways = ways
        names = ways.log.touchpoints
        self.pairs = set(ways.table[["touchpoint", "next"]].itertuples(index=False, name=None))
        self.routes = [route for name in names if (START, name) in self.pairs for route in self._from((name,))]
        taken = ways.log.table.groupby("customer")["touchpoint"].apply(tuple).value_counts()
        self.true = np.array([taken.get(route, 0) for route in self.routes], float)
        self.equal: list[tuple[np.ndarray, float]] = []
        self.most: list[tuple[np.ndarray, float]] = []
        self.cells: dict[Cell, np.ndarray] = {}
        self.hidden: list[Cell] = []
        self._know(np.ones(len(self.routes)), ways.log.n)
        for name in names:
            met = self._each(lambda route, name=name: route.count(name))
            self._know(met, met @ self.true)  # departures: a number over its share
        self._tables(ways)

    def _from(self, route: tuple[str, ...]) -> list[tuple[str, ...]]:
        steps = self.ways.steps
        if steps.loc[route[-1], len(route)] == 0:
            return []
        ends = [route] if (route[-1], END) in self.pairs else []
        if len(route) == steps.shape[1]:
            return ends
        longer = [name for name in self.ways.log.touchpoints if (route[-1], name) in self.pairs]
        return ends + [way for name in longer for way in self._from((*route, name))]

    def _tables(self, ways: cx.Paths) -> None:
        for touchpoint, following, n in ways.table[["touchpoint", "next", "n"]].itertuples(index=False, name=None):
            pair = (touchpoint, following)
            self._told(("transition", *pair), self._each(lambda route, pair=pair: _follows(route).count(pair)), n)
        for step in ways.steps:
            for name, share in ways.steps[step].items():
                here = self._each(lambda route, step=step, name=name: (*route, *[END] * step)[step - 1] == name)
                self._told(("step", name, step), here, share * ways.log.n)
        for name, reached, ended in ways.drop_off[["touchpoint", "reached", "ended"]].itertuples(
            index=False, name=None
        ):
            self._told(("reached", name, ""), self._each(lambda route, name=name: name in route), reached)
            self._told(("ended", name, ""), self._each(lambda route, name=name: route[-1] == name), ended)
        for path, n in ways.variants[["path", "n"]].head(ways.listed).itertuples(index=False, name=None):
            self._know(self._each(lambda route, path=path: " > ".join(route) == path), n)

    def _each(self, figure) -> np.ndarray:
        return np.array([float(figure(route)) for route in self.routes])

    def _told(self, cell: Cell, counts: np.ndarray, n: object) -> None:
        self.cells[cell] = counts
        if not pd.isna(n):
            self._know(counts, round(n))
            return
        self.hidden.append(cell)
        self.most.append((-counts, -1))  # that there are some is told

    def _know(self, counts: np.ndarray, n: float) -> None:
        self.equal.append((counts, n))
        assert counts @ self.true == pytest.approx(n)

    def know_flows(self, flows: pd.DataFrame, unit: int) -> None:
        for step, name, following, share in flows.iloc[:, :4].itertuples(index=False, name=None):
            here = self._each(
                lambda route, at=(step, (name, following)): (*_follows(route), *[None] * 9)[at[0]] == at[1]
            )
            number = round(share * self.ways.log.n)
            self.most += [(here, number + unit / 2), (-here, unit / 2 - number)]

    def pinned(self) -> list[Cell]:
        """Small cells that can be one number only; what one program finds possible tells of all of them."""
        small = [cell for cell in self.hidden if 0 < self.cells[cell] @ self.true < LEAST]
        ends = {cell: [self.cells[cell] @ self.true] * 2 for cell in small}
        known = {
            "A_eq": csr_array(np.array([row for row, _ in self.equal])),
            "b_eq": [n for _, n in self.equal],
            "A_ub": csr_array(np.array([row for row, _ in self.most] or [self.true * 0])),
            "b_ub": [n for _, n in self.most] or [0],
        }
        for cell in small:
            for sign in (1, -1):
                if ends[cell][1] - ends[cell][0] < 1e-6:
                    found = linprog(sign * self.cells[cell], **known).x
                    for other in small:
                        number = self.cells[other] @ found
                        ends[other] = [min(ends[other][0], number), max(ends[other][1], number)]
        return [cell for cell in small if ends[cell][1] - ends[cell][0] < 1e-6]


def _follows(route: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(zip((START, *route), (*route, END), strict=True))


@pytest.mark.parametrize("seed", [0, 2, 11, 12, 16, 27, 32, 36])
def test_no_linear_program_over_all_tables_pins_a_small_count(seed: int) -> None:
    """Most of these logs gave some away when every table was guarded alone."""
    ways = cx.paths(log_of(random_routes(seed)))
    attack = Attack(ways)
    attack.know_flows(ways.flow(steps=6, named=5).table, unit=10)
    assert not attack.pinned()


def test_not_too_much_is_hidden_of_small_logs() -> None:
    large = hidden = 0
    for seed in range(5):
        attack = Attack(cx.paths(log_of(random_routes(seed))))
        numbers = {cell: counts @ attack.true for cell, counts in attack.cells.items()}
        large += sum(n >= LEAST for n in numbers.values())
        hidden += sum(numbers[cell] >= LEAST for cell in attack.hidden)
    assert hidden <= 0.3 * large


def test_what_is_hidden_of_the_airport_is_a_quarter_at_most() -> None:
    log = cx.datasets.load_airport().journeys()
    told, whole = cx.paths(log), cx.paths(log, min_n=1)
    pairs = whole.table.merge(told.table, on=["touchpoint", "next"], suffixes=("", "_told"))
    numbers = np.concatenate([pairs["n"].to_numpy(float), (whole.steps * log.n).round().to_numpy().ravel()])
    is_hidden = np.concatenate([pairs["n_told"].isna().to_numpy(), told.steps.isna().to_numpy().ravel()])
    assert is_hidden[(numbers > 0) & (numbers < LEAST)].all()
    assert is_hidden[numbers >= LEAST].mean() <= 0.25
    assert told.drop_off.notna().to_numpy().all()


def test_where_all_may_be_shown_nothing_is_hidden() -> None:
    ways = cx.paths(log_of(random_routes(3)), min_n=1)
    assert ways.table["n"].notna().all()
    assert ways.steps.notna().to_numpy().all()
