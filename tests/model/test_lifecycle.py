"""Needs, stages and lifecycles."""

from __future__ import annotations

import dataclasses

import pytest

from cxlens.errors import OptionError, ValuesError
from cxlens.model.lifecycle import Lifecycle, Need, Stage


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


def test_one_need_alone_is_a_list_of_one() -> None:
    assert Stage("wait", "sit (lever)").needs == (Need("sit", lever=True),)


@pytest.mark.parametrize("name", [" ", 3, "a;b"])
@pytest.mark.parametrize("kind", [Need, Stage])
def test_what_is_no_name_is_refused(kind, name) -> None:
    with pytest.raises(ValuesError) as error:
        kind(name)
    assert str(error.value) == (
        f"{kind.__name__.lower()} name {name!r} is not a name. Give it as text, such as 'Security', without a "
        "semicolon, which separates names in files."
    )


def test_a_stage_twice_is_refused() -> None:
    with pytest.raises(OptionError) as error:
        Lifecycle(["wait", Stage("wait")])
    assert str(error.value) == "stage 'wait' is there twice. Give each stage one name of its own."
