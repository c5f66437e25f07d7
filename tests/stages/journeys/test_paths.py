from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.common import port
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.journeys.paths import Paths
from cxlens.stages.journeys.paths import paths as discreet_paths
from cxlens.stats.intervals import wilson
from cxlens.study.journeys import JourneyLog
from cxlens.study.segments import Segment


def paths(log: JourneyLog, *, min_n: int = 1, **options: Any) -> Paths:
    """Paths with nothing hidden, unless asked for."""
    return discreet_paths(log, min_n=min_n, **options)


def log_of(*journeys: str, **columns: Any) -> JourneyLog:
    """A log from words: each letter of a word is a touchpoint, each word a customer."""
    events = pd.DataFrame(
        [(who, letter, step) for who, word in enumerate(journeys) for step, letter in enumerate(word)],
        columns=["who", "met", "nr"],
    )
    for name, values in columns.items():
        events[name] = [values[who] for who in events["who"]]
    return JourneyLog(
        events,
        customer="who",
        touchpoint="met",
        order="nr",
        outcome="bought" if "bought" in columns else None,
        segments=[name for name in columns if name != "bought"],
    )


@pytest.fixture
def four() -> Paths:
    return paths(log_of("abc", "abc", "abac", "a", bought=[1, 0, 1, 0]), top=1)


def listed(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


class TestByHand:
    def test_transitions(self, four: Paths) -> None:
        assert list(four.table.columns) == ["touchpoint", "next", "n", "share", "low", "high", "median_gap_seconds"]
        assert listed(four.table.iloc[:, :4]) == [
            ("(start)", "a", 4, 1),
            ("a", "b", 3, 3 / 5),
            ("a", "(end)", 1, 1 / 5),
            ("a", "c", 1, 1 / 5),
            ("b", "c", 2, 2 / 3),
            ("b", "a", 1, 1 / 3),
            ("c", "(end)", 3, 1),
        ]
        assert four.table["median_gap_seconds"].isna().all()

    def test_variants_and_the_rest(self, four: Paths) -> None:
        assert listed(four.variants) == [("a > b > c", 2, 0.5, 0.5), ("other (2 routes)", 2, 0.5, 1)]
        assert list(four.variants.columns) == ["path", "n", "share", "cumulated"]
        assert four.n_variants == 3

    def test_one_other_variant(self) -> None:
        result = paths(log_of("a", "a", "b"), top=1)
        assert result.variants["path"].tolist() == ["a", "other (1 route)"]

    def test_nothing_is_left_over(self) -> None:
        result = paths(log_of("a", "bc", "bc", "abc"))
        assert listed(result.variants) == [("b > c", 2, 0.5, 0.5), ("a", 1, 0.25, 0.75), ("a > b > c", 1, 0.25, 1)]

    def test_drop_off_with_an_outcome(self, four: Paths) -> None:
        low, high = wilson([1, 0, 1], [4, 3, 3])
        of_converted = wilson([2, 2, 2], [4, 3, 3])
        expected = pd.DataFrame(
            {
                "touchpoint": ["a", "b", "c"],
                "reached": [4, 3, 3],
                "ended": [1, 0, 3],
                "open": [0, 0, 0],
                "intended": [False, False, True],
                "dropped_out": [1, 0, 1],
                "completed": [0, 0, 2],
                "share": [0.25, 0, 1 / 3],
                "low": low,
                "high": high,
                "converted": [2, 2, 2],
                "conversion": [0.5, 2 / 3, 2 / 3],
                "conversion_low": of_converted[0],
                "conversion_high": of_converted[1],
            }
        )
        pd.testing.assert_frame_equal(four.drop_off, expected, check_dtype=False)

    def test_drop_off_without_an_outcome(self) -> None:
        table = paths(log_of("abc", "abc", "abac", "a")).drop_off
        low, high = wilson([1, 0, 3], [4, 3, 3])
        assert list(table.columns) == ["touchpoint", "reached", "ended", "open", "intended", "share", "low", "high"]
        assert table["share"].tolist() == [0.25, 0, 1]
        assert table["low"].tolist() == low.tolist()
        assert table["high"].tolist() == high.tolist()

    def test_steps(self, four: Paths) -> None:
        expected = pd.DataFrame(
            [[1.0, 0, 0.25, 0], [0, 0.75, 0, 0], [0, 0, 0.5, 0.25], [0, 0.25, 0.25, 0.75]],
            index=pd.Index(["a", "b", "c", "(end)"], name="touchpoint"),
            columns=pd.RangeIndex(1, 5, name="step"),
        )
        pd.testing.assert_frame_equal(four.steps, expected)

    def test_steps_stop_at_twenty(self) -> None:
        steps = paths(log_of("a" * 30)).steps
        assert steps.columns.tolist() == list(range(1, 21))
        assert steps.loc["a"].tolist() == [1] * 20

    def test_inputs_are_kept(self) -> None:
        log = log_of("ab", purpose=["fun"])
        result = paths(log, top=3)
        assert result.log is log
        assert result.top == 3

    def test_a_segment(self) -> None:
        log = log_of("abc", "ab", "b", purpose=["fun", "work", "work"])
        result = paths(log.where(Segment("At work", {"purpose": "work"})))
        assert result.variants["path"].tolist() == ["b", "a > b"]


def test_median_gaps_are_in_seconds() -> None:
    at = pd.Timestamp("2026-03-01") + pd.to_timedelta([0, 2, 3600, 3605.5], unit="s")
    events = pd.DataFrame({"who": [1, 1, 2, 2], "met": ["a", "b", "a", "b"], "at": at})
    table = paths(JourneyLog(events, customer="who", touchpoint="met", time="at")).table
    assert table.loc[1, "median_gap_seconds"] == 3.75
    assert table["median_gap_seconds"].isna().tolist() == [True, False, True]


@pytest.fixture(scope="module")
def known(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "reference" / "journeys.json").read_text())["running-example"]


