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
from ipywidgets import (
    HTML,
    Box,
    Dropdown,
    Layout,
    VBox,
    Widget,
)

from cxlens.common import pictures
from cxlens.errors import CxlensError

Said = dict[str, Any]  # the value of each control, by its name
BUSY = '<p role="status">Calculating …</p>'
ALERT = '<p role="alert" style="border-left:4px solid #D55E00;padding-left:8px;max-width:62em">Not possible: {}</p>'


class Explorer(VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Controls, and what the verb answers to them.

    Each change of a control asks the verb again. What it refuses stands in ``message``, and the last answer stays.

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
        self._verb, self._data, self._params = verb, data, params
        self._seen, self._redrawn, self._first, self._drawn = seen, frozenset(redraw), first, drawn or _picture
        self.message, self.sentence, self.picture = HTML(), HTML(), HTML()
        self._answers: dict[str, Any] | None = {self._key(self._said()): result} if ahead else None
        self._show(result)
        for name, control in controls.items():
            control.observe(self._redraw if name in self._redrawn else self._ask, "value")
        row = Box(list(controls.values()), layout=Layout(flex_flow="row wrap", overflow="visible"))
        self.children = [row, self.message, self.sentence, self.picture]
        if ahead:
            Thread(target=self._look_ahead, daemon=True).start()

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

    def _said(self) -> Said:
        return {name: control.value for name, control in self.controls.items()}

    def _key(self, said: Said) -> str:
        """What the answer depends on."""
        return repr({name: value for name, value in said.items() if name not in self._redrawn})

    def _answer(self, said: Said) -> Any:
        """What the verb says to the controls, from memory where it was asked before; a refusal is an answer, too."""
        if self._answers is None:
            return self._verb(self._data(said), **self._params(said))
        key = self._key(said)
        if key not in self._answers:
            try:
                self._answers[key] = self._verb(self._data(said), **self._params(said))
            except CxlensError as error:
                self._answers[key] = error
        if isinstance(self._answers[key], CxlensError):
            raise self._answers[key]
        return self._answers[key]

    def _look_ahead(self) -> None:
        """Ask for every other value of each control that has a list of them."""
        now = self._said()
        for name, control in self.controls.items():
            for _, value in getattr(control, "options", ()) if name not in self._redrawn else ():
                with suppress(CxlensError):
                    self._answer({**now, name: value})

    def _ask(self, _change: object) -> None:
        said = self._said()
        first, steps = self._first, [lambda: self._answer(said)]
        if first:
            steps.insert(0, lambda: self._verb(self.data, **first(self.params)))
        self._tell(steps)

    def _redraw(self, _change: object) -> None:
        self._tell([lambda: self.result])

    def _tell(self, steps: list[Callable[[], Any]]) -> None:
        """Show the answers as they come, or what was refused."""
        self.message.value = BUSY
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
        self.sentence.value = f'<p role="status" style="max-width:62em">{html.escape(str(seen))}</p>'
        self.set_trait("result", result)
        self.picture.value = self._drawn(seen)


def _picture(seen: Any) -> str:
    """The picture of a chart, with its alternative text."""
    png, alt = pictures.picture(seen)
    source = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return f'<img alt="{html.escape(alt)}" style="max-width:100%;height:auto" src="{source}">'


Options = list[tuple[str, Any]]


ALL = ""  # the value of "Everyone" and the like: a Dropdown shows nothing where its value is None


def dropdown(description: str, options: Options, value: Any) -> Widget:
    """A list to choose from, its description beside it."""
    return Dropdown(options=options, value=value, description=description, **text_style())


def text_style() -> dict[str, Any]:
    """The whole description beside its field, however long."""
    return {"style": {"description_width": "initial"}, "layout": Layout(width="auto", margin="2px 16px 2px 0")}
