"""The customer's way with an organisation: needs, stages, and the lifecycle they make up.

Touchpoints, and where they sit, do not belong here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.common.html import card
from cxlens.common.values import plural
from cxlens.errors import OptionError, ValuesError, unknown_name

LEVER = "(lever)"
Needs = Sequence[Any]  # `Need` objects; names are welcome and become such


@dataclass(frozen=True, slots=True)
class Need:
    """What a customer wants to get done or to feel at a stage.

    Parameters
    ----------
    name
        The need in words, without a semicolon. ``"compare prices (lever)"`` is a lever too.
    lever
        True where meeting the need moves the customer to the next stage.

    Raises
    ------
    ValuesError
        When the name is blank or has a semicolon.

    Examples
    --------
    >>> import cxlens as cx
    >>> str(cx.Need("compare prices", lever=True))
    'compare prices (lever)'
    """

    name: str
    _: KW_ONLY
    lever: bool = False

    def __post_init__(self) -> None:
        text = checked_name("need", self.name)
        settle(self, {"name": text.removesuffix(LEVER).strip(), "lever": self.lever or text.endswith(LEVER)})

    def __str__(self) -> str:
        return f"{self.name} {LEVER}" if self.lever else self.name


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a lifecycle.

    Parameters
    ----------
    name
        What the stage is called.
    needs
        What customers need there: `Need` objects or their names.
    phase
        The phase the stage belongs to, in your own words, such as ``"pre-purchase"``.
    after
        The stage it comes after, where stages are not given in their order.

    Raises
    ------
    ValuesError
        When a name is blank or has a semicolon.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Stage("waiting", ["know how long it takes"], phase="before the flight").needs
    (Need(name='know how long it takes', lever=False),)
    """

    name: str
    needs: Needs = ()
    phase: str | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        after = None if self.after is None else checked_name("stage", self.after)
        settle(self, {"name": checked_name("stage", self.name), "needs": as_needs(self.needs), "after": after})


@dataclass(frozen=True, slots=True, repr=False)
class Lifecycle:
    """The stages a customer goes through, in order.

    Parameters
    ----------
    stages
        `Stage` objects or their names, first stage first. A stage that says which one it comes `after` is put behind
        that one; the others keep their order. Customers may well return to an earlier stage: the order says how a
        stage is reached for the first time.

    Raises
    ------
    OptionError
        When a name comes twice, or a stage comes after one that is not there, or after itself by way of others.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Lifecycle(["arrive", "wait", "board"])
    Lifecycle of 3 stages: arrive, wait, board.
    >>> cx.Lifecycle.three_phases().names
    ('pre-purchase', 'purchase', 'post-purchase')
    """

    stages: Sequence[Any]

    def __post_init__(self) -> None:
        stages = tuple(stage if isinstance(stage, Stage) else Stage(stage) for stage in self.stages)
        refuse_doubles("stage", [stage.name for stage in stages], "Give each stage one name of its own.")
        settle(self, {"stages": _ordered(stages)})

    @classmethod
    def seven_stages(cls) -> Lifecycle:
        """Awareness, knowledge, consideration, selection, satisfaction, loyalty, advocacy (after Brigman).

        Customers advance, stay or return. Each stage carries its phase and one or two general needs; a need
        marked as a lever moves the customer on to the next stage. Put your own needs in their place.

        Returns
        -------
        Lifecycle
            Seven stages in three phases.
        """
        return cls(_stock("seven_stages"))

    @classmethod
    def three_phases(cls) -> Lifecycle:
        """Before, at and after the purchase, each phase taken as one stage.

        Returns
        -------
        Lifecycle
            The stages pre-purchase, purchase and post-purchase.
        """
        return cls(_stock("three_phases"))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stages, in order."""
        return tuple(stage.name for stage in self.stages)

    @property
    def table(self) -> pd.DataFrame:
        """One row a stage: ``stage``, ``phase`` and ``needs`` (joined by ``"; "``, levers marked)."""
        rows = [(stage.name, stage.phase or "", "; ".join(map(str, stage.needs))) for stage in self.stages]
        return pd.DataFrame(rows, columns=["stage", "phase", "needs"])

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def __repr__(self) -> str:
        return f"Lifecycle of {plural(len(self), 'stage')}: {', '.join(self.names)}."

    def _repr_html_(self) -> str:
        return card(str(self), self.table)


def _ordered(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages, each behind the one it comes after; a circle is refused."""
    by_name = {stage.name: stage for stage in stages}
    done: dict[str, Stage] = {}
    for stage in stages:
        if stage.after is not None and stage.after not in by_name:
            raise OptionError(
                f"stage {stage.name!r} comes after: {unknown_name('stage', stage.after, list(by_name), 'Stages')}"
            )
    while left := [stage for stage in stages if stage.name not in done]:
        free = next((stage for stage in left if stage.after is None or stage.after in done), None)
        if free is None:
            way = [left[0].name]
            while way.count(way[-1]) == 1:
                way.append(str(by_name[way[-1]].after))
            circle = " -> ".join(reversed(way[way.index(way[-1]) :]))
            raise OptionError(f"stages form a circle: {circle}. Take out one after=, so that there is a first stage.")
        done[free.name] = free
    return tuple(done.values())


def _stock(name: str) -> list[Stage]:
    """The stages of a lifecycle that comes with cxlens."""
    told = tomllib.loads(Path(__file__).with_name("lifecycles.toml").read_text(encoding="utf-8"))
    return [Stage(**stage) for stage in told[name]]


def settle(entry: object, values: Mapping[str, object]) -> None:
    """Set fields of a frozen dataclass while it is being made."""
    for name, value in values.items():
        object.__setattr__(entry, name, value)


def checked_name(thing: str, name: object) -> str:
    """A name, its blanks single and none around it."""
    if not isinstance(name, str) or not name.strip() or ";" in name:
        raise ValuesError(
            f"{thing} name {name!r} is not a name. Give it as text, such as 'Security', without a semicolon, "
            "which separates names in files."
        )
    return " ".join(name.split())


def as_needs(needs: Needs) -> tuple[Need, ...]:
    """Needs or their names as `Need` objects; one alone counts as a list of one."""
    listed = [needs] if isinstance(needs, (str, Need)) else needs
    return tuple(need if isinstance(need, Need) else Need(need) for need in listed)


def refuse_doubles(thing: str, names: Iterable[str], advice: str) -> None:
    """Refuse a name that comes a second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise OptionError(f"{thing} {name!r} is there twice. {advice}")
        seen.add(name)
