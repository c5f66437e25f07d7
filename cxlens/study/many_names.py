"""Too many touchpoints to tell apart, and how to group them.

What a map says of each belongs to :mod:`cxlens.study.touchpoints`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

from cxlens.common.values import count
from cxlens.errors import ValuesError

MOST = (
    2_000  # touchpoints of which figures are made: more are addresses of pages or numbers of orders, which nobody reads
)
NUMBER = re.compile(r"\d+")


def too_many_told(column: str, names: Sequence[str]) -> str:
    """What to say of more touchpoints than figures tell apart; "" of fewer.

    Parameters
    ----------
    column
        Where they stand.
    names
        The touchpoints, each once.
    """
    if len(names) <= MOST:
        return ""
    without_numbers = {NUMBER.sub("#", name) for name in names}
    advice = ""
    if 2 * len(without_numbers) <= len(names):
        advice = (
            f"Without the numbers in them {count(len(without_numbers))} are left: "
            rf"data[{column!r}].str.replace(r'\d+', '#', regex=True). Or say"
        )
    return (
        f"touchpoint column {column!r} has {count(len(names))} names; figures tell at most {count(MOST)} apart. "
        f"{advice or 'Say'} in a TouchpointMap where each belongs, and roll them up: log.by(touchpoint_map, 'stage')."
    )


def warn_of_many(column: str, names: Sequence[str]) -> None:
    """Warn of more touchpoints than figures tell apart, at the line that makes the log.

    Warns
    -----
    UserWarning
        As :func:`too_many_told` says it.
    """
    told = too_many_told(column, names)
    if told:
        warnings.warn(told, UserWarning, stacklevel=6)


def check_few_touchpoints(verb: str, column: str, names: Sequence[str]) -> None:
    """Refuse to make figures of more touchpoints than they tell apart.

    Raises
    ------
    ValuesError
        ``paths: touchpoint column 'page' has 10,000 names; figures tell at most 2,000 apart. ...``
    """
    told = too_many_told(column, names)
    if told:
        raise ValuesError(f"{verb}: {told}")
