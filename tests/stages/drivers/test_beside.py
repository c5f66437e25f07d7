"""One more rating beside the touchpoints: known truth, the null, the picture, and every refusal in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common.pictures import alt_text
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.drivers.beside import beside as beside_side
from cxlens.stages.drivers.beside_chart import beside_chart


def answers(n: int, seed: int, adds: float) -> pd.DataFrame:
    """Two touchpoints that make the outcome, and a rating of the visit that tells so much more of it."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"web": rng.integers(1, 6, n), "desk": rng.integers(1, 6, n)})
    unseen = rng.normal(size=n)
    frame["visit"] = (frame["web"] + frame["desk"]) / 2 + unseen
    frame["y"] = frame["web"] + frame["desk"] + adds * unseen + rng.normal(size=n)
    return frame


def drivers(frame: pd.DataFrame, **roles: Any) -> Any:
    given = {"touchpoints": ["web", "desk"], "outcome": {"y": "interval", "visit": "interval"}, **roles}
    return cx.drivers(cx.Survey(frame, **given), n_boot=0)


def test_known_truth() -> None:
    view = drivers(answers(4000, 1, 1.0)).beside("visit")
    shares = view.table.set_index("model")["share"]
    # Variance of the outcome: 2 + 2 of the touchpoints, 1 unseen, 1 noise.
    assert shares["touchpoints"] == pytest.approx(4 / 6, abs=0.02)
    assert shares["both"] == pytest.approx(5 / 6, abs=0.02)
    assert shares["rating adds"] == pytest.approx(1 / 6, abs=0.02)
    assert list(view.table.columns) == ["model", "n", "share", "low", "high", "p_value"]


def test_a_touchpoint_as_the_rating_is_none_of_the_touchpoints() -> None:
    frame = answers(500, 2, 1.0)
    as_outcome = drivers(frame).beside("visit").table
    as_touchpoint = drivers(frame, touchpoints=["web", "desk", "visit"], outcome="y").beside("visit").table
    pd.testing.assert_frame_equal(as_outcome, as_touchpoint)


def test_words(faults: Callable[[str], list[str]]) -> None:
    clear = drivers(answers(500, 3, 1.0)).beside("visit")
    assert clear.finding.lead == "visit accounts for more of the differences in y than its touchpoints alone, by"
    assert clear.finding.certainty == "clearly"
    nothing = drivers(answers(500, 4, 0.0)).beside("visit")
    assert nothing.finding.lead == "visit adds nothing clear to what its touchpoints account for in y:"
    assert faults(clear.sentence) == faults(nothing.sentence) == []


def test_asked_again_and_drawn() -> None:
    found = drivers(answers(200, 5, 1.0))
    view = found.beside("visit")
    pd.testing.assert_frame_equal(view.again(found.survey).table, view.table)
    ax = beside_chart(view, Figure(figsize=(8, 3)).subplots())
    dots = [line for line in ax.lines if len(line.get_xdata()) == 3]
    assert [line.get_xdata()[1] for line in dots] == pytest.approx((100 * view.table["share"]).tolist())
    assert alt_text(view).endswith("%.") or "rating adds" in alt_text(view)


@pytest.mark.simulation
def test_under_the_null_it_is_hardly_told_to_add() -> None:
    """A rating that is the sum of its touchpoints and noise: at most 5 in 100, and three errors of 60 runs."""
    told = []
    for seed in range(60):
        found = drivers(answers(80, 100 + seed, 0.0))
        told.append(beside_side(found.record, "visit").finding.certainty == "clearly")
    assert np.mean(told) <= 0.05 + 3 * 0.028


class TestErrors:
    def test_unknown(self) -> None:
        with pytest.raises(OptionError) as error:
            drivers(answers(60, 6, 0.0)).beside("vist")
        assert str(error.value) == "rating 'vist' is not known here. Did you mean 'visit'? Ratings: visit, web, desk."

    def test_few(self) -> None:
        with pytest.raises(ValuesError) as error:
            drivers(answers(49, 7, 0.0)).beside("visit")
        assert str(error.value) == ("beside needs 50 answers or more that have 'y' and 'visit', and there are fewer.")

    def test_yes_or_no(self) -> None:
        frame = answers(80, 8, 0.0).assign(y=lambda rows: (rows["y"] > 6).astype(int))
        with pytest.raises(OptionError) as error:
            drivers(frame, outcome={"y": "binary", "visit": "interval"}).beside("visit")
        assert str(error.value) == (
            "beside compares shares of differences in numbers, and 'y' is binary. Choose an outcome of kind 'interval' "
            "or 'nps'."
        )

    def test_on_disk(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", 0)
        answers(80, 9, 0.0).to_parquet(tmp_path / "answers.parquet")
        found = drivers(tmp_path / "answers.parquet")
        with pytest.raises(ValuesError) as error:
            found.beside("visit")
        assert str(error.value) == (
            "beside needs the answers in memory, and these are on disk. Read them first: "
            "cx.Survey(pandas.read_parquet(path), ...)."
        )
