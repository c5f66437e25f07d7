"""One page, one choice: all stages of a study side by side, for a segment, wave, outcome and touchpoint chosen once.

What a panel says is in :mod:`cxlens.publish.panels`, what is known of a choice in :mod:`cxlens.publish.choice`; what is
seen in ``templates/dashboard.html``, and what the browser does in ``dashboard.js``. No figure is made here.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import anywidget
import traitlets

from cxlens.common.arguments import misfits_told
from cxlens.common.saved import Saved, svg_image
from cxlens.errors import CxlensError, check_kind
from cxlens.publish import panels
from cxlens.publish.choice import Choice, Choices
from cxlens.publish.page import render_part, style_of
from cxlens.study.study import Study

DRAWING = re.compile(r'(?<=<figure>)<svg.*?aria-label="([^"]*)".*?</svg>(?=</figure>)', re.DOTALL)
PIXELS = 1.6  # for a unit of a drawing: its small letters are then 12 pixels high, also where no style is kept
PRESSED = ' aria-pressed="false"'  # what is saved cannot be pressed
HOME = Path(__file__).parent
IDLE = 2.0  # seconds without a question, after which other segments are prepared
BETWEEN = 0.05  # seconds between two panels that are prepared: a question comes first
Told = Callable[[Choices, Choice], Any]

# What each panel is, and the parts of a choice on which it depends: the others leave it as it stands.
ANSWERS = {"segment", "wave", "outcome"}
PANELS: dict[str, tuple[Told, set[str]]] = {
    "head": (panels.head, ANSWERS),
    "alerts": (panels.alerts, {"segment"}),
    "map": (panels.map_panel, ANSWERS),
    "card": (panels.card, {*ANSWERS, "touchpoint"}),
    "scorecard": (panels.scorecard, {"segment", "wave"}),
    "drivers": (panels.importance, ANSWERS),
    "course": (panels.course, {"segment", "touchpoint"}),
    "plan": (panels.plan, set()),
    "impact": (panels.impact, set()),
    "journeys": (panels.journeys, set()),
}
IN_GRID = [name for name in PANELS if name not in ("head", "alerts")]


@misfits_told
def dashboard(
    study: Study,
    *,
    segment: str | None = None,
    wave: str | None = None,
    outcome: str | None = None,
    touchpoint: str | None = None,
) -> Dashboard:
    """Open a study as one page: map, ratings, drivers, plan, impact and journeys for one choice.

    Parameters
    ----------
    study
        The study; it needs a survey. What else it has, such as a map, initiatives or events, fills further panels.
    segment
        Whose answers, such as ``"purpose: business"``; those of everyone without it.
    wave
        Which wave, such as ``"2025"``, or ``"All waves"``; the one that the report rests on without it.
    outcome
        What matters is told for this outcome, by its column; the one that the report explains without it.
    touchpoint
        Whose card is open; the first one to fix without it.

    Returns
    -------
    Dashboard
        The page, as a widget.

    Raises
    ------
    OptionError
        When what is given is not a study, or the study does not have what is chosen.
    ValuesError
        When the study has no survey.
    CxlensError
        When a part of the study cannot be read.

    Examples
    --------
    >>> import cxlens as cx
    >>> page = cx.dashboard(cx.datasets.load_airport(), segment="purpose: business", touchpoint="Wi-Fi")
    >>> page.params["touchpoint"]
    'Wi-Fi'
    """
    check_kind("dashboard", study, Study, 'cx.Study.from_toml("study.toml")')
    asked = {"segment": segment, "wave": wave, "outcome": outcome, "touchpoint": touchpoint}
    choices = Choices(study)
    return Dashboard(choices, choices.checked(asked))


class Dashboard(Saved, anywidget.AnyWidget):
    """The page of a study; made by :func:`cxlens.dashboard`.

    Attributes
    ----------
    params : dict
        What is chosen, in the words that :func:`cxlens.dashboard` takes: the view can be passed on by them.
    """

    _esm = HOME / "dashboard.js"
    _css = style_of("dashboard.css")

    choice: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    offered: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    marked: traitlets.List[str] = traitlets.List().tag(sync=True)
    simulated = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    call = traitlets.Unicode().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)
    in_address = traitlets.Bool(default_value=False).tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    head = traitlets.Unicode().tag(sync=True)
    alerts = traitlets.Unicode().tag(sync=True)
    map = traitlets.Unicode().tag(sync=True)
    card = traitlets.Unicode().tag(sync=True)
    scorecard = traitlets.Unicode().tag(sync=True)
    drivers = traitlets.Unicode().tag(sync=True)
    course = traitlets.Unicode().tag(sync=True)
    plan = traitlets.Unicode().tag(sync=True)
    impact = traitlets.Unicode().tag(sync=True)
    journeys = traitlets.Unicode().tag(sync=True)

    def __init__(self, choices: Choices, choice: Choice) -> None:
        super().__init__()
        self._choices = choices
        self._drawn: dict[tuple[str, ...], str] = {}
        study = choices.desk.study
        self.simulated = "Simulated data" if study.simulated else ""
        self.offered = choices.offered
        self._shown = choice
        self._asked = monotonic()
        self._show(choice, list(PANELS))
        self.observe(self._hear, "choice")
        self._others = self._other_segments(choice)
        if choices.desk.in_memory:  # from a file a panel may take long, and all else would wait for it
            self._prepare_later(IDLE)

    def __repr__(self) -> str:
        name = self._choices.desk.study.name
        shown = ", ".join(self.params.values())
        return f"Dashboard of {name!r}. {self.said()}. Shown: {shown}."

    @property
    def params(self) -> dict[str, str]:
        """What is chosen: ``cx.dashboard(study, **page.params)`` opens the same view."""
        return self._shown._asdict()

    def choose(
        self,
        *,
        segment: str | None = None,
        wave: str | None = None,
        outcome: str | None = None,
        touchpoint: str | None = None,
    ) -> None:
        """Choose anew, as the lists of the page do; what is not named stays.

        Parameters
        ----------
        segment, wave, outcome, touchpoint
            As for :func:`cxlens.dashboard`.

        Raises
        ------
        OptionError
            When the study does not have it.
        """
        asked = {"segment": segment, "wave": wave, "outcome": outcome, "touchpoint": touchpoint}
        named = {part: value for part, value in asked.items() if value is not None}
        self._turn_to(self._choices.checked({**self.params, **named}))

    def said(self) -> str:
        """What stands above all panels."""
        return panels.head(self._choices, self._shown).title

    def still(self) -> str:
        """All panels as they stand, for what is read without a kernel."""
        tag = f'<p class="cx-simulated">{self.simulated}</p>' if self.simulated else ""
        grid = "".join(f'<section class="cx-panel cx-{name}">{getattr(self, name)}</section>' for name in IN_GRID)
        grid = grid.replace('<button type="button"', "<div").replace("</button>", "</div>").replace(PRESSED, "")
        grid = DRAWING.sub(lambda found: svg_image(html.unescape(found[1]), found[0], enlarged=PIXELS), grid)
        style = f"<style>{self._css}</style>"
        return f'{style}<div class="cx-dash">{tag}{self.head}{self.alerts}<div class="cx-grid">{grid}</div></div>'

    def turned(self) -> str:
        """The view, as it is opened again."""
        return f"This view: <code>{html.escape(self.call)}</code>."

    def _hear(self, change: Mapping[str, Any]) -> None:
        """What the browser asks for."""
        try:
            wanted = self._choices.checked(change["new"])
        except CxlensError as error:
            self.choice = self.params
            self.message = f"Not possible: {error}"
            return
        if wanted != self._shown:
            self._turn_to(wanted)

    def _other_segments(self, choice: Choice) -> Iterator[tuple[str, Choice]]:
        """Each panel that segments change, for each of them."""
        for _, segment in self.offered["segment"]:
            for name, (_, parts) in PANELS.items():
                if "segment" in parts:
                    yield name, choice._replace(segment=segment)

    def _prepare_later(self, seconds: float) -> None:
        """Prepare a panel in so many seconds, where questions are waited for, as in a notebook and in Voila."""
        with suppress(RuntimeError):
            asyncio.get_running_loop().call_later(seconds, self._prepare)

    def _prepare(self) -> None:
        """Draw a panel of another segment while nobody asks: so it is there when the segment is chosen."""
        quiet = monotonic() - self._asked
        if quiet < IDLE:
            self._prepare_later(IDLE - quiet)
            return
        for name, choice in self._others:
            with suppress(CxlensError):
                self._panel(name, choice)
            self._prepare_later(BETWEEN)
            return

    def _turn_to(self, wanted: Choice) -> None:
        """Show what depends on what was changed."""
        self._asked = monotonic()
        before = self._shown._asdict()
        changed = {part for part, value in wanted._asdict().items() if before[part] != value}
        stale = [name for name, (_, parts) in PANELS.items() if parts & changed]
        self._shown = wanted
        self._show(wanted, stale)

    def _show(self, choice: Choice, names: list[str]) -> None:
        """Draw these panels, the quick ones first; each is there as soon as it is drawn."""
        self.message = ""
        self.choice = choice._asdict()
        self.query = urlencode(choice._asdict())
        given = ", ".join(f"{part}={value!r}" for part, value in choice._asdict().items())
        self.call = f"cx.dashboard(study, {given})"
        self.marked = [choice.touchpoint, *self._choices.initiatives_for(choice.touchpoint)]
        for name in names:
            self.set_trait(name, self._panel(name, choice))
        self.answered += 1
        self.keep()

    def _panel(self, name: str, choice: Choice) -> str:
        """A panel as HTML; what was drawn before is kept."""
        told, parts = PANELS[name]
        key = (name, *(value for part, value in choice._asdict().items() if part in parts))
        if key not in self._drawn:
            self._drawn[key] = render_part("dashboard.html", name, told(self._choices, choice))
        return self._drawn[key]
