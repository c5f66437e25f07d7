"""A new study file: a commented template, or what :func:`cxlens.suggest` proposes for a file of answers.

Nothing is guessed: what only the owner of the answers can tell stands in the file as a question, and the study refuses
to read its survey until the line below it is answered.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import tomlkit

from cxlens.errors import FileError
from cxlens.files.edits import Tables, fresh
from cxlens.files.nodes import UNANSWERED, key_of
from cxlens.files.writing import check_ending, write_whole
from cxlens.study.parts import SurveyPlan
from cxlens.study.scale import Scale
from cxlens.study.suggest import Question, Suggestion, suggest
from cxlens.study.toml import survey_table

TEMPLATE = Path(__file__).with_name("template.toml")
RECODED = "survey.parquet"  # beside the study, where words of the answers were turned into numbers
WIDE = 100  # characters of a line of comment
KEYS = {name: key_of(SurveyPlan.__dataclass_fields__[name]) for name in ("touchpoints", "outcome", "scale", "count")}

EXAMPLES = {
    "touchpoints": 'touchpoints = {"Check-in" = "check_in"}',
    "outcomes": 'outcomes = {recommend = "nps"}',
    "scale": "scale = {low = 1, high = 5}",
    "count": "no line at all, where each row is one answer",
}


class NewStudy(NamedTuple):
    """The files that were written, the study first, and the questions that are open in it."""

    files: tuple[Path, ...]
    questions: tuple[str, ...] = ()


def write_new_study(path: str | Path, answers: str | Path | None = None) -> NewStudy:
    """Write a new study file: a commented template, or a proposal for a file of answers.

    Parameters
    ----------
    path
        The TOML file to write. One that is there is never replaced.
    answers
        A file of answers, as :class:`~cxlens.study.survey.Survey` takes it. None: the template, whose example is an
        airport.

    Returns
    -------
    NewStudy
        The files written: the study, and ``survey.parquet`` beside it where words had to be turned into numbers; and
        the questions that are open.

    Raises
    ------
    FileError, ValuesError
        When a file to write is there already or cannot be written, or the answers cannot be read.
    """
    target = Path(path)
    check_ending(path, "study.toml", ".toml")
    _refuse_to_replace(target)
    if answers is None:
        write_whole(target, TEMPLATE.read_bytes())
        return NewStudy((target,))
    return _write_proposal(target, Path(answers))


def _write_proposal(target: Path, answers: Path) -> NewStudy:
    """Write what is proposed for a file of answers."""
    proposal = suggest(answers)
    data = answers
    written = [target]
    if proposal.answers is not None:
        data = target.with_name(RECODED)
        _refuse_to_replace(data)
        written.append(data)
    text = _text(proposal, answers, data, target)
    if proposal.answers is not None:
        write_whole(data, _storable(proposal.answers).to_parquet(index=False))
    write_whole(target, text.encode("utf-8"))
    questions = tuple(question.text for question in proposal.questions)
    return NewStudy(tuple(written), questions)


def _storable(answers: pd.DataFrame) -> pd.DataFrame:
    """The same answers with scores and codes of one column, such as 4 and "N/A", as texts: a file has one type each."""
    mixed = [name for name in answers if pd.api.types.infer_dtype(answers[name], skipna=True).startswith("mixed")]
    return answers.assign(**{str(name): answers[name].map(_as_text, na_action="ignore") for name in mixed})


def _as_text(entry: Any) -> str:
    """``4`` for 4.0, else as it is shown."""
    if isinstance(entry, float):
        return f"{entry:g}"
    return str(entry)


def _refuse_to_replace(path: Path) -> None:
    """Refuse a file that is there: what its owner wrote is worth more than a proposal."""
    if path.exists():
        raise FileError(f"{path} is there already, and is not replaced. Give another name, or move it away.")


def _text(proposal: Suggestion, answers: Path, data: Path, target: Path) -> str:
    """The study file of a proposal: reasons above, questions where they belong."""
    questions = _by_key(proposal.questions)
    survey = _survey_table(proposal, data, target)
    open_lines = dict.fromkeys(questions, UNANSWERED)
    answered = {key: value for key, value in survey.items() if key not in questions}
    tables = {"study": {"name": answers.stem}, "survey": {"data": answered.pop("data"), **open_lines, **answered}}
    head = [f"A study of {answers.name}, as cxlens new proposes it. Check each line."]
    if questions:
        head.append(f'Where it says "{UNANSWERED}", only you can tell.')
    head.extend(f"Why: {reason}" for reason in proposal.reasons)
    body = fresh(tables)
    for key, texts in questions.items():
        example = _example(key, survey)
        line = f'{key} = "{UNANSWERED}"\n'
        body = body.replace(line, f"{_commented([*texts, *example])}{line}", 1)
    return f"{_commented(head)}\n{body}"


def _by_key(questions: Sequence[Question]) -> dict[str, list[str]]:
    """The texts of the questions, by the key that answers them."""
    by_key: dict[str, list[str]] = {}
    for question in questions:
        by_key.setdefault(KEYS[question.argument], []).append(f"Question: {question.text}")
    return by_key


def _survey_table(proposal: Suggestion, data: Path, target: Path) -> Tables:
    """What a proposal says of its survey, as the table of a study file."""
    given = {"touchpoints": (), "outcome": {}, **proposal.arguments}
    plan = SurveyPlan(data, **given)
    table = survey_table(plan, target.parent)
    scales = {"scale": plan.scale, **plan.outcome_scale}
    shown = {"scale": table.get("scale"), **table.get("outcome_scales", {})}
    for name, scale in scales.items():
        if scale is not None:
            _leave_out_default(shown[name], scale)
    return table


def _leave_out_default(table: dict[str, Any], scale: Scale) -> None:
    """Take the size of the top box out, where the ends of the scale say it."""
    if scale.top == Scale(scale.low, scale.high).top:
        table.pop("top", None)


def _example(key: str, survey: Mapping[str, Any]) -> list[str]:
    """The line that answers a question, with what was found so far."""
    value = survey.get(key)
    if not value:
        return [f"Answer such as: {EXAMPLES[key]}"]
    if isinstance(value, str):
        return [f'Answer such as: {key} = "{value}" (or take the line out)']
    inline = tomlkit.inline_table()
    inline.update(value)
    return [f"Answer such as: {key} = {inline.as_string()}"]


def _commented(texts: Sequence[str]) -> str:
    """Texts as lines of comment; an answer to copy stays on one line."""
    lines = []
    for text in texts:
        is_code = text.startswith("Answer such as")
        lines.extend([text] if is_code else textwrap.wrap(text, WIDE, break_long_words=False))
    return "".join(f"# {line}\n" for line in lines)
