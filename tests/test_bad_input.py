"""Bad input, many kinds of it: what comes out is a right result or a CxlensError, never an error of Python's own.

Bounded and the same each time: 20 seconds of one core. ``make test`` runs it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.study.changes import Change
from cxlens.study.parts import (
    DataSystem,
    EventsPlan,
    Objective,
    Persona,
    PurchasesPlan,
    ResearchMethod,
    SurveyPlan,
    Target,
    Unit,
)
from cxlens.study.roadmap_plan import RoadmapPlan

SLOW_AT_FIRST = [HealthCheck.too_slow, HealthCheck.data_too_large]  # the first example makes what all others share
N = 80
MEETING = ("t0", "t1", "t2")
Case = tuple[str, str]
Calls = Mapping[str, tuple[Callable[..., Any], Mapping[str, Any]]]


def bounded(examples: int) -> settings:
    """So many examples, the same each time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=SLOW_AT_FIRST,
    )


class Odd:
    """A value of no kind that anything knows."""


# Functions, since some of them are used up by being looked at.
BAD: list[Callable[[], Any]] = [
    *(lambda value=value: value for value in (
        None, 0, -1, 1.5, 10**30, float("nan"), float("inf"), True, "", "x", "no such", b"x", 1j, object, Ellipsis,
        1e300, -1e300, np.int64(3), "a\0b", "a" * 300, pd.NA, pd.NaT, pd.Timestamp("2020-01-01"), dt.date(2020, 1, 1),
        (), ("x",), (1, 2, 3), range(3), Path("none", "x"), frozenset(),
    )),
    list, dict, set, Odd, pd.DataFrame,
    lambda: ["x"], lambda: [1], lambda: [["x"]], lambda: [None], lambda: [float("nan")], lambda: {1, 2},
    lambda: {"x": 1}, lambda: {"seg": "a"}, lambda: {"t0": 1}, lambda: {1: 2}, lambda: {"t0": None},
    lambda: {"t0": ["x"]}, lambda: np.array([1, 2]), lambda: iter("ab"), lambda: len, lambda: answers(),
    lambda: answers()["t0"], lambda: pd.Series(dtype=float), lambda: survey(),
]  # fmt: skip


