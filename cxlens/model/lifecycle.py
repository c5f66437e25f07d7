"""The customer's way with an organisation: needs, stages, and the lifecycle they make up.

Touchpoints, and where they sit, do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from cxlens.errors import OptionError, ValuesError, unknown_name
from cxlens.model.text import card

LEVER = "(lever)"


@dataclass(frozen=True, slots=True)
class Need:
    """What a customer wants to get done or to feel at a stage.

    Parameters
    ----------
    name
        The need in words. No semicolon, and not ending in ``(lever)``: both are used where needs are written as text.
    lever
        True where meeting the need moves the customer to the next stage.

    Raises
    ------
    ValuesError
        When the name is blank or has a semicolon, or `lever` is not True or False.

    Examples
    --------
    >>> import cxlens as cx
    >>> str(cx.Need("compare prices", lever=True))
    'compare prices (lever)'
    """

    name: str
    lever: bool = False

    def __init__(self, name: str, *, lever: bool = False) -> None:
        name = checked_name("need", name)
        if name.lower().endswith(LEVER):
            raise ValuesError(
                f"need {name!r} ends in '{LEVER}'. Write Need({name[: -len(LEVER)].strip()!r}, lever=True)."
            )
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "lever", checked_truth(f"need {name!r}: lever", lever))

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

    Raises
    ------
    ValuesError
        When a name is blank, or the stage names a need twice.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Stage("waiting", ["know how long it takes"], phase="before the flight").needs
    (Need(name='know how long it takes', lever=False),)
    """

    name: str
    needs: tuple[Need, ...] = ()
    phase: str | None = None

    def __init__(self, name: str, needs: Iterable[Need | str] = (), phase: str | None = None) -> None:
        name = checked_name("stage", name)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "needs", as_needs(f"stage {name!r}", needs))
        object.__setattr__(self, "phase", optional_text(f"stage {name!r}: phase", phase))

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, repr=False)
class Lifecycle:
    """The stages a customer goes through, in order.

    Parameters
    ----------
    stages
        `Stage` objects or their names, first stage first.

    Raises
    ------
    ValuesError
        When there is no stage, or a name comes twice.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Lifecycle(["arrive", "wait", "board"])
    Lifecycle of 3 stages: arrive, wait, board.
    >>> cx.Lifecycle.three_phases().names
    ('pre-purchase', 'purchase', 'post-purchase')
    """

    stages: tuple[Stage, ...]

    def __init__(self, stages: Iterable[Stage | str]) -> None:
        if isinstance(stages, str):
            raise ValuesError(f"stages must be a list, found the text {stages!r}. Write [{stages!r}].")
        kept = tuple(stage if isinstance(stage, Stage) else Stage(stage) for stage in stages)
        if not kept:
            raise ValuesError("a lifecycle needs at least one stage. Give names, or use Lifecycle.seven_stages().")
        refuse_doubles("stage", [stage.name for stage in kept], "Give each stage one name of its own.")
        object.__setattr__(self, "stages", kept)

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
        return cls(
            Stage(name, [Need(need, lever=need == lever) for need in (*needs, lever)], phase)
            for name, phase, needs, lever in _SEVEN
        )

    @classmethod
    def three_phases(cls) -> Lifecycle:
        """Before, at and after the purchase, each phase taken as one stage.

        Returns
        -------
        Lifecycle
            The stages pre-purchase, purchase and post-purchase.
        """
        return cls(Stage(phase, needs, phase) for phase, needs in _THREE)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stages, in order."""
        return tuple(stage.name for stage in self.stages)

    @property
    def table(self) -> pd.DataFrame:
        """One row a stage: ``stage``, ``phase`` and ``needs`` (joined by ``"; "``, levers marked)."""
        rows = [(stage.name, stage.phase or "", needs_text(stage.needs)) for stage in self.stages]
        return pd.DataFrame(rows, columns=["stage", "phase", "needs"])

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def __contains__(self, name: object) -> bool:
        return name in self.names or name in self.stages

    def __getitem__(self, name: str) -> Stage:
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise unknown_name("stage", name, self.names, "Stages")

    def __str__(self) -> str:
        stages = "1 stage" if len(self) == 1 else f"{len(self)} stages"
        return f"Lifecycle of {stages}: {', '.join(self.names)}."

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return card(str(self), self.table)


_PRE, _BUY, _POST = "pre-purchase", "purchase", "post-purchase"
_SEVEN: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("awareness", _PRE, (), "learn that the offer exists"),
    ("knowledge", _PRE, (), "understand what it does"),
    ("consideration", _PRE, ("compare it with others",), "trust that it fits"),
    ("selection", _BUY, ("know the full price",), "buy without effort"),
    ("satisfaction", _POST, ("get what was promised",), "have problems solved"),
    ("loyalty", _POST, ("feel known",), "have a reason to return"),
    ("advocacy", _POST, ("be heard",), "have something worth telling"),
)
_THREE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_PRE, ("find what fits",)),
    (_BUY, ("buy without effort",)),
    (_POST, ("get what was promised", "have problems solved")),
)


def checked_name(thing: str, name: object) -> str:
    """A name, its blanks single and none around it; one that is blank, no text, or has a semicolon is refused."""
    if not isinstance(name, str) or not name.strip():
        raise ValuesError(f"{thing} name {name!r} is not a name. Give it as text, such as 'Security'.")
    if ";" in name:
        raise ValuesError(f"{thing} name {name!r} has a semicolon, which separates names in files. Use another sign.")
    return " ".join(name.split())


def optional_text(thing: str, value: object) -> str | None:
    """Text on one line, its blanks single and none around it, or None where there is none."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValuesError(f"{thing} must be text or None, found {value!r}.")
    return " ".join(value.split()) or None


def checked_truth(thing: str, value: object) -> bool:
    """True or False and nothing else."""
    if not isinstance(value, bool):
        raise ValuesError(f"{thing} must be True or False, found {value!r}.")
    return value


def as_needs(thing: str, needs: Iterable[Need | str]) -> tuple[Need, ...]:
    """Needs or their names as `Need` objects, each once."""
    if isinstance(needs, (str, Need)):
        raise ValuesError(f"{thing}: needs must be a list, found {str(needs)!r} alone. Write [{str(needs)!r}].")
    kept = tuple(need if isinstance(need, Need) else Need(need) for need in needs)
    refuse_doubles("need", [need.name for need in kept], f"Name each need of {thing} once.")
    return kept


def needs_text(needs: Iterable[Need]) -> str:
    """Needs as one text, ``"find the gate; feel safe (lever)"``: what `needs_from_text` reads."""
    return "; ".join(str(need) for need in needs)


def needs_from_text(text: str) -> tuple[Need, ...]:
    """The needs in a text written by `needs_text`."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    levers = [part.lower().endswith(LEVER) for part in parts]
    return tuple(
        Need(part[: -len(LEVER)] if lever else part, lever=lever) for part, lever in zip(parts, levers, strict=True)
    )


def refuse_doubles(thing: str, names: Iterable[str], advice: str) -> None:
    """Refuse a name that comes a second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise OptionError(f"{thing} {name!r} is there twice. {advice}")
        seen.add(name)
