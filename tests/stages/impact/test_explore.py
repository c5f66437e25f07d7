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
    assert list(controls["after"].options) == [*single, ("2014, 2015", (2014, 2015))]
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
