"""The widget of every result: what it asks, what it remembers, what it says."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from ipywidgets import FloatText

from cxlens.common import explorer as module
from cxlens.common import pictures
from cxlens.common.explorer import ALERT, ALL, BUSY, DIMMED, OLD, Explorer, dropdown, text_style
from cxlens.common.keys import Keys
from cxlens.common.saved import svg_image
from cxlens.common.slide import Slide
from cxlens.errors import ValuesError

DATA = object()


class Doubled:
    """A verb that doubles a number, refuses 13, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, data: object, **params: Any) -> str:
        assert data is DATA
        self.asked.append(params)
        if params["n"] == 13:
            raise ValuesError("n=13 <is> no number.")
        return f"{2 * params['n']:g}"


@pytest.fixture
def verb() -> Doubled:
    return Doubled()


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures in no time."""
    monkeypatch.setattr(pictures, "picture", lambda seen: (str(seen).encode(), f'of "{seen}"'))


def widget(verb: Callable[..., Any], **options: Any) -> Explorer:
    controls = {
        "n": dropdown("Number", [("three", 3), ("four", 4), ("thirteen", 13)], 3),
        "look": dropdown("Look", [("plain", ""), ("loud", "!")], ""),
    }
    return Explorer(
        verb,
        "6",
        controls,
        data=lambda _: DATA,
        params=lambda said: {"n": said["n"]},
        seen=lambda result, said: result + said["look"],
        redraw=["look"],
        **options,
    )


def test_it_opens_with_the_result_without_asking(verb):
    explorer = widget(verb)
    assert verb.asked == []
    assert explorer.result == "6"
    assert (explorer.params, explorer.data, explorer.survey) == ({"n": 3}, DATA, DATA)
    assert ">6</p>" in explorer.sentence.value
    assert explorer.message.value == ""


def test_controls_stand_above_the_message_the_sentence_and_the_picture(verb):
    explorer = widget(verb)
    row, keys, *below = explorer.children
    assert isinstance(keys, Keys)
    assert list(row.children) == list(explorer.controls.values())
    assert below == [explorer.message, explorer.sentence, explorer.picture]


def test_a_control_asks_the_verb_again(verb):
    explorer = widget(verb)
    explorer.controls["n"].value = 4
    assert verb.asked == [{"n": 4}]
    assert explorer.result == "8"
    assert ">8</p>" in explorer.sentence.value


def test_where_no_widget_is_shown_its_sentence_and_its_picture_are(verb):
    explorer = widget(verb)
    assert (explorer.said(), explorer.turned()) == ("6", "")
    explorer.controls["look"].value = "!"
    explorer.controls["n"].value = 4
    assert explorer.said() == "8!"
    assert explorer.still() == f"{explorer.picture.value}<p>8!</p>"
    assert explorer.turned() == "Chosen: Number: four; Look: loud."
    drawn = widget(verb, drawn=lambda seen: f'<svg viewBox="0 0 1 1">{seen}</svg>')
    assert drawn.still() == f"{svg_image('6', drawn.picture.value)}<p>6</p>"


def test_each_answer_is_kept_as_the_picture_that_is_saved(verb, monkeypatch):
    explorer = widget(verb)
    kept = []
    monkeypatch.setattr(explorer, "keep", lambda: kept.append(explorer.said()))
    explorer.controls["n"].value = 4
    explorer.controls["n"].value = 13
    assert kept == ["8"]


def test_a_control_of_what_is_seen_asks_nothing(verb):
    explorer = widget(verb)
    explorer.controls["look"].value = "!"
    assert verb.asked == []
    assert explorer.result == "6"
    assert ">6!</p>" in explorer.sentence.value


def test_the_picture_is_that_of_what_is_seen_with_its_text_escaped(verb):
    explorer = widget(verb)
    explorer.controls["look"].value = "!"
    assert explorer.picture.value == (
        '<img alt="of &quot;6!&quot;" style="max-width:100%;height:auto;border-radius:6px" '
        'src="data:image/png;base64,NiE=">'
    )
    assert widget(verb, drawn=lambda seen: f"<svg>{seen}</svg>").picture.value == "<svg>6</svg>"


def test_what_is_refused_is_said_and_the_last_answer_stays(verb):
    explorer = widget(verb)
    explorer.controls["n"].value = 13
    assert explorer.message.value == ALERT.format(html.escape("n=13 <is> no number."))
    assert explorer.result == "6"
    assert ">6</p>" in explorer.sentence.value
    explorer.controls["n"].value = 4
    assert explorer.message.value == ""


def test_it_says_that_it_is_busy_while_the_verb_works():
    heard = []
    explorer = widget(lambda _, n: heard.append(explorer.message.value) or str(n))
    explorer.controls["n"].value = 4
    assert heard == [BUSY]


def dimmed(explorer: Explorer) -> list[bool]:
    return [OLD in part._dom_classes for part in explorer.of_answer]


def test_the_old_answer_is_dimmed_while_a_new_one_is_on_its_way_or_refused(verb):
    heard = []
    explorer = widget(lambda data, n: (heard.append(dimmed(explorer)), verb(data, n=n))[1])
    assert explorer.of_answer == [explorer.sentence, explorer.picture]
    assert dimmed(explorer) == [False, False]
    explorer.controls["n"].value = 4
    assert (heard, dimmed(explorer)) == ([[True, True]], [False, False])
    explorer.controls["n"].value = 13
    assert dimmed(explorer) == [True, True]
    assert f".{OLD}{{opacity:" in DIMMED
    assert DIMMED in explorer.sentence.value
    explorer.controls["n"].value = 3
    assert dimmed(explorer) == [False, False]


def test_other_faults_are_not_swallowed(verb, monkeypatch):
    explorer = widget(verb)
    monkeypatch.setattr(pictures, "picture", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        explorer.controls["n"].value = 4


def test_a_new_result_can_be_listened_to(verb):
    explorer = widget(verb)
    heard = []
    explorer.observe(lambda change: heard.append(change["new"]), "result")
    explorer.controls["n"].value = 4
    assert heard == ["8"]


def test_a_quick_answer_is_shown_until_the_whole_one_is_there(verb):
    explorer = widget(verb, first=lambda params: {**params, "quick": True})
    explorer.controls["n"].value = 4
    assert verb.asked == [{"n": 4, "quick": True}, {"n": 4}]


class AtOnce:
    """A thread whose work is done when it starts."""

    def __init__(self, target: Callable[[], None], daemon: bool) -> None:  # noqa: ARG002  # of a thread
        self.start = target


def test_answers_made_ahead_are_not_asked_for_again(verb, monkeypatch):
    monkeypatch.setattr(module, "Thread", AtOnce)
    explorer = widget(verb, ahead=True)
    assert verb.asked == [{"n": 4}, {"n": 13}]  # what is shown first is known, and a look asks nothing
    explorer.controls["n"].value = 4
    assert explorer.result == "8"
    explorer.controls["n"].value = 13
    assert "n=13 &lt;is&gt; no number." in explorer.message.value
    explorer.controls["look"].value = "!"  # what is seen makes no other question
    explorer.controls["n"].value = 3
    assert explorer.result == "6"
    assert len(verb.asked) == 2


def test_without_ahead_nothing_is_remembered(verb):
    explorer = widget(verb)
    for value in (4, 3, 4):
        explorer.controls["n"].value = value
    assert verb.asked == [{"n": 4}, {"n": 3}, {"n": 4}]


def test_a_description_with_two_dollars_is_no_mathematics(verb):
    field = FloatText(3, description="Price ($) <50%> of $20", **text_style())
    plain = FloatText(3, description="Price in $", **text_style())
    controls = {"n": field, "other": plain}
    explorer = Explorer(verb, "6", controls, data=lambda _: DATA, params=lambda said: {"n": said["n"]})
    assert explorer.controls["n"].description == (
        '<span class="tex2jax_ignore mathjax_ignore">Price ($) &lt;50%&gt; of $20</span>'
    )
    assert field.description_allow_html
    assert (plain.description, plain.description_allow_html) == ("Price in $", False)
    field.value = 4
    plain.value = 5
    assert explorer.turned() == f"Chosen: {field.description}: 4.0; Price in $: 5.0."


def test_a_slider_shows_its_name_as_it_is(verb):
    slider = Slide(3, 0, 9, "Price ($) <50%> of $20")
    explorer = Explorer(verb, "6", {"n": slider}, data=lambda _: DATA, params=lambda said: said)
    assert slider.description == "Price ($) <50%> of $20"
    slider.value = 4
    assert explorer.turned() == "Chosen: Price ($) &lt;50%&gt; of $20: 4.0."


def test_a_list_shows_its_whole_description_and_everyone_is_a_value():
    field = dropdown("By", [("Everyone", ALL), ("hall", "hall")], ALL)
    assert (field.value, field.index, field.description) == ("", 0, "By")
    assert field.style.description_width == "initial"
    assert field.layout.max_width == "calc(100% - 16px)"  # less its margin: no control leaves a narrow page
