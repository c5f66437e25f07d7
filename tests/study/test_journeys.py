from __future__ import annotations

import datetime
import html
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cxlens as cx
from cxlens.errors import ColumnError, CxlensError, FileError, OptionError, ValuesError
from cxlens.study.journeys import Journey, JourneyLog
from cxlens.study.segments import Segment
from tests.study.orders import orders

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

    def test_a_text_is_one_name(self) -> None:
        with pytest.raises(ValuesError) as error:
            Journey("Departure", "Parking")
        assert str(error.value) == (
            "journey 'Departure': ['Parking'] is no journey. Give the names of at least two touchpoints, "
            "in the order in which a customer should meet them."
        )

    @pytest.mark.parametrize("touchpoints", [[], ["Parking"], ["Parking", " "]])
    def test_what_it_refuses(self, touchpoints: list[str]) -> None:
        with pytest.raises(ValuesError) as error:
            Journey("Departure", touchpoints)
        assert str(error.value) == (
            f"journey 'Departure': {touchpoints!r} is no journey. Give the names of at least two touchpoints, "
            "in the order in which a customer should meet them."
        )


class TestTable:
    def test_ten_events_by_hand(self) -> None:
        table = log().table
        assert list(table.columns) == ["customer", "episode", "step", "time", "touchpoint", "next", "gap_seconds"]
        assert table["episode"].tolist() == [1] * 10
        assert (table["time"] - table["time"].min()).dt.total_seconds().tolist() == [0, 20, 50, 0, 10, 30, 70, 5, 6, 9]
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

    def test_roles_follow_the_columns_of_every_log(self) -> None:
        table = log(outcome="boarded", value="spent", score="felt", segments=["purpose"]).table
        assert list(table.columns)[7:] == ["outcome", "value", "score", "purpose"]
        assert table["outcome"].tolist() == [False] * 3 + [True] * 7
        np.testing.assert_array_equal(table["value"], [3, 5, 6, np.nan, 2, 7, 4, 1, np.nan, 8])
        np.testing.assert_array_equal(table["score"], [2, 4, 2, 3, np.nan, 3, 5, 5, 1, 4])
        assert table["purpose"].tolist() == ["work"] * 3 + ["NA"] * 4 + ["fun"] * 3

    def test_touchpoints_stand_in_the_order_in_which_they_are_met(self) -> None:
        assert log().touchpoints == ("Parking", "Security", "Gate")
        same = pd.DataFrame({"who": ["a", "a", "b", "b"], "met": ["x", "y", "y", "x"], "nr": [1, 2, 1, 2]})
        assert JourneyLog(same, customer="who", touchpoint="met", order="nr").touchpoints == ("x", "y")

    def test_sizes_and_customers(self) -> None:
        made = log(outcome="boarded", segments=["purpose"])
        assert (made.n, made.n_events) == (3, 10)
        assert made.customers.to_dict("list") == {
            "customer": ["007", "NA", "7"], "outcome": [False, True, True], "purpose": ["work", "NA", "fun"],
        }  # fmt: skip
        assert made.converted is not None
        assert made.converted.tolist() == [False, True, True]
        assert log().converted is None

    def test_which_journeys_are_open_is_asked_once(self) -> None:
        made = log()
        is_open = made.open_journeys()
        assert made.open_journeys(["nowhere"]) is is_open
        assert made.open_journeys(["Gate"]) is not is_open
        assert is_open is not None
        assert not is_open.flags.writeable

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
        timed = log().table.drop(columns=["gap_seconds", "time"])
        pd.testing.assert_frame_equal(made.drop(columns="gap_seconds"), timed)
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
        tables = [made.table.drop(columns="time") for made in (log(events, **self.ROLES), log(**self.ROLES))]
        pd.testing.assert_frame_equal(*tables, check_dtype=False, check_categorical=False)

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

    def test_times_are_told_in_utc_where_they_have_a_zone(self) -> None:
        made = log(flights(at=flights()["at"].dt.tz_localize("Europe/Berlin"))).table["time"]
        assert str(made.iloc[0]) == "2026-03-01 09:00:00+00:00"
        assert str(log().table["time"].iloc[0]) == "2026-03-01 10:00:00"
        assert log(flights(at=flights()["at"].astype(object))).table["time"].dt.tz is None

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

    def test_outcomes_may_be_flags_and_blank(self) -> None:
        self.same(flights(boarded=flights()["boarded"].astype(bool)))
        self.same(flights(boarded=[None, None, 0, None, False, True, None, None, None, 1]))
        self.same(flights(boarded=[None, None, None, None, None, 1, None, None, None, 1]))

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("who,met\n", "time column 'at' is not in the data. Columns: who, met."),
            (
                "who,met,at\n",
                "the events have no rows. Give at least one event; check the filter or the file they come from.",
            ),
            (
                "who,met,at\nNA,,2026-03-01\n",
                "touchpoint column 'met' has no name in 1 of 1 row: row 1 (nan). "
                "Rows are counted from 1, a header aside. Correct them, or drop them before.",
            ),
        ],
    )
    def test_csv_files_that_are_refused(self, tmp_path: Path, content: str, message: str) -> None:
        path = tmp_path / "events.csv"
        path.write_text(content, encoding="utf-8")
        assert refused(CxlensError, path) == message

    def test_a_column_that_a_parquet_file_lacks(self, tmp_path: Path) -> None:
        flights()[["who", "met"]].to_parquet(tmp_path / "events.parquet")
        assert refused(ColumnError, tmp_path / "events.parquet") == (
            "time column 'at' is not in the data. Columns: who, met."
        )

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("gone.csv", None, "does not exist. Check the path; relative paths start at '{here}'."),
            ("empty.csv", b"", "is empty. Check the path, or save the file again."),
            (
                "odd.csv",
                b"\xff\xfe\xfa",
                "is no text in UTF-8, UTF-16 or Windows-1252. Save it as CSV in UTF-8, or name its "
                "encoding: cx.read_answers(path, encoding=...).",
            ),
            ("odd.parquet", b"\xff\xfe\xfa", "is not a Parquet file. Write it again, or give it as .csv."),
        ],
    )
    def test_files_that_cannot_be_read(self, tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        assert refused(FileError, path) == f"event file '{path}' {message.format(here=Path.cwd())}"

    @pytest.mark.parametrize("in_file", [False, True])
    def test_events_in_rows_for_start_and_end(self, in_file: bool, tmp_path: Path) -> None:
        events: pd.DataFrame | Path = pd.concat([flights(phase="start"), flights(phase="complete")])
        if in_file:
            events.to_csv(tmp_path / "events.csv", index=False)
            events = tmp_path / "events.csv"
        told = (
            "Column 'phase' has rows for starts and ends, each an event here, so that tasks count twice: "
            "lifecycle='phase' joins those of one task."
        )
        with pytest.warns(UserWarning, match="tasks count twice") as warned:
            made = log(events)
        assert [str(one.message) for one in warned] == [told]
        assert warned[0].filename == __file__
        assert made.n_events == 20
        assert told in repr(made)
        assert told.replace("'", "&#x27;") in made._repr_html_()
        self.same(flights(phase="complete"))

    def test_what_is_no_table(self) -> None:
        assert refused(ValuesError, [1]) == (
            "data of type 'list' is not a table. Give a pandas or polars frame, an Arrow, DuckDB or Ibis table, "
            "or the path of a file, such as answers.csv."
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

    def test_a_segment_column_named_like_one_of_ours(self) -> None:
        assert refused(ColumnError, flights(step=1), segments=["step"]) == (
            "segment column 'step' has the name of a column of the sorted table. Rename it; "
            "taken are: customer, episode, step, time, touchpoint, next, gap_seconds, duration_seconds, "
            "outcome, value, score."
        )

    def test_no_rows(self) -> None:
        assert refused(ValuesError, flights().head(0)) == (
            "the events have no rows. Give at least one event; check the filter or the file they come from."
        )

    @pytest.mark.parametrize(
        ("role", "column", "values", "what"),
        [
            ("customer", "who", ["a", None, "a", "a", None, " ", "a", "a", "a", "a"], "id"),
            ("touchpoint", "met", ["a", None, "a", "a", "", " ", "a", "a", "a", "a"], "name"),
            ("time", "at", ["2026-03-01", "3/1/2026", *["2026-03-01"] * 2, "", None, *["2026-03-01"] * 4],
             "date in ISO 8601 form"),
            ("time", "at", pd.to_datetime(["2026-03-01", None, *["2026-03-01"] * 2, None, None, *["2026-03-01"] * 4]),
             "date in ISO 8601 form"),
            ("order", "nr", [1, "1st", 1, 1, None, None, 1, 1, 1, 1], "number"),
            ("value", "spent", [1, "low", None, 1, "low", "high", 1, 1, 1, None], "number"),
            ("score", "spent", [1, "low", None, 1, "low", "high", 1, 1, 1, None], "number"),
            ("outcome", "boarded", [1, "yes", None, 0, 2, "", 1, 0, True, None], "0 or 1"),
        ],
    )  # fmt: skip
    def test_entries_that_are_not_right(self, role: str, column: str, values: Any, what: str) -> None:
        frame = flights(**{column: values})
        shown = ", ".join(f"row {row} ({frame[column].iloc[row - 1]})" for row in (2, 5, 6))
        assert refused(ValuesError, frame, **({"order": "nr"} | {role: column})) == (
            f"{role} column '{column}' has no {what} in 3 of 10 rows: {shown}. "
            "Rows are counted from 1, a header aside. Correct them, or drop them before."
        )

    def test_times_that_are_numbers_and_many_rows(self) -> None:
        assert refused(ValuesError, time="nr") == (
            "time column 'nr' has no date in ISO 8601 form in 10 of 10 rows: row 1 (2), row 2 (1), row 3 (1), "
            "row 4 (2), row 5 (1) and 5 more. Rows are counted from 1, a header aside. "
            "Correct them, or drop them before."
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
        with pytest.raises(OptionError) as error:
            log(**self.ROLES).where(Segment("Old", {"purposes": "work"}))
        assert str(error.value) == (
            "segment 'Old': column 'purposes' is not known here. Did you mean 'purpose'? Segments: purpose."
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
            "Journeys of fewer than 5 customers reached the outcome, boarded. "
            "Fewer than 5 journeys are open: they may go on."
        )
        assert repr(log(flights().head(1))) == (
            "1 journey, one per customer: 1 event at 1 touchpoint; a journey has 1 event (median), the longest 1. "
            "Fewer than 5 journeys are open: they may go on."
        )

    def test_the_card_lists_touchpoints_and_escapes_them(self) -> None:
        shown = log(flights(met="<b>Gate</b>"))._repr_html_()
        assert "&lt;b&gt;Gate&lt;/b&gt;" in shown
        assert '<th class="num">journeys</th>' in shown


def test_segments_may_be_one_text() -> None:
    assert log(segments="purpose").segments == ("purpose",)


def test_a_doubled_column_is_refused() -> None:
    frame = flights()
    assert refused(ColumnError, pd.concat([frame, frame[["met"]]], axis=1)) == (
        "touchpoint column 'met' is in the data twice. Give each column a name of its own."
    )


@pytest.mark.parametrize("edge", ["(start)", "(end)"])
def test_touchpoints_cannot_be_called_like_the_ends(edge: str) -> None:
    assert refused(ValuesError, flights().replace({"met": {"Gate": edge}})) == (
        f"touchpoint column 'met' holds '{edge}', which stands for an end of a journey in tables of paths. "
        "Give that touchpoint another name, or drop its rows."
    )


def test_where_without_segments() -> None:
    with pytest.raises(OptionError) as error:
        log().where(Segment("Work", {"purpose": "work"}))
    assert str(error.value) == (
        "segment 'Work': column 'purpose' is not known here. Segments: none. "
        "Name the column in JourneyLog(..., segments=[...])."
    )


def events_of(**columns):
    """Eight events of four customers."""
    frame = {"who": ["a", "NA", "b", "NA", "c", "c", "d", "NA"], "met": list("XYXYXYXY"), "nr": range(8)}
    return pd.DataFrame(frame | columns)


def refusal(events, **options):
    given = {"customer": "who", "touchpoint": "met", "order": "nr"} | options
    with pytest.raises(cx.CxlensError) as error:
        cx.JourneyLog(events, **given)
    return str(error.value)


LIKE = "If they are one, write them alike, such as by"
DIFFER = "(a file is read by data = cx.read_answers(path)); if not, give them names that differ."


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"who": ["c1", "c1 ", *"abcdef"]},
            "customer column 'who' holds entries that look alike: 'c1' and 'c1 '. "
            f"{LIKE} data['who'] = data['who'].str.strip() {DIFFER}",
        ),
        (
            {"who": pd.Series([1, "1", *"abcdef"], dtype=object)},
            "customer column 'who' holds entries that look alike: 1 and '1'. Make all of them text: "
            "data['who'].astype(str).",
        ),
        (
            {"met": ["Web", "web", *"abcdef"]},
            "touchpoint column 'met' holds entries that look alike: 'Web' and 'web'. "
            f"{LIKE} data['met'] = data['met'].str.capitalize() {DIFFER}",
        ),
        (
            {"area": ["N\u00a01", "N 1", *"abcdef"]},
            "segment column 'area' holds entries that look alike: 'N\\xa01' and 'N 1'. "
            f"{LIKE} data['area'] = data['area'].str.normalize('NFKC').str.split().str.join(' ') {DIFFER}",
        ),
    ],
)
def test_names_that_look_alike_are_refused(columns, said):
    segments = ["area"] if "area" in columns else []
    assert refusal(events_of(**columns), segments=segments) == said


