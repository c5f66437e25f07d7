"""A finding in parts. Sentence, title of the picture and alternative text are joins of them.

So nobody takes a sentence apart: names of touchpoints may hold any sign that ends, parts or brackets a sentence. What
is found is said by the verbs; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cxlens.errors import listing

LINK = "A link in the answers, not yet a proven effect"  # the caution of all that answers go with; once a page
TITLE = 90  # characters of a title: two lines on a phone


@dataclass(frozen=True, slots=True)
class Item:
    """One of several things that a finding names, such as a touchpoint with its rating.

    Attributes
    ----------
    name
        What is named.
    figure, interval, certainty
        Its figure in words, the interval, and how sure it is; "" where there is none.
    """

    name: str
    figure: str = ""
    interval: str = ""
    certainty: str = ""

    @property
    def brief(self) -> str:
        """``Security (rated 3.51)``: for a title."""
        if self.figure:
            return f"{self.name} ({self.figure})"
        return self.name

    @property
    def whole(self) -> str:
        """``Security (rated 3.51 [3.45, 3.57], in 98 of 100 redraws)``: for a sentence."""
        inside = _joined(", ", [_joined(" ", [self.figure, self.interval]), self.certainty])
        if inside:
            return f"{self.name} ({inside})"
        return self.name


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, in parts; each part is words, "" where there is none.

    Attributes
    ----------
    lead
        Direction and size first: ``Security explains``.
    figure, interval, unit
        ``8``, ``[6, 10]``, ``points of the 39 % of differences in NPS``.
    certainty
        What the test says: ``it ranks first in 998 of 1,000 redraws``.
    n
        The answers behind it: ``4,819``; or who they are, in words.
    caution
        A sentence about what it does not say, without its stop.
    items, named
        Several things that are named after the lead, the first ones first, and how many of them; the rest is counted.
    more
        Further sentences, without their stops, that a title leaves out.
    short
        What a title says instead where lead and figure are too long for it.
    """

    lead: str
    figure: str = ""
    interval: str = ""
    unit: str = ""
    certainty: str = ""
    n: str = ""
    caution: str = ""
    items: Sequence[Item] = ()
    named: int = 3
    more: Sequence[str] = ()
    short: str = ""

    @property
    def title(self) -> str:
        """For the top of a picture: the lead with its figure, or with what it names; no interval.

        Where that takes more than two lines, the short form, or as many of the things named as there is room for.
        """
        words = _joined(" ", [self.lead, self.figure, self.unit])
        named = [item.brief for item in self.items]
        titles = [self._joined([words], named)]
        if self.short:
            titles.append(self.short)
        with_figure = [item for item in self.items if item.figure] or self.items  # others say that there is none
        briefs = [item.brief for item in with_figure]
        for most in range(min(self.named, len(briefs)), 0, -1):
            titles.append(f"{words}: {listing(briefs, most)}")
        if briefs:
            titles.append(f"{words}: {listing([item.name for item in with_figure], 1)}")
        return next((title for title in titles if len(title) <= TITLE), titles[-1])

    @property
    def sentence(self) -> str:
        """All parts, for a reader of text."""
        first = self._joined([self.lead, self.figure, self.interval, self.unit], [item.whole for item in self.items])
        n = f"n = {self.n}" if self.n[:1].isdigit() else self.n
        said = [_joined("; ", [first, self.certainty]), *self.more, self.caution, n]
        return " ".join(f"{part}." for part in said if part)

    def _joined(self, words: Iterable[str], items: Sequence[str]) -> str:
        first = _joined(" ", words)
        if items:
            return f"{first}: {listing(items, self.named)}"
        return first

    def __str__(self) -> str:
        return self.sentence


def _joined(between: str, parts: Iterable[str]) -> str:
    return between.join(part for part in parts if part)
