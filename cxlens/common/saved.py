"""What a widget leaves in a saved notebook: a picture, hidden on the page as long as the widget beside it lives.

A notebook saves no widget, only where it was. So two outputs are shown: the picture with what it says, for all that is
read without a kernel (a notebook opened again, an export, GitHub), then the widget. What is in the picture is the
widget's own business.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, VBox

from cxlens.common.described import SVG, image
from cxlens.common.html import PLAIN

SAVED = "cxlens-saved"
HOW = "Saved with the notebook. Run the cell to use its controls."
STILL = f'<div class="{SAVED} {PLAIN} {{}}">{{}}<p><small>{{}}</small></p></div>'
# A notebook that is opened again has an empty shell, or an error, where the widget was.
NO_SHELL = (
    f"<style>.jp-OutputArea-child:has(.{SAVED})+.jp-OutputArea-child>.jupyter-widgets:not(:has(*))"
    "{display:none}</style>"
)
HIDDEN = "<style>.jp-OutputArea-child:has(.{0}),.{0}{{display:none!important}}</style>"
LIVE = "<!-- The widget lives as long as its kernel does. -->"
NAMESPACE = "http://www.w3.org/2000/svg"


class Saved:
    """A widget that a notebook shows, and saves, together with a picture of what it says."""

    _pictures: tuple[tuple[str, Any], ...] = ()  # those shown, with the mark by which a page knows each

    if TYPE_CHECKING:  # as each widget has them

        def said(self) -> str:
            """What it says, where neither widgets nor pictures are shown."""

        def still(self) -> str:
            """Its picture as HTML, with an alternative text."""

    def turned(self) -> str:
        """How it differs from what it was when it was made, as HTML; "" where it does not."""
        return ""

    def _ipython_display_(self, **_given: Any) -> None:
        """Show the picture, then the widget that hides it."""
        from IPython.display import display

        digest = hashlib.sha256(self.still().encode())
        mark = f"{SAVED}-{digest.hexdigest()[:12]}"
        picture = display(self._in_file(mark), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        self._pictures = (*self._pictures, (mark, picture))
        box = VBox([HTML(HIDDEN.format(mark)), self])
        texts = {"text/plain": "", "text/html": LIVE}
        display({**box._repr_mimebundle_(), **texts}, raw=True)  # type: ignore[no-untyped-call]

    def keep(self) -> None:
        """Put the picture as it is now where it was shown, so that this one is saved."""
        for mark, picture in self._pictures:
            picture.update(self._in_file(mark), raw=True)

    def _in_file(self, mark: str) -> dict[str, str]:
        """What the notebook saves under a mark."""
        how = f"{self.turned()} {HOW}".strip()
        return {
            "text/html": STILL.format(mark, self.still(), how) + NO_SHELL,
            "text/plain": self.said(),
        }


def svg_image(alt: str, svg: str, *, enlarged: float = 1) -> str:
    """A drawing in HTML that shows where its code would be taken for text, as in a notebook that is not trusted.

    It is as many pixels wide as it has units, or so many times as wide; a page with a style of its own decides itself.
    """
    width, height = svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split()
    size = f'width="{enlarged * float(width):g}" height="{enlarged * float(height):g}"'
    whole = svg.replace("<svg ", f'<svg xmlns="{NAMESPACE}" {size} ', 1)
    code = b64encode(whole.encode()).decode("ascii")
    return image(alt, code, SVG)
