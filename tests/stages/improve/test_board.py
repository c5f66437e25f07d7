"""The matrix that can be moved: what it says it asked is what it shows, whatever is moved and taken back."""

from __future__ import annotations

import html
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.values import in_hundred
from cxlens.errors import CxlensError
from cxlens.stages.improve import board as matrix
from cxlens.stages.improve.board import ImpactEffortMatrix
from cxlens.stages.improve.matrix_chart import frame_of, matrix_html, matrix_rows, matrix_svg

ODD = "Kerb <marshals> & 'signs'"
QUEUE = "Second queue"
ENDS = ("low", "likely", "high")


def row(name, touchpoints, lift, effort):
    ranges = {"lift": lift, "effort": effort}
    given = {f"{what}_{end}": value for what, span in ranges.items() for end, value in zip(ENDS, span, strict=True)}
    return {"name": name, "touchpoints": touchpoints, **given, "owner": ""}


@pytest.fixture(scope="module")
def found():
    return cx.drivers(cx.datasets.load_airport().survey(), n_boot=100)


@pytest.fixture(scope="module")
def plan(found):
    rows = [
        row(QUEUE, "Security", (0.1, 0.2, 0.3), (3, 5, 7)),
        row(ODD, "Signs", (0.1, 0.3, 0.4), (2, 4, 8)),
        row("Longer opening", "Shops", (0.2, 0.3, 0.5), (10, 12, 20)),
        row("Ask nicely", "Wi-Fi", (0.1, 0.2, 0.3), (0, 0, 0)),
    ]
    return cx.quick_wins(found, pd.DataFrame(rows), seed=5)


@pytest.fixture
def board(plan):
    return plan.explore()


def figures(result, name, what):
    plan = result.initiatives.set_index("name")
    return plan.loc[name, [f"{what}_{end}" for end in ENDS]].tolist()


def chance(result, name):
    return in_hundred(result.table.set_index("initiative").loc[name, "p_quick_win"])


def benefit(result, name):
    own = result.table.set_index("initiative").loc[name]
    return f"+{own['benefit']:.1f} NPS points [{own['benefit_low']:.1f}, {own['benefit_high']:.1f}]"


def assert_follows(board):
    """What is shown is the answer to what is said to have been asked."""
    again = cx.quick_wins(board.data, **board.params)
    pd.testing.assert_frame_equal(again.table, board.result.table)
    pd.testing.assert_frame_equal(board.to_frame(), board.result.table)
    assert board.table == matrix_rows(board.result)
    assert 'data-name="Second queue"' in board.svg


def test_it_opens_with_the_result_it_was_given(plan, board):
    assert isinstance(board, ImpactEffortMatrix)
    assert board.result is plan
    assert board.data is plan.drivers
    assert board.svg == matrix_svg(plan)
    assert (board.status, board.failed) == (str(plan), False)
    assert [cut["label"] for cut in board.cuts] == ["Big from, NPS points", "Easy up to, weeks"]
    assert [cut["value"] for cut in board.cuts] == [round(plan.benefit_cut, 2), round(plan.effort_cut, 2)]
    assert {name: board.params[name] for name in ("benefit_cut", "effort_cut", "seed")} == {
        "benefit_cut": plan.options["benefit_cut"], "effort_cut": plan.effort_cut, "seed": 5,
    }  # fmt: skip
    assert_follows(board)


