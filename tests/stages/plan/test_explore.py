"""The widget of a sample size: which fields it has, and that it shows what the verb says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.stages.plan.sample_size import sample_size


@pytest.fixture
def survey() -> cx.Survey:
    """Simulated scores of two kinds of customers."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({name: rng.integers(1, 6, 200) for name in ("Desk", "Gate", "overall")})
    frame["purpose"] = np.where(rng.random(200) < 0.5, "business", "leisure")
    return cx.Survey(frame, touchpoints=["Desk", "Gate"], outcome="overall", segments=["purpose"])


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    """Pictures in no time: what is drawn is tested with the chart."""
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))


def assert_same(one, two) -> None:
    assert str(one) == str(two)
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.curve, two.curve)


SIZES = {
    "mean": ({"margin": 0.1, "sd": 1, "segments": {"Work": 0.2}}, ["margin", "sd"]),
    "worst case": ({"measure": "csat", "margin": 0.05}, ["margin", "share"]),
    "nps": ({"measure": "nps", "difference": 8}, ["difference", "power", "promoters", "detractors"]),
    "driver": ({"measure": "driver", "effect": 0.02, "drivers": 12, "r2": 0.4},
               ["effect", "power", "drivers", "r2"]),
    "population": ({"margin": 0.1, "sd": 1, "population": 500, "response_rate": 0.9}, ["margin", "sd"]),
}  # fmt: skip


@pytest.mark.parametrize("case", SIZES)
def test_sample_sizes_are_explored_by_what_was_asked(case):
    options, own = SIZES[case]
    result = sample_size(**options)
    explorer = result.explore()
    assert list(explorer.controls) == [*own, "level", "response_rate", "population", "design_effect"]
    assert all(control.description for control in explorer.controls.values())
    assert_same(sample_size(explorer.data, **explorer.params), result)
    for name in (own[0], "level", "design_effect"):
        explorer.controls[name].value *= 0.9
        assert explorer.message.value == ""
        assert_same(explorer.result, sample_size(**explorer.params))
    assert str(explorer.result) != str(result)
    explorer.controls["response_rate"].value = 0.0
    assert "response_rate=0.0 is out of range" in explorer.message.value


def test_two_shares_are_given_together():
    explorer = sample_size(measure="nps", margin=5).explore()
    assert (explorer.params["promoters"], explorer.params["detractors"]) == (None, None)
    explorer.controls["promoters"].value = 0.4
    assert (explorer.params["promoters"], explorer.params["detractors"]) == (0.4, 0.5)
    assert explorer.message.value == ""


def test_what_a_survey_tells_has_no_field(survey):
    result = sample_size(survey, margin=0.2, by="purpose")
    explorer = result.explore()
    assert list(explorer.controls) == ["margin", "level", "response_rate", "population", "design_effect"]
    assert explorer.params["design_effect"] is None
    assert explorer.survey is survey
    explorer.controls["margin"].value = 0.1
    assert_same(explorer.result, sample_size(survey, margin=0.1, by="purpose"))
