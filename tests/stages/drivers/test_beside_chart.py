"""The picture of one more rating: the name of each row."""

from __future__ import annotations

from matplotlib.figure import Figure

from cxlens.stages.drivers.beside_chart import NAMES, beside_chart
from tests.stages.drivers.test_beside import answers, drivers


def test_rows_have_names() -> None:
    ax = beside_chart(drivers(answers(80, 1, 1.0)).beside("visit"), Figure(figsize=(8, 3)).subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == list(NAMES.values())