def test_a_move_scales_ranges_and_asks_again_with_the_cuts_held(plan, board):
    before = plan.initiatives.copy()
    board.move(QUEUE, effort=7.5)
    assert figures(board.result, QUEUE, "effort") == [4.5, 7.5, 10.5]
    assert figures(board.result, QUEUE, "lift") == [0.1, 0.2, 0.3]
    assert (board.result.benefit_cut, board.result.effort_cut) == (plan.benefit_cut, plan.effort_cut)
    assert chance(board.result, QUEUE) != chance(plan, QUEUE)
    assert board.status == (
        f"Second queue: effort 7.5 weeks, {benefit(board.result, QUEUE)}. "
        f"Big and easy in {chance(board.result, QUEUE)} of 100 redraws, was {chance(plan, QUEUE)}."
    )
    assert_follows(board)
    pd.testing.assert_frame_equal(plan.initiatives, before)
    others = board.to_frame().set_index("initiative").drop(QUEUE)["p_quick_win"]
    pd.testing.assert_series_equal(others, plan.table.set_index("initiative")["p_quick_win"].loc[others.index])


def test_more_benefit_is_more_lift_in_proportion(plan, board):
    now = plan.table.set_index("initiative").loc[QUEUE, "benefit"]
    board.move(QUEUE, benefit=1.5 * now)
    assert figures(board.result, QUEUE, "lift") == [0.15, 0.3, 0.45]
    assert figures(board.result, QUEUE, "effort") == [3, 5, 7]
    assert board.to_frame().set_index("initiative").loc[QUEUE, "benefit"] == pytest.approx(1.5 * now, rel=0.1)
    assert_follows(board)


def test_steps_are_of_what_it_began_with_and_lead_back(plan, board):
    board.step(ODD, effort=1, lift=2)
    assert figures(board.result, ODD, "effort") == [2.1, 4.2, 8.4]
    assert figures(board.result, ODD, "lift") == [0.11, 0.33, 0.44]
    board.step(ODD, effort=4)
    assert figures(board.result, ODD, "effort") == [2.5, 5, 10]
    board.step(ODD, effort=-5, lift=-2)
    pd.testing.assert_frame_equal(board.result.initiatives, plan.initiatives)
    assert_follows(board)


def test_up_is_more_benefit_also_where_more_lift_is_less(plan):
    turned = plan.response._replace(worth=-plan.response.worth)
    with mock.patch("cxlens.stages.improve.candidates.response", return_value=turned):
        board = cx.quick_wins(plan.drivers, plan.initiatives).explore()
        before = board.to_frame().set_index("initiative").loc[QUEUE, "benefit"]
        board.step(QUEUE, lift=1)
    assert before < board.to_frame().set_index("initiative").loc[QUEUE, "benefit"] < 0
    assert figures(board.result, QUEUE, "lift") == [0.095, 0.19, 0.285]


def test_effort_and_lift_have_a_least(plan, board):
    board.move(QUEUE, effort=-3, benefit=-5)
    assert figures(board.result, QUEUE, "effort") == [0.15, 0.25, 0.35]
    assert figures(board.result, QUEUE, "lift") == [0.005, 0.01, 0.015]
    assert board.status.endswith(
        "This is the least effort there is: a twentieth of what it began with. "
        "This is the least lift there is: a twentieth of what it began with."
    )
    past = board.status
    board.step(QUEUE, effort=-1)
    assert board.status == (
        "Second queue stays where it is. This is the least effort there is: a twentieth of what it began with."
    )
    board.undo()
    assert board.result is plan
    assert past != board.status


def test_an_effort_of_nothing_cannot_be_scaled(board, plan):
    board.move("Ask nicely", effort=3)
    assert board.status == "Ask nicely stays where it is. Its effort is nothing, which no move scales."
    assert (board.result, board.failed) == (plan, False)
    board.step("Ask nicely", effort=1, lift=1)
    assert board.status.endswith(" Its effort is nothing, which no move scales.")
    assert figures(board.result, "Ask nicely", "effort") == [0, 0, 0]
    assert figures(board.result, "Ask nicely", "lift") == [0.105, 0.21, 0.315]


