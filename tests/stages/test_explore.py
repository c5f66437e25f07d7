from __future__ import annotations

import base64
import html
import re
from typing import get_args

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import explorer as _explorer
from cxlens.common import pictures as charts
from cxlens.common.explorer import OLD, Explorer
from cxlens.common.slide import Slide
from cxlens.engine.design import Missing
from cxlens.stages.baseline.explore import explore_baseline
from cxlens.stages.drivers.explore import MISSING, SIDES_OF_DRIVERS, explore_drivers
from cxlens.stages.impact.explore import explore_impact, explore_monitor
from cxlens.stages.improve.explore import explore_what_if
from cxlens.stages.improve.forecast_chart import forecast_svg
from cxlens.stages.improve.what_if import WhatIf
from cxlens.stages.journeys.attribution_explore import explore_attribution
from cxlens.stages.journeys.explore import explore_paths

TOUCHPOINTS = ["Web <site>", "Desk", "Gate"]
FRAMES = ("table", "outcomes", "fit", "cells", "variants", "drop_off", "steps", "overall")


@pytest.fixture(scope="module")
def survey() -> cx.Survey:
    rng = np.random.default_rng(7)
    n = 400
    frame = pd.DataFrame({name: rng.integers(1, 6, n) for name in TOUCHPOINTS})
    frame.loc[rng.random(n) < 0.2, "Desk"] = 6
    latent = 0.8 * frame["Gate"] + 0.3 * frame["Web <site>"] + rng.normal(0, 1, n)
    frame["recommend"] = np.clip(np.round(3 + 1.4 * latent), 0, 10).astype(int)
    frame["overall"] = np.clip(np.round(1 + 0.7 * latent), 1, 5).astype(int)
    frame["back"] = (frame["overall"] > 3).astype(int)
    frame["purpose"] = np.where(rng.random(n) < 0.5, "business", "leisure")
    frame["hall"] = np.where(rng.random(n) < 0.5, "A", "B")
    frame["year"] = rng.integers(2013, 2016, n)
    return cx.Survey(
        frame,
        touchpoints=TOUCHPOINTS,
        outcome={"recommend": "nps", "overall": "interval", "back": "binary"},
        scale=cx.Scale(1, 5, not_used=[6]),
        outcome_scale={"overall": cx.Scale(1, 5)},
        segments=["purpose", "hall"],
        time="year",
    )


@pytest.fixture(scope="module")
def found(survey) -> object:
    return cx.drivers(survey, n_boot=60, seed=3)


@pytest.fixture(scope="module")
def whole_map() -> cx.TouchpointMap:
    gate = cx.Touchpoint(
        "Gate",
        stage="board",
        channel="site",
        owner="Operations",
        needs=["know when", cx.Need("feel <safe>", lever=True)],
        standards=[cx.Standard("mean", 4), cx.Standard("waiting time", 10, unit="minutes")],
        volume=12000,
        cost_per_contact=1.5,
    )
    web = cx.Touchpoint("Web <site>", stage="plan", channel="online", controllable=False)
    return cx.TouchpointMap([web, cx.Touchpoint("Desk", stage="arrive", channel="site"), gate],
                            cx.Lifecycle(["plan", "arrive", "board"]))  # fmt: skip


@pytest.fixture(scope="module")
def log() -> cx.JourneyLog:
    ways = [["Web", "Desk", "Gate"], ["Web", "Gate"], ["Desk", "Gate"], ["Web", "Desk"]]
    rows = [
        (customer, step, met, "business" if customer % 2 else "leisure", 1 + customer % 2, int(met == "Gate"))
        for customer in range(30)
        for step, met in enumerate(ways[(customer * customer) % 4 if customer % 2 else customer % 4])
    ]
    events = pd.DataFrame(rows, columns=["who", "nr", "met", "purpose", "terminal", "boarded"])
    return cx.JourneyLog(
        events, customer="who", touchpoint="met", order="nr", outcome="boarded", segments=["purpose", "terminal"]
    )