def test_ids_of_customers_may_differ_by_capitals():
    with pytest.warns(UserWarning, match=r"customer column 'who' .* 'aB' and 'Ab'\. They count as several\."):
        log = cx.JourneyLog(events_of(who=["aB", "Ab"] * 4), customer="who", touchpoint="met", order="nr")
    assert log.n == 2


def test_events_of_nobody_are_left_out_and_told():
    given = {"customer": "who", "touchpoint": "met", "order": "nr"}
    log = cx.JourneyLog(events_of(), **given, unknown=["NA"])
    assert log.customers["customer"].tolist() == ["a", "b", "c", "d"]
    assert str(log).endswith("Left out: fewer than 5 events of unknown customers.")
    many = pd.concat([events_of(), events_of(who="NA")])
    assert "Left out: 11 events of unknown customers." in repr(cx.JourneyLog(many, **given, unknown=["NA"]))
    named = cx.JourneyLog(events_of(), **given)
    assert named.n == 5  # an id that reads "NA" is an id
    assert "Left out" not in str(named)
    numbers = cx.JourneyLog(events_of(who=[0, 1, 2, 0, 1, 2, 3, 3]), **given, unknown=[0])
    assert numbers.customers["customer"].tolist() == [1, 2, 3]
    assert refusal(events_of(who="NA"), unknown=["NA"]) == (
        "every event is of an unknown customer: unknown=['NA'] names all ids in 'who'. Name fewer."
    )
    assert refusal(events_of(), unknown="NA") == "unknown='NA' is one value. Give a list: unknown=['NA']."


