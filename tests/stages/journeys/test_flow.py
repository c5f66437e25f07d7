"""Who goes where from step to step: figures, what is rounded, and that nobody can be worked out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import cxlens as cx
from cxlens.stages.journeys.flow import GOES_ON
from cxlens.study.journeys import END, START
from tests.stages.journeys.test_by_customer import slow_span


def log_of(routes: Sequence[Sequence[str]], **roles: object) -> cx.JourneyLog:
    rows = [(who, met, nr) for who, route in enumerate(routes) for nr, met in enumerate(route)]
    events = pd.DataFrame(rows, columns=["who", "met", "nr"])
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", **roles)


def random_routes(seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    stops = int(rng.integers(2, 5))
    chances = rng.dirichlet(np.full(stops + 1, 0.4), size=stops + 1)
    routes = []
    for _ in range(int(rng.integers(20, 120))):
        route = rng.choice(list("ABCDE")[:stops])
        while len(route) < 6:
            target = rng.choice(stops + 1, p=chances["ABCDE".index(route[-1])])
            if target == stops:
                break
            route += "ABCDE"[target]
        routes.append(str(route))
    return routes


def test_each_flow_is_a_share_of_all_journeys():
    flows = cx.paths(log_of(["AB", "ABB", "AC", "BA"]), min_n=1).flow(steps=2)
    assert list(flows.table) == ["step", "touchpoint", "next", "share", "low", "high"]
    found = [tuple(row) for row in flows.table.iloc[:, :4].itertuples(index=False)]
    assert found == [
        (1, "A", "B", 0.5), (1, "A", "C", 0.25), (1, "B", "A", 0.25),
        (2, "A", END, 0.25), (2, "B", "B", 0.25), (2, "B", END, 0.25), (2, "C", END, 0.25),
    ]  # fmt: skip
    assert str(flows) == (
        "The widest ways, with no clear first: A (step 1) to B (50 % [15 %, 85 %]), A (step 1) to C (25 % [5 %, "
        "70 %]), B (step 1) to A (25 % [5 %, 70 %]). 4 ways may be first. n = 4 journeys."
    )
    assert flows.note == "share: of all journeys; intervals 95 %, by customer where these have several journeys."


def test_one_way_is_the_widest_only_where_that_is_clear():
    flows = cx.paths(log_of(["AB"] * 60 + ["AC"] * 10), min_n=1).flow(steps=2)
    assert str(flows) == "The widest way leads from A (step 1) to B: 86 % of 70 journeys [76 %, 92 %]; clearly most."
    level = cx.paths(log_of(["AB"] * 35 + ["AC"] * 33), min_n=1).flow(steps=2)
    assert level.finding.title.startswith("The widest ways, with no clear first: A (step 1) to B (51 %)")


def test_where_few_are_hidden_flows_are_rounded_to_twice_as_many():
    flows = cx.paths(log_of(["AB"] * 34 + ["AC"] * 16 + ["A"] * 4)).flow()
    assert flows.table["share"].tolist() == [30 / 54, 20 / 54, 30 / 54, 20 / 54]
    assert "Rounded to 10 journeys, so that nobody can be worked out; flows nearer to none are missing." in flows.note


def test_of_many_journeys_flows_are_rounded_to_one_in_a_hundred():
    flows = cx.paths(log_of(["AB"] * 1900 + ["AC"] * 349)).flow(steps=1)
    assert flows.table["share"].tolist() == [86 * 22 / 2249, 16 * 22 / 2249]


def test_a_flow_of_few_people_is_missing_however_many_their_journeys():
    rows = [(who, met) for who in range(4) for _ in range(50) for met in "AB"]
    rows += [(who, met) for who in range(4, 30) for met in "CB"]
    events = pd.DataFrame(rows, columns=["who", "met"]).assign(nr=range(len(rows)))
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", ends_at="B")
    assert "A" not in set(cx.paths(log).flow().table["touchpoint"])


@pytest.mark.parametrize("seed", range(8))
def test_flows_tell_nobody_beyond_what_the_other_tables_tell(seed):
    """A linear program that knows all tables pins no small number down that it does not pin without the flows."""
    log = log_of(random_routes(seed))
    ways = cx.paths(log)
    unit = 10
    flows = ways.flow(steps=6, named=5)
    assert "Rounded to 10 journeys" in flows.note
    system = _System(log)
    system.know(ways)
    small = [cell for cell in system.cells if 0 < system.true[cell] < 5]
    already = {cell for cell in small if system.is_pinned(cell)}
    for step, touchpoint, following, share, *_ in flows.table.to_numpy():
        system.know_about((step, touchpoint, following), round(share * log.n), unit / 2)
    assert {cell for cell in small if system.is_pinned(cell)} == already


class _System:
    """What a reader of the tables can reckon with: one unknown number a step, touchpoint and next one."""

    def __init__(self, log: cx.JourneyLog) -> None:
        self.n = log.n
        self.names = list(log.touchpoints)
        routes = log.table.groupby("customer")["touchpoint"].apply(list)
        last = max(map(len, routes))
        self.cells = [
            (step, name, target)
            for step in range(1, last + 1)
            for name in self.names
            for target in ([END] if step == last else [*self.names, END])
        ]
        self.true = dict.fromkeys(self.cells, 0)
        for route in routes:
            for step, (name, target) in enumerate(zip(route, [*route[1:], END], strict=True), start=1):
                self.true[step, name, target] += 1
        self.step, self.name, self.target = (np.array(column, object) for column in zip(*self.cells, strict=True))
        self.equal: list[tuple[np.ndarray, float]] = []
        self.most: list[tuple[np.ndarray, float]] = []

    def know(self, ways: cx.Paths) -> None:
        """The transitions, the steps, and where journeys end, as they are told."""
        self._is(self.step == 1, self.n)
        for touchpoint, following, n in ways.table.dropna(subset="n")[["touchpoint", "next", "n"]].to_numpy():
            is_start = touchpoint == START
            cells = (self.step == 1) & (self.name == following)
            if not is_start:
                cells = (self.name == touchpoint) & (self.target == following)
            self._is(cells, n)
        for step in ways.steps.columns:
            for name in self.names:
                here = (self.step == step) & (self.name == name)
                came = (self.step == step - 1) & (self.target == name)
                if step > 1:
                    self.equal.append((here.astype(float) - came, 0))
                self._is_share(here, ways.steps.loc[name, step])
            self._is_share((self.step < step) & (self.target == END), ways.steps.loc[END, step])
        for touchpoint, ended in ways.drop_off.dropna(subset="ended")[["touchpoint", "ended"]].to_numpy():
            self._is((self.name == touchpoint) & (self.target == END), ended)

    def _is(self, cells: np.ndarray, number: float) -> None:
        self.equal.append((cells.astype(float), number))

    def _is_share(self, cells: np.ndarray, share: float) -> None:
        if not np.isnan(share):
            self._is(cells, round(share * self.n))

    def know_about(self, cell: tuple[int, str, str], number: float, slack: float) -> None:
        one = self._only(cell)
        self.most += [(one, number + slack), (-one, slack - number)]

    def is_pinned(self, cell: tuple[int, str, str]) -> bool:
        aim = self._only(cell)
        known = {"A_eq": np.array([row for row, _ in self.equal]), "b_eq": [value for _, value in self.equal]}
        if self.most:
            known |= {"A_ub": np.array([row for row, _ in self.most]), "b_ub": [value for _, value in self.most]}
        least = linprog(aim, **known).fun
        most = -linprog(-aim, **known).fun
        return bool(most - least < 1e-6)

    def _only(self, cell: tuple[int, str, str]) -> np.ndarray:
        return np.array([float(other == cell) for other in self.cells])


def test_the_rarest_touchpoints_are_one():
    flows = cx.paths(log_of(["ABCD", "ABD", "AB"]), min_n=1).flow(named=2)
    assert set(flows.table["touchpoint"]) == {"A", "B", "(2 other touchpoints)"}


def test_from_a_touchpoint_on():
    flows = cx.paths(log_of(["XAB", "AB", "XAC", "X"]), min_n=1).flow(anchor="A", steps=1)
    assert flows.table[["touchpoint", "next", "share"]].to_numpy().tolist() == [["A", "B", 2 / 3], ["A", "C", 1 / 3]]
    assert flows.note.startswith("share: of the journeys that meet A, from their first meeting on; intervals 95 %")


def test_journeys_that_may_go_on_have_not_ended():
    day = pd.Timestamp("2026-01-01")
    rows = [(who, met, day + pd.Timedelta(days=2 * who + nr)) for who in range(60) for nr, met in enumerate("ABA")]
    rows += [(who, "A", day + pd.Timedelta(days=119)) for who in range(60, 80)]
    events = pd.DataFrame(rows, columns=["who", "met", "when"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", time="when")
    is_open = log.open_journeys()
    flows = cx.paths(log, min_n=1).flow()
    may_go_on = flows.table[flows.table["next"] == GOES_ON]
    assert is_open[60:].all()
    assert round(may_go_on["share"].sum() * log.n) == is_open.sum()


def test_a_named_end_is_no_journey_that_goes_on():
    day = pd.Timestamp("2026-01-01")
    rows = [(who, met, day + pd.Timedelta(hours=nr)) for who in range(9) for nr, met in enumerate("AB")]
    events = pd.DataFrame(rows, columns=["who", "met", "when"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", time="when")
    assert set(cx.paths(log, ends=["B"], min_n=1).flow().table["next"]) == {"B", END}


def test_intervals_go_by_customer_where_these_have_several_journeys():
    rows = [(who, met) for who in range(20) for _ in range(10) for met in ("AB" if who < 10 else "AC")]
    events = pd.DataFrame(rows, columns=["who", "met"]).assign(nr=range(len(rows)))
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", ends_at=["B", "C"])
    first = cx.paths(log, min_n=1).flow().table.iloc[0]
    assert first["share"] == 0.5
    assert first["high"] - first["low"] > 0.4  # of 200 journeys apart it would be 0.14


def test_intervals_are_those_of_ratios_of_sums_over_customers():
    ways = {0: ["AB", "AB"], 1: ["AB", "AC", "AC"], 2: ["AC"], 3: ["AB"] * 4, 4: ["AC", "AB"]}
    rows = [(who, met) for who, routes in ways.items() for route in routes for met in route]
    events = pd.DataFrame(rows, columns=["who", "met"]).assign(nr=range(len(rows)))
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", ends_at=["B", "C"])
    told = cx.paths(log, min_n=1).flow(steps=1).table.set_index("next")
    of_all = [(who, "all", route[1]) for who, routes in ways.items() for route in routes]
    for target in "BC":
        assert told.loc[target, ["low", "high"]].tolist() == pytest.approx(slow_span(of_all, "all", target))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"steps": 0}, "steps=0 is not a number of steps. Give a whole number of 1 or more."),
        ({"steps": True}, "steps=True is not a number of steps. Give a whole number of 1 or more."),
        ({"named": 1.5}, "named=1.5 is not a number of touchpoints. Give a whole number of 1 or more."),
        ({"anchor": "Z"}, "anchor: touchpoint 'Z' is not known here. Touchpoints: A, B."),
        (
            {"anchor": "B"},
            "Fewer than 5 journeys meet 'B', which are hidden to protect people: nothing is left to show. "
            "Choose another anchor.",
        ),
    ],
)
def test_what_cannot_be_asked_for(asked, message):
    ways = cx.paths(log_of(["A"] * 6 + ["AB"] * 2))
    with pytest.raises(cx.errors.CxlensError) as raised:
        ways.flow(**asked)
    assert str(raised.value) == message


def test_where_nothing_is_told():
    flows = cx.paths(log_of(["A"] * 6)).flow()
    assert str(flows) == "No way from a touchpoint to the next is that of enough people to be told."


def test_where_nobody_goes_on():
    flows = cx.paths(log_of(["AB"] * 6)).flow(anchor="B")
    assert str(flows) == "After B, no touchpoint is met by enough people to be told."


def test_again_of_a_part():
    log = log_of(["AB"] * 30 + ["AC"] * 30)
    flows = cx.paths(log).flow()
    assert flows.again(log).table.equals(flows.table)
