from __future__ import annotations

from collections import deque

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.study.phases import Phases, join, joined_told, read_phases, starts_and_ends_told

WORDS = (
    "Starts are begin, enter, entered, start, started; ends are abort, ate_abort, complete, completed, end, ended, "
    "exit, exited, finish, finished, pi_abort"
)


def refused(values: list[object]) -> str:
    with pytest.raises(ValuesError) as error:
        read_phases(pd.Series(values, name="phase"))
    return str(error.value)


def test_words_in_any_case_and_empty_cells() -> None:
    phases, is_aside = read_phases(pd.Series(["Start", " COMPLETE ", None, "suspend", "ate_abort", "schedule"]))
    assert_array_equal(is_aside, [False, False, False, True, False, True])
    assert_array_equal(phases.starts, [True, False, False, False])
    assert_array_equal(phases.ends, [False, True, False, True])


def test_what_is_no_phase() -> None:
    assert refused(["start", "paid", 3]) == (
        f"lifecycle column 'phase' holds 'paid', '3', which is no phase of a task. {WORDS}; left out are assign, "
        "autoskip, manualskip, reassign, resume, schedule, suspend, withdraw. Rename the entries, or leave out "
        "lifecycle=."
    )
    assert refused(["suspend"]) == (
        f"lifecycle column 'phase' has no start and no end of a task. {WORDS}. Check the filter or the file the "
        "events come from."
    )


def plainly(rows: list[tuple[int, int, int, str]]) -> dict[tuple[int, int], float]:
    """The same rule, a row at a time: pairs of first and last row, and the time between."""
    waiting: dict[tuple[int, int], deque[int]] = {}
    events = {}
    in_order = sorted(range(len(rows)), key=lambda row: (rows[row][2], rows[row][3] == "end", row))
    for row in in_order:
        who, met, at, phase = rows[row]
        queue = waiting.setdefault((who, met), deque())
        if phase == "start":
            queue.append(row)
        elif phase == "end" and queue:
            first = queue.popleft()
            events[first, row] = at - rows[first][2]
        else:
            events[row, row] = np.nan
    events |= {(row, row): np.nan for queue in waiting.values() for row in queue}
    return events


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 6), st.sampled_from(["start", "end", ""])),
        min_size=1,
        max_size=14,
    )
)
def test_an_end_belongs_to_the_first_start_that_has_none(rows: list[tuple[int, int, int, str]]) -> None:
    who, met, at, words = (np.array(column) for column in zip(*rows))
    joined = join(who, met, at * 10, 10, Phases(words == "start", words == "end"))
    found = dict(zip(zip(joined.rows.tolist(), joined.last_rows.tolist()), joined.seconds.tolist()))
    expected = plainly(rows)
    assert found.keys() == expected.keys()
    assert_array_equal([found[key] for key in expected], list(expected.values()))
    assert (np.diff(joined.rows) > 0).all()


def events() -> pd.DataFrame:
    rows = [
        ("a", "Desk", "10:00", "start", None, 1.0),
        ("a", "Call", "10:05", "start", 0, None),
        ("a", "Desk", "10:10", "complete", 1, 5.0),
        ("a", "Call", "10:06", "suspend", None, None),
        ("a", "Call", "10:30", "complete", None, None),
        ("b", "Desk", "11:00", "complete", 0, 7.0),
    ]
    frame = pd.DataFrame(rows, columns=["who", "met", "at", "phase", "bought", "paid"])
    return frame.assign(at="2026-03-01 " + frame["at"])


NAMES = {"customer": "who", "touchpoint": "met", "time": "at", "lifecycle": "phase"}


def test_two_rows_of_a_task_are_one_event() -> None:
    log = cx.JourneyLog(events(), **NAMES, outcome="bought", value="paid")
    table = log.table
    assert table["touchpoint"].tolist() == ["Desk", "Call", "Desk"]
    assert_array_equal(table["duration_seconds"], [600, 1500, np.nan])
    assert_array_equal(table["gap_seconds"], [300, np.nan, np.nan])
    assert_array_equal(table["value"], [5, np.nan, 7])
    assert table["outcome"].tolist() == [True, True, False]
    assert list(log.details()) == ["time", "reached", "value", "duration"]
    said = "Fewer than 5 events are a start and an end, joined; fewer than 5 rows of other phases are left out."
    assert said in repr(log)


def test_a_log_in_xes_needs_no_names(tmp_path) -> None:
    frame = events().drop(columns=["bought", "paid"])
    named = frame.rename(
        columns={
            "who": "case:concept:name",
            "met": "concept:name",
            "at": "time:timestamp",
            "phase": "lifecycle:transition",
        }
    )
    expected = cx.JourneyLog(frame, **NAMES)
    log = cx.JourneyLog(named)
    assert (log.customer, log.touchpoint, log.time, log.lifecycle) == tuple(named.columns)
    pd.testing.assert_frame_equal(log.table, expected.table)
    xes = "".join(
        f'<trace><string key="concept:name" value="{who}"/>'
        + "".join(
            f'<event><string key="concept:name" value="{met}"/><date key="time:timestamp" value="{at}Z"/>'
            f'<string key="lifecycle:transition" value="{phase}"/></event>'
            for _, met, at, phase in rows.itertuples(index=False)
        )
        + "</trace>"
        for who, rows in frame.assign(at=frame["at"].str.replace(" ", "T")).groupby("who")
    )
    path = tmp_path / "log.xes"
    path.write_text(f"<log>{xes}</log>", encoding="utf-8")
    from_file = cx.JourneyLog(path).table
    assert str(from_file["time"].dt.tz) == "UTC"
    pd.testing.assert_frame_equal(
        from_file.drop(columns="time"), expected.table.drop(columns="time"), check_dtype=False, check_categorical=False
    )


def test_names_of_xes_alone_are_enough_without_phases_and_with_an_order() -> None:
    frame = pd.DataFrame({"case:concept:name": ["a", "a"], "concept:name": ["Web", "Call"], "nr": [2, 1]})
    log = cx.JourneyLog(frame, order="nr")
    assert log.touchpoints == ("Call", "Web")
    assert (log.time, log.lifecycle) == (None, None)


def test_who_met_what_has_to_be_known() -> None:
    with pytest.raises(OptionError) as error:
        cx.JourneyLog(events(), customer="who", time="at")
    assert str(error.value) == (
        "a journey log needs to know who met what. Give customer= and touchpoint=, two columns; leave out both where "
        "they are called 'case:concept:name' and 'concept:name'."
    )
    with pytest.raises(OptionError) as error:
        cx.JourneyLog(events())
    assert str(error.value) == (
        "a journey log needs to know who met what, and what came first. Name the columns: customer=, touchpoint=, "
        "time=. Columns: who, met, at, phase, bought, paid."
    )


def test_a_clock_is_needed() -> None:
    with pytest.raises(OptionError) as error:
        cx.JourneyLog(events(), customer="who", touchpoint="met", order="paid", lifecycle="phase")
    assert str(error.value) == (
        "lifecycle='phase' needs a clock. Name the column of dates and times: JourneyLog(..., time='column')."
    )


def test_what_is_told() -> None:
    assert starts_and_ends_told("phase") == (
        "Column 'phase' has rows for starts and ends, each an event here, so that tasks count twice: lifecycle='phase' "
        "joins those of one task."
    )
    joined = join(*(np.zeros(12, int),) * 2, np.arange(12), 1, Phases(np.arange(12) % 2 == 0, np.arange(12) % 2 == 1))
    assert joined_told(joined, 0) == "6 events are a start and an end, joined."