def test_rows_are_told_by_their_number_in_the_input():
    times = ["2024-01-01", "2024-01-01", "2024-01-01", "2024-01-01", "soon", *["2024-01-01"] * 3]
    assert refusal(events_of(at=times), time="at", order=None, unknown=["NA"]) == (
        "time column 'at' has no date in ISO 8601 form in 1 of 5 rows: row 5 (soon). "
        "Rows are counted from 1, a header aside. Correct them, or drop them before."
    )


def test_a_customer_of_far_more_events_than_the_next_is_told():
    frame = pd.DataFrame({"who": ["bot"] * 60 + [f"p{k}" for k in range(20)], "met": "X", "nr": 1})
    with pytest.warns(
        UserWarning, match=r"customer column 'who': 'bot' stands in 60 rows, the next id in 1\. If it"
    ) as told:
        cx.JourneyLog(frame, customer="who", touchpoint="met", order="nr")
    assert told[0].filename == __file__


@pytest.mark.parametrize(
    "times",
    [
        ["2024-07-01T10:00Z", "2024-07-01 09:30"] * 4,
        ["2024-07-01T10:00Z", "2024-07-01 09:30", "2024-07-01 09:30+02:00", None] * 2,
        pd.Series([pd.Timestamp("2024-07-01T10:00Z"), pd.Timestamp("2024-07-01T09:30")] * 4, dtype=object),
    ],
    ids=["text", "text of several zones", "objects"],
)
def test_times_with_and_without_a_zone_are_refused(times):
    first = "2024-07-01T10:00Z" if isinstance(times, list) else "2024-07-01 10:00:00+00:00"
    second = "2024-07-01 09:30" if isinstance(times, list) else "2024-07-01 09:30:00"
    assert refusal(events_of(at=times), time="at", order=None) == (
        f"time column 'at' mixes times with a time zone ({first}) and without ({second}), so their order is not known. "
        "Give all of them a zone, or none."
    )


