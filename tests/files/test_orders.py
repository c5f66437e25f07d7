"""The order of categories comes along from Parquet, also where the file stays on disk."""

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.files.orders import in_order

WORDS = ["terrible", "poor", "fair", "good", "excellent"]
WAVES = ["early", "mid", "late"]
MANY = 100_002  # rows: one batch more than is read into memory


def answers(rows):
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 5, rows)
    wave = np.resize([2, 0, 1], rows)
    return pd.DataFrame(
        {
            "web": pd.Categorical.from_codes(scores, WORDS, ordered=True),
            "call": rng.integers(1, 6, rows),
            "overall": pd.Categorical.from_codes(np.roll(scores, 1), WORDS, ordered=True),
            "wave": pd.Categorical.from_codes(wave, WAVES, ordered=True),
        }
    )


@pytest.mark.parametrize("rows", [300, MANY])
def test_figures_of_a_parquet_file_are_those_of_its_frame(tmp_path, rows):
    frame = answers(rows)
    path = tmp_path / "answers.parquet"
    frame.to_parquet(path, index=False, row_group_size=50_000)
    asked = {"touchpoints": ["web", "call"], "outcome": "overall", "scale": cx.Scale(1, 5), "time": "wave"}
    of_file = cx.Survey(path, **asked)
    of_frame = cx.Survey(frame, **asked)
    assert of_file.waves == of_frame.waves == WAVES
    expected = (
        "Answers to web, overall count in the order of their categories, from low to high: terrible, poor, fair, good, "
        "excellent."
    )
    assert of_file.notes[0] == expected
    assert of_frame.notes[0] == expected
    columns = ["touchpoint", "n", "mean", "low", "high"]
    tables = [cx.baseline(survey).table[columns] for survey in (of_file, of_frame)]
    pd.testing.assert_frame_equal(*tables, check_dtype=False)
    codes = frame["web"].cat.codes + 1
    assert tables[0].set_index("touchpoint")["mean"]["web"] == pytest.approx(codes.mean())


def test_waves_in_alphabetical_disorder_are_not_put_in_the_order_of_their_letters(tmp_path):
    path = tmp_path / "answers.parquet"
    frame = answers(MANY)
    frame["wave"] = frame["wave"].cat.rename_categories({"early": "Zero", "mid": "One", "late": "Two"})
    frame.to_parquet(path, index=False)
    survey = cx.Survey(path, touchpoints=["call"], outcome="overall", time="wave")
    assert survey.waves == ["Zero", "One", "Two"]


def test_other_data_are_left_alone(tmp_path):
    frame = answers(3)
    assert in_order(frame) is frame
    for name in ("none.parquet", "none.csv"):
        assert in_order(tmp_path / name) == tmp_path / name
    unordered = frame.astype({"web": "str", "overall": "str", "wave": "str"})
    unordered.to_parquet(tmp_path / "plain.parquet")
    assert list(in_order(str(tmp_path / "plain.parquet")).columns) == []


def test_a_file_without_rows_has_no_order(tmp_path):
    answers(0).to_parquet(tmp_path / "none.parquet")
    frame = in_order(tmp_path / "none.parquet")
    assert frame.empty
