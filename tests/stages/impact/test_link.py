from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import cxlens as cx


def answers(n: int = 900, seed: int = 1, slope: float = 0.04, mood: float = 0.0, times: int = 1) -> cx.Survey:
    """Answers with a planted link; ``mood``: how much purchases before raise both outcome and staying."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(n // times), times)
    before = rng.poisson(2, len(who[::times])).repeat(times)
    score = np.clip(np.round(6 + mood * (before - 2) + 1.5 * rng.standard_normal(len(who))), 0, 10)
    chance = np.clip(0.3 + slope * (score - 6) + 0.1 * (before - 2) * (mood > 0), 0, 1)
    frame = pd.DataFrame(
        {"who": who, "purchases_before": before, "overall": score, "web": rng.integers(1, 6, len(who))}
    )
    frame["again"] = (rng.random(len(who)) < chance).astype(int)
    return survey(frame)


def survey(frame: pd.DataFrame, **options: object) -> cx.Survey:
    given = {"outcome": {"overall": "interval", "again": "binary"}, "segments": ["purchases_before"], **options}
    return cx.Survey(frame, touchpoints=["web"], respondent="who", **given)


def test_a_planted_link_is_found_with_behaviour_held() -> None:
    confounded = answers(6000, mood=0.8)
    held = cx.retention_link(confounded)
    assert held.estimate[1] < 0.04 < held.estimate[2]
    alone = cx.retention_link(confounded, hold=[])
    assert alone.estimate[1] > 0.06  # who bought before is happier and stays, whatever satisfaction does
    assert held.per_point == pytest.approx((held.estimate[1], held.estimate[0], held.estimate[2]))
    assert held.is_measured
    assert held.caution == "Those who stay may simply be happier."


def test_sentence_says_what_is_held_and_what_it_does_not_say(faults: Callable[[str], list[str]]) -> None:
    link = cx.retention_link(answers(), customers=40_000, value=250)
    assert str(link).startswith("Again goes with overall, a point more: ")
    assert "clearly, purchases_before held. Those who stay may simply be happier. n = 900." in str(link)
    assert faults(str(cx.retention_link(answers(), hold=[]))) == []
    assert str(cx.RetentionLink(1, 1, (0.01, 0.02, 0.04))) == (
        "Assumed, not measured: a point more of the outcome keeps 2 % of customers more (1 to 4)."
    )


def test_no_link_is_not_clear_and_starts_at_zero() -> None:
    link = cx.retention_link(answers(slope=0.0, seed=5))
    assert "does not clearly go with" in str(link)
    assert link.per_point[0] == 0


def test_nps_counts_in_its_points() -> None:
    frame = answers().table
    points = survey(frame, outcome={"overall": "nps", "again": "binary"})
    link = cx.retention_link(points)
    scored = np.where(frame["overall"] >= 9, 100, np.where(frame["overall"] <= 6, -100, 0))
    design = np.column_stack(
        [np.ones(len(frame)), frame["purchases_before"], np.log1p(frame["purchases_before"]), scored]
    )
    slope = np.linalg.lstsq(design, frame["again"].to_numpy(float))[0][-1]
    assert link.estimate[0] == pytest.approx(slope)


def test_respondents_who_answer_often_count_once() -> None:
    frame = answers(400).table
    three_times = survey(pd.concat([frame.assign(web=score) for score in (1, 2, 3)], ignore_index=True))
    once = cx.retention_link(survey(frame)).estimate
    often = cx.retention_link(three_times).estimate
    assert often[0] == pytest.approx(once[0])
    assert often[2] - often[1] == pytest.approx(once[2] - once[1], rel=0.03)


def test_labels_are_held_by_value() -> None:
    frame = answers().table
    frame["plan"] = np.where(frame["purchases_before"] > 2, "gold", "basic")
    link = cx.retention_link(survey(frame, segments=["plan"]), hold="plan")
    assert "plan held" in str(link)


def refusal(asked: object, **options: object) -> str:
    with pytest.raises(cx.CxlensError) as refused:
        cx.retention_link(asked, **options)
    return str(refused.value)


def test_refusals() -> None:
    frame = answers().table
    assert refusal(frame).startswith("retention_link works on a Survey, not on a DataFrame.")
    only = survey(frame, outcome={"overall": "interval"})
    assert refusal(only) == (
        "no outcome is binary, so it is not known who stays. Name one: retention_link(..., stays='column')."
    )
    assert refusal(only, stays="overall") == "stays='overall' is not binary. Name an outcome of 0 and 1."
    binary = survey(frame, outcome={"again": "binary"})
    assert refusal(binary) == (
        "no outcome tells of satisfaction: all are binary. Name one: Survey(..., outcome={...})."
    )
    both = survey(
        frame.assign(back=frame["again"]), outcome={"overall": "interval", "again": "binary", "back": "binary"}
    )
    assert refusal(both).startswith("outcomes 'again', 'back' are binary, so it is not known who stays.")
    assert refusal(both, stays="back", outcome="again") == (
        "outcome='again' is binary. Name the outcome of satisfaction, such as an NPS."
    )
    assert refusal(survey(frame), hold=["tenur"]).startswith("hold: column 'tenur' is not known here.")
    assert refusal(survey(frame[:20])) == (
        "retention_link needs 30 answers that tell all, and 10 each of those who stay and who leave by 'again'; there "
        "are fewer. Ask more customers, or hold fewer columns."
    )
    same = frame.assign(code=frame["overall"].astype(int).astype(str))
    assert refusal(survey(same, segments=["code"]), hold="code") == (
        "'overall' cannot be told from what is held (code), or does not vary. Hold fewer."
    )


def test_a_measured_link_goes_into_the_plan_with_its_caution() -> None:
    data = answers()
    link = cx.retention_link(data, hold=[], customers=1000, value=20)
    drivers = cx.drivers(data, outcome="overall", n_boot=50)
    told = cx.what_if(drivers, {"web": 0.5}, money=link)
    assert told.earned.startswith("By the measured link to retention that is ")
    assert told.earned.endswith(" in money a year. Those who stay may simply be happier")
    columns = {"name": ["Faster pages"], "touchpoints": ["web"], "lift": [0.5], "effort": [3], "duration": [1]}
    wins = cx.quick_wins(drivers, pd.DataFrame(columns), money=link)
    assert wins.unit == "money a year by the measured link"
    assert wins.note.endswith("Those who stay may simply be happier.")
    assert "Those who stay may simply be happier." in cx.roadmap(wins, periods=2, resolves=0).note
