"""Answers of some people that are shown beside those of all: what a table of all hides of them stays hidden.

A filtered survey is another survey, guarded by itself alone. Where a reader sees both, what is hidden of one group
would follow from all and the other groups. How cells are found belongs to :mod:`cxlens.common.small_cells`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.labels import in_word
from cxlens.study.segments import Segment

if TYPE_CHECKING:
    from cxlens.study.survey import Survey

ALL_ANSWERS = -1  # the item that is no question


def part_of(survey: Survey, who: Segment | Mapping[str, Any]) -> Survey:
    """The answers of some, to be shown beside all: what a table of all hides is hidden.

    A condition of several values, or of a range, is no cell of a table: who fits it is guarded by itself alone.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> rows = pd.DataFrame({"web": [4, 5] * 10, "y": [3, 4] * 10, "plan": ["a"] * 9 + ["b"] * 8 + ["c"] * 3})
    >>> survey = cx.Survey(rows, touchpoints=["web"], outcome="y", segments=["plan"])
    >>> [cx.baseline(part_of(survey, {"plan": plan})).table["mean"].notna().all() for plan in "abc"]
    [np.True_, np.False_, np.False_]
    """
    part = survey.where(who)
    conditions = who.where if isinstance(who, Segment) else who
    if all(pd.api.types.is_scalar(condition) for condition in conditions.values()):
        part._set(beside=Beside.of(survey, conditions))
    return part


class Beside(NamedTuple):
    """The whole that a part is shown beside, and the value that everybody in the part has in each of its columns."""

    whole: Survey
    values: Mapping[str, str]

    @classmethod
    def of(cls, survey: Survey, values: Mapping[str, Any]) -> Beside:
        """Of a part of a survey, which may be a part itself."""
        words = {column: in_word(value) for column, value in values.items()}
        if survey.beside is None:
            return cls(survey, words)
        return cls(survey.beside.whole, {**survey.beside.values, **words})

    def hidden(
        self,
        part: Survey,
        cells: pd.DataFrame,
        n: NDArray[np.int64],
        items: Sequence[int],
        least: int,
    ) -> NDArray[np.bool_]:
        """(rows, i) which cells of a table of the part a table of the whole hides: see ``Survey.hidden``.

        A touchpoint that the whole does not have, such as a group of several, is guarded by the part alone.
        """
        hidden = np.zeros(n.shape, bool)
        in_whole = cells.assign(**self.values)
        for place, item in enumerate(self._items(part, items)):
            if item is not None:
                counted = n[:, [place]]
                hidden[:, [place]] = self.whole.hidden(in_whole, counted, [item], least)
        return hidden

    def _items(self, part: Survey, items: Sequence[int]) -> Iterator[int | None]:
        """The same questions by their numbers in the whole."""
        of_part = [*part.touchpoints, *part.outcomes]
        of_whole = [*self.whole.touchpoints, *self.whole.outcomes]
        for item in items:
            if not 0 <= item < len(of_part):
                yield ALL_ANSWERS
            elif of_part[item] in of_whole:
                yield of_whole.index(of_part[item])
            else:
                yield None