@pytest.fixture(scope="module")
def log(shared: Path) -> JourneyLog:
    return JourneyLog(
        shared / "reference" / "running-example_min.csv",
        customer="case:concept:name",
        touchpoint="concept:name",
        time="time:timestamp",
    )


@pytest.fixture(scope="module")
def result(log: JourneyLog) -> Paths:
    return paths(log)


class TestRunningExample:
    """The running example of van der Aalst's Process Mining; the figures are pm4py's."""

    def test_sizes(self, log: JourneyLog, known: dict[str, Any]) -> None:
        assert (log.n_events, log.n, len(log.touchpoints)) == (
            known["n_events"],
            known["n_cases"],
            known["n_activities"],
        )

    def test_directly_follows_starts_and_ends(self, result: Paths, known: dict[str, Any]) -> None:
        counted = {(row.touchpoint, row.next): row.n for row in result.table.itertuples()}
        expected = {tuple(pair.split(" > ")): n for pair, n in known["dfg"].items()}
        expected |= {("(start)", name): n for name, n in known["start"].items()}
        expected |= {(name, "(end)"): n for name, n in known["end"].items()}
        assert counted == expected

    def test_ends_of_drop_off(self, result: Paths, known: dict[str, Any]) -> None:
        ends = result.drop_off.set_index("touchpoint")
        ended = ends["ended"] + ends["open"]  # pm4py knows no open journeys
        assert ended[ended > 0].to_dict() == known["end"]

    def test_variants(self, result: Paths, known: dict[str, Any]) -> None:
        assert result.n_variants == known["n_variants"]
        expected = {row["variant"]: row["count"] for row in known["variants_top20"]}
        assert dict(zip(result.variants["path"], result.variants["n"])) == expected

    def test_median_gaps(self, result: Paths, known: dict[str, Any]) -> None:
        timed = result.table.dropna(subset="median_gap_seconds")
        found = {f"{row.touchpoint} > {row.next}": row.median_gap_seconds for row in timed.itertuples()}
        assert found == {pair: times["median"] for pair, times in known["performance_dfg_seconds"].items()}

    def test_all_other_times_follow_from_the_sorted_table(self, log: JourneyLog, known: dict[str, Any]) -> None:
        timed = log.table.dropna(subset="next").astype({"touchpoint": str, "next": str})
        for (touchpoint, following), gaps in timed.groupby(["touchpoint", "next"])["gap_seconds"]:
            times = known["performance_dfg_seconds"][f"{touchpoint} > {following}"]
            found = [gaps.mean(), gaps.max(), gaps.min(), gaps.sum(), gaps.std()]
            expected = [times[name] for name in ("mean", "max", "min", "sum", "stdev")]
            assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)

    def test_durations(self, log: JourneyLog, known: dict[str, Any]) -> None:
        durations = log.table.groupby("customer")["gap_seconds"].sum()
        found = durations.agg(["mean", "median", "min", "max"]).to_dict() | {"n": len(durations)}
        assert found == known["case_durations_seconds"]

    def test_rework(self, log: JourneyLog, known: dict[str, Any]) -> None:
        met = log.table.groupby(["customer", "touchpoint"], observed=True).size()
        again = met[met > 1].groupby("touchpoint", observed=True).size()
        assert again.to_dict() == known["rework_cases_per_activity"]

    def test_fewest_events_between_two_visits(self, log: JourneyLog, known: dict[str, Any]) -> None:
        between = log.table.groupby(["customer", "touchpoint"], observed=True)["step"].diff() - 1
        least = between.groupby(log.table["touchpoint"], observed=True).min().dropna()
        assert least.to_dict() == known["minimum_self_distances"]


