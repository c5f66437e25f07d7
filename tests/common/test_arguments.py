"""Arguments of a wrong kind: told in one sentence, and only where they made a call fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.arguments import check_fields, check_fits, check_in_order, misfits_told, shown
from cxlens.errors import CxlensError, OptionError, ValuesError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@misfits_told
def verb(
    names: Sequence[str] = (),
    *,
    path: str | Path | None = None,
    many: Mapping[str, float] | None = None,
    pairs: Sequence[tuple[str, str]] = (),
    size: int = 1,
    share: float = 0.5,
    sure: bool = False,
    way: Literal["a", "b"] = "a",
    ax: Axes | None = None,
    anything: Any = None,
) -> float:
    """Fail on every argument that is not of its kind, as Python does."""
    "".join(names)
    Path(path or ".")
    for value in (many or {}).values():
        share += value
    for first, second in pairs:
        first + second
    (size + share) * {"a": 1, "b": 2}[way] + int(sure)
    if ax is not None:
        ax.plot([1])
    if anything is not None:
        raise KeyError(anything)
    return share


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"names": None}, "verb: names must be a list of texts; you gave None. Leave it out where there is none."),
        ({"names": [1]}, "verb: names must be a list of texts; you gave [1]."),
        ({"names": [["x"]]}, "verb: names must be a list of texts; you gave [['x']]."),
        ({"path": 5}, "verb: path must be a path or None; you gave 5."),
        ({"many": ["x"]}, "verb: many must be a dict of {text: number} or None; you gave ['x']."),
        ({"many": {"x": "y"}}, "verb: many must be a dict of {text: number} or None; you gave {'x': 'y'}."),
        ({"pairs": [1]}, "verb: pairs must be a list of pairs (text, text); you gave [1]."),
        ({"size": "2"}, "verb: size must be a whole number; you gave '2'."),
        ({"share": None}, "verb: share must be a number; you gave None. Leave it out where there is none."),
        ({"sure": "x"}, "verb: sure must be True or False; you gave 'x'."),
        ({"way": ["a"]}, "verb: way must be 'a' or 'b'; you gave ['a']."),
        ({"ax": 5}, "verb: ax must be an Axes or None; you gave 5."),
        ({"names": pd.DataFrame({1: [1]})}, "verb: names must be a list of texts; you gave a DataFrame."),
    ],
)
def test_a_wrong_kind_is_told_whole(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ValuesError) as refused:
        verb(**arguments)
    assert str(refused.value) == text
    assert refused.value.__cause__ is not None


def test_what_works_goes_on_working() -> None:
    assert verb(np.array(["a", "b"]), size=np.int64(2), share=1) == 1
    assert verb("a") == 0.5


def test_an_error_that_no_argument_explains_is_ours() -> None:
    with pytest.raises(KeyError, match="7"):
        verb(anything=7)
    with pytest.raises(TypeError, match="unexpected keyword"):
        verb(nothing=7)  # type: ignore[call-arg]


@pytest.mark.parametrize("column", [False, None, "x", np.str_("x")])
def test_an_error_of_ours_is_not_laid_on_arguments_that_are_right(column: Any) -> None:
    ours = TypeError("unsupported operand")

    @misfits_told
    def failing(column: str | Literal[False] | None, sizes: Sequence[int]) -> None:
        raise ours

    with pytest.raises(TypeError) as stays:
        failing(column, np.array([1]))
    assert stays.value is ours
    with pytest.raises(ValuesError) as told:
        failing(True, [1])  # type: ignore[arg-type]
    assert str(told.value).endswith("failing: column must be text or False or None; you gave True.")


def test_a_class_is_told_of_with_its_methods() -> None:
    @misfits_told
    @dataclass(frozen=True, slots=True)
    class Noun:
        words: tuple[str, ...]

        def __post_init__(self) -> None:
            "".join(self.words)

        def twice(self, times: int) -> str:
            return "".join(self.words * times)

        @classmethod
        def of(cls, text: str) -> Noun:
            return cls((text + "",))

    assert Noun.of("a").twice(2) == "aa"
    for call, text in (
        (lambda: Noun(None), "words must be a list of texts; you gave None."),
        (lambda: Noun(("a",)).twice("b"), ".twice: times must be a whole number; you gave 'b'."),
        (lambda: Noun.of(1), ".of: text must be text; you gave 1."),
    ):
        with pytest.raises(ValuesError) as refused:
            call()
        assert str(refused.value).endswith(text)


def test_fields_that_nothing_looks_at_are_checked() -> None:
    with pytest.raises(ValuesError) as refused:
        cx.Study("A", about=5)
    assert str(refused.value) == "Study: about must be text; you gave 5."
    check_fields(cx.Study("A"), ["about"])
    with pytest.raises(ValuesError) as refused:
        check_fits("comments", "col", Mapping[str, str] | None)
    assert str(refused.value) == "comments must be a dict of {text: text} or None; you gave 'col'."


def test_a_long_value_is_shown_by_its_type() -> None:
    assert shown("a" * 100) == "a str"
    assert shown([1] * 100) == "a list"
    assert shown(object()) == "an object"


def test_the_errors_of_others_stay(tmp_path: Path) -> None:
    with pytest.raises(OptionError):
        cx.drivers(5)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"a", "b"}, "funnel: stages is a set, which has no order. Give a list."),
        (frozenset("ab"), "funnel: stages is a set, which has no order. Give a list."),
        ({"a": 1}, "funnel: stages is a dict, and holds more than names. Give a list."),
    ],
)
def test_where_order_counts_a_set_is_refused(names: Any, message: str) -> None:
    for ordered in (["a", "b"], ("a", "b"), "a", {"a": 1}.keys(), pd.Index(["a"])):
        check_in_order("funnel: stages", ordered)
    with pytest.raises(CxlensError) as error:
        check_in_order("funnel: stages", names)
    assert str(error.value) == message


def test_all_that_takes_an_order_refuses_a_set() -> None:
    answers = pd.DataFrame({"web": [1, 2], "call": [3, 4], "nps": [9, 10], "who": list("ab")})
    roles: dict[str, Any] = {"touchpoints": ["web", "call"], "outcome": "nps", "segments": ["who"]}
    events = pd.DataFrame({"who": list("aabb"), "met": ["web", "call"] * 2, "nr": range(4)})
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
    survey = cx.Survey(answers, **roles)
    names: Any = {"web", "call"}
    calls = {
        "touchpoints": lambda: cx.Survey(answers, **{**roles, "touchpoints": names}),
        "segments": lambda: cx.Survey(answers, **{**roles, "segments": names}),
        "metric": lambda: cx.before_after(survey, metric=names, before=1, after=2),
        "funnel: stages": lambda: cx.funnel(log, names),
        "Lifecycle: stages": lambda: cx.Lifecycle(names),
        "journey 'x': touchpoints": lambda: cx.Journey("x", names),
        "Scale: words": lambda: cx.Scale(words=names),
    }
    for thing, call in calls.items():
        with pytest.raises(CxlensError) as error:
            call()
        assert str(error.value) == f"{thing} is a set, which has no order. Give a list."
