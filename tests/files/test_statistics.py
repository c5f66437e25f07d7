"""Files of SPSS, Stata and SAS: words for labels, and codes that the file calls missing, which are never guessed."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine.roles import Codes
from cxlens.errors import CxlensError, FileError, ValuesError
from cxlens.files.answers import open_answers, read_table
from cxlens.files.cells import Column
from cxlens.files.statistics import NOTHING, missing_in, proposed, settled_codes
from tests.engine.opened import ONE, fault

WORDS = {97: "Did not use", 99: "No answer"}
SAID = NOTHING._replace(
    missing={"web": [(97, 99)], "area": [(9, 9)]},
    words={"web": WORDS, "area": {1: "North", 2: "South"}},
)
NUMBERS = pd.Series([4.0, 97.0, 99.0, np.nan, 5.0], name="web")


def test_codes_called_missing_want_a_meaning() -> None:
    with pytest.raises(ValuesError) as error:
        settled_codes(NUMBERS, "web", Column("number"), SAID, "survey file 'a.sav'")
    assert str(error.value) == (
        "survey file 'a.sav': column 'web' holds codes that the file calls missing: 97 ('Did not use'), "
        "99 ('No answer'). Say what they mean in its scale: Scale(low, high, not_used=[97], blank=[99])."
    )


def test_codes_that_have_a_meaning_stay() -> None:
    named = Column("number", named=(97, 99))
    assert settled_codes(NUMBERS, "web", named, SAID, "").equals(NUMBERS)
    with pytest.raises(ValuesError, match=r"missing: 99 \('No answer'\)\. Say .* blank=\[99\]\)\.$"):
        settled_codes(NUMBERS, "web", Column("number", named=(97,)), SAID, "")


@pytest.mark.parametrize("kind", ["label", "text"])
def test_labels_come_in_words(kind: Any) -> None:
    areas = pd.Series([2.0, 1.0, 9.0, np.nan])
    words = settled_codes(areas, "area", Column(kind), SAID, "")
    assert words.astype(object).fillna("-").tolist() == ["South", "North", "-", "-"]
    if kind == "label":
        assert words.cat.categories.tolist() == ["North", "South"]
        assert words.cat.ordered


@pytest.mark.parametrize("words", [{}, {1: "North"}, {1: "North", 2: "North"}], ids=["none", "some", "twice"])
def test_labels_without_a_word_each_stay_codes(words: dict[int, str]) -> None:
    areas = pd.Series([2.0, 1.0])
    assert settled_codes(areas, "area", Column("label"), SAID._replace(words={"area": words}), "").equals(areas)


@pytest.mark.parametrize(
    ("ranges", "flags"),
    [([(97, 99)], [False, True, True, False, False]), ([(float("-inf"), 4)], [True, False, False, False, False]),
     ([(4, 4), (99, 99)], [True, False, True, False, False]), ([("a", "a")], [False] * 5), ([], [False] * 5)],
)  # fmt: skip
def test_ranges(ranges: list[Any], flags: list[bool]) -> None:
    assert missing_in(NUMBERS, ranges).tolist() == flags


def test_letters_of_stata() -> None:
    values = pd.Series([1, "a", "b", None], dtype=object)
    assert missing_in(values, [("a", "a"), (1, 1)]).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    "word", ["Not used", "Did not use it", "N/A", "Never", "Nicht genutzt", "Trifft nicht zu", "Not applicable"]
)
def test_words_for_not_used(word: str) -> None:
    assert proposed([8, 9], {8: word, 9: "Refused"}) == ([8], [9])


def test_the_extra_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    path = tmp_path / "a.sav"
    path.touch()
    assert fault(path, kind=CxlensError) == (
        "SPSS, Stata and SAS files need the package 'pyreadstat', which is not installed. "
        'Install it: pip install "cxlens[spss]"'
    )
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["spss"] == ["pyreadstat>=1.2"]


FRAME = pd.DataFrame({"web": [1.0, 2, 97, 5], "nps": [9.0, 99, 7, 3], "area": [1.0, 2, 2, 9]})
CODES = ONE._replace(
    codes=Codes(1, 5, not_used=(97,)), outcomes=(("nps", Codes(0, 10, blank=(99,))),), labels={"area": "segment"}
)


def package() -> Any:
    return pytest.importorskip("pyreadstat", reason="the extra 'spss' is not installed")


def test_a_file_of_spss(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    package().write_sav(
        FRAME, path,
        column_labels={"web": "How was the web?"},
        variable_value_labels={"area": {1: "North", 2: "South", 9: "?"}, "web": {97: "Not used"}},
        missing_ranges={"web": [{"lo": 90, "hi": 99}], "nps": [99], "area": [9]},
        variable_measure={"web": "ordinal"},
    )  # fmt: skip
    rows = open_answers(path, CODES).source.rows
    assert_array_equal(rows.scores[:, 0], [1, 2, np.nan, 5])
    assert_array_equal(rows.unused[:, 0], [False, False, True, False])
    assert_array_equal(rows.outcomes[:, 0], [9, np.nan, 7, 3])
    assert rows.labels["area"].astype(object).fillna("-").tolist() == ["North", "South", "South", "-"]
    said = read_table(path, {}, "survey file").said
    assert said.questions == {"web": "How was the web?"}
    assert said.measures["web"] == "ordinal"
    assert fault(path, CODES._replace(codes=Codes(1, 5))) == (
        f"survey file '{path}': column 'web' holds codes that the file calls missing: 97 ('Not used'). "
        "Say what they mean in its scale: Scale(low, high, not_used=[97])."
    )


def test_a_file_of_stata(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    frame = FRAME.assign(web=[1, 2, "a", 5])
    package().write_dta(
        frame, path, missing_user_values={"web": ["a"]}, variable_value_labels={"area": {1: "N", 2: "S", 9: "?"}}
    )
    roles = CODES._replace(codes=Codes(1, 5, not_used=("a",)))
    rows = open_answers(path, roles).source.rows
    assert_array_equal(rows.scores[:, 0], [1, 2, np.nan, 5])
    assert_array_equal(rows.unused[:, 0], [False, False, True, False])
    assert rows.labels["area"].tolist() == ["N", "S", "S", "?"]
    assert fault(path, CODES) == (
        f"survey file '{path}': column 'web' holds codes that the file calls missing: 'a'. "
        "Say what they mean in its scale: Scale(low, high, blank=['a'])."
    )


def test_a_transport_file_of_sas(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    package().write_xport(FRAME, path)
    rows = open_answers(path, CODES).source.rows
    assert_array_equal(rows.scores[:, 0], [1, 2, np.nan, 5])
    assert rows.labels["area"].tolist() == [1, 2, 2, 9]


def test_a_compressed_file_of_spss(tmp_path: Path) -> None:
    path = tmp_path / "a.zsav"
    package().write_sav(FRAME, path, compress=True, missing_ranges={"web": [97]})
    rows = open_answers(path, CODES).source.rows
    assert_array_equal(rows.scores[:, 0], [1, 2, np.nan, 5])
    assert_array_equal(rows.unused[:, 0], [False, False, True, False])


def test_a_portable_file_of_spss(tmp_path: Path) -> None:
    path = tmp_path / "a.por"
    package().write_por(FRAME.rename(columns=str.upper), path)
    frame = read_table(path, {}, "survey file").frame
    assert frame["WEB"].tolist() == FRAME["web"].tolist()


def made(values: dict[str, list[Any]], **said: Any) -> Any:
    """What pyreadstat gives for a file; it cannot write files of SAS, so its answer stands in for one."""
    meta = {
        "missing_ranges": {}, "missing_user_values": {}, "column_names_to_labels": {}, "variable_value_labels": {},
        "variable_measure": {},
    }  # fmt: skip
    return pd.DataFrame(values), SimpleNamespace(**(meta | said))


def test_a_file_of_sas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.sas7bdat"
    path.write_bytes(b"stands for a file of SAS")
    asked: dict[str, Any] = {}

    def read(name: str, **options: Any) -> Any:
        asked.update(options, name=name)
        values = {"web": [1.0, 2.0, "A", 5.0], "nps": [9.0, 8.0, 7.0, 3.0], "area": ["N", "S", "S", "N"]}
        return made(values, missing_user_values={"web": ["A"]}, column_names_to_labels={"web": "The web?"})

    monkeypatch.setattr(package(), "read_sas7bdat", read)
    rows = open_answers(path, CODES._replace(codes=Codes(1, 5, not_used=("A",)))).source.rows
    assert asked == {"name": str(path), "user_missing": True}
    assert_array_equal(rows.scores[:, 0], [1, 2, np.nan, 5])
    assert_array_equal(rows.unused[:, 0], [False, False, True, False])
    assert rows.labels["area"].tolist() == ["N", "S", "S", "N"]
    assert read_table(path, {}, "survey file").said.questions == {"web": "The web?"}
    assert fault(path, CODES) == (
        f"survey file '{path}': column 'web' holds codes that the file calls missing: 'A'. "
        "Say what they mean in its scale: Scale(low, high, blank=['A'])."
    )


def test_codes_that_a_reader_takes_for_empty_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.por"
    path.write_bytes(b"stands for a portable file")
    values = {"web": [1.0, 2.0, np.nan, 5.0], "nps": [9.0, 8.0, 7.0, 3.0], "area": [1.0, 2.0, 2.0, 1.0]}
    ranges = {"web": [{"lo": 97, "hi": 97}]}
    monkeypatch.setattr(package(), "read_por", lambda _: made(values, missing_ranges=ranges))
    assert fault(path, CODES, FileError) == (
        f"survey file '{path}': codes of web are called missing, and look like empty cells when a .por file is read. "
        "Save it as .sav, so that they can be told apart."
    )


@pytest.mark.parametrize("ending", ["sav", "dta", "sas7bdat", "xpt", "por", "zsav"])
def test_what_is_no_such_file(ending: str, tmp_path: Path) -> None:
    package()
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"web,nps\n1,9\n")
    message = fault(path, kind=FileError)
    assert message.startswith(f"survey file '{path}' cannot be read as .{ending}: ")
    assert message.endswith(". Save it again, or give it as .csv.")
