"""How a report writes names, figures and their intervals. What a report says belongs to its sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from cxlens.common.finding import LINK, Finding
from cxlens.common.values import count, number, percent, signed
from cxlens.common.values import date_words as date_words
from cxlens.errors import listing
from cxlens.publish.blocks import Headline, Picture

NO_BREAK = str.maketrans(" ", "\N{NO-BREAK SPACE}")


class Form(NamedTuple):
    """How a figure is written, and how the ends of its interval are, which have no plus sign."""

    figure: Callable[[float], str]
    end: Callable[[float], str]


class Span(str):
    """A figure with its interval in words, of which tables show the interval in grey, and files have columns."""

    figure: str
    ends: list[str]

    def __new__(cls, figure: str, ends: Sequence[str]) -> Span:
        """The words: figure, and the ends of its interval, of which there are two or none."""
        interval = "[{}, {}]".format(*ends).translate(NO_BREAK) if ends else ""
        words = super().__new__(cls, f"{figure}\N{NO-BREAK SPACE}{interval}" if interval else figure)
        words.figure = figure
        words.ends = list(ends)
        return words

    def __reduce__(self) -> tuple[type[Span], tuple[str, list[str]]]:
        """What it is made of, for another process."""
        return Span, (self.figure, self.ends)

    @property
    def interval(self) -> str:
        """The interval alone, as it stands in the words."""
        return self.removeprefix(self.figure).strip()


PLAIN = Form(number, number)
SHARE = Form(percent, percent)
COUNT = Form(count, count)
FORMS = {  # of the measures of outcomes that are no plain means
    "NPS": Form(partial(signed, digits=0), partial(number, digits=0)),
    "top box": SHARE,
    "share": SHARE,
}


def change(digits: int = 2) -> Form:
    """The form of a change, with so many decimals: ``+2.3 [1.2, 3.4]``."""
    return Form(partial(signed, digits=digits), partial(number, digits=digits))


def span(value: float, low: float, high: float, form: Form = PLAIN) -> Span:
    """A figure with its interval, without a line break: ``+2.3 [1.2, 3.4]``; without one where there is none.

    A dash where there is no figure.
    """
    if pd.isna(value):
        return Span("–", [])
    figure = form.figure(value).translate(NO_BREAK)
    ends = [] if pd.isna(low) else [form.end(low), form.end(high)]
    return Span(figure, ends)


def spans(table: pd.DataFrame, name: str, form: Form = PLAIN) -> list[Span]:
    """A column of figures with their intervals."""
    ends = ["low", "high"]
    if f"{name}_low" in table:
        ends = [f"{name}_low", f"{name}_high"]
    texts: list[Span] = []
    for value, low, high in table[[name, *ends]].to_numpy(float):
        texts.append(span(value, low, high, form))
    return texts


def ranges(table: pd.DataFrame, what: str) -> list[str]:
    """A column of ranges as they were given."""
    lows = table[f"{what}_low"]
    highs = table[f"{what}_high"]
    return [f"{low:g} to {high:g}" for low, high in zip(lows, highs, strict=True)]


def or_blank(values: Iterable[Any], write: Callable[[Any], str]) -> list[str]:
    """A column of figures in words, blank where there is none."""
    return ["" if pd.isna(value) else write(value) for value in values]


def as_given(value: Any) -> Any:
    """A figure as it was given."""
    if isinstance(value, (int, float)):
        return f"{value:g}"
    return value


def sentence(words: str) -> str:
    """Words with a capital in front."""
    return words[:1].upper() + words[1:]


def column_words(column: str) -> str:
    """The name of a column in words: ``Overall satisfaction``."""
    return sentence(column.replace("_", " "))


def headline(result: Any) -> Headline:
    """What a result found as the heading of a chapter, and how sure that is."""
    return Headline(title_of(result), told_beside(result, with_n=True))


def title_of(result: Any) -> str:
    """The finding in short."""
    finding = getattr(result, "finding", None)
    return finding.title if isinstance(finding, Finding) else str(result)


def shown(
    result: Any,
    note: str,
    how: str,
    *,
    about: str = "",
    title: str = "",
    with_more: bool = False,
) -> Picture:
    """A result as a picture under its finding; under ``title`` where the page has told the finding already.

    ``note``: how it was made, which readers open if they want to know, after the further sentences of the finding, or
    ``with_more`` these stand below the picture; ``about``: what it is a picture of.
    """
    beside = "" if title else told_beside(result, with_more=with_more)
    more = "" if title or with_more else _more(result)
    told = joined([more, without_link(note)])
    name = title or about or title_of(result)
    return Picture(result, beside, how, f"{name}: {told}" if told else "", about, title)


def told_beside(result: Any, *, with_more: bool = True, with_n: bool = False) -> str:
    """What a finding says beside its title: intervals, how sure, the further sentences; the page has said the rest."""
    finding = getattr(result, "finding", None)
    if not isinstance(finding, Finding):
        return ""
    figures = _untitled(finding)
    named = [item.whole for item in finding.items if item.interval or item.certainty]
    told = "; ".join(filter(None, [figures, listing(named, finding.named) if named else "", finding.certainty]))
    told = f"{sentence(told)}." if told else ""
    caution = f"{finding.caution}." if finding.caution not in {"", LINK} else ""
    n = f"n = {finding.n}." if with_n and finding.n[:1].isdigit() else ""
    return joined([told, _more(result) if with_more else "", caution, n])


def _untitled(finding: Finding) -> str:
    """Figure and interval; where a short title leaves out whose they are, that, too."""
    untold = finding.lead.removeprefix(finding.short)
    if untold != finding.lead and finding.title == finding.short:
        return joined([untold.lstrip("; "), finding.figure, finding.interval, finding.unit])
    return f"{finding.figure} {finding.interval}" if finding.interval else ""


def _more(result: Any) -> str:
    """The further sentences of a finding."""
    finding = getattr(result, "finding", None)
    more = finding.more if isinstance(finding, Finding) else ()
    return joined(f"{sentence(part)}." for part in more)


def without_link(note: str) -> str:
    """A note without the caution that the page gives once."""
    return joined(note.replace(f"{LINK}.", "").split())


def joined(sentences: Iterable[str]) -> str:
    """Sentences in a row; those that say nothing are left out."""
    return " ".join(sentence for sentence in sentences if sentence)