def test_times_of_several_zones_are_one_clock():
    times = ["2024-07-01T10:00+02:00", "2024-07-01T09:30+01:00", *["2024-01-01T08:00Z"] * 6]
    who = ["a", "a", *"bcdefg"]
    log = cx.JourneyLog(events_of(at=times, who=who), customer="who", touchpoint="met", time="at")
    assert log.table["gap_seconds"].tolist()[0] == 1800


@pytest.mark.parametrize(
    ("role", "values", "said"),
    [
        (
            "time",
            pd.to_timedelta(range(8), unit="h"),
            "time column 'x' holds durations: they say how long, not when. Give dates or waves.",
        ),
        (
            "time",
            pd.period_range("2024", periods=8, freq="M"),
            "time column 'x' holds periods of time. Turn them into dates: data['x'].dt.to_timestamp().",
        ),
        (
            "order",
            pd.to_timedelta(range(8), unit="h"),
            "order column 'x' holds durations, whose unit is not said. Turn them into numbers, minutes for instance: "
            "data['x'].dt.total_seconds() / 60.",
        ),
        (
            "value",
            pd.period_range("2024", periods=8, freq="M"),
            "value column 'x' holds periods of time, which are no numbers. A column that says when goes to time=, as "
            "dates.",
        ),
    ],
)
def test_durations_and_periods_are_refused(role, values, said):
    assert refusal(events_of(x=values), **{role: "x"}) == said


