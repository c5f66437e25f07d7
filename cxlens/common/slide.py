"""A slider with a track that can be dragged, a name that screen readers hear, the ends of its range, and a field.

Those of ipywidgets have no name, and no width beside a long description. What a slider is for does not belong here.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

CSS = """
.cxlens-slide{display:flex;flex-wrap:wrap;align-items:center;gap:0 8px;width:27em;max-width:100%;margin:2px 20px 2px 0}
.cxlens-slide .name{flex:1 0 100%;overflow-wrap:anywhere}
.cxlens-slide small{min-width:3em;opacity:.75;font-variant-numeric:tabular-nums}
.cxlens-slide input[type=range]{flex:1 1 10em;min-width:10em;accent-color:#0072B2}
.cxlens-slide input[type=number]{width:5em}
"""


class Slide(anywidget.AnyWidget):
    """A number between two ends, by slider or by field.

    Parameters
    ----------
    value, low, high
        The number, and the ends of its range.
    description
        The name of the slider, shown whole above it.
    step
        What an arrow key changes. The ends should be multiples of it, so that 0 can be reached.

    Attributes
    ----------
    value : float
        The number as it stands.
    """

    _esm = Path(__file__).with_name("slide.js")
    _css = CSS

    value = traitlets.Float().tag(sync=True)
    min = traitlets.Float().tag(sync=True)
    max = traitlets.Float().tag(sync=True)
    step = traitlets.Float().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)

    def __init__(self, value: float, low: float, high: float, description: str, step: float = 0.05) -> None:
        super().__init__(value=value, min=low, max=high, step=step, description=description)
