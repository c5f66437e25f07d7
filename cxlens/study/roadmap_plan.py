"""The frame of a road map: its periods, the money and the hands there are, and how far ahead it is to pay.

Which initiative goes where in it is a verb's business and does not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any

from cxlens.common.arguments import misfits_told
from cxlens.common.values import plural
from cxlens.errors import ValuesError, listing
from cxlens.files.nodes import Number, read_by, read_values
from cxlens.files.tables import given_number
from cxlens.study.lifecycle import checked_name, refuse_doubles, settle

MOST_PERIODS = 120  # ten years of months; the time to plan grows with them
Budget = Annotated[Any, read_by(read_values)]  # a number, or a tuple of numbers
Capacity = Any  # {team: number, or list of numbers}: in a study's mapping a tuple would be a range


@misfits_told
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
    certainty
        With which probability each period is to stay within its budget, and the short-term share to be there; None:
        on average.

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
    budget: Budget = None
    periods: Any
    capacity: Capacity = None
    short_term_share: Number | None = None
    short_term_periods: int | None = None
    decay: Number = 1.0
    certainty: Number | None = None

    def __post_init__(self) -> None:
        settle(self, {"periods": _checked_periods(self.periods)})
        n = len(self.names)
        settle(self, {"budget": _checked_budget(self.budget, n)})
        settle(self, {"capacity": _checked_capacity(self.capacity, n)})
        self._check_short_term(n)
        if not 0 < given_number("decay", self.decay) <= 1:
            raise ValuesError(f"decay is {self.decay:g}. Give a share over 0 and up to 1, such as 0.95.")
        self._check_certainty()

    def _check_certainty(self) -> None:
        if self.certainty is None:
            return
        if not 0 < given_number("certainty", self.certainty) < 1:
            raise ValuesError(f"certainty is {self.certainty:g}. Give a probability over 0 and under 1, such as 0.9.")
        if self.budget is None and self.short_term_share is None:
            raise ValuesError(
                "certainty is about the budget and the short term, and neither is given. Give one of them, or leave "
                "certainty out."
            )

    def _check_short_term(self, n: int) -> None:
        share = self.short_term_share
        periods = self.short_term_periods
        if share is not None and periods is None:
            raise ValuesError("short_term_share is given without short_term_periods. Give both, or neither.")
        if periods is not None and share is None:
            raise ValuesError("short_term_periods is given without short_term_share. Give both, or neither.")
        if share is not None and not 0 <= given_number("short_term_share", share) <= 1:
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
        share = self.short_term_share
        periods = self.short_term_periods
        has_short_term = share is not None and periods is not None
        return {
            "periods": self.periods,
            "budget": self.budget,
            "capacity": self.capacity or None,
            "short_term": (share, periods) if has_short_term else None,
            "decay": self.decay,
            "certainty": self.certainty,
        }

    def __str__(self) -> str:
        periods = plural(len(self.names), "period")
        text = f"{periods}; budget {self._budget_in_words()}"
        if self.capacity:
            teams = plural(len(self.capacity), "team")
            text += f"; capacity of {teams}"
        if self.certainty is not None:
            text += f"; kept with a probability of {self.certainty:g}"
        return text

    def _budget_in_words(self) -> str:
        if self.budget is None:
            return "without limit"
        if isinstance(self.budget, float):
            return f"{self.budget:g} a period"
        return listing(f"{money:g}" for money in self.budget)


def _checked_periods(periods: Any) -> Any:
    """How many periods there are, or a tuple of their names."""
    if isinstance(periods, (list, tuple)):
        periods = tuple(checked_name("period", name) for name in periods)
        refuse_doubles("period", periods, "Give each period a name of its own.")
        any_periods = len(periods) > 0
    else:
        any_periods = type(periods) is int and periods > 0  # True is an int, too, and no number of periods
    if not any_periods:
        raise ValuesError(f"periods is {periods!r}. Give how many there are, 1 or more, or a list of names.")
    number = periods if isinstance(periods, int) else len(periods)
    if number > MOST_PERIODS:
        raise ValuesError(
            f"a road map has {MOST_PERIODS} periods at most; you gave {number:,}. Take longer ones, months or quarters."
        )
    return periods


def _checked_budget(budget: Any, n: int) -> Any:
    """The money a period: a number, a tuple with one for each of n periods, or None."""
    if budget is None:
        return None
    money = _each("budget", budget, n)
    return tuple(money) if isinstance(money, list) else money


def _checked_capacity(capacity: Any, n: int) -> dict[str, Any]:
    """The capacity of each team: a number, or a list with one for each of n periods."""
    teams = {} if capacity is None else capacity
    if not isinstance(teams, Mapping):
        raise ValuesError(f"capacity is {capacity!r}. Give {{team: number}}, or a list of numbers for a team.")
    checked = {}
    for team, value in teams.items():
        checked[team] = _each(f"capacity of team {team!r}", value, n)
    return checked


def _each(thing: str, value: Any, n: int) -> float | list[float]:
    """A number of 0 or more for all periods, or one for each."""
    if not isinstance(value, (list, tuple)):
        return _not_negative(thing, value)
    numbers = [given_number(thing, number) for number in value]
    if len(numbers) != n:
        words = "number" if len(numbers) == 1 else "numbers"
        raise ValuesError(
            f"{thing} has {len(numbers)} {words} for {plural(n, 'period')}. Give one number, or one for each period."
        )
    return [_not_negative(thing, number) for number in numbers]


def _not_negative(thing: str, value: Any) -> float:
    number = given_number(thing, value)
    if number < 0:
        raise ValuesError(f"{thing} is {number:g}. Give a number of 0 or more.")
    return number