@cache
def kept_answers() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({name: rng.integers(1, 6, N) for name in MEETING})
    frame["y"] = np.clip(frame["t0"] + frame["t1"] + rng.integers(-1, 3, N), 0, 10)
    frame["seg"] = rng.choice(["a", "b", "c"], N)
    frame["wave"] = np.repeat([2022, 2023], N // 2)
    frame["w"] = 1.0
    frame["id"] = np.arange(N)
    frame["said"] = "nice queue"
    return frame


def answers() -> pd.DataFrame:
    return kept_answers().copy()


ROLES: Mapping[str, Any] = {
    "touchpoints": list(MEETING),
    "outcome": "y",
    "scale": cx.Scale(1, 5),
    "segments": ["seg"],
    "time": "wave",
    "weight": "w",
    "respondent": "id",
}


@cache
def survey() -> cx.Survey:
    return cx.Survey(answers(), **ROLES)


@cache
def drivers() -> Any:
    return cx.drivers(survey(), n_boot=20)


def initiatives() -> pd.DataFrame:
    amounts = {"lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.3}
    work = {"effort_low": 1, "effort_likely": 2, "effort_high": 3}
    named = pd.DataFrame({"name": ["A", "B"], "touchpoints": ["t0", "t1"]})
    return named.assign(**amounts, **work)


@cache
def promised() -> pd.DataFrame:
    row = {"metric": "t0", "measure": "mean", "segment": "", "date": "2023", "now": 3.0, "forecast": 3.2, "low": 3.0}
    return pd.DataFrame([{**row, "high": 3.4, "level": 0.95, "plan": "A"}])


@cache
def quick_wins() -> Any:
    return cx.quick_wins(drivers(), initiatives())


def events() -> pd.DataFrame:
    when = pd.date_range("2024-01-01", periods=60, freq="h")
    return pd.DataFrame({"who": np.repeat(range(20), 3), "met": ["web", "call", "bill"] * 20, "when": when})


def converted() -> cx.JourneyLog:
    bought = events().assign(bought=[0, 0, 1, 0, 0, 0] * 10)
    return cx.JourneyLog(bought, customer="who", touchpoint="met", time="when", outcome="bought")


def log() -> cx.JourneyLog:
    return cx.JourneyLog(events(), customer="who", touchpoint="met", time="when")


@cache
def dated() -> cx.Survey:
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(range(N), unit="h")
    return cx.Survey(answers().assign(day=when), **{**ROLES, "time": "day"})


def touchpoint_map() -> cx.TouchpointMap:
    stage = cx.Stage("Use", needs=("speed",))
    return cx.TouchpointMap([cx.Touchpoint(name, stage="Use") for name in MEETING], cx.Lifecycle([stage]))


@cache
def nouns(folder: Path) -> Calls:
    """Every noun, with arguments that it takes."""
    a_segment = cx.Segment("A", {"seg": "a"}, value=10)
    return {
        "Scale": (cx.Scale, {"low": 1, "high": 5, "not_used": [6], "blank": [0], "top": 2}),
        "Survey": (cx.Survey, {
            **ROLES, "data": answers(), "comments": {"t0": "said"}, "emotion": None, "cluster": None, "channel": None,
            "unknown": (), "period": None, "outcome_scale": None,
        }),
        "Survey.where": (survey().where, {"segment": a_segment}),
        "Survey.only": (survey().only, {"touchpoints": ["t0"]}),
        "Survey.grouped": (survey().grouped, {"groups": {"g": ["t0"]}}),
        "Segment": (cx.Segment, {"name": "A", "where": {"seg": "a"}, "value": 1, "cost_to_serve": 1}),
        "Segment.mask": (a_segment.mask, {"frame": answers()}),
        "Need": (cx.Need, {"name": "x", "lever": True}),
        "Stage": (cx.Stage, {"name": "x", "needs": ["a"], "phase": None, "after": None}),
        "Lifecycle": (cx.Lifecycle, {"stages": ["a", "b"]}),
        "Standard": (cx.Standard, {
            "metric": "mean", "target": 4, "unit": "points", "source": "x", "measured": "t0", "better": "higher",
        }),
        "Touchpoint": (cx.Touchpoint, {
            "name": "t", "stage": "Use", "channel": "c", "kind": None, "process": "p", "owner": "o", "needs": ["x"],
            "standards": (), "volume": 1, "cost_per_contact": 1, "controllable": True,
        }),
        "TouchpointMap": (cx.TouchpointMap, {
            "touchpoints": touchpoint_map().touchpoints, "lifecycle": touchpoint_map().lifecycle,
        }),
        "TouchpointMap.from_csv": (cx.TouchpointMap.from_csv, {"path": folder / "none.csv", "lifecycle": None}),
        "TouchpointMap.to_csv": (touchpoint_map().to_csv, {"path": folder / "map.csv"}),
        "TouchpointMap.to_excel": (touchpoint_map().to_excel, {"path": folder / "map.xlsx"}),
        "TouchpointMap.stage_of": (touchpoint_map().stage_of, {"name": "t0"}),
        "Journey": (cx.Journey, {"name": "x", "touchpoints": ["a", "b"]}),
        "JourneyLog": (cx.JourneyLog, {
            "events": events(), "customer": "who", "touchpoint": "met", "time": "when", "order": None, "unknown": (),
            "ends_at": (), "gap": None, "outcome": None, "value": None, "score": None, "segments": (),
        }),
        "JourneyLog.where": (log().where, {"segment": a_segment}),
        "JourneyLog.by": (log().by, {"touchpoint_map": touchpoint_map(), "level": "stage"}),
        "Survey.with_behaviour": (dated().with_behaviour, {"log": log(), "within": "1 hour", "way": True}),
        "RetentionLink": (cx.RetentionLink, {"customers": 100, "value": 10, "per_point": 0.01}),
        "RetentionLink.from_segments": (cx.RetentionLink.from_segments, {
            "segments": [a_segment], "customers": {"A": 100}, "per_point": {"A": 0.01},
        }),
        "Study": (cx.Study, {
            "name": "A", "organisation": "", "about": "", "simulated": False, "objectives": (), "personas": (),
            "units": (), "systems": (), "methods": (), "targets": (), "survey_plan": None, "touchpoint_map": None,
            "segments": (), "initiatives_data": None, "roadmap_plan": None, "events_plan": None, "changes": (),
            "purchases_plan": None, "promises": None, "change_answers": {},
        }),
        "Study.from_toml": (cx.Study.from_toml, {"path": folder / "none.toml"}),
        "Study.to_toml": (cx.Study("A").to_toml, {"path": folder / "study.toml"}),
        "Study.check": (cx.Study("A").check, {"today": None}),
        "Objective": (Objective, {"name": "a", "goal": "", "kpi": "", "target": 1, "date": ""}),
        "Persona": (Persona, {"name": "a", "about": "", "segment": ""}),
        "Unit": (Unit, {"name": "a", "role": ""}),
        "DataSystem": (DataSystem, {"name": "a", "holds": "b", "condition": "good", "upgrade": ""}),
        "ResearchMethod": (ResearchMethod, {"name": "a", "kind": "survey", "touchpoints": (), "cadence": ""}),
        "Target": (Target, {
            "metric": "nps", "target": 1, "touchpoint": "", "segment": "", "date": "", "of": "customers",
        }),
        "Change": (Change, {
            "name": "a", "when": 1, "where": None, "metrics": (), "design": "", "started": None,
        }),
        "SurveyPlan": (SurveyPlan, {**ROLES, "data": answers(), "comments": {"t0": "said"}, "emotion": None}),
        "PurchasesPlan": (PurchasesPlan, {
            "data": events(), "customer": "who", "time": "day", "segments": (), "silent": None,
        }),
        "EventsPlan": (EventsPlan, {"data": events(), "customer": "who", "touchpoint": "met", "segments": ()}),
        "RoadmapPlan": (RoadmapPlan, {
            "periods": 2, "budget": 100, "capacity": {"IT": 2}, "short_term_share": None, "short_term_periods": None,
            "decay": 1.0, "certainty": 0.5,
        }),
        "read_initiatives": (cx.read_initiatives, {"data": initiatives(), "touchpoints": MEETING}),
        "write_initiatives": (cx.write_initiatives, {"initiatives": initiatives(), "path": folder / "plan.csv"}),
        "read_forecasts": (cx.read_forecasts, {"path": folder / "none.csv"}),
        "suggest": (cx.suggest, {"data": answers()}),
        "report": (cx.report, {"study": None, "path": folder / "report.html"}),
    }  # fmt: skip


@cache
def verbs() -> Calls:
    """Every verb, with arguments that it takes."""
    waves = {"before": 2022, "after": 2023, "level": 0.95}
    return {
        "baseline": (cx.baseline, {
            "survey": survey(), "touchpoint_map": touchpoint_map(), "by": "seg", "per": "touchpoint",
            "competitors": {"X": survey()}, "employees": None, "min_n": 5, "level": 0.95,
        }),
        "drivers": (cx.drivers, {
            "survey": survey(), "outcome": "y", "by": None, "groups": None, "factors": (), "interactions": (),
            "covariates": (), "method": None, "missing": "indicator", "blanks": "drop", "n_boot": 20, "level": 0.95,
            "seed": 0,
        }),
        "find_segments": (cx.find_segments, {
            "survey": survey(), "columns": ["seg"], "outcome": "y", "alpha": 0.05, "max_depth": 2, "min_n": 20,
            "missing": "indicator",
        }),
        "monitor": (cx.monitor, {
            "survey": survey(), "metric": "t0", "by": "seg", "employees": None, "competitors": None, "level": 0.95,
        }),
        "kept": (cx.kept, {"forecasts": promised(), "survey": survey()}),
        "before_after": (cx.before_after, {"survey": survey(), "metric": "t0", "adjust": ("seg",), **waves}),
        "difference_in_differences": (cx.difference_in_differences, {
            "survey": survey(), "metric": "t0", "treated": {"seg": "a"}, **waves,
        }),
        "what_if": (cx.what_if, {
            "drivers": drivers(), "changes": {"t0": 0.3}, "touchpoint_map": None, "competitors": None, "measure": None,
            "money": None,
        }),
        "quick_wins": (cx.quick_wins, {
            "drivers": drivers(), "initiatives": initiatives(), "benefit_cut": 1, "effort_cut": 1,
            "touchpoint_map": None, "money": None, "track_record": None, "seed": 0, "weigh": None,
        }),
        "profit": (cx.profit, {
            "study": cx.Study("A", segments=[cx.Segment("A", {"seg": "a"}, value=3, cost_to_serve=1)]),
            "benchmark": "A", "value": "given", "cost": "given", "log_years": 1.0, "level": 0.95,
        }),
        "roadmap": (cx.roadmap, {
            "wins": quick_wins(), "periods": 2, "budget": 100, "capacity": None, "short_term": None, "decay": 1.0,
            "certainty": 0.5, "resolves": 2, "time_limit": 3.0,
        }),
        "paths": (cx.paths, {"log": log(), "plan": None, "top": 10, "min_n": 5}),
        "paths.times": (cx.paths(converted()).times, {"by": None}),
        "paths.follows": (cx.paths(converted()).follows, {"by": None}),
        "paths.rework": (cx.paths(converted()).rework, {"channels": None, "by": None}),
        "paths.around": (cx.paths(converted()).around, {
            "anchor": converted().touchpoints[0], "before": 1, "after": 1, "by": None,
        }),
        "funnel": (cx.funnel, {
            "log": log(), "stages": log().touchpoints[:2], "window": None, "counting": "journeys", "by": None,
            "min_n": 1,
        }),
        "attribution": (cx.attribution, {
            "log": converted(), "rule": None, "order": 1, "lookback": None, "by": None, "level": 0.95, "n_boot": 2,
            "seed": 0, "min_n": 1,
        }),
        "sample_size": (cx.sample_size, {
            "survey": survey(), "measure": "mean", "margin": 0.1, "by": "seg", "level": 0.95, "power": 0.8, "sd": None,
            "design_effect": None, "response_rate": None, "population": None, "reach": None, "segments": None,
        }),
        "Baseline.where": (cx.baseline(survey()).where, {"segment": {"seg": "a"}}),
        "Baseline.plot": (cx.baseline(survey()).plot, {"ax": None}),
        "Drivers.p_top": (drivers().p_top, {"k": 1}),
    }  # fmt: skip


def outcome_of(call: Callable[[], Any]) -> str:
    """``"right"`` or ``"refused"``; any other error, and every warning that is not meant for users, comes through."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            result = call()
            repr(result)
            if hasattr(result, "_repr_html_"):
                result._repr_html_()
        except cx.CxlensError as refusal:
            message = str(refusal)
            assert message.strip()
            assert len(message) < 2_000
            return "refused"
    return "right"


FOLDER = tempfile.TemporaryDirectory(prefix="bad-input-")  # gone when the process ends


@pytest.fixture(autouse=True, scope="module")
def nothing_left() -> Any:
    """What is written to "x" goes to a folder that is gone afterwards, and figures are closed."""
    with contextlib.chdir(FOLDER.name):
        yield
    from matplotlib import pyplot as plt

    plt.close("all")


def cases_of(calls: Calls) -> list[Case]:
    return [(name, argument) for name, (_, kept) in calls.items() for argument in kept]


@bounded(600)
@given(data=st.data(), bad=st.sampled_from(BAD))
def test_a_noun_takes_any_value_or_refuses_it(data: st.DataObject, bad: Callable[[], Any]) -> None:
    calls = nouns(Path(FOLDER.name))
    check_call(calls, data.draw(st.sampled_from(cases_of(calls))), bad)


@bounded(120)
@given(data=st.data(), bad=st.sampled_from(BAD))
def test_a_verb_takes_any_value_or_refuses_it(data: st.DataObject, bad: Callable[[], Any]) -> None:
    check_call(verbs(), data.draw(st.sampled_from(cases_of(verbs()))), bad)


def check_call(calls: Calls, case: Case, bad: Callable[[], Any]) -> None:
    name, argument = case
    call, kept = calls[name]
    outcome_of(lambda: call(**{**kept, argument: bad()}))
    assert survey().n == N


# Forms that say the same, so that figures are the same.
SAME: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": pl.from_pandas,
    "polars, lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "Arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "nullable": lambda frame: frame.convert_dtypes(),
    "Arrow columns": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "floats": lambda frame: frame.astype(dict.fromkeys(MEETING, "float64")),
    "small": lambda frame: frame.astype(dict.fromkeys(MEETING, "int8")),
    "unsigned": lambda frame: frame.astype(dict.fromkeys(MEETING, "uint64")),
    "objects": lambda frame: frame.astype(object),
    "text": lambda frame: frame.astype(dict.fromkeys(MEETING, "str")),
    "categories": lambda frame: frame.astype({"seg": "category"}),
    "weights of whole numbers": lambda frame: frame.astype({"w": "int64"}),
    "ids as text": lambda frame: frame.astype({"id": "str"}),
    "another index": lambda frame: frame.set_index(pd.Index(["same"] * N)),
    "columns in another order": lambda frame: frame[list(reversed(frame.columns))],
}
SHARE = N // 10


def put(column: str, value: Any, rows: int = SHARE) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The answers with a value in some rows of a column."""

    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        entries = frame[column].astype(object)
        entries.iloc[:rows] = pd.Series([value] * rows, dtype=object).to_numpy()
        return frame.assign(**{column: entries.infer_objects()})

    return changed


STRANGE: dict[str, Callable[[pd.DataFrame], Any]] = {
    f"{value!r} in {rows} rows of {column}": put(column, value, rows)
    for column in ("t0", "y", "w", "seg", "wave", "id")
    for value in (None, float("nan"), float("inf"), -1, 0, 1e300, 1e-300, 1j, 10**30, "x", "", b"x", True, (1, 2))
    for rows in (1, N)
} | {
    "no rows": lambda frame: frame.head(0),
    "one row": lambda frame: frame.head(1),
    "two rows": lambda frame: frame.head(2),
    "one score": lambda frame: frame.assign(t0=3),
    "one outcome": lambda frame: frame.assign(y=3),
    "all scores alike": lambda frame: frame.assign(t1=frame["t0"], t2=frame["t0"]),
    "lists": lambda frame: frame.assign(seg=[["a"]] * len(frame)),
    "dicts": lambda frame: frame.assign(id=[{"a": 1}] * len(frame)),
    "durations": lambda frame: frame.assign(wave=pd.to_timedelta(frame["t0"], "D")),
    "periods": lambda frame: frame.assign(wave=pd.PeriodIndex(["2020-01", "2020-02"] * (len(frame) // 2), freq="M")),
    "intervals": lambda frame: frame.assign(seg=pd.cut(frame["t0"], 2)),
    "a column twice": lambda frame: pd.concat([frame, frame[["t0"]]], axis=1),
    "one respondent": lambda frame: frame.assign(id=1),
}
ASKED: dict[str, Callable[[cx.Survey], Any]] = {
    "baseline": lambda made: cx.baseline(made, by="seg"),
    "drivers": lambda made: cx.drivers(made, n_boot=10),
    "drivers by": lambda made: cx.drivers(made, by="seg", n_boot=0),
    "find_segments": lambda made: cx.find_segments(made, ["seg"]),
    "monitor": lambda made: cx.monitor(made, metric="t0"),
    "before_after": lambda made: cx.before_after(made, metric="y", before=2022, after=2023),
    "difference_in_differences": lambda made: cx.difference_in_differences(
        made, metric="y", before=2022, after=2023, treated={"seg": "a"}
    ),
    "sample_size": lambda made: cx.sample_size(made, margin=0.1, by="seg"),
    "survey": lambda made: made,
}
NUMBERS = ["n", "mean", "importance", "estimate", "low", "high"]


@cache
def figures_of(verb: str) -> pd.DataFrame:
    return ASKED[verb](survey()).table


@bounded(20)
@given(form=st.sampled_from(sorted(SAME)), verb=st.sampled_from(sorted(set(ASKED) - {"survey"})))
def test_another_form_of_the_answers_gives_the_same_figures(form: str, verb: str) -> None:
    given_data = SAME[form](answers())
    found = ASKED[verb](cx.Survey(given_data, **ROLES)).table
    expected = figures_of(verb)
    shared = [name for name in NUMBERS if name in expected]
    pd.testing.assert_frame_equal(found[shared], expected[shared], check_dtype=False, rtol=1e-9)


@bounded(50)
@given(kind=st.sampled_from(sorted(STRANGE)), verb=st.sampled_from(sorted(ASKED)), with_scale=st.booleans())
def test_strange_answers_give_figures_or_a_refusal(kind: str, verb: str, with_scale: bool) -> None:
    frame = STRANGE[kind](answers())
    before = frame.copy(deep=True)
    roles = {**ROLES, "scale": ROLES["scale"] if with_scale else None}
    outcome_of(lambda: ASKED[verb](cx.Survey(frame, **roles)))
    pd.testing.assert_frame_equal(frame, before)


def planned(**changed: Any) -> Any:
    return SurveyPlan(**{**ROLES, "data": answers(), **changed})


TOLD: list[tuple[Callable[[], Any], str]] = [
    (lambda: cx.Survey(answers(), **{**ROLES, "segments": None}),
     "Survey: segments must be a list of texts; you gave None. Leave it out where there is none."),
    (lambda: cx.Survey(answers(), **ROLES, comments="said"),
     "Survey: comments must be a dict of {text: text} or None; you gave 'said'."),
    (lambda: cx.Survey(answers(), **ROLES, unknown=[["x"]]),
     "unknown=[['x']] has a list among its ids. Give them one by one: unknown=['NA', 0]."),
    (lambda: survey().only([]), "no touchpoint is named. Name one at least: only(['web'])."),
    (lambda: cx.drivers(survey(), covariates=None),
     "drivers: covariates must be a list of texts; you gave None. Leave it out where there is none."),
    (lambda: cx.drivers(survey(), factors=None),
     "drivers: factors must be a list of texts; you gave None. Leave it out where there is none."),
    (lambda: cx.drivers(survey(), interactions=None),
     "drivers: interactions must be a list of pairs (text, text); you gave None. Leave it out where there is none."),
    (lambda: cx.drivers(survey(), seed=-1),
     "seed must be a whole number of 0 or more; you gave -1. The same seed gives the same figures again."),
    (lambda: cx.drivers(survey(), seed=None),
     "seed must be a whole number of 0 or more; you gave None. The same seed gives the same figures again."),
    (lambda: cx.quick_wins(drivers(), initiatives(), seed=1.5),
     "seed must be a whole number of 0 or more; you gave 1.5. The same seed gives the same figures again."),
    (lambda: cx.drivers(survey(), n_boot=10**9),
     "n_boot=1,000,000,000 takes 1,000,000 times as long as the usual 1000: 100,000 is the most."),
    (lambda: cx.baseline(survey(), min_n=float("inf")),
     "min_n must be a whole number of 1 or more; you gave inf. 5 is usual, 1 hides nothing."),
    (lambda: cx.before_after(survey(), metric="y", before=2022, after=2023, adjust=None),
     "before_after: adjust must be a list of texts; you gave None. Leave it out where there is none."),
    (lambda: cx.before_after(survey(), metric="y", before=pd.NA, after=2023),
     "before='<NA>' is no wave of this survey. Waves in 'wave': 2022, 2023."),
    (lambda: cx.what_if(drivers(), {"t0": 1}, competitors=5),
     "what_if: competitors must be a dict of {text: Survey} or None; you gave 5."),
    (lambda: cx.baseline(survey()).pitfalls(drivers=0),
     "Baseline.pitfalls: drivers must be a Drivers or None; you gave 0."),
    (lambda: cx.Stage("x", needs=None),
     "Stage: needs must be a list; you gave None. Leave it out where there is none."),
    (lambda: cx.Standard("mean", 4, unit=5), "Standard: unit must be text or None; you gave 5."),
    (lambda: cx.Journey("x", ["web", 5]),
     "journey 'x': ['web', 5] is no journey. Give the names of at least two touchpoints, in the order in which a "
     "customer should meet them."),
    (lambda: cx.JourneyLog(events(), customer=None, touchpoint="met", time="when"),
     "JourneyLog: customer must be text; you gave None."),
    (lambda: cx.Study("A", objectives=["grow"]),
     "Study: objectives must be a list of Objective objects; you gave ('grow',)."),
    (lambda: cx.Study("A", units=[Unit("")]), "unit 1 has no name: ''. Give it one, as text."),
    (lambda: planned(comments="said"), "SurveyPlan: comments must be a dict of {text: text} or None; you gave 'said'."),
    (lambda: planned(data=5), "data must be a path or a DataFrame; you gave 5."),
    (lambda: cx.read_initiatives([1], MEETING),
     "data of type 'list' is not a table. Give a pandas or polars frame, an Arrow, DuckDB or Ibis table, or the path "
     "of a file, such as answers.csv."),
    (lambda: cx.Study.from_toml(None), "Study.from_toml: path must be a path; you gave None."),
    (lambda: cx.TouchpointMap.from_csv(None),
     "a path is needed, not a NoneType. Give the file, such as 'touchpoints.csv'."),
    (lambda: cx.roadmap(quick_wins(), periods=10**30),
     f"a road map has 120 periods at most; you gave {10**30:,}. Take longer ones, months or quarters."),
    (lambda: cx.Survey(answers().assign(t0=1j), **ROLES),
     "touchpoint column 't0' holds complex numbers. Give plain ones, such as their real part."),
    (lambda: cx.Survey(answers().assign(id=1j), **ROLES),
     "respondent column 'id' holds complex numbers. Give plain ones, such as their real part."),
    (lambda: cx.Survey(answers().assign(w=1e300), **ROLES),
     "weight column 'w' has too large weights: 1e+300 (80 rows). "
     "Weights are numbers of 0 or more: correct them, or drop those rows."),
    (lambda: cx.Survey(answers().assign(w=1e-300), **ROLES),
     "weight column 'w' has no weight over 1e-50: too small to compute with. Multiply them: only their ratios count."),
    (lambda: cx.Survey(answers().assign(y=1e200), **ROLES),
     "outcome column 'y' holds values over 1e+50, too large to compute with. "
     "Divide the column, by a million for instance."),
]  # fmt: skip


@pytest.mark.parametrize(("call", "text"), TOLD, ids=range(len(TOLD)))
def test_what_people_do_give_is_told_whole(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(cx.CxlensError) as refused:
        call()
    assert str(refused.value) == text


def test_conditions_may_stand_for_a_segment() -> None:
    by_name = survey().where(cx.Segment("A", {"seg": "a"}))
    assert survey().where({"seg": "a"}).n == by_name.n
    found = cx.baseline(survey())
    pd.testing.assert_frame_equal(found.where({"seg": "a"}).table, cx.baseline(by_name).table)
    journeys = events().assign(kind=np.repeat(["x", "y"], 30))
    told_apart = cx.JourneyLog(journeys, customer="who", touchpoint="met", time="when", segments=["kind"])
    assert told_apart.where({"kind": "x"}).n == 10


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("periods = " + "9" * 5_000, "is not valid TOML: a whole number has thousands of digits."),
        ("periods = " + "[" * 5_000, "is not valid TOML: its brackets are nested hundreds deep."),
        ("periods = 2\nbudget = " + "9" * 400, "Write figures only, with a decimal point."),
        ('[survey]\ndata = "a\\u0000b"', r"'a\x00b' is no name of a file. Give the path from the folder of the study."),
        (f'[survey]\ndata = "{"a" * 300}"', "is no name of a file. Give the path from the folder of the study."),
        ('[map]\ntouchpoints = "study.toml"\nlifecycle = ["x"]', "lifecycle (line 7): expected text, found a list."),
        ('[[units]]\nname = ""', "unit 1 has no name: ''. Give it one, as text."),
    ],
)
def test_a_study_file_is_told_of_too(line: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    periods = "" if line.startswith("periods") else "periods = 2\n"
    path.write_text(f'[study]\nname = "A"\n[roadmap]\n{periods}{line}\n')
    with pytest.raises(cx.CxlensError) as refused:
        cx.Study.from_toml(path)
    assert str(refused.value).startswith(str(path))
    assert str(refused.value).endswith(text)
