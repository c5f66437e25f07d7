"""A first guess at a survey: the call it would try, why, and what only the owner of the file can answer.

Nothing is guessed in the survey itself: it is made only when no question is open. What a column looks like is told by
:mod:`cxlens.study.profiles`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.html import card
from cxlens.common.values import plural
from cxlens.engine.worded import worded
from cxlens.errors import ValuesError, listing
from cxlens.files.answers import Table, read_table, with_columns_settled
from cxlens.files.cells import Column
from cxlens.files.choices import check_choices
from cxlens.files.statistics import NOT_USED
from cxlens.study.aggregate_signs import refuse_figures
from cxlens.study.profiles import Profile, profile
from cxlens.study.row_counts import counts_in
from cxlens.study.scale import OutcomeKind, Scale
from cxlens.study.suggest_names import names_of
from cxlens.study.suggest_scores import (
    PLACE,
    commonest_scale,
    ends,
    is_beside,
    is_rating,
    numbers_places,
    reaches_top,
    with_code_beside,
    with_codes,
    without_slips,
)
from cxlens.study.suggest_time import holds_dates, period_of, why_no_waves
from cxlens.study.survey import Survey
from cxlens.study.waves import Period

RECOMMEND = r"\bnps\b|recommend|weiterempf"
OVERALL = r"\boverall\b|\ball in all\b|\bin general\b|\bsatisfaction\b|\bgesamt|\binsgesamt\b|\bloyal|\boutcome\b"
OUTCOMES: tuple[tuple[str, str, OutcomeKind], ...] = (
    (RECOMMEND, r"^nps\b", "nps"),
    (OVERALL, r"^(overall|gesamt)", "interval"),
)  # how an outcome may be called, and how one is called of which there are several
JOBS = {
    "weight": r"^(weight|weights|wgt|wt|w|gewicht|gewichtung)\b",
    "respondent": r"\b(id|respondent|case|caseid|response ?id|(guest|customer|client|member) ?(id|no|nr|number)"
    r"|teilnehmer|kunden? ?(id|nr|nummer))\b",
    "time": r"\b(wave|year|month|quarter|date|welle|jahr|monat|datum|timestamp|zeitstempel|start ?date|end ?date)\b",
}
SURE = {(1, 5), (1, 7), (0, 10), (1, 10), (0, 100)}  # scales that are what they look like where both ends occur
LINE = 72  # characters of an argument that stands in one line
GROUPS = 15  # a segment has at most so many values
LEAST_EMPTY = 0.1  # share of empty cells from which on it is asked what they mean
Touched = Mapping[str, str]  # the column of each touchpoint
Named = str | Literal[False] | None  # another column, no column at all, or the one that is suggested


class Question(NamedTuple):
    """What only the owner can answer, the argument of :meth:`Suggestion.survey` that answers it, and an example."""

    argument: str
    text: str
    example: str = "..."

    def __str__(self) -> str:
        return f"{self.text} Answer with {self.argument}={self.example}"


class _Outcome(NamedTuple):
    """An outcome, what there is to say about it, and whether 1 is to be taken off."""

    column: str
    kind: OutcomeKind
    reason: str
    scale: Scale | None = None
    minus_one: bool = False


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Suggestion:
    """The survey that a table looks like; it shows itself.

    Attributes
    ----------
    call
        The ``cx.Survey(...)`` it would try, as text that runs where the suggestion is called ``suggestion``.
    reasons
        Why, a sentence for each decision.
    questions
        What only the owner can answer.
    answers
        The table as the call reads it, where words were turned into numbers; else None.
    """

    data: Any
    answers: pd.DataFrame | None
    arguments: Mapping[str, Any]
    reasons: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def call(self) -> str:
        """The ``cx.Survey(...)`` it would try, as text."""
        by_name = isinstance(self.data, (str, Path)) and self.answers is None
        first = repr(str(self.data)) if by_name else "data"
        if self.answers is not None:
            first = "suggestion.answers"
        lines = [f"    {first},"]
        for name, value in self.arguments.items():
            lines.append(f"    {name}={_laid_out(value)},")
        open_arguments = [question.argument for question in self.questions]
        for name in ("touchpoints", "outcome"):
            if name not in self.arguments and name in open_arguments:
                lines.append(f"    {name}=...,")
        return "\n".join(["cx.Survey(", *lines, ")"])

    def survey(
        self,
        *,
        touchpoints: Sequence[str] | Mapping[str, Any] | None = None,
        outcome: str | Mapping[str, OutcomeKind] | None = None,
        scale: Scale | None = None,
        segments: Sequence[str] | None = None,
        respondent: Named = None,
        weight: Named = None,
        count: Named = None,
        time: Named = None,
        period: Period | None = None,
        names: Mapping[str, str] | None = None,
        labels: Mapping[str, Any] | None = None,
        positive: Mapping[str, Any] | None = None,
    ) -> Survey:
        """The survey, with answers to the questions.

        Parameters
        ----------
        touchpoints, outcome, scale, segments, respondent, weight, count, time, period, names, labels, positive
            As :class:`~cxlens.study.survey.Survey` takes them, in place of what is suggested; False for a column means
            that there is none.

        Raises
        ------
        ValuesError
            When a question is open.
        """
        given = {
            "touchpoints": touchpoints,
            "outcome": outcome,
            "scale": scale,
            "segments": segments,
            "respondent": respondent,
            "weight": weight,
            "count": count,
            "time": time,
            "period": period,
            "names": names,
            "labels": labels,
            "positive": positive,
        }
        answered = {name: value for name, value in given.items() if value is not None}
        still_open = [str(question) for question in self.questions if question.argument not in answered]
        if still_open:
            raise ValuesError(f"Only you can tell: {' '.join(still_open)}")
        arguments = {name: value for name, value in {**self.arguments, **answered}.items() if value is not False}
        for name, rests_on in (("outcome_scale", "outcome"), ("period", "time")):
            if rests_on in answered and name not in answered:
                arguments.pop(name, None)
        data = self.data if self.answers is None else self.answers
        return Survey(data, **arguments)

    def __repr__(self) -> str:
        parts = [self.call, *self.reasons]
        if self.questions:
            parts.append("Only you can tell:")
            parts.extend(f"- {question}" for question in self.questions)
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        asked = [
            {"only you can tell": question.text, "answer with": f"{question.argument}={question.example}"}
            for question in self.questions
        ]
        sentence = "Nothing is open." if not asked else f"{plural(len(asked), 'question')} only you can answer."
        told = card(f"A survey to try. {sentence}", pd.DataFrame(asked), " ".join(self.reasons))
        call = f'<pre class="tex2jax_ignore">{escape(self.call)}</pre>'
        return f"{call}{told}"


@misfits_told
def suggest(data: Any) -> Suggestion:
    """Look at a table and propose the survey it may be.

    Parameters
    ----------
    data
        What :class:`~cxlens.study.survey.Survey` takes, such as the path of an export.

    Returns
    -------
    Suggestion
        The call it would try with its reasons, the questions that only the owner can answer, and the survey.

    Raises
    ------
    FileError, ValuesError
        When the file cannot be read, or what is given is no table, or one of means or shares.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> answers = pd.DataFrame({"web": [1, 5, 3, 4], "call": [2, 5, 5, 1], "nps": [0, 10, 7, 9]})
    >>> suggestion = cx.suggest(answers)
    >>> suggestion.questions
    ()
    >>> suggestion.survey()
    4 answers about 2 touchpoints (web, call); outcome nps (nps).
    """
    table = read_table(data, {}, "survey file")
    frame, below, notes = _without_question_row(table)
    questions = {**table.questions, **below}
    refuse_figures(frame)
    columns = [str(name) for name in frame.columns]
    once = [name for name in columns if columns.count(name) == 1]
    profiles = {name: profile(frame[name], name, table.said, questions.get(name, "")) for name in once}
    draft = _Draft(profiles, table, [*table.notes, *notes])
    draft.decide(counts_in(frame, ()))
    return Suggestion(
        data=data,
        answers=draft.answers(frame) if draft.recoded or below else None,
        arguments=draft.arguments,
        reasons=tuple(draft.reasons),
        questions=draft.questions_with_examples(),
    )


def _without_question_row(table: Table) -> tuple[pd.DataFrame, dict[str, str], list[str]]:
    """The table without a first row of question text above columns of numbers; the texts by column; what to tell."""
    frame = table.frame
    if len(frame) < 3:
        return frame, {}, []
    texts: dict[str, str] = {}
    for name in frame.columns:
        entries = frame[name]
        if not isinstance(entries, pd.Series) or not isinstance(entries.iloc[0], str):
            continue
        stated = entries.iloc[1:].astype(str).str.strip()
        numbers = pd.to_numeric(stated[stated != ""].astype(object), errors="coerce")
        first = entries.iloc[0].strip()
        is_text = " " in first and worded([first, *stated.unique()[:50]]) is None
        if len(numbers) and numbers.notna().all() and is_text:
            texts[str(name)] = " ".join(first.split())
    if len(texts) < 2:
        return frame, {}, []
    for name in frame.columns:
        texts.setdefault(str(name), str(frame[name].iloc[0]).strip())
    return frame.iloc[1:].reset_index(drop=True), texts, ["Row 2 is question text, and left out."]


class _Draft:
    """What is decided about the columns, one job after the other; a column has one job."""

    def __init__(self, profiles: Mapping[str, Profile], table: Table, notes: Sequence[str]) -> None:
        self.profiles = profiles
        self.said = table.said
        self.free = dict(profiles)
        self.reasons = list(notes)
        self.questions: list[Question] = []
        self.arguments: dict[str, Any] = {}
        self.recoded: dict[str, pd.Series[Any]] = {}

    def decide(self, counts: str | None) -> None:
        """Give each column its job, the surest first; ``counts`` is the column that looks like counts of answers."""
        if counts is not None:
            self._say_counts(counts)
        jobs = self._single_columns()
        outcomes = self._outcomes()
        touchpoints = self._touchpoints()
        if touchpoints:
            self.arguments["touchpoints"] = _names(touchpoints, {outcome.column for outcome in outcomes})
        if outcomes:
            self._say_outcomes(outcomes)
        elif not any(question.argument == "outcome" for question in self.questions):
            self._ask("outcome", "Which column is to be explained, such as overall satisfaction or NPS?")
        if touchpoints:
            self._scale(touchpoints)
        self._segments()
        self.arguments.update(jobs)

    def answers(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The table with words turned into numbers, and with texts of numbers as numbers."""
        columns = {}
        for name, column in self.profiles.items():
            if name not in self.recoded:
                amounts = (self.arguments.get("weight"), self.arguments.get("count"))
                is_number = column.scores is not None or name in amounts
                columns[name] = Column("number" if is_number else "label")
        texts = [name for name in columns if pd.api.types.is_string_dtype(frame[name].dtype)]
        settled = with_columns_settled(frame, {name: columns[name] for name in texts})
        return settled.assign(**self.recoded)

    def questions_with_examples(self) -> tuple[Question, ...]:
        """The questions, each with the argument that the call has now."""
        questions = []
        for question in self.questions:
            value = self.arguments.get(question.argument)
            example = "..." if value is None else _shown(value)
            if question.argument == "count":
                example = "False" if value is None else f"{example}, or count=False"
            questions.append(question._replace(example=example))
        return tuple(questions)

    def _ask(self, argument: str, text: str) -> None:
        self.questions.append(Question(argument, text))

    def _take(self, names: Sequence[str]) -> None:
        for name in names:
            self.free.pop(name, None)

    def _single_columns(self) -> dict[str, str]:
        """The weight, the respondent and the time, by their names and values."""
        jobs: dict[str, str] = {}
        for job, pattern in JOBS.items():
            for name, column in list(self.free.items()):
                if not column.called(pattern) or not _may_be(job, column):
                    continue
                if job == "time":
                    self._say_time(jobs, column, "by its name")
                else:
                    self._take([name])
                    jobs[job] = name
                    self.reasons.append(f"{name!r} is the {job}, by its name.")
                if job in jobs:
                    break
        if "time" not in jobs:
            self._find_dates(jobs)
        return jobs

    def _say_counts(self, column: str) -> None:
        """Propose a column of counts, and ask."""
        self._take([column])
        self.arguments["count"] = column
        self._ask("count", f"Does {column!r} say how many answers a row stands for? If not: count=False.")

    def _find_dates(self, jobs: dict[str, str]) -> None:
        """The time where no column is called so, if just one holds dates."""
        dated = [column for column in self.free.values() if column.distinct > 1 and holds_dates(column)]
        if len(dated) == 1:
            self._say_time(jobs, dated[0], "since it holds dates")
        elif dated:
            names = listing(repr(column.name) for column in dated)
            self.reasons.append(f"{names} hold dates: name the one that makes waves with time=.")

    def _say_time(self, jobs: dict[str, str], column: Profile, why: str) -> None:
        """Make a column the time, by period where it holds dates; or say why it makes no waves."""
        self._take([column.name])
        left_out = why_no_waves(column)
        if left_out:
            self.reasons.append(left_out)
            return
        jobs["time"] = column.name
        self.reasons.append(f"{column.name!r} is the time, {why}.")
        period = period_of(column)
        if period:
            jobs["period"] = period
            self.reasons.append(f"Waves are {period}s: the shortest with 200 answers or more each in the mean.")

    def _outcomes(self) -> list[_Outcome]:
        """What the touchpoints are to explain: the recommendation first; asked where several columns may be it."""
        outcomes: list[_Outcome] = []
        for pattern, exactly, kind in OUTCOMES:
            named = [column for column in self.free.values() if column.scores is not None and column.called(pattern)]
            exact = [column for column in named if column.called(exactly)]
            chosen = exact if len(exact) == 1 else named
            if len(chosen) > 1:
                names = listing(repr(column.name) for column in chosen)
                self._ask("outcome", f"Which of {names} is to be explained, if any?")
                continue
            outcomes.extend(_outcome(column, kind) for column in chosen)
            self._take([column.name for column in chosen])
        return outcomes

    def _touchpoints(self) -> list[Profile]:
        """The columns of scores that share the commonest scale."""
        scored = [column for column in self.free.values() if is_rating(column, self.said)]
        if not scored:
            self._ask("touchpoints", "Which columns rate touchpoints? None looks like it.")
            return []
        commonest = commonest_scale(scored)
        scored = [with_code_beside(without_slips(column, commonest), commonest) for column in scored]
        chosen = [column for column in scored if column.scale == commonest]
        others = [column for column in scored if column.scale != commonest and not numbers_places(column)]
        self._take([column.name for column in (*chosen, *others)])
        self._doubt(chosen)
        if others:
            shown = listing(f"{column.name} ({ends(column)})" for column in others)
            self._ask(
                "touchpoints",
                f"{shown} run otherwise than {listing([column.name for column in chosen], 3)} ({ends(chosen[0])}): "
                "do they rate touchpoints too? Those of one survey share one scale.",
            )
        return chosen

    def _doubt(self, chosen: Sequence[Profile]) -> None:
        """Ask about columns in which the best score never occurs: they may hold the codes of groups."""
        plain = [column for column in chosen if column.reading is None]
        doubtful = [column for column in plain if not reaches_top(column)]
        if doubtful and len(doubtful) < len(chosen):
            shown = listing(repr(column.name) for column in doubtful)
            self._ask("touchpoints", f"Does {shown} rate a touchpoint? Its numbers end below those of the others.")
        for column in plain:
            if column.called(PLACE):
                self._ask("touchpoints", f"Does {column.name!r} rate a touchpoint, or are its numbers codes of places?")

    def _say_outcomes(self, outcomes: Sequence[_Outcome]) -> None:
        self.arguments["outcome"] = {outcome.column: outcome.kind for outcome in outcomes}
        scales = {outcome.column: outcome.scale for outcome in outcomes if outcome.scale is not None}
        if scales:
            self.arguments["outcome_scale"] = scales
        for outcome in outcomes:
            self.reasons.append(outcome.reason)
            column = self.profiles[outcome.column]
            if outcome.minus_one and column.scores is not None:
                self.recoded[outcome.column] = column.scores - 1
            elif column.reading is not None:
                self.recoded[outcome.column] = with_codes(column)
                self.reasons.append(f"{outcome.column!r}: {column.reading.how}.")
                if not column.reading.sure:
                    self._ask("outcome", f"Is the highest number of {outcome.column!r} the best answer?")

    def _scale(self, touchpoints: Sequence[Profile]) -> None:
        """The scale of the touchpoints, and what stands beside it."""
        low, high = touchpoints[0].scale or (1, 5)
        self._check_ends(touchpoints, low, high)
        for column in touchpoints:
            if column.reading is not None:
                self.recoded[column.name] = with_codes(column)
        readings = {column.reading.how for column in touchpoints if column.reading is not None}
        self.reasons.extend(f"Touchpoints: {how}." for how in sorted(readings))
        if any(column.reading is not None and not column.reading.sure for column in touchpoints):
            self._ask("scale", f"Is {high} the best score, and {low} the worst?")
        codes = Counter[Any]()
        for column in touchpoints:
            codes.update(column.codes)
        not_used, blank = self._meanings(touchpoints, codes, (low, high))
        if not not_used and not codes:
            not_used = self._empty_cells(touchpoints)
        self.arguments["scale"] = Scale(low, high, not_used=not_used, blank=blank)

    def _check_ends(self, touchpoints: Sequence[Profile], low: int, high: int) -> None:
        """Ask for the scale where its ends do not both occur, or are unusual."""
        if any(column.reading is not None for column in touchpoints):
            return
        lowest = min(float(column.scores.min()) for column in touchpoints if column.scores is not None)
        highest = max(float(column.scores.max()) for column in touchpoints if column.scores is not None)
        if (lowest, highest) == (low, high) and (low, high) in SURE:
            self.reasons.append(f"{plural(len(touchpoints), 'column')} of whole numbers from {low} to {high}: scores.")
            return
        self._ask(
            "scale",
            f"Scores run from {lowest:g} to {highest:g}: from where to where does the scale run, and is one of them a "
            "code?",
        )

    def _meanings(
        self,
        touchpoints: Sequence[Profile],
        codes: Counter[Any],
        scale: tuple[int, int],
    ) -> tuple[list[Any], list[Any]]:
        """Codes beside the scale: not used, and blank; asked where the file does not say it."""
        words: dict[Any, str] = {}
        for column in touchpoints:
            words.update(self.said.words.get(column.name, {}))
        not_used = [code for code in codes if NOT_USED.search(str(words.get(code, code)))]
        blank = [code for code in codes if code not in not_used]
        unsaid = [code for code in codes if code not in words]
        if unsaid:
            shown = listing(f"{code!r} ({plural(codes[code], 'time')})" for code in unsaid)
            meanings = "not used, or no answer?"
            if any(is_beside(code, scale) for code in unsaid):
                meanings = "not used, no answer, or a score of a longer scale?"
            self._ask("scale", f"What does {shown} mean in the touchpoints: {meanings}")
        for code in codes:
            if code in words:
                meaning = "not used" if code in not_used else "no answer"
                self.reasons.append(f"{code!r} means {meaning}: the file calls it {words[code]!r}.")
        return not_used, blank

    def _empty_cells(self, touchpoints: Sequence[Profile]) -> list[Any]:
        """Ask what empty cells mean where there are many and no code says "not used"."""
        rows = sum(len(column.values) for column in touchpoints)
        empty = rows - sum(column.n for column in touchpoints)
        if empty < LEAST_EMPTY * rows:
            return []
        self._ask(
            "scale",
            f"{100 * empty / rows:.0f} % of the cells of touchpoints are empty: not used (not_used=[None]), or no "
            "answer?",
        )
        return [None]

    def _segments(self) -> None:
        """Columns of few groups are segments, but for those with several choices in a cell."""
        segments = []
        for name, column in self.free.items():
            if not 2 <= column.distinct <= GROUPS:
                continue
            try:
                check_choices(pd.DataFrame({name: column.values}), {name: "segment"})
            except ValuesError as error:
                self.reasons.append(f"Left out: {error}")
                continue
            segments.append(name)
        if segments:
            self.arguments["segments"] = segments
            self.reasons.append(f"Few values, so segments: {listing(segments)}.")


