"""The picture of dominance: what the matrix shows, and that it can be read."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.stages.drivers.dominance_chart import Cell, dominance_chart, matrix_cells


def simulated(p: int, n: int = 200) -> cx.Survey:
    """Simulated answers about touchpoints whose names are long."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, p)) + rng.normal(size=(n, 1))
    names = [f"Waiting for the service desk {i}" for i in range(p)]
    frame = pd.DataFrame(x, columns=names)
    frame["y"] = x @ np.linspace(1, 0, p) + 2 * rng.normal(size=n)
    frame["who"] = rng.choice(["one", "two"], n)
    return cx.Survey(frame, touchpoints=names, outcome="y", segments=["who"])


def overlaps(ax: Axes) -> list[tuple[str, str]]:
    """Pairs of texts that cover one another, by more than a pixel."""
    ax.figure.draw_without_rendering()
    texts = [text for text in ax.figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    boxes = np.array([text.get_window_extent().padded(-1).extents for text in texts])
    left, bottom, right, top = boxes.T
    across = (left[:, None] <= right) & (left <= right[:, None])
    upright = (bottom[:, None] <= top) & (bottom <= top[:, None])
    pairs = np.argwhere(np.triu(across & upright, 1))
    return [(texts[i].get_text(), texts[j].get_text()) for i, j in pairs]


@pytest.mark.parametrize("p", [2, 12, 20])
def test_the_matrix_can_be_read(p):
    view = cx.drivers(simulated(p), n_boot=4 if p < 13 else 0).dominance()
    ax = dominance_chart(view)
    assert overlaps(ax) == []
    numbers = [text for text in ax.texts if text.get_text().isdigit()]
    assert len(numbers) == p * (p - 1)
    assert min(text.get_fontsize() for text in numbers) >= 6
    assert ax.figure.get_figwidth() == 8


@pytest.mark.parametrize(("p", "width"), [(40, 8), (23, 8), (12, 3.5)])
def test_numbers_that_could_not_be_read_are_left_out_and_that_is_said(p, width):
    view = cx.drivers(simulated(p), n_boot=0, method="relative weights").dominance()
    ax = Figure(figsize=(width, 0.5)).subplots()
    dominance_chart(dataclasses.replace(view, table=view.table.assign(complete=np.nan, p_general=1.0)), ax)
    assert overlaps(ax) == []
    numbers = [text for text in ax.texts if text.get_text().isdigit()]
    assert len(numbers) in {0, p * (p - 1)}
    assert all(text.get_fontsize() >= 5 for text in numbers)
    told = " ".join(ax.get_xlabel().split())
    assert told.endswith("The darker, the more; the table has the figures") is not bool(numbers)
    assert bool(numbers) is (p < 40)


def test_the_matrix_shows_the_table():
    view = cx.drivers(simulated(3), n_boot=10).dominance()
    order = view.table["touchpoint"].unique().tolist()
    ax = dominance_chart(view)
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"{i}. {n}" for i, n in enumerate(order, 1)]
    shown = {text.get_position(): text for text in ax.texts}
    for row in view.table.itertuples():
        text = shown[order.index(row.over), order.index(row.touchpoint)]
        assert text.get_text() == f"{100 * row.complete:.0f}"
        assert (text.get_fontweight() == "bold") == (row.complete == 1 and row.p_complete >= 0.95)
    assert " ".join(ax.get_title(loc="left").split()) == view.finding.title


def test_only_all_subsets_are_a_hundred():
    view = cx.drivers(simulated(2), n_boot=0).dominance()
    table = view.table.assign(complete=[0.9996, 0.0004])
    ax = dominance_chart(dataclasses.replace(view, table=table))
    assert sorted(text.get_text() for text in ax.texts if text.get_text().isdigit()) == ["1", "99"]


def test_the_matrix_falls_back_on_importance():
    ax = dominance_chart(cx.drivers(simulated(21), method="relative weights", n_boot=4).dominance())
    assert ax.get_xlabel().startswith("Share of resamples, in %")
    assert overlaps(ax) == []