@pytest.mark.parametrize("name", ["Wi-Fi renewal in terminals 1 and 3", "Close the airport's own booking website"])
def test_without_a_lift_in_figures_only_effort_moves(found, name):
    study = cx.datasets.load_airport()
    plan = cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map())
    board, words = plan.explore(), "Its lift is no figure (it reaches a standard or takes something away): only its"
    board.step(name, lift=1)
    assert board.status == f"{name} stays where it is. {words} effort moves."
    was = plan.table.set_index("initiative").loc[name]
    board.move(name, effort=2 * was["effort"], benefit=8)
    now = board.to_frame().set_index("initiative").loc[name]
    assert board.status.endswith(f" was {in_hundred(was['p_quick_win'])}. {words} effort moves.")
    assert (now["effort_high"], now["benefit"]) == (2 * was["effort_high"], was["benefit"])
    assert np.isnan(figures(board.result, name, "lift")).all()
    pd.testing.assert_frame_equal(cx.quick_wins(board.data, **board.params).table, board.result.table)


def test_without_benefit_there_is_nothing_to_scale(plan, found):
    still = plan.initiatives.copy()
    still.loc[still["name"] == QUEUE, [f"lift_{end}" for end in ENDS]] = 0.0
    board = cx.quick_wins(found, still).explore()
    for move in ({"benefit": 2.0}, {}):
        board.move(QUEUE, **move) if move else board.step(QUEUE, lift=1)
        assert board.status == "Second queue stays where it is. Its benefit is nothing, which no move scales."


def test_cuts_are_drawn_elsewhere_one_by_one(plan, board):
    board.cut(effort_cut=6)
    assert board.params["benefit_cut"] is None
    assert board.params["effort_cut"] == 6
    assert board.status == (
        f"Big from +{plan.benefit_cut:.1f} NPS points, easy up to 6 weeks. {board.result.finding.title}."
    )
    assert board.cuts[1]["value"] == 6
    board.cut(benefit_cut=1, effort_cut=1)
    big = f"+{board.result.benefit_cut:.1f}"
    assert board.result.record.floor == 1
    assert board.status == f"Big from {big} NPS points, easy up to 1 week. {board.result.finding.title}."
    assert_follows(board)


def test_changes_are_taken_back_one_by_one_and_all_at_once(plan, board):
    board.move(QUEUE, effort=9)
    first = board.result
    board.cut(benefit_cut=0.5)
    board.undo()
    assert board.result is first
    assert board.status == f"Undone. {first.finding.title}."
    board.reset()
    assert board.result is plan
    assert board.status == f"As it was given. {plan.finding.title}."
    assert board.svg == matrix_svg(plan)
    board.undo()
    assert board.result is first
    board.undo()
    board.undo()
    assert (board.result, board.status) == (plan, "Nothing to undo.")
    board.reset()
    board.undo()
    assert board.status == "Nothing to undo."


def test_the_axes_hold_still_while_initiatives_move(plan, board):
    board.move("Longer opening", effort=6)
    assert board.svg == matrix_svg(board.result, frame_of(plan))
    board.move("Longer opening", effort=60)
    assert board.svg == matrix_svg(board.result, frame_of(board.result, frame_of(plan)))


def hear(board, **message):
    """What arrives when the browser sends this."""
    board._handle_custom_msg(message, [])


def test_the_browser_asks_for_what_python_can_do(plan, board):
    frame = frame_of(plan)
    now = plan.table.set_index("initiative").loc[QUEUE]
    x, y = frame.place(frame.axis(now["effort"]), now["benefit"])
    to, _ = frame.place(frame.axis(10.0), 0)
    hear(board, do="drop", initiative=QUEUE, x=to, y=y + 3)
    assert figures(board.result, QUEUE, "effort") == [6, 10, 14]
    assert figures(board.result, QUEUE, "lift") == [0.1, 0.2, 0.3]  # a hand that slips a little means one axis
    hear(board, do="undo")
    _, to = frame.place(0, 1.5 * now["benefit"])
    hear(board, do="drop", initiative=QUEUE, x=x - 3, y=to)
    assert figures(board.result, QUEUE, "effort") == [3, 5, 7]
    assert figures(board.result, QUEUE, "lift") == [0.15, 0.3, 0.45]
    hear(board, do="step", initiative=QUEUE, effort=1, lift=0)
    assert figures(board.result, QUEUE, "effort") == [3.15, 5.25, 7.35]
    hear(board, do="cut", effort_cut=7)
    assert board.result.effort_cut == 7
    hear(board, do="reset")
    assert board.result is plan
    hear(board, do="drop", initiative=QUEUE, x=x + 4, y=y)
    assert board.status == "Second queue stays where it is."


