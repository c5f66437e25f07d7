"""What a manager reads first, as data: a headline, seven answers, a picture, and who decides what by when.

No HTML here: the report, slides and others show it. What it says is told by :mod:`cxlens.publish.first_answers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cxlens.common.result import View

NONE = "–"  # stands for a figure that there is not


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the seven answers.

    Attributes
    ----------
    key
        What it is about: "state", "fix", "plan", "cost", "yes", "gaps" or "promises".
    label
        What the figure is: ``State: NPS``.
    figure, interval
        ``+25``, ``[20, 29]``; a dash and "" where there is none.
    lead
        The words that come first and count most.
    text
        What follows them: with the lead one sentence or two.
    warns
        Whether the figure is about something below its standard or missing.
    """

    key: str
    label: str
    figure: str
    interval: str = ""
    lead: str = ""
    text: str = ""
    warns: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether there is no figure."""
        return self.figure == NONE

    @property
    def line(self) -> str:
        """All of it as text: ``State: NPS +25 [20, 29]. Target 35 by 31 Dec 2026.``."""
        return _joined([f"{_joined([self.label, self.figure, self.interval])}.", self.said])

    @property
    def said(self) -> str:
        """Lead and text."""
        return _joined([self.lead, self.text])


class Decision(NamedTuple):
    """A row of the table of decisions, in words; ``ends`` are its forecast and interval in shares of the widest."""

    initiative: str
    who: str
    yes_by: str
    done: str
    cost: str
    forecast: str
    interval: str
    ends: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Who decides what, by when: a title, the heads of cost and forecast, rows, all of them together, a note."""

    title: str
    cost_head: str
    forecast_head: str
    rows: Sequence[Decision]
    together: Decision
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class FirstScreen:
    """All that the first screen says.

    Attributes
    ----------
    headline
        Whether the target will be reached, or else the nearest to it that can be told.
    basis
        Which answers this rests on.
    answers
        The seven, in order.
    chart
        The outcome by period with the target: a view to be drawn; None without a road map.
    how
        How to read the picture.
    decisions
        The table; None without a road map.
    """

    headline: str
    basis: str
    answers: Sequence[Answer]
    chart: View | None
    how: str
    decisions: Decisions | None

    @property
    def lines(self) -> list[str]:
        """The headline and each answer that has a figure, as text."""
        told = [answer for answer in self.answers if not answer.is_blank]
        return [f"{self.headline}.", *(answer.line for answer in told)]


def _joined(words: Sequence[str]) -> str:
    """Words in a row, without those that say nothing."""
    return " ".join(filter(None, words))
