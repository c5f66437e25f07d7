"""Keys that stay with a control: what the browser is given; that they do is seen in ``tests/test_browser.py``."""

from __future__ import annotations

from pathlib import Path

from cxlens.common import keys
from cxlens.common.keys import Keys


def test_the_browser_is_given_the_script_and_nothing_is_shown() -> None:
    script = Path(keys.__file__).with_name("keys.js").read_text(encoding="utf-8")
    assert Keys().get_state()["_esm"] == script
    assert 'el.style.display = "none"' in script


def test_lists_keep_their_keys_and_the_notebook_those_with_ctrl() -> None:
    script = Path(keys.__file__).with_name("keys.js").read_text(encoding="utf-8")
    assert 'CONTROLS = "select, input, button"' in script
    assert "event.ctrlKey || event.altKey || event.metaKey" in script
