"""Words that come into sight when they change: what a click opens is never off the screen."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets


class InSight(anywidget.AnyWidget):
    """HTML that is scrolled into sight whenever it changes, no further than it takes.

    Parameters
    ----------
    value
        The HTML, its texts escaped.

    Attributes
    ----------
    value : str
        The HTML as it stands.
    """

    _esm = Path(__file__).with_name("in_sight.js")

    value = traitlets.Unicode().tag(sync=True)

    def __init__(self, value: str = "") -> None:
        super().__init__(value=value)
