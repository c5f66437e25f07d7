"""The picture of promises is tested with the verb; here, what it does with many of them."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.stages.impact.kept_chart import MOST, kept_chart


def test_of_many_promises_the_first_are_drawn_and_the_rest_is_counted():
    names = [f"t{k}" for k in range(MOST + 2)]
    frame = pd.DataFrame({name: [3, 4] * 20 for name in names}).assign(y=4, year=2026)
    survey = cx.Survey(frame, touchpoints=names, outcome="y", time="year")
    promised = pd.DataFrame(
        {"metric": names, "measure": "mean", "segment": "", "date": "2026", "now": 3.0, "forecast": 3.4, "low": 3.2,
         "high": 3.6, "level": 0.95, "plan": "A"}
    )  # fmt: skip
    ax = Figure(figsize=(3.5, 5), dpi=110).subplots()
    kept_chart(cx.kept(promised, survey), ax)
    assert len([line for line in ax.lines if line.get_marker() == "o"]) == MOST
    words = " ".join(text.get_text() for text in ax.texts).replace("\n", " ")
    assert "2 more in the table." in words
    assert [label.get_text() for label in ax.get_xticklabels()] == ["low", "", "high"]