def test_codes_of_customers_stay_as_they_are_written(tmp_path):
    frame = events_of(who=["00501"] * 4 + ["501"] * 4, area=["02134"] * 4 + ["1E5"] * 4, year=["2024"] * 8)
    frame.to_csv(tmp_path / "e.csv", index=False)
    log = cx.JourneyLog(tmp_path / "e.csv", customer="who", touchpoint="met", order="nr", segments=["area", "year"])
    assert log.customers.to_dict("list") == {
        "customer": ["00501", "501"],
        "area": ["02134", "1E5"],
        "year": [2024, 2024],
    }


def test_ids_of_18_digits_beside_gaps_stay_exact(tmp_path):
    large = 123_456_789_012_345_678
    frame = events_of(who=pd.array([large, large + 1, None, large, large + 1, large, large, None], dtype="Int64"))
    frame.to_parquet(tmp_path / "e.parquet")
    log = cx.JourneyLog(tmp_path / "e.parquet", customer="who", touchpoint="met", order="nr", unknown=[None])
    assert log.customers["customer"].tolist() == [large, large + 1]
    assert refusal(events_of(who=[float(large)] * 8)) == (
        "customer column 'who' holds numbers of 16 digits or more as fractions, which have lost their last digits. "
        "Read the column as text: pd.read_csv(path, dtype={'who': str})."
    )


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%d %B %Y %H:%M"])
def test_times_in_words_order_the_events(form):
    moments = pd.to_datetime(["2026-03-26 13:00", "2026-04-03 18:00", "2026-03-28 09:30", "2026-02-01 08:00"])
    frame = pd.DataFrame({"who": list("aabb"), "met": ["Shop", "Call", "Call", "Web"]})
    by_words = cx.JourneyLog(frame.assign(at=moments.strftime(form)), customer="who", touchpoint="met", time="at")
    by_dates = cx.JourneyLog(frame.assign(at=moments), customer="who", touchpoint="met", time="at")
    pd.testing.assert_frame_equal(cx.paths(by_words, min_n=1).table, cx.paths(by_dates, min_n=1).table)


