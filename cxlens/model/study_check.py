"""What a study lacks, or has but weakly, in order of harm.

Only the plan is read: no figure of an answer, and no file. What a study refuses outright is said by the nouns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import pandas as pd

from cxlens.errors import listing

if TYPE_CHECKING:
    from cxlens.model.study import Study, Target
    from cxlens.model.touchpoints import TouchpointMap

# blocks: there is nothing to find or to decide. misleads: what is found looks whole and is not. weakens: the same
# finding would be worth more.
Harm = Literal["blocks", "misleads", "weakens"]


class Finding(NamedTuple):
    """Something that is missing: how it harms, in which part, a sentence with the reason, and what to do."""

    harm: Harm
    part: str
    what: str
    next: str


def check_study(study: Study, today: dt.date | None = None) -> pd.DataFrame:
    """The table of :meth:`cxlens.Study.check`: columns ``harm``, ``part``, ``what``, ``next``, the worst first."""
    checks: tuple[Callable[[Study], Iterable[Finding]], ...] = (
        _absent, _touchpoints, lambda one: _dates(one, today or dt.date.today()), _groups, _inside,
    )  # fmt: skip
    order = get_args(Harm)
    found = sorted((one for check in checks for one in check(study)), key=lambda one: order.index(one.harm))
    return pd.DataFrame(found, columns=list(Finding._fields))


def _told(harm: Harm, part: str, names: Iterable[object], what: str, next: str) -> list[Finding]:  # noqa: A002
    """A finding about entries, where there are any; ``{}`` in the sentence is their names."""
    listed = list(dict.fromkeys(map(str, names)))
    return [Finding(harm, part, what.format(listing(listed)), next)] if listed else []


def _absent(study: Study) -> list[Finding]:
    """Whole parts that are not there, and objectives of which something is not said."""
    parts: tuple[tuple[Harm, str, Any, str, str], ...] = (
        ("blocks", "objectives", study.objectives, "Without an objective nobody can say what is to be decided.",
         "Add [[objectives]] with name, goal, kpi, target and date."),
        ("blocks", "survey", study.survey_plan, "Without a survey no touchpoint has a figure.",
         "Add [survey] with data, touchpoints and outcomes."),
        ("misleads", "map", study.touchpoint_map,
         "Without a map only touchpoints that somebody asks about are seen, never those that are missing.",
         "Add [map] with touchpoints, a CSV file."),
        ("misleads", "segments", study.segments, "Without segments an average hides who is served badly.",
         "Add [[segments]] with name and where."),
        ("misleads", "methods", study.methods,
         "Without research methods nobody sees which touchpoints are looked at by none.",
         "Add [[methods]] with name, kind, touchpoints and cadence."),
        ("weakens", "units", study.units, "No business unit is named, so nobody is prepared to act on what is found.",
         "Add [[units]] with name and role."),
        ("weakens", "systems", study.systems, "No data system is named, so what needs upgrading shows too late.",
         "Add [[systems]] with name, holds, condition and upgrade."),
        ("weakens", "targets", study.targets, "Without a target no figure is good enough or too low.",
         "Add [[targets]] with metric, target, touchpoint, segment and date."),
    )  # fmt: skip
    found = [Finding(harm, part, what, then) for harm, part, there, what, then in parts if not there]
    said: tuple[tuple[Harm, str, str], ...] = (
        ("misleads", "kpi", "Nothing measures {}, so whatever comes out can be called a success."),
        ("misleads", "target", "No figure is set for {}, so whatever comes out can be called a success."),
        ("weakens", "goal", "No corporate goal stands behind {}, so others will not give it time or money."),
        ("weakens", "date", "No date is set for {}, so it is never due."),
    )
    for harm, key, what in said:
        silent = [one.name for one in study.objectives if getattr(one, key) in ("", None)]
        found += _told(harm, "objectives", silent, what, f"Add {key} to [[objectives]].")
    return found


def _dates(study: Study, today: dt.date) -> list[Finding]:
    """Dates that are past, that nobody can read, or that are not there."""
    named = [("objectives", one.name, one.date) for one in study.objectives]
    named += [("targets", _words(one), one.date) for one in study.targets]
    found: list[Finding] = []
    for part in ("objectives", "targets"):
        past, words = [], []
        for name, date in ((name, date) for where, name, date in named if where == part and date):
            try:
                past += [f"{name} ({date})"] if dt.date.fromisoformat(date) < today else []
            except ValueError:
                words.append(f"{name} ({date})")
        late = "The date is past of {}, so what is found now comes too late for it."
        found += _told("misleads", part, past, late, f"Set a new date in [[{part}]], or take the entry out.")
        vague = "The date is in words of {}, so whether it is past cannot be checked."
        found += _told("weakens", part, words, vague, f"Write date = 2027-12-31 in [[{part}]].")
    undated = [_words(one) for one in study.targets if not one.date]
    return found + _told("weakens", "targets", undated, "No date is set for {}, so it is never due.",
                         "Add date to [[targets]].")  # fmt: skip


def _words(target: Target) -> str:
    return ", ".join(filter(None, (target.metric, target.touchpoint, target.segment)))


def _touchpoints(study: Study) -> list[Finding]:
    """Where nobody looks, or only from one side; and what the map does not say."""
    found: list[Finding] = []
    kinds: dict[str, set[str]] = {name: set() for name in study.touchpoint_names}
    for method in study.methods:
        for name in method.touchpoints:
            kinds.setdefault(name, set()).add(method.kind)
    if study.methods:
        blind = [name for name, own in kinds.items() if not own]
        found += _told("misleads", "methods", blind, "No research method covers {}, so nothing bad is heard of it.",
                       "Add it to the touchpoints of a method in [[methods]].")  # fmt: skip
        alone = [name for name, own in kinds.items() if own == {"survey"}]
        found += _told("misleads", "methods", alone,
                       "Only a survey covers {}: it hears those who answer, and nothing is held against it.",
                       "Add an event log, a mystery visit or interviews in [[methods]].")  # fmt: skip
        single = [name for name, own in kinds.items() if len(own) == 1 and name not in alone]
        found += _told("weakens", "methods", single, "Only one kind of method covers {}, so nothing confirms it.",
                       "Add a second kind in [[methods]].")  # fmt: skip
    silent = [one.name for one in study.methods if not one.cadence]
    found += _told("weakens", "methods", silent, "How often {} runs is not said, so no change can be expected from it.",
                   "Add cadence to [[methods]].")  # fmt: skip
    return found + (_map(study, study.touchpoint_map) if study.touchpoint_map else [])


def _map(study: Study, places: TouchpointMap) -> list[Finding]:
    """What the map shows to be missing, and what it does not say."""
    gaps, asked = places.gaps(), list(study.survey_plan.touchpoints) if study.survey_plan else None
    empty = gaps.loc[gaps["gap"] == "stage", "stage"].tolist()
    unmet = gaps.loc[(gaps["gap"] == "need") & ~gaps["stage"].isin(empty), "need"]
    found = _told("misleads", "map", empty, "No touchpoint lies on the stage {}, so no answer will ever tell of it.",
                  "Add a touchpoint to the file of [map], or take the stage out.")  # fmt: skip
    found += _told("misleads", "map", unmet, "Nothing serves the need: {}. Scores of what is there do not show that.",
                   "Name the need at a touchpoint in the file of [map], or add a touchpoint.")  # fmt: skip
    if asked is not None:
        found += _told("misleads", "survey", [name for name in places.names if name not in asked],
                       "The survey does not ask about {}, so it seems to be no problem.",
                       "Add a column to [survey.touchpoints].")  # fmt: skip
        found += _told("misleads", "map", [name for name in asked if name not in places],
                       "The survey asks about {}, which has no place on the map, and so no owner and no stage.",
                       "Add a line to the file of [map].")  # fmt: skip
    found += _told("weakens", "map", [one for one in places if not one.owner],
                   "Nobody owns {}, so nobody acts on what is found there.",
                   "Fill the column owner in the file of [map].")  # fmt: skip
    return found + _told("weakens", "map", [one for one in places if not one.standards],
                         "No standard is set for {}, so nobody can say whether it is good enough.",
                         "Fill the column standards in the file of [map].")  # fmt: skip


def _groups(study: Study) -> list[Finding]:
    """Personas nobody can count, segments nobody can picture or value."""
    drawn = {one.segment for one in study.personas}
    found = _told("misleads", "personas", [one.name for one in study.personas if not one.segment],
                  "No segment belongs to {}, so how many there are, and how they are served, stays a guess.",
                  "Add segment to [[personas]].")  # fmt: skip
    found += _told("weakens", "personas", [one.name for one in study.segments if one.name not in drawn],
                   "No persona stands for the segment {}, so nobody can picture whom a figure is about.",
                   "Add [[personas]] with segment.")  # fmt: skip
    for key, words in (("value", "What a customer of {} is worth"), ("cost_to_serve", "What serving {} costs")):
        lacking = [one.name for one in study.segments if getattr(one, key) is None]
        found += _told("weakens", "segments", lacking, f"{words} is not said, so all segments count the same.",
                       f"Add {key} to [[segments]].")  # fmt: skip
    return found


def _inside(study: Study) -> list[Finding]:
    """The organisation's own side: systems, units, employees."""
    poor = [one.name for one in study.systems if one.condition == "poor" and not one.upgrade]
    found = _told("misleads", "systems", poor, "No upgrade is planned for {}, whose condition is poor: figures from it "
                  "look like any other.", "Add upgrade to [[systems]].")  # fmt: skip
    found += _told("weakens", "units", [one.name for one in study.units if not one.role],
                   "The role of {} is not said, so nobody knows what to expect of it.",
                   "Add role to [[units]].")  # fmt: skip
    if not {"employee survey", "workshop"} & {one.kind for one in study.methods}:
        found.append(Finding("weakens", "methods", "Employees are not heard, who know causes customers do not see.",
                             'Add [[methods]] with kind = "employee survey" or "workshop".'))  # fmt: skip
    if not any(one.of == "internal users" for one in study.targets):
        found.append(Finding("weakens", "targets", "No target says how content the users of the results in the "
                             "organisation shall be, so a study nobody uses would pass for a good one.",
                             'Add [[targets]] with of = "internal users".'))  # fmt: skip
    return found
