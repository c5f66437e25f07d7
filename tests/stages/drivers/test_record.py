"""The record of the drivers: one bootstrap for all that is said of the same answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.result import View
from cxlens.stages.drivers import record as record_module
from cxlens.stages.drivers.ask import ask
from cxlens.stages.drivers.diagnosis import diagnosis
from cxlens.stages.drivers.dimensions import dimensions
from cxlens.stages.drivers.dominance import dominance
from cxlens.stages.drivers.moments_of_truth import moments_of_truth
from cxlens.stages.drivers.opportunity import opportunity
from cxlens.stages.drivers.performance import performance
from cxlens.stages.drivers.posterior import posterior
from cxlens.stages.drivers.record import Again, Fit, fit, refit
from cxlens.stages.drivers.shape import shape
from cxlens.stages.drivers.tables import importance_ends
from cxlens.stages.drivers.value_added import value_added

SIDES = [dominance, shape, performance, value_added, opportunity, moments_of_truth, diagnosis, dimensions]
NAMES = ["Desk", "Web", "Gate"]
SCALE = cx.Scale(1, 5, not_used=[6])


def answers(n: int = 240, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    halo = rng.normal(size=(n, 1))
    scores = np.clip(np.round(3.2 + 0.5 * halo + rng.normal(size=(n, 4))), 1, 5).astype(int)
    frame = pd.DataFrame(scores, columns=["speed", "courtesy", "web", "gate"])
    frame["y"] = frame["speed"] + 0.5 * frame["web"] + rng.normal(size=n)
    frame["nps"] = np.clip(np.round(frame["y"] + 3), 0, 10).astype(int)
    frame.loc[rng.random(n) < 0.2, "gate"] = 6
    frame["who"] = rng.choice(["one", "two"], n)
    return frame


def survey(frame=None, **roles) -> cx.Survey:
    touchpoints = {"Desk": {"speed": "speed", "courtesy": "courtesy"}, "Web": "web", "Gate": "gate"}
    roles = {"outcome": {"y": "interval", "nps": "nps"}, "scale": SCALE, "segments": ["who"], **roles}
    return cx.Survey(answers() if frame is None else frame, touchpoints=touchpoints, **roles)


@pytest.fixture(scope="module")
def record() -> Fit:
    return cx.drivers(survey(), n_boot=30, seed=5).record


def counted(monkeypatch, name: str) -> list[object]:
    """The calls of a function of the record."""
    calls: list[object] = []
    original = getattr(record_module, name)

    def counting(*args, **options):
        calls.append(args)
        return original(*args, **options)

    monkeypatch.setattr(record_module, name, counting)
    return calls


@pytest.mark.parametrize("figure", ["correlations", "band_figures", "squared"])
def test_what_is_asked_twice_is_computed_once(figure, monkeypatch):
    made = cx.drivers(survey(), n_boot=10).record
    calls = counted(monkeypatch, "collect")
    first = getattr(made, figure)
    read = len(calls)
    assert read > 0
    assert getattr(made, figure) is first
    assert len(calls) == read


def test_correlations_come_along_with_squares(monkeypatch):
    alone = cx.drivers(survey(), n_boot=10).record.correlations
    made = cx.drivers(survey(), n_boot=10).record
    made.squared_stacks()
    calls = counted(monkeypatch, "products")
    np.testing.assert_array_equal(made.correlations, alone)
    assert calls == []


def test_what_follows_is_made_once(record):
    made = []
    first = record.once("a figure", lambda: made.append(1) or made)
    assert record.once("a figure", lambda: None) is first
    assert made == [1]


def test_the_outcome_counted_another_way_is_counted_in_the_same_resamples(record):
    counted = posterior(record, "mean")
    np.testing.assert_allclose(counted.worth, posterior(record).worth, atol=1e-6)
    np.testing.assert_allclose(counted.outcome, record.estimates.figures.outcome)
    nps = cx.drivers(survey(), outcome="nps", n_boot=30, seed=5).record
    np.testing.assert_allclose(posterior(nps, "NPS").worth, posterior(nps).worth, atol=1e-6)
    assert not np.allclose(posterior(nps, "mean").worth, posterior(nps).worth)


def test_estimate_and_draws_are_parts_of_one_array(record):
    figures = record.estimates.figures
    np.testing.assert_array_equal(record.estimate.importance, figures.importance[:1])
    np.testing.assert_array_equal(record.draws.importance, figures.importance[1:])
    assert record.n_boot == len(record.draws.coef) == 30
    assert cx.drivers(survey(), n_boot=0).record.draws is None


def test_dimensions_read_the_resamples_of_the_drivers(record, monkeypatch):
    calls = counted(monkeypatch, "draw")
    view = dimensions(record)
    assert calls == []
    asked = ask(survey().by_dimension(), groups={"Desk": ["Desk: speed", "Desk: courtesy"]})
    same = fit(survey().by_dimension(), asked, {}, 30, 0.95, 5, resamples=record.resamples)
    whole = view.parts["touchpoints"].set_index("touchpoint").loc[list(same.touchpoints)]
    ends = whole[["importance_low", "importance_high"]].to_numpy().T
    np.testing.assert_allclose(ends, importance_ends(same, 0))
    other = fit(survey().by_dimension(), asked, {}, 30, 0.95, 6)
    assert not np.allclose(other.draws.importance, same.draws.importance)


def test_imputed_answers_are_the_same_whatever_is_asked():
    frame = answers()
    frame.loc[::6, "web"] = 0
    made = survey(frame, scale=cx.Scale(1, 5, not_used=[6], blank=[0]))
    record = cx.drivers(made, blanks="impute", n_boot=4).record
    np.testing.assert_allclose(posterior(record, "mean").worth, posterior(record).worth, atol=1e-6)
    again = cx.drivers(made, blanks="impute", method="relative weights", n_boot=4).record
    np.testing.assert_array_equal(again.estimates.figures.coef, record.estimates.figures.coef)


def test_the_same_question_to_the_same_answers_gives_the_same_record(record):
    again = refit(record, record.survey)
    np.testing.assert_array_equal(again.estimates.figures.importance, record.estimates.figures.importance)
    assert (again.options, again.n_boot, again.level, again.seed) == (record.options, 30, 0.95, 5)


def test_the_usual_number_of_resamples_is_found_anew():
    few = cx.drivers(survey(), method="sampling", n_boot=None).record
    assert refit(few, few.survey).n_boot == few.n_boot == 200


def assert_same(one: View, other: View) -> None:
    pd.testing.assert_frame_equal(one.table, other.table)
    assert (one.chart, one.finding, one.note) == (other.chart, other.finding, other.note)
    assert list(one.parts) == list(other.parts)
    for name, part in one.parts.items():
        pd.testing.assert_frame_equal(part, other.parts[name])


@pytest.mark.parametrize("side", SIDES)
def test_a_side_asked_again_of_other_answers_is_that_side_of_their_drivers(side, record):
    view = side(record)
    some = record.survey.where(cx.Segment("one", {"who": "one"}))
    want = side(cx.drivers(some, n_boot=30, seed=5).record)
    assert_same(view.again(some), want)
    assert_same(view.again(some).again(record.survey), view)


@pytest.mark.parametrize(
    ("side", "options"),
    [
        (performance, {"cross": "middle"}),
        (value_added, {"reference": {"Desk": 4.5}}),
        (value_added, {"reference": survey(answers(90, seed=3))}),
        (opportunity, {"stated": survey(answers(90, seed=4))}),
    ],
)
def test_a_side_keeps_its_options(side, options, record):
    view = side(record, **options)
    assert view.table.equals(side(record).table) is False
    assert isinstance(view.again, Again)
    assert_same(view.again.of(record), view)
    assert_same(view.again(record.survey), view)


def test_a_reference_changed_afterwards_changes_nothing(record):
    reference = {"Desk": 4.5}
    view = value_added(record, reference)
    reference["Desk"] = 1.0
    assert_same(view.again(record.survey), view)
