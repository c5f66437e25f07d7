"""Which column may say how many people a row stands for."""

import pandas as pd
import pytest

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
