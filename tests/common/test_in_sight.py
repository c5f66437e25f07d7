"""What a click opens: what the browser is given; that it comes into sight is seen in ``tests/test_browser.py``."""

from __future__ import annotations

from pathlib import Path

from cxlens.common import in_sight
from cxlens.common.in_sight import InSight


def test_the_browser_is_given_the_script_and_the_words() -> None:
    state = InSight("<b>Gate</b>").get_state()
    assert state["value"] == "<b>Gate</b>"
    assert state["_esm"] == Path(in_sight.__file__).with_name("in_sight.js").read_text(encoding="utf-8")
    assert 'scrollIntoView({ block: "nearest"' in state["_esm"]