def _may_be(job: str, column: Profile) -> bool:
    """Whether the values of a column fit the job its name says."""
    if not column.n:
        return False
    if job == "respondent":
        return column.distinct > column.n / 2
    if job == "weight":
        numbers = pd.to_numeric(column.values, errors="coerce")
        return bool((numbers.dropna() >= 0).all()) and bool(numbers.notna().any())
    return column.distinct > 1


def _outcome(column: Profile, kind: OutcomeKind) -> _Outcome:
    """A column as an outcome of a kind, where its numbers fit it."""
    low, high = column.scale or (0, 0)
    codes = sorted(column.codes, key=str)
    beside = ""
    if codes:
        beside = f" {listing(map(repr, codes))} is taken as no answer."
    if kind != "nps":
        scale = Scale(low, high, blank=codes)
        return _Outcome(column.name, kind, f"{column.name!r} is the outcome, by its name.{beside}", scale)
    if (low, high) == (1, 11) and not codes:
        reason = f"{column.name!r} is the NPS, and runs from 1 to 11 here: 1 is subtracted."
        return _Outcome(column.name, kind, reason, minus_one=True)
    if (low, high) not in ((0, 10), (1, 10)):
        reason = f"{column.name!r} is an outcome, by its name, and no NPS: it runs from {low} to {high}.{beside}"
        return _Outcome(column.name, "interval", reason, Scale(low, high, blank=codes))
    told = " It has no 0 here: was it asked from 1?" if low == 1 else ""
    nps_scale = Scale(0, 10, top=2, blank=codes) if codes else None
    return _Outcome(column.name, kind, f"{column.name!r} is the NPS, by its name.{told}{beside}", nps_scale)


