"""Whether leaving out those who did not state a factor or covariate would tell of few, who are hidden elsewhere.

The same question without the column counts them, too: the difference of both is those without it. Answers left out for
other reasons do not belong here.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.small_cells import MOST_COLUMNS, SmallCells
from cxlens.engine.answers import Data, kinds_of
from cxlens.engine.design import Design
from cxlens.engine.labels import NOT_STATED
from cxlens.errors import ValuesError, listing
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.study.survey import Survey

Flags = NDArray[np.bool_]


def gaps_that_tell(survey: Survey, asked: Asked, data: Data) -> dict[str, Flags]:
    """By factor and covariate (cells,) in which segments the gaps in it would tell what a table of all hides.

    Gaps in two or three columns at once are had from several questions, and count for each of these columns.
    """
    columns = asked.design.label_columns
    nobody = np.zeros(len(data.sums.cells), bool)
    telling = dict.fromkeys(columns, nobody)
    if not data.dropped["a covariate left blank"]:
        return telling
    reading = asked.reading(survey)
    everybody = reading._replace(design=_without_labels(asked.design))
    kinds, n = kinds_of(everybody, survey.keys)
    door = SmallCells.of(kinds, n, SMALLEST)
    most = MOST_COLUMNS - (asked.by is not None)
    for size in range(1, most + 1):
        for some in combinations(columns, size):
            hidden = _hidden_gaps(asked, data, some, door, kinds.assign(n=n[:, -1]))
            for name in some:
                telling[name] = telling[name] | hidden
    return telling


def _without_labels(design: Design) -> Design:
    """The same without factors and label columns among the covariates: those who did not state them take part."""
    players = [player for player in design.players if player[0].kind != "level"]
    return design._replace(players=tuple(players), factors=())


def _hidden_gaps(
    asked: Asked,
    data: Data,
    columns: tuple[str, ...],
    door: SmallCells,
    kinds: pd.DataFrame,
) -> Flags:
    """(cells,) whether a table by segment and these columns hides those of a segment who stated none of them."""
    in_gap = kinds[(kinds[list(columns)] == NOT_STATED).all(axis=1)]
    cells = pd.DataFrame(dict.fromkeys(columns, NOT_STATED), index=range(len(data.sums.cells)))
    if asked.by is None:
        n = np.array([in_gap["n"].sum()])
    else:
        cells[asked.by] = data.sums.cells
        by_segment = in_gap.groupby(asked.by)["n"].sum()
        n = by_segment.reindex(data.sums.cells, fill_value=0).to_numpy(np.int64)
    everybody = door.n.shape[1] - 1
    return door.hidden(cells, n[:, None].astype(np.int64), [everybody])[:, 0]


def too_telling(telling: dict[str, Flags]) -> ValuesError:
    """Which gaps tell, and what to do about them."""
    columns = [name for name, segments in telling.items() if segments.any()]
    own_value = f"data[{columns[0]!r}].fillna('not stated')"
    return ValuesError(
        f"{listing(map(repr, columns))}: without those who did not state it, this would tell what fewer than "
        f"{SMALLEST} answers say, since the same question without it counts them. Make the gap a value of its own, "
        f"{own_value}, or leave them out first: survey.where(cx.Segment(...))."
    )
