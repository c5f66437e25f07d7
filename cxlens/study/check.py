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
Harm = Literal["blocks", "misleads", "weakens"]
COLUMNS = ["harm", "part", "what", "next"]


def check_study(study: Study, today: dt.date | None = None) -> pd.DataFrame:
    """The table of :meth:`cxlens.Study.check`: columns ``harm``, ``part``, ``what``, ``next``, the worst first."""
    lacking = _parts(study) | _entries(study) | _dates(study, today or dt.date.today()) | _methods(study)
    lacking |= _map(study, study.touchpoint_map) if study.touchpoint_map else {}
    checks = tomllib.loads(Path(__file__).with_name("study_checks.toml").read_text(encoding="utf-8"))
    found = [(check, lacking[key]) for key, check in checks.items() if lacking.get(key)]
    names = [listing([] if isinstance(who, bool) else who) for _, who in found]
    rows = [check | {"what": check["what"].format(who)} for (check, _), who in zip(found, names, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _without(entries: Iterable[Any], key: str) -> list[str]:
    """Names of the entries of which something is not said."""
    return [one.name for one in entries if getattr(one, key) in ("", None, ())]


def _parts(study: Study) -> Lacking:
    """Whole parts that are not there."""
    return {
        "no_objective": not study.objectives,
        "no_survey": study.survey_plan is None,
        "no_map": study.touchpoint_map is None,
        "no_methods": not study.methods,
        "no_segments": not study.segments,
        "no_targets": not study.targets,
        "no_units": not study.units,
        "no_systems": not study.systems,
        "nobody_inside": not {"employee survey", "workshop"} & {one.kind for one in study.methods},
        "internal_users": all(one.of == "customers" for one in study.targets),
    }


def _entries(study: Study) -> Lacking:
    """Entries of which something is not said; personas nobody can count, segments nobody can picture."""
    drawn = {one.segment for one in study.personas}
    return {
        **{f"objective_{key}": _without(study.objectives, key) for key in ("kpi", "target", "goal", "date")},
        "persona_segment": _without(study.personas, "segment"),
        "segment_persona": [one.name for one in study.segments if one.name not in drawn],
        "segment_value": _without(study.segments, "value"),
        "segment_cost": _without(study.segments, "cost_to_serve"),
        "unit_role": _without(study.units, "role"),
        "poor_system": _without([one for one in study.systems if one.condition == "poor"], "upgrade"),
        "method_cadence": _without(study.methods, "cadence"),
    }


def _dates(study: Study, today: dt.date) -> Lacking:
    """Dates that are past, that nobody can read, or that are not there."""
    targets = [(", ".join(filter(None, (t.metric, t.touchpoint, t.segment))), t.date) for t in study.targets]
    named = {"objectives": [(one.name, one.date) for one in study.objectives], "targets": targets}
    found: Lacking = {"target_date": [name for name, date in targets if not date]}
    for part, dates in named.items():
        past, vague = list[str](), list[str]()
        for name, date in ((name, date) for name, date in dates if date):
            try:
                past += [f"{name} ({date})"] if dt.date.fromisoformat(date) < today else []
            except ValueError:
                vague.append(f"{name} ({date})")
        found |= {f"past_{part}": past, f"vague_{part}": vague}
    return found


def _methods(study: Study) -> Lacking:
    """Touchpoints where nobody looks, or only from one side."""
    kinds = {
        name: {method.kind for method in study.methods if name in method.touchpoints} for name in study.touchpoint_names
    }
    return {
        "uncovered": [name for name, own in kinds.items() if study.methods and not own],
        "survey_only": [name for name, own in kinds.items() if own == {"survey"}],
        "one_kind": [name for name, own in kinds.items() if len(own) == 1 and own != {"survey"}],
    }


def _map(study: Study, places: TouchpointMap) -> Lacking:
    """What the map shows to be missing, and what it does not say."""
    gaps, asked = places.gaps(), tuple(study.survey_plan.touchpoints) if study.survey_plan else places.names
    empty = gaps.loc[gaps["gap"] == "stage", "stage"].tolist()
    return {
        "empty_stage": empty,
        "unmet_need": gaps.loc[(gaps["gap"] == "need") & ~gaps["stage"].isin(empty), "need"].tolist(),
        "not_asked": [name for name in places.names if name not in asked],
        "not_on_map": [name for name in asked if name not in places],
        "no_owner": _without(places, "owner"),
        "no_standard": _without(places, "standards"),
    }
