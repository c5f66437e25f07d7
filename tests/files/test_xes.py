"""Event logs in XES: events and traces as columns, and whatever is broken or harmful told."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlens.errors import FileError
from cxlens.files.answers import read_table
from cxlens.files.xes import read_xes

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
  <classifier name="Activity" keys="concept:name"/>
  <string key="concept:name" value="of the log"/>
"""
FIRST = """  <trace>
    <string key="concept:name" value="007"/>
    <event>
      <string key="concept:name" value="Web"><string key="origin" value="left out"/></string>
      <date key="time:timestamp" value="2026-03-01T10:00:00.000+01:00"/>
      <int key="pages" value="3"/>
      <float key="cost" value="1.5"/>
      <boolean key="paid" value="true"/>
      <list key="items"><values><string key="item" value="left out"/></values></list>
    </event>
    <event>
      <string key="concept:name" value="Call &amp; more"/>
      <date key="time:timestamp" value="2026-03-01T11:00:00.000+01:00"/>
      <boolean key="paid" value="false"/>
    </event>
    <int key="age" value="40"/>
  </trace>
"""
SECOND = """  <trace>
    <id key="concept:name" value="NA"/>
    <event><string key="concept:name" value="Web"/></event>
  </trace>
"""
TAIL = "</log>\n"


def written(folder: Path, text: str, name: str = "log.xes") -> Path:
    path = folder / name
    data = text.encode("utf-8")
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def fault(path: Path) -> str:
    with pytest.raises(FileError) as error:
        read_xes(path, "event file")
    return str(error.value).replace(f"event file '{path}'", "FILE")


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz", "LOG.XES"])
def test_events_are_rows_and_attributes_columns(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, HEAD + FIRST + SECOND + TAIL, name)
    frame = read_table(path, {}, "event file").frame
    expected = pd.DataFrame(
        {
            "case:concept:name": ["007", "007", "NA"],
            "case:age": pd.array([40, 40, None], dtype="Int64"),
            "concept:name": ["Web", "Call & more", "Web"],
            "time:timestamp": ["2026-03-01T10:00:00.000+01:00", "2026-03-01T11:00:00.000+01:00", None],
            "pages": pd.array([3, None, None], dtype="Int64"),
            "cost": [1.5, np.nan, np.nan],
            "paid": np.array([True, False, None], object),
        }
    )
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)
    assert frame["case:age"].dtype == "Int64"


def test_several_files_are_one_log(tmp_path: Path) -> None:
    written(tmp_path, HEAD + SECOND + TAIL, "a.xes")
    written(tmp_path, HEAD + SECOND.replace("NA", "nobody") + TAIL, "b.xes")
    frame = read_table(tmp_path / "*.xes", {}, "event file").frame
    assert frame["case:concept:name"].tolist() == ["NA", "nobody"]


def test_whole_numbers_keep_their_digits_and_said_twice_the_last_counts(tmp_path: Path) -> None:
    large = 2**53 + 1
    event = '<event><int key="a" value="1"/><int key="a" value="{}"/><int key="b" value="{}"/></event>'
    trace = f'<trace><string key="concept:name" value="x"/>{event.format(large, 2**70)}</trace>'
    frame = read_xes(written(tmp_path, HEAD + trace + TAIL), "event file")
    assert frame["a"].tolist() == [large]
    assert frame["b"].tolist() == [str(2**70)]


def test_a_log_without_events_has_the_columns(tmp_path: Path) -> None:
    frame = read_xes(written(tmp_path, HEAD + TAIL), "event file")
    assert list(frame) == ["case:concept:name", "concept:name", "time:timestamp"]
    assert not len(frame)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<html></html>", "FILE is XML, but no event log: it begins with <html>, not <log>. Export it as XES."),
        (HEAD + FIRST, "FILE, line 24: no element found. It is broken XML; export it again."),
        ("who,met\n", "FILE, line 1: syntax error. It is broken XML; export it again."),
        (
            HEAD + "<trace><event/></trace>" + TAIL,
            "FILE, line 7: trace 1 has no concept:name, so that nobody knows whose events these are. "
            "Give each trace one.",
        ),
        (
            HEAD + FIRST.replace('"3"', '"three"') + TAIL,
            "FILE, line 12: pages is 'three', which is no int. Correct it.",
        ),
        (HEAD + FIRST.replace('"1.5"', '"1,5"') + TAIL, "FILE, line 13: cost is '1,5', which is no float. Correct it."),
        (
            HEAD + FIRST.replace('"true"', '"yes"') + TAIL,
            "FILE, line 14: paid is 'yes', which is no boolean. Correct it.",
        ),
        (
            '<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><log>&b;</log>',
            "FILE, line 1: it has a document type (<!DOCTYPE>), which no event log needs and which may hide harm. "
            "Take it out if you know where the file comes from.",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert fault(written(tmp_path, text)) == message


def test_a_packed_file_that_is_cut_off_or_not_packed(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + FIRST * 50 + TAIL, "log.xes.gz")
    path.write_bytes(path.read_bytes()[:-20])
    reason = "Compressed file ended before the end-of-stream marker was reached"
    assert fault(path) == f"FILE cannot be read: {reason}. Save it again, or unpack it first."
    path.write_text("<log/>", encoding="utf-8")
    assert fault(path) == "FILE cannot be read: Not a gzipped file (b'<l'). Save it again, or unpack it first."
