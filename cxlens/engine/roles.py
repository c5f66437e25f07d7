"""Which column of a table does which job, and which codes it may hold.

What an entry means under these codes belongs to :mod:`cxlens.engine.entries`, what a survey asks for to
:class:`cxlens.study.survey.Survey`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.errors import ColumnError, unknown_column


class Codes(NamedTuple):
    """What the entries of a score column may be. ``None`` in ``not_used`` makes empty cells "not used".

    ``kind`` is that of an outcome: of kind binary only 0 and 1 are answers, of kind nps not all are 5 or less.
    ``positive`` is the answer of an outcome that counts as 1, all others as 0.
    ``words`` are the answers from low to high, where they come in words. What is read is the better the higher it is:
    ``turned`` scores are asked the other way round. ``hundred``: they are read on 0 to 100.
    """

    low: float
    high: float
    not_used: tuple[Any, ...] = ()
    blank: tuple[Any, ...] = ()
    kind: str = ""
    positive: Any = None
    words: tuple[str, ...] = ()
    turned: bool = False
    hundred: bool = False

    def as_read(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores as asked, as they are counted."""
        if self.turned:
            scores = self.low + self.high - scores
        if self.hundred:
            scores = 100 * (scores - self.low) / (self.high - self.low)
        return scores


class Roles(NamedTuple):
    """Which column does which job.

    ``touchpoints`` holds one tuple of score columns for each touchpoint, ``outcomes`` pairs of column and codes,
    ``labels`` the job of every other column; ``coded`` are those of them whose codes are given words later.
    ``counts`` is the column that says how many rows one stands for. ``codes`` are those of all touchpoint columns but
    those that have their ``own``.
    """

    touchpoints: tuple[tuple[str, ...], ...]
    codes: Codes | None
    outcomes: tuple[tuple[str, Codes | None], ...]
    weight: str | None
    labels: Mapping[str, str]
    coded: tuple[str, ...] = ()
    counts: str | None = None
    own: Mapping[str, Codes | None] = {}

    def codes_of(self, column: str) -> Codes | None:
        """What the entries of a touchpoint column may be."""
        return self.own.get(column, self.codes)

    @property
    def score_columns(self) -> list[str]:
        """The columns of all touchpoints, in order."""
        return [column for group in self.touchpoints for column in group]

    @property
    def answers(self) -> list[tuple[str, Codes | None]]:
        """Pairs of column and codes: those of the touchpoints, then those of the outcomes."""
        scores = [(column, self.codes_of(column)) for column in self.score_columns]
        return [*scores, *self.outcomes]

    @property
    def jobs(self) -> list[tuple[str, str]]:
        """Pairs of job and column of everything that is answered."""
        scores = [("touchpoint", column) for column in self.score_columns]
        return [*scores, *(("outcome", column) for column, _ in self.outcomes)]

    @property
    def columns(self) -> list[str]:
        """Every column named, once, in order."""
        columns = [column for column, _ in self.answers]
        columns.extend(column for column in (self.weight, self.counts) if column)
        columns.extend(self.labels)
        return list(dict.fromkeys(columns))

    @property
    def by_dimension(self) -> Roles:
        """The same with every score column as a touchpoint of its own."""
        touchpoints = tuple((column,) for column in self.score_columns)
        return self._replace(touchpoints=touchpoints)


def check_columns(roles: Roles, columns: Sequence[str]) -> None:
    """Refuse a role whose column is missing, or found twice."""
    jobs = roles.jobs
    if roles.weight:
        jobs.append(("weight", roles.weight))
    if roles.counts:
        jobs.append(("count", roles.counts))
    for label, job in roles.labels.items():
        jobs.append((job, label))
    check_jobs(jobs, columns)


def check_jobs(jobs: Sequence[tuple[str, str]], columns: Sequence[Any]) -> None:
    """Refuse pairs of job and column where the column is missing, or found twice."""
    for job, column in jobs:
        if column not in columns:
            raise unknown_column(job, column, columns)
        times = list(columns).count(column)
        if times > 1:
            raise ColumnError(f"{job} column {column!r} is in the data twice. Give each column a name of its own.")
