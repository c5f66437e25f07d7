"""What columns look like: scores on a usual scale, and the codes beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlens.files.statistics import NOTHING
from cxlens.study.profiles import profile


def look(values: list[Any], **said: Any) -> Any:
    return profile(pd.Series(values), "web", NOTHING._replace(**said))


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1, 3, 5], (1, 5)),
        ([2, 7], (1, 7)),
        ([0, 10, 4], (0, 10)),
        ([1, 10, 8], (1, 10)),
        ([1, 6], (1, 7)),
        ([1, 11], (1, 11)),
        ([0, 55, 100], (0, 100)),
        (["1", "5", ""], (1, 5)),
        (["A2", "A3", "A4"], (1, 5)),
        (["Good", "Very good"], (1, 5)),
        ([1.0, None, 4.0], (1, 5)),
    ],
)
def test_the_smallest_usual_scale(values: list[Any], scale: tuple[int, int]) -> None:
    assert look(values).scale == scale


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1, 5, 99, 99], {99: 2}),
        ([1, 5, -1, -99], {-1: 1, -99: 1}),
        (["1", "5", "N/A", "-", "N/A"], {"N/A": 2, "-": 1}),
        (["5 - Excellent", "1", "Not used"], {"Not used": 1}),
        ([0, 1, 5], {}),
    ],
)
def test_codes_beside_the_scale(values: list[Any], codes: dict[Any, int]) -> None:
    found = look(values)
    assert found.codes == codes
    assert found.scores.notna().sum() == len(values) - sum(codes.values())


def test_codes_that_the_file_calls_missing_are_never_scores() -> None:
    found = look([1.0, 4.0, 6.0, 6.0], missing={"web": [(6, 6)]})
    assert found.codes == {6: 2}
    assert found.scale == (1, 5)


@pytest.mark.parametrize(
    "values",
    [[1.5, 2.5], ["a", "b"], [3, 3], [None, None], list(range(200)), [2023, 2024], ["2025-01-01", "2025-01-02"]],
)  # fmt: skip
def test_columns_without_scores(values: list[Any]) -> None:
    assert look(values).scores is None


def test_lists_are_text() -> None:
    assert look([["Web", "Shop"], np.array(["Web"]), None]).values.tolist()[:2] == ["Web,Shop", "Web"]


def test_names_are_looked_for_in_name_and_question() -> None:
    found = profile(pd.Series([1, 2]), "q_9", NOTHING, "Would you recommend us?")
    assert found.called(r"\brecommend")
    assert found.called(r"^q 9\b")
    assert not found.called("overall")
