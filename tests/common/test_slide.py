"""A slider that can be dragged: what the browser is told; that it can be is seen in ``tests/test_browser.py``."""

from __future__ import annotations

from pathlib import Path

from cxlens.common import slide
from cxlens.common.slide import Slide


def test_the_browser_is_told_name_range_step_and_value() -> None:
    state = Slide(0.3, -2.5, 1.45, "Getting there ($ and $)").get_state()
    assert {name: state[name] for name in ("value", "min", "max", "step", "description")} == {
        "value": 0.3, "min": -2.5, "max": 1.45, "step": 0.05, "description": "Getting there ($ and $)",
    }  # fmt: skip


def test_a_new_value_is_heard() -> None:
    heard = []
    control = Slide(0, -1, 1, "Desk")
    control.observe(lambda change: heard.append(change["new"]), "value")
    control.value = 0.5
    assert heard == [0.5]


def test_both_inputs_have_a_name_and_the_track_has_a_width() -> None:
    script = Path(slide.__file__).with_name("slide.js").read_text(encoding="utf-8")
    assert script.count('"aria-label": ') == 2
    assert "innerHTML" not in script  # so a name with two dollars is no mathematics, either
    assert "input[type=range]{flex:1 1 10em;min-width:10em" in slide.CSS
