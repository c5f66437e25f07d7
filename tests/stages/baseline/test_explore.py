"""The widget of a map: filters ask for a part of it, buttons open cards, and all of it says the same as the verb."""

from __future__ import annotations

import base64
import html
import re

import numpy as np
import pandas as pd
import pytest
from ipywidgets import HTML, Button, VBox

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.stages.baseline.explore import PALE, SHADES, MapExplorer, MapPart, explore_map, part_of_map, touchpoint_card
from cxlens.stages.baseline.map_chart import Sight, states_of


@pytest.fixture(scope="module")
def whole() -> cx.TouchpointMap:
    gate = cx.Touchpoint(
        "Gate",
        stage="board",
        channel="site",
        owner="Operations",
        process="boarding",
        needs=["know when", cx.Need("feel <safe>", lever=True)],
        standards=[cx.Standard("mean", 4), cx.Standard("waiting time", 10, unit="minutes", better="lower")],
        volume=12000,
        cost_per_contact=1.5,
    )
    web = cx.Touchpoint("Web <site>", stage="plan", channel="online", controllable=False)
    desk = cx.Touchpoint("Desk", stage="arrive", channel="site", standards=[cx.Standard("mean", 1.5)])
    return cx.TouchpointMap([web, desk, gate], cx.Lifecycle(["plan", cx.Stage("arrive", ["a <b>"]), "board"]))


