from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.stages.impact import charts as journey_charts
from cxlens.stages.impact.charts import impact_chart, monitor_chart

WIFI = "Wireless network in the halls and at the gates"


def survey(n: int = 900) -> cx.Survey:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"year": rng.integers(2021, 2026, n), "hall": rng.integers(1, 3, n)})
    frame["who"] = rng.choice(["business", "leisure", "crew", "families"], n)
    lift = 0.9 * ((frame["year"] >= 2024) & (frame["hall"] == 2))
    frame[WIFI] = np.clip(np.round(3.3 + lift + rng.normal(size=n)), 1, 5)
    frame["rec"] = np.clip(np.round(7.5 + rng.normal(0, 1.5, n)), 0, 10)
    frame["back"] = (rng.random(n) < 0.7).astype(int)
    return cx.Survey(
        frame,
        touchpoints=[WIFI],
        outcome={"rec": "nps", "back": "binary"},
        scale=cx.Scale(1, 5),
        segments=["who", "hall"],
        time="year",
    )


@pytest.fixture(scope="module")
def results() -> dict[str, object]:
    data = survey()
    halves = {"metric": WIFI, "before": [2021, 2022, 2023], "after": [2024, 2025]}
    return {
        "impact": cx.before_after(data, adjust=["who"], **halves),
        "impact did": cx.difference_in_differences(data, treated={"hall": 2}, **halves),
        "monitor": cx.monitor(data, metric=WIFI),
        "monitor nps": cx.monitor(data),
        "monitor binary": cx.monitor(data, metric="back"),
        "monitor by": cx.monitor(data, metric=WIFI, by="who"),
    }


CHARTS = {
    "impact": impact_chart,
    "monitor": monitor_chart,
}
KINDS = ["impact", "impact did", "monitor", "monitor by"]


def chart_of(kind: str):
    return CHARTS[kind.split()[0]]


def texts_of(ax) -> list[Text]:
    found = []
    for own in [ax, *ax.child_axes]:
        found += [child for child in own.get_children() if isinstance(child, Text)]
        found += [own.xaxis.label, own.yaxis.label, *own.get_xticklabels()]
        box = own.get_window_extent().padded(3)
        sizes = [(label, label.get_window_extent()) for label in own.get_yticklabels()]
        found += [label for label, size in sizes if box.y0 <= (size.y0 + size.y1) / 2 <= box.y1]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def said(ax) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in texts_of(ax))


@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_draws_on_the_axes_it_is_given(kind, results):
    before = plt.get_fignums()
    ax = Figure(figsize=(8, 5), layout="constrained").subplots()
    assert chart_of(kind)(results[kind], ax) is ax
    assert plt.get_fignums() == before
    assert len(ax.get_title(loc="left")) > 10
    assert len(ax.get_xlabel()) > 10


@pytest.mark.parametrize("kind", KINDS)
def test_labels_keep_apart(kind, results):
    ax = chart_of(kind)(results[kind])
    ax.get_figure().draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    plt.close(ax.get_figure())
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_before_and_after_says_the_change_at_its_end(results):
    ax = impact_chart(results["impact"], Figure().subplots())
    row = results["impact"].table.iloc[0]
    assert f"change +{row['estimate']:.2f} [{row['low']:.2f}, {row['high']:.2f}]" in said(ax)
    assert "before: 2021, 2022 and 2023" in said(ax)
    assert ax.get_ylabel().startswith("Wireless network")


def test_the_counterfactual_is_dashed_and_ends_below_by_the_effect(results):
    result = results["impact did"]
    ax = impact_chart(result, Figure().subplots())
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    after = result.cells.set_index(["group", "period"]).loc[("treated", "after"), "mean"]
    assert len(dashed) == 1
    assert dashed[0].get_ydata()[1] == pytest.approx(after - result.estimate)
    assert "had it changed like the others" in said(ax)


def test_a_clear_step_is_a_triangle_with_words(results):
    result = results["monitor"]
    ax = monitor_chart(result, Figure().subplots())
    clear = result.table[result.table["q_value"] < 0.05]
    assert [line.get_marker() for line in ax.lines].count("^") == len(clear) > 0
    assert f"(+{clear['change'].iloc[0]:.2f})" in said(ax)


def test_units_stand_on_the_axis(results):
    ylabels = {
        kind: monitor_chart(results[kind], Figure().subplots()).get_ylabel()
        for kind in ("monitor", "monitor nps", "monitor binary")
    }
    assert " ".join(ylabels["monitor"].split()) == f"{WIFI} satisfaction, mean score (1 to 5)"
    assert ylabels["monitor nps"] == "rec, NPS points (-100 to 100)"
    assert ylabels["monitor binary"] == "back, % of answers"


def test_a_hidden_wave_is_marked(results):
    frame = results["monitor"].table.copy()
    frame.loc[2, ["value", "low", "high", "change", "q_value"]] = np.nan
    frame.loc[2, "n"] = pd.NA
    ax = Figure().subplots()
    journey_charts._series(ax, frame, journey_charts.find_metric(results["monitor"].survey, WIFI))
    assert "n < 5" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("kind", ["impact did", "monitor"])
def test_a_picture_is_a_png_with_alternative_text(kind, results):
    data, text = charts.picture(results[kind])
    assert data.startswith(b"\x89PNG")
    assert str(results[kind]) in text
