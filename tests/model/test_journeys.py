from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxlens.errors import ColumnError, CxlensError, FileError, OptionError, ValuesError
from cxlens.model.journeys import Journey, JourneyLog
from cxlens.model.segments import Segment

NAMES = {"customer": "who", "touchpoint": "met", "time": "at"}


def flights(**columns: Any) -> pd.DataFrame:
    """Ten events of three passengers, jumbled: NA parks, clears security, parks again and boards."""
    frame = pd.DataFrame(
        {
            "who": ["007", "NA", "7", "NA", "007", "NA", "7", "007", "NA", "7"],
            "met": [
                "Gate",
                "Parking",
                "Parking",
                "Security",
                "Security",
                "Gate",
                "Security",
                "Gate",
                "Parking",
                "Gate",
            ],
            "at": pd.Timestamp("2026-03-01 10:00") + pd.to_timedelta([20, 0, 5, 10, 0, 70, 6, 50, 30, 9], unit="s"),
            "nr": [2, 1, 1, 2, 1, 4, 2, 3, 3, 3],
            "boarded": [0, 0, 0, 0, 0, 1, 0, 0, 0, 1],
            "spent": [5.0, None, 1, 2, 3, 4, None, 6, 7, 8],
            "felt": [4, 3, 5, None, 2, 5, 1, 2, 3, 4],
            "purpose": ["work", "NA", "fun", "NA", "work", "NA", "fun", "work", "NA", "fun"],
        }
    )
    return frame.assign(**columns)


def log(events: Any = None, **names: Any) -> JourneyLog:
    return JourneyLog(flights() if events is None else events, **(NAMES | names))


def refused(kind: type[CxlensError], events: Any = None, **names: Any) -> str:
    with pytest.raises(kind) as error:
        log(events, **names)
    return str(error.value)


class TestJourney:
    def test_it_shows_its_way(self) -> None:
        journey = Journey("Departure", ["Parking", "Security", "Parking"])
        assert journey.touchpoints == ("Parking", "Security", "Parking")
        assert str(journey) == "Journey 'Departure': Parking > Security > Parking"
        assert journey.table.to_dict("list") == {"step": [1, 2, 3], "touchpoint": ["Parking", "Security", "Parking"]}
        assert "Journey &#x27;Departure&#x27;: 3 touchpoints." in journey._repr_html_()

    def test_two_of_one_kind_are_equal_and_frozen(self) -> None:
        journey = Journey("Departure", ["Parking", "Security"])
        assert journey == Journey("Departure", ("Parking", "Security"))
        with pytest.raises(AttributeError):
            journey.name = "Arrival"  # type: ignore[misc]

    @pytest.mark.parametrize(
        ("touchpoints", "message"),
        [
            (
                ["Parking"],
                "journey 'Departure' has 1 touchpoint. "
                "Give at least two, in the order in which a customer should meet them.",
            ),
            (
                "Parking",
                "journey 'Departure' has 1 touchpoint. "
                "Give at least two, in the order in which a customer should meet them.",
            ),
            (
                [],
                "journey 'Departure' has 0 touchpoints. "
                "Give at least two, in the order in which a customer should meet them.",
            ),
            (
                ["Parking", " "],
                "journey 'Departure': touchpoint 2 is ' ', which is no name. Give the names of touchpoints as text.",
            ),
            (
                [3, "Parking"],
                "journey 'Departure': touchpoint 1 is 3, which is no name. Give the names of touchpoints as text.",
            ),
        ],
    )
    def test_what_it_refuses(self, touchpoints: Any, message: str) -> None:
        with pytest.raises(ValuesError) as error:
            Journey("Departure", touchpoints)
        assert str(error.value) == message