@pytest.fixture
def fake(monkeypatch):
    """Pictures in no time: what is drawn is tested with the charts; once for each widget below."""

    def picture(result):
        frames = (getattr(result, name) for name in FRAMES if hasattr(result, name))
        return "".join(frame.to_csv() for frame in frames).encode(), f'of "{result}"'

    monkeypatch.setattr(charts, "picture", picture)


def of_baseline(data):
    return cx.baseline(data["survey"], data["map"], min_n=6, level=0.9)


def of_drivers(data):
    return data["found"]


def of_what_if(data):
    return cx.what_if(data["found"], {"Gate": 0.5, "Desk": -0.2})


def of_before_after(data):
    return cx.before_after(data["survey"], metric="Gate", before=2013, after=[2014, 2015], adjust=["purpose"])


def of_did(data):
    return cx.difference_in_differences(
        data["survey"], metric="overall", before=2013, after=2014, treated={"hall": "A"}, level=0.9
    )


def of_monitor(data):
    return cx.monitor(data["survey"], metric="Desk", level=0.8)


def of_paths(data):
    return cx.paths(data["log"], top=2)


def of_attribution(data):
    return cx.attribution(data["log"], order=1, n_boot=20, min_n=1)


# the result, the widget, the verb, a control and what it is set to, the keyword that follows (None: the data do)
CASES = {
    "baseline": (of_baseline, explore_baseline, cx.baseline, "by", "purpose", "by"),
    "baseline by wave": (of_baseline, explore_baseline, cx.baseline, "by", "year", "by"),
    "drivers outcome": (of_drivers, explore_drivers, cx.drivers, "outcome", "overall", "outcome"),
    "drivers method": (of_drivers, explore_drivers, cx.drivers, "method", "relative weights", "method"),
    "drivers missing": (of_drivers, explore_drivers, cx.drivers, "missing", "drop", "missing"),
    "drivers segment": (of_drivers, explore_drivers, cx.drivers, "segment", ("purpose", "business"), None),
    "drivers wave": (of_drivers, explore_drivers, cx.drivers, "segment", ("year", 2014), None),
    "what if": (of_what_if, explore_what_if, cx.what_if, "Web <site>", 1.0, "changes"),
    "what if less": (of_what_if, explore_what_if, cx.what_if, "Gate", 0.0, "changes"),
    "before and after": (of_before_after, explore_impact, cx.before_after, "metric", "recommend", "metric"),
    "before": (of_before_after, explore_impact, cx.before_after, "after", (2015,), "after"),
    "did": (of_did, explore_impact, cx.difference_in_differences, "metric", "Gate", "metric"),
    "did after": (of_did, explore_impact, cx.difference_in_differences, "after", (2015,), "after"),
    "monitor metric": (of_monitor, explore_monitor, cx.monitor, "metric", "back", "metric"),
    "monitor by": (of_monitor, explore_monitor, cx.monitor, "by", "hall", "by"),
    "paths top": (of_paths, explore_paths, cx.paths, "top", 1, "top"),
    "paths segment": (of_paths, explore_paths, cx.paths, "segment", ("purpose", "business"), None),
    "attribution rule": (of_attribution, explore_attribution, cx.attribution, "rule", "markov", "rule"),
    "attribution by": (of_attribution, explore_attribution, cx.attribution, "by", "purpose", "by"),
    "paths terminal": (of_paths, explore_paths, cx.paths, "segment", ("terminal", 2), None),
}
ONCE = {case[1].__name__ + case[0].__name__: case for case in CASES.values()}


@pytest.fixture(scope="module")
def data(survey, found, whole_map, log):
    return {"survey": survey, "found": found, "map": whole_map, "log": log, "made": {}}


def result_of(make, data):
    """A result, made once for all widgets that open with it."""
    if make not in data["made"]:
        data["made"][make] = make(data)
    return data["made"][make]


def assert_same(one, two):
    """The same answer: every frame of it."""
    assert str(one) == str(two)
    for name in FRAMES:
        if hasattr(one, name):
            pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


