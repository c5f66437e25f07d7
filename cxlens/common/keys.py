"""What keeps the keys that are pressed on a control from the notebook around it; it shows nothing itself.

JupyterLab takes arrows and letters for its own while a list has the focus: the cell changes, and the list does not.
"""

from __future__ import annotations

from pathlib import Path

import anywidget


class Keys(anywidget.AnyWidget):
    """Beside the controls of an explorer: their keys are theirs. Ctrl, Alt and Cmd, and Shift+Enter, go on."""

    _esm = Path(__file__).with_name("keys.js")
