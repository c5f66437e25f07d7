"""One bootstrap runs from the answers to the road map: nothing that reads a record resamples its answers anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import cxlens as cx
from cxlens.engine import resamples
from cxlens.stats.bootstrap import multiplicities

STUDY = cx.datasets.load_airport()
SIDES = ["dominance", "shape", "performance", "value_added", "opportunity", "moments_of_truth", "diagnosis"]


@pytest.fixture
def drawn(monkeypatch) -> Iterator[list[tuple[int, int]]]:
    """The resampling matrices drawn so far: units and draws of each."""
    matrices: list[tuple[int, int]] = []

    def counted(units, draws, rng):
        matrices.append((units, draws))
        return multiplicities(units, draws, rng)

    monkeypatch.setattr(resamples, "multiplicities", counted)
    return matrices


def test_drivers_draw_one_matrix_and_all_that_follows_none(drawn):
    survey, places = STUDY.survey(), STUDY.map()
    found = cx.drivers(survey, n_boot=60)
    assert drawn == [(found.n, 60)]
    for side in SIDES:
        getattr(found, side)()
    wins = cx.quick_wins(found, STUDY.initiatives(), touchpoint_map=places)
    cx.what_if(found, {"Security": 0.5}, measure="top box")
    cx.baseline(survey, places).verdicts(found)
    cx.roadmap(wins, periods=4, budget=100_000, resolves=0)
    assert len(drawn) == 1


def test_segments_draw_one_matrix_between_them(drawn):
    found = cx.drivers(STUDY.survey(), by="purpose", n_boot=40)
    found.shape()
    cx.quick_wins(found, STUDY.initiatives(), touchpoint_map=STUDY.map())
    assert len(drawn) == 1
