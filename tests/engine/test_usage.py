"""Usage flags that would tell a yes/no or ordered outcome: whose answers are left out, and when they are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import cxlens as cx
from cxlens.engine.usage import weights_in_draws

SCALE = cx.Scale(1, 5, not_used=[6])
NOT_USED = "'{}' not used, and too few different answers"


def answers(n: int = 400, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(np.clip(np.round(3.4 + rng.normal(size=(n, 3))), 1, 5).astype(int), columns=list("abc"))
    latent = frame @ [0.6, 0.3, 0.0] - 3 + 1.5 * rng.logistic(size=n)
    frame["stays"] = (latent > 0).astype(int)
    frame["likes"] = np.searchsorted([-1.5, 1.0], latent)
    frame["group"] = np.where(np.arange(n) % 2, "odd", "even")
    return frame


def survey(frame: pd.DataFrame, **roles) -> cx.Survey:
    kinds = {"stays": "binary", "likes": "ordinal"}
    return cx.Survey(frame, touchpoints=list("abc"), outcome=kinds, scale=SCALE, segments=["group"], **roles)


def without_use(k: int, yes: int, outcome: str = "stays") -> pd.DataFrame:
    """Answers of which k did not use c, so many of them with the highest outcome, the others with the lowest."""
    frame = answers()
    frame.loc[: k - 1, "c"] = 6
    frame.loc[: k - 1, outcome] = np.where(np.arange(k) < yes, frame[outcome].max(), frame[outcome].min())
    return frame


def test_three_who_did_not_use_it_and_all_said_no_are_left_out_and_nothing_else_changes() -> None:
    frame = without_use(3, 0)
    found = cx.drivers(survey(frame), outcome="stays", n_boot=1000)
    reference = sm.Logit(frame["stays"][3:], sm.add_constant(frame[list("abc")][3:])).fit(disp=False, tol=1e-12)
    coefs = found.table.set_index("touchpoint")["coef"]
    assert coefs.to_dict() == pytest.approx(reference.params[list("abc")].to_dict(), abs=1e-6)
    assert found.dropped == {NOT_USED.format("c"): "fewer than 5"}
    assert found.record.dropped == {NOT_USED.format("c"): 3}
    assert found.note.startswith("Left out: fewer than 5 with 'c' not used, and too few different answers.")
    assert found.n == 397
    assert not np.isnan(found.draws.coef).any()
    assert not np.isnan(found.draws.importance).any()


@pytest.mark.parametrize(("k", "yes", "left_out"), [(12, 4, 12), (12, 8, 12), (12, 5, 0), (0, 0, 0)])
def test_four_of_one_answer_are_too_few_and_five_are_enough(k: int, yes: int, left_out: int) -> None:
    found = cx.drivers(survey(without_use(k, yes)), outcome="stays", n_boot=0)
    assert sum(found.dropped.values()) == left_out


def test_in_each_segment_by_its_own_answers() -> None:
    frame = answers()
    odd = frame["group"] == "odd"
    frame.loc[odd & (np.arange(400) < 15), "c"] = 6
    frame.loc[odd & (np.arange(400) < 15), "stays"] = 1
    frame.loc[~odd & (np.arange(400) < 60), "c"] = 6
    found = cx.drivers(survey(frame), outcome="stays", by="group", n_boot=0)
    assert found.dropped == {NOT_USED.format("c"): 7}
    assert found.fit.set_index("segment")["n"].to_dict() == {"even": 200, "odd": 193}


def test_segments_are_guarded_by_those_who_stay() -> None:
    """Who is left out for their use counts for no cell by any two columns either."""
    frame = without_use(12, 0).assign(place=lambda f: np.where(f.index < 24, "few", "many"))
    made = cx.Survey(
        frame, touchpoints=list("abc"), outcome={"stays": "binary"}, scale=SCALE, segments=["group", "place"]
    )
    record = cx.drivers(made, outcome="stays", by="group", n_boot=0).record
    assert record.dropped == {NOT_USED.format("c"): 12}
    assert record.door is not None
    assert record.door.n[:, -1].sum() == record.n == 388
    few = record.door.levels["place"].get_loc("few")
    assert record.door.n[record.door.codes[:, 1] == few, -1].sum() == 12


def test_of_an_ordered_outcome_only_an_end_is_too_few() -> None:
    ends = cx.drivers(survey(without_use(12, 4, "likes")), outcome="likes", n_boot=0)
    assert sum(ends.dropped.values()) == 12
    middle = without_use(12, 12, "likes")
    middle.loc[:11, "likes"] = 1
    assert cx.drivers(survey(middle), outcome="likes", n_boot=0).dropped == {}


def test_one_flag_keeps_those_who_would_cost_too_many() -> None:
    frame = answers()
    frame.loc[:14, "b"] = 6
    frame.loc[:14, "stays"] = (np.arange(15) < 3).astype(int)
    frame.loc[15:29, "c"] = 6
    frame.loc[15:29, "stays"] = (np.arange(15) < 3).astype(int)
    found = cx.drivers(survey(frame), outcome="stays", n_boot=50)
    assert found.dropped == {}
    pooled = (frame[["b", "c"]] != 6).all(axis=1)
    columns = sm.add_constant(frame[list("abc")].replace(6, 0).assign(pooled=pooled.astype(float)))
    reference = sm.Logit(frame["stays"], columns).fit(disp=False, tol=1e-12)
    coefs = found.table.set_index("touchpoint")["coef"]
    assert coefs.to_dict() == pytest.approx(reference.params[list("abc")].to_dict(), abs=1e-6)
    assert "Too few differ in use of 'b' and 'c' alone: one flag says who used both." in found.note


def test_where_one_flag_does_not_help_only_what_is_told_without_error_goes() -> None:
    frame = without_use(60, 2)
    assert cx.drivers(survey(frame), outcome="stays", n_boot=0).dropped == {}
    frame = without_use(60, 0)
    assert cx.drivers(survey(frame), outcome="stays", n_boot=0).dropped == {NOT_USED.format("c"): 60}


def test_a_few_users_who_are_told_by_their_use_are_left_out_and_the_touchpoint_is_named() -> None:
    frame = answers()
    frame.loc[6:, "c"] = 6
    frame.loc[:5, "stays"] = 1
    found = cx.drivers(survey(frame), outcome="stays", n_boot=0)
    assert found.dropped == {"'c' used, and too few different answers": 6}
    assert found.unusable[["touchpoint", "reason"]].to_numpy().tolist() == [["c", "nobody scored it"]]


def test_in_a_resample_those_are_left_out_whom_its_flag_would_tell() -> None:
    frame = without_use(12, 6)
    found = cx.drivers(survey(frame), outcome="stays", n_boot=2)
    record = found.record
    times = np.ones((3, 400), np.uint16)
    times[1, :6] = 0
    times[2, :5] = 0
    weights = weights_in_draws(record.asked.design, record.data.rows_at_hand, times)
    assert weights.sum(axis=1).tolist() == [400, 388, 395]


def test_other_sides_of_the_drivers_read_the_same_answers() -> None:
    found = cx.drivers(survey(without_use(3, 0)), outcome="stays", n_boot=20)
    assert found.diagnosis().table["touchpoint"].tolist()
    assert cx.drivers(survey(answers()), outcome="stays", missing="drop", n_boot=0).dropped == {}
