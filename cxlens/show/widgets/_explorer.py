"""The widget every result explores itself with: controls, a sentence, a picture.

What a control means for a verb is said in :mod:`cxlens.show.widgets.explore`; figures are made by the verbs, and
pictures by :mod:`cxlens.show.charts`. No arithmetic belongs here.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import traitlets
from ipywidgets import HTML, Box, Layout, VBox, Widget

from cxlens.errors import CxlensError
from cxlens.show import charts

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
    silent
        Names of controls that ask nothing by themselves: they choose what other controls show.

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
        silent: Collection[str] = (),
    ) -> None:
        super().__init__()
        self.add_class("cxlens-explorer")
        self.controls = MappingProxyType(dict(controls))
        self._verb, self._data, self._params, self._quiet = verb, data, params, False
        self.message, self.sentence, self.picture = HTML(), HTML(), HTML()
        self._show(result, charts.picture(result))
        for name, control in controls.items():
            if name not in silent:
                control.observe(self._ask, "value")
        row = Box(list(controls.values()), layout=Layout(flex_flow="row wrap", overflow="visible"))
        self.children = [row, self.message, self.sentence, self.picture]

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

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Set controls inside without asking the verb."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def _said(self) -> Said:
        return {name: control.value for name, control in self.controls.items()}

    def _ask(self, _change: object) -> None:
        if self._quiet:
            return
        self.message.value = BUSY
        try:
            result = self._verb(self.data, **self.params)
            picture = charts.picture(result)
        except CxlensError as error:
            self.message.value = ALERT.format(html.escape(str(error)))
            return
        self._show(result, picture)
        self.message.value = ""

    def _show(self, result: Any, picture: tuple[bytes, str]) -> None:
        png, alt = picture
        source = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
        self.sentence.value = f'<p role="status" style="max-width:62em">{html.escape(str(result))}</p>'
        self.picture.value = f'<img alt="{html.escape(alt)}" style="max-width:100%;height:auto" src="{source}">'
        self.set_trait("result", result)