class TestTable:
    def test_ten_events_by_hand(self) -> None:
        table = log().table
        assert list(table.columns) == ["customer", "step", "touchpoint", "next", "gap_seconds"]
        assert table["customer"].tolist() == ["007"] * 3 + ["NA"] * 4 + ["7"] * 3
        assert table["step"].tolist() == [1, 2, 3, 1, 2, 3, 4, 1, 2, 3]
        assert table["touchpoint"].tolist() == [
            "Security", "Gate", "Gate", "Parking", "Security", "Parking", "Gate", "Parking", "Security", "Gate",
        ]  # fmt: skip
        assert table["next"].isna().tolist() == [step in (2, 6, 9) for step in range(10)]
        np.testing.assert_array_equal(table["gap_seconds"], [20, 30, np.nan, 10, 20, 40, np.nan, 1, 3, np.nan])

    def test_next_is_the_touchpoint_of_the_next_step(self) -> None:
        table = log().table
        following = table.groupby("customer", sort=False)["touchpoint"].shift(-1)
        assert table["next"].astype(object).equals(following.astype(object))

    def test_roles_follow_the_five_columns(self) -> None:
        table = log(outcome="boarded", value="spent", score="felt", segments=["purpose"]).table
        assert list(table.columns)[5:] == ["outcome", "value", "score", "purpose"]
        assert table["outcome"].tolist() == [False] * 3 + [True] * 7
        np.testing.assert_array_equal(table["value"], [3, 5, 6, np.nan, 2, 7, 4, 1, np.nan, 8])
        np.testing.assert_array_equal(table["score"], [2, 4, 2, 3, np.nan, 3, 5, 5, 1, 4])
        assert table["purpose"].tolist() == ["work"] * 3 + ["NA"] * 4 + ["fun"] * 3

    def test_touchpoints_stand_in_the_order_in_which_they_are_met(self) -> None:
        assert log().touchpoints == ("Parking", "Security", "Gate")
        same = pd.DataFrame({"who": ["a", "a", "b", "b"], "met": ["x", "y", "y", "x"], "nr": [1, 2, 1, 2]})
        assert JourneyLog(same, customer="who", touchpoint="met", order="nr").touchpoints == ("x", "y")

    def test_sizes_and_customers(self) -> None:
        made = log(outcome="boarded", segments="purpose")
        assert (made.n, made.n_events) == (3, 10)
        assert made.customers.to_dict("list") == {
            "customer": ["007", "NA", "7"], "outcome": [False, True, True], "purpose": ["work", "NA", "fun"],
        }  # fmt: skip
        assert made.converted is not None
        assert made.converted.tolist() == [False, True, True]
        assert log().converted is None

    def test_inputs_are_never_changed(self) -> None:
        events, before = flights(), flights()
        made = log(events, outcome="boarded", value="spent", score="felt", segments=["purpose"])
        customers, table = made.customers, made.table
        customers.loc[:, "outcome"] = True
        table.loc[:, "gap_seconds"] = 1.0
        events["met"] = "Gate"
        assert made.touchpoints == ("Parking", "Security", "Gate")
        pd.testing.assert_frame_equal(events.drop(columns="met"), before.drop(columns="met"))
        assert made.converted is not None
        assert not made.converted.all()
        assert made.table["gap_seconds"].isna().sum() == 3

    def test_an_index_with_repeats_does_no_harm(self) -> None:
        pd.testing.assert_frame_equal(log(flights().set_index(np.zeros(10, int))).table, log().table)

    def test_order_alone_gives_the_same_journeys_without_gaps(self) -> None:
        made = log(time=None, order="nr").table
        pd.testing.assert_frame_equal(made.drop(columns="gap_seconds"), log().table.drop(columns="gap_seconds"))
        assert made["gap_seconds"].isna().all()

    @pytest.mark.parametrize("kind", ["float64", "uint64", "Int64", "str"])
    def test_order_may_be_any_kind_of_number(self, kind: str) -> None:
        made = log(flights(nr=flights()["nr"].astype(kind)), time=None, order="nr")
        pd.testing.assert_frame_equal(made.table, log(time=None, order="nr").table)

    def test_ties_are_broken_by_order_else_by_the_input(self) -> None:
        frame = flights(at=pd.Timestamp("2026-03-01"))
        assert log(frame, order="nr").table["touchpoint"].tolist() == log().table["touchpoint"].tolist()
        assert log(frame).table["touchpoint"].tolist()[:3] == ["Gate", "Security", "Gate"]

    def test_touchpoints_are_shown_as_text(self) -> None:
        assert log(flights(met=[3, 1, 1, 2, 2, 3, 2, 3, 1, 3])).touchpoints == ("1", "2", "3")

    def test_categories_that_nobody_met_are_not_touchpoints(self) -> None:
        met = pd.Categorical(flights()["met"], ["Lounge", "Gate", "Security", "Parking"])
        assert log(flights(met=met, who=flights()["who"].astype("category"))).touchpoints == (
            "Parking", "Security", "Gate",
        )  # fmt: skip


