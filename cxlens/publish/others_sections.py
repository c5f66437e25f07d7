"""What a report says of others: competitors' customers, employees, and whether channels serve alike.

How each comparison is made belongs to the baseline; no figure is made here.
"""

from __future__ import annotations

from collections.abc import Callable

from cxlens.common.result import View
from cxlens.errors import OptionError, ValuesError
from cxlens.publish.blocks import Block, Paragraph
from cxlens.publish.desk import Desk
from cxlens.publish.words import shown

DIFFERENCES = "a dot is a difference of two mean ratings, the line its interval; at 0 there is none."
PAIRS = "dots and diamonds are mean ratings by customers, squares what employees think they are; lines are intervals."


def compared(desk: Desk) -> list[Block]:
    """Ours against competitors, customers against employees, channel against channel, where the study has them."""
    now = desk.now
    blocks: list[Block] = []
    if now.rivals:
        blocks.append(_view("Against competitors", now.competitors, DIFFERENCES))
    if now.staff is not None:
        blocks.append(_view("What employees think", now.employees, PAIRS))
    if desk.survey.channel:
        how = "a dot is the mean rating by the customers of a channel, the line its interval."
        blocks.append(_view("Channel by channel", now.consistency, how))
    return blocks


def _view(about: str, ask: Callable[[], View], how: str) -> Block:
    """One comparison; why there is none where answers do not suffice."""
    try:
        view = ask()
    except (OptionError, ValuesError) as error:
        return Paragraph(f"{about}: there is nothing to report here: {error}")
    return shown(view, view.note, how, about=about)
