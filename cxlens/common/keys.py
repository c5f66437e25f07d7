"""What controls need of the page around them: that their keys stay theirs, and that their fields can be read.

JupyterLab takes arrows and letters for its own while a list has the focus: the cell changes, and the list does not.
"""

from __future__ import annotations

from pathlib import Path

import anywidget

FIELD = "5em"  # a number of six figures is read whole
CSS = f"""
.cxlens-explorer .widget-inline-hbox{{flex-wrap:wrap;height:auto}}
.cxlens-explorer .widget-inline-hbox>:is(input,select){{min-width:{FIELD}}}
"""


class Keys(anywidget.AnyWidget):
    """Beside the controls of an explorer: their keys are theirs. Ctrl, Alt and Cmd, and Shift+Enter, go on.

    Where there is no width for a field beside its description it stands below. It shows nothing itself.
    """

    _esm = Path(__file__).with_name("keys.js")
    _css = CSS
