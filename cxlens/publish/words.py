"""How a report writes names, figures and their intervals. What a report says belongs to its sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from cxlens.common.finding import LINK, Finding
from cxlens.common.values import count, number, percent, signed
from cxlens.common.values import date_words as date_words
from cxlens.publish.blocks import Block, Heading, Note, Picture

NO_BREAK = str.maketrans(" ", "\N{NO-BREAK SPACE}")


class Form(NamedTuple):
    """How a figure is written, and how the ends of its interval are, which have no plus sign."""

    figure: Callable[[float], str]
    end: Callable[[float], str]


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


def span(value: float, low: float, high: float, form: Form = PLAIN) -> str:
    """A figure with its interval, without a line break: ``+2.3 [1.2, 3.4]``; without one where there is none."""
    figure = form.figure(value)
    if pd.isna(low):
        return figure.translate(NO_BREAK)
    ends = (form.end(low), form.end(high))
    interval = "[{}, {}]".format(*ends)
    return f"{figure} {interval}".translate(NO_BREAK)


def spans(table: pd.DataFrame, name: str, form: Form = PLAIN) -> list[str]:
    """A column of figures with their intervals."""
    ends = ["low", "high"]
    if f"{name}_low" in table:
        ends = [f"{name}_low", f"{name}_high"]
    texts = []
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


def shown(result: Any, note: str, how: str, *, simulated: bool, heading: str = "") -> list[Block]:
    """A result as a picture: its finding, in words that can be copied, begins the caption; the rest stands below.

    ``note``: how it was made, which readers open if they want to know.
    """
    blocks: list[Block] = []
    if heading:
        blocks.append(Heading(heading))
    blocks.append(Picture(result, captioned(result, simulated=simulated), how, note=without_link(note)))
    more = besides(result)
    return [*blocks, Note(more)] if more else blocks


def captioned(result: Any, *, simulated: bool) -> str:
    """What was found, and that the data are made up where they are; the page says once that it is a link."""
    finding = getattr(result, "finding", None)
    if isinstance(finding, Finding):
        caution = "" if finding.caution == LINK else finding.caution
        said = replace(finding, more=(), caution=caution).sentence
    else:
        said = str(result)
    return joined([simulated_note(simulated=simulated), said])


def besides(result: Any) -> str:
    """The further sentences of a finding."""
    finding = getattr(result, "finding", None)
    more = finding.more if isinstance(finding, Finding) else ()
    return joined(f"{sentence}." for sentence in more)


def without_link(note: str) -> str:
    """A note without the caution that the page gives once."""
    return joined(note.replace(f"{LINK}.", "").split())


def joined(sentences: Iterable[str]) -> str:
    """Sentences in a row; those that say nothing are left out."""
    return " ".join(sentence for sentence in sentences if sentence)


def simulated_note(*, simulated: bool) -> str:
    """What stands before figures of a study whose data are made up."""
    return "Simulated data." if simulated else ""
