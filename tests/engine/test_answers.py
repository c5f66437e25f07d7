"""The answers behind a regression: what is read, what is held, what is imputed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
import cxlens.engine.answers as answers_module
from cxlens.engine import tables
from cxlens.engine.answers import Reading, collect, kinds_of, segment_rows, with_imputed, without_columns
from cxlens.engine.stream import can_stream
from cxlens.stages.drivers.ask import ask


def answers(n: int = 120, seed: int = 0, blank: float = 0.1) -> pd.DataFrame:
    """Simulated answers: 6 for not used, 0 for blank; some without an outcome."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 3)), columns=list("abc"))
    frame["y"] = frame["a"] + rng.normal(size=n)
    frame.loc[rng.random(n) < 0.2, "c"] = 6
    frame.loc[rng.random(n) < blank, "b"] = 0
    frame.loc[:3, "y"] = np.nan
    frame["who"] = rng.choice(["one", "two"], n)
    frame["flight"] = rng.integers(0, n // 4, n)
    return frame


def survey(data=None, **roles) -> cx.Survey:
    roles = {"touchpoints": list("abc"), "outcome": "y", "segments": ["who"], **roles}
    scale = cx.Scale(1, 5, not_used=[6], blank=[0])
    return cx.Survey(answers() if data is None else data, scale=scale, **roles)


def reading_of(made: cx.Survey, **options) -> Reading:
    return ask(made, **options).reading(made)


def test_rows_with_a_blank_score_or_outcome_are_left_out_and_counted():
    frame = answers()
    data = collect(reading_of(survey(frame)))
    blank, unanswered = frame["b"] == 0, frame["y"].isna()
    assert data.sums.rows.sum() == (~blank & ~unanswered).sum() == len(data.rows_at_hand.z)
    assert sum(data.dropped.values()) == (blank | unanswered).sum()


def test_rows_of_a_small_survey_are_held_and_of_a_large_one_not(monkeypatch):
    reading = reading_of(survey())
    assert collect(reading).part is not None
    monkeypatch.setattr(answers_module, "IN_MEMORY", 100)
    data = collect(reading)
    assert data.part is None
    assert collect(reading._replace(hold=True)).part is not None
    np.testing.assert_allclose(data.sums.totals(), collect(reading._replace(hold=True)).sums.totals())
    with pytest.raises(ValueError, match="the rows are on disk"):
        data.rows_at_hand  # noqa: B018  # asking is refused


def test_rows_on_disk_are_not_to_be_had(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    answers().to_parquet(tmp_path / "answers.parquet")
    with pytest.raises(ValueError, match="the rows are on disk"):
        reading_of(survey(tmp_path / "answers.parquet")).rows  # noqa: B018  # asking is refused


def test_imputation_leaves_what_was_given_as_it_was():
    frame = answers()
    frame.loc[2, "b"] = 0  # one without an outcome
    reading = reading_of(survey(frame), blanks="impute")
    rows = reading.rows
    before = rows.scores.copy()
    filled = with_imputed(rows, reading.design, np.random.default_rng(1))
    np.testing.assert_array_equal(rows.scores, before)
    blank, unanswered = np.isnan(before) & ~rows.unused, np.isnan(rows.outcomes[:, 0])
    given = ~np.isnan(before)
    np.testing.assert_array_equal(filled.scores[given], before[given])
    known = ~np.isnan(filled.scores) | filled.unused
    assert known[~unanswered].all()
    assert not known[unanswered][blank[unanswered]].any()  # who gives no outcome does not take part
    assert blank[unanswered].any()


def test_only_scores_that_were_given_count_as_scores():
    frame = answers()
    data = collect(reading_of(survey(frame), blanks="impute"))
    answered = frame["y"].notna()
    assert data.sums.rows.sum() == answered.sum()
    counted = data.sums.scored.sum(axis=(0, 1)).tolist()
    assert counted == [int(frame.loc[answered, name].between(1, 5).sum()) for name in "abc"]


def test_the_same_answers_are_imputed_whatever_is_asked():
    made = survey()
    first, second = (collect(reading_of(made, blanks="impute")) for _ in range(2))
    np.testing.assert_array_equal(first.rows_at_hand.z, second.rows_at_hand.z)
    by_segment = collect(reading_of(made, blanks="impute", by="who"))
    np.testing.assert_allclose(by_segment.sums.totals().sum(axis=2), first.sums.totals()[:, :, 0])


def test_columns_are_left_out_of_sums_and_rows_alike():
    data = collect(reading_of(survey()))
    less = without_columns(data, [2, 3])
    kept = [k for k in range(data.sums.products.shape[-1]) if k not in (2, 3)]
    np.testing.assert_allclose(less.sums.totals(), data.sums.totals()[np.ix_(kept, kept)])
    np.testing.assert_array_equal(less.rows_at_hand.z, data.rows_at_hand.z[:, kept])


def test_rows_of_a_segment_come_with_their_clusters_where_these_have_several():
    frame = answers(blank=0)
    data = collect(reading_of(survey(frame, cluster="flight"), by="who"))
    rows, clusters = segment_rows(data, data.sums.cells.index("two"))
    inside = frame[(frame["who"] == "two") & frame["y"].notna()]
    np.testing.assert_array_equal(rows.z[:, -1], inside["y"])
    assert clusters.max() + 1 == inside["flight"].nunique()
    pairs = set(zip(inside["flight"], clusters, strict=True))
    assert len(pairs) == inside["flight"].nunique()
    _, alone = segment_rows(collect(reading_of(survey(frame), by="who")), 0)
    assert alone is None


@pytest.mark.parametrize("missing", ["indicator", "drop"])
@pytest.mark.parametrize("quickly", [True, False])
def test_those_who_take_part_are_the_same_people_in_memory_and_on_disk(missing, quickly, tmp_path, monkeypatch):
    frame = answers(300).assign(place=lambda f: f["flight"].mod(4).astype(str), w=1.0, y=lambda f: f["y"].round().abs())
    frame.loc[::7, "place"] = None
    frame.loc[::9, "w"] = 0
    roles = {"segments": ["who", "place"], "weight": "w"}
    keys = ["who", "place"]
    options = {"missing": missing, "outcome": "y", "by": "who"}
    kinds, n = kinds_of(reading_of(survey(frame, **roles), **options), keys)
    known = pd.DataFrame(n, columns=[*"abc", "all"]).groupby([kinds["who"], kinds["place"]]).sum()
    taking_part = (frame["b"] > 0) & frame["y"].notna() & (frame["w"] > 0)
    if missing == "drop":
        taking_part &= frame["c"] < 6
    by_kind = frame[taking_part].assign(place=frame["place"].fillna("not stated")).groupby(keys)
    assert known["all"].tolist() == by_kind.size().tolist()
    assert known["c"].tolist() == by_kind["c"].agg(lambda scores: (scores < 6).sum()).tolist()
    frame.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 70)
    if not quickly:
        monkeypatch.setattr(answers_module, "can_stream", lambda *_: False)
    made = survey(tmp_path / "a.parquet", **roles)
    assert not quickly or can_stream(made.source, ask(made, **options).design)
    kinds, n = kinds_of(reading_of(made, **options), keys)
    on_disk = pd.DataFrame(n, index=pd.MultiIndex.from_frame(kinds)).sort_index()
    assert len(on_disk) == len(known)
    np.testing.assert_array_equal(on_disk, known.loc[on_disk.index])
