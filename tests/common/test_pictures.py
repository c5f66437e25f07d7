from __future__ import annotations

import dataclasses
import html
import io
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.stages.baseline.charts import baseline_chart
from cxlens.stages.drivers.charts import drivers_chart
from cxlens.stages.improve.charts import quick_wins_chart, what_if_chart

HALL = "Waiting for the service desk number {} in the main hall"


def survey_of(p: int, n: int = 300) -> cx.Survey:
    rng = np.random.default_rng(1)
    names = [HALL.format(i) if i % 2 else f"Touchpoint {i}" for i in range(p)]
    base = 3.6 + 0.6 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, p))
    frame = pd.DataFrame(np.clip(np.round(base), 1, 5), columns=names)
    frame["rec"] = np.clip(np.round(7.5 + 1.5 * (base[:, 0] - 3.6) + rng.normal(size=n)), 0, 10)
    frame["who"] = rng.choice(["business", "leisure", "crew"], n)
    return cx.Survey(frame, touchpoints=names, outcome={"rec": "nps"}, scale=cx.Scale(1, 5), segments=["who"])


def map_of(names: tuple[str, ...]) -> cx.TouchpointMap:
    lifecycle = cx.Lifecycle([cx.Stage("before", ["park easily"]), "during", "after the journey", "later"])
    return cx.TouchpointMap(
        [
            cx.Touchpoint(
                name,
                stage=lifecycle.names[i % 3],
                channel=["web", "desk"][i // 3 % 2],
                volume=100 * i,
                standards=[cx.Standard("mean", [3.3, 3.6, 3.9][i % 3])],
            )
            for i, name in enumerate(names)
        ],
        lifecycle,
    )


def initiatives(names: tuple[str, ...], k: int) -> pd.DataFrame:
    size = np.arange(k)
    frame = pd.DataFrame({"name": [f"Initiative number {i}" for i in size]})
    frame["touchpoints"] = [names[i % len(names)] for i in size]
    for end, factor in (("low", 0.7), ("likely", 1.0), ("high", 1.4)):
        frame[f"lift_{end}"], frame[f"effort_{end}"] = 0.4 * factor, (2 + size * 7 % 23) * factor
    return frame.assign(owner="Operations", effort_unit="weeks")


def forty(found: object) -> object:
    """Drivers with their rows four times over: exact importance itself takes 25 touchpoints at most."""
    parts = [found.table.assign(touchpoint=found.table["touchpoint"] + f", hall {k}") for k in range(4)]
    order = ["segment", "importance"] if found.by else ["importance"]
    table = pd.concat(parts).sort_values(order, ascending=[name == "segment" for name in order], ignore_index=True)
    asked = found.record.asked._replace(names=tuple(dict.fromkeys(table["touchpoint"])))
    return dataclasses.replace(found, table=table, record=dataclasses.replace(found.record, asked=asked))


@pytest.fixture(scope="module")
def results() -> dict[str, object]:
    few, many = survey_of(10), survey_of(40)
    found, parts = cx.drivers(few, n_boot=50), cx.drivers(few, by="who", n_boot=20)
    return {
        "baseline": cx.baseline(few, map_of(few.touchpoints)),
        "baseline without standards": cx.baseline(few),
        "baseline by": cx.baseline(few, map_of(few.touchpoints), by="who", min_n=100),
        "baseline 40": cx.baseline(many, map_of(many.touchpoints)),
        "baseline 40 by": cx.baseline(many, map_of(many.touchpoints), by="who"),
        "drivers": found,
        "drivers without resamples": cx.drivers(few, n_boot=0),
        "drivers by": parts,
        "drivers 40 by": forty(parts),
        "what if": cx.what_if(found, {few.touchpoints[0]: 0.5, few.touchpoints[1]: -0.2}),
        "what if by": cx.what_if(parts, {few.touchpoints[1]: 0.5}),
        "quick wins": cx.quick_wins(found, initiatives(few.touchpoints, 10)),
        "quick wins 40": cx.quick_wins(found, initiatives(few.touchpoints, 40)),
    }


CHARTS = {
    "baseline": baseline_chart,
    "drivers": drivers_chart,
    "what if": what_if_chart,
    "quick wins": quick_wins_chart,
}
KINDS = [
    "baseline", "baseline without standards", "baseline by", "baseline 40", "baseline 40 by", "drivers",
    "drivers without resamples", "drivers by", "drivers 40 by", "what if", "what if by", "quick wins",
    "quick wins 40",
]  # fmt: skip


def chart_of(kind: str):
    return next(chart for name, chart in CHARTS.items() if kind.startswith(name))


def words(ax: Axes) -> list[Text]:
    """The texts one sees, panels included; tick labels beyond the ends of an axis are not drawn."""
    found = []
    for own in [ax, *ax.child_axes]:
        found += [child for child in own.get_children() if isinstance(child, Text)]
        found += [own.xaxis.label, own.yaxis.label]
        box = own.get_window_extent().padded(3)
        for label in [*own.get_xticklabels(), *own.get_yticklabels()]:
            size = label.get_window_extent()
            x, y = (size.x0 + size.x1) / 2, (size.y0 + size.y1) / 2
            across = label in own.get_xticklabels()
            if (box.x0 <= x <= box.x1) if across else (box.y0 <= y <= box.y1):
                found.append(label)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def overlaps(ax: Axes) -> list[tuple[str, str]]:
    ax.get_figure().draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in words(ax)]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def outside(ax: Axes) -> list[str]:
    frame = ax.get_figure().bbox.padded(2)
    boxes = {text.get_text(): Text.get_window_extent(text) for text in words(ax)}
    return [
        text
        for text, box in boxes.items()
        if box.x0 < frame.x0 or box.x1 > frame.x1 or box.y0 < frame.y0 or box.y1 > frame.y1
    ]


