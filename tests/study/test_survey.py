"""Surveys: any table in, the same facts out; what cannot be is refused in whole sentences."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import polars
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.engine import tables
from cxlens.engine.roles import Codes
from cxlens.errors import ColumnError, FileError, OptionError, ValuesError

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
FRAME = pd.DataFrame(
    {
        "id": ["r1", "r2", "r3", "r4", "r5", "NA"],
        "web": [4, 5, 6, 0, 2, 3],
        "call": [2.0, 3.0, np.nan, 1.0, 6.0, 5.0],
        "nps": [9, 10, 3, 7, 11, 0],
        "overall": [4, 5, 2, 3, 0, 1],
        "weight": [1.0, 2.0, 0.5, 1.0, 1.0, 0.0],
        "purpose": ["work", "play", "work", None, "NA", "play"],
        "wave": [2023, 2023, 2024, 2024, 2024, 2024],
        "channel": list("aabbab"),
        "flight": [1, 1, 2, 2, 3, 3],
        "said": ["good", "", None, "bad", "ok", "fine"],
        "felt": [1, 2, 3, 4, 5, 1],
        "spare": list("uvwxyz"),
    }
)
ROLES = {
    "touchpoints": {"Web": "web", "Call": "call"},
    "outcome": {"nps": "nps", "overall": "interval"},
    "scale": SCALE,
    "outcome_scale": {"nps": cx.Scale(0, 10, blank=[11]), "overall": cx.Scale(1, 5, blank=[0])},
    "segments": ["purpose"],
    "respondent": "id",
    "weight": "weight",
    "cluster": "flight",
    "time": "wave",
    "channel": "channel",
    "comments": {"Web": "said"},
    "emotion": {"Web": "felt"},
}


def survey(frame: object = FRAME, **changes: object) -> cx.Survey:
    return cx.Survey(frame, **{**ROLES, **changes})


def small(frame: pd.DataFrame | None = None, **changes: object) -> cx.Survey:
    frame = pd.DataFrame({"web": [4, 5, 6], "call": [2, 3, 0], "nps": [9, 10, 3]}) if frame is None else frame
    return cx.Survey(frame, **{"touchpoints": ["web", "call"], "outcome": {"nps": "nps"}, "scale": SCALE, **changes})


# Scale


def test_scale_fills_in_the_top_box():
    assert cx.Scale(1, 5).top == 2
    assert cx.Scale(1, 5).top_from == 4
    assert cx.Scale(1, 4).top == 1
    assert cx.Scale(1, 4).top_from == 4
    assert cx.Scale(1, 7, top=3).top_from == 5
    assert cx.Scale(1, 5).middle == 3
    assert cx.Scale.nps() == cx.Scale(0, 10, top=2)
    assert cx.Scale.nps().top_from == 9


def test_scale_keeps_its_codes_as_tuples():
    codes = [6]
    scale = cx.Scale(1, 5, not_used=codes, blank=(value for value in [0, None]))
    codes.append(7)
    assert scale.not_used == (6,)
    assert scale.blank == (0, None)
    assert scale == cx.Scale(1, 5, not_used=(6,), blank=[0, None])
    assert scale.codes == Codes(1, 5, (6,), (0, None))
    with pytest.raises(dataclasses.FrozenInstanceError):
        scale.low = 0


@pytest.mark.parametrize(
    ("arguments", "codes", "message"),
    [
        (
            (5, 1),
            {},
            "Scale(5, 1) has no room: low has to be below high. If 1 is the best score, say Scale(1, 5, best='low').",
        ),
        ((1, 1), {}, "Scale(1, 1) has no room: low has to be below high."),
        ((1, 5), {"top": 5}, "Scale(1, 5, top=5): the top box takes 1 to 4 of its scores."),
        ((1, 5), {"top": 0}, "Scale(1, 5, top=0): the top box takes 1 to 4 of its scores."),
        (
            (1, 5),
            {"not_used": [6], "blank": [0, 6]},
            "Scale: code 6 cannot be both not_used and blank. Name it once.",
        ),
        (
            (1, 5),
            {"blank": [3]},
            "Scale(1, 5): code 3 is also a score. Codes for not used and blank lie outside the scale.",
        ),
        ((1, 5), {"not_used": 6}, "Scale: not_used=6 is one value. Give a list: not_used=[6]."),
        ((1, 5), {"blank": "NA"}, "Scale: blank='NA' is one value. Give a list: blank=['NA']."),
    ],
)
def test_scales_that_are_refused(arguments, codes, message):
    with pytest.raises(ValuesError) as error:
        cx.Scale(*arguments, **codes)
    assert str(error.value) == message


# What a survey knows


def test_codes_become_facts():
    rows = survey().rows()
    nan = np.nan
    np.testing.assert_array_equal(rows.scores, [[4, 2], [5, 3], [nan, nan], [nan, 1], [2, nan], [3, 5]])
    np.testing.assert_array_equal(rows.unused, [[0, 0], [0, 0], [1, 0], [0, 0], [0, 1], [0, 0]])
    np.testing.assert_array_equal(rows.outcomes, [[9, 4], [10, 5], [3, 2], [7, 3], [nan, nan], [0, 1]])
    np.testing.assert_array_equal(rows.weights, FRAME["weight"])
    assert rows.labels["id"].tolist() == FRAME["id"].tolist()


def test_an_empty_cell_is_blank_unless_the_scale_says_not_used():
    frame = pd.DataFrame({"a": [1.0, np.nan, 5.0], "y": [1, 2, 3]})
    blank = cx.Survey(frame, touchpoints=["a"], outcome="y", scale=cx.Scale(1, 5)).rows()
    unused = cx.Survey(frame, touchpoints=["a"], outcome="y", scale=cx.Scale(1, 5, not_used=[None])).rows()
    assert blank.unused[:, 0].tolist() == [False, False, False]
    assert unused.unused[:, 0].tolist() == [False, True, False]
    np.testing.assert_array_equal(blank.scores, unused.scores)


def test_text_codes_and_numbers_written_as_text():
    frame = pd.DataFrame({"a": ["4", " never ", "n/a", "5 "], "y": [1, 2, 3, 4]})
    scale = cx.Scale(1, 5, not_used=["never"], blank=["n/a"])
    rows = cx.Survey(frame, touchpoints=["a"], outcome="y", scale=scale).rows()
    np.testing.assert_array_equal(rows.scores[:, 0], [4, np.nan, np.nan, 5])
    assert rows.unused[:, 0].tolist() == [False, True, False, False]


def test_reach_counts_users_among_those_who_told_us():
    page = survey(pd.concat([FRAME] * 5), weight=None, respondent=None)._repr_html_()
    # Web: 20 scores, 5 not used, 5 blank: 4 of 5. Call: 20 scores, 5 not used, 5 blank.
    row = '<tr><td class="short">Web</td><td class="num">20</td><td class="num">0.800</td><td class="num">3.500</td>'
    assert row + '<td class="num">5</td></tr>' in page


def test_touchpoints_with_dimensions_score_the_mean_of_what_was_rated():
    frame = pd.DataFrame({"speed": [4, 6, 6, 0, 0], "tone": [2, 5, 6, 6, 0], "y": [1, 2, 3, 4, 5]})
    made = cx.Survey(frame, touchpoints={"Call": {"speed": "speed", "tone": "tone"}}, outcome="y", scale=SCALE)
    rows = made.rows()
    np.testing.assert_array_equal(rows.scores[:, 0], [3, 5, np.nan, np.nan, np.nan])
    assert rows.unused[:, 0].tolist() == [False, False, True, True, False]
    assert made.columns["Call"] == {"speed": "speed", "tone": "tone"}


def test_the_three_forms_of_touchpoints_agree():
    frame = FRAME[["web", "call", "overall"]]
    roles = {"outcome": "overall", "outcome_scale": cx.Scale(1, 5, blank=[0]), "scale": SCALE}
    made = [
        cx.Survey(frame, touchpoints=form, **roles)
        for form in (["web", "call"], {"web": "web", "call": "call"}, {"web": {"": "web"}, "call": {"": "call"}})
    ]
    assert {one.touchpoints for one in made} == {("web", "call")}
    for one in made[1:]:
        pd.testing.assert_frame_equal(one.table, made[0].table)
        assert one.columns == made[0].columns


def test_table():
    table = survey().table
    assert table.columns.tolist() == [
        "Web", "Call", "nps", "overall", "weight", "purpose", "id", "flight", "wave", "channel", "said", "felt",
    ]  # fmt: skip
    assert table["Web"].dtype == np.float64
    assert table["purpose"].dropna().tolist() == ["work", "play", "work", "NA", "play"]


def test_what_is_kept():
    made = survey()
    assert made.n == 6
    assert made.touchpoints == ("Web", "Call")
    assert made.outcomes == {"nps": "nps", "overall": "interval"}
    assert made.outcome == "nps"
    assert made.segments == ("purpose",)
    assert (made.respondent, made.weight, made.cluster, made.time, made.channel) == (
        "id", "weight", "flight", "wave", "channel",
    )  # fmt: skip
    assert small(segments="nps").segments == ("nps",)
    assert small().outcome_scales == {"nps": cx.Scale.nps()}
    assert small(outcome="nps").outcome_scales == {}
    assert small(outcome="nps", outcome_scale=cx.Scale(0, 10)).outcome_scales == {"nps": cx.Scale(0, 10)}
    binary = pd.DataFrame({"web": [4], "call": [5], "stay": [1]})
    assert small(binary, outcome={"stay": "binary"}).outcome_scales == {"stay": cx.Scale(0, 1)}


def test_a_survey_says_what_it_is():
    made = small()
    assert repr(made) == str(made) == "3 answers about 2 touchpoints (web, call); outcome nps (nps)."
    one = small(pd.DataFrame({"web": [4], "nps": [9]}), touchpoints=["web"])
    assert repr(one) == "1 answer about 1 touchpoint (web); outcome nps (nps)."
    many = pd.DataFrame({f"t{i}": [1] for i in range(10)} | {"y": [1]})
    assert repr(cx.Survey(many, touchpoints=[f"t{i}" for i in range(10)], outcome={"y": "ordinal"})) == (
        "1 answer about 10 touchpoints (t0, t1, t2, t3, t4, t5, t6, t7 and 2 more); outcome y (ordinal)."
    )


def test_the_card_is_escaped_and_says_what_looks_odd():
    two = pd.DataFrame({"a": [4, 5], "b": [3, 3], "c": [6, 6], "y": [1, 2], "g": ["x", "y"], "w": [1, 2]})
    frame = pd.concat([two] * 3)
    names = {"<b>x</b>": "a", "same": "b", "none": "c"}
    made = cx.Survey(frame, touchpoints=names, outcome="y", scale=SCALE, segments=["g"], weight="w")
    page = made._repr_html_()
    assert "<b>" not in page
    assert "6 answers about 3 touchpoints (&lt;b&gt;x&lt;/b&gt;, same, none); outcome y (interval)." in page
    assert (
        '<p class="note">Segments: g. Weight: w. The same score everywhere: same. No score at all: none. '
        "0, named as blank, occurs in no touchpoint. reach: users among those who told us; blank: no answer.</p>"
    ) in page


def test_a_survey_is_frozen():
    made = survey()
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.time = "year"
    with pytest.raises(TypeError):
        made.outcomes["nps"] = "binary"
    with pytest.raises(TypeError):
        made.columns["Web"]["x"] = "y"


def test_neither_changes_the_other():
    frame = FRAME.copy(deep=True)
    given_roles = {key: dict(value) if isinstance(value, dict) else value for key, value in ROLES.items()}
    made = cx.Survey(frame, **given_roles)
    before = made.table
    own = made.table
    own.loc[:, "Web"] = 0.0
    made._repr_html_()
    made.where(cx.Segment("work", {"purpose": "work"}))
    pd.testing.assert_frame_equal(frame, FRAME)
    assert given_roles["touchpoints"] == ROLES["touchpoints"]
    for column in ("web", "call", "nps", "weight", "wave"):
        frame.loc[0, column] = 1
    frame.loc[0, "purpose"] = "changed"
    given_roles["touchpoints"]["New"] = "spare"
    pd.testing.assert_frame_equal(made.table, before)
    assert made.touchpoints == ("Web", "Call")


# Any table


def _written(kind: str, folder) -> object:
    if kind == "pandas":
        return FRAME
    if kind == "nullable":
        return FRAME.convert_dtypes()
    if kind == "polars":
        return polars.from_pandas(FRAME)
    if kind == "arrow":
        return pyarrow.Table.from_pandas(FRAME)
    if kind == "csv":
        FRAME.to_csv(folder / "a.csv", index=False)
        return str(folder / "a.csv")
    if kind == "csv.gz":
        FRAME.to_csv(folder / "a.csv.gz", index=False)
        return folder / "a.csv.gz"
    FRAME.to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("kind", ["pandas", "nullable", "polars", "arrow", "csv", "csv.gz", "parquet"])
def test_every_kind_of_table_gives_the_same_survey(kind, on_disk, tmp_path, monkeypatch):
    if on_disk:
        monkeypatch.setattr(tables, "IN_MEMORY", 0)
        monkeypatch.setattr(tables, "BATCH", 2)
    made = survey(_written(kind, tmp_path))
    assert isinstance(made.source, tables.OnDisk if on_disk and kind == "parquet" else tables.InMemory)
    assert made.n == 6
    if kind in {"csv", "csv.gz"}:  # an empty text cannot be told from a missing one in CSV
        made_said, want_said = made.table["said"].fillna(""), FRAME["said"].fillna("")
        assert made_said.tolist() == want_said.tolist()
    numbers = ["Web", "Call", "nps", "overall", "weight", "flight", "wave", "felt"]
    np.testing.assert_array_equal(made.table[numbers].to_numpy(float), survey().table[numbers].to_numpy(float))
    for column in ("purpose", "id", "channel"):
        assert made.table[column].fillna("none").tolist() == FRAME[column].fillna("none").tolist()
    assert repr(made) == repr(survey())


# One part of it


@pytest.mark.parametrize("on_disk", [False, True])
def test_where(on_disk, tmp_path, monkeypatch):
    if on_disk:
        monkeypatch.setattr(tables, "IN_MEMORY", 0)
        monkeypatch.setattr(tables, "BATCH", 2)
    whole = survey(_written("parquet", tmp_path))
    work = whole.where(cx.Segment("work", {"purpose": "work"}))
    assert (whole.n, work.n) == (6, 2)
    assert work.table["Web"].tolist()[0] == 4
    assert repr(work) == "2 answers about 2 touchpoints (Web, Call); outcome nps (nps), overall (interval)."
    later = work.where(cx.Segment("later", {"wave": (2024, None)}))
    assert later.n == 1
    assert later.table.index.tolist() == [0]
    assert later.table["id"].tolist() == ["r3"]
    assert whole.where(cx.Segment("c", {"flight": [1, 3], "channel": "a"})).n == 3
    with pytest.raises(ValuesError) as error:
        whole.where(cx.Segment("Nobody", {"purpose": "golf", "wave": 2024}))
    assert str(error.value) == (
        "segment 'Nobody' (purpose = golf, wave = 2024) leaves none of the 6 answers. "
        "Values of 'purpose': 'NA', 'play', 'work'; asked for: 'golf'."
    )
    with pytest.raises(ValuesError) as error:
        whole.where(cx.Segment("First", {"flight": "1"}))
    assert str(error.value) == (
        "segment 'First' (flight = 1) leaves none of the 6 answers. Values of 'flight': 1, 2, 3; asked for: '1'."
    )
    with pytest.raises(ValuesError) as error:
        whole.where(cx.Segment("Text", {"purpose": (1, None)}))
    assert str(error.value) == (
        "segment 'Text' (purpose from 1) compares numbers with text. "
        "A range needs ends of the column's own kind; a choice among words is a list."
    )


def test_where_needs_a_column_that_the_survey_knows():
    with pytest.raises(ValuesError) as error:
        survey().where(cx.Segment("Business", {"purpos": "work"}))
    assert str(error.value) == (
        "segment 'Business' asks for column 'purpos', which is not among the survey's segments. "
        "Did you mean 'purpose'? Segments: purpose, wave, channel, flight. "
        "Name the column in Survey(..., segments=[...])."
    )
    with pytest.raises(ValuesError) as error:
        small().where(cx.Segment("Business", {"web": 4}))
    assert str(error.value) == (
        "segment 'Business' asks for column 'web', which is not among the survey's segments. Segments: none. "
        "Name the column in Survey(..., segments=[...])."
    )


@pytest.mark.parametrize("on_disk", [False, True])
def test_only(on_disk, tmp_path, monkeypatch):
    if on_disk:
        monkeypatch.setattr(tables, "IN_MEMORY", 0)
        monkeypatch.setattr(tables, "BATCH", 2)
    play = cx.Segment("play", {"purpose": "play"})
    data = _written("parquet", tmp_path)
    for names in (["Call", "Web"], ["Call"]):
        smaller = survey(data).where(play).only(names)
        about = {} if names == ["Call"] else {role: ROLES[role] for role in ("comments", "emotion")}
        asked = {name: ROLES["touchpoints"][name] for name in names}
        same = survey(data, touchpoints=asked, **{"comments": {}, "emotion": {}} | about).where(play)
        for kept in ("touchpoints", "columns", "comments", "emotion", "n"):
            assert getattr(smaller, kept) == getattr(same, kept)
        assert smaller.table[same.table.columns].equals(same.table)
        assert smaller.rows().unused.tolist() == same.rows().unused.tolist()
    with pytest.raises(OptionError) as error:
        survey(data).only(["Web", "call"])
    assert str(error.value) == "touchpoint 'call' is not known here. Did you mean 'Call'? Touchpoints: Web, Call."


# What is refused


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (
            {"touchpoints": ["web", "cal"]},
            ColumnError,
            "touchpoint column 'cal' is not in the data. Did you mean 'call'? Columns: web, call, nps.",
        ),
        (
            {"outcome": {"npz": "nps"}},
            ColumnError,
            "outcome column 'npz' is not in the data. Did you mean 'nps'? Columns: web, call, nps.",
        ),
        ({"weight": "w"}, ColumnError, "weight column 'w' is not in the data. Columns: web, call, nps."),
        (
            {"touchpoints": ["web", "call", "web"]},
            ColumnError,
            "touchpoint 'web' is named twice. Name each touchpoint once.",
        ),
        (
            {"touchpoints": {"Web": "web", "Site": "web"}},
            ColumnError,
            "column 'web' serves two touchpoints, 'Web' and 'Site'. Give each touchpoint a column of its own.",
        ),
        (
            {"touchpoints": ["web", "nps"]},
            ColumnError,
            "outcome column 'nps' is also a touchpoint. An outcome cannot explain itself: name it once.",
        ),
        (
            {"touchpoints": {"nps": "web"}},
            ColumnError,
            "touchpoint 'nps' has the name of an outcome column. Give it another: {'nps score': column}.",
        ),
        (
            {"weight": "web"},
            ColumnError,
            "weight column 'web' is also a touchpoint. Weights come in a column of their own.",
        ),
        (
            {"weight": "nps"},
            ColumnError,
            "weight column 'nps' is also an outcome. Weights come in a column of their own.",
        ),
        (
            {"touchpoints": "web"},
            ValuesError,
            "touchpoints='web' is one text. Give a list of columns: ['web'].",
        ),
        (
            {"touchpoints": []},
            ValuesError,
            "the survey names no touchpoint. Give touchpoints=[column, ...] or {name: column}.",
        ),
        (
            {"touchpoints": {"Both": ["web", "call"]}},
            ValuesError,
            "touchpoint 'Both' is given ['web', 'call']. Give a column, or {dimension: column} for several.",
        ),
        (
            {"touchpoints": {"Both": {}}},
            ValuesError,
            "touchpoint 'Both' is given {}. Give a column, or {dimension: column} for several.",
        ),
        (
            {"outcome": {}},
            ValuesError,
            "the survey names no outcome. Give outcome='column' or {column: 'nps'}.",
        ),
        (
            {"outcome": ["nps"]},
            ValuesError,
            "outcome=['nps'] is no column. Give outcome='column', or {column: kind} for several.",
        ),
        (
            {"outcome": {"nps": "np"}},
            OptionError,
            "outcome 'nps': kind='np' is not an option. Did you mean 'nps'? "
            "Options: 'interval', 'nps', 'binary', 'ordinal'.",
        ),
        (
            {"outcome_scale": {"npz": cx.Scale.nps()}},
            ColumnError,
            "outcome_scale names 'npz', which is no outcome. Did you mean 'nps'? Outcomes: nps.",
        ),
        (
            {"comments": {"wbe": "call"}},
            ColumnError,
            "comments: 'wbe' is not a touchpoint of this survey. Did you mean 'web'? Touchpoints: web, call.",
        ),
        (
            {"emotion": {"shop": "call"}},
            ColumnError,
            "emotion: 'shop' is not a touchpoint of this survey. Touchpoints: web, call.",
        ),
        (
            {"outcome": "nps", "outcome_scale": cx.Scale(1, 5)},
            ValuesError,
            "outcome column 'nps' has scores outside the scale 1 to 5: 9, 10 (2 rows). Give Scale(low, high) the "
            "whole range, or name such codes in not_used=[...] or blank=[...].",
        ),
        (
            {"outcome_scale": cx.Scale(1, 5)},
            ValuesError,
            "outcome 'nps' is of kind nps, whose scale is 0 to 10, not 1 to 5. Give it that scale, or another kind.",
        ),
        (
            {"outcome": {"nps": "binary"}, "outcome_scale": {"nps": cx.Scale(1, 2)}},
            ValuesError,
            "outcome 'nps' is of kind binary, whose scale is 0 to 1, not 1 to 2. Give it that scale, or another kind.",
        ),
        ({"scale": (1, 5)}, ValuesError, "scale takes a Scale, such as cx.Scale(1, 5)."),
        ({"outcome_scale": (0, 10)}, ValuesError, "outcome_scale takes a Scale, such as cx.Scale(1, 5)."),
        (
            {"scale": {"web": cx.Scale(1, 5)}},
            ValuesError,
            "scale says nothing of 'call'. Give a scale for each touchpoint, or one for all.",
        ),
        ({"scale": {"web": (1, 5), "call": (1, 5)}}, ValuesError, "scale takes a Scale, such as cx.Scale(1, 5)."),
        ({"outcome_scale": {"nps": None}}, ValuesError, "outcome_scale takes a Scale, such as cx.Scale(1, 5)."),
        ({"outcome_scale": {"nps": (0, 10)}}, ValuesError, "outcome_scale takes a Scale, such as cx.Scale(1, 5)."),
        (
            {"scale": cx.Scale(1, 4, not_used=[6])},
            ValuesError,
            "2 columns hold what their scale does not have. touchpoint 'web': 5 (1 row); touchpoint 'call': 0 (1 row). "
            "Give the scale its whole range, or keep each code in the list where it belongs: scale=cx.Scale(1, 4, "
            "not_used=[6, 5, 0], blank=[5, 0]).",
        ),
    ],
)
def test_roles_that_are_refused(changes, kind, message):
    with pytest.raises(kind) as error:
        small(**changes)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "web",
            ["4", "good", "bad"],
            "touchpoint column 'web' holds text where scores are expected: 'good', 'bad' (2 rows). Words in order, the "
            "worst is 1: cx.suggest(data) makes numbers of them.",
        ),
        (
            "nps",
            ["9", "ten", "ten"],
            "outcome column 'nps' holds text where scores are expected: 'ten' (2 rows). Turn it into numbers, or "
            "name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...]).",
        ),
        (
            "web",
            [7, 7, -1],
            "touchpoint column 'web' has scores outside the scale 1 to 5: 7, -1 (3 rows). Give Scale(low, high) the "
            "whole range, or name such codes in not_used=[...] or blank=[...].",
        ),
        (
            "w",
            [1, -1, -0.5],
            "weight column 'w' has negative weights: -1, -0.5 (2 rows). Weights are numbers of 0 or more: correct "
            "them, or drop those rows.",
        ),
        (
            "w",
            [0, 0, 0],
            "weight column 'w' is zero in every row. Give weights, or leave weight=None.",
        ),
    ],
)
def test_values_that_are_refused(column, values, message):
    frame = pd.DataFrame({"web": [4, 5, 3], "call": [2, 3, 1], "nps": [9, 10, 3], "w": [1, 1, 1]})
    frame[column] = values
    with pytest.raises(ValuesError) as error:
        small(frame, weight="w")
    assert str(error.value) == message


def test_no_rows():
    with pytest.raises(ValuesError) as error:
        small(pd.DataFrame({"web": [], "call": [], "nps": []}))
    assert str(error.value) == "the survey holds no rows. Check the file, or the filter that made the frame."


def test_a_missing_file(tmp_path):
    with pytest.raises(FileError) as error:
        small(str(tmp_path / "no.csv"))
    assert str(error.value).startswith(f"survey file '{tmp_path / 'no.csv'}' does not exist. Check the path;")


def test_check_by():
    made = survey()
    for column in (None, "purpose", "wave", "channel"):
        made.check_by(column)
    with pytest.raises(ColumnError) as error:
        made.check_by("purpos")
    assert str(error.value) == (
        "by='purpos' is not a segment of this survey. Did you mean 'purpose'? Segments: purpose, wave, channel. "
        "Name the column in Survey(..., segments=[...])."
    )
    with pytest.raises(ColumnError) as error:
        small().check_by("web")
    assert str(error.value) == (
        "by='web' is not a segment of this survey. Segments: none. Name the column in Survey(..., segments=[...])."
    )


def test_check_outcome():
    made = survey()
    assert made.check_outcome(None) == "nps"
    assert made.check_outcome("overall") == "overall"
    with pytest.raises(ColumnError) as error:
        made.check_outcome("overal")
    assert str(error.value) == (
        "outcome 'overal' is not an outcome of this survey. Did you mean 'overall'? Outcomes: nps, overall."
    )


# Invariants

answers = st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 6]), min_size=1, max_size=30)


@given(answers, st.randoms(use_true_random=False))
def test_every_answer_is_a_score_or_not_used_or_blank(values, random):
    frame = pd.DataFrame({"a": values, "y": 1})
    rows = cx.Survey(frame, touchpoints=["a"], outcome="y", scale=SCALE).rows()
    scored = ~np.isnan(rows.scores[:, 0])
    assert scored.sum() == sum(1 <= value <= 5 for value in values)
    assert rows.unused.sum() == values.count(6)
    assert not (scored & rows.unused[:, 0]).any()
    shuffled = list(range(len(values)))
    random.shuffle(shuffled)
    again = cx.Survey(frame.iloc[shuffled], touchpoints=["a"], outcome="y", scale=SCALE).rows()
    np.testing.assert_array_equal(again.scores, rows.scores[shuffled])


@pytest.mark.parametrize("on_disk", [False, True])
def test_answers_against_the_kind_of_the_outcome(on_disk, tmp_path, monkeypatch):
    if on_disk:
        monkeypatch.setattr(tables, "IN_MEMORY", 0)
        monkeypatch.setattr(tables, "BATCH", 2)
    path = tmp_path / "answers.parquet"
    pd.DataFrame({"web": 3, "bill": [1, 5, np.nan, 4], "rec": [1, 2, 3, 6], "back": [0, 1, 0.5, 0.5]}).to_parquet(path)
    with pytest.raises(ValuesError) as error:
        cx.Survey(path, touchpoints=["web"], outcome={"bill": "nps"})
    assert str(error.value) == (
        "outcome 'bill' is of kind nps, but no answer is above 5. NPS asks from 0 to 10: is this an interval outcome? "
        "If these are answers from 0 to 10, say outcome_scale={'bill': cx.Scale.nps()}."
    )
    assert cx.Survey(path, touchpoints=["web"], outcome={"bill": "nps"}, outcome_scale=cx.Scale.nps()).n > 0
    with pytest.raises(ValuesError) as error:
        cx.Survey(path, touchpoints=["web"], outcome={"back": "binary"})
    assert str(error.value) == (
        "outcome 'back' is of kind binary, but holds other values than 0 and 1: 0.5 (2 rows). "
        "If these are answers on a scale: outcome={'back': 'interval'}."
    )
    assert cx.Survey(path, touchpoints=["web"], outcome={"rec": "nps"}).n == 4


def test_an_nps_that_nobody_answered_is_taken():
    frame = pd.DataFrame({"web": [3, 4], "nps": [np.nan, np.nan]})
    assert cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}).n == 2


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: cx.Scale("1", 5), "Scale('1', 5)"),
        (lambda: cx.Scale(1, None), "Scale(1, None)"),
        (lambda: cx.Scale(1, 5, top="2"), "Scale(1, 5, top='2')"),
    ],
)
def test_a_scale_takes_numbers(make, shown):
    with pytest.raises(ValuesError) as error:
        make()
    assert str(error.value) == f"{shown} takes numbers, such as Scale(1, 5)."


@pytest.mark.parametrize(
    ("scores", "scale", "noted"),
    [([0, 3, 6], None, True), ([1, 3, 5], None, False), ([0, 2.5, 6], None, False), ([0, 3, 6], cx.Scale(0, 6), False)],
)
def test_the_card_tells_of_codes_that_may_be_scores(scores, scale, noted):
    frame = pd.DataFrame({"web": scores, "out": [1, 2, 3]})
    card = cx.Survey(frame, touchpoints=["web"], outcome="out", scale=scale)._repr_html_()
    assert ("No scale given: scores from 0 to 6 are taken as they are." in card) is noted


def test_a_sample_of_answers_that_are_held_is_the_answers() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3] * 20, "y": range(60)})
    made = cx.Survey(frame, touchpoints=["a"], outcome="y")
    assert made.sampled(10, 0) is made
