"""The join of a survey with a log: against loops and dicts, and what it says of those it cannot tell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import ColumnError, CxlensError, OptionError, ValuesError

START = pd.Timestamp("2026-01-01")
IDS = ["007", "7", "NA", "nan", "None", "x y"]
LOG = {"customer": "who", "touchpoint": "met", "time": "at"}
NUMBERS = [
    "touches_before", "purchases_before", "spend_before", "touches_after", "purchases_after", "spend_after",
    "bought_again",
]  # fmt: skip
Event = tuple[str, int, float | None]
Answer = tuple[str | None, int | None]


def log_of(events: list[Event], **roles: Any) -> cx.JourneyLog:
    """A log of (who, hour, value)."""
    frame = pd.DataFrame(events, columns=["who", "hour", "paid"])
    frame["at"] = START + pd.to_timedelta(frame["hour"], unit="h")
    frame["paid"] = frame["paid"].astype(float)
    frame["bought"] = frame["paid"] > 0
    frame["met"] = "Shop"
    return cx.JourneyLog(frame, **{**LOG, "value": "paid", **roles})


def survey_of(answers: list[Answer], **roles: Any) -> cx.Survey:
    """A survey of (who, hour)."""
    frame = pd.DataFrame({"id": pd.Series([who for who, _ in answers], dtype=object)})
    hours = pd.Series([hour for _, hour in answers], dtype="Float64").astype(float)
    frame["day"] = START + pd.to_timedelta(hours, unit="h")
    frame["web"] = [1 + k % 5 for k in range(len(frame))]
    frame["y"] = [10 - k % 11 for k in range(len(frame))]
    given = {"touchpoints": ["web"], "outcome": {"y": "nps"}, "respondent": "id", "time": "day", **roles}
    return cx.Survey(frame, **given)


def by_loops(events: list[Event], answers: list[Answer], within: int) -> list[dict[str, float]]:
    """The same in plain Python: for each answer all events, one by one."""
    of: dict[str, list[tuple[int, float | None]]] = {}
    for who, hour, value in events:
        of.setdefault(who, []).append((hour, value))
    first, last = min(hour for _, hour, _ in events), max(hour for _, hour, _ in events)
    rows = []
    for who, at in answers:
        row = dict.fromkeys(NUMBERS, math.nan)
        if who in of and at is not None:
            if at - within >= first:
                values = [value for hour, value in of[who] if at - within <= hour < at]
                row["touches_before"] = len(values)
                row["purchases_before"] = sum(1 for value in values if value is not None and value > 0)
                row["spend_before"] = sum(value for value in values if value is not None)
            if at + within <= last:
                values = [value for hour, value in of[who] if at < hour <= at + within]
                row["touches_after"] = len(values)
                row["purchases_after"] = sum(1 for value in values if value is not None and value > 0)
                row["spend_after"] = sum(value for value in values if value is not None)
                row["bought_again"] = 1 if row["purchases_after"] else 0
        rows.append(row)
    return rows


EVENTS = st.lists(
    st.tuples(st.sampled_from(IDS), st.integers(0, 30), st.sampled_from([None, 0.0, 1.0, 2.5, -1.0])),
    min_size=1,
    max_size=80,
)
ANSWERS = st.lists(
    st.tuples(st.sampled_from([*IDS, "nobody", None]), st.one_of(st.none(), st.integers(0, 30))),
    min_size=1,
    max_size=60,
)


@settings(max_examples=25, deadline=None)  # a survey takes a tenth of a second; each example has many answers
@given(EVENTS, ANSWERS, st.integers(1, 20))
def test_it_is_what_loops_and_dicts_find(events: list[Event], answers: list[Answer], within: int) -> None:
    wanted = pd.DataFrame(by_loops(events, answers, within), dtype=float)
    survey, log = survey_of(answers), log_of(events)
    if wanted.isna().all(axis=None):
        with pytest.raises(ValuesError, match=r"^(no respondent is|the log tells of no answer|no answer of a)"):
            survey.with_behaviour(log, within=f"{within} hours")
        return
    table = survey.with_behaviour(log, within=f"{within} hours").table
    assert table[NUMBERS].astype(float).to_numpy() == pytest.approx(wanted[NUMBERS].to_numpy(), nan_ok=True)
    words = {0: "not", 1: "once"}
    for segment, counted, most, many in (
        ("met_before", "touches_before", 4, "5 times or more"),
        ("bought_before", "purchases_before", 1, "twice or more"),
    ):
        for said, n in zip(table[segment], wanted[counted], strict=True):
            assert (said != said) if n != n else said == words.get(n, many if n > most else "2 to 4 times")


def some() -> tuple[cx.Survey, cx.JourneyLog]:
    """Sixty customers with five events each, a week apart, of whom fifty answer; ten answers come of others."""
    events = [(f"c{k:02}", 24 * (7 * j + k % 7), 10.0 * (j % 2)) for k in range(60) for j in range(20)]
    answers = [(f"c{k:02}", 24 * (28 + k + 2 * (k > 6))) for k in range(50)] + [(f"d{k}", 24 * 50) for k in range(10)]
    return survey_of(answers, period="month"), log_of(events)


class TestRoles:
    def test_what_a_survey_has_more(self) -> None:
        survey, log = some()
        joined = survey.with_behaviour(log, within="20 days")
        assert joined.segments == ("met_before", "bought_before")
        assert dict(joined.outcomes) == {
            "y": "nps", "touches_after": "interval", "purchases_after": "interval", "bought_again": "binary",
            "spend_after": "interval",
        }  # fmt: skip
        assert joined.outcome == "y"
        assert joined.named("bought_again") == "bought again within 20 days"
        assert joined.named("spend_after") == "spend in the 20 days after"
        assert joined.named("met_before") == "met in the 20 days before"
        assert joined.source.distinct("bought_before") == ["once", "twice or more"]
        assert joined.waves == survey.waves == ["2026-01", "2026-02", "2026-03"]

    def test_inputs_stay_as_they_were(self) -> None:
        survey, log = some()
        answers, events, notes = survey.table, log.table, survey.notes
        joined = survey.with_behaviour(log, within="30 days")
        pd.testing.assert_frame_equal(survey.table, answers)
        pd.testing.assert_frame_equal(log.table, events)
        assert survey.notes == notes
        assert dict(survey.outcomes) == {"y": "nps"}
        pd.testing.assert_frame_equal(joined.table[list(answers)], answers)

    def test_an_event_of_the_outcome_is_a_purchase_where_there_are_no_values(self) -> None:
        survey, log = some()
        by_value = survey.with_behaviour(log, within="30 days").table
        events = log.table.rename(columns={"customer": "who", "touchpoint": "met", "time": "at"})
        without = cx.JourneyLog(events.assign(ok=events["value"] > 0), **LOG, outcome="ok")
        joined = survey.with_behaviour(without, within="30 days")
        assert joined.table["bought_again"].equals(by_value["bought_again"])
        assert joined.table["purchases_before"].equals(by_value["purchases_before"])
        assert "spend_after" not in joined.table
        assert joined.notes[-1] == "Purchases: events of the outcome, 'ok', since the log names no value."
        neither = survey.with_behaviour(cx.JourneyLog(events, **LOG), within="30 days")
        assert list(neither.outcomes) == ["y", "touches_after"]
        assert neither.segments == ("met_before",)
        assert neither.notes[-1] == "Purchases are not known: the log names neither value= nor outcome=."

    def test_dimensions_and_parts_know_of_behaviour(self) -> None:
        survey, log = some()
        frame = survey.table.assign(web2=3, day=START + pd.to_timedelta(np.arange(60) + 30, unit="D"))
        apart = {"Web": {"a": "web", "b": "web2"}}
        two = cx.Survey(frame, touchpoints=apart, outcome="y", respondent="id", time="day")
        joined = two.with_behaviour(log, within="10 days")
        pd.testing.assert_frame_equal(joined.by_dimension().table[NUMBERS], joined.table[NUMBERS])
        once = joined.table["bought_before"] == "once"
        assert joined.where({"bought_before": "once"}).n == once.sum() > 0

    def test_episodes_do_not_matter(self) -> None:
        survey, log = some()
        events = log.table.rename(columns={"customer": "who", "touchpoint": "met", "time": "at", "value": "paid"})
        parted = cx.JourneyLog(events, **LOG, value="paid", ends_at="Shop")
        assert parted.n == parted.n_events
        whole = survey.with_behaviour(log, within="30 days").table
        pd.testing.assert_frame_equal(survey.with_behaviour(parted, within="30 days").table, whole)


class TestNotes:
    def test_what_is_told(self) -> None:
        survey, log = some()
        joined = survey.with_behaviour(log, within=pd.Timedelta(days=62))
        assert joined.notes[-6:] == (
            "Behaviour within 62 days before and after an answer: ids are compared as text. 10 answers are of no "
            "customer of the log, and missing: if these did nothing, rather than have other ids, figures of all others "
            "are too high.",
            "10 of 60 customers of the log gave no answer.",
            "Fewer than 5 answers are too young: less than 62 days before the log ends (2026-05-20). What came after "
            "them is missing, not 0.",
            "32 answers are too early: less than 62 days after the log begins (2026-01-01). What came before them is "
            "missing, not 0.",
            "7 events at the very moment of an answer count neither before it nor after it.",
            "Purchases: events of 'paid' above 0; spend is the sum of 'paid'.",
        )
        assert joined.table["touches_after"].isna().sum() > 10
        assert "Fewer than 5 answers are too young" in joined._repr_html_()

    def test_answers_without_a_date(self) -> None:
        events = [("007", hour, 1.0) for hour in range(100)]
        joined = survey_of([("007", 50), *[("007", None)] * 5]).with_behaviour(log_of(events), within="10 hours")
        assert joined.table["touches_after"].tolist()[0] == 10
        assert joined.table["touches_after"].isna().sum() == 5
        assert joined.notes[-4:-1] == (
            "Behaviour within 10 hours before and after an answer: ids are compared as text. All answers are of "
            "customers of the log.",
            "5 answers are without a date, so that nothing is known of before and after.",
            "Fewer than 5 events at the very moment of an answer count neither before it nor after it.",
        )

    @pytest.mark.parametrize("period", [None, "month"])
    def test_a_date_of_blanks_is_none(self, period: Any) -> None:
        frame = pd.DataFrame({"id": ["007"] * 2, "web": [1, 2], "y": [1, 2], "day": ["2026-01-03", "  "]})
        survey = cx.Survey(frame, touchpoints=["web"], outcome="y", respondent="id", time="day", period=period)
        log = log_of([("007", hour, 1.0) for hour in range(100)])
        joined = survey.with_behaviour(log, within="10 hours")
        assert joined.table["touches_after"].isna().tolist() == [False, True]
        assert "(moment)" not in joined.table

    def test_unknown_ids_are_nobody_in_the_log(self) -> None:
        events = [("NA", hour, 1.0) for hour in range(100)] + [("007", hour, 1.0) for hour in range(100)]
        survey = survey_of([("007", 50), ("NA", 50)], unknown=["NA"])
        assert survey.with_behaviour(log_of(events), within="10 hours").table["touches_after"].isna().tolist() == [
            False, True,
        ]  # fmt: skip
        named = survey_of([("007", 50), ("NA", 50)]).with_behaviour(log_of(events), within="10 hours")
        assert named.table["touches_after"].tolist() == [10, 10]


def test_whole_numbers_beside_gaps_are_the_same_ids() -> None:
    frame = pd.DataFrame({"who": [7, 7, 8], "met": "Shop", "at": START + pd.to_timedelta([0, 50, 99], unit="h")})
    answers = pd.DataFrame({"id": [7.0, np.nan], "web": [1, 2], "y": [1, 2], "day": START + pd.Timedelta(hours=49)})
    survey = cx.Survey(answers, touchpoints=["web"], outcome="y", respondent="id", time="day")
    assert survey.with_behaviour(cx.JourneyLog(frame, **LOG), within="2 hours").table["touches_after"].tolist()[0] == 1


@pytest.mark.parametrize("time", ["day", "text", "month"])
def test_dates_and_their_periods_are_one_moment(time: str) -> None:
    survey, log = some()
    dates = START + pd.to_timedelta([28 + k + 2 * (k > 6) for k in range(50)] + [50] * 10, unit="D")
    frame = survey.table.drop(columns="day").assign(day=dates, text=dates.strftime("%d.%m.%Y"), month=dates)
    made = cx.Survey(
        frame, touchpoints=["web"], outcome={"y": "nps"}, respondent="id", time=time,
        period="quarter" if time == "month" else None,
    ).with_behaviour(log, within="30 days")  # fmt: skip
    wanted = survey.with_behaviour(log, within="30 days").table[NUMBERS]
    pd.testing.assert_frame_equal(made.table[NUMBERS], wanted)


class TestVerbs:
    """What a data scientist types next."""

    def joined(self) -> cx.Survey:
        rng = np.random.default_rng(5)
        n = 600
        score = rng.integers(1, 6, n)
        day = rng.integers(60, 240, n)
        rate = 0.002 * score
        events = [
            (f"c{k}", 24 * int(at) + 12, float(rng.integers(5, 50)) if rng.random() < 0.5 else None)
            for k in range(n)
            for at in np.flatnonzero(rng.random(300) < rate[k])
        ]
        frame = pd.DataFrame({"id": [f"c{k}" for k in range(n)], "web": score, "call": rng.integers(1, 6, n)})
        frame["y"] = rng.integers(0, 11, n)
        frame["day"] = START + pd.to_timedelta(day, unit="D")
        survey = cx.Survey(
            frame, touchpoints=["web", "call"], outcome={"y": "nps"}, respondent="id", time="day", period="month",
            scale=cx.Scale(1, 5),
        )  # fmt: skip
        return survey.with_behaviour(log_of(events), within="60 days")

    def test_drivers_of_buying_again(self) -> None:
        joined = self.joined()
        result = cx.drivers(joined, outcome="bought_again", n_boot=20)
        assert result.table.iloc[0]["touchpoint"] == "web"
        held = cx.drivers(joined, outcome="spend_after", covariates=["bought_before"], n_boot=20)
        assert set(held.table["touchpoint"]) == {"web", "call"}

    def test_what_happened_after_is_followed_and_compared(self) -> None:
        joined = self.joined()
        assert "ought again within 60 days" in str(cx.monitor(joined, metric="bought_again"))
        change = cx.before_after(joined, metric="spend_after", before="2026-03", after="2026-05")
        assert "pend in the 60 days after" in str(change)
        assert cx.baseline(joined, by="bought_before").finding.n


def refused(kind: type[CxlensError], survey: cx.Survey, log: Any, within: Any = "10 hours") -> str:
    with pytest.raises(kind) as error:
        survey.with_behaviour(log, within=within)
    return str(error.value)


class TestRefusals:
    log = log_of([("007", hour, 1.0) for hour in range(100)])
    survey = survey_of([("007", 50)])

    def test_a_survey_without_ids_or_dates(self) -> None:
        assert refused(OptionError, survey_of([("007", 50)], respondent=None), self.log) == (
            "with_behaviour needs to know who answered. Name the column of ids: Survey(..., respondent='column')."
        )
        assert refused(OptionError, survey_of([("007", 50)], time=None), self.log) == (
            "with_behaviour needs the date of each answer. Name its column: Survey(..., time='column', period='month')."
        )

    @pytest.mark.parametrize(
        ("waves", "first"),
        [
            (["W1", "W2"], "W1"),
            ([2022, 2023], "2022"),
            (["2022", "2023"], "2022"),
            (["2024-01", "2024-02"], "2024-01"),
            (["Jan 2024", "Feb 2024"], "Jan 2024"),
            (["2024 Q2", "2024 Q3"], "2024 Q2"),
        ],
    )
    def test_waves_are_no_dates(self, waves: list[Any], first: str) -> None:
        frame = pd.DataFrame({"id": ["007", "8"], "web": [1, 2], "y": [1, 2], "wave": waves})
        survey = cx.Survey(frame, touchpoints=["web"], outcome="y", respondent="id", time="wave")
        assert refused(ValuesError, survey, self.log) == (
            f"time column 'wave' holds waves, such as '{first}', so it is not known what came before and what after an "
            "answer. Name the column with the date of each answer: Survey(..., time='column', period='month')."
        )

    def test_a_log_without_a_clock(self) -> None:
        frame = pd.DataFrame({"who": ["007"], "met": ["Shop"], "nr": [1]})
        log = cx.JourneyLog(frame, customer="who", touchpoint="met", order="nr")
        assert refused(OptionError, self.survey, log) == (
            "with_behaviour needs the time of each event. Name its column: JourneyLog(..., time='column')."
        )
        assert refused(OptionError, self.survey, frame) == (
            "with_behaviour works on a JourneyLog, not on a DataFrame. "
            "Make one: cx.JourneyLog(events, customer=..., touchpoint=..., time=...)."
        )

    def test_nobody_in_common(self) -> None:
        assert refused(ValuesError, survey_of([("7", 50)]), self.log) == (
            "no respondent is a customer of the log: 'id' holds ids such as '7', 'who' holds ids such as '007'. "
            "Ids are compared as text: name the column with the ids of the log."
        )

    def test_windows_longer_than_the_log(self) -> None:
        assert refused(ValuesError, self.survey, self.log, "90 days") == (
            "the log tells of no answer all that came within 90 days, before or after: it runs from 2026-01-01 to "
            "2026-01-05, the answers of its customers from 2026-01-03 to 2026-01-03. Give a shorter within=, or a "
            "longer log."
        )

    def test_answers_of_another_time(self) -> None:
        answers = survey_of([("007", 24 * 400)])
        assert refused(ValuesError, survey_of([("007", None)]), self.log) == (
            "no answer of a customer of the log has a date in 'day', so it is not known what came before and after. "
            "Name the column with the date of each answer: Survey(..., time='column', period='month')."
        )
        assert answers.with_behaviour(self.log, within="10 hours").table["touches_before"].tolist() == [0]

    def test_spans(self) -> None:
        assert refused(ValuesError, self.survey, self.log, 90) == (
            'within=90 is no span of time. Give a number with its unit, such as "30 days" or "12 hours", or a '
            "Timedelta. A month has no fixed length: say it in days."
        )
        assert refused(ValuesError, self.survey, self.log, "0 days") == (
            "within must be longer than 0; you gave '0 days'. \"30 days\" is usual."
        )

    def test_twice(self) -> None:
        joined = self.survey.with_behaviour(self.log, within="10 hours")
        assert refused(ColumnError, joined, self.log) == (
            "the survey has columns that with_behaviour makes: bought_again, bought_before, met_before, "
            "purchases_after, purchases_before, spend_after, spend_before, touches_after, touches_before. Join the log "
            "to the survey as it was before, which has stayed the same, or rename them."
        )

    def test_a_zone_on_one_side_only(self) -> None:
        frame = self.log.table.rename(columns={"customer": "who", "touchpoint": "met"})
        zoned = cx.JourneyLog(frame.assign(at=frame["time"].dt.tz_localize("UTC")), **LOG)
        assert refused(ValuesError, self.survey, zoned) == (
            "the times of the events have a time zone and those of the answers have none, so it is not known what came "
            "first. Give both a zone, or none."
        )

    def test_answers_on_disk(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", 0)
        frame = pd.DataFrame({"id": ["007", "8"], "web": [1, 2], "y": [1, 2], "day": START})
        frame.to_parquet(tmp_path / "answers.parquet")
        survey = cx.Survey(tmp_path / "answers.parquet", touchpoints=["web"], outcome="y", respondent="id", time="day")
        assert refused(ValuesError, survey, self.log) == (
            "with_behaviour gives answers new columns, which only answers in memory can take, and these are on disk. "
            "Read them first: cx.Survey(pandas.read_parquet(path), ...)."
        )


def test_what_comes_on_the_day_of_an_answer_without_a_clock_is_neither() -> None:
    """A survey about this visit, and a till with times: the visit is no purchase after the answer."""
    till = pd.DataFrame({"who": list("abcde"), "met": "Shop", "at": pd.Timestamp("2024-03-05 10:00"), "paid": 20.0})
    ends = pd.DataFrame({"who": ["z", "z"], "met": "Shop", "at": pd.to_datetime(["2023-01-01", "2025-01-01"])})
    log = cx.JourneyLog(pd.concat([till, ends]), customer="who", touchpoint="met", time="at", value="paid")
    answers = pd.DataFrame({"id": list("abcde"), "web": 4, "y": 8, "day": pd.Timestamp("2024-03-05")})
    survey = cx.Survey(answers, touchpoints=["web"], outcome="y", respondent="id", time="day")
    joined = survey.with_behaviour(log, within="90 days")
    assert joined.table[["touches_before", "touches_after", "bought_again"]].eq(0).all(axis=None)
    assert any("at the very moment" in note for note in joined.notes)
