"""Are the figures still the same? For rebuilding the package's inside without changing what it computes.

``python benchmarks/same_figures.py write FOLDER`` runs the whole loop and writes every table to FOLDER, one file each;
``python benchmarks/same_figures.py compare BEFORE AFTER`` prints what differs, and exits with 1 if a figure does.

Only public names and methods are used, so that it runs before and after modules move. The San Francisco airport
survey takes part where ``CXLENS_TEST_DATA`` (by default ``../shared``) holds ``sfo/``. Whether the figures are right is
the matter of the tests.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from operator import methodcaller
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the package of this checkout, whichever is installed

import cxlens as cx  # noqa: E402

RELATIVE = 1e-9  # what numbers may differ by
ROUNDING = 1e-12  # a zero that is none by rounding: below this, numbers are the same
DRAWS_OFF = 2  # draws that may fall on the other side of a cut
DRAWS = 1000  # resamples of the drivers, by default
RESOLVES = 20  # times that a road map is solved anew, by default
SHARES_OF_DRAWS = {
    "certainty": DRAWS,  # of verdicts: a share of draws, or a probability times one
    "p_basic": DRAWS,
    "p_complete": DRAWS,
    "p_concentrate": DRAWS,
    "p_conditional": DRAWS,
    "p_excitement": DRAWS,
    "p_first": DRAWS,
    "p_general": DRAWS,
    "p_pareto": DRAWS,
    "p_quadrant": DRAWS,
    "p_quick_win": DRAWS,
    "p_selected": RESOLVES,
    "p_small": DRAWS,
    "p_top": DRAWS,
    "p_top3": DRAWS,
}
TIME_LIMIT = 120  # seconds for a road map: a plan that is cut off is another on a slower machine
NO_FIGURES = {"digits", "options"}  # attributes that say how to show a result and how it was asked for
TODAY = dt.date(2026, 1, 1)  # for what is checked against a date

AIRPORT_TARGETS = {"Security": 0.5, "Signs": "standard"}
AIRPORT_MONEY = {"customers": 40_000, "value": 248, "per_point": (0.01, 0.02, 0.04)}
AIRPORT_BASE = {"purpose": {"business": 0.38, "leisure": 0.36, "visiting friends": 0.26}}
AIRPORT_WRITTEN = {"Security": "security", "Restaurants": "restaurants", "Wi-Fi": "wifi"}
AIRPORT_CODEBOOK = {"long wait": ["queue*", "forty minutes"], "staff": ["staff", "officer*"]}
AIRPORT_WAITS = pd.DataFrame(
    {
        "touchpoint": ["Check-in", "Security", "Baggage claim"],
        "metric": "waiting time",
        "wave": 2025,
        "n": [300, 400, 200],
        "value": [9.6, 11.2, 20.4],
        "sd": [5.0, 6.0, 7.0],
    }
)

SFO_INITIATIVES = ROOT / "notebooks" / "case_study" / "initiatives.csv"
SFO_TOUCHPOINTS = [
    "Artwork and exhibitions", "Restaurants", "Shops", "Signs and directions", "Escalators, elevators and walkways",
    "Screens and monitors", "Wi-Fi", "Boarding area cleanliness", "Restroom cleanliness", "Feeling safe",
    "Finding the way around", "Security checkpoint",
]  # fmt: skip
SFO_LIMITS = {
    "periods": ["2018-Q1", "2018-Q2", "2018-Q3", "2018-Q4", "2019-Q1", "2019-Q2"],
    "budget": 300_000,
    "capacity": {"Facilities": 1.5, "Concessions": 1.5, "Information technology": 1, "Security operations": 1},
    "short_term": (0.3, 2),
    "decay": 0.97,
    "time_limit": TIME_LIMIT,
}
SFO_CODEBOOK = {"first codes": [1, 2, 3, 4, 5], "next codes": [6, 7, 8, 9, 10], "later codes": [11, 12, 13, 14, 15]}


class Recorder:
    """Runs steps and writes what each gives: tables as CSV, sentences as text, an error as its words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise SystemExit(f"{folder} is not empty: what it holds would be taken for figures of this run.")

    def step(self, name: str, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """The result of one call, written; None where it raises."""
        started = perf_counter()
        try:
            result = call(*args, **options)
            self._write(name, result)
        except Exception as error:  # noqa: BLE001 - one step that fails must not hide the figures of all others
            self._write_text(f"{name}__error", f"{type(error).__name__}: {error}")
            result = None
        print(f"{perf_counter() - started:6.1f} s  {name}", file=sys.stderr)
        return result

    def side(self, name: str, result: Any, side: str, *args: Any, **options: Any) -> Any:
        """What a method of a result gives; nothing where the result itself failed."""
        if result is None:
            return None
        return self.step(f"{name}__{side}", methodcaller(side, *args, **options), result)

    def _write(self, name: str, result: Any) -> None:
        for table_name, table in tables_of(result):
            path = self.folder / f"{name}__{file_name(table_name)}.csv"
            table.to_csv(path, index=has_meaning(table.index))
        self._write_text(name, text_of(result))

    def _write_text(self, name: str, text: str) -> None:
        if text:
            (self.folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")


def file_name(words: str) -> str:
    """Words that can stand in a file's name."""
    return re.sub(r"\W+", "_", words.lower())


def has_meaning(index: pd.Index) -> bool:
    """Whether an index says more than the number of the row."""
    return not isinstance(index, pd.RangeIndex)


def tables_of(result: Any) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table that a result is or has, by name, and its plain numbers as one table more."""
    if isinstance(result, pd.DataFrame | pd.Series | np.ndarray):
        yield "table", as_table(result)
        return
    numbers = {}
    for name, value in attributes_of(result):
        if isinstance(value, pd.DataFrame | pd.Series):
            yield name, as_table(value)
        elif isinstance(value, Mapping):
            tables = {key: part for key, part in value.items() if isinstance(part, pd.DataFrame | pd.Series)}
            yield from ((f"{name}_{key}", as_table(part)) for key, part in tables.items())
        elif isinstance(value, int | float | np.number):
            numbers[name] = value
    if numbers:
        yield "numbers", pd.DataFrame([numbers])


def attributes_of(result: Any) -> Iterator[tuple[str, Any]]:
    """The public attributes of a result that are data; a list or a text has none."""
    if isinstance(result, str | list | tuple | dict):
        return
    for name in dir(result):
        if not name.startswith("_") and name not in NO_FIGURES:
            value = getattr(result, name, None)
            if not callable(value):
                yield name, value


def as_table(values: pd.DataFrame | pd.Series[Any] | np.ndarray) -> pd.DataFrame:
    """Values of one or two dimensions as a table, whose columns are named by texts."""
    table = pd.DataFrame(values)
    return table.set_axis([str(name) for name in table.columns], axis="columns")


def text_of(result: Any) -> str:
    """What a result says in words, its note included."""
    if isinstance(result, pd.DataFrame | pd.Series | np.ndarray):
        return ""
    if isinstance(result, list | tuple):
        return "\n".join(map(str, result))
    return "\n".join(filter(None, [str(result), str(getattr(result, "note", ""))]))


def record_baseline(recorder: Recorder, name: str, card: Any, drivers: Any, **options: dict[str, Any]) -> None:
    """Every side of a baseline; ``options`` are those of single sides."""
    sides: dict[str, dict[str, Any]] = {
        "blind_spots": {},
        "verdicts": {"drivers": drivers},
        "standards": {},
        "consistency": {},
        "competitors": {"drivers": drivers},
        "employees": {},
        "emotion": {},
        "comments": {},
        "pitfalls": {"drivers": drivers},
    }
    for side, given in (sides | options).items():
        recorder.side(name, card, side, **given)


def record_drivers(recorder: Recorder, name: str, drivers: Any, touchpoint_map: Any) -> None:
    """Every side of drivers."""
    for side in ("dominance", "shape", "dimensions", "diagnosis", "moments_of_truth", "opportunity", "performance"):
        recorder.side(name, drivers, side)
    recorder.side(name, drivers, "p_top", 3)
    recorder.side(name, drivers, "value_added", touchpoint_map)


def record_plan(recorder: Recorder, name: str, wins: Any, limits: Mapping[str, Any]) -> None:
    """Quick wins with all they tell, and the road map made of them."""
    recorder.side(name, wins, "resolve_first")
    recorder.side(name, wins, "findings")
    recorder.side(name, wins, "first", 5)
    recorder.side(name, wins, "p_top", 3)
    road = recorder.step(f"{name}__roadmap", cx.roadmap, wins, **limits)
    recorder.side(f"{name}__roadmap", road, "buy_in")
    recorder.side(f"{name}__roadmap", road, "forecasts")


def record_map(recorder: Recorder, name: str, touchpoint_map: Any) -> None:
    """The tables of a touchpoint map."""
    recorder.step(name, lambda: touchpoint_map.table)
    for side in ("coverage", "gaps", "levers", "processes"):
        recorder.side(name, touchpoint_map, side)


def record_airport(recorder: Recorder) -> None:
    """The simulated airport, all five stages."""
    study = cx.datasets.load_airport()
    recorder.step("airport__study", lambda: study.table)
    recorder.side("airport__study", study, "check", today=TODAY)
    record_map(recorder, "airport__map", study.map())
    drivers = record_airport_drivers(recorder, study)
    record_airport_baselines(recorder, study, drivers)
    record_airport_plans(recorder, study, drivers)
    record_airport_impact(recorder, study)
    record_sample_sizes(recorder, study.survey())


def record_airport_drivers(recorder: Recorder, study: Any) -> Any:
    """Drivers of all, by purpose, of the other outcome and with each option; gives those of all."""
    survey, touchpoint_map = study.survey(), study.map()
    drivers = recorder.step("airport__drivers", cx.drivers, survey)
    record_drivers(recorder, "airport__drivers", drivers, touchpoint_map)
    by_purpose = recorder.step("airport__drivers_by_purpose", cx.drivers, survey, by="purpose")
    record_drivers(recorder, "airport__drivers_by_purpose", by_purpose, touchpoint_map)
    variants: dict[str, dict[str, Any]] = {
        "overall": {"outcome": "overall"},
        "controls": {"factors": ["terminal"], "covariates": ["Booking website"]},
        "interactions": {"interactions": [("Security", "Check-in")]},
        "groups": {"groups": {"Front desk": ["Check-in", "Bag drop"]}},
        "relative_weights": {"method": "relative weights"},
        "drop": {"missing": "drop"},
        "sampling": {"method": "sampling", "n_boot": 0},
        "imputed": {"blanks": "impute", "n_boot": 0},
    }
    for variant, options in variants.items():
        recorder.step(f"airport__drivers_{variant}", cx.drivers, survey, **options)
    record_special_drivers(recorder, study)
    columns = ["purpose", "residence", "terminal"]
    recorder.step("airport__find_segments", cx.find_segments, survey, columns)
    recorder.step("airport__find_segments_overall", cx.find_segments, survey, columns, outcome="overall")
    return drivers


def record_special_drivers(recorder: Recorder, study: Any) -> None:
    """Drivers of an ordinal outcome, and of touchpoints of which one has two dimensions."""
    plan, answers = study.survey_plan, cx.datasets.sample_folder() / "airport" / "survey.csv"
    roles = {"scale": plan.scale, "weight": plan.weight, "segments": plan.segments}
    ordinal = cx.Survey(answers, touchpoints=AIRPORT_WRITTEN, outcome={"overall": "ordinal"}, **roles)
    recorder.step("airport__drivers_ordinal", cx.drivers, ordinal, n_boot=20)
    desk = {"Front desk": {"check-in": "check_in", "bags": "bag_drop"}}
    deep = cx.Survey(answers, touchpoints=AIRPORT_WRITTEN | desk, outcome={"recommend": "nps"}, **roles)
    drivers = recorder.step("airport__drivers_deep", cx.drivers, deep)
    recorder.side("airport__drivers_deep", drivers, "dimensions")


def record_airport_baselines(recorder: Recorder, study: Any, drivers: Any) -> None:
    """Baselines by none to three columns, per touchpoint, stage and channel, with what stands beside the answers."""
    survey, touchpoint_map, plan = study.survey(), study.map(), study.survey_plan
    folder = cx.datasets.sample_folder() / "airport"
    roles = {"touchpoints": plan.touchpoints, "outcome": "overall", "scale": plan.scale}
    neighbour = cx.Survey(folder / "neighbour.csv", segments=["purpose"], **roles)
    staff = cx.Survey(folder / "employees.csv", **roles)
    beside = {"competitors": {"Neighbour": neighbour}, "employees": staff}
    card = recorder.step("airport__baseline", cx.baseline, survey, touchpoint_map, **beside)
    record_baseline(
        recorder,
        "airport__baseline",
        card,
        drivers,
        blind_spots={"margin": 0.2, "segments": study.segments},
        standards={"measurements": AIRPORT_WAITS},
        pitfalls={"drivers": drivers, "initiatives": study.initiatives(), "base": {"promoters": 0.3}},
        response_bias={"margins": AIRPORT_BASE},
        consistency={"groups": {"Leave bags": ["Check-in", "Bag drop"]}},
    )
    workshop = {name: float(place) for place, name in enumerate(survey.touchpoints, start=1)}
    recorder.side("airport__baseline_stated", card, "employees", drivers=drivers, stated=workshop)
    by_purpose = recorder.step(
        "airport__baseline_by_purpose", cx.baseline, survey, touchpoint_map, by="purpose", **beside
    )
    record_baseline(recorder, "airport__baseline_by_purpose", by_purpose, drivers)
    by_two, by_three = ["terminal", "wave"], ["purpose", "terminal", "wave"]
    recorder.step("airport__baseline_by_two", cx.baseline, survey, touchpoint_map, by=by_two)
    recorder.step("airport__baseline_by_three", cx.baseline, survey, touchpoint_map, by=by_three)
    for per in ("stage", "channel", "process"):
        recorder.step(f"airport__baseline_per_{per}", cx.baseline, survey, touchpoint_map, per=per)
    recorder.step(
        "airport__baseline_per_stage_by_purpose", cx.baseline, survey, touchpoint_map, per="stage", by="purpose"
    )
    record_special_surveys(recorder, study)


def record_special_surveys(recorder: Recorder, study: Any) -> None:
    """The airport without weights, by channel, with few answers, and with comments."""
    touchpoint_map, plan, folder = study.map(), study.survey_plan, cx.datasets.sample_folder() / "airport"
    answers = pd.read_csv(folder / "survey.csv")
    roles = {
        "touchpoints": plan.touchpoints,
        "outcome": plan.outcome,
        "scale": plan.scale,
        "outcome_scale": plan.outcome_scale,
        "segments": plan.segments,
        "time": plan.time,
    }
    unweighted = recorder.step("airport__unweighted", cx.baseline, cx.Survey(answers, **roles), touchpoint_map)
    recorder.side("airport__unweighted", unweighted, "response_bias", AIRPORT_BASE)
    channels = cx.Survey(answers, **roles, channel="terminal", weight="weight")
    by_channel = recorder.step("airport__channels", cx.baseline, channels, touchpoint_map)
    recorder.side("airport__channels", by_channel, "consistency")
    recorder.side("airport__channels", by_channel, "verdicts")
    pilot = recorder.step("airport__pilot", cx.baseline, cx.Survey(answers.head(40), **roles), by="purpose")
    recorder.side("airport__pilot", pilot, "blind_spots", margin=0.2)
    written = cx.Survey(
        folder / "comments.csv",
        touchpoints=AIRPORT_WRITTEN,
        outcome="overall",
        scale=cx.Scale(1, 5, blank=[0]),
        segments=["purpose"],
        comments={name: f"{column}_comment" for name, column in AIRPORT_WRITTEN.items()},
        emotion={name: f"{column}_feeling" for name, column in AIRPORT_WRITTEN.items()},
    )
    for name, options in {"airport__written": {}, "airport__written_by_purpose": {"by": "purpose"}}.items():
        card = recorder.step(name, cx.baseline, written, touchpoint_map, **options)
        recorder.side(name, card, "emotion")
        recorder.side(name, card, "comments", touchpoint="Security", codebook=AIRPORT_CODEBOOK)


def record_airport_plans(recorder: Recorder, study: Any, drivers: Any) -> None:
    """What if, quick wins and road map, from drivers of all."""
    touchpoint_map, initiatives = study.map(), study.initiatives()
    link = {"touchpoint_map": touchpoint_map}
    recorder.step("airport__initiatives", lambda: initiatives)
    recorder.step("airport__what_if", cx.what_if, drivers, AIRPORT_TARGETS, **link)
    recorder.step("airport__what_if_nps", cx.what_if, drivers, {"Wi-Fi": 0.3}, measure="NPS", **link)
    money = {"money": cx.RetentionLink(**AIRPORT_MONEY), **link}
    recorder.step("airport__what_if_money", cx.what_if, drivers, AIRPORT_TARGETS, **money)
    recorder.step("airport__quick_wins_money", cx.quick_wins, drivers, initiatives, **money)
    wins = recorder.step("airport__quick_wins", cx.quick_wins, drivers, initiatives, **link)
    recorder.side("airport__quick_wins", wins, "together", [0, 1])
    limits = dict(study.roadmap_plan.options) | {"time_limit": TIME_LIMIT}
    record_plan(recorder, "airport__quick_wins", wins, limits)


def record_airport_impact(recorder: Recorder, study: Any) -> None:
    """The renewed Wi-Fi by two designs, the waves, and the paths of passengers."""
    survey, before, after = study.survey(), [2022, 2023], [2024, 2025]
    waves = {"before": before, "after": after}
    treated = {"terminal": "Terminal 2"}
    for metric in ("Wi-Fi", "recommend", "overall"):
        name = f"airport__impact_{file_name(metric)}"
        recorder.step(f"{name}__before_after", cx.before_after, survey, metric=metric, **waves)
        adjusted = {"adjust": ["purpose", "residence"], **waves}
        recorder.step(f"{name}__adjusted", cx.before_after, survey, metric=metric, **adjusted)
        differences = {"treated": treated, **waves}
        recorder.step(f"{name}__differences", cx.difference_in_differences, survey, metric=metric, **differences)
        recorder.step(f"{name}__monitor", cx.monitor, survey, metric=metric)
        recorder.step(f"{name}__monitor_by_terminal", cx.monitor, survey, metric=metric, by="terminal")
    log = study.journeys()
    recorder.step("airport__journeys", lambda: log.customers)
    recorder.step("airport__paths", cx.paths, log)
    leisure = log.where(cx.Segment("Leisure", {"purpose": "leisure"}))
    recorder.step("airport__paths_leisure", cx.paths, leisure, top=5)


def record_sample_sizes(recorder: Recorder, survey: Any) -> None:
    """How many answers are needed, from what is known and from a survey."""
    known: dict[str, dict[str, Any]] = {
        "mean": {"margin": 0.1, "sd": 1},
        "mean_difference": {"difference": 0.2, "sd": 1, "response_rate": 0.2},
        "share": {"measure": "csat", "margin": 0.03, "share": 0.8, "population": 5000},
        "nps": {"measure": "nps", "margin": 5, "promoters": 0.5, "detractors": 0.2},
        "driver": {"measure": "driver", "effect": 0.02, "drivers": 12, "r2": 0.4},
    }
    for name, options in known.items():
        recorder.step(f"sample_size__{name}", cx.sample_size, **options)
    recorder.step("sample_size__survey", cx.sample_size, survey, margin=0.1)
    recorder.step("sample_size__survey_nps", cx.sample_size, survey, measure="nps", margin=5, by="purpose")
    recorder.step("sample_size__survey_driver", cx.sample_size, survey, measure="driver", effect=0.02, r2=0.4)


def record_sfo(recorder: Recorder, data_home: Path) -> None:
    """The San Francisco airport survey: five years of answers, drivers of the last one."""
    study = cx.datasets.load_sfo([2013, 2014, 2015, 2016, 2017], data_home=data_home)
    survey, touchpoint_map = study.survey(), study.map()
    record_map(recorder, "sfo__map", touchpoint_map)
    drivers, last_year = record_sfo_drivers(recorder, study, data_home)
    five_years = recorder.step("sfo__baseline", cx.baseline, survey, touchpoint_map)
    record_baseline(recorder, "sfo__baseline", five_years, None)
    latest = recorder.step("sfo__baseline_2017", cx.baseline, last_year, touchpoint_map)
    record_baseline(recorder, "sfo__baseline_2017", latest, drivers)
    waves = survey.where(cx.Segment("2017", {"year": 2017}))
    card = recorder.step("sfo__baseline_wave", cx.baseline, waves, touchpoint_map)
    comments = {"touchpoint": "Feeling safe", "codebook": SFO_CODEBOOK}
    recorder.side("sfo__baseline_wave", card, "comments", **comments)
    for by in ("purpose", ["year", "boarding_area"], ["year", "flight", "gender"]):
        name = "_".join([by] if isinstance(by, str) else by)
        recorder.step(f"sfo__baseline_by_{name}", cx.baseline, survey, touchpoint_map, by=by)
    for per in ("stage", "channel", "process"):
        recorder.step(f"sfo__baseline_per_{per}", cx.baseline, waves, touchpoint_map, per=per)
    record_sfo_plans(recorder, study, drivers)
    for metric in ("Wi-Fi", "overall"):
        name, years = f"sfo__impact_{file_name(metric)}", {"before": 2013, "after": 2014}
        recorder.step(f"{name}__before_after", cx.before_after, survey, metric=metric, **years)
        adjust = ["residence", "purpose"]
        recorder.step(f"{name}__adjusted", cx.before_after, survey, metric=metric, adjust=adjust, **years)
        recorder.step(f"{name}__monitor", cx.monitor, survey, metric=metric)
        recorder.step(f"{name}__monitor_by_flight", cx.monitor, survey, metric=metric, by="flight")


def record_sfo_drivers(recorder: Recorder, study: Any, data_home: Path) -> tuple[Any, Any]:
    """Drivers of recommendation in 2017, of the twelve touchpoints that everybody was asked about; and the survey."""
    plan = study.survey_plan
    survey = cx.Survey(
        cx.datasets.load_sfo(2017, data_home=data_home).survey_plan.data,
        touchpoints={name: plan.touchpoints[name] for name in SFO_TOUCHPOINTS},
        outcome={"recommend": "nps"},
        scale=plan.scale,
        outcome_scale=plan.outcome_scale["recommend"],
        segments=["flight", "residence", "purpose", "first_time", "had_problem"],
        weight="weight",
    )
    drivers = recorder.step("sfo__drivers", cx.drivers, survey)
    record_drivers(recorder, "sfo__drivers", drivers, study.map())
    by_flight = recorder.step("sfo__drivers_by_flight", cx.drivers, survey, by="flight")
    record_drivers(recorder, "sfo__drivers_by_flight", by_flight, study.map())
    recorder.step("sfo__find_segments", cx.find_segments, survey, survey.segments)
    return drivers, survey


def record_sfo_plans(recorder: Recorder, study: Any, drivers: Any) -> None:
    """What if, quick wins and road map of the case's illustrative initiatives."""
    ideas = cx.read_initiatives(SFO_INITIATIVES, study.touchpoint_names)
    known = ideas[[set(names) <= set(SFO_TOUCHPOINTS) for names in ideas["touchpoints"]]]
    link = {"touchpoint_map": study.map()}
    recorder.step("sfo__what_if", cx.what_if, drivers, {"Restaurants": "standard", "Wi-Fi": 0.2}, **link)
    wins = recorder.step("sfo__quick_wins", cx.quick_wins, drivers, known, **link)
    record_plan(recorder, "sfo__quick_wins", wins, SFO_LIMITS)


def write(folder: Path) -> None:
    """Run the whole loop and write all it gives."""
    started, recorder = perf_counter(), Recorder(folder)
    record_airport(recorder)
    data_home = Path(os.environ.get("CXLENS_TEST_DATA", "../shared")) / "sfo"
    if data_home.is_dir():
        record_sfo(recorder, data_home)
    else:
        print(f"Without the San Francisco airport survey: {data_home} is not there.")
    tables, errors = len(list(folder.glob("*.csv"))), len(list(folder.glob("*__error.txt")))
    print(f"{tables} tables and {errors} errors in {perf_counter() - started:.0f} s, in {folder}.")


def compare(before: Path, after: Path) -> list[str]:
    """What differs between two folders, a line each: tables that one of them lacks, rows, columns and figures.

    A step that raises in one of them only is a difference; what is said in words is not, see :func:`compare_words`.
    """
    old, new = (tables_and_errors(folder) for folder in (before, after))
    lines = [f"{name}: only in {before}" for name in sorted(old - new)]
    lines += [f"{name}: only in {after}" for name in sorted(new - old)]
    for name in sorted(old & new):
        if name.endswith(".csv"):
            lines += compare_tables(name.removesuffix(".csv"), read_table(before / name), read_table(after / name))
    return lines


def tables_and_errors(folder: Path) -> set[str]:
    """The files of a folder that must be in the other, too."""
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there.")
    return {path.name for pattern in ("*.csv", "*__error.txt") for path in folder.glob(pattern)}


def read_table(path: Path) -> pd.DataFrame:
    """A table as it was written, all texts: what is a number is decided column by column, for both tables."""
    if not path.read_text(encoding="utf-8").strip():
        return pd.DataFrame()  # a table without columns
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def compare_tables(name: str, old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """What differs between two tables: columns that one lacks, the number of rows, else the cells, column by column."""
    lines = [f"{name}, {column}: column gone" for column in old.columns.difference(new.columns, sort=False)]
    lines += [f"{name}, {column}: new column" for column in new.columns.difference(old.columns, sort=False)]
    if len(old) != len(new):
        return [*lines, f"{name}: {len(old)} rows before, {len(new)} after"]
    for column in old.columns.intersection(new.columns, sort=False):
        difference = compare_columns(column, old[column], new[column])
        if difference:
            lines.append(f"{name}, {column}: {difference}")
    return lines


def compare_columns(column: str, old: pd.Series[str], new: pd.Series[str]) -> str:
    """How two columns differ, in words; nothing where they do not."""
    try:
        differs = numbers_differ(as_numbers(old), as_numbers(new), SHARES_OF_DRAWS.get(column))
    except ValueError:  # texts
        differs = (old != new).to_numpy()
    if not differs.any():
        return ""
    row = int(differs.argmax())
    return (
        f"{differs.sum()} of {len(old)} differ, first in row {row}: {old.iloc[row]!r} before, {new.iloc[row]!r} after"
    )


def as_numbers(column: pd.Series[str]) -> np.ndarray:
    """A column of texts as numbers, blank ones as NaN."""
    return column.replace("", "nan").to_numpy(dtype=float)


def numbers_differ(old: np.ndarray, new: np.ndarray, draws: int | None) -> np.ndarray:
    """Where numbers differ by more than they may: shares of draws by some draws, all others by rounding."""
    if draws is not None:
        return ~np.isclose(new, old, rtol=0, atol=DRAWS_OFF / draws + RELATIVE, equal_nan=True)
    return ~np.isclose(new, old, rtol=RELATIVE, atol=ROUNDING, equal_nan=True)


def compare_words(before: Path, after: Path) -> list[str]:
    """Sentences that one folder has and the other has not: to be read, no failure."""
    lines = []
    for name in sorted({path.name for folder in (before, after) for path in folder.glob("*.txt")}):
        old, new = (sentences_of(folder / name) for folder in (before, after))
        lines += [f"{name}: - {sentence}" for sentence in old if sentence not in new]
        lines += [f"{name}: + {sentence}" for sentence in new if sentence not in old]
    return lines


def sentences_of(path: Path) -> list[str]:
    """The sentences of a text file; none where it is not there."""
    text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return re.split(r"(?<=[.!?:])\s+|\n", text) if text else []


def main() -> int:
    """Write or compare, as the command line says; 1 where figures differ."""
    parser = argparse.ArgumentParser(description="Are the figures still the same?")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("write", help="run the whole loop").add_argument("folder", type=Path)
    comparing = commands.add_parser("compare", help="print what differs")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    given = parser.parse_args()
    if given.command == "write":
        write(given.folder)
        return 0
    differences = compare(given.before, given.after)
    words = compare_words(given.before, given.after)
    print("\n".join([*differences, *words]) or "Nothing differs.")
    print(f"{len(differences)} differences in figures, {len(words)} in words.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