def _names(columns: Sequence[Profile], taken: set[str]) -> list[str] | dict[str, str]:
    """The touchpoints: by what their questions ask, else by their columns."""
    columns_alone = [column.name for column in columns]
    names = names_of([column.question or column.name for column in columns])
    if names is None or taken.intersection(names):
        return columns_alone
    called = dict(zip(names, columns_alone, strict=True))
    return columns_alone if names == columns_alone else called


def _laid_out(value: Any) -> str:
    """An argument in the call: a long list or mapping with an entry a line, so that no name is broken."""
    text = _shown(value)
    if len(text) <= LINE or isinstance(value, Scale):
        return text
    entries = [repr(entry) for entry in value]
    if isinstance(value, Mapping):
        entries = [f"{key!r}: {_shown(entry)}" for key, entry in value.items()]
    rows = "".join(f"        {entry},\n" for entry in entries)
    return f"{text[0]}\n{rows}    {text[-1]}"


def _shown(value: Any) -> str:
    """An argument as people write it."""
    if isinstance(value, Mapping):
        pairs = [f"{key!r}: {_shown(entry)}" for key, entry in value.items()]
        return f"{{{', '.join(pairs)}}}"
    if not isinstance(value, Scale):
        return repr(value)
    parts = [f"{value.low:g}", f"{value.high:g}"]
    for name, codes in (("not_used", value.not_used), ("blank", value.blank)):
        if codes:
            parts.append(f"{name}={list(codes)!r}")
    return f"cx.Scale({', '.join(parts)})"
