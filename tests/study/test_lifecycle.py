"""Needs, stages and lifecycles."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import CxlensError, OptionError, ValuesError
from cxlens.study.lifecycle import Lifecycle, Need, Stage


def test_seven_stages_are_brigmans_in_three_phases() -> None:
    lifecycle = Lifecycle.seven_stages()
    assert lifecycle.names == (
        "awareness", "knowledge", "consideration", "selection", "satisfaction", "loyalty", "advocacy",
    )  # fmt: skip
    assert [stage.phase for stage in lifecycle] == ["pre-purchase"] * 3 + ["purchase"] + ["post-purchase"] * 3
    assert all(1 <= len(stage.needs) <= 2 for stage in lifecycle)
    assert all(sum(need.lever for need in stage.needs) == 1 for stage in lifecycle)


def test_three_phases() -> None:
    assert Lifecycle.three_phases().names == ("pre-purchase", "purchase", "post-purchase")


def test_stages_may_be_names_or_stages() -> None:
    lifecycle = Lifecycle(["arrive", Stage("wait", ["sit", Need("see the time", lever=True)], phase="before")])
    assert lifecycle.stages[1].needs == (Need("sit"), Need("see the time", lever=True))
    assert len(lifecycle) == 2
    assert Stage("arrive") in lifecycle
    assert lifecycle.table.to_dict("list") == {
        "stage": ["arrive", "wait"],
        "phase": ["", "before"],
        "needs": ["", "sit; see the time (lever)"],
    }


def test_how_a_lifecycle_shows_itself() -> None:
    assert str(Lifecycle(["a <b>"])) == repr(Lifecycle(["a <b>"])) == "Lifecycle of 1 stage: a <b>."
    assert "a &lt;b&gt;" in Lifecycle(["a <b>"])._repr_html_()


def test_equal_lifecycles_are_equal_and_frozen() -> None:
    assert Lifecycle.seven_stages() == Lifecycle.seven_stages()
    with pytest.raises(dataclasses.FrozenInstanceError):
        Stage("wait").name = "other"  # type: ignore[misc]


def test_blanks_around_and_inside_names_are_single() -> None:
    assert Need("  see \n the  time ").name == "see the time"


@pytest.mark.parametrize("name", ["(lever)", "  (lever) ", "(lever) (lever)"])
def test_a_need_has_a_name_beside_its_mark(name) -> None:
    with pytest.raises(ValuesError) as error:
        Need(name)
    assert str(error.value) == (
        f"need {name!r} has no name: (lever) only marks a need that moves customers on. Write the need before it, such "
        "as 'compare prices (lever)'."
    )


def test_one_need_alone_is_a_list_of_one() -> None:
    assert Stage("wait", "sit (lever)").needs == (Need("sit", lever=True),)


@pytest.mark.parametrize("name", [" ", 3, "a;b"])
@pytest.mark.parametrize("kind", [Need, Stage])
def test_what_is_no_name_is_refused(kind, name) -> None:
    with pytest.raises(ValuesError) as error:
        kind(name)
    assert str(error.value) == (
        f"{kind.__name__.lower()} name {name!r} cannot be used. Give text without a semicolon, such as 'Security'; "
        "semicolons separate names in files."
    )


def test_a_stage_twice_is_refused() -> None:
    with pytest.raises(OptionError) as error:
        Lifecycle(["wait", Stage("wait")])
    assert str(error.value) == "stage 'wait' is there twice. Give each stage one name of its own."


def test_a_stage_comes_behind_the_one_it_is_after() -> None:
    behind = [Stage("wait", after=" arrive "), Stage("plan", after="arrive")]
    found = Lifecycle([Stage("board", after="wait"), "arrive", *behind, "fly"])
    assert found.names == ("arrive", "wait", "board", "plan", "fly")
    assert Lifecycle(found.stages) == found


@given(st.permutations(range(6)))
def test_any_order_of_stages_becomes_the_same_way(order) -> None:
    stages = [Stage(f"s{k}", after=f"s{k - 1}" if k else None) for k in range(6)]
    assert Lifecycle([stages[k] for k in order]).stages == tuple(stages)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        (
            [Stage("a", after="c"), Stage("b", after="a"), Stage("c", after="b"), "d"],
            "stages form a circle: a -> b -> c -> a. Take out one after=, so that there is a first stage.",
        ),
        (
            [Stage("a", after="b"), Stage("b", after="b")],
            "stages form a circle: b -> b. Take out one after=, so that there is a first stage.",
        ),
        (
            ["wait", Stage("board", after="wiat")],
            "stage 'board' comes after: stage 'wiat' is not known here. Did you mean 'wait'? Stages: wait, board.",
        ),
    ],
)
def test_stages_that_have_no_order_are_refused(stages, message) -> None:
    with pytest.raises(OptionError) as error:
        Lifecycle(stages)
    assert str(error.value) == message


def test_after_survives_the_study_file(tmp_path) -> None:
    stages = Lifecycle([Stage("wait", after="arrive"), "arrive"])
    study = cx.Study("Small", touchpoint_map=cx.TouchpointMap([cx.Touchpoint("Signs", stage="arrive")], stages))
    study.to_toml(tmp_path / "study.toml")
    text = (tmp_path / "study.toml").read_text(encoding="utf-8")
    assert 'after = "arrive"' in text
    assert cx.Study.from_toml(tmp_path / "study.toml").map() == study.map()
    text = text.replace('name = "arrive"', 'name = "arrive"\nafter = "wait"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(cx.CxlensError) as error:
        cx.Study.from_toml(tmp_path / "study.toml")
    assert str(error.value) == (
        f"{tmp_path / 'study.toml'}: [map] stages (line 7): stages form a circle: arrive -> wait -> arrive. "
        "Take out one after, so that there is a first stage."
    )


def test_a_text_is_no_list_of_stages() -> None:
    with pytest.raises(CxlensError) as error:
        Lifecycle("ab")
    assert str(error.value) == "Lifecycle: stages='ab' is one text. Give a list: ['ab']."