@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_draws_on_the_axes_it_is_given(kind, results):
    before = plt.get_fignums()
    ax = Figure(figsize=(8, 5), layout="constrained").subplots()
    assert chart_of(kind)(results[kind], ax) is ax
    assert plt.get_fignums() == before
    assert len(ax.get_title(loc="left")) > 10
    assert len(ax.get_xlabel()) > 10


@pytest.mark.parametrize("kind", KINDS)
def test_labels_keep_apart_and_inside(kind, results):
    ax = chart_of(kind)(results[kind])
    assert ax.get_figure().get_figwidth() == 8
    found = overlaps(ax), outside(ax)
    plt.close(ax.get_figure())
    assert found == ([], [])


def test_no_style_is_set_globally(results):
    before = dict(plt.rcParams)
    charts.picture(results["drivers"])
    assert dict(plt.rcParams) == before


def test_plot_of_a_result_draws_its_chart(results):
    ax = Figure().subplots()
    assert results["drivers"].plot(ax=ax) is ax


def test_what_is_not_told_from_zero_is_grey_open_and_said(results):
    table = results["drivers"].table.assign(q_value=0.001, coef=1.0)
    table.loc[1, "q_value"] = 0.5
    table.loc[2, "coef"] = -1.0
    ax = drivers_chart(dataclasses.replace(results["drivers"], table=table), Figure().subplots())
    marks = {line.get_ydata()[0]: line for line in ax.lines if line.get_marker() not in {"None", None}}
    texts = [text.get_text() for text in ax.texts]
    assert marks[0].get_markerfacecolor() == "#0072B2"
    assert marks[1].get_markerfacecolor() == "white"
    assert (marks[2].get_marker(), marks[2].get_color()) == ("v", "#D55E00")
    assert texts.count("no clear link") == 1
    assert texts.count("higher score, lower outcome") == 1