class TestSources:
    ROLES = {"outcome": "boarded", "value": "spent", "score": "felt", "segments": ["purpose"]}  # noqa: RUF012 - read only

    def same(self, events: Any) -> None:
        pd.testing.assert_frame_equal(
            log(events, **self.ROLES).table, log(**self.ROLES).table, check_dtype=False, check_categorical=False
        )

    def test_polars_and_arrow(self) -> None:
        table = pa.Table.from_pandas(flights())
        self.same(table)
        self.same(pl.from_arrow(table))

    def test_parquet(self, tmp_path: Path) -> None:
        flights().to_parquet(tmp_path / "events.parquet")
        self.same(tmp_path / "events.parquet")
        self.same(str(tmp_path / "events.parquet"))

    @pytest.mark.parametrize("name", ["events.csv", "events.csv.gz"])
    def test_csv_keeps_the_ids_007_and_na(self, tmp_path: Path, name: str) -> None:
        flights().to_csv(tmp_path / name, index=False)
        self.same(tmp_path / name)

    def test_times_as_text_dates_or_with_a_zone(self) -> None:
        for at in (
            flights()["at"].astype(str),
            flights()["at"].dt.tz_localize("Europe/Berlin"),
            flights()["at"].dt.tz_localize("UTC").astype(str).str.replace(" ", "T"),
            flights()["at"].astype("datetime64[ns]"),
            flights()["at"].astype(object),
        ):
            self.same(flights(at=at))

    def test_days_are_times_too(self) -> None:
        days = [datetime.date(2026, 3, 1 + nr) for nr in flights()["nr"]]
        assert log(flights(at=days)).table["gap_seconds"].tolist()[:2] == [86400, 86400]

    def test_outcomes_may_be_flags_and_blank_in_some_events(self) -> None:
        self.same(flights(boarded=flights()["boarded"].astype(bool)))
        self.same(flights(boarded=[None, None, 0, None, False, True, None, None, None, 1]))

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("events.txt", "who", "event file '{}' ends in '.txt'. Give a .csv, .csv.gz or .parquet file, or a frame."),
            ("events.parquet", "who", "event file '{}' is not a Parquet file. Write it again, or give it as .csv."),
            ("events.csv", b"\xff\xfe\xfa", "event file '{}' is not UTF-8 text. Save it as CSV in UTF-8."),
            (
                "events.csv",
                "",
                "event file '{}' cannot be read as CSV: No columns to parse from file. "
                "Save it with commas between columns.",
            ),
            (
                "events.csv",
                "who,met\n",
                "time column 'at' is not in the data. Columns: who, met.",
            ),
            (
                "events.csv",
                "who,met,at\n",
                "the events have no rows. Give at least one event; check the filter or the file they come from.",
            ),
            (
                "events.csv",
                "who,met,at\nNA,,2026-03-01\n",
                "touchpoint column 'met' is blank in 1 of 1 row: row 1 (counted from 1, a header aside). "
                "Fill these in, or drop them before.",
            ),
        ],
    )
    def test_files_that_are_refused(self, tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        assert refused(CxlensError, path) == message.format(path)

    def test_a_file_that_is_not_there(self) -> None:
        assert refused(FileError, "gone.csv") == (
            f"event file 'gone.csv' does not exist. Check the path; relative paths start at '{Path.cwd()}'."
        )

    def test_what_is_no_table(self) -> None:
        assert refused(ValuesError, [1]) == (
            "data of type 'list' is not a table. Give a pandas or polars frame, an Arrow table, "
            "or a path to a CSV or Parquet file."
        )


class TestRefusals:
    def test_neither_time_nor_order(self) -> None:
        assert refused(OptionError, time=None) == (
            "a journey log needs to know what came first. Give time=, a column of dates and times, "
            "or order=, a column of numbers."
        )

    def test_unknown_column(self) -> None:
        columns = "Columns: who, met, at, nr, boarded, spent, felt, purpose."
        assert refused(ColumnError, touchpoint="mett") == (
            f"touchpoint column 'mett' is not in the data. Did you mean 'met'? {columns}"
        )
        assert refused(ColumnError, segments=["age"]) == f"segment column 'age' is not in the data. {columns}"

    def test_a_column_with_two_jobs(self) -> None:
        assert refused(ColumnError, score="spent", value="spent") == (
            "column 'spent' is named twice: as value and as score. Give each job its own."
        )

    def test_a_column_that_is_there_twice(self) -> None:
        frame = pd.concat([flights(), flights()[["at"]]], axis=1)
        assert refused(ColumnError, frame) == (
            "time column 'at' is in the data twice. Give each column a name of its own."
        )

    def test_a_segment_column_named_like_one_of_ours(self) -> None:
        assert refused(ColumnError, flights(step=1), segments=["step"]) == (
            "segment column 'step' has the name of a column of the sorted table. Rename it; "
            "taken are: customer, step, touchpoint, next, gap_seconds, outcome, value, score."
        )

    def test_no_rows(self) -> None:
        assert refused(ValuesError, flights().head(0)) == (
            "the events have no rows. Give at least one event; check the filter or the file they come from."
        )

    @pytest.mark.parametrize(
        ("role", "column", "values"),
        [
            ("customer", "who", ["a", None, "a", "a", None, " ", "a", "a", "a", "a"]),
            ("touchpoint", "met", ["a", None, "a", "a", "", " ", "a", "a", "a", "a"]),
            ("time", "at", ["2026-03-01", None, *["2026-03-01"] * 2, "", " ", *["2026-03-01"] * 4]),
            ("time", "at", pd.to_datetime(["2026-03-01", None, *["2026-03-01"] * 2, None, None, *["2026-03-01"] * 4])),
            ("order", "nr", [1, None, 1, 1, None, None, 1, 1, 1, 1]),
        ],
    )
    def test_blanks_where_there_must_be_none(self, role: str, column: str, values: Any) -> None:
        assert refused(ValuesError, flights(**{column: values}), order="nr") == (
            f"{role} column '{column}' is blank in 3 of 10 rows: rows 2, 5, 6 (counted from 1, a header aside). "
            "Fill these in, or drop them before."
        )

    def test_many_blanks_are_counted(self) -> None:
        assert refused(ValuesError, flights(who=None)) == (
            "customer column 'who' is blank in 10 of 10 rows: rows 1, 2, 3, 4, 5 and 5 more "
            "(counted from 1, a header aside). Fill these in, or drop them before."
        )

    def test_times_that_are_numbers(self) -> None:
        assert refused(ValuesError, time="nr") == (
            "time column 'nr' holds numbers. Turn them into dates with pandas.to_datetime(..., unit=...), "
            "or give order='nr' if they only say what came first."
        )

    def test_times_that_are_no_dates(self) -> None:
        at = ["3/1/2026 10:00", "soon", *["2026-03-01"] * 7, "soon"]
        assert refused(ValuesError, flights(at=at)) == (
            "time column 'at' holds entries that are no dates in ISO 8601 form: '3/1/2026 10:00', 'soon' (3 rows). "
            "Turn them into dates with pandas.to_datetime(..., format=...)."
        )

    def test_order_that_is_a_date_or_text(self) -> None:
        assert refused(ValuesError, flights(at=pd.Timestamp("2026-03-01")), time=None, order="at") == (
            "order column 'at' holds entries that are no numbers but dates: Timestamp('2026-03-01 00:00:00') "
            "(10 rows). Turn them into numbers, or name the column in time=."
        )
        assert refused(ValuesError, flights(nr=["1st", *range(9)]), order="nr") == (
            "order column 'nr' holds entries that are no numbers: '1st' (1 row). Turn them into numbers."
        )

    def test_a_touchpoint_named_like_an_edge(self) -> None:
        assert refused(ValuesError, flights(met="(end)")) == (
            "touchpoint column 'met' holds '(end)', which cxlens writes for the end of a journey. "
            "Rename that touchpoint."
        )

    @pytest.mark.parametrize("role", ["value", "score"])
    def test_text_where_numbers_are_expected(self, role: str) -> None:
        frame = flights(spent=["low", 1, 2, 3, 4, 5, 6, 7, np.inf, "low"])
        assert refused(ValuesError, frame, **{role: "spent"}) == (
            f"{role} column 'spent' holds entries that are no numbers: 'low', inf (3 rows). "
            "Turn them into numbers, or leave them blank."
        )

    def test_outcomes_other_than_0_and_1(self) -> None:
        assert refused(ValuesError, flights(boarded=["yes", 2, *[0] * 8]), outcome="boarded") == (
            "outcome column 'boarded' holds entries that are neither 0 nor 1: 'yes', 2 (2 rows). "
            "Turn them into 1 where the aim was reached and 0 where it was not."
        )

    def test_customers_whose_outcome_is_not_told(self) -> None:
        assert refused(ValuesError, flights(boarded=[None] * 5 + [1] + [None] * 4), outcome="boarded") == (
            "outcome column 'boarded' is blank in every event of 2 customers (007, 7). "
            "Give 0 or 1 in at least one event of each customer."
        )

    def test_segments_that_change_within_a_journey(self) -> None:
        assert refused(ValuesError, flights(purpose=["work", *["fun"] * 9]), segments=["purpose"]) == (
            "segment column 'purpose' changes within the journey of 1 customer (007). "
            "A segment describes the customer: give the same value in all their events."
        )


class TestWhere:
    ROLES = {"outcome": "boarded", "value": "spent", "segments": ["purpose"]}  # noqa: RUF012 - read only

    def test_it_is_the_log_of_those_customers(self) -> None:
        part = log(**self.ROLES).where(Segment("Not for fun", {"purpose": ["work", "NA"]}))
        events = flights()
        whole = log(events[events["purpose"] != "fun"], **self.ROLES)
        assert (part.n, part.n_events, part.touchpoints) == (2, 7, whole.touchpoints)
        pd.testing.assert_frame_equal(part.table, whole.table, check_categorical=False)
        pd.testing.assert_frame_equal(part.customers, whole.customers)

    def test_touchpoints_they_never_met_are_gone(self) -> None:
        part = log(**self.ROLES).where(Segment("At work", {"purpose": "work"}))
        assert part.touchpoints == ("Security", "Gate")
        assert log(**self.ROLES).touchpoints == ("Parking", "Security", "Gate")

    def test_a_column_that_is_no_segment(self) -> None:
        with pytest.raises(ValuesError) as error:
            log(**self.ROLES).where(Segment("Old", {"purposes": "work"}))
        assert str(error.value) == (
            "segment 'Old' asks for column 'purposes', which is not among the log's segments. "
            "Did you mean 'purpose'? Segments: purpose. Name the column in JourneyLog(..., segments=[...])."
        )

    def test_a_segment_of_nobody(self) -> None:
        with pytest.raises(ValuesError) as error:
            log(**self.ROLES).where(Segment("Transit", {"purpose": "transit"}))
        assert str(error.value) == (
            "segment 'Transit' holds none of the 3 customers. Compare its conditions with the values in .customers."
        )


class TestWords:
    def test_the_sentence(self) -> None:
        assert str(log(outcome="boarded")) == (
            "3 journeys, one per customer: 10 events at 3 touchpoints; a journey has 3 events (median), the longest 4. "
            "2 of 3 reached 'boarded' (67 %)."
        )
        assert repr(log(flights().head(1))) == (
            "1 journey: 1 event at 1 touchpoint; a journey has 1 event (median), the longest 1."
        )

    def test_the_card_lists_touchpoints_and_escapes_them(self) -> None:
        html = log(flights(met="<b>Gate</b>"))._repr_html_()
        assert "&lt;b&gt;Gate&lt;/b&gt;" in html
        assert "took no time" not in html
        assert '<th class="num">journeys</th>' in html

    def test_the_card_says_how_many_ties_there_were(self) -> None:
        tied = flights(at=pd.Timestamp("2026-03-01"))
        assert (
            "7 steps took no time at all: such events stand in the order of the data. "
            "Name a column in order= if there is a better one."
        ) in log(tied)._repr_html_()
        assert "took no time" not in log(tied, order="nr")._repr_html_()
