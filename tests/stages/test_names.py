"""Names that hold signs which end, part or bracket sentences, or two dollars, come out whole in all that is shown.

Every result of every verb, and every side of it, is made from one small made-up survey. No text may hold the beginning
or the end of a name without the rest of it, and no text of a picture may be read as mathematics.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import port
from cxlens.common.pictures import alt_text
from cxlens.common.result import View
from cxlens.stages.baseline.bias import response_bias
from cxlens.stages.baseline.comments import comments
from cxlens.stages.baseline.emotion import emotion
from cxlens.stages.baseline.standards import standards

DESK, CALL, NUMBER, PRICE = "St. Mary's desk", "Call: hold; wait", "No. 3 > 4", "Price ($) 50% of $20"
TOUCHPOINTS = [DESK, CALL, NUMBER, PRICE]
ON_MAP = [DESK, NUMBER, PRICE]  # a name on a map holds no semicolon, which separates names in files
OUTCOME, SEGMENT = "Rec. ($) by $5: now; or", "Kind: No. 1 > ($) $2"
CREW, GUESTS = "Crew. ($) 50% of $9; sea", "Guests: No. 7 > 8"
CHANNEL, WEB, SHOP = "Via. ($); $1", "Web: 24 h; $0", "Shop No. 5 > ($)"
RIVAL, GROUP = "Rival: no. 6 > ($) $6; x", "Group. ($) of $7"
STAGES = ["Stage 1: ask > ($) $41", "Stage 2: pay ($) of $42"]
FIXES = [f"Fix no. {k} > ($) of $5{k}" for k in range(4)]
OWNERS = [f"Dr. {k}: ($) of $9, x{k}" for k in range(4)]
HOTEL, HOTELS = "Hotel. ($) $3: no; y", [f"Inn. {k}: ($) of $3{k}; z" for k in range(6)]
PERIODS = ["Q. 1: ($) $81", "Q. 2: ($) $82"]
# How each name begins and ends; a text with one of these must hold the whole name.
FRAGMENTS = {
    DESK: ("St. M", "desk"),
    CALL: ("Call:", "; wait"),
    NUMBER: ("No. 3", "> 4"),
    PRICE: ("Price (", "of $20"),
    OUTCOME: ("Rec. (", "now; or"),
    SEGMENT: ("Kind:", "($) $2"),
    CREW: ("Crew.", "; sea"),
    GUESTS: ("Guests:", "> 8"),
    WEB: ("Web:", "h; $0"),
    SHOP: ("Shop No", "5 > ("),
    RIVAL: ("Rival:", "$6; x"),
    GROUP: ("Group.", "of $7"),
    HOTEL: ("Hotel.", "no; y"),
    **{name: (f"Inn. {k}", f"$3{k}; z") for k, name in enumerate(HOTELS)},
    **{name: (f"Stage {k}", f"$4{k}") for k, name in enumerate(STAGES, 1)},
    **{name: (f"Fix no. {k}", f"$5{k}") for k, name in enumerate(FIXES)},
    **{name: (f"Dr. {k}", f", x{k}") for k, name in enumerate(OWNERS)},
    **{name: (f"Q. {k}", f"$8{k}") for k, name in enumerate(PERIODS, 1)},
}
NAMES = list(FRAGMENTS)


@cache
def frame(lift: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Simulated answers: the desk matters most to the crew, the price to guests; the price is better in 2025."""
    rng = np.random.default_rng(seed)
    n = 300
    table = pd.DataFrame({"year": rng.permutation(np.repeat([2024, 2025], n // 2))})
    table[SEGMENT] = rng.choice([CREW, GUESTS], n)
    table[CHANNEL] = rng.choice([WEB, SHOP], n)
    mood = rng.normal(0, 0.6, n)
    for name, mean in zip(TOUCHPOINTS, (3.2, 3.6, 3.0, 2.6), strict=True):
        better = lift + 0.9 * ((name == PRICE) & (table["year"] == 2025)) + 0.7 * (table[CHANNEL] == WEB)
        table[name] = np.clip(np.round(mean + better + mood + rng.normal(0, 0.8, n)), 1, 5)
        table[f"{name} felt"] = rng.integers(1, 6, n)
        table[f"{name} said"] = np.where(table[name] < 3, "a long queue, rude", "quick and friendly")
    crew = table[SEGMENT] == CREW
    matters = np.where(crew, table[DESK], table[PRICE])
    table[OUTCOME] = np.clip(np.round(2 + 1.4 * matters + 0.3 * table[NUMBER] + rng.normal(0, 0.8, n)), 0, 10)
    table["customer"] = range(n)
    return table


@cache
def survey(lift: float = 0.0, seed: int = 1) -> cx.Survey:
    return cx.Survey(
        frame(lift, seed),
        touchpoints=TOUCHPOINTS,
        outcome={OUTCOME: "nps"},
        scale=cx.Scale(1, 5),
        segments=[SEGMENT],
        time="year",
        channel=CHANNEL,
        emotion={name: f"{name} felt" for name in TOUCHPOINTS},
        comments={name: f"{name} said" for name in TOUCHPOINTS},
    )


@cache
def hotels() -> cx.Survey:
    """Three touchpoints of ten hotels; at the first a point of the desk goes with more."""
    rng = np.random.default_rng(3)
    table = pd.concat([frame(seed=seed) for seed in range(3)], ignore_index=True)
    table[HOTEL] = rng.choice([*HOTELS, "A", "B", "C", "D"], len(table))
    steeper = (table[HOTEL] == HOTELS[0]) * 3.0 * (table[DESK] - 3)
    table["y"] = table[DESK] + steeper + rng.normal(0, 1, len(table))
    return cx.Survey(
        table, touchpoints=TOUCHPOINTS[:3], outcome={"y": "interval"}, scale=cx.Scale(1, 5), segments=[HOTEL]
    )


@cache
def deep() -> cx.Survey:
    """The desk and the price, each asked in two questions."""
    asked = {DESK: {NUMBER: NUMBER, CALL: DESK}, PRICE: {"a": PRICE, "b": CALL}}
    return cx.Survey(frame(), touchpoints=asked, outcome=OUTCOME, scale=cx.Scale(1, 5))


@cache
def whole_map() -> cx.TouchpointMap:
    lifecycle = cx.Lifecycle(STAGES)
    touchpoints = []
    for k, name in enumerate(ON_MAP):
        touchpoints.append(
            cx.Touchpoint(
                name,
                stage=lifecycle.names[k % 2],
                channel=SHOP,
                needs=["pay ($) less than $9. Now"],
                standards=[cx.Standard("mean", 3.4)],
                volume=100 + k,
                cost_per_contact=1.0 + k,
            )
        )
    return cx.TouchpointMap(touchpoints, lifecycle)


@cache
def drivers(by: str | None = None) -> Any:
    return cx.drivers(survey(), by=by, n_boot=20)


@cache
def baseline(by: str | None = None) -> Any:
    return cx.baseline(
        survey(),
        whole_map(),
        by=by,
        competitors={RIVAL: survey(0.5, 2)},
        employees=survey(0.8, 3),
    )


@cache
def initiatives() -> pd.DataFrame:
    rows = []
    for k, name in enumerate(TOUCHPOINTS):
        ends = {f"lift_{end}": value for end, value in zip(("low", "likely", "high"), (0.2, 0.4, 0.6), strict=True)}
        ends |= {f"effort_{end}": value for end, value in zip(("low", "likely", "high"), (2, 4 + k, 8), strict=True)}
        ends |= {f"cost_{end}": value for end, value in zip(("low", "likely", "high"), (1, 2, 3), strict=True)}
        rows.append({"name": FIXES[k], "touchpoints": [name], "owner": OWNERS[k], **ends})
    return pd.DataFrame(rows)


@cache
def wins(by: str | None = None) -> Any:
    return cx.quick_wins(drivers(by), initiatives())


@cache
def roadmap() -> Any:
    return cx.roadmap(wins(), periods=PERIODS, budget=10, resolves=2)


@cache
def log() -> cx.JourneyLog:
    rng = np.random.default_rng(4)
    rows = []
    for customer in range(40):
        way = rng.permutation(TOUCHPOINTS)[: 2 + customer % 3]
        kind = CREW if customer % 4 < 2 else GUESTS
        rows += [(customer, step, name, customer % 2, kind) for step, name in enumerate(way)]
    events = pd.DataFrame(rows, columns=["who", "nr", "met", OUTCOME, SEGMENT]).assign(
        felt=rng.integers(1, 6, len(rows))
    )
    roles = {"customer": "who", "touchpoint": "met", "order": "nr", "outcome": OUTCOME, "score": "felt"}
    return cx.JourneyLog(events, **roles, segments=[SEGMENT])


STATED = dict(zip(TOUCHPOINTS, (4.0, 3.0, 2.0, 1.0), strict=True))
WAVES = {"before": 2024, "after": 2025}
RESULTS: dict[str, Callable[[], Any]] = {
    "map": whole_map,
    "baseline": baseline,
    "baseline by segment": lambda: baseline(SEGMENT),
    "baseline without a map": lambda: cx.baseline(survey()),
    "blind spots": lambda: baseline().blind_spots(),
    "response bias": lambda: baseline().response_bias({SEGMENT: {CREW: 0.7, GUESTS: 0.3}}),
    "verdicts": lambda: baseline().verdicts(drivers()),
    "standards": lambda: baseline().standards(),
    "consistency of channels": lambda: baseline().consistency(),
    "consistency of groups": lambda: baseline().consistency({GROUP: [DESK, PRICE]}),
    "competitors": lambda: baseline().competitors(),
    "competitors by importance": lambda: baseline().competitors(drivers=drivers()),
    "employees": lambda: baseline().employees(),
    "employees and what they call important": lambda: baseline().employees(drivers=drivers(), stated=STATED),
    "emotion": lambda: baseline().emotion(),
    "comments": lambda: baseline().comments(),
    "emotion of a survey": lambda: emotion(survey()),
    "response bias of a survey": lambda: response_bias(survey(), {SEGMENT: {CREW: 0.7, GUESTS: 0.3}}),
    "standards of a map": lambda: standards(whole_map(), survey=survey()),
    "comments of a survey": lambda: comments(survey()),
    "comments on one": lambda: baseline().comments(touchpoint=PRICE),
    "pitfalls": lambda: baseline().pitfalls(drivers=drivers()),
    "drivers": drivers,
    "drivers by segment": lambda: drivers(SEGMENT),
    "dominance": lambda: drivers().dominance(),
    "dominance by segment": lambda: drivers(SEGMENT).dominance(),
    "shape": lambda: drivers().shape(),
    "shape by segment": lambda: drivers(SEGMENT).shape(),
    "performance": lambda: drivers().performance(),
    "performance by segment": lambda: drivers(SEGMENT).performance(),
    "value added": lambda: drivers().value_added(),
    "value added by segment": lambda: drivers(SEGMENT).value_added(),
    "opportunity": lambda: drivers().opportunity(),
    "opportunity by segment": lambda: drivers(SEGMENT).opportunity(),
    "moments of truth": lambda: drivers().moments_of_truth(),
    "moments of truth by segment": lambda: drivers(SEGMENT).moments_of_truth(),
    "within places": lambda: cx.drivers(hotels(), n_boot=0).within(HOTEL),
    "diagnosis": lambda: drivers().diagnosis(),
    "diagnosis by segment": lambda: drivers(SEGMENT).diagnosis(),
    "dimensions": lambda: cx.drivers(deep(), n_boot=20).dimensions(),
    "find segments": lambda: cx.find_segments(survey(), [SEGMENT]),
    "what if": lambda: cx.what_if(drivers(), {PRICE: 0.5, CALL: 0.2}),
    "what if by segment": lambda: cx.what_if(drivers(SEGMENT), {PRICE: 0.5, CALL: 0.2}),
    "quick wins": wins,
    "quick wins by segment": lambda: wins(SEGMENT),
    "roadmap": roadmap,
    "buy-in": lambda: roadmap().buy_in(),
    "monitor": lambda: cx.monitor(survey(), metric=PRICE),
    "monitor of the outcome": lambda: cx.monitor(survey()),
    "monitor by segment": lambda: cx.monitor(survey(), metric=PRICE, by=SEGMENT),
    "monitor beside others": lambda: cx.monitor(survey(), employees=survey(), competitors={RIVAL: survey()}),
    "alerts": lambda: cx.monitor(survey(), metric=[PRICE, OUTCOME]).alerts(),
    "alerts by segment": lambda: cx.monitor(survey(), metric=[PRICE, CALL], by=SEGMENT).alerts(),
    "kept": lambda: cx.kept(promised(), survey()),
    "before and after": lambda: cx.before_after(survey(), metric=PRICE, adjust=[SEGMENT], **WAVES),
    "differences": lambda: cx.difference_in_differences(
        survey(), metric=PRICE, treated=cx.Segment(CREW, {SEGMENT: CREW}), **WAVES
    ),
    "differences by conditions": lambda: cx.difference_in_differences(
        survey(), metric=CALL, treated={SEGMENT: CREW}, **WAVES
    ),
    "sample size": lambda: cx.sample_size(margin=0.1, sd=1, reach={DESK: 0.3, PRICE: 0.2}, segments={CREW: 0.2}),
    "sample size of a survey": lambda: cx.sample_size(survey(), margin=0.05, by=SEGMENT),
    "sample size out of reach": lambda: cx.sample_size(
        margin=0.1, sd=1, reach={PRICE: 0.2}, response_rate=0.1, population=100
    ),
    "paths": lambda: cx.paths(log()),
    "beside": lambda: drivers().beside(PRICE),
    "cost": lambda: cx.paths(log(), min_n=1).cost(whole_map()),
    "cost by segment": lambda: cx.paths(log(), min_n=1).cost(whole_map(), by=SEGMENT),
    "felt": lambda: cx.paths(log(), min_n=1).felt(),
    "felt by step": lambda: cx.paths(log(), min_n=1).felt(along="step"),
    "felt by segment": lambda: cx.paths(log(), min_n=1).felt(by=SEGMENT),
    "attribution": lambda: cx.attribution(log(), n_boot=20, min_n=1),
    "attribution by segment": lambda: cx.attribution(log(), rule="last", by=SEGMENT, n_boot=20, min_n=1),
}


def promised() -> pd.DataFrame:
    """Promises of a touchpoint, one of them to a segment, and one that cannot be told."""
    date = str(survey().waves[-1])
    rows = pd.DataFrame({"metric": [PRICE, CALL, DESK], "segment": ["", CREW, ""], "date": [date, date, PERIODS[0]]})
    return rows.assign(measure="mean", now=2.0, forecast=2.5, low=2.4, high=2.6, level=0.95, plan="A")


@cache
def made(kind: str) -> Any:
    return RESULTS[kind]()


@cache
def drawn(kind: str) -> Any:
    """The Axes of a result, drawn."""
    figure = Figure(figsize=(8, 6))
    FigureCanvasAgg(figure)
    ax = port.draw(made(kind), figure.subplots())
    figure.draw_without_rendering()
    return ax


def joined(text: str) -> str:
    """A text over several lines as one."""
    return " ".join(text.split())


def cut(text: str) -> list[str]:
    """The names of which a text holds the beginning or the end, and not the whole."""
    words = joined(text)
    broken = []
    for name, fragments in FRAGMENTS.items():
        rest = words.replace(name, "")
        broken += [f"{name!r} in {words!r}" for fragment in fragments if fragment in rest]
    return broken


def texts(kind: str) -> Iterator[Text]:
    """The texts of a picture that one sees."""
    for text in drawn(kind).figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            yield text


def said(kind: str) -> str:
    """All parts of what was found; of a map what it says."""
    return str(made(kind))


def title_of(kind: str) -> str:
    result = made(kind)
    return result.finding.title if hasattr(result, "finding") else str(result)


pytestmark = pytest.mark.parametrize("kind", RESULTS)


def test_the_title_names_whole_names(kind):
    ax = drawn(kind)
    title = joined(ax.get_title("left"))
    assert title
    assert cut(title) == []
    found = title_of(kind)
    assert cut(found) == []
    is_counted = " touchpoints changed, " in title  # of a forecast, where names would make it too long
    assert [name for name in NAMES if name in found and name not in title and not is_counted] == []


def test_every_text_of_the_picture_names_whole_names(kind):
    assert [broken for text in texts(kind) for broken in cut(text.get_text())] == []


def test_no_text_of_the_picture_is_mathematics(kind):
    assert [text.get_text() for text in texts(kind) if text.get_parse_math()] == []


def test_the_alternative_text_names_whole_names(kind):
    words = alt_text(made(kind))
    assert cut(words) == []
    assert "\n" not in words
    assert [name for name in NAMES if name in said(kind) and name not in words] == []


def test_the_card_names_whole_names_escaped(kind):
    page = made(kind)._repr_html_()
    assert cut(said(kind)) == []
    assert [name for name in NAMES if name in said(kind) and html.escape(name) not in page] == []
    table = getattr(made(kind), "table", pd.DataFrame())
    shown = [name for name in TOUCHPOINTS if "touchpoint" in table and name in set(table["touchpoint"])]
    assert [name for name in shown if html.escape(name) not in page] == []


def test_every_view_with_intervals_says_their_level(kind):
    view = made(kind)
    if not isinstance(view, View):
        return
    tables = [view.table, *view.parts.values()]
    if any(f"{column}".endswith("low") for table in tables for column in table):
        assert "95 %" in view.note
    draws_intervals = view.kind not in {"dominance", "buy-in"}  # shares of sets, loads of owners
    if draws_intervals and any(f"{column}".endswith("low") for column in view.table):
        assert any("intervals 95 %" in joined(text.get_text()) for text in texts(kind))


def test_what_is_found_is_said_in_plain_words(kind, faults):
    words = said(kind)
    for k, name in enumerate(NAMES):
        words = words.replace(name, f"Name{k}")
    assert faults(words) == []