@pytest.fixture(scope="module")
def results(whole):
    """Simulated: the outcome follows the gate."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({name: rng.integers(1, 6, 300) for name in ("Desk", "Gate")})
    frame["y"] = frame["Gate"] + rng.normal(0, 1, 300)
    survey = cx.Survey(frame, touchpoints=["Desk", "Gate"], outcome="y", scale=cx.Scale(1, 5))
    return cx.baseline(survey, whole), cx.drivers(survey, n_boot=30)


@pytest.fixture
def explorer(whole, results, monkeypatch) -> MapExplorer:
    """The widget with what would be drawn in place of the picture, which has tests of its own."""
    monkeypatch.setattr(charts, "picture", lambda seen: (b"", f"{seen.lanes}, {seen.shown}: {seen}"))
    return whole.explore(*results)


def shown(explorer) -> list[str]:
    cells = [cell for cell in explorer.grid.children if isinstance(cell, VBox)]
    assert all(isinstance(button, Button) for cell in cells for button in cell.children)
    return [button.description for cell in cells for button in cell.children]


def not_pale(explorer) -> tuple[str, ...]:
    """The touchpoints that the controls ask for, as the grid shows them."""
    return tuple(name for name, button in explorer.buttons.items() if PALE not in button._dom_classes)


def words(explorer) -> list[str]:
    """The texts of the grid that are no buttons."""
    texts = [cell.value for cell in explorer.grid.children if isinstance(cell, HTML)]
    return [html.unescape(re.sub("<style>.*</style>|<[^>]*>", "", text)) for text in texts]


def test_the_widget_opens_with_the_whole_map(whole, results) -> None:
    explorer = whole.explore(*results)
    assert explorer.result == MapPart(whole, whole.names)
    assert part_of_map(explorer.data, **explorer.params) == explorer.result
    assert explorer.message.value == ""
    assert explorer.children[-1] is explorer.picture
    assert explorer.grid in explorer.children
    kind, png = re.search(r'src="([^"]*)"', explorer.picture.value)[1].split(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(png) == charts.picture(Sight(whole, *results))[0]
    alt = html.unescape(re.search(r'alt="([^"]*)"', explorer.picture.value)[1])
    assert alt.startswith("Map of touchpoints by stage and lane. Below standard where it matters: Gate.")
    assert "Below standard where it matters: Gate. Map of 3 touchpoints" in explorer.sentence.value


def test_the_map_is_a_grid_of_buttons_in_stages_and_lanes(explorer, whole, results) -> None:
    means = results[0].table.set_index("touchpoint")["mean"]
    assert shown(explorer) == ["□ Web <site>", f"● Desk {means['Desk']:.2f}", f"▼ Gate {means['Gate']:.2f} !★"]
    assert words(explorer) == [
        "", "plan", "arrive", "board", "online", "site", "needs without a touchpoint", "", "a <b>", "",
    ]  # fmt: skip
    key = explorer.children[list(explorer.children).index(explorer.grid) + 1]
    assert key.value == (
        "▼ clearly below its standard; ● meets it; □ no score; ! pain point that matters; ★ moment of truth"
        "<p>Press a touchpoint for all that is known of it.</p>"
    )
    assert explorer.grid.layout.grid_template_columns == "7em repeat(3, minmax(7.5em, 1fr))"
    assert len(explorer.grid.children) == 4 * 4 + 1
    assert [button.tooltip for button in explorer.buttons.values()] == [
        "Web <site>: no score", "Desk: meets it", "Gate: clearly below its standard, matters, moment of truth",
    ]  # fmt: skip
    colours = [button.style.button_color for button in explorer.buttons.values()]
    assert colours == ["#EDEDED", SHADES["meets"], SHADES["below"]]


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.parametrize("shade", [*SHADES.values(), "#EDEDED"])
def test_text_has_contrast_on_every_shade(shade) -> None:
    assert (luminance(shade) + 0.05) / (luminance("#222222") + 0.05) > 7


def test_a_click_opens_the_card_with_all_that_is_known(explorer, results) -> None:
    assert (explorer.details.value, explorer.details.layout.display) == ("", "none")
    explorer.buttons["Web <site>"].click()
    assert "Web &lt;site&gt;, on stage plan." in explorer.details.value
    assert '<td>can be changed</td><td class="short">no</td>' in explorer.details.value
    assert "owner" not in explorer.details.value
    before = explorer.result
    explorer.buttons["Gate"].click()
    assert explorer.result is before
    score = results[0].table.set_index("touchpoint").loc["Gate"]
    weight = results[1].table.set_index("touchpoint").loc["Gate"]
    ends = [100 * weight[f"importance_{end}"] for end in ("low", "high")]
    for text in (
        "Gate, on stage board.",
        '<td>state</td><td class="long">clearly below its standard</td>',
        f"{score['mean']:.2f} [{score['low']:.2f}, {score['high']:.2f}] (95 % interval), n = 300; top box",
        '<td>standard met</td><td class="long">with probability under 0.01</td>',
        f"{100 * weight['importance']:.2f} [{ends[0]:.2f}, {ends[1]:.2f}] points of the differences in y; a moment of",
        "know when; feel &lt;safe&gt; (lever)",
        "Operations",
        "boarding",
        "12,000",
        "1.50",
        "mean = 4; waiting time &lt;= 10 minutes",
    ):
        assert text in explorer.details.value
    explorer.buttons["Desk"].click()
    assert "; no clear link" in explorer.details.value


def test_the_card_stands_below_the_lane_of_what_was_clicked(explorer) -> None:
    card = explorer.details.layout
    explorer.buttons["Web <site>"].click()
    assert (card.display, card.grid_area) == (None, "3 / 1 / auto / -1")
    explorer.buttons["Gate"].click()
    assert card.grid_area == "4 / 1 / auto / -1"  # stages, online, site
    explorer.controls["lanes"].value = "owner"
    assert "Gate, on stage board." in explorer.details.value
    explorer.controls["owner"].value = "Operations"
    assert card.display is None
    explorer.controls["owner"].value = ""
    explorer.controls["stage"].value = "plan"
    assert (explorer.details.value, card.display) == ("", "none")  # it is not asked for any more


@pytest.mark.parametrize(
    ("control", "value", "keyword", "names"),
    [
        ("stage", "board", {"stage": "board"}, ("Gate",)),
        ("channel", "site", {"channel": "site"}, ("Desk", "Gate")),
        ("owner", "Operations", {"owner": "Operations"}, ("Gate",)),
        ("pain", True, {"only": ("Gate",)}, ("Gate",)),
    ],
)
def test_a_control_asks_for_a_part_of_the_map(control, value, keyword, names, explorer, whole) -> None:
    source = explorer.picture.value
    explorer.controls[control].value = value
    assert explorer.message.value == ""
    assert {name: said for name, said in explorer.params.items() if said is not None} == keyword
    assert explorer.result == part_of_map(whole, **explorer.params)
    assert explorer.result.names == names
    assert explorer.result.table["touchpoint"].tolist() == list(names)
    assert not_pale(explorer) == names
    assert explorer.picture.value != source
    explorer.controls[control].value = {"pain": False}.get(control, "")
    assert explorer.result == MapPart(whole, whole.names)
    assert explorer.result.table.equals(whole.table)
    assert not_pale(explorer) == whole.names


@pytest.mark.parametrize(
    ("control", "value"), [("stage", "board"), ("channel", "site"), ("owner", "Operations"), ("pain", True)]
)
def test_what_is_not_asked_for_is_no_gap(control, value, explorer, whole) -> None:
    sentence, texts, buttons = explorer.sentence.value, words(explorer), shown(explorer)
    explorer.controls[control].value = value
    pd.testing.assert_frame_equal(explorer.result.gaps(), whole.gaps())
    assert explorer.sentence.value == sentence  # 1 need is met nowhere, whatever is asked for
    assert words(explorer) == texts
    assert shown(explorer) == buttons


def test_lanes_change_the_picture_and_the_grid_alone(explorer, whole) -> None:
    source, result = explorer.picture.value, explorer.result
    explorer.controls["lanes"].value = "owner"
    assert explorer.result is result
    assert explorer.picture.value != source
    assert words(explorer)[4:6] == ["no owner", "Operations"]


def test_each_control_says_what_it_is(explorer) -> None:
    for control in explorer.controls.values():
        assert control.description.strip()
        assert not control.description_allow_html


def test_what_cannot_be_is_said_and_the_last_answer_stays(explorer) -> None:
    explorer.controls["stage"].value = "plan"
    result, cells = explorer.result, shown(explorer)
    explorer.controls["channel"].value = "site"
    assert html.unescape(re.sub("<[^>]*>", "", explorer.message.value)) == (
        "Not possible: no touchpoint on stage 'plan' uses channel 'site'. There: Web <site> (online)."
    )
    assert explorer.result is result
    assert shown(explorer) == cells
    explorer.controls["channel"].value = ""
    assert explorer.message.value == ""


def test_without_scores_there_are_names_alone(whole, monkeypatch) -> None:
    monkeypatch.setattr(charts, "picture", lambda seen: (b"", str(seen)))
    explorer = explore_map(whole)
    assert shown(explorer) == ["Web <site>", "Desk", "Gate"]
    assert explorer.buttons["Gate"].tooltip == "Gate: show its card"
    explorer.controls["pain"].value = True
    assert "no pain point on the map.<" in explorer.message.value
    row = states_of(whole).set_index("touchpoint", drop=False).loc["Gate"].to_dict()
    assert "score" not in touchpoint_card(Sight(whole), row)


def test_a_wrong_result_is_refused(whole, results) -> None:
    with pytest.raises(cx.CxlensError) as error:
        whole.explore(results[1])
    assert str(error.value) == (
        "performance takes a Baseline, not a Drivers. Make one: cx.baseline(survey, touchpoint_map)."
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"channel": "phone"},
         "no touchpoint on the map uses channel 'phone'. There: Web <site> (online), Desk (site), "
         "Gate (site, Operations)."),
        ({"stage": "plan", "owner": "me", "channel": "site"},
         "no touchpoint on stage 'plan' uses channel 'site' and belongs to 'me'. There: Web <site> (online)."),
        ({"only": ["Gate"], "stage": "plan"}, "no pain point on stage 'plan'."),
    ],
)  # fmt: skip
def test_part_of_map_says_what_is_not_there(asked, message, whole) -> None:
    with pytest.raises(cx.CxlensError) as error:
        part_of_map(whole, **asked)
    assert str(error.value) == message
