"""The customer's way with an organisation: needs, stages, and the lifecycle they make up.

Touchpoints, and where they sit, do not belong here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd

from cxlens.common.arguments import check_in_order, misfits_told
from cxlens.common.html import card
from cxlens.common.values import plural
from cxlens.errors import OptionError, ValuesError, unknown_name
from cxlens.files.nodes import Node, read_by

LEVER = "(lever)"


def _read_needs(node: Node) -> list[Need]:
    """Needs as a file lists them, each a table."""
    return [need.build(Need) for need in node.list()]


Needs = Annotated[Sequence[Any], read_by(_read_needs)]  # `Need` objects; names are welcome and become such


@misfits_told
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
        When the name is blank, also beside its mark ``(lever)``, or has a semicolon.

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
        name = text.removesuffix(LEVER).strip()
        if name in ("", LEVER):
            raise ValuesError(
                f"need {self.name!r} has no name: {LEVER} only marks a need that moves customers on. Write the need "
                f"before it, such as 'compare prices {LEVER}'."
            )
        lever = self.lever or text.endswith(LEVER)
        settle(self, {"name": name, "lever": lever})

    def __str__(self) -> str:
        if self.lever:
            return f"{self.name} {LEVER}"
        return self.name


@misfits_told
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
        after = self.after
        if after is not None:
            after = checked_name("stage", after)
        name = checked_name("stage", self.name)
        settle(self, {"name": name, "needs": as_needs(self.needs), "after": after})


@misfits_told
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
    OptionError, ValuesError
        When stages are one text or a set, a name comes twice, or a stage comes after one that is not there, or after
        itself by way of others.

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
        check_in_order("Lifecycle: stages", self.stages)
        if isinstance(self.stages, str):
            raise ValuesError(f"Lifecycle: stages={self.stages!r} is one text. Give a list: [{self.stages!r}].")
        stages = tuple(_as_stage(stage) for stage in self.stages)
        names = [stage.name for stage in stages]
        refuse_doubles("stage", names, "Give each stage one name of its own.")
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
        rows = []
        for stage in self.stages:
            needs = "; ".join(map(str, stage.needs))
            rows.append((stage.name, stage.phase or "", needs))
        return pd.DataFrame(rows, columns=["stage", "phase", "needs"])

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def __repr__(self) -> str:
        return f"Lifecycle of {plural(len(self), 'stage')}: {', '.join(self.names)}."

    def _repr_html_(self) -> str:
        return card(str(self), self.table)


def _as_stage(stage: Any) -> Stage:
    return stage if isinstance(stage, Stage) else Stage(stage)


def _ordered(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages, each behind the one it comes after; a circle is refused."""
    _check_after(stages)
    placed: dict[str, Stage] = {}
    left = list(stages)
    while left:
        free = _first_free(left, placed)
        if free is None:
            raise _circle(left)
        placed[free.name] = free
        left.remove(free)
    return tuple(placed.values())


def _check_after(stages: tuple[Stage, ...]) -> None:
    """Refuse a stage that comes after one that is not there."""
    names = [stage.name for stage in stages]
    for stage in stages:
        if stage.after is not None and stage.after not in names:
            fault = unknown_name("stage", stage.after, names, "Stages")
            raise OptionError(f"stage {stage.name!r} comes after: {fault}")


def _first_free(left: list[Stage], placed: Mapping[str, Stage]) -> Stage | None:
    """The first stage that waits for no other."""
    for stage in left:
        if stage.after is None or stage.after in placed:
            return stage
    return None


def _circle(left: list[Stage]) -> OptionError:
    """What to say of stages that all wait for each other."""
    after = {stage.name: str(stage.after) for stage in left}
    way = [left[0].name]
    while way.count(way[-1]) == 1:
        way.append(after[way[-1]])
    start = way.index(way[-1])
    circle = " -> ".join(reversed(way[start:]))
    return OptionError(f"stages form a circle: {circle}. Take out one after=, so that there is a first stage.")


def _stock(name: str) -> list[Stage]:
    """The stages of a lifecycle that comes with cxlens."""
    text = Path(__file__).with_name("lifecycles.toml").read_text(encoding="utf-8")
    lifecycles = tomllib.loads(text)
    return [Stage(**stage) for stage in lifecycles[name]]


def settle(entry: object, values: Mapping[str, object]) -> None:
    """Set fields of a frozen dataclass while it is being made."""
    for name, value in values.items():
        object.__setattr__(entry, name, value)


def checked_name(thing: str, name: object) -> str:
    """A name, its blanks single and none around it."""
    if not isinstance(name, str) or not name.strip() or ";" in name:
        raise ValuesError(
            f"{thing} name {name!r} cannot be used. Give text without a semicolon, such as 'Security'; "
            "semicolons separate names in files."
        )
    return " ".join(name.split())


def as_needs(needs: Needs) -> tuple[Need, ...]:
    """Needs or their names as `Need` objects; one alone counts as a list of one."""
    listed = needs
    if isinstance(needs, (str, Need)):
        listed = [needs]
    return tuple(need if isinstance(need, Need) else Need(need) for need in listed)


def refuse_doubles(thing: str, names: Iterable[str], advice: str) -> None:
    """Refuse a name that comes a second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise OptionError(f"{thing} {name!r} is there twice. {advice}")
        seen.add(name)