def words(value) -> str:
    return value.to_csv() if isinstance(value, pd.DataFrame) else repr(value)


def source_of(explorer) -> str:
    if explorer.picture.value.startswith("<svg"):
        return explorer.picture.value
    found = re.search(r'src="([^"]*)"', explorer.picture.value)
    assert found
    return found[1]


@pytest.mark.parametrize("case", ONCE.values(), ids=ONCE)
def test_the_widget_opens_with_the_result_it_was_given(case, data, fake):
    make, open_widget, verb, *_ = case
    result = result_of(make, data)
    explorer = open_widget(result)
    assert explorer.result is result
    assert_same(verb(explorer.data, **explorer.params), result)
    assert explorer.message.value == ""
    assert html.escape(str(result)) in explorer.sentence.value


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_control_asks_the_verb_again(case, data, fake):
    make, open_widget, verb, control, value, keyword = case
    result, said = result_of(make, data), str(result_of(make, data))
    explorer = open_widget(result)
    params, asked, source = explorer.params, explorer.data, source_of(explorer)
    assert explorer.controls[control].value != value
    explorer.controls[control].value = value
    assert explorer.message.value == ""
    assert explorer.result is not result
    assert_same(explorer.result, verb(explorer.data, **explorer.params))
    changed = [name for name, asked_now in explorer.params.items() if words(asked_now) != words(params[name])]
    assert changed == ([keyword] if keyword else [])
    assert (explorer.data is asked) is (keyword is not None)
    assert source_of(explorer) != source
    assert html.escape(str(explorer.result)) in explorer.sentence.value
    assert str(result) == said == str(make(data))  # inputs are as they were


@pytest.mark.parametrize("case", ONCE.values(), ids=ONCE)
def test_each_control_says_what_it_is(case, data, fake):
    explorer = case[1](result_of(case[0], data))
    for name, control in explorer.controls.items():
        assert control.description.strip(), name
        assert not getattr(control, "description_allow_html", False)
        assert getattr(control, "index", 0) is not None, f"{name} shows nothing"


