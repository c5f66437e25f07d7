"""The widget every result explores itself with: controls, a sentence, a picture.

What a control means for a verb is said in ``explore.py`` of each stage; figures are made by the verbs, and
pictures by :mod:`cxlens.common.pictures`. No arithmetic belongs here.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from threading import Thread
from types import MappingProxyType
from typing import Any

import traitlets
from ipywidgets import HTML, Box, Dropdown, Layout, VBox, Widget
from ipywidgets.widgets.widget_description import DescriptionWidget

from cxlens.common import pictures
from cxlens.common.described import image
from cxlens.common.html import PLAIN
from cxlens.common.keys import Keys
from cxlens.common.saved import Saved, svg_image
from cxlens.errors import CxlensError

Said = dict[str, Any]  # the value of each control, by its name
Options = list[tuple[str, Any]]  # what a list offers: the words, and the value they stand for
ALL = ""  # the value of "Everyone" and the like: a Dropdown shows nothing where its value is None
BUSY = '<p role="status">Calculating …</p>'
OLD = "cxlens-old"  # what belongs to other controls than those that stand there
DIMMED = f"<style>.{OLD}{{opacity:.35;filter:grayscale(1)}}</style>"
SENTENCE = '<p role="status" style="max-width:62em">{}</p>'
LABEL = f'<span class="{PLAIN}">{{}}</span>'
ALERT = '<p role="alert" style="border-left:4px solid #D55E00;padding-left:8px;max-width:62em">Not possible: {}</p>'


class Explorer(Saved, VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Controls, and what the verb answers to them.

    Each change of a control asks the verb again. What it refuses stands in ``message``, and the last answer stays; it
    is dimmed as long as it belongs to other controls than those that stand there.

    Parameters
    ----------
    verb
        Asked as ``verb(data, **params)``.
    result
        The answer that belongs to the controls as they stand; it is shown first, without asking again.
    controls
        Widgets with a ``value`` and a ``description``, by name.
    data, params
        What the verb is asked about, and its keyword arguments, given the values of the controls by name.
    seen
        What is drawn of a result, given the values of the controls; the result itself by default.
    redraw
        Names of controls that change only what is seen.
    first
        Keyword arguments for a quick answer, made of those for the whole one: shown until that is there.
    ahead
        Whether to keep answers, and to ask in the background for what each control could say next, so that it is
        there at once.
    drawn
        How what is seen becomes HTML; by default as the picture of its chart.

    Attributes
    ----------
    controls : mapping
        The controls, by name.
    result
        The last answer of the verb. ``explorer.observe(function, "result")`` tells of a new one.
    sentence, picture, message : ipywidgets.HTML
        What is shown of the result, and what went wrong (``""`` when nothing did).

    Raises
    ------
    CxlensError
        When ``params`` or ``data`` is read while the controls ask for something that cannot be.
    """

    result = traitlets.Any(read_only=True)

    def __init__(
        self,
        verb: Callable[..., Any],
        result: Any,
        controls: Mapping[str, Widget],
        *,
        data: Callable[[Said], Any],
        params: Callable[[Said], dict[str, Any]],
        seen: Callable[[Any, Said], Any] = lambda result, _: result,
        redraw: Collection[str] = (),
        first: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        ahead: bool = False,
        drawn: Callable[[Any], str] | None = None,
    ) -> None:
        super().__init__()
        self.add_class("cxlens-explorer")
        self.controls = MappingProxyType(dict(controls))
        self._verb = verb
        self._data = data
        self._params = params
        self._seen = seen
        self._redrawn = frozenset(redraw)
        self._first = first
        self._drawn = drawn or _picture
        self._answers: dict[str, Any] | None = None
        if ahead:
            key = self._key(self._said())
            self._answers = {key: result}
        self._opened = self._said()
        self._build(result)
        if ahead:
            Thread(target=self._look_ahead, daemon=True).start()

    def _build(self, result: Any) -> None:
        """Controls in a row that wraps, and below them what is said and shown."""
        self.message = HTML(layout=Layout(min_height="2em"))
        self.sentence = HTML()
        self.picture = HTML()
        self._show(result)
        for name, control in self.controls.items():
            _keep_words(control)
            heard = self._redraw if name in self._redrawn else self._ask
            control.observe(heard, "value")
        layout = Layout(flex_flow="row wrap", overflow="visible")
        row = Box(list(self.controls.values()), layout=layout)
        self.children = [row, Keys(), self.message, self.sentence, self.picture]

    @property
    def params(self) -> dict[str, Any]:
        """What the controls say: the keyword arguments of the verb."""
        return self._params(self._said())

    @property
    def data(self) -> Any:
        """What the verb is asked about: the survey, drivers, log or map, or the chosen segment of it."""
        return self._data(self._said())

    @property
    def survey(self) -> Any:
        """The survey asked; the same as ``data`` where the verb takes a survey."""
        return getattr(self.data, "survey", self.data)

    def said(self) -> str:
        """The sentence."""
        return str(self._seen(self.result, self._said()))

    def still(self) -> str:
        """The picture, and the sentence below it."""
        picture = self.picture.value
        if picture.startswith("<svg"):
            picture = svg_image(self.said(), picture)
        return f"{picture}<p>{html.escape(self.said())}</p>"

    def turned(self) -> str:
        """The controls that stand elsewhere than when it was made."""
        chosen = []
        for name, control in self.controls.items():
            if control.value != self._opened[name]:
                chosen.append(f"{_name_of(control)}: {_choice(control)}")
        return f"Chosen: {'; '.join(chosen)}." if chosen else ""

    def _said(self) -> Said:
        """What the controls say now."""
        return {name: control.value for name, control in self.controls.items()}

    def _key(self, said: Said) -> str:
        """What the answer depends on."""
        asked = {name: value for name, value in said.items() if name not in self._redrawn}
        return repr(asked)

    def _ask_verb(self, said: Said) -> Any:
        """What the verb says to the controls."""
        return self._verb(self._data(said), **self._params(said))

    def _answer(self, said: Said) -> Any:
        """What the verb says to the controls, from memory where it was asked before; a refusal is an answer, too."""
        if self._answers is None:
            return self._ask_verb(said)
        key = self._key(said)
        if key not in self._answers:
            try:
                self._answers[key] = self._ask_verb(said)
            except CxlensError as error:
                self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, CxlensError):
            raise answer
        return answer

    def _look_ahead(self) -> None:
        """Ask for every other value of each control that has a list of them."""
        now = self._said()
        for name, control in self.controls.items():
            if name in self._redrawn:
                continue
            for _, value in getattr(control, "options", ()):
                with suppress(CxlensError):
                    self._answer({**now, name: value})

    def _ask(self, _change: object) -> None:
        """Ask the verb again: for a quick answer first where there is one."""
        said = self._said()
        steps = []
        if self._first:
            steps.append(self._quick_answer)
        steps.append(lambda: self._answer(said))
        self._tell(steps)

    def _quick_answer(self) -> Any:
        """The answer that takes the shorter time."""
        params = self.params
        if self._first:
            params = self._first(params)
        return self._verb(self.data, **params)

    def _redraw(self, _change: object) -> None:
        """Show the answer there is in another way."""
        self._tell([lambda: self.result])

    def _tell(self, steps: list[Callable[[], Any]]) -> None:
        """Show the answers as they come, or what was refused; until then the last one is dimmed."""
        self.message.value = BUSY
        for part in self.of_answer:
            part.add_class(OLD)
        try:
            for step in steps:
                self._show(step())
        except CxlensError as error:
            self.message.value = ALERT.format(html.escape(str(error)))
            return
        self.message.value = ""

    def _show(self, result: Any) -> None:
        """The sentence at once, then the picture."""
        seen = self._seen(result, self._said())
        self.sentence.value = DIMMED + SENTENCE.format(html.escape(str(seen)))
        self.set_trait("result", result)
        self.picture.value = self._drawn(seen)
        for part in self.of_answer:
            part.remove_class(OLD)
        self.keep()

    @property
    def of_answer(self) -> list[Widget]:
        """All that shows the answer."""
        return [self.sentence, self.picture]


