"""Places compared: of one wave, with small places, and of answers on disk."""

from __future__ import annotations

import pandas as pd

import cxlens as cx
from tests.stages.baseline.test_places import chain, survey


def test_one_wave_and_small_places_are_told() -> None:
    frame = chain(8, 0.3)
    few = pd.concat([frame, frame.head(3).assign(hotel="Hotel 99")])
    places = cx.compare_places(survey(few), "hotel", metric="room", wave=2025)
    assert places.table["n"].sum() <= (few["year"] == 2025).sum()
    assert "Answers of 2025." in places.note
    blank = places.table[places.table["place"] == "Hotel 99"]
    assert blank[["n", "raw", "value", "rank_low"]].isna().all(axis=None)
    assert blank["position"].tolist() == ["hidden"]


def test_answers_on_disk_are_compared_alike(tmp_path) -> None:
    frame = chain(8)
    path = tmp_path / "chain.parquet"
    frame.to_parquet(path)
    in_memory, on_disk = (cx.compare_places(survey(source), "hotel", metric="room") for source in (frame, path))
    pd.testing.assert_frame_equal(in_memory.table, on_disk.table)
