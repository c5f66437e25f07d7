"""Needs, stages and lifecycles."""

from __future__ import annotations

import dataclasses

import pytest

from cxlens.errors import OptionError, ValuesError
from cxlens.model.lifecycle import Lifecycle, Need, Stage, needs_from_text, needs_text


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


def test_stages_may_be_names_or_stages_and_are_looked_up_by_name() -> None:
    lifecycle = Lifecycle(["arrive", Stage("wait", ["sit", Need("see the time", lever=True)], phase="before")])
    assert lifecycle["wait"].needs == (Need("sit"), Need("see the time", lever=True))
    assert len(lifecycle) == 2
    assert "arrive" in lifecycle
    assert Stage("arrive") in lifecycle
    assert "gone" not in lifecycle
    assert lifecycle.table.to_dict("list") == {
        "stage": ["arrive", "wait"],
        "phase": ["", "before"],
        "needs": ["", "sit; see the time (lever)"],
    }


def test_how_a_lifecycle_shows_itself() -> None:
    assert str(Lifecycle(["a <b>"])) == repr(Lifecycle(["a <b>"])) == "Lifecycle of 1 stage: a <b>."
    assert "a &lt;b&gt;" in Lifecycle(["a <b>"])._repr_html_()
    assert str(Stage("wait")) == "wait"


def test_equal_lifecycles_are_equal_and_frozen() -> None:
    assert Lifecycle.seven_stages() == Lifecycle.seven_stages()
    with pytest.raises(dataclasses.FrozenInstanceError):
        Stage("wait").name = "other"  # type: ignore[misc]


def test_needs_read_back_from_text() -> None:
    needs = (Need("sit"), Need("see the time", lever=True))
    assert needs_from_text(needs_text(needs)) == needs
    assert needs_from_text(" ; sit ;see the time  (Lever)") == needs
    assert needs_from_text("") == ()


def test_blanks_around_and_inside_names_are_single() -> None:
    assert Need("  see \n the  time ").name == "see the time"
    assert Stage("wait", phase="  ").phase is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Need(" "), "need name ' ' is not a name. Give it as text, such as 'Security'."),
        (lambda: Need(3), "need name 3 is not a name. Give it as text, such as 'Security'."),
        (lambda: Need("a;b"), "need name 'a;b' has a semicolon, which separates names in files. Use another sign."),
        (lambda: Need("sit (lever)"), "need 'sit (lever)' ends in '(lever)'. Write Need('sit', lever=True)."),
        (lambda: Need("sit", lever="yes"), "need 'sit': lever must be True or False, found 'yes'."),
        (lambda: Stage(""), "stage name '' is not a name. Give it as text, such as 'Security'."),
        (lambda: Stage("a", "sit"), "stage 'a': needs must be a list, found 'sit' alone. Write ['sit']."),
        (lambda: Stage("a", phase=1), "stage 'a': phase must be text or None, found 1."),
        (lambda: Lifecycle("arrive"), "stages must be a list, found the text 'arrive'. Write ['arrive']."),
        (
            lambda: Lifecycle([]),
            "a lifecycle needs at least one stage. Give names, or use Lifecycle.seven_stages().",
        ),
    ],
)
def test_what_is_refused(make, message) -> None:
    with pytest.raises(ValuesError) as error:
        make()
    assert str(error.value) == message


def test_a_name_twice_or_unknown_is_refused() -> None:
    with pytest.raises(OptionError) as error:
        Lifecycle(["wait", Stage("wait")])
    assert str(error.value) == "stage 'wait' is there twice. Give each stage one name of its own."
    with pytest.raises(OptionError) as error:
        Stage("wait", ["sit", Need("sit", lever=True)])
    assert str(error.value) == "need 'sit' is there twice. Name each need of stage 'wait' once."
    with pytest.raises(OptionError) as error:
        Lifecycle(["wait", "board"])["bord"]
    assert str(error.value) == "stage 'bord' is not known here. Did you mean 'board'? Stages: wait, board."