def test_times_that_can_be_read_in_two_ways_are_refused():
    frame = pd.DataFrame(
        {"who": list("aabb"), "met": ["Shop", "Call"] * 2, "at": ["02/03/2026 10:00", "03/02/2026"] * 2}
    )
    with pytest.raises(ValuesError) as error:
        cx.JourneyLog(frame, customer="who", touchpoint="met", time="at")
    assert str(error.value) == (
        "the dates of 'at' can be read in two ways: '02/03/2026 10:00' is 2026-03-02 with the day first, 2026-02-03 "
        "with the month first. Write them as 2026-03-02."
    )


def episodes_of(**options):
    """The touchpoints of each customer's journeys, a word of first letters for each."""
    log = cx.JourneyLog(orders(), customer="who", touchpoint="met", time="at", **options)
    words: dict[str, dict[int, str]] = {}
    for who, episode, step, met in log.table[["customer", "episode", "step", "touchpoint"]].itertuples(index=False):
        word = words.setdefault(who, {}).get(episode, "")
        assert step == len(word) + 1
        words[who][episode] = word + met[0]
    return {who: list(by_number.values()) for who, by_number in words.items()}


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, {"NA": ["WSOWOCW"], "007": ["WSWSW"], "x": ["OC"]}),
        ({"ends_at": "Order"}, {"NA": ["WSO", "WO", "CW"], "007": ["WSWSW"], "x": ["O", "C"]}),
        ({"ends_at": ["Order", "Call"]}, {"NA": ["WSO", "WO", "C", "W"], "007": ["WSWSW"], "x": ["O", "C"]}),
        ({"gap": "30 days"}, {"NA": ["WSOW", "OCW"], "007": ["WS", "WSW"], "x": ["OC"]}),
        ({"gap": "960 hours"}, {"NA": ["WSOW", "OCW"], "007": ["WSWSW"], "x": ["OC"]}),  # not longer than 40 days
        ({"gap": pd.Timedelta(days=39)}, {"NA": ["WSOW", "OCW"], "007": ["WS", "WSW"], "x": ["OC"]}),
        (
            {"gap": "30 days", "ends_at": "Order"},
            {"NA": ["WSO", "W", "O", "CW"], "007": ["WS", "WSW"], "x": ["O", "C"]},
        ),
    ],
)
def test_journeys_end_at_touchpoints_and_after_silences(options, wanted):
    assert episodes_of(**options) == wanted


def test_episodes_are_the_journeys_that_are_counted():
    roles = {"customer": "who", "touchpoint": "met", "time": "at", "outcome": "ordered", "value": "paid"}
    log = cx.JourneyLog(orders(kind=["a"] * 7 + ["b"] * 7), **roles, ends_at="Order", gap="30 days", segments=["kind"])
    assert (log.n, log.n_customers, log.n_events) == (8, 3, 14)
    assert log.episodes.drop(columns=["start", "end"]).to_dict("list") == {
        "customer": ["NA"] * 4 + ["007"] * 2 + ["x"] * 2,
        "episode": [1, 2, 3, 4, 1, 2, 1, 2],
        "n": [3, 1, 1, 2, 2, 3, 1, 1],
        "open": [False, False, False, True, False, True, False, True],
        "outcome": [True, False, True, False, False, False, True, False],
        "kind": ["a"] * 4 + ["b"] * 4,
    }
    assert (log.episodes["end"] - log.episodes["start"]).dt.days.tolist() == [2, 0, 0, 1, 10, 2, 0, 0]
    assert log.customers.to_dict("list") == {
        "customer": ["NA", "007", "x"], "outcome": [True, False, True], "kind": ["a", "b", "b"],
    }  # fmt: skip
    assert log.converted is not None
    assert log.converted.sum() == 3
    counted = cx.paths(log, min_n=1)
    assert counted.table.loc[counted.table["touchpoint"] == "(start)", "n"].sum() == 8
    assert counted.drop_off["open"].sum() == 3
    assert counted.variants["n"].sum() == 8
    assert counted.steps[1].sum() == pytest.approx(1)
    part = log.where({"kind": "b"})
    assert (part.n, part.n_customers) == (4, 2)
    assert part.table["episode"].tolist() == [1, 1, 2, 2, 2, 1, 2]
    assert str(log) == (
        "8 journeys of 3 customers: 14 events at 4 touchpoints; a journey has 1.5 events (median), the longest 3. "
        "Journeys of fewer than 5 customers reached the outcome, ordered. "
        "Fewer than 5 journeys are open: they may go on."
    )


