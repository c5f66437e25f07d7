"""What a study lacks, or has but weakly, in order of harm.

When something is lacking is said here; how it harms, in words, by ``study_checks.toml``. Only the plan is read: no
figure of an answer, and no file. What a study refuses outright is said by the nouns.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cxlens.errors import listing

if TYPE_CHECKING:
    from cxlens.study.study import Study
    from cxlens.study.touchpoints import TouchpointMap

Lacking = dict[str, Sequence[str] | bool]  # names of those concerned by a check, or whether it concerns the whole
NamedDates = list[tuple[str, str]]  # pairs of what a date belongs to, and the date
Harm = Literal["blocks", "misleads", "weakens"]
COLUMNS = ["harm", "part", "what", "next"]


def check_study(study: Study, today: dt.date | None = None) -> pd.DataFrame:
    """The table of :meth:`cxlens.Study.check`: columns ``harm``, ``part``, ``what``, ``next``, the worst first."""
    if isinstance(today, dt.datetime):
        today = None if pd.isna(today) else today.date()
    lacking = _lacking(study, today or dt.date.today())
    text = Path(__file__).with_name("study_checks.toml").read_text(encoding="utf-8")
    findings = []
    for key, check in tomllib.loads(text).items():
        concerned = lacking.get(key)
        if not concerned:
            continue
        names = "" if isinstance(concerned, bool) else listing(concerned)
        sentence = check["what"].format(names)
        findings.append({**check, "what": sentence})
    return pd.DataFrame(findings, columns=COLUMNS)


def _lacking(study: Study, today: dt.date) -> Lacking:
    """Every check, by its key in ``study_checks.toml``; those of the map only where there is one."""
    lacking = {
        **_parts(study),
        **_unsaid(study),
        **_without_date(study),
        **_doubtful_dates("objectives", _dates_of_objectives(study), today),
        **_doubtful_dates("targets", _dates_of_targets(study), today),
        **_methods(study),
    }
    if study.touchpoint_map:
        lacking.update(_gaps(study.touchpoint_map))
        lacking.update(_survey_beside_map(study, study.touchpoint_map))
    return lacking


def _without(entries: Iterable[Any], key: str) -> list[str]:
    """Names of the entries of which something is not said."""
    return [entry.name for entry in entries if getattr(entry, key) in ("", None, ())]


def _parts(study: Study) -> Lacking:
    """Whole parts that are not there."""
    kinds = {method.kind for method in study.methods}
    heard_inside = kinds & {"employee survey", "workshop"}
    return {
        "no_objective": not study.objectives,
        "no_survey": study.survey_plan is None,
        "no_map": study.touchpoint_map is None,
        "no_methods": not study.methods,
        "no_segments": not study.segments,
        "no_targets": not study.targets,
        "no_units": not study.units,
        "no_systems": not study.systems,
        "nobody_inside": not heard_inside,
        "internal_users": all(target.of == "customers" for target in study.targets),
    }


def _unsaid(study: Study) -> Lacking:
    """Entries of which something is not said; personas nobody can count, segments nobody can picture."""
    pictured = {persona.segment for persona in study.personas}
    poor_systems = [system for system in study.systems if system.condition == "poor"]
    return {
        "objective_kpi": _without(study.objectives, "kpi"),
        "objective_target": _without(study.objectives, "target"),
        "objective_goal": _without(study.objectives, "goal"),
        "objective_date": _without(study.objectives, "date"),
        "persona_segment": _without(study.personas, "segment"),
        "segment_persona": [segment.name for segment in study.segments if segment.name not in pictured],
        "segment_value": _without(study.segments, "value"),
        "segment_cost": _without(study.segments, "cost_to_serve"),
        "unit_role": _without(study.units, "role"),
        "poor_system": _without(poor_systems, "upgrade"),
        "method_cadence": _without(study.methods, "cadence"),
    }


def _dates_of_objectives(study: Study) -> NamedDates:
    return [(objective.name, objective.date) for objective in study.objectives]


def _dates_of_targets(study: Study) -> NamedDates:
    """A target has no name: it is known by metric, touchpoint and segment."""
    dates = []
    for target in study.targets:
        words = filter(None, (target.metric, target.touchpoint, target.segment))
        dates.append((", ".join(words), target.date))
    return dates


def _without_date(study: Study) -> Lacking:
    """Targets that are never due."""
    return {"target_date": [name for name, date in _dates_of_targets(study) if not date]}


def _doubtful_dates(part: str, dates: NamedDates, today: dt.date) -> Lacking:
    """Dates that are past, or that nobody can read."""
    past = []
    vague = []
    for name, date in dates:
        if not date:
            continue
        try:
            day = dt.date.fromisoformat(date)
        except ValueError:
            vague.append(f"{name} ({date})")
            continue
        if day < today:
            past.append(f"{name} ({date})")
    return {f"past_{part}": past, f"vague_{part}": vague}


def _methods(study: Study) -> Lacking:
    """Touchpoints where nobody looks, or only from one side."""
    uncovered = []
    survey_only = []
    one_kind = []
    for touchpoint in study.touchpoint_names:
        kinds = {method.kind for method in study.methods if touchpoint in method.touchpoints}
        if not kinds:
            uncovered.append(touchpoint)
        elif kinds == {"survey"}:
            survey_only.append(touchpoint)
        elif len(kinds) == 1:
            one_kind.append(touchpoint)
    return {
        "uncovered": uncovered if study.methods else [],
        "survey_only": survey_only,
        "one_kind": one_kind,
    }


def _gaps(touchpoint_map: TouchpointMap) -> Lacking:
    """What the map shows to be missing, and what it does not say."""
    gaps = touchpoint_map.gaps()
    is_empty_stage = gaps["gap"] == "stage"
    empty_stages = gaps.loc[is_empty_stage, "stage"].tolist()
    is_elsewhere = ~gaps["stage"].isin(empty_stages)
    is_unmet_need = (gaps["gap"] == "need") & is_elsewhere
    return {
        "empty_stage": empty_stages,
        "unmet_need": gaps.loc[is_unmet_need, "need"].tolist(),
        "no_owner": _without(touchpoint_map, "owner"),
        "no_standard": _without(touchpoint_map, "standards"),
    }


def _survey_beside_map(study: Study, touchpoint_map: TouchpointMap) -> Lacking:
    """Touchpoints that only the map or only the survey knows."""
    names = touchpoint_map.names
    asked = names
    if study.survey_plan:
        asked = tuple(study.survey_plan.touchpoints)
    return {
        "not_asked": [name for name in names if name not in asked],
        "not_on_map": [name for name in asked if name not in names],
    }
