"""Dimensions: against the drivers of all columns, invariants, and simulated answers with known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.errors import ColumnError, OptionError, ValuesError

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
PARTS = ["speed", "courtesy", "outcome"]
TOUCHPOINTS = {
    "Desk": {part: f"desk {part}" for part in PARTS},
    "Gate": {part: f"gate {part}" for part in PARTS},
    "Web": "web",
}
NAMES = [*(f"{name}: {part}" for name in ("Desk", "Gate") for part in PARTS), "Web"]


def answers(n: int = 800, seed: int = 0) -> pd.DataFrame:
    """Simulated answers with a halo: the desk works by its speed, the gate by its outcome; some never saw the gate."""
    rng = np.random.default_rng(seed)
    halo, frame = rng.normal(size=n), {}
    for name in ("desk", "gate"):
        own = rng.normal(size=n)
        for part in PARTS:
            frame[f"{name} {part}"] = np.clip(np.round(3.3 + (halo + own) / 2 + 0.7 * rng.normal(size=n)), 1, 5)
    frame["web"] = np.clip(np.round(3.3 + halo / 2 + 0.8 * rng.normal(size=n)), 1, 5)
    frame = pd.DataFrame(frame)
    frame["y"] = frame["desk speed"] + 0.7 * frame["gate outcome"] + 0.3 * frame["web"] + rng.normal(size=n)
    frame.loc[rng.random(n) < 0.15, [f"gate {part}" for part in PARTS]] = 6
    frame = frame.mask((rng.random(frame.shape) < 0.02) & (frame.columns != "y"), 0)
    frame["late"] = (frame["y"] > 7).astype(int)
    frame["w"] = rng.uniform(0.5, 2, n)
    frame["who"] = rng.choice(["one", "two"], n)
    return frame


def survey(data=None, **roles) -> cx.Survey:
    roles = {"touchpoints": TOUCHPOINTS, "scale": SCALE, "segments": ["who"], **roles}
    roles.setdefault("outcome", {"y": "interval", "late": "binary"})
    return cx.Survey(answers() if data is None else data, **roles)


def flat(frame: pd.DataFrame, **roles) -> cx.Survey:
    """The same with each column named as a touchpoint by hand."""
    columns = dict(zip(NAMES, [*TOUCHPOINTS["Desk"].values(), *TOUCHPOINTS["Gate"].values(), "web"], strict=True))
    return survey(frame, touchpoints=columns, **roles)


def stored(frame: pd.DataFrame, tmp_path, monkeypatch) -> cx.Survey:
    monkeypatch.setattr(tables, "IN_MEMORY", 100)
    frame.to_parquet(tmp_path / "answers.parquet")
    made = survey(tmp_path / "answers.parquet", weight="w")
    assert isinstance(made.source, tables.OnDisk)
    return made


# Survey.by_dimension


def test_by_dimension_has_the_columns_apart():
    frame = answers()
    apart = survey(frame, weight="w").by_dimension()
    assert apart.touchpoints == tuple(NAMES)
    pd.testing.assert_frame_equal(apart.table, flat(frame, weight="w").table)
    assert {name: dict(group) for name, group in apart.columns.items()}["Desk: speed"] == {"": "desk speed"}


def test_by_dimension_follows_where_and_only():
    frame = answers()
    one = cx.Segment("one", {"who": "one"})
    apart = survey(frame).where(one).only(["Web", "Gate"]).by_dimension()
    assert apart.touchpoints == ("Web", "Gate: speed", "Gate: courtesy", "Gate: outcome")
    pd.testing.assert_frame_equal(apart.table, flat(frame).where(one).only(apart.touchpoints).table)
    again = survey(frame).only(["Gate", "Web"]).only(["Gate"]).where(one).by_dimension()
    pd.testing.assert_frame_equal(again.table, flat(frame).where(one).only(again.touchpoints).table)


def test_by_dimension_on_disk(tmp_path, monkeypatch):
    frame = answers()
    one = cx.Segment("one", {"who": "one"})
    apart = stored(frame, tmp_path, monkeypatch).where(one).only(["Gate", "Web"]).by_dimension()
    expected = flat(frame, weight="w").where(one).only(apart.touchpoints)
    pd.testing.assert_frame_equal(apart.table, expected.table)


def test_by_dimension_leaves_lone_columns_alone():
    plain = survey(touchpoints={"Web": "web", "Desk": {"speed": "desk speed"}})
    apart = plain.by_dimension()
    assert apart.touchpoints == ("Web", "Desk")
    pd.testing.assert_frame_equal(apart.table, plain.table)
    assert plain.dimensions == {"Web": {"Web": ""}, "Desk": {"Desk": "speed"}}


def test_by_dimension_keeps_comments_of_what_is_left():
    frame = answers().assign(words="fine")
    made = survey(frame, comments={"Web": "words", "Desk": "words"})
    assert dict(made.by_dimension().comments) == {"Web": "words"}


def test_by_dimension_refuses_one_name_for_two():
    touchpoints = {"a": {"b: c": "desk speed", "d": "web"}, "a: b": {"c": "gate speed", "d": "gate outcome"}}
    with pytest.raises(ColumnError) as e:
        survey(touchpoints=touchpoints).by_dimension()
    assert str(e.value) == "two columns are both called 'a: b: c'. Rename a touchpoint or dimension."


# The verb


@pytest.mark.parametrize("seed", range(5))
def test_the_dimension_with_the_effect_gets_the_largest_share(seed):
    table = cx.drivers(survey(answers(seed=seed)), n_boot=0).dimensions().table
    first = table.loc[table.groupby("touchpoint")["share"].idxmax()].set_index("touchpoint")
    assert first["dimension"].to_dict() == {"Desk": "speed", "Gate": "outcome", "Web": ""}
    assert (first.loc[["Desk", "Gate"], "share"] > 0.6).all()


@pytest.mark.parametrize("options", [{}, {"missing": "drop"}, {"covariates": ["Gate"]}, {"by": "who"}])
def test_both_levels_equal_the_drivers_of_all_columns(options):
    frame = answers()
    view = cx.drivers(survey(frame, weight="w"), n_boot=0, **options).dimensions()
    players = ["Desk", "Web"] if "covariates" in options else ["Desk", "Gate", "Web"]
    names = {name: [full for full in NAMES if full.split(": ")[0] == name] for name in ("Desk", "Gate", "Web")}
    others = options | {"covariates": [full for name in options.get("covariates", []) for full in names[name]]}
    plain = cx.drivers(flat(frame, weight="w"), n_boot=0, **others)
    whole = cx.drivers(flat(frame, weight="w"), n_boot=0, groups={name: names[name] for name in players}, **others)
    keys = ["segment"] if "by" in options else []
    pd.testing.assert_frame_equal(view.parts["touchpoints"], whole.table)
    full = view.table["touchpoint"] + view.table["dimension"].map(lambda part: f": {part}" if part else "")
    own = view.table.assign(touchpoint=full).set_index([*keys, "touchpoint"]).sort_index()
    expected = plain.table.set_index([*keys, "touchpoint"]).sort_index()
    columns = ["n", "mean", "coef", "coef_low", "coef_high", "p_value", "q_value"]
    pd.testing.assert_frame_equal(own[columns], expected[columns])
    sums = view.table.groupby([*keys, "touchpoint"])["importance"].sum()
    pd.testing.assert_series_equal(sums, whole.table.set_index([*keys, "touchpoint"])["importance"].sort_index())
    assert view.table.groupby([*keys, "touchpoint"])["share"].sum().to_numpy() == pytest.approx(1)
    assert view.parts["fit"]["r2"].tolist() == pytest.approx(plain.fit["r2"].tolist())


def test_resamples_give_intervals_at_both_levels():
    found = cx.drivers(survey(), n_boot=50)
    view = found.dimensions()
    for table in (view.table, view.parts["touchpoints"]):
        assert (table["importance_low"] <= table["importance"]).all()
        assert (table["importance"] <= table["importance_high"]).all()
    top = view.table.iloc[0]
    span = f"[{100 * top['importance_low']:.1f}, {100 * top['importance_high']:.1f}]"
    total = 100 * view.parts["touchpoints"]["importance"].iloc[0]
    n = view.parts["fit"]["n"].iloc[0]
    assert str(view) == (
        f"Of the {total:.1f} points of R² that Desk explains, speed carries {100 * top['importance']:.1f} {span}. "
        f"n = {n}."
    )
    assert view.note == (
        f"Left out: {800 - n} with a touchpoint left blank. Intervals of importance and rank: 95 %, from 50 "
        "redraws of the answers. "
        "A link in the answers, not yet a proven effect."
    )


def test_costly_resamples_are_fewer_and_the_note_says_so(monkeypatch):
    monkeypatch.setattr("cxlens.stages.drivers.dimensions.WORK", 100)
    monkeypatch.setattr("cxlens.stages.drivers.dimensions.FEWEST", 10)
    view = cx.drivers(survey(), n_boot=30).dimensions()
    assert "from 10 redraws" in view.note
    assert view.table["importance_low"].notna().all()


def test_the_same_on_disk(tmp_path, monkeypatch):
    frame = answers()
    disk = cx.drivers(stored(frame, tmp_path, monkeypatch), n_boot=20).dimensions()
    memory = cx.drivers(survey(frame, weight="w"), n_boot=0).dimensions()
    columns = ["touchpoint", "dimension", "n", "mean", "coef", "importance", "share"]
    pd.testing.assert_frame_equal(disk.table[columns], memory.table[columns])


def test_groups_of_touchpoints_split_over_all_their_dimensions():
    view = cx.drivers(survey(), groups={"service": ["Desk", "Web"]}, n_boot=0).dimensions()
    service = view.table[view.table["touchpoint"] == "service"]
    assert sorted(service["dimension"]) == ["Desk: courtesy", "Desk: outcome", "Desk: speed", "Web"]
    whole = view.parts["touchpoints"].set_index("touchpoint")["importance"]
    assert service["importance"].sum() == pytest.approx(whole["service"])


@pytest.mark.parametrize("options", [{"missing": "drop"}, {"blanks": "impute"}])
def test_missing_scores_are_treated_as_in_the_drivers(options):
    view = cx.drivers(survey(answers(300)), n_boot=4, **options).dimensions()
    assert view.table["importance"].sum() == pytest.approx(view.parts["touchpoints"]["importance"].sum())
    assert view.table["p_value"].notna().all()


def test_importance_is_exact_whatever_the_method():
    made = survey()
    exact, other = (cx.drivers(made, method=m, n_boot=0).dimensions() for m in ("lmg", "relative weights"))
    pd.testing.assert_frame_equal(exact.table, other.table)


def test_segments_are_told_apart():
    view = cx.drivers(survey(), by="who", n_boot=0).dimensions()
    assert view.table.columns[:3].tolist() == ["segment", "touchpoint", "dimension"]
    assert view.finding.lead == "What the dimensions of touchpoints carry, by who"
    for item, (segment, rows) in zip(view.finding.items, view.table.groupby("segment", sort=False), strict=True):
        top = rows[rows["touchpoint"] == rows["touchpoint"].iloc[0]]
        largest = top.loc[top["importance"].idxmax()]
        assert item.name == f"{largest['dimension']} of {largest['touchpoint']} for {segment}"
        figures = f"{100 * largest['importance']:.1f} of {100 * top['importance'].sum():.1f} points of R²"
        assert (item.figure, item.interval) == (figures, "")


@pytest.mark.parametrize("options", [{"covariates": ["Desk", "Gate"]}, {}])
def test_refuses_touchpoints_without_dimensions(options):
    made = survey() if options else survey(touchpoints={"Web": "web", "Desk": {"speed": "desk speed"}})
    with pytest.raises(ValuesError) as e:
        cx.drivers(made, n_boot=0, **options).dimensions()
    assert str(e.value) == (
        "no touchpoint among these drivers has several dimensions. Name their columns: "
        "Survey(..., touchpoints={'Desk': {'speed': 'column 1', 'courtesy': 'column 2'}})."
    )


@pytest.mark.parametrize("options", [{"outcome": "late"}, {"factors": ["who"]}, {"interactions": [("Desk", "Web")]}])
def test_refuses_fitted_outcomes_factors_and_interactions(options):
    found = cx.drivers(survey(), n_boot=0, **options)
    with pytest.raises(OptionError) as e:
        found.dimensions()
    assert str(e.value) == (
        "dimensions explains outcomes of kind interval and nps, without factors and interactions. "
        "Ask drivers(...) so; factors may be covariates."
    )


def test_too_few_answers_are_said():
    frame = answers(40)
    rng = np.random.default_rng(0)
    for part in PARTS:  # every dimension was rated by others: no row has all of them
        frame[f"desk {part}"] = np.where(np.arange(40) % 3 == PARTS.index(part), rng.integers(1, 6, 40), 0)
    with pytest.raises(ValuesError) as e:
        cx.drivers(survey(frame), n_boot=0).dimensions()
    assert str(e.value) == (
        "too few complete answers: 0 of 40 can be used (left out: 40 with a touchpoint left blank). "
        "If an empty cell or the code 0 means that a touchpoint was not used, say so: "
        "Scale(..., not_used=[6, None]); if it is no answer, ask with blanks='impute'."
    )
