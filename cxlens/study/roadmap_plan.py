"""The frame of a road map: its periods, the money and the hands there are, and how far ahead it is to pay.

Which initiative goes where in it is a verb's business and does not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

from cxlens.common.values import plural
from cxlens.errors import ValuesError, listing
from cxlens.files.tables import as_number
from cxlens.study.lifecycle import checked_name, refuse_doubles, settle

Capacity = Any  # {team: number, or list of numbers}: in a study's mapping a tuple would be a range


@dataclass(frozen=True, slots=True)
class RoadmapPlan:
    """What a road map has to keep to.

    Parameters
    ----------
    budget
        Money that may be spent a period, in the unit of the initiatives' costs: a number, or one for each period; None
        where money is no limit.
    periods
        How many, or their names in order, such as ``("2026-Q1", "2026-Q2")``.
    capacity
        ``{team: capacity a period}``, in the unit of the initiatives' ``teams``: a number, or one for each period.
        Teams that are not named are not limited.
    short_term_share
        The least share, from 0 to 1, that the first `short_term_periods` are to have; None for none. The two go
        together.
    short_term_periods
        How many periods count as short term.
    decay
        What a benefit is worth for each period that it comes later, as a share of the period before: over 0, and 1
        when waiting costs nothing.

    Raises
    ------
    ValuesError, OptionError
        When a number is none or out of its range, a list has another length than there are periods, a period comes
        twice, or one of the two about the short term is missing.

    Examples
    --------
    >>> from cxlens.study.roadmap_plan import RoadmapPlan
    >>> RoadmapPlan(budget=250, periods=["2026-Q1", "2026-Q2"], capacity={"IT": [2, 3]}).names
    ('2026-Q1', '2026-Q2')
    """

    _: KW_ONLY
    budget: Any = None
    periods: Any
    capacity: Capacity = None
    short_term_share: float | None = None
    short_term_periods: int | None = None
    decay: float = 1.0

    def __post_init__(self) -> None:
        if isinstance(self.periods, (list, tuple)):
            names = tuple(checked_name("period", name) for name in self.periods)
            refuse_doubles("period", names, "Give each period a name of its own.")
            settle(self, {"periods": names})
        if type(self.periods) not in (int, tuple) or not self.names:
            raise ValuesError(f"periods is {self.periods!r}. Give how many there are, 1 or more, or a list of names.")
        n = len(self.names)
        budget = None if self.budget is None else _each("budget", self.budget, n)
        settle(self, {"budget": tuple(budget) if isinstance(budget, list) else budget})
        if not isinstance(self.capacity or {}, Mapping):
            raise ValuesError(f"capacity is {self.capacity!r}. Give {{team: number}}, or a list of numbers for a team.")
        settle(
            self,
            {
                "capacity": {
                    team: _each(f"capacity of team {team!r}", value, n) for team, value in (self.capacity or {}).items()
                }
            },
        )
        self._check_short_term(n)
        if not 0 < as_number("decay", self.decay) <= 1:
            raise ValuesError(f"decay is {self.decay:g}. Give a share over 0 and up to 1, such as 0.95.")

    def _check_short_term(self, n: int) -> None:
        share, periods = self.short_term_share, self.short_term_periods
        for given, missing, value in (
            ("short_term_share", "short_term_periods", periods),
            ("short_term_periods", "short_term_share", share),
        ):
            if value is None and getattr(self, given) is not None:
                raise ValuesError(f"{given} is given without {missing}. Give both, or neither.")
        if share is not None and not 0 <= as_number("short_term_share", share) <= 1:
            raise ValuesError(f"short_term_share is {share:g}. Give a share from 0 to 1, such as 0.3.")
        if periods is not None and (type(periods) is not int or not 1 <= periods <= n):
            raise ValuesError(f"short_term_periods is {periods!r}. Give a whole number from 1 to {n}.")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the periods, in order: ``("period 1", ...)`` where only their number is given."""
        if isinstance(self.periods, int):
            return tuple(f"period {k}" for k in range(1, self.periods + 1))
        return tuple(self.periods)

    @property
    def options(self) -> dict[str, Any]:
        """The same as keyword arguments: ``cx.roadmap(wins, **plan.options)``."""
        soon = self.short_term_share, self.short_term_periods
        short_term = None if None in soon else soon
        limits = {"budget": self.budget, "capacity": self.capacity or None}
        return {"periods": self.periods, **limits, "short_term": short_term, "decay": self.decay}

    def __str__(self) -> str:
        money = "without limit" if self.budget is None else ""
        money = money or (
            f"{self.budget:g} a period" if isinstance(self.budget, float) else listing(f"{x:g}" for x in self.budget)
        )
        teams = f"; capacity of {plural(len(self.capacity), 'team')}" if self.capacity else ""
        return f"{plural(len(self.names), 'period')}; budget {money}{teams}"


def _each(thing: str, value: Any, n: int) -> float | list[float]:
    """A number of 0 or more for all periods, or one for each."""
    several = isinstance(value, (list, tuple))
    numbers = [as_number(thing, one) for one in (value if several else [value])]
    if several and len(numbers) != n:
        raise ValuesError(
            f"{thing} has {len(numbers)} {'number' if len(numbers) == 1 else 'numbers'} for {plural(n, 'period')}. "
            "Give one number, or one for each period."
        )
    for number in numbers:
        if number < 0:
            raise ValuesError(f"{thing} is {number:g}. Give a number of 0 or more.")
    return numbers if several else numbers[0]
