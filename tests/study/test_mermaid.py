"""A map as Mermaid's text; seen drawn by Mermaid 10.9 and 11.17 with each of the odd names below."""

from __future__ import annotations

import re

import pytest

from cxlens.study.lifecycle import Lifecycle
from cxlens.study.mermaid import escaped, flowchart
from cxlens.study.touchpoints import Touchpoint, TouchpointMap

ODD = [
    "1. Web",
    "- Desk",
    '"Call" & <b>more</b>',
    "a --> b",
    "%% comment",
    "#quot",
    "`x` *y* _z_",
    "$$x^2$$",
    "end",
    "東京",
]


def test_stages_stand_in_order_with_their_touchpoints() -> None:
    lifecycle = Lifecycle(["before", "there", "after"])
    touchpoints = [
        Touchpoint("Call", stage="after"),
        Touchpoint("Web", stage="before"),
        Touchpoint("App", stage="before"),
    ]
    made = TouchpointMap(touchpoints, lifecycle)
    assert made.to_mermaid() == flowchart(made)
    assert flowchart(made).splitlines() == [
        "flowchart LR",
        '  subgraph stage1["before"]',
        "    direction TB",
        '    touchpoint1_1["Web"]',
        '    touchpoint1_2["App"]',
        "  end",
        '  subgraph stage2["there"]',
        "    direction TB",
        '    gap2["no touchpoint"]',
        "  end",
        '  subgraph stage3["after"]',
        "    direction TB",
        '    touchpoint3_1["Call"]',
        "  end",
        "  stage1 --> stage2",
        "  stage2 --> stage3",
        "  style gap2 stroke-dasharray: 4",
    ]


@pytest.mark.parametrize("name", ODD)
def test_names_hold_no_sign_that_mermaid_reads(name: str) -> None:
    label = escaped(name)
    assert re.fullmatch(r"(?:[\w ,]|#\d+;)*", label)
    assert "_" not in label
    assert re.sub(r"#(\d+);", lambda sign: chr(int(sign[1])), label) == name
    made = TouchpointMap([Touchpoint(name, stage="s")], Lifecycle(["s"]))
    assert f'    touchpoint1_1["{label}"]\n' in flowchart(made)
