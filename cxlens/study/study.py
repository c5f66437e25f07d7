"""The study: whom we ask about what, why, and where the data are, in one checked noun.

What it is made of stands in :mod:`cxlens.study.parts`, how it is written down in :mod:`cxlens.study.toml`; figures and
pictures do not belong here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlens.common.arguments import check_fields, misfits_told
from cxlens.common.html import card
from cxlens.common.values import plural
from cxlens.engine.labels import in_word
from cxlens.errors import CxlensError, ValuesError, check_known, listing
from cxlens.files.reading import read_as_said
from cxlens.files.toml_words import in_toml
from cxlens.files.writing import target_of
from cxlens.study import toml
from cxlens.study.changes import Change
from cxlens.study.initiatives import read_at_places, read_initiatives
from cxlens.study.lifecycle import refuse_doubles, settle
from cxlens.study.others import OtherPlan
from cxlens.study.parts import (
    PARTS,
    DataSystem,
    EventsPlan,
    Objective,
    Persona,
    PurchasesPlan,
    ResearchMethod,
    SurveyPlan,
    Target,
    Unit,
    as_source,
)
from cxlens.study.ranges import checked_currency, with_currency
from cxlens.study.roadmap_plan import RoadmapPlan
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey
from cxlens.study.target_levels import check_levels
from cxlens.study.touchpoints import SURVEY_METRICS, TouchpointMap
from cxlens.study.words import Words, renamed, words_of

if TYPE_CHECKING:
    from cxlens.study.journeys import Journey, JourneyLog
    from cxlens.study.purchases import Purchases


# What a study has once, or not at all, and what is read only when it is shown or asked for.
ALONE = (
    "organisation",
    "about",
    "simulated",
    "currency",
    "survey_plan",
    "touchpoint_map",
    "roadmap_plan",
    "events_plan",
    "purchases_plan",
)


# What a plan says beside the roles of the columns of its data.
MAP_TABLE = '[map] with touchpoints = "touchpoints.csv", a table with stage and touchpoint,'
NO_ROLES = ("data", "reading", "silent", "place")


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Study:
    """Everything a touchpoint analysis rests on, described once.

    Parameters
    ----------
    name, organisation, about
        What the study is called, for whom it is made, and what it is about.
    simulated
        True when the data are made up; everything shown then says so.
    currency
        Of all its money, by code or sign, such as ``"EUR"`` or ``"$"``: costs of initiatives that name none are in it.
    objectives, personas, units, systems, methods, targets, changes, planned_journeys
        Tuples of `Objective`, `Persona`, `Unit`, `DataSystem`, `ResearchMethod`, `Target`, `Change` and `Journey`: the
        ways customers are meant to go, which :meth:`journeys` are held against.
    survey_plan, events_plan, purchases_plan
        Where the data are: `SurveyPlan`, `EventsPlan` and `PurchasesPlan`.
    competitors, employees
        Others who were asked the same: ``{name: OtherPlan}``, and an `OtherPlan`.
    comments
        Answers that tell what customers say and feel, where they are not those of the survey: an `OtherPlan`.
    touchpoint_map, segments
        A `TouchpointMap`, and a tuple of `Segment`.
    initiatives_data
        A path to a CSV file, or a pandas frame: see :func:`cxlens.read_initiatives`.
    roadmap_plan
        What a road map has to keep to: a `RoadmapPlan`.
    promises
        What an earlier road map promised: a path or a frame, as :func:`cxlens.read_forecasts` reads it.
    change_answers
        ``{name of a change: OtherPlan}`` where a survey of its own tells of it.

    Notes
    -----
    Where the questions stand that an organisation asks itself first: which goals it has, ``goal`` of an `Objective`;
    what the initiative should achieve, the objective's ``name``, ``kpi``, ``target`` and ``date``; which units are
    affected, `Unit`; the condition of the systems and what needs upgrading, ``condition`` and ``upgrade`` of a
    `DataSystem`; whether those inside who use the results are content, a `Target` of internal users. What a kind of
    customer is worth and costs is said by the segment of its `Persona`. `check` tells what is not yet answered.

    Raises
    ------
    OptionError
        When a name comes twice, a touchpoint is named that neither the map nor the survey has, a persona or a
        target names a segment that is not among the study's, a target a metric that the survey does not give, or a
        change a column by which the survey does not tell apart.
    ValuesError
        When a target is a level that its metric can never have, such as 80 of a share.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Study("Airport", organisation="Example Airport", simulated=True)
    Study "Airport" for Example Airport, simulated data: nothing in it yet.
    """

    name: str
    _: KW_ONLY
    organisation: str = ""
    about: str = ""
    simulated: bool = False
    currency: str = ""
    objectives: tuple[Objective, ...] = ()
    personas: tuple[Persona, ...] = ()
    units: tuple[Unit, ...] = ()
    systems: tuple[DataSystem, ...] = ()
    methods: tuple[ResearchMethod, ...] = ()
    targets: tuple[Target, ...] = ()
    survey_plan: SurveyPlan | None = None
    touchpoint_map: TouchpointMap | None = None
    segments: tuple[Segment, ...] = ()
    initiatives_data: Any = None
    roadmap_plan: RoadmapPlan | None = None
    events_plan: EventsPlan | None = None
    competitors: Mapping[str, OtherPlan] = field(default_factory=dict)
    employees: OtherPlan | None = None
    comments: OtherPlan | None = None
    purchases_plan: PurchasesPlan | None = None
    promises: Any = None
    changes: tuple[Change, ...] = ()
    planned_journeys: tuple[Journey, ...] = ()
    change_answers: Mapping[str, OtherPlan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self, ALONE)
        settle(self, {"currency": checked_currency(f"study {self.name!r}", self.currency)})
        for part in PARTS:
            entries = tuple(getattr(self, part))
            settle(self, {part: entries})
            check_fields(self, [part])
            if part != "targets":
                names = [entry.name for entry in entries]
                _refuse_nameless(_singular(part), names)
                refuse_doubles(_singular(part), names, "Give each a name of its own.")
        if self.initiatives_data is not None:
            settle(self, {"initiatives_data": as_source(self.initiatives_data)})
        if self.promises is not None:
            settle(self, {"promises": as_source(self.promises)})
        self._check_touchpoints()
        self._check_segments()
        self._check_metrics()
        self._check_changes()

    @classmethod
    def from_toml(cls, path: str | Path) -> Study:
        """Read a study from a TOML file. Files it names are looked for from its own folder.

        Parameters
        ----------
        path
            The file. Tables: ``study``, ``objectives``, ``personas``, ``units``, ``systems``, ``methods``,
            ``targets``, ``survey``, ``map``, ``segments``, ``initiatives``, ``roadmap``, ``events``,
            ``planned_journeys``, ``competitors``, ``employees``, ``comments``, ``purchases``, ``promises``,
            ``changes``. A range is written ``{from = 1, to = 3}``, either end may be left out; `nan` among the codes of
            a scale stands for an empty cell.

        Returns
        -------
        Study
            The study. Its map is read, survey, initiatives and events are read when asked for.

        Raises
        ------
        FileError, ColumnError
            When the file, or one it names, is not there, not readable, or does not say what it should: the
            message has the file, the table, the key and the line.
        """
        return toml.read_study(Path(path), cls)

    def to_toml(self, path: str | Path) -> None:
        """Write the study as TOML, and beside it what is only in memory.

        That is ``survey.parquet``, ``touchpoints.csv``, ``initiatives.csv`` and ``events.parquet``: files of these
        names in the folder are replaced. Data that are files stay where they are; the study names them from its new
        folder. Each file appears whole or not at all, the study last.

        Where the file is there already and is the TOML of a study, only what has changed in the study changes in it:
        comments, order and blank lines stay. A comment right above the header of a table goes with that table. A file
        whose layout does not allow that, such as ``units = [{name = "a"}]`` where units change, is written anew: as it
        was, it is kept beside as ``study.old.toml``, and a ``UserWarning`` says so.

        Parameters
        ----------
        path
            The file to write, such as ``study.toml``. One that is not the TOML of a study is replaced.

        Raises
        ------
        FileError
            When the folder is not there.
        """
        toml.write_study(self, target_of(path))

    def survey(self) -> Survey:
        """The answers, read and checked.

        Raises
        ------
        CxlensError
            When the study has no survey, or `Survey` refuses the data.
        """
        plan = self.survey_plan
        if plan is None:
            raise _absent("survey", "[survey]", "survey_plan=SurveyPlan(...)")
        with self._placed("survey", plan.data):
            return Survey(_answers(plan), **_roles(plan)).declaring(self.segments)

    def others(self) -> dict[str, Survey]:
        """The answers of competitors' customers by name, and of employees as "employees", read as those of the survey.

        Raises
        ------
        CxlensError
            When the study has no survey, or `Survey` refuses the data.
        """
        plans = dict(self.competitors)
        if self.employees is not None:
            plans["employees"] = self.employees
        surveys: dict[str, Survey] = {}
        if not plans:
            return surveys
        if self.survey_plan is None:
            raise _absent("survey to compare others with", "[survey]", "survey_plan=SurveyPlan(...)")
        for name, plan in plans.items():
            table = "employees" if plan is self.employees else f"competitors.{name}"
            with self._placed(table, plan.data):
                surveys[name] = plan.survey(self.survey_plan)
        return surveys

    def commented(self) -> Survey | None:
        """The answers that tell what customers say and feel: those under ``[comments]``, else those of the survey.

        None where neither has comments or strength of feeling.

        Raises
        ------
        CxlensError
            When the study has no survey, or `Survey` refuses the data.
        """
        if self.survey_plan is None:
            return None
        if self.comments is None:
            plan = self.survey_plan
            return self.survey() if plan.comments or plan.emotion else None
        with self._placed("comments", self.comments.data):
            return self.comments.survey(self.survey_plan)

    def survey_of(self, change: str) -> Survey:
        """The answers that tell of a change, by its name: its own, or else those of the survey.

        Raises
        ------
        OptionError, CxlensError
            When no change is called so, the study has no survey, or `Survey` refuses the data.
        """
        check_known("change", [change], [made.name for made in self.changes], "Changes")
        plan = self.change_answers.get(change)
        if plan is None:
            return self.survey()
        if self.survey_plan is None:
            raise _absent("survey to read other answers by", "[survey]", "survey_plan=SurveyPlan(...)")
        with self._placed("changes.answers", plan.data):
            return plan.survey(self.survey_plan)

    def persona(self, name: str) -> Segment:
        """The segment that a persona stands for: wherever a segment can be asked for, so can a persona.

        Raises
        ------
        OptionError, CxlensError
            ``persona 'Nino' is not known here. Did you mean 'Nina'? Personas: Nina.`` Or when it names no segment of
            the study.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> study.persona("The holiday family")
        Leisure: purpose = leisure
        """
        check_known("persona", [name], tuple(persona.name for persona in self.personas), "Personas")
        if name in self.people:
            return self.people[name]
        raise CxlensError(
            f"persona {name!r} names no segment of the study. Add segment = '...' to it, and the segment to "
            "[[segments]]."
        )

    def map(self) -> TouchpointMap:
        """The touchpoint map.

        Raises
        ------
        CxlensError
            When the study has none.
        """
        if self.touchpoint_map is None:
            raise _absent("touchpoint map", MAP_TABLE, "touchpoint_map=TouchpointMap(...)")
        return self.touchpoint_map

    def initiatives(self) -> pd.DataFrame:
        """The initiatives, read and checked against the touchpoints of the map and the survey, and its places.

        Returns
        -------
        pandas.DataFrame
            As :func:`cxlens.read_initiatives` describes.

        Raises
        ------
        CxlensError
            When the study has none, has neither map nor survey, or the list is not right.
        """
        return initiatives_of(self, self.survey)

    def journeys(self) -> JourneyLog:
        """The observed journeys, read and checked.

        Raises
        ------
        CxlensError
            When the study has no events, or `JourneyLog` refuses the data.
        """
        plan = self.events_plan
        if plan is None:
            raise _absent("events", "[events]", "events_plan=EventsPlan(...)")
        from cxlens.study.journeys import JourneyLog

        with self._placed("events", plan.data):
            return JourneyLog(_answers(plan), **_roles(plan))

    def purchases(self) -> Purchases:
        """What was bought, read and checked; with the segments and the NPS class of those who were asked.

        The survey's segment columns, and "NPS class" (promoters, passives, detractors), are joined by the respondent's
        id where the survey has one; the purchases' own columns of the same name come first. Who was not asked has none.

        Raises
        ------
        CxlensError
            When the study has no purchases, or `Purchases` refuses the data.
        """
        return purchases_of(self, self.survey)

    def check(self, *, today: dt.date | None = None) -> pd.DataFrame:
        """What is missing in the plan or weak, in order of harm. No answer is read.

        Parameters
        ----------
        today
            The day from which dates are past; today by default.

        Returns
        -------
        pandas.DataFrame
            Columns ``harm`` ("blocks": there is nothing to find or to decide; "misleads": what is found looks whole
            and is not; "weakens": it would be worth more), ``part``, ``what`` (a sentence, with the reason) and
            ``next`` (what to do, with table and key of the TOML file). The worst first; empty when nothing is missing.

        Examples
        --------
        >>> import cxlens as cx
        >>> cx.Study("Airport").check()["what"].iloc[0]
        'Without an objective nobody can say what is to be decided.'
        """
        from cxlens.study.check import check_study

        return check_study(self, today)

    @contextmanager
    def _placed(self, table: str, data: Any) -> Iterator[None]:
        """Tell a fault in the data with its place in the study."""
        try:
            yield
        except CxlensError as error:
            file = f" ({data.name})" if isinstance(data, Path) else ""
            is_in_memory = not isinstance(data, (Path, Mapping, tuple))
            said = str(error) if is_in_memory else in_toml(str(error))  # a file of a study names files
            raise type(error)(f"[{table}] of study {self.name!r}{file}: {said}") from error

    @property
    def touchpoint_names(self) -> tuple[str, ...]:
        """The touchpoints of the map and of the survey, each once."""
        on_map = self.touchpoint_map.names if self.touchpoint_map else ()
        asked = renamed(self.survey_plan.touchpoints, self.survey_plan.names) if self.survey_plan else ()
        return tuple(dict.fromkeys([*on_map, *asked]))

    @property
    def table(self) -> pd.DataFrame:
        """What is in the study: columns ``part`` and ``entries`` (their number, then their names)."""
        rows = []
        for part in PARTS:
            names = [getattr(entry, "name", None) or entry.metric for entry in getattr(self, part)]
            if names:
                rows.append((part, f"{len(names)}: {listing(names)}"))
        rows.extend(self._single_parts().items())
        return pd.DataFrame(rows, columns=["part", "entries"])

    def _single_parts(self) -> dict[str, str]:
        """The parts of which there is one, each in words."""
        words = {}
        if self.survey_plan:
            words["survey"] = _survey_in_words(self.survey_plan)
        if self.touchpoint_map:
            words["map"] = f"{len(self.touchpoint_map)}: {listing(self.touchpoint_map.names)}"
        if self.initiatives_data is not None:
            words["initiatives"] = _where(self.initiatives_data)
        if self.roadmap_plan:
            words["roadmap"] = str(self.roadmap_plan)
        if self.events_plan:
            words["events"] = _where(self.events_plan.data)
        if self.competitors:
            words["competitors"] = listing(self.competitors)
        if self.employees:
            words["employees"] = _where(self.employees.data)
        if self.comments:
            words["comments"] = _where(self.comments.data)
        if self.purchases_plan:
            words["purchases"] = _where(self.purchases_plan.data)
        if self.promises is not None:
            words["promises"] = _where(self.promises)
        return words

    def _check_touchpoints(self) -> None:
        """Where there is a map, no touchpoint may be named that neither it nor the survey has."""
        if not self.touchpoint_map:
            return
        known = self.touchpoint_names
        for method in self.methods:
            thing = f"method {method.name!r}: touchpoint"
            _check_named(thing, method.touchpoints, known, "Touchpoints")
        for target in self.targets:
            thing = f"target {target.metric!r}: touchpoint"
            _check_named(thing, [target.touchpoint], known, "Touchpoints")
        for journey in self.planned_journeys:
            thing = f"planned journey {journey.name!r}: touchpoint"
            _check_named(thing, journey.touchpoints, known, "Touchpoints")

    @property
    def people(self) -> dict[str, Segment]:
        """The segments by name; also by that of the personas who stand for them."""
        segments = {segment.name: segment for segment in self.segments}
        personas = {persona.name: segments[persona.segment] for persona in self.personas if persona.segment in segments}
        return {**personas, **segments}

    @property
    def _outcome_names(self) -> list[str]:
        """The outcomes of the survey, by column and by words."""
        return self._named_outcomes(self.survey_plan.outcome) if self.survey_plan else []

    def _named_outcomes(self, outcomes: Mapping[str, Any]) -> list[str]:
        """Outcomes by column and by words, named as in the survey."""
        names = self.survey_plan.names if self.survey_plan else {}
        words = [words_of(column, Words.of(names, None, None), outcomes) for column in outcomes]
        return list(dict.fromkeys([*outcomes, *words]))

    def _check_segments(self) -> None:
        """Where there are segments, no other may be named."""
        known = tuple(segment.name for segment in self.segments)
        if not known:
            return
        for persona in self.personas:
            thing = f"persona {persona.name!r}: segment"
            _check_named(thing, [persona.segment], known, "Segments")
        for target in self.targets:
            thing = f"target {target.metric!r}: segment"
            if target.segment not in self.people:
                _check_named(thing, [target.segment], known, "Segments")

    def _check_metrics(self) -> None:
        """Where there is a survey, no target of customers may name a metric that it does not give."""
        if not self.survey_plan:
            return
        known = [*SURVEY_METRICS, "NPS", *self._outcome_names]
        named = [target.metric for target in self.targets if target.of == "customers"]
        check_known("target: metric", named, known, "Metrics")
        check_levels(self.targets, self.survey_plan)

    def _check_changes(self) -> None:
        """A change names metrics and columns of the answers that tell of it, as far as the study says them."""
        check_known("change_answers: change", self.change_answers, [change.name for change in self.changes], "Changes")
        for change in self.changes:
            thing = f"change {change.name!r}:"
            answers = self.change_answers.get(change.name)
            metrics = self._metrics_asked(answers)
            if metrics:
                _check_named(f"{thing} metric", change.metrics, metrics, "Touchpoints and outcomes")
            plan = answers or self.survey_plan
            if plan is None:
                continue
            segments = [*plan.segments, getattr(plan, "channel", None)]
            columns = [*segments, getattr(plan, "cluster", None)]
            _check_named(f"{thing} column", change.where or (), list(filter(None, columns)), "Columns")
            _check_named(f"{thing} started", [change.started or ""], list(filter(None, segments)), "Segments")

    def _metrics_asked(self, answers: OtherPlan | None) -> list[str]:
        """Touchpoints and outcomes of the survey, or of other answers; what these do not say is as in the survey."""
        touchpoints: Iterable[str] = self.touchpoint_names
        outcomes = self._outcome_names
        if answers is not None and answers.touchpoints:
            touchpoints = answers.touchpoints
        if answers is not None and answers.outcome:
            outcomes = self._named_outcomes(answers.outcome)
        return list(dict.fromkeys([*touchpoints, *outcomes])) if touchpoints else []

    def __repr__(self) -> str:
        counts = []
        for part in PARTS:
            entries = getattr(self, part)
            if entries:
                counts.append(plural(len(entries), _singular(part)))
        contents = ", ".join([*counts, *self._single_parts()])
        whose = f" for {self.organisation}" if self.organisation else ""
        made = ", simulated data" if self.simulated else ""
        return f'Study "{self.name}"{whose}{made}: {contents or "nothing in it yet"}.'

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.about)


def _roles(plan: SurveyPlan | EventsPlan | PurchasesPlan) -> dict[str, Any]:
    """What a plan says of the columns of its data."""
    names = [item.name for item in fields(plan) if item.name not in NO_ROLES]
    return {name: getattr(plan, name) for name in names}


def _answers(plan: SurveyPlan | EventsPlan | PurchasesPlan) -> Any:
    """Where the data are, or the data, read as the plan says."""
    if plan.reading is None:
        return plan.data
    return read_as_said(plan.data, plan.reading, plan.time)


def _singular(part: str) -> str:
    return part.removesuffix("s").replace("_", " ")


def _refuse_nameless(thing: str, names: Sequence[str]) -> None:
    """Refuse an entry without a name."""
    for place, name in enumerate(names, 1):
        if not isinstance(name, str) or not name:
            raise ValuesError(f"{thing} {place} has no name: {name!r}. Give it one, as text.")


def _check_named(thing: str, names: Iterable[str], known: Sequence[str], title: str) -> None:
    """Refuse a name that is none of those known; a blank names nothing."""
    check_known(thing, filter(None, names), known, title)


def _survey_in_words(plan: SurveyPlan) -> str:
    touchpoints = plural(len(plan.touchpoints), "touchpoint")
    kinds = listing(f"{name} ({kind})" for name, kind in plan.outcome.items())
    return f"{touchpoints}; outcome {kinds}; {_where(plan.data)}"


def _where(data: Any) -> str:
    if isinstance(data, (tuple, dict)):
        return plural(len(data), "file")
    if isinstance(data, pd.DataFrame):
        return f"{len(data):,} rows in memory"
    return f"file {data.name}"


def initiatives_of(study: Study, survey: Callable[[], Survey]) -> pd.DataFrame:
    """What :meth:`Study.initiatives` gives, from what gives the survey: it is read only where places are named."""
    data = study.initiatives_data
    if data is None:
        raise _absent("initiatives", "[initiatives]", "initiatives_data=...")
    known = study.touchpoint_names
    if not known:
        raise _absent("touchpoints to check the initiatives against", "[map] or [survey]", "touchpoint_map=...")
    with study._placed("initiatives", data):
        lifecycle = study.touchpoint_map.lifecycle if study.touchpoint_map else None
        found = with_currency(read_initiatives(data, known, lifecycle=lifecycle), study.currency)
    column = study.survey_plan.place if study.survey_plan else None
    if column is None or not any(found["places"]):
        return found
    places = [in_word(value) for value in survey().source.distinct(column)]
    with study._placed("initiatives", data):
        return with_currency(read_at_places(data, known, places), study.currency)


def purchases_of(study: Study, survey: Callable[[], Survey]) -> Purchases:
    """What :meth:`Study.purchases` gives, from what gives the survey: who has read it need not read it again."""
    plan = study.purchases_plan
    if plan is None:
        raise _absent("purchases", "[purchases]", "purchases_plan=PurchasesPlan(...)")
    from cxlens.study.buyers import said_by, with_answers
    from cxlens.study.purchases import Purchases

    rows = _answers(plan)
    segments = plan.segments
    if study.survey_plan is not None and study.survey_plan.respondent and plan.reading is None:
        answers = survey()
        segments = tuple(dict.fromkeys([*segments, *said_by(answers)]))
        with study._placed("purchases", plan.data):
            rows = with_answers(plan, answers)
    roles = {**_roles(plan), "segments": segments}
    with study._placed("purchases", plan.data):
        return Purchases(rows, **roles)


def _absent(what: str, table: str, argument: str) -> CxlensError:
    return CxlensError(f"this study has no {what}. Add {table} to its TOML file, or Study(..., {argument}).")
