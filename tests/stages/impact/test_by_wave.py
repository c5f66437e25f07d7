"""Effects by wave tell nothing of few answers; their figures are tested with the result of every design."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlens as cx


def test_a_wave_of_few_answers_in_a_group_is_blank() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"Wi-Fi": rng.integers(1, 6, 960), "overall": 4, "hall": ["A", "B", "C", "D", "E", "F"] * 160})
    frame["year"] = np.repeat([2021, 2022, 2023, 2024], 240)
    of_a = frame["hall"] == "A"
    gone = of_a & (frame["year"] == 2021)
    survey = cx.Survey(frame[~gone], touchpoints=["Wi-Fi"], outcome="overall", segments=["hall"], time="year")
    result = cx.difference_in_differences(
        survey, metric="Wi-Fi", before=[2021, 2022], after=[2023, 2024], treated={"hall": "A"}
    )
    by_wave = result.by_wave.set_index("wave")
    assert by_wave.loc[2021, ["n", "mean", "effect", "low"]].isna().all()
    assert by_wave.loc[2023:, "effect"].notna().all()
