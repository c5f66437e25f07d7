"""Which columns of scores may rate touchpoints, and what they hold beside the scale.

What each is for is proposed by :mod:`cxlens.study.suggest`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from cxlens.engine.worded import worded
from cxlens.files.statistics import Said
from cxlens.study.profiles import Profile

GROUP = (
    r"\b(region|area|country|state|city|sex|gender|age|income|education|group|segment|language|"
    r"bundesland|geschlecht|alter|land|gruppe|ort)\b"
)  # how columns with the codes of groups are called
PLACE = (
    r"^(hotel|branch|store|shop|outlet|site|terminal|station|location|property|filiale|standort)"
    r"( ?(id|code|no|nr|number))?$"
)  # how columns with the codes of places are called, unless they rate them
SLIPS = 0.01  # of the answers of a column at most are slips
ENOUGH = 30  # answers: in so many the best score should occur


def is_rating(column: Profile, said: Said) -> bool:
    """Whether a column of scores may rate a touchpoint: yes and no, or the codes of groups, do not."""
    if column.scores is None or column.scores.nunique() < 3:
        return False
    if re.search(GROUP, column.name.replace("_", " "), re.IGNORECASE) or said.measures.get(column.name) == "nominal":
        return False
    words = said.words.get(column.name, {})
    scored = column.scores.dropna().unique().tolist()
    is_worded = bool(scored) and all(score in words for score in scored)
    return not is_worded or worded([words[score] for score in scored]) is not None


def numbers_places(column: Profile) -> bool:
    """Whether a column is called like a place and its numbers run on as those of no usual scale."""
    return column.scale == (0, 100) and column.called(PLACE)


def reaches_top(column: Profile) -> bool:
    """Whether the best score of its scale occurs in a column, or it has too few answers to tell."""
    if column.scores is None or column.scale is None or column.n < ENOUGH:
        return True
    return bool(column.scores.max() == column.scale[1])


def without_slips(column: Profile, scale: tuple[int, int] | None) -> Profile:
    """The column with a few numbers off the scale that others share, such as one 6 of 1 to 5, as codes to ask about."""
    scores = column.scores
    if scores is None or scale is None or column.scale == scale:
        return column
    is_off = scores.notna() & ~scores.between(*scale)
    if not 0 < is_off.sum() <= SLIPS * column.n:
        return column
    slips = Counter(map(int, scores[is_off].tolist()))
    return column._replace(scores=scores.mask(is_off), scale=scale, codes={**column.codes, **slips})


def commonest_scale(columns: Sequence[Profile]) -> tuple[int, int] | None:
    """The scale that most columns share, those with a code beside it among them."""
    sizes = Counter(column.scale for column in columns)

    def shared_by(scale: tuple[int, int] | None) -> tuple[int, int]:
        fitting = [column for column in columns if with_code_beside(column, scale).scale == scale]
        return len(fitting), sizes[scale]

    return max(sizes, key=shared_by)


def with_code_beside(column: Profile, scale: tuple[int, int] | None) -> Profile:
    """The column with the one number that follows on a scale, such as 6 on 1 to 5, as a code to ask about.

    A column in which both ends of its own usual scale occur has that scale, and no code.
    """
    scores = column.scores
    if scores is None or scale is None or column.scale == scale:
        return column
    if (scores.min(), scores.max()) == column.scale:
        return column
    off = scores[scores.notna() & ~scores.between(*scale)]
    if off.nunique() != 1 or not is_beside(off.iloc[0], scale):
        return column
    code = {int(off.iloc[0]): len(off)}
    return column._replace(scores=scores.mask(scores == off.iloc[0]), scale=scale, codes={**column.codes, **code})


def is_beside(code: Any, scale: tuple[int, int]) -> bool:
    """Whether a code is the number before a scale or after it."""
    low, high = scale
    return code in (low - 1, high + 1)


def ends(column: Profile) -> str:
    """``1 to 5``: the ends of its scale."""
    low, high = column.scale or (0, 0)
    return f"{low} to {high}"


def with_codes(column: Profile) -> pd.Series[Any]:
    """The scores of a column, and its codes as they are."""
    scores = column.scores
    if scores is None:
        return column.values
    if not column.codes:
        return scores
    return scores.astype(object).where(scores.notna(), column.values)
