"""The widgets of impact and monitor: which metrics, waves and groups they offer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import pictures as charts


@pytest.fixture(scope="module")
def survey() -> cx.Survey:
    """Simulated scores over three years."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({name: rng.integers(1, 6, 300) for name in ("Desk", "Gate", "overall")})
    frame["purpose"] = np.where(rng.random(300) < 0.5, "business", "leisure")
    frame["hall"] = np.where(rng.random(300) < 0.5, "A", "B")
    frame["year"] = rng.integers(2013, 2016, 300)
    return cx.Survey(frame, touchpoints=["Desk", "Gate"], outcome="overall", segments=["purpose", "hall"], time="year")


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    """Pictures in no time: what is drawn is tested with the charts."""
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))


def test_impact_offers_each_wave_and_the_waves_asked_for(survey):
    controls = (
        cx.before_after(survey, metric="Gate", before=2013, after=[2014, 2015], adjust=["purpose"]).explore().controls
    )
    single = [("2013", (2013,)), ("2014", (2014,)), ("2015", (2015,))]
    assert list(controls["before"].options) == single
    assert list(controls["after"].options) == [*single, ("2014 and 2015", (2014, 2015))]
    assert controls["after"].value == (2014, 2015)


def test_monitor_does_not_offer_waves_as_groups(survey):
    controls = cx.monitor(survey, metric="Desk").explore().controls
    assert list(controls["by"].options) == [("Everyone", ""), ("purpose", "purpose"), ("hall", "hall")]


def test_who_started_otherwise_stays_left_out(survey):
    frame = survey.table.assign(start=lambda f: np.where(f["hall"] == "A", "2015", ""))
    frame.loc[frame["purpose"] == "leisure", "start"] = "2014"
    made = cx.Survey(
        frame, touchpoints=["Desk", "Gate"], outcome="overall", segments=["purpose", "hall", "start"], time="year"
    )
    asked = {"metric": "Gate", "before": 2014, "after": 2015, "treated": {"hall": "A"}, "started": "start"}
    explorer = cx.difference_in_differences(made, **asked).explore()
    assert explorer.params["started"] == "start"
    assert "started" not in cx.difference_in_differences(made, **{**asked, "started": None}).explore().params


def quarters() -> cx.Survey:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"Desk": rng.integers(1, 6, 960), "overall": rng.integers(1, 6, 960)})
    frame["wave"] = np.repeat(np.arange(2000, 2020), 48)
    frame["hall"] = np.tile(list("ABCDEF"), 160)
    return cx.Survey(frame, touchpoints=["Desk"], outcome="overall", segments=["hall"], time="wave")


def test_a_series_is_asked_with_another_date_and_season():
    survey = quarters()
    explorer = cx.interrupted_time_series(survey, metric="Desk", started=2010).explore()
    assert list(explorer.controls) == ["metric", "started", "season"]
    explorer.controls["started"].value = 2009
    explorer.controls["season"].value = 4
    assert explorer.params == {"metric": "Desk", "started": 2009, "season": 4, "level": 0.95, "figure": "mean"}
    pd.testing.assert_frame_equal(explorer.result.table, cx.interrupted_time_series(survey, **explorer.params).table)


def test_the_ladder_lets_choose_a_design_and_a_date():
    survey = quarters()
    result = cx.which_design(survey, {"when": 2010, "where": {"hall": "A"}, "metrics": ["Desk"]})
    explorer = result.explore()
    words = [name for name, _ in explorer.controls["design"].options]
    assert words == ["The ladder", "Difference in differences", "Interrupted time series", "Before and after"]
    explorer.controls["design"].value = "difference in differences"
    explorer.controls["when"].value = 2012
    assert explorer.result.design == "difference in differences"
    assert explorer.result.after[0] == 2012
    explorer.controls["design"].value = "ladder"
    assert explorer.result.when == 2012


def test_power_is_asked_for_more_waves():
    survey = quarters()
    result = cx.power("difference in differences", survey, metric="Desk", waves=1, treated={"hall": "A"}, draws=200)
    explorer = result.explore()
    explorer.controls["waves"].value = 4
    assert explorer.result.waves == 4
    assert explorer.result.found < result.found
