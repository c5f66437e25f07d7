"""A touchpoint map as text of Mermaid, which sites such as GitHub draw: a box for each stage, its touchpoints in it.

Pictures made here, with figures on them, belong to the charts of the baseline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxlens.study.touchpoints import TouchpointMap

EMPTY = "no touchpoint"
PLAIN = frozenset(" ,")  # signs that mean nothing to Mermaid, nor to the Markdown in its labels


def flowchart(touchpoint_map: TouchpointMap) -> str:
    """The stages from left to right, and the touchpoints of each; a stage without one says so, in a dashed box."""
    lines = ["flowchart LR"]
    gaps = []
    stages = list(touchpoint_map.lifecycle)
    for number, stage in enumerate(stages, 1):
        lines += [f'  subgraph stage{number}["{escaped(stage.name)}"]', "    direction TB"]
        names = [touchpoint.name for touchpoint in touchpoint_map if touchpoint.stage == stage.name]
        for place, name in enumerate(names, 1):
            lines.append(f'    touchpoint{number}_{place}["{escaped(name)}"]')
        if not names:
            lines.append(f'    gap{number}["{EMPTY}"]')
            gaps.append(f"  style gap{number} stroke-dasharray: 4")
        lines.append("  end")
    arrows = [f"  stage{number} --> stage{number + 1}" for number in range(1, len(stages))]
    return "\n".join([*lines, *arrows, *gaps]) + "\n"


def escaped(name: str) -> str:
    """A name as a label shows it: every sign that Mermaid or Markdown could read is told by its number.

    Examples
    --------
    >>> escaped('1. "Web" & more')
    '1#46; #34;Web#34; #38; more'
    """
    return "".join(sign if sign.isalnum() or sign in PLAIN else f"#{ord(sign)};" for sign in name)
