"""Forecasts as a file: the same again when read, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.errors import ColumnError, CxlensError, ValuesError
from cxlens.stages.improve.forecasts import COLUMNS, KEY, read_forecasts, write_forecasts

ROW = {
    "metric": "Security", "measure": "mean", "segment": "business", "date": "2026-Q2", "now": 3.5, "forecast": 3.8,
    "low": 3.6, "high": 4.0, "true_low": 3.65, "true_high": 3.95, "n": 600.0, "level": 0.95, "plan": "Plan A",
}  # fmt: skip
THING = "forecast of 'Security' for segment 'business' at '2026-Q2'"


def test_a_file_reads_as_it_was_written(tmp_path) -> None:
    path = tmp_path / "forecasts.csv"
    made = pd.DataFrame([{**ROW, "segment": None}, ROW, {**ROW, "measure": "top box"}, {**ROW, "date": "2026-Q3"}])
    before = made.copy()
    write_forecasts(made[list(reversed(COLUMNS))], path)
    pd.testing.assert_frame_equal(made, before)
    read = read_forecasts(path)
    pd.testing.assert_frame_equal(read, made.fillna({"segment": ""}))
    assert path.read_text(encoding="utf-8").splitlines()[:2] == [
        "metric,measure,segment,date,now,forecast,low,high,true_low,true_high,n,level,plan",
        "Security,mean,,2026-Q2,3.5,3.8,3.6,4,3.65,3.95,600,0.95,Plan A",
    ]


def test_a_file_from_before_reads_without_what_was_not_known(tmp_path) -> None:
    path = tmp_path / "forecasts.csv"
    new = ["true_low", "true_high", "n"]
    before = pd.DataFrame([ROW]).drop(columns=new)
    write_forecasts(before, path)
    assert path.read_text(encoding="utf-8").splitlines()[0] == (
        "metric,measure,segment,date,now,forecast,low,high,level,plan"
    )
    read = read_forecasts(path)
    assert tuple(read.columns) == COLUMNS
    assert read[new].isna().all(axis=None)
    pd.testing.assert_frame_equal(read.drop(columns=new), before)
    write_forecasts(pd.DataFrame([{**ROW, "date": "2026-Q3"}, *read.to_dict("records")]), path)
    assert read_forecasts(path)["n"].tolist()[0] == 600
    assert read_forecasts(path)["n"].isna().tolist() == [False, True]


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())
)
NAMES = WORDS.filter(bool)
VALUES = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3).map(sorted)


@settings(max_examples=60)
@given(
    st.lists(
        st.builds(
            lambda names, measure, segment, ends, now, n, level: dict(
                zip(COLUMNS, [names[0], measure, segment, names[1], now, ends[1], ends[0], ends[2], ends[0], ends[2],
                    n, level, names[2]], strict=True)
            ),
            st.tuples(NAMES, NAMES, NAMES), st.sampled_from(["mean", "top box", "NPS"]), WORDS, VALUES,
            st.floats(-1e300, 1e300), st.floats(1, 1e300), st.floats(0.001, 0.999),
        ),
        min_size=1, max_size=4, unique_by=lambda row: tuple(row[name] for name in KEY),
    )
)  # fmt: skip
def test_any_forecasts_read_as_they_were_written(tmp_path_factory, rows) -> None:
    path = tmp_path_factory.getbasetemp() / "drawn-forecasts.csv"
    made = pd.DataFrame(rows, columns=list(COLUMNS))
    write_forecasts(made, path)
    pd.testing.assert_frame_equal(read_forecasts(path), made, check_exact=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metric": ""}, "a forecast has no metric. Fill it in; only the segment may be blank, for all together."),
        ({"plan": " "}, "a forecast has no plan. Fill it in; only the segment may be blank, for all together."),
        (
            {"measure": "topbox"},
            f"{THING}: measure='topbox' is not an option. Did you mean 'top box'? Options: 'mean', 'top box', 'NPS'.",
        ),
        (
            {"now": "n/a"},
            f"{THING}: now must be a number, found 'n/a'. Write figures only, with a decimal point.",
        ),
        (
            {"low": 3.9, "segment": ""},
            "forecast of 'Security' at '2026-Q2' is out of order: low 3.9, forecast 3.8, high 4. "
            "Give low <= forecast <= high.",
        ),
        ({"high": 3.7}, f"{THING} is out of order: low 3.6, forecast 3.8, high 3.7. Give low <= forecast <= high."),
        (
            {"true_high": 3.7},
            f"{THING} is out of order: true_low 3.65, forecast 3.8, true_high 3.7. "
            "Give true_low <= forecast <= true_high.",
        ),
        (
            {"true_low": "x"},
            f"{THING}: true_low must be a number, found 'x'. Write figures only, with a decimal point.",
        ),
        ({"n": 0}, f"{THING}: n is 0. Give how many answers the later survey has, 1 or more."),
        ({"level": 95}, f"{THING}: level is 95. Give a share between 0 and 1, such as 0.95."),
        ({"level": 0}, f"{THING}: level is 0. Give a share between 0 and 1, such as 0.95."),
        ({"date": "2026-Q1", "plan": "Plan B"}, None),
    ],
)
def test_a_row_that_is_not_right(changes, message, tmp_path) -> None:
    path, good = tmp_path / "forecasts.csv", {**ROW, "date": "2026-Q1"}
    text = f"{THING.replace('Q2', 'Q1')} (mean) is there twice. Keep the one that was promised."
    made = pd.DataFrame([good, {**ROW, **changes}])
    with pytest.raises(CxlensError) as error:
        write_forecasts(made, path)
    assert str(error.value) == (message or text)
    assert list(tmp_path.iterdir()) == []
    made.to_csv(path, index=False)
    with pytest.raises(CxlensError) as error:
        read_forecasts(path)
    assert str(error.value) == f"{path}, line 3: {message or text}"


def test_columns_that_are_not_right(tmp_path) -> None:
    made = pd.DataFrame([ROW])
    with pytest.raises(ColumnError) as error:
        write_forecasts(made.rename(columns={"level": "levl"}), tmp_path / "a.csv")
    assert str(error.value) == (
        "forecasts: column 'levl' is not known here. Did you mean 'level'? Columns: metric, measure, segment, date, "
        "now, forecast, low, high, true_low, true_high, n, level, plan."
    )
    path = tmp_path / "a.csv"
    made.drop(columns="plan").to_csv(path, index=False)
    with pytest.raises(ColumnError) as error:
        read_forecasts(path)
    assert str(error.value) == (
        f"{path}, line 1: column 'plan' is missing. Columns found: metric, measure, segment, date, now, forecast, low, "
        "high, true_low, true_high, n, level."
    )
    with pytest.raises(ValuesError) as error:
        write_forecasts(made.head(0), path)
    assert str(error.value) == "there are no forecasts to write. Give a frame with a row for each."
