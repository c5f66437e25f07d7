"""Attribution: by hand, against plain Python, what is said under the null, and every error in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.journeys.attribution import CAUTION, NONE, attribution
from tests.stages.journeys.logs import log_of

RULES = ["first", "last", "linear", "markov", "shapley"]


def of(log: cx.JourneyLog, **options: Any) -> Any:
    """Attribution with nothing hidden and few resamples, unless asked for."""
    return attribution(log, **{"min_n": 1, "n_boot": 20, **options})


def credit(result: Any, rule: str) -> dict[str, float]:
    rows = result.table[result.table["rule"] == rule]
    return dict(zip(rows["touchpoint"], rows["credit"].round(9)))


class TestByHand:
    def test_each_rule(self) -> None:
        result = of(log_of("aab!", "b!", "ab", "ca"), order=1)
        assert credit(result, "first") == {"a": 1, "b": 1, "c": 0}
        assert credit(result, "last") == {"a": 0, "b": 2, "c": 0}
        assert credit(result, "linear") == {"a": pytest.approx(2 / 3), "b": pytest.approx(4 / 3), "c": 0}
        assert credit(result, "shapley") == {"a": 0.5, "b": 1.5, "c": 0}

    def test_removal(self) -> None:
        # From a: to a 1, b 2, lost 1 of 4; from b: 2 of 3 convert; from c: to a. Start: a 2, b 1, c 1 of 4.
        ahead_b = 2 / 3
        ahead_a = (0.5 * ahead_b) / 0.75
        whole = (2 * ahead_a + ahead_b + ahead_a) / 4
        effects = {"a": 1 - (ahead_b / 4) / whole, "b": 1.0, "c": 1 - (2 * ahead_a + ahead_b) / 4 / whole}
        wanted = {name: pytest.approx(2 * effect / sum(effects.values())) for name, effect in effects.items()}
        assert credit(of(log_of("aab!", "b!", "ab", "ca"), order=1), "markov") == wanted

    def test_value(self) -> None:
        result = of(log_of("ab!", "b!", "a", value=[10.0, 30.0, 99.0]), order=1)
        rows = result.table.set_index(["rule", "touchpoint"])
        assert rows.loc[("first", "a"), "value"] == 10
        assert rows.loc[("first", "b"), "value"] == 30
        assert rows.loc[("shapley", "b"), "value"] == 35
        assert rows.loc[("shapley", "b"), "value_share"] == 35 / 40
        assert result.totals["value"].tolist() == [40]

    def test_what_converted_without_any(self) -> None:
        result = of(log_of("!", "a!", "!a"))
        for rule in RULES:
            assert credit(result, rule) == {"a": 1, NONE: 2}

    def test_the_outcome_itself_has_no_row(self) -> None:
        result = of(log_of("a!", "b!a"))
        assert "!" not in set(result.table["touchpoint"])
        assert "The outcome itself, !, gets no credit." in result.note

    def test_an_outcome_met_without_conversion_is_a_touchpoint(self) -> None:
        events = pd.DataFrame({"who": list("aabb"), "met": list("wsws"), "nr": range(4), "bought": [0, 1, 0, 0]})
        log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="bought")
        assert credit(of(log), "last") == {"w": 0, "s": 1}

    def test_an_outcome_of_the_whole_journey(self) -> None:
        events = pd.DataFrame({"who": list("aabb"), "met": list("wsws"), "nr": range(4), "bought": [1, 1, 0, 0]})
        log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="bought")
        result = of(log)
        assert credit(result, "last") == {"w": 0, "s": 1}
        assert result.note.startswith(
            "All events of journeys that converted have the outcome, bought, so that it is not known when they did: "
            "they are taken whole. "
        )

    def test_lookback(self) -> None:
        at = pd.Timestamp("2026-03-01") + pd.to_timedelta([0, 30, 31, 60, 61], unit="D")
        events = pd.DataFrame({"who": "x", "met": list("abcd!"), "at": at, "bought": [0, 0, 0, 0, 1]})
        log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at", outcome="bought")
        assert credit(of(log, lookback="30 days"), "first") == {"a": 0, "b": 0, "c": 1, "d": 0}
        assert "Touchpoints count up to 30 days before." in of(log, lookback="30 days").note

    def test_open_journeys_are_not_lost(self) -> None:
        """The same events count otherwise where nobody can still convert."""
        at = [0, 1, 0, 1, 0, 1, 500, 501]
        events = pd.DataFrame(
            {
                "who": [1, 1, 2, 2, 3, 3, 4, 4],
                "met": ["a", "!", "a", "!", "a", "b", "a", "b"],
                "at": pd.Timestamp("2026-01-01") + pd.to_timedelta(at, unit="D"),
                "bought": [0, 1, 0, 1, 0, 0, 0, 0],
            }
        )
        with_clock = cx.JourneyLog(events, customer="who", touchpoint="met", time="at", outcome="bought", gap="9 days")
        result = of(with_clock, rule="markov", order=1)
        assert result.totals.loc[0, ["journeys", "open", "conversions"]].tolist() == [4, 1, 2]
        assert "1 journey may still convert" in result.sentence


@settings(max_examples=15)
@given(st.lists(st.text("abc!", min_size=1, max_size=7), min_size=1, max_size=12), st.data())
def test_credits_sum_exactly_to_conversions_and_value(words: list[str], data: st.DataObject) -> None:
    words = [*words, "a!"]
    value = data.draw(st.lists(st.floats(0.5, 1e4), min_size=len(words), max_size=len(words)))
    log = log_of(*words, value=value, kind=["xyz"[k % 3] for k in range(len(words))])
    result = of(log, n_boot=2, by=data.draw(st.sampled_from([None, "kind"])))
    sums = result.table.groupby("rule")[["credit", "value"]].sum()
    bought = [word.index("!") for word in words if "!" in word]
    worth = [value[k] for k, word in enumerate(words) if "!" in word]
    assert sums["credit"].to_numpy() == pytest.approx(len(bought), rel=1e-12)
    assert sums["value"].to_numpy() == pytest.approx(sum(worth), rel=1e-12)


def test_the_order_of_rows_and_names_of_customers_change_nothing() -> None:
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abcd"), rng.integers(1, 6))) + "!" * int(rng.random() < 0.5) for _ in range(60)]
    rows = [(f"id{who}", letter, step) for who, word in enumerate(words) for step, letter in enumerate(word)]
    events = pd.DataFrame(rows, columns=["who", "met", "nr"]).assign(bought=lambda frame: frame["met"] == "!")
    columns = {"customer": "who", "touchpoint": "met", "order": "nr", "outcome": "bought"}
    first = of(cx.JourneyLog(events, **columns))
    second = of(cx.JourneyLog(events.sample(frac=1, random_state=1), **columns))
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.orders, second.orders)


def test_inputs_stay_as_they_are() -> None:
    log = log_of("ab!", "b", "a!")
    before = log.table.copy()
    of(log)
    pd.testing.assert_frame_equal(log.table, before)


class TestWords:
    def test_one_rule(self) -> None:
        result = of(log_of(*["a!"] * 30, *["b!"] * 4, "a"), rule="last", n_boot=200)
        assert result.finding.lead == "By last touch most credit goes to a:"
        assert result.finding.figure == "88 %"
        assert result.finding.unit == "of 34 conversions"
        assert result.finding.certainty == "clearly most"
        assert result.finding.caution == CAUTION

    def test_all_rules_agree(self) -> None:
        result = of(log_of(*["a!"] * 30, *["b!"] * 4, "a"), n_boot=200)
        assert result.finding.lead == "By each of 5 rules most credit goes to a:"
        assert result.finding.certainty == "clearly most by 5 of 5"
        assert result.finding.figure == "88 %"
        assert result.finding.more == ()

    def test_rules_disagree(self) -> None:
        result = of(log_of(*["ab!"] * 30, "a"), order=1, n_boot=200)
        assert result.sentence == (
            "Which touchpoint gets most credit for 30 conversions depends on the rule: "
            "a (50 % to 100 % by 4 rules), b (100 % by last touch [89 %, 100 %], clearly). "
            "100 of 100 conversions change hands between first touch and last touch. "
            "Credit by a rule is no effect: what a touchpoint brings, only a comparison such as a trial tells."
        )
        assert result.agreement.to_dict("list") == {
            "touchpoint": ["a", "b"],
            "lowest": [0, 0],
            "highest": [1, 1],
            "lowest_rule": ["last", "first"],
            "highest_rule": ["first", "last"],
            "gap": [1, 1],
        }

    def test_a_tie_is_no_clear_lead(self) -> None:
        result = of(log_of(*["a!"] * 20, *["b!"] * 21), rule="first", n_boot=200)
        assert result.finding.certainty == "not clearly more than the next"

    def test_groups(self) -> None:
        words = [*["a!"] * 40, *["b!"] * 40]
        result = of(log_of(*words, *words[::-1], kind=["x"] * 60 + ["y"] * 100), rule="last", by="kind", n_boot=200)
        assert result.finding.lead == "By last touch a gets more credit among x than among y, by"
        assert result.finding.figure == "27"
        assert result.finding.certainty == "clearly, allowing for 2 comparisons"

    def test_groups_alike(self) -> None:
        words = ["a!", "b!"] * 30
        result = of(log_of(*words, kind=["x", "x", "y", "y"] * 15), rule="last", by="kind")
        assert result.finding.lead == "Credit by last touch does not clearly differ by kind"

    def test_nothing_is_left_to_compare(self) -> None:
        result = of(log_of(*["a!", "b!"] * 4, *"ab", kind=[*"xxyyxxyyxy"]), by="kind", min_n=4)
        assert result.finding.lead == "Too few conversions to compare credit by kind"

    def test_all_is_hidden(self) -> None:
        result = of(log_of("a!", "b!", "c!"), min_n=3)
        assert result.finding.lead == "Each touchpoint has credit of fewer than 3 customers, or hidden"
        assert result.table["credit"].isna().all()

    def test_sentences_are_plain(self, faults: Callable[[str], list[str]]) -> None:
        log = log_of(*["ab!"] * 30, *["ba"] * 9, kind=["x", "y", "z"] * 13)
        for options in ({}, {"rule": "markov"}, {"by": "kind"}, {"rule": "first", "by": "kind"}):
            assert faults(of(log, **options).sentence) == []


class TestErrors:
    def test_no_log(self) -> None:
        with pytest.raises(OptionError) as error:
            attribution(pd.DataFrame())
        assert str(error.value) == (
            "attribution works on a JourneyLog, not on a DataFrame. Make one: "
            "cx.JourneyLog(events, customer=..., touchpoint=..., outcome=...)."
        )

    def test_no_outcome(self) -> None:
        log = cx.JourneyLog(pd.DataFrame({"w": [1], "m": ["a"], "n": [1]}), customer="w", touchpoint="m", order="n")
        with pytest.raises(OptionError) as error:
            attribution(log)
        assert str(error.value) == (
            "attribution needs to know which journeys converted. Name the column of 0 and 1: "
            "JourneyLog(..., outcome='column')."
        )

    def test_nobody_converted(self) -> None:
        with pytest.raises(ValuesError) as error:
            attribution(log_of("ab", "a"))
        assert str(error.value) == (
            "attribution shares out conversions, and no journey reached the outcome, 'bought': its column holds no 1."
        )

    def test_few_converted(self) -> None:
        with pytest.raises(ValuesError) as error:
            attribution(log_of("a!", "a"))
        assert str(error.value) == (
            "Fewer than 5 customers reached the outcome, 'bought', and are hidden to protect people: nothing is left "
            "to share out. Where you may look at single customers, say min_n=1."
        )

    def test_rule(self) -> None:
        with pytest.raises(OptionError) as error:
            of(log_of("a!"), rule="lats")
        assert str(error.value) == (
            "rule='lats' is not an option. Did you mean 'last'? "
            "Options: 'first', 'last', 'linear', 'markov', 'shapley'."
        )

    def test_order_of_another_rule(self) -> None:
        with pytest.raises(OptionError) as error:
            of(log_of("a!"), rule="first", order=2)
        assert str(error.value) == "order=2 belongs to rule='markov'; you gave rule='first'. Leave out order=."

    @pytest.mark.parametrize("order", [0, 4, True, 1.5])
    def test_order(self, order: Any) -> None:
        with pytest.raises(ValuesError) as error:
            of(log_of("a!"), order=order)
        assert str(error.value) == f"order must be 1, 2 or 3, or left out to be chosen; you gave {order!r}."

    def test_lookback_without_a_clock(self) -> None:
        with pytest.raises(OptionError) as error:
            of(log_of("a!"), lookback="30 days")
        assert str(error.value) == (
            "lookback='30 days' needs a clock. Name the column of dates and times: JourneyLog(..., time='column')."
        )

    def test_by(self) -> None:
        with pytest.raises(OptionError) as error:
            of(log_of("a!", purpose=["fun"]), by="purpos")
        assert str(error.value) == "by: column 'purpos' is not known here. Did you mean 'purpose'? Segments: purpose."

    @pytest.mark.parametrize("n_boot", [1, 2.5, True])
    def test_n_boot(self, n_boot: Any) -> None:
        with pytest.raises(ValuesError) as error:
            attribution(log_of("a!"), n_boot=n_boot)
        assert str(error.value) == f"n_boot must be a whole number of 2 or more; you gave {n_boot!r}. 500 is usual."

    def test_worth_less_than_nothing(self) -> None:
        with pytest.raises(ValuesError) as error:
            of(log_of("a!", value=[-1.0]))
        assert str(error.value) == (
            "attribution shares out what conversions are worth, and value column 'value' makes some worth less than 0. "
            "Drop refunds from the events, or leave out value=."
        )

    @pytest.mark.parametrize(
        ("order", "advice"),
        [(1, "fewer touchpoints"), (3, "a lower order=, or fewer touchpoints")],
    )
    def test_too_many_states(self, order: int, advice: str) -> None:
        words = [chr(0x4E00 + k) + "!" for k in range(501)]
        with pytest.raises(ValuesError) as error:
            of(log_of(*words), order=order)
        assert str(error.value) == (
            f"a chain of order {order} has 501 states in this log, more than the 500 that it may have. Give {advice}: "
            "log.by(touchpoint_map, 'stage'); or name another rule, such as rule='shapley'."
        )
