"""A change that was made, or will be: when, where, what it should move. How it is measured, the stages say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal

from cxlens.common.arguments import misfits_told, shown
from cxlens.errors import ValuesError, check_known, check_option
from cxlens.files.nodes import read_by, read_conditions, read_values
from cxlens.study.lifecycle import settle
from cxlens.study.segments import Segment, as_names

Design = Literal[
    "randomised",
    "staggered",
    "difference in differences",
    "interrupted time series",
    "control chart",
    "before and after",
]
Wave = Annotated[Any, read_by(read_values)]  # a value of the time column
Where = Annotated[Mapping[str, Any] | None, read_by(read_conditions)]
KEYS = ("name", "when", "where", "metrics", "design", "started")


@misfits_told
@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A change, to be measured.

    Parameters
    ----------
    name
        What was done.
    when
        The first wave with it, a value of the survey's time column. None where ``started`` tells it place by place.
    where
        ``{column: condition}`` for those who got it, conditions as in :class:`cxlens.Segment`; None when all did.
    metrics
        Touchpoints and outcomes that it should move; ``()``: the first outcome.
    design
        How it is to be measured, or "randomised" where lots decided who gets it; ``""``: by the best that the answers
        allow.
    started
        A segment column with the wave in which each place started; empty where it never did.

    Raises
    ------
    ValuesError, OptionError
        When neither ``when`` nor ``started`` is given, several waves are, or the design is none.

    Examples
    --------
    >>> change = Change("New wi-fi", when=2024, where={"terminal": "T2"}, metrics=["Wi-Fi", "NPS"])
    >>> change.metrics
    ('Wi-Fi', 'NPS')
    """

    name: str
    _: KW_ONLY
    when: Wave = None
    where: Where = None
    metrics: tuple[str, ...] = ()
    design: Design | Literal[""] = ""
    started: str | None = None

    def __post_init__(self) -> None:
        if self.design != "":
            check_option(f"change {self.name!r}: design", self.design, Design)
        wave = self.when
        if isinstance(wave, (list, tuple)):
            if len(wave) != 1:
                raise ValuesError(
                    f"change {self.name!r}: when names {len(wave)} waves. Give the first wave with the change."
                )
            wave = wave[0]
        if wave is None and self.started is None:
            raise ValuesError(
                f"change {self.name!r} does not say when it came. Give when=, the first wave with it, or started=, the "
                "column with the wave in which each place started."
            )
        where = self.where
        if where is not None:
            conditions = Segment(self.name, where).where
            where = MappingProxyType(dict(conditions))
        settle(self, {"when": wave, "where": where, "metrics": as_names(self.metrics)})

    @property
    def segment(self) -> Segment | None:
        """Who got it; None when all did."""
        if self.where is None:
            return None
        conditions = Segment(self.name, self.where).conditions
        return Segment(conditions, self.where)


def as_change(given: Change | Mapping[str, Any]) -> Change:
    """A change, or one from a mapping with its fields; without ``name`` it is called "the change".

    Raises
    ------
    ValuesError, OptionError
        ``a change is told by a dict; you gave '2026-Q1'. Write {'when': '2026-Q1'}, the first wave with it.`` Or when a
        key is none of a change.
    """
    if isinstance(given, Change):
        return given
    if not isinstance(given, Mapping):
        wave = repr(given) if isinstance(given, (str, int)) else "first wave"
        raise ValuesError(
            f"a change is told by a dict; you gave {shown(given)}. Write {{'when': {wave}}}, the first wave with it."
        )
    check_known("key of a change", given, KEYS, "Keys")
    fields = {str(key): value for key, value in given.items() if key != "name"}
    name = str(given.get("name", "the change"))
    return Change(name, **fields)