def _keep_words(control: Widget) -> None:
    """A description with two ``$`` is no mathematics, which a notebook would make of it: a class forbids it."""
    if not isinstance(control, DescriptionWidget):  # what is none shows a text as it is
        return
    if control.description.count("$") > 1 and not control.description_allow_html:
        control.description_allow_html = True
        control.description = LABEL.format(html.escape(control.description))


def _name_of(control: Widget) -> str:
    """The description of a control, as HTML."""
    words: str = control.description
    is_html = getattr(control, "description_allow_html", False)
    return words if is_html else html.escape(words)


def _choice(control: Widget) -> str:
    """What stands in a control, as HTML: of a list its words."""
    words = getattr(control, "label", None)
    return html.escape(str(control.value if words is None else words))


def _picture(seen: Any) -> str:
    """The picture of a chart, with its alternative text."""
    png, alt = pictures.picture(seen)
    code = base64.b64encode(png).decode("ascii")
    return image(alt, code)


def dropdown(description: str, options: Options, value: Any) -> Widget:
    """A list to choose from, its description beside it."""
    return Dropdown(options=options, value=value, description=description, **text_style())


def text_style() -> dict[str, Any]:
    """The whole description beside its field, however long."""
    layout = Layout(width="auto", max_width="calc(100% - 16px)", margin="2px 16px 2px 0")
    return {
        "style": {"description_width": "initial"},
        "layout": layout,
    }