def test_each_message_is_answered_once(board):
    count = board.answered
    for message in ({"do": "undo"}, {"do": "undo"}, {"do": "step", "initiative": "nobody", "effort": 1, "lift": 0}):
        hear(board, **message)
        count += 1
        assert board.answered == count


def test_what_is_refused_is_said_and_the_last_answer_stays(plan, board):
    drawn = board.svg
    hear(board, do="step", initiative="Second que", effort=1, lift=0)
    names = ", ".join(plan.table["initiative"])
    assert board.status == (
        f"Not possible: initiative 'Second que' is not known here. Did you mean 'Second queue'? Initiatives: {names}."
    )
    assert board.failed
    assert (board.result, board.svg) == (plan, drawn)
    hear(board, do="step", initiative=QUEUE, effort=1, lift=0)
    assert not board.failed


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "6"])
def test_a_cut_that_is_no_number_is_refused(board, plan, value):
    with pytest.raises(CxlensError) as error:
        board.cut(effort_cut=value)
    assert str(error.value) == f"effort_cut={value!r} is no number. Give one, such as 5.25."
    assert board.result is plan


def test_an_initiative_that_is_not_there_is_refused(board, plan):
    for ask in (lambda: board.move("x", effort=1), lambda: board.step("x", lift=1)):
        with pytest.raises(CxlensError) as error:
            ask()
        names = ", ".join(plan.table["initiative"])
        assert str(error.value) == f"initiative 'x' is not known here. Initiatives: {names}."


def test_only_quick_wins_make_a_matrix(plan):
    with pytest.raises(CxlensError) as error:
        cx.ImpactEffortMatrix(plan.table)
    assert str(error.value) == (
        "ImpactEffortMatrix works on a QuickWins, not on a DataFrame. Make one: cx.quick_wins(drivers, initiatives)."
    )


def test_a_new_result_can_be_listened_to(board):
    heard = []
    board.observe(lambda change: heard.append(change["new"]), "result")
    board.move(QUEUE, effort=8)
    assert heard == [board.result]


def test_the_frames_it_hands_out_are_copies(board, plan):
    frame, plan_given = board.to_frame(), board.params["initiatives"]
    frame["p_quick_win"], plan_given["owner"] = 0.0, "nobody"
    assert board.to_frame()["p_quick_win"].max() > 0
    assert board.result is plan
    assert "nobody" not in board.params["initiatives"]["owner"].tolist()


def test_where_no_widget_is_shown_the_still_drawing_is(board, monkeypatch):
    assert board.turned() == ""
    kept = []
    monkeypatch.setattr(board, "keep", lambda: kept.append(board.still()))
    board.move(QUEUE, effort=8)
    assert kept == [matrix_html(board.result)]
    assert board.said() == str(board.result)
    assert board.turned() == "Moved by hand since it was made."


def test_odd_names_are_escaped_in_the_drawing_and_whole_in_the_table(board):
    assert "<marshals>" not in board.svg
    assert f'data-name="{html.escape(ODD)}"' in board.svg
    assert ODD in [row["Initiative"] for row in board.table]


def test_the_script_is_short_and_asks_nothing_of_the_network():
    script = Path(matrix.__file__).with_name("board.js").read_text(encoding="utf-8")
    assert len(script.splitlines()) < 400
    assert [word for word in ("http", "import ", "fetch(", "XMLHttp", "eval(") if word in script] == []
