"""A figure that a notebook shows together with its alternative text, on the page and in the saved file.

JupyterLab and its exports give a plain picture no alternative text, whatever its metadata say; only older exports take
it from there. So it is shown as HTML, too. What the text says does not belong here: see
:class:`cxlens.common.pictures.Chart`.
"""

from __future__ import annotations

import html
from base64 import b64encode
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

IMAGE = '<img alt="{}" style="max-width:100%;height:auto;border-radius:6px" src="data:{};base64,{}">'
PNG, SVG = "image/png", "image/svg+xml"


class DescribedFigure(Figure):
    """A figure with an alternative text.

    Attributes
    ----------
    alt
        What the figure shows, in words; "" where nobody said it.
    """

    alt = ""

    def _repr_mimebundle_(self, **_given: Any) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        """The picture in the form the notebook is set to, as it is and as HTML; nothing where it has no text."""
        if not self.alt:
            return {}, {}
        shown = {"text/plain": self.alt}
        said = {}
        for form, (picture, size) in _as_set(self).items():
            shown[form] = picture
            shown["text/html"] = image(self.alt, picture if form == PNG else _in_base64(picture), form)
            said[form] = {**size, "alt": self.alt}
        return shown, said


def describe(ax: Axes, alt: str) -> None:
    """Give the figure of an Axes its alternative text, where it is one that takes it."""
    figure = ax.get_figure(root=True)
    if isinstance(figure, DescribedFigure):
        figure.alt = alt


def image(alt: str, picture: str, form: str = PNG) -> str:
    """A picture in HTML, from base64, with its alternative text."""
    return IMAGE.format(html.escape(alt), form, picture.strip())


def _as_set(figure: Figure) -> dict[str, tuple[str, dict[str, Any]]]:
    """The figure in each form the notebook is set to, with what is said of its size."""
    from IPython import get_ipython

    shell = get_ipython()
    made = {}
    for form in (SVG, PNG):
        picture = shell.display_formatter.formatters[form](figure) if shell else None
        if isinstance(picture, tuple):  # with its size, for screens of twice the dots
            made[form] = picture
        elif picture:
            made[form] = (picture, {})
    return made


def _in_base64(svg: str) -> str:
    return b64encode(svg.encode()).decode("ascii")
