"""The picture of slopes within places and between: two marks a touchpoint, by what is clear."""

from __future__ import annotations

from matplotlib.figure import Figure

from cxlens.common.pictures import alt_text
from cxlens.common.style import BLUE, GREY, ORANGE
from cxlens.stages.drivers.within_chart import KEY, within_dots
from tests.stages.drivers.test_within import asked, hotels


def test_each_touchpoint_has_a_mark_within_and_one_between():
    view = asked(hotels())
    inside, outside = within_dots(view)
    assert view.table["touchpoint"].tolist() == ["room", "food", "lobby"]
    assert [(dot.marker, dot.colour, dot.filled) for dot in inside] == [
        ("o", BLUE, True),
        ("o", GREY, False),
        ("o", GREY, False),
    ]
    assert [(dot.marker, dot.colour, dot.filled) for dot in outside] == [
        ("D", GREY, False),
        ("D", GREY, False),
        ("D", ORANGE, True),
    ]
    for dots, name in ((inside, "within"), (outside, "between")):
        for dot, row in zip(dots, view.table.to_dict("records"), strict=True):
            assert (dot.low, dot.value, dot.high) == (row[f"{name}_low"], row[name], row[f"{name}_high"])


def test_the_picture_shows_the_finding_the_key_and_the_kinds():
    view = asked(hotels())
    ax = view.plot()
    assert isinstance(ax.figure, Figure)
    texts = [text.get_text() for text in ax.figure.findobj(match=lambda one: hasattr(one, "get_text"))]
    joined = " ".join(" ".join(texts).split())
    assert " ".join(view.finding.title.split()) in joined
    assert " ".join(KEY.split()) in joined
    assert "clear within" in texts
    assert "mark of good places" in texts
    assert ax.get_xlabel() == "y, points per point"
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    assert [line.get_marker() for line in lines] == ["o", "o", "o", "D", "D", "D"]
    assert "Side of the drivers. By hotel, lobby is a mark of good places" in alt_text(view)


def test_a_picture_without_slopes_between_has_the_others_only():
    view = asked(hotels(places=7))
    ax = view.plot()
    drawn = [line for line in ax.lines if len(line.get_xdata()) == 3 and line.get_marker() == "o"]
    assert len(drawn) == 3