WORDS = st.lists(st.text("abcd", min_size=1, max_size=8), min_size=1, max_size=12)


@settings(max_examples=12)
@given(WORDS, st.integers(1, 5), st.randoms(use_true_random=False))
def test_row_order_does_not_matter_when_times_are_distinct(words: list[str], top: int, random: Any) -> None:
    events = pd.DataFrame([(who, letter) for who, word in enumerate(words) for letter in word], columns=["who", "met"])
    events["at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(np.arange(len(events)) ** 2, unit="s")
    rows = list(range(len(events)))
    random.shuffle(rows)
    one, two = (
        paths(JourneyLog(frame, customer="who", touchpoint="met", time="at"), top=top)
        for frame in (events, events.iloc[rows])
    )
    for name in ("table", "variants", "drop_off", "steps"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert str(one) == str(two)


@settings(max_examples=20)
@given(WORDS, st.integers(1, 5), st.data())
def test_counts_reconcile(words: list[str], top: int, data: st.DataObject) -> None:
    bought = data.draw(st.lists(st.integers(0, 1), min_size=len(words), max_size=len(words)))
    result = paths(log_of(*words, bought=bought), top=top)
    departures = result.table[result.table["touchpoint"] != "(start)"]
    assert departures["n"].sum() == sum(map(len, words))
    assert result.table.loc[result.table["touchpoint"] == "(start)", "n"].sum() == len(words)
    assert result.table.loc[result.table["next"] == "(end)", "n"].sum() == len(words)
    assert result.table.groupby("touchpoint")["share"].sum().to_numpy() == pytest.approx(1)
    assert result.variants["n"].sum() == len(words)
    assert result.variants["cumulated"].iloc[-1] == pytest.approx(1)
    assert result.n_variants == len(set(words))
    assert result.steps.sum().to_numpy() == pytest.approx(1)
    ends = result.drop_off
    assert ends["ended"].sum() == len(words)
    assert ends["completed"].sum() == sum(bought)
    assert (ends["dropped_out"] + ends["completed"] == ends["ended"]).all()


class TestFinding:
    def test_with_an_outcome(self) -> None:
        words = ["abc"] * 6 + ["ab"] * 3 + ["a"]
        result = paths(log_of(*words, bought=[1] * 6 + [0] * 4))
        assert (
            str(result)
            == repr(result)
            == (
                "Most early stops, with no clear first: b (3 of the 9 that reached it, 33 % [12 %, 65 %]), a (1 of the "
                "10 that reached it, 10 % [2 %, 40 %]). The commonest of 3 routes covers 60 % of 10 journeys."
            )
        )

    def test_a_clear_first(self) -> None:
        words = ["abc"] * 40 + ["ab"] * 12 + ["a"]
        result = paths(log_of(*words, bought=[1] * 40 + [0] * 13))
        assert (
            result.finding.title == "Journeys that stop early most often stop at b: 12 of the 52 that reached it, 23 %"
        )
        assert (result.finding.interval, result.finding.certainty) == ("[14 %, 36 %]", "clearly most")

    def test_without_an_outcome(self) -> None:
        finding = paths(log_of("abc", "abc", "ab")).finding
        assert finding.lead == "Most ends, with no clear first"
        assert [item.whole for item in finding.items] == [
            "c (2 of the 2 that reached it, 100 % [34 %, 100 %])",
            "b (1 of the 3 that reached it, 33 % [6 %, 79 %])",
        ]
        assert finding.more == ("The commonest of 2 routes covers 67 % of 3 journeys",)
        many = paths(log_of(*["abc"] * 20, *["ab"] * 5)).finding
        assert many.title == "Journeys most often end at c: 20 of the 20 that reached it, 100 %"

    def test_when_all_reached_the_outcome(self) -> None:
        finding = paths(log_of("abc", "ab", bought=[1, 1])).finding
        assert finding.title == "No journey stopped early"
        assert finding.more == ("The commonest of 2 routes covers 50 % of 2 journeys",)

    def test_never_all_of_fewer_than_all(self) -> None:
        words = ["abc"] * 2 + ["ab"] * 4557
        assert "4,557 of the 4,559 that reached it, 99.96 % [99.8 %, 99.99 %]" in str(paths(log_of(*words)))

    def test_when_all_took_one_path(self) -> None:
        finding = paths(log_of("ab", "ab", bought=[1, 1])).finding
        assert finding.more == ("All took the same route (2 journeys)",)

    def test_when_the_commonest_path_is_one_of_three(self) -> None:
        last = paths(log_of("a", "b", "c")).finding.more[-1]
        assert last == "The commonest of 3 routes covers 33 % of 3 journeys"

    def test_one_journey(self) -> None:
        finding = paths(log_of("ab")).finding
        assert finding.items[0].figure == "1 of the 1 that reached it, 100 %"
        assert finding.more == ("There is one route (1 journey)",)

    def test_a_commonest_path_that_is_rare(self) -> None:
        words = [f"{a}{b}{c}" for a in "abcdefg" for b in "abcdefg" for c in "abcdefg"]
        last = paths(log_of(*words)).finding.more[-1]
        assert last == "The commonest of 343 routes covers less than 1 % of 343 journeys"

    def test_of_equal_numbers_the_larger_share_is_named(self) -> None:
        finding = paths(log_of("ab", "a", "b", "bc", "bc")).finding  # a and c are the end of one and of two
        assert [item.name for item in finding.items] == ["c", "b", "a"]

    def test_the_card_names_denominators_and_escapes(self) -> None:
        html = paths(log_of("<>"))._repr_html_()
        assert '<td class="short">&lt;</td>' in html
        assert "share: of all departures from the touchpoint, ends included" in html


def test_pictures_and_widgets_are_asked_for_only_when_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    result = paths(log_of("ab"))
    monkeypatch.setattr(port, "draw", lambda shown, ax: (shown, ax))
    monkeypatch.setattr(port, "widget_of", lambda shown: shown)
    assert result.plot(ax="axes") == (result, "axes")
    assert result.explore() is result


@pytest.mark.parametrize("top", [0, -1, 2.5, "3", None])
def test_top_is_a_whole_number_of_1_or_more(top: Any) -> None:
    log = JourneyLog(pd.DataFrame({"who": [1], "met": ["a"], "nr": [1]}), customer="who", touchpoint="met", order="nr")
    with pytest.raises(ValuesError) as error:
        paths(log, top=top)
    assert str(error.value) == f"top={top!r} is not a number of paths. Give a whole number of 1 or more."


@pytest.mark.parametrize("min_n", [0, -1, 2.5, "3", None])
def test_min_n_is_a_whole_number_of_1_or_more(min_n: Any) -> None:
    with pytest.raises(ValuesError) as error:
        paths(log_of("ab"), min_n=min_n)
    assert (
        str(error.value)
        == f"min_n must be a whole number of 1 or more; you gave {min_n!r}. 5 is usual, 1 hides nothing."
    )


class TestIntendedEnds:
    """Where a journey may well end is shown, and no finding."""

    WORDS = ("abc",) * 30 + ("ax",) * 12 + ("ab",) * 7
    BOUGHT = (1,) * 30 + (0,) * 19

    def test_those_named(self) -> None:
        log = log_of(*self.WORDS, bought=self.BOUGHT)
        assert paths(log).finding.items[0].name == "x"
        result = paths(log, ends=["x"])
        ends = result.drop_off.set_index("touchpoint")
        assert ends["intended"].to_dict() == {"a": False, "b": False, "x": True, "c": True}
        assert ends.loc["x", "dropped_out"] == 12
        assert (
            result.finding.title == "Journeys that stop early most often stop at b: 7 of the 37 that reached it, 19 %"
        )
        assert result.ends == ("x",)

    def test_those_where_most_that_end_have_the_outcome(self) -> None:
        finding = paths(log_of(*["abc"] * 40, bought=[1] * 31 + [0] * 9)).finding
        assert finding.lead == "No journey stopped early elsewhere"
        assert finding.more[0] == "9 journeys ended without the outcome at c, where most end with it"

    def test_without_an_outcome_named_ends_tell_which_are_early(self) -> None:
        result = paths(log_of(*["abc"] * 40, *["ab"] * 9), ends="c")
        assert (
            result.finding.title == "Journeys that stop early most often stop at b: 9 of the 49 that reached it, 18 %"
        )

    def test_an_end_that_nobody_met(self) -> None:
        with pytest.raises(OptionError) as error:
            paths(log_of("ab"), ends=["c"])
        assert str(error.value) == "ends: touchpoint 'c' is not known here. Touchpoints: a, b."


def timed(n: int, days: float, leave: float, seed: int, wait: float = 10.0) -> JourneyLog:
    """Journeys Web, Shop, Pay from any day on, exponential waits, until the log is cut; some leave for good at Shop."""
    rng = np.random.default_rng(seed)
    begin = rng.uniform(0, days, n)
    shop = begin + rng.exponential(wait, n)
    pay = np.where(rng.random(n) < leave, np.inf, shop + rng.exponential(wait, n))
    at = np.concatenate([begin, shop, pay])
    met = np.repeat(["Web", "Shop", "Pay"], n)
    events = pd.DataFrame({"who": np.tile(np.arange(n), 3), "met": met, "ok": met == "Pay"})[at < days]
    events["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(at[at < days], unit="D")
    return JourneyLog(events, customer="who", touchpoint="met", time="at", outcome="ok")


class TestOpenJourneys:
    """A journey whose customer may come back has not ended."""

    def test_none_is_lost_where_all_come_back(self) -> None:
        result = discreet_paths(timed(2000, 100, 0.0, 1))
        ends = result.drop_off.set_index("touchpoint")
        assert ends["dropped_out"].tolist() == [0, 0, 0]
        assert ends["open"].sum() == (~result.log.converted).sum()
        journeys = f"{ends['open'].sum()} journeys may still go on"
        assert str(result).startswith(f"No journey stopped early. {journeys}.")

    def test_those_gone_for_long_are_lost(self) -> None:
        result = discreet_paths(timed(3000, 1000, 0.3, 2))
        shop = result.drop_off.set_index("touchpoint").loc["Shop"]
        assert shop["low"] < 0.3 < shop["high"]
        assert 5 <= shop["open"] < 0.1 * shop["dropped_out"]
        settled = shop["reached"] - shop["open"]
        assert shop["share"] == shop["dropped_out"] / settled
        figure = f"{shop['dropped_out']} of the {settled:,} that reached it, {shop['open']} open ones aside, "
        assert figure in str(result)

    def test_too_few_to_tell_are_open(self) -> None:
        events = pd.DataFrame({"who": range(9), "met": "Web", "at": pd.date_range("2026-01-01", periods=9)})
        result = discreet_paths(JourneyLog(events, customer="who", touchpoint="met", time="at"))
        assert str(result).startswith("No journey is known to have ended. 9 journeys may still go on.")
        assert "Open: silent for less long" in result.note

    def test_without_times_none_is_known_to_be_open(self) -> None:
        result = paths(log_of("ab", "a"))
        assert result.drop_off["open"].tolist() == [0, 0]
        assert "Without times no journey is known to be open." in result.note

    def test_a_few_open_ones_are_not_counted_out(self) -> None:
        for seed in range(3):
            ends = discreet_paths(timed(150, 1000, 0.3, seed)).drop_off
            for column in ("ended", "open", "dropped_out", "completed"):
                assert not ends[column].between(1, 4).any()


class TestConversion:
    def test_a_few_are_not_told_nor_those_without(self) -> None:
        words = ["ab"] * 40 + ["ac"] * 30 + ["b"] * 9
        result = discreet_paths(log_of(*words, bought=[1] * 37 + [0] * 3 + [1] * 15 + [0] * 15 + [0] * 9))
        shown = result.drop_off.set_index("touchpoint")["converted"]
        assert shown.to_dict() == {"a": 52, "c": 15, "b": 37}
        few = discreet_paths(log_of(*words, bought=[1] * 40 + [1] * 27 + [0] * 3 + [0] * 9))
        columns = ["converted", "conversion", "conversion_low", "conversion_high"]
        assert few.drop_off[columns].isna().all(axis=None)  # 3 without the outcome reached c alone


class TestFewJourneys:
    """What fewer than five did is not told, nor what would tell it less what is shown."""

    @pytest.fixture
    def many(self) -> Paths:
        words = ["abc"] * 40 + ["ab"] * 3 + ["ac"] * 20 + ["acb"] * 5 + ["bc"] * 12
        bought = [1] * 40 + [0] * 3 + [1] * 18 + [0] * 2 + [1, 0, 0, 0, 0] + [1] * 8 + [0] * 4
        return discreet_paths(log_of(*words, bought=bought))

    def test_rare_paths_are_among_the_others(self, many: Paths) -> None:
        assert many.variants["path"].tolist() == ["a > b > c", "a > c", "b > c", "other (2 routes)"]
        assert many.variants["n"].tolist() == [40, 20, 12, 8]

    def test_not_so_few_are_left_for_the_others(self) -> None:
        words = ["abc"] * 40 + ["ab"] * 3 + ["ac"] * 20 + ["bc"] * 12
        variants = discreet_paths(log_of(*words)).variants
        assert variants["path"].tolist() == ["a > b > c", "other (3 routes)"]  # with a > c, a would be left with 3
        assert variants["n"].tolist() == [40, 35]

    def test_nor_of_those_that_reached_a_touchpoint(self) -> None:
        """What the journeys that met a touchpoint leave when the listed ones are taken off."""
        result = discreet_paths(log_of(*["ab"] * 40, *["b"] * 20, *["ac"] * 3, *["cb"] * 30, *["ca"] * 12))
        reached = result.drop_off.set_index("touchpoint")["reached"]
        listed = result.variants[result.variants["path"].str.fullmatch("[abc]( > [abc])*")]
        assert len(listed) == 3
        for name in "abc":
            left = reached[name] - listed.loc[listed["path"].str.contains(name), "n"].sum()
            assert left == 0 or left >= 5

    def test_no_total_less_what_is_shown_tells_a_few(self) -> None:
        many = discreet_paths(log_of(*["abc"] * 40, *["ab"] * 3, *["ac"] * 20, *["acb"] * 2, *["bc"] * 12))
        shown, whole = many.table, discreet_paths(many.log, min_n=1).table
        keys = ["touchpoint", "next"]
        both = shown.merge(whole, on=keys, suffixes=("", "_whole"))
        assert both["n"].isna().any()
        assert (both["n"].isna() | (both["n"] == both["n_whole"])).all()
        assert (both["n"].isna() | (both["n"] >= 5)).all()
        assert both.loc[both["n"].isna(), ["share", "low", "high", "median_gap_seconds"]].isna().all(axis=None)
        for key in keys:
            left = both.groupby(key)["n_whole"].sum() - both.groupby(key)["n"].sum()
            assert ((left == 0) | (left >= 5)).all()

    def test_ends_are_hidden_with_their_transition_and_split(self, many: Paths) -> None:
        to_end = many.table[many.table["next"] == "(end)"].set_index("touchpoint")["n"]
        ends = many.drop_off.set_index("touchpoint")
        assert ends["ended"].isna().to_dict() == {"a": False, **to_end.isna().to_dict()}
        for column in ("dropped_out", "completed"):
            assert not ends[column].between(1, 4).any()
            assert (ends[column].isna() | ends["ended"].notna()).all()
        assert ends.loc[ends["dropped_out"].isna(), ["share", "low", "high"]].isna().all(axis=None)

    def test_steps_of_a_few_are_missing(self, many: Paths) -> None:
        counts = (discreet_paths(many.log, min_n=1).steps * many.log.n).round().to_numpy()
        assert many.steps.isna().to_numpy()[(counts >= 1) & (counts <= 4)].all()
        assert many.steps.notna().any(axis=None)

    def test_a_log_of_a_few_is_refused(self) -> None:
        with pytest.raises(ValuesError) as error:
            discreet_paths(log_of("ab", "ac", "b"))
        assert str(error.value) == (
            "The log holds fewer than 5 journeys, which are hidden to protect people: nothing is left to show. "
            "Where you may look at single customers, say min_n=1."
        )


def test_paths_are_of_a_journey_log() -> None:
    with pytest.raises(OptionError) as error:
        paths(pd.DataFrame())  # type: ignore[arg-type]
    assert str(error.value) == (
        "paths works on a JourneyLog, not on a DataFrame. "
        "Make one: cx.JourneyLog(events, customer=..., touchpoint=..., time=...)."
    )


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["Shop", "Shoes", "Shop > Shoes"], {"Shop > Shoes", "'Shop > Shoes'"}),
        (["a", "b>c", "a > 'b>c'"], {"a > 'b>c'", "\"a > 'b>c'\""}),
        (["'a", "b", "'a' > b"], {'"\'a" > b', "\"'a' > b\""}),
    ],
)
def test_paths_of_other_touchpoints_read_otherwise(names: list[str], wanted: set[str]) -> None:
    events = pd.DataFrame({"who": ["x", "x", "y"], "met": names, "nr": [1, 2, 1]})
    result = paths(JourneyLog(events, customer="who", touchpoint="met", order="nr"))
    assert set(result.variants["path"]) == wanted


