"""Scales: what the scores and the special codes of a column mean, and which scale each column has.

How an entry is read under a scale is the business of :mod:`cxlens.engine.entries`; which column has which job that of
:mod:`cxlens.study.survey`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from numbers import Real
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from cxlens.common.arguments import check_in_order, misfits_told
from cxlens.engine.roles import Codes
from cxlens.errors import ColumnError, ValuesError, check_option, did_you_mean, listing
from cxlens.files.nodes import Number, read_by, read_values

OutcomeKind = Literal["interval", "nps", "binary", "ordinal"]
Best = Literal["high", "low"]
SpecialCodes = Annotated[Iterable[Any], read_by(read_values)]  # None among them: an empty cell
Columns = Mapping[str, Mapping[str, str]]  # by touchpoint: its dimensions, each with its column
Words = Annotated[Sequence[str] | None, read_by(read_values)]
MOST_POINTS = 11  # of a scale that has a top box by default; more are a slider
AS_ASKED = "Means are shown as asked; differences, slopes and lifts count points better."
ENDS = {"nps": (0, 10), "binary": (0, 1)}  # of the kinds of outcome that have a scale of their own


@misfits_told
@dataclass(frozen=True, slots=True)
class Scale:
    """A rating scale and what its special codes mean.

    Parameters
    ----------
    low, high
        The lowest and the highest score. Answers in words need none: they are numbered from 1.
    best
        Which end is good: ``"high"``, or ``"low"`` where 1 is the best mark. Such scores are turned inside, so that
        top boxes, slopes, lifts and standards count "a point better"; means are shown as asked.
    not_used
        Codes for "I did not use this". ``None`` among them, or ``""``: an empty cell means not used.
    blank
        Codes for "no answer". An empty cell is blank unless ``not_used`` claims it.
    top
        How many of the best scores count as the top box: 2 by default, 1 on scales of fewer than 5 points. A slider
        of more than 11 points has no top box unless it is said here.
    words
        The answers in words, in order from low to high, where the column holds words instead of numbers. A word is
        known by its whole text, blanks around it aside.

    Raises
    ------
    OptionError, ValuesError
        When the ends are no numbers or in the wrong order, a code has two meanings, a word comes twice.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Scale(1, 5, not_used=[6], blank=[0]).top_from
    4
    >>> cx.Scale(words=["poor", "fair", "good"]).high
    3
    """

    low: Number = math.nan
    high: Number = math.nan
    _: KW_ONLY
    best: Best = "high"
    not_used: SpecialCodes = ()
    blank: SpecialCodes = ()
    top: int | None = None
    words: Words = None

    def __post_init__(self) -> None:
        check_option("best", self.best, Best)
        self._set(words=_checked_words(self.words))
        self._number_words()
        if not all(isinstance(value, Real) for value in (self.low, self.high, 1 if self.top is None else self.top)):
            given = "" if self.top is None else f", top={self.top!r}"
            raise ValuesError(f"Scale({self.low!r}, {self.high!r}{given}) takes numbers, such as Scale(1, 5).")
        if math.isnan(self.low) or math.isnan(self.high):
            raise ValuesError("Scale needs its ends, such as Scale(1, 5), or the answers in words: Scale(words=[...]).")
        if not self.low < self.high:
            raise ValuesError(
                f"Scale({self.low:g}, {self.high:g}) has no room: low has to be below high."
                f"{_turned_hint(self.low, self.high)}"
            )
        self._check_number_of_words()
        not_used = _codes("not_used", self.not_used)
        blank = _codes("blank", self.blank)
        self._set(not_used=not_used, blank=blank, top=self._checked_top())
        self._check_codes(not_used, blank)

    def _set(self, **fields: Any) -> None:
        """Give a scale that is being made its fields."""
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    def _number_words(self) -> None:
        """Number words from 1 where nothing else is said."""
        ends = (self.low, self.high)
        if self.words and all(isinstance(end, float) and math.isnan(end) for end in ends):
            self._set(low=1, high=len(self.words))

    def _check_number_of_words(self) -> None:
        """Refuse words that are not as many as the scale has points."""
        if self.words and len(self.words) != self.points:
            raise ValuesError(
                f"Scale({self.low:g}, {self.high:g}) has {self.points:g} points and {len(self.words)} words. "
                "Give a word for each point, or the words alone: Scale(words=[...])."
            )

    def _checked_top(self) -> int | None:
        """How many scores the top box has: as given, or by default."""
        top = self.top
        if top is None and self.points > MOST_POINTS:
            return None
        if top is None:
            top = 2 if self.points >= 5 else 1
        if not 1 <= top < self.points:
            raise ValuesError(
                f"Scale({self.low:g}, {self.high:g}, top={top}): the top box takes 1 to {self.points - 1:g} of its "
                "scores."
            )
        return top

    def _check_codes(self, not_used: tuple[Any, ...], blank: tuple[Any, ...]) -> None:
        """Refuse a code with two meanings, or one that is also a score."""
        for code in not_used:
            if code in blank:
                raise ValuesError(f"Scale: code {_shown(code)} cannot be both not_used and blank. Name it once.")
        for code in (*not_used, *blank):
            is_score = self.has(code) and not self.words
            if is_score or code in (self.words or ()):
                raise ValuesError(
                    f"Scale({self.low:g}, {self.high:g}): code {code!r} is also a score. "
                    "Codes for not used and blank lie outside the scale."
                )

    @classmethod
    def nps(cls) -> Scale:
        """The scale of the recommendation question: 0 to 10, promoters 9 and 10."""
        return cls(0, 10, top=2)

    @property
    def points(self) -> float:
        """How many whole numbers the scale has."""
        return self.high - self.low + 1

    @property
    def middle(self) -> float:
        """The score half-way."""
        return (self.low + self.high) / 2

    @property
    def has_box(self) -> bool:
        """Whether some scores count as the top box: a slider has none unless it is said."""
        return self.top is not None

    @property
    def top_from(self) -> float:
        """The lowest score in the top box, the best score being the highest; NaN without a box."""
        if self.top is None:
            return math.nan
        return self.high - self.top + 1

    @property
    def unhappy_to(self) -> float:
        """The highest score of the unhappy: 6 on 0 to 10, else as many scores from below as the top box has."""
        if self.top is None:
            return math.nan
        if (self.low, self.high) == (0, 10):
            return 6
        return self.low + self.top - 1

    @property
    def codes(self) -> Codes:
        """The scale as the engine reads it."""
        return Codes(
            self.low,
            self.high,
            tuple(self.not_used),
            tuple(self.blank),
            words=tuple(self.words or ()),
            turned=self.best == "low",
        )

    @property
    def ends(self) -> str:
        """``1 to 5``, and which end is the best where that is the lowest."""
        best = ""
        if self.best == "low":
            best = f", {self.low:g} is best"
        return f"{self.low:g} to {self.high:g}{best}"

    def has(self, code: Any) -> bool:
        """Whether a code is a number between the ends."""
        return isinstance(code, (int, float)) and self.low <= code <= self.high

    def is_like(self, other: Scale) -> bool:
        """Whether scores of two scales can be compared as they are read: the best is then the highest of both."""
        return (self.low, self.high) == (other.low, other.high)

    def turned(self, score: float) -> float:
        """A score as asked with the best as the highest, and back."""
        if self.best == "low":
            return self.low + self.high - score
        return score

    def on_hundred(self, score: float) -> float:
        """A score, the best of which is the highest, on 0 to 100."""
        return 100 * (score - self.low) / (self.high - self.low)


def about_outcomes(scales: Mapping[str, Scale]) -> list[str]:
    """Which outcomes have their lowest answer as the best."""
    return [f"{name}: {scale.low:g} is best. {AS_ASKED}" for name, scale in scales.items() if scale.best == "low"]


def about_scales(scales: Mapping[str, Scale], common: Scale | None, *, boxes: bool = True) -> list[str]:
    """What there is to tell of the scales of touchpoints, and of the one that all are read on; of top boxes, too."""
    if common is None:
        return []
    asked = dict.fromkeys(scale.ends for scale in scales.values())
    sentences = []
    if not all(scale.is_like(common) for scale in scales.values()):
        sentences.append(f"Scores of different scales ({'; '.join(asked)}) are compared on 0 to 100, the best.")
    else:
        sentences += _about_best(scales, common)
    without = [name for name, scale in scales.items() if not scale.has_box]
    if boxes and without:
        named = "any touchpoint"
        if len(without) < len(scales):
            named = listing(without, 5)
        sentences.append(
            f"No top box of {named}: scales of more than {MOST_POINTS} points have none unless Scale(top=) says it."
        )
    return sentences


def _about_best(scales: Mapping[str, Scale], common: Scale) -> list[str]:
    """Which scores have the lowest as the best, and how they are shown."""
    turned = [name for name, scale in scales.items() if scale.best == "low"]
    if common.best == "low":
        return [f"Scores: {common.low:g} is best. {AS_ASKED}"]
    asked_so = f"Scores of {listing(turned, 5)} were asked with {common.low:g} as the best"
    if turned:
        return [f"{asked_so}: they are turned, so that {common.high:g} is best."]
    return []


class TouchpointScales(NamedTuple):
    """The scale of each touchpoint as asked, none where none is said; the one that all are read on."""

    asked: Mapping[str, Scale]
    common: Scale | None
    on_hundred: bool = False

    @property
    def codes(self) -> Codes | None:
        """The codes of every column, as the engine reads them, where all share one scale."""
        if self.common is None or self.common not in self.asked.values():
            return None
        return self.common.codes

    def own_codes(self, columns: Columns) -> dict[str, Codes | None]:
        """The codes of each column where touchpoints have scales of their own."""
        codes: dict[str, Codes | None] = {}
        for name, scale in self.asked.items():
            if scale != self.common:
                of_touchpoint = scale.codes._replace(hundred=self.on_hundred)
                codes.update(dict.fromkeys(columns[name].values(), of_touchpoint))
        return codes


def touchpoint_scales(touchpoints: Iterable[str], scale: Scale | Mapping[str, Scale] | None) -> TouchpointScales:
    """The scale of each touchpoint.

    Raises
    ------
    ColumnError, ValuesError
        When what is given is no scale, or touchpoints and scales do not match.
    """
    check_scale("scale", scale)
    names = list(touchpoints)
    if scale is None:
        return TouchpointScales(MappingProxyType({}), None)
    if isinstance(scale, Scale):
        return TouchpointScales(MappingProxyType(dict.fromkeys(names, scale)), scale)
    for name in scale:
        if name not in names:
            raise ColumnError(
                f"scale names {name!r}, which is no touchpoint.{did_you_mean(name, names)} "
                f"Touchpoints: {listing(names)}."
            )
    missing = [name for name in names if name not in scale]
    if missing:
        raise ValuesError(
            f"scale says nothing of {listing(map(repr, missing))}. Give a scale for each touchpoint, or one for all."
        )
    asked = {name: scale[name] for name in names}
    return TouchpointScales(MappingProxyType(asked), *_common(list(asked.values())))


def _common(scales: Sequence[Scale]) -> tuple[Scale, bool]:
    """The scale that all are read on, and whether that is 0 to 100 because they differ."""
    first = scales[0]
    if all(scale == first for scale in scales):
        return first, False
    if not all(scale.is_like(first) for scale in scales):
        return Scale(0, 100), True
    not_used = dict.fromkeys(code for scale in scales for code in scale.not_used if not first.has(code))
    blanks = [code for scale in scales for code in scale.blank if not first.has(code)]
    blank = dict.fromkeys(code for code in blanks if code not in not_used)
    tops = {scale.top for scale in scales}
    top = first.top if len(tops) == 1 else None
    best = first.best if all(scale.best == first.best for scale in scales) else "high"
    common = replace(first, best=best, not_used=tuple(not_used), blank=tuple(blank), top=top, words=None)
    return common, False


def box(asked: Scale | None, read_on: Scale | None) -> tuple[float, float]:
    """The lowest score of the top box and the highest of the unhappy, on the scale that scores are read on."""
    if asked is None or read_on is None:
        return math.nan, math.nan
    if asked.is_like(read_on):
        return asked.top_from, asked.unhappy_to
    return asked.on_hundred(asked.top_from), asked.on_hundred(asked.unhappy_to)


def check_box(scale: Scale, what: str) -> None:
    """Refuse a question about high scores where no score is said to be high.

    Raises
    ------
    ValuesError
        ``comments have to know which scores are high, and a scale from 0 to 100 has no top box unless it is said...``
    """
    if not scale.has_box:
        raise ValuesError(
            f"{what} to know which scores are high, and a scale from {scale.low:g} to {scale.high:g} has no top box "
            f"unless it is said: cx.Scale({scale.low:g}, {scale.high:g}, top=21). Where touchpoints have different "
            "scales, ask about those of one scale, in a Survey of their own."
        )


def as_read(score: float, asked: Scale | None, read_on: Scale | None) -> float:
    """A score as asked, such as a standard, on the scale that scores are read on.

    Examples
    --------
    >>> as_read(4, Scale(1, 5), Scale(0, 100))
    75.0
    """
    if asked is None or read_on is None:
        return score
    turned = asked.turned(score)
    if asked.is_like(read_on):
        return turned
    return asked.on_hundred(turned)


def point_as_read(asked: Scale | None, read_on: Scale | None) -> float:
    """How much one point of a scale as asked is on the scale that scores are read on.

    Examples
    --------
    >>> point_as_read(Scale(1, 5), Scale(0, 100))
    25.0
    """
    if asked is None or read_on is None or asked.is_like(read_on):
        return 1.0
    return (read_on.high - read_on.low) / (asked.high - asked.low)


def scales_by_column(columns: Columns, survey_columns: Columns, scales: Mapping[str, Scale]) -> dict[str, Scale]:
    """The scales of touchpoints made anew of the columns of a survey; none where its columns have several."""
    of_column = {column: scale for name, scale in scales.items() for column in survey_columns[name].values()}
    found = {}
    for name, dimensions in columns.items():
        own = [of_column.get(column) for column in dimensions.values()]
        first = own[0]
        if first is not None and all(scale == first for scale in own):
            found[name] = first
    return found


def check_scale(role: str, scale: object) -> None:
    """Refuse what is no scale, nor one for each of several columns."""
    scales = [] if scale is None else [scale]
    if isinstance(scale, Mapping):
        scales = list(scale.values())
    for candidate in scales:
        if not isinstance(candidate, Scale):
            raise ValuesError(f"{role} takes a Scale, such as cx.Scale(1, 5).")


class OutcomeScales(NamedTuple):
    """The scale of each outcome that has one, and the codes of each as the engine reads them."""

    asked: Mapping[str, Scale]
    codes: tuple[tuple[str, Codes | None], ...]


def outcome_scales(outcomes: Mapping[str, OutcomeKind], scale: Scale | Mapping[str, Scale] | None) -> OutcomeScales:
    """The scale of each outcome that has one: as given, or that of its kind.

    Raises
    ------
    ColumnError, ValuesError
        When what is given is no scale, is for no outcome, or does not fit the kind.
    """
    check_scale("outcome_scale", scale)
    given = dict(scale) if isinstance(scale, Mapping) else {}
    for name in given:
        if name not in outcomes:
            raise ColumnError(
                f"outcome_scale names {name!r}, which is no outcome.{did_you_mean(name, list(outcomes))} "
                f"Outcomes: {listing(outcomes)}."
            )
    scales = {}
    for name, kind in outcomes.items():
        if name in given:
            scales[name] = given[name]
        elif isinstance(scale, Scale):
            scales[name] = scale
        elif kind == "nps":
            scales[name] = Scale.nps()
        elif kind == "binary":
            scales[name] = Scale(0, 1)
        if kind in ENDS:
            _check_kind(name, kind, scales[name])
    codes = [(name, _outcome_codes(name, kind, scales, scale)) for name, kind in outcomes.items()]
    return OutcomeScales(MappingProxyType(scales), tuple(codes))


def _check_kind(name: str, kind: OutcomeKind, scale: Scale) -> None:
    """Refuse a scale that an outcome of a kind cannot have."""
    low, high = ENDS[kind]
    if (scale.low, scale.high) != (low, high):
        raise ValuesError(
            f"outcome {name!r} is of kind {kind}, whose scale is {low} to {high}, not "
            f"{scale.low:g} to {scale.high:g}. Give it that scale, or another kind."
        )
    if scale.best == "low":
        raise ValuesError(
            f"outcome {name!r} is of kind {kind}, whose best answer is {high}. "
            "Leave best='low' out, or turn its answers."
        )


def _outcome_codes(
    name: str, kind: OutcomeKind, scales: Mapping[str, Scale], given: Scale | Mapping[str, Scale] | None
) -> Codes | None:
    """The scale of an outcome as the engine reads it; an NPS whose scale was said is not doubted."""
    said = name in given if isinstance(given, Mapping) else given is not None
    if name not in scales:
        return None
    return scales[name].codes._replace(kind="" if kind == "nps" and said else kind)


def _codes(role: str, codes: Iterable[Any]) -> tuple[Any, ...]:
    """Special codes as a tuple; a lone one is refused, since a text would fall apart into its letters."""
    if isinstance(codes, str) or not isinstance(codes, Iterable):
        raise ValuesError(f"Scale: {role}={codes!r} is one value. Give a list: {role}=[{codes!r}].")
    checked = []
    for code in codes:
        if isinstance(code, (list, tuple, set, Mapping)):
            raise ValuesError(f"Scale: {role} holds {code!r}, which is no code. Give codes: {role}=[6, 'N/A'].")
        is_empty_cell = isinstance(code, str) and not code.strip()
        checked.append(None if is_empty_cell else code)
    return tuple(checked)


def _checked_words(words: Any) -> tuple[str, ...] | None:
    """Answers in words, each once."""
    if words is None:
        return None
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise ValuesError(
            f"Scale: words={words!r} is no list. Give the answers from low to high: words=['poor', 'good']."
        )
    check_in_order("Scale: words", words)
    stripped = [word.strip() if isinstance(word, str) else word for word in words]
    for word in stripped:
        if not isinstance(word, str) or not word:
            shown = "..." if word is ... else repr(word)
            raise ValuesError(
                f"Scale: words holds {shown}, which is no answer in words. Give every answer, from low to high."
            )
        if stripped.count(word) > 1:
            raise ValuesError(f"Scale: words holds {word!r} twice. Give every answer once, from low to high.")
    if len(stripped) < 2:
        raise ValuesError("Scale: words holds fewer than two answers. Give every answer, from low to high.")
    return tuple(stripped)


def _shown(code: Any) -> str:
    """A code as messages show it."""
    return "None (an empty cell)" if code is None else repr(code)


def _turned_hint(low: float, high: float) -> str:
    """How to say that the lowest score is the best."""
    if low > high:
        return f" If {high:g} is the best score, say Scale({high:g}, {low:g}, best='low')."
    return ""