def test_panels_share_their_order_and_more_than_six_are_counted():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, (400, 2)), columns=["web", "desk"])
    frame = frame.assign(rec=rng.normal(size=400), who=[f"group {k % 8}" for k in range(400)])
    survey = cx.Survey(frame, touchpoints=["web", "desk"], outcome="rec", scale=cx.Scale(1, 5), segments=["who"])
    ax = drivers_chart(cx.drivers(survey, by="who", n_boot=0), Figure(figsize=(8, 5)).subplots())
    heads = [panel.get_title("left") for panel in ax.child_axes]
    assert len(heads) == 6
    assert all(head.startswith(f"group {k}") for k, head in enumerate(heads))
    assert any("and 2 more in the table" in " ".join(text.get_text().split()) for text in ax.texts)


@pytest.mark.parametrize("kind", ["what if", "quick wins"])
def test_a_picture_is_a_png_with_alternative_text(kind, results):
    before = plt.get_fignums()
    data, text = charts.picture(results[kind], width=6.0)
    assert imread(io.BytesIO(data)).shape[1] == 660
    assert str(results[kind]) in text
    assert "\n" not in text
    assert plt.get_fignums() == before


def test_alternative_text_tells_the_first_rows(results):
    result = results["baseline"]
    row = result.table.sort_values("mean").iloc[0]
    text = charts.alt_text(result)
    assert text.startswith("Scorecard of touchpoints. Touchpoint 0, ")
    assert " share the lowest rating: " in text
    assert f"{row['touchpoint']} {row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}];" in text


FINDING = Finding("St. Mary's desk leads", "3.5", "[3.1, 3.9]", "of 5", "in 9 of 10", "40", "No. 3 > 4 is not counted")


def side(rows: pd.DataFrame) -> View:
    return View("drivers/dominance", rows, FINDING, "", None)


def test_alternative_text_joins_the_kind_all_parts_of_the_finding_and_five_rows():
    names = ["Call: hold; wait", "Price ($) 50% of $20", "c", "d", "e", "not told"]
    rows = pd.DataFrame({"touchpoint": names, "difference": 0.5, "low": [0.1, np.nan, 0, 0, 0, 0], "high": 0.9})
    assert charts.alt_text(side(rows)) == (
        "Side of the drivers. St. Mary's desk leads 3.5 [3.1, 3.9] of 5; in 9 of 10. No. 3 > 4 is not counted. n = 40. "
        "Call: hold; wait 0.50 [0.10, 0.90]; Price ($) 50% of $20 0.50; c 0.50 [0.00, 0.90]; d 0.50 [0.00, 0.90]; "
        "e 0.50 [0.00, 0.90]."
    )


def test_alternative_text_of_an_empty_table_ends_with_the_finding():
    rows = pd.DataFrame({"touchpoint": [], "difference": []})
    assert charts.alt_text(side(rows)) == f"Side of the drivers. {FINDING}"


def test_an_interval_is_that_of_the_figure_and_a_segment_goes_first():
    row = {"segment": "crew", "touchpoint": "Web\nsite", "difference": 2.0, "difference_low": 1.0, "low": 7.0}
    rows = pd.DataFrame([{**row, "difference_high": 3.0, "high": 9.0}])
    assert charts.alt_text(side(rows)).endswith(" crew: Web site 2.00 [1.00, 3.00].")


def test_a_picture_as_svg_tells_what_it_shows(results):
    image, text = charts.picture(results["what if"], form="svg")
    words = image.decode()
    assert '<svg role="img" ' in words
    assert f"</title>\n <desc>{html.escape(text)}</desc>" in words
    assert words == charts.picture(results["what if"], form="svg")[0].decode()


def test_there_is_no_picture_of_anything_else():
    with pytest.raises(cx.CxlensError) as error:
        charts.picture(3)
    assert str(error.value) == (
        "there is no picture or widget of an object of type int. Results of the verbs, their sides and maps have both."
    )
