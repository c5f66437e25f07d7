"""Which column may say how many people a row stands for."""

import pandas as pd
import pytest

import cxlens as cx
from cxlens.files.statistics import NOTHING
from cxlens.study.profiles import profile
from cxlens.study.suggest_count import count_in


def profiles(**columns):
    return {name: profile(pd.Series(values), name, NOTHING) for name, values in columns.items()}


@pytest.mark.parametrize("name", ["n", "N", "freq", "number_of_people", "Fallzahl"])
def test_a_column_of_whole_numbers_that_is_called_so(name):
    table = profiles(web=[1, 2, 3], **{name: [4, 0, 7]})
    assert count_in(table, table) == name


@pytest.mark.parametrize(
    "columns",
    [
        {"web": [1, 2, 3], "nights": [4, 0, 7]},
        {"web": [1, 2, 3], "n": [4.5, 1, 7]},
        {"web": [1, 2, 3], "n": [1, 1, 1]},
        {"web": [1, 2, 3], "n": [-1, 1, 7]},
        {"web": [1, 2, 3], "n": ["many", "few", "none"]},
        {"web": [1, 1, 3], "n": [4, 1, 7]},
        {"n": [4, 1, 7]},
    ],
)
def test_no_column(columns):
    table = profiles(**columns)
    assert count_in(table, table) is None


def test_an_aggregated_table_is_shown_its_door():
    table = pd.DataFrame(
        {
            "hotel": ["a", "b", "a", "b"],
            "wave": [1, 1, 2, 2],
            "mean": [4.1, 3.9, 4.2, 3.8],
            "sd": [0.9, 1.0, 0.9, 1.0],
            "n": [100, 120, 90, 110],
        }
    )
    suggestion = cx.suggest(table)
    assert "count" not in suggestion.arguments
    assert str(suggestion.questions[0]) == (
        "Is each row one answer? 'mean' beside 'n' looks like a figure of many answers. For a table of means or "
        "shares: cx.Aggregates(data, n='n', mean='mean', sd='sd', unit='...', time='...'). Answer with count=False"
    )
