"""Averaged predictions: equal to those of statsmodels, one respondent after the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.miscmodels.ordinal_model import OrderedModel

import cxlens as cx
from cxlens.stages.drivers import predicted as module
from cxlens.stages.drivers.predicted import fitted_posterior, predicted

SCALE = cx.Scale(1, 5, not_used=[6])


def answers(n: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(np.clip(np.round(3.4 + rng.normal(size=(n, 3))), 1, 5).astype(int), columns=list("abc"))
    latent = frame @ [0.8, 0.4, 0.0] - 4 + 1.5 * rng.logistic(size=n)
    frame["stays"] = (latent > 0).astype(int)
    frame["likes"] = np.searchsorted([-1.5, 0.0, 1.5], latent) + 1
    frame.loc[rng.random(n) < 0.3, "c"] = 6
    frame["group"] = rng.choice(["north", "south"], n)
    frame["w"] = rng.uniform(0.5, 2, n)
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    kinds = {"stays": "binary", "likes": "ordinal"}
    frame = answers() if frame is None else frame
    return cx.Survey(frame, touchpoints=list("abc"), outcome=kinds, scale=SCALE, segments=["group"], **roles)


def columns_of(frame: pd.DataFrame) -> pd.DataFrame:
    return sm.add_constant(frame[list("abc")].replace(6, 0).assign(used=(frame["c"] != 6).astype(float)))


def raised(frame: pd.DataFrame, **lifts: float) -> pd.DataFrame:
    moved = frame.copy()
    for name, lift in lifts.items():
        used = frame[name] != 6
        moved.loc[used, name] = (frame.loc[used, name] + lift).clip(1, 5)
    return moved


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_if_of_a_yes_equals_a_glm() -> None:
    frame = answers().astype(dict.fromkeys("abc", float))
    found = cx.drivers(survey(frame, weight="w"), outcome="stays", n_boot=0)
    forecast = cx.what_if(found, {"a": 0.5, "b": -1.0, "c": "ceiling"})
    theirs = sm.GLM(frame["stays"], columns_of(frame), sm.families.Binomial(), var_weights=frame["w"]).fit(tol=1e-14)

    def share(moved: pd.DataFrame) -> float:
        return 100 * np.average(theirs.predict(columns_of(moved)), weights=frame["w"])

    now = share(frame)
    lifts = [{"a": 0.5}, {"b": -1.0}, {"c": 4.0}, {"a": 0.5, "b": -1.0, "c": 4.0}]
    assert forecast.table["change"].tolist() == pytest.approx([share(raised(frame, **one)) - now for one in lifts])
    assert forecast.table["now"].iloc[-1] == pytest.approx(100 * np.average(frame["stays"], weights=frame["w"]))
    assert forecast.response.unit == "percentage points"


@pytest.mark.parametrize(("measure", "worth"), [(None, [0, 0, 0, 100]), ("mean", [1, 2, 3, 4])])
def test_what_if_of_ordered_answers_equals_an_ordered_model(measure: str | None, worth: list[float]) -> None:
    frame = answers().astype(dict.fromkeys("abc", float))
    found = cx.drivers(survey(frame), outcome="likes", n_boot=0)
    forecast = cx.what_if(found, {"a": 0.5, "b": 0.5}, measure=measure)
    design = columns_of(frame).drop(columns="const")
    theirs = OrderedModel(frame["likes"], design, distr="logit").fit(method="newton", disp=False)
    after = columns_of(raised(frame, a=0.5, b=0.5)).drop(columns="const")
    gain = (np.asarray(theirs.predict(after)) - np.asarray(theirs.predict(design))).mean(axis=0) @ worth
    assert forecast.table["change"].iloc[-1] == pytest.approx(gain, rel=1e-5)


def test_removal_equals_predictions_of_those_who_went_without() -> None:
    frame = answers().astype(dict.fromkeys("abc", float))
    found = cx.drivers(survey(frame), outcome="stays", n_boot=0)
    theirs = sm.GLM(frame["stays"], columns_of(frame), sm.families.Binomial()).fit(tol=1e-14)
    gain = theirs.predict(columns_of(frame.assign(c=6.0))).mean() - theirs.fittedvalues.mean()
    removal = fitted_posterior(found.record).removal
    assert removal[0, 0].tolist() == pytest.approx([np.nan, np.nan, 100 * gain], nan_ok=True)


def test_each_draw_and_segment_has_its_own_parameters_and_weights() -> None:
    found = cx.drivers(survey(), outcome="stays", by="group", n_boot=20)
    record = found.record
    made = predicted(record)
    place, cell = 7, 1
    part = answers()[answers()["group"] == "south"]
    times = record.resamples.counts[place - 1][answers()["group"] == "south"]
    theirs = sm.GLM(part["stays"], columns_of(part), sm.families.Binomial(), freq_weights=times).fit(tol=1e-14)
    after = theirs.predict(columns_of(raised(part.astype({"a": float}), a=0.5)))
    gain = 100 * np.average(after - theirs.fittedvalues, weights=times)
    target = np.clip(record.levels + 0.5, 1, 5) * np.ones((21, 2, 1))
    assert made.change({0: target})[place, cell] == pytest.approx(gain, rel=1e-4)
    assert made.outcome[place, cell] == pytest.approx(100 * np.average(part["stays"], weights=times))


def test_a_sample_of_many_rows_serves_draws_and_all_tell_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    made = survey()
    all_rows = cx.what_if(cx.drivers(made, outcome="stays", n_boot=200), {"a": 0.5}).table
    monkeypatch.setattr(module, "MOST_ROWS", 150)
    some_rows = cx.what_if(cx.drivers(made, outcome="stays", n_boot=200), {"a": 0.5}).table
    assert some_rows["change"].iloc[0] == pytest.approx(all_rows["change"].iloc[0], abs=0.1)
    assert some_rows[["low", "high"]].iloc[0].tolist() == pytest.approx(all_rows[["low", "high"]].iloc[0], abs=0.5)


def test_effects_are_shrunk_as_those_of_other_outcomes_are() -> None:
    found = cx.drivers(survey(), outcome="stays", n_boot=200)
    left = fitted_posterior(found.record).ratio[0, 0]
    assert 0.5 < left[0] < 1.1
    bare = cx.what_if(cx.drivers(survey(), outcome="stays", n_boot=0), {"a": 0.5}).table["change"].iloc[0]
    shrunk = cx.what_if(found, {"a": 0.5}).table["change"].iloc[0]
    assert shrunk == pytest.approx(left[0] * bare, rel=0.02)