def test_a_matrix_for_each_segment():
    ax = dominance_chart(cx.drivers(simulated(4), by="who", n_boot=0).dominance())
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["one", "two"]
    assert " ".join(ax.get_title(loc="left").split()).startswith("Which touchpoint dominates which, by who: ")
    assert overlaps(ax) == []


def test_a_lone_touchpoint_has_an_empty_matrix():
    ax = dominance_chart(cx.drivers(simulated(1), n_boot=0).dominance())
    assert not [text for text in ax.texts if text.get_text().isdigit()]


def test_pictures_are_drawn_where_they_are_asked_to():
    _, ax = plt.subplots()
    assert dominance_chart(cx.drivers(simulated(3), n_boot=0).dominance(), ax) is ax


def test_long_names_come_out_whole_on_several_lines():
    survey = simulated(12)
    names = [f"Reception {k}: asking for a late check-out, by phone (after 22:00)" for k in range(12)]
    renamed = survey.table.rename(columns=dict(zip(survey.touchpoints, names, strict=True)))
    view = cx.drivers(cx.Survey(renamed, touchpoints=names, outcome="y"), n_boot=4).dominance()
    ax = dominance_chart(view)
    shown = [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]
    assert shown == [f"{k}. {name}" for k, name in enumerate(view.table["touchpoint"].unique(), 1)]
    assert {label.get_fontsize() for label in ax.get_yticklabels()} == {8.5}
    assert overlaps(ax) == []


def test_cells_are_the_pairs_of_the_table():
    view = cx.drivers(simulated(3), n_boot=40).dominance()
    order = view.table["touchpoint"].unique().tolist()
    cells = matrix_cells(view.table, order, "complete")
    pairs = view.table.to_dict("records")
    assert [(order[cell.row], order[cell.column]) for cell in cells] == [(p["touchpoint"], p["over"]) for p in pairs]
    assert [cell.share for cell in cells] == [pair["complete"] for pair in pairs]
    assert [cell.surely_always for cell in cells] == [
        pair["complete"] == 1 and pair["p_complete"] >= 0.95 for pair in pairs
    ]
    assert {cell.surely_always for cell in cells} == {True, False}


def test_a_share_that_is_always_but_not_surely_is_not_bold():
    pair = {"touchpoint": "a", "over": "b", "complete": 1.0}
    for p_complete, bold in ((0.94, "normal"), (0.95, "bold"), (np.nan, "normal")):
        (cell,) = matrix_cells(pd.DataFrame([{**pair, "p_complete": p_complete}]), ["a", "b"], "complete")
        assert (cell.row, cell.column, cell.text, cell.weight) == (0, 1, "100", bold)


def test_numbers_are_white_on_dark_cells_only():
    assert [Cell(0, 1, share, False).colour for share in (0.0, 0.6, 0.61, 1.0)] == ["#222222", "#222222"] + [
        "white"
    ] * 2


def test_the_shade_of_a_cell_is_its_share():
    view = cx.drivers(simulated(3), n_boot=0).dominance()
    ax = dominance_chart(view)
    (image,) = ax.images
    order = view.table["touchpoint"].unique().tolist()
    for pair in view.table.itertuples():
        assert image.get_array()[order.index(pair.touchpoint), order.index(pair.over)] == pair.complete
    light, dark = image.cmap(image.norm(0.0)), image.cmap(image.norm(1.0))
    assert light[:3] == (1, 1, 1)
    assert dark[0] < 0.3


def test_names_with_signs_of_mathematics_stay_whole():
    survey = simulated(2)
    names = ["Price ($) 50% of $20", "No. 3 > 4: hold; wait"]
    renamed = cx.Survey(
        survey.table.rename(columns=dict(zip(survey.touchpoints, names, strict=True))), touchpoints=names, outcome="y"
    )
    ax = dominance_chart(cx.drivers(renamed, n_boot=0).dominance())
    labels = ax.get_yticklabels()
    assert [label.get_text() for label in labels] == [f"{i}. {name}" for i, name in enumerate(names, 1)]
    assert not any(label.get_parse_math() for label in labels)
    assert names[0] in " ".join(ax.get_title(loc="left").split())
