"""Whether leaving out those who did not state a factor or covariate would tell of few, who are hidden elsewhere.

The same question without the column counts them, too: the difference of both is those without it. Answers left out for
other reasons do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.small_cells import MOST_COLUMNS, SmallCells
from cxlens.engine.answers import Reading, kinds_of
from cxlens.engine.design import Design
from cxlens.engine.labels import NOT_STATED
from cxlens.errors import ValuesError, listing

Flags = NDArray[np.bool_]
N = "(n)"  # no column is called so


def gaps_that_tell(
    reading: Reading,
    keys: Sequence[str],
    segments: Sequence[str],
    least: int,
) -> dict[str, Flags]:
    """By factor and covariate in which segments (s,) the gaps in it would tell what a table of all hides.

    Gaps in two or three columns at once are had from several questions, and count for each of these columns.

    Parameters
    ----------
    reading
        What is read for the question.
    keys
        The columns that a table may be by.
    segments
        Those of the question, in words; one without a column to tell them apart.
    least
        Cells of 1 to ``least`` - 1 people are hidden, and as many more as protect them.
    """
    columns = [name for name in reading.design.label_columns if reading.source.missing(name)]
    nobody = np.zeros(len(segments), bool)
    telling = dict.fromkeys(columns, nobody)
    everybody = reading._replace(design=_without_labels(reading.design))
    kinds, n = kinds_of(everybody, keys)
    door = SmallCells.of(kinds, n, least)
    counted = kinds.assign(**{N: n[:, -1]})
    most = MOST_COLUMNS - (reading.by is not None)
    for size in range(1, most + 1):
        for some in combinations(columns, size):
            cells = _gaps(counted, some, reading.by, segments)
            hidden = door.hidden(cells.drop(columns=N), cells[[N]].to_numpy(), [n.shape[1] - 1])[:, 0]
            for name in some:
                telling[name] = telling[name] | hidden
    return telling


def _without_labels(design: Design) -> Design:
    """The same without factors and label columns among the covariates: those who did not state them take part."""
    players = [player for player in design.players if player[0].kind != "level"]
    return design._replace(players=tuple(players), factors=())


def _gaps(
    kinds: pd.DataFrame,
    columns: tuple[str, ...],
    by: str | None,
    segments: Sequence[str],
) -> pd.DataFrame:
    """The cells of those who stated none of some columns, one a segment, and how many they are."""
    in_gap = kinds[(kinds[list(columns)] == NOT_STATED).all(axis=1)]
    cells = pd.DataFrame(dict.fromkeys(columns, NOT_STATED), index=range(len(segments)))
    if by is None:
        return cells.assign(**{N: in_gap[N].sum()})
    of_segments = in_gap.groupby(by)[N].sum().reindex(list(segments), fill_value=0)
    cells[by] = list(segments)
    cells[N] = of_segments.to_numpy(np.int64)
    return cells


def too_telling(telling: Iterable[str], least: int) -> ValuesError:
    """The columns whose gaps tell, and what to do about them."""
    columns = list(telling)
    them, one_of_them = ("it", "it") if len(columns) == 1 else ("them", "one of them")
    own_value = f"data[{columns[0]!r}].fillna('not stated')"
    return ValuesError(
        f"{listing(map(repr, columns))}: without those who did not state {them}, this would tell what fewer than "
        f"{least} answers say, since the same question without {one_of_them} counts them. Make the gap a value of its "
        f"own, {own_value}, or leave them out first: survey.where(cx.Segment(...))."
    )