def test_a_log_cut_into_one_journey_each_says_so():
    log = cx.JourneyLog(orders().tail(7), customer="who", touchpoint="met", time="at", gap="900 days")
    assert str(log).startswith("2 journeys, one per customer: 7 events")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"time": None, "order": "day", "gap": "30 days"},
            "gap='30 days' needs a clock. Name the column of dates and times: JourneyLog(..., time='column').",
        ),
        ({"gap": "-3 days"}, "gap must be longer than 0; you gave '-3 days'. \"30 days\" is usual."),
        ({"gap": pd.Timedelta(0)}, 'gap must be longer than 0; you gave a Timedelta. "30 days" is usual.'),
        (
            {"gap": 30},
            'gap=30 is no span of time. Give a number with its unit, such as "30 days" or "12 hours", or a Timedelta. '
            "A month has no fixed length: say it in days.",
        ),
        (
            {"gap": "1 month"},
            'gap=\'1 month\' is no span of time. Give a number with its unit, such as "30 days" or "12 hours", or a '
            "Timedelta. A month has no fixed length: say it in days.",
        ),
        (
            {"ends_at": "Ordr"},
            "ends_at: touchpoint 'Ordr' is not known here. Did you mean 'Order'? Touchpoints: Call, Order, Shop, Web.",
        ),
    ],
)
def test_episodes_that_cannot_be_told(options, said):
    with pytest.raises(cx.CxlensError) as error:
        cx.JourneyLog(orders(), **{"customer": "who", "touchpoint": "met", "time": "at", **options})
    assert str(error.value) == said


def test_the_card_warns():
    frame = pd.DataFrame({"who": ["bot"] * 60 + [f"p{k}" for k in range(20) for _ in "ab"], "nr": range(100)})
    frame["met"] = ["Web"] * 60 + ["Order", "Call"] * 20
    frame["ok"] = frame["met"] == "Order"
    roles = {"customer": "who", "touchpoint": "met", "order": "nr", "outcome": "ok"}
    with pytest.warns(UserWarning, match="'bot' stands in 60 rows"):
        log = cx.JourneyLog(frame, **roles)
    warned = (
        "customer column 'who': 'bot' stands in 60 rows, the next id in 2. If it stands for nobody, say so: "
        "unknown=['bot']. 20 customers go on after the outcome: ends_at= or gap= may start a new journey there."
    )
    assert str(log).endswith(f"All but the journeys of fewer than 5 customers reached the outcome, ok. {warned}")
    missing = "Missing: fewer than 5 journeys."
    assert f'<p class="note">{html.escape(warned)} {missing}</p>' in log._repr_html_()
    log = cx.JourneyLog(frame, **roles, unknown=["bot"], ends_at="Order")
    assert str(log) == (
        "40 journeys of 20 customers: 40 events at 2 touchpoints; a journey has 1 event (median), the longest 1. "
        "Left out: 60 events of unknown customers. 20 of 40 reached the outcome, ok (50 %)."
    )
    few = cx.JourneyLog(frame.tail(6), **roles)
    assert str(few).endswith(
        "Fewer than 5 customers go on after the outcome: ends_at= or gap= may start a new journey there."
    )


def test_ids_that_are_numbers_are_told_as_they_are_typed():
    frame = pd.DataFrame({"who": [0] * 60 + list(range(1, 21)), "met": "X", "nr": 1})
    with pytest.warns(UserWarning, match=r"'who': 0 stands in 60 rows.* say so: unknown=\[0\]\."):
        cx.JourneyLog(frame, customer="who", touchpoint="met", order="nr")