@pytest.mark.parametrize("case", ONCE.values(), ids=ONCE)
def test_the_picture_is_a_png_with_words(case, data):
    result = result_of(case[0], data)
    if isinstance(result, WhatIf):  # drawn as SVG, so that it keeps up with a slider
        assert case[1](result).picture.value == forecast_svg(result)
        return
    explorer = case[1](result)
    kind, png = source_of(explorer).split(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(png).startswith(b"\x89PNG")
    alt = re.search(r'alt="([^"]*)"', explorer.picture.value)
    assert alt
    assert html.unescape(alt[1]) == charts.picture(result)[1]
    assert len(alt[1]) > 20
    assert "max-width:100%" in explorer.picture.value


@pytest.mark.parametrize("case", ONCE.values(), ids=ONCE)
def test_explore_opens_the_widget(case, data, fake):
    assert type(result_of(case[0], data).explore()) is Explorer


REFUSED = {
    "what if": (
        of_what_if,
        {"Gate": 0.0, "Desk": 0.0},
        "no change to forecast. Give {touchpoint: score points}, such as {'Security': 0.5}.",
    ),
    "impact": (of_did, {"before": (2014,)}, "wave '2014' is both before and after. Give each wave to one of them."),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_said_and_the_last_answer_stays(case, data, fake):
    make, settings, message = case
    explorer = result_of(make, data).explore()
    *first, (last, value) = settings.items()
    for name, said in first:
        explorer.controls[name].value = said
    result, source, sentence = explorer.result, source_of(explorer), explorer.sentence.value
    before = explorer.controls[last].value
    explorer.controls[last].value = value
    assert 'role="alert"' in explorer.message.value
    assert html.unescape(re.sub("<[^>]*>", "", explorer.message.value)) == f"Not possible: {message}"
    assert {OLD in part._dom_classes for part in (explorer.sentence, explorer.picture)} == {True}
    assert explorer.result is result
    assert source_of(explorer) == source
    assert explorer.sentence.value == sentence
    explorer.controls[last].value = before
    assert explorer.message.value == ""
    assert {OLD in part._dom_classes for part in (explorer.sentence, explorer.picture)} == {False}
    assert_same(explorer.result, result)


def test_the_words_for_not_used_cover_the_options_of_the_verb():
    assert [value for _, value in MISSING] == list(get_args(Missing))


def test_drivers_offer_the_outcomes_and_segments_that_can_be_asked(data, fake):
    controls = of_drivers(data).explore().controls
    assert list(controls["outcome"].options) == [("NPS", "recommend"), ("overall", "overall"), ("back", "back")]
    assert list(controls["segment"].options) == [
        ("Everyone", ""),
        ("purpose: business", ("purpose", "business")),
        ("purpose: leisure", ("purpose", "leisure")),
        ("hall: A", ("hall", "A")),
        ("hall: B", ("hall", "B")),
        ("year: 2013", ("year", 2013)),
        ("year: 2014", ("year", 2014)),
        ("year: 2015", ("year", 2015)),
    ]


def test_drivers_of_a_segment_are_asked_of_its_survey(data, fake):
    explorer = of_drivers(data).explore()
    explorer.controls["segment"].value = ("hall", "B")
    assert explorer.survey.n == (data["survey"].table["hall"] == "B").sum()
    assert_same(explorer.result, cx.drivers(explorer.survey, **explorer.params))


def test_drivers_keep_what_was_asked_besides(data, fake):
    asked = cx.drivers(data["survey"], by="purpose", covariates=["hall"], n_boot=20, level=0.8, seed=9)
    explorer = asked.explore()
    explorer.controls["outcome"].value = "overall"
    assert explorer.params == {
        "outcome": "overall", "missing": "indicator", "by": "purpose", "covariates": ["hall"], "n_boot": 20,
        "level": 0.8, "seed": 9, "groups": None, "factors": (), "interactions": (), "method": "lmg", "blanks": "drop",
    }  # fmt: skip


class AtOnce:
    """A thread whose work is done when it starts."""

    def __init__(self, target, daemon):  # noqa: ARG002  # the signature of a thread
        self.start = target


def test_answers_of_drivers_are_made_ahead(data, monkeypatch, fake):
    monkeypatch.setattr(_explorer, "Thread", AtOnce)
    explorer = of_drivers(data).explore()
    explorer._verb = None  # nothing is asked any more
    for name in ("outcome", "segment", "method", "missing"):
        control = explorer.controls[name]
        was = control.value
        for _, value in control.options:
            control.value = value
            assert explorer.message.value == ""
        control.value = was
    assert explorer.result is data["found"]


def test_a_refusal_made_ahead_is_told_when_it_is_asked_for(data, fake):
    explorer = of_drivers(data).explore()
    explorer.controls["outcome"].value = "back"
    explorer.controls["method"].value = "sampling"
    assert "explains outcomes of kind interval and nps" in explorer.message.value
    explorer.controls["method"].value = "relative weights"
    assert explorer.message.value == ""
    assert explorer.result.outcome == "back"


def test_many_touchpoints_show_figures_first_and_intervals_when_they_are_there(fake):
    rng = np.random.default_rng(1)
    names = [f"t{j}" for j in range(11)]
    frame = pd.DataFrame(rng.integers(1, 6, (80, 11)), columns=names).assign(
        y=rng.normal(size=80), area=["a", "b"] * 40
    )
    found = cx.drivers(cx.Survey(frame, touchpoints=names, outcome="y", segments=["area"]), n_boot=5)
    explorer = found.explore()
    heard = []
    explorer.observe(lambda change: heard.append(change["new"].n_boot), "result")
    explorer.controls["segment"].value = ("area", "b")
    assert heard == [0, 5]
    explorer.controls["most"].value = 5  # nothing to ask
    assert heard == [0, 5]


def test_the_picture_shows_as_many_touchpoints_as_asked_for(data, monkeypatch):
    drawn = []
    monkeypatch.setattr(charts, "picture", lambda result: (drawn.append(result), (b"", ""))[1])
    rng = np.random.default_rng(1)
    names = [f"t{j}" for j in range(7)]
    frame = pd.DataFrame(rng.integers(1, 6, (80, 7)), columns=names).assign(y=rng.normal(size=80))
    found = cx.drivers(cx.Survey(frame, touchpoints=names, outcome="y"), n_boot=5)
    explorer = found.explore()
    assert [label for label, _ in explorer.controls["most"].options] == ["all", "first 5"]
    explorer.controls["most"].value = 5
    assert drawn[-1].table["touchpoint"].tolist() == found.table["touchpoint"].tolist()[:5]
    assert explorer.result is found


def test_other_sides_are_drawn_on_demand(data, monkeypatch):
    drawn = []
    monkeypatch.setattr(charts, "picture", lambda result: (drawn.append(result), (b"", ""))[1])
    explorer = of_drivers(data).explore()
    kinds = [value for _, value in explorer.controls["side"].options]
    assert kinds == ["importance", *(kind for kind in SIDES_OF_DRIVERS if kind != "dimensions")]  # there are none
    for kind in kinds[1:]:
        explorer.controls["side"].value = kind
        assert explorer.message.value == "", kind
        assert drawn[-1].kind == kind
    assert data["found"].dominance().explore().controls["side"].value == "dominance"


def test_what_if_fields_hold_the_scale_and_what_was_asked(data, fake):
    explorer = of_what_if(data).explore()
    assert {name: control.value for name, control in explorer.controls.items()} == {
        "Web <site>": 0.0, "Desk": -0.2, "Gate": 0.5,
    }  # fmt: skip
    assert explorer.params == {"changes": {"Desk": -0.2, "Gate": 0.5}, **explorer.result.options}
    means = data["survey"].table[TOUCHPOINTS].where(lambda scores: scores < 6).mean()
    for name, control in explorer.controls.items():  # in steps, as far as the mean of its users can move from 1 to 5
        assert isinstance(control, Slide)
        assert (control.description, control.step) == (name, 0.05)
        assert 5 - means[name] - 0.05 < control.max <= 5 - means[name]
        assert 1 - means[name] <= control.min < 1 - means[name] + 0.05
        assert round(control.min / 0.05, 6) % 1 == 0
    most = round(5 - means["Gate"], 2)  # between two steps, it can be asked for all the same
    furthest = cx.what_if(data["found"], {"Gate": most}).explore()
    assert furthest.params["changes"] == {"Gate": most}
    assert furthest.controls["Gate"].max == most


def test_what_if_keeps_a_goal_until_its_control_is_moved(data, fake):
    explorer = cx.what_if(data["found"], {"Gate": ("ceiling", 0.5)}, measure="mean").explore()
    assert explorer.params["changes"] == {"Gate": ("ceiling", 0.5)}
    assert explorer.params["measure"] == "mean"
    explorer.controls["Desk"].value = 0.25
    assert explorer.params["changes"] == {"Desk": 0.25, "Gate": ("ceiling", 0.5)}
    explorer.controls["Gate"].value = 0.1
    assert explorer.params["changes"] == {"Desk": 0.25, "Gate": 0.1}


def test_the_widget_of_groups_opens_for_every_outcome_there_is(data, fake):
    controls = cx.find_segments(data["survey"], ["purpose"], outcome="back").explore().controls
    assert controls["outcome"].value == "back"
    assert [value for _, value in controls["outcome"].options] == ["recommend", "overall", "back"]


def test_text_from_the_data_is_escaped(data, fake):
    explorer = cx.what_if(data["found"], {"Web <site>": 0.5}).explore()
    assert "If Web &lt;site&gt; rose by 0.5" in explorer.sentence.value
    assert "<site>" not in explorer.sentence.value + explorer.picture.value