def test_waits_between_purchases_once_invoices_of_nobody_are_left_out(online_retail: pd.DataFrame) -> None:
    """UCI Online Retail: 3,710 of 25,900 invoices name no customer; taken for one customer they halve the wait."""
    invoices = online_retail.groupby("InvoiceNo", as_index=False).agg({"CustomerID": "first", "InvoiceDate": "min"})
    invoices["what"] = np.where(invoices["InvoiceNo"].str.startswith("C"), "return", "purchase")
    invoices["who"] = invoices["CustomerID"].fillna("nobody")
    roles = {"customer": "who", "touchpoint": "what", "time": "InvoiceDate"}
    log = JourneyLog(invoices, unknown=["nobody"], **roles)
    assert "Left out: 3,710 events of unknown customers" in str(log)
    with pytest.warns(UserWarning, match="'nobody'"):
        with_nobody = JourneyLog(invoices, **roles)
    for events, days in ((log, 20.95), (with_nobody, 10.97)):
        waits = paths(events).table.set_index(["touchpoint", "next"])["median_gap_seconds"]
        assert waits["purchase", "purchase"] / 86_400 == pytest.approx(days, abs=0.005)


def test_a_workbook_of_every_table(four: Paths, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    four.to_excel(tmp_path / "paths.xlsx")
    sheets = pd.read_excel(tmp_path / "paths.xlsx", sheet_name=None)
    assert list(sheets) == ["transitions", "paths", "drop-off", "steps", "how to read"]
    assert sheets["transitions"]["n"].tolist() == four.table["n"].tolist()
    assert sheets["paths"]["Route"].tolist() == four.variants["path"].tolist()
    assert sheets["drop-off"]["Met it"].tolist() == four.drop_off["reached"].tolist()
    assert list(sheets["steps"]) == ["Touchpoint", "1", "2", "3", "4"]
    assert sheets["steps"]["Touchpoint"].tolist() == [*four.log.touchpoints, "(end)"]
    assert sheets["how to read"]["About"].tolist()[:2] == [four.sentence, four.note]
