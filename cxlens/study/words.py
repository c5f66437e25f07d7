"""Words for columns and codes, checked once at the door of a survey, so that nobody reads ``q7`` or ``2``.

Which column does which job is said by :class:`cxlens.study.survey.Survey`; how sentences are made of these words
belongs to those who speak.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from cxlens.engine.labels import in_word, in_words, natural
from cxlens.engine.roles import Codes
from cxlens.engine.tables import InMemory, Source
from cxlens.errors import ColumnError, ValuesError, did_you_mean, listing
from cxlens.files.statistics import Said
from cxlens.study.identity import check_look_alikes

Columns = Mapping[str, Mapping[str, str]]  # by touchpoint and dimension
LONGEST = 40  # signs of a text that still is a name and no question


class Words(NamedTuple):
    """What people call columns and codes.

    ``names``: words by column; ``labels``: by column the word of each code, in order; ``positive``: by outcome the
    answer that counts as 1; ``from_list``: whether touchpoints are given as columns, without names.
    """

    names: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    positive: Mapping[str, Any]
    from_list: bool = False

    @classmethod
    def of(
        cls,
        names: Mapping[str, str] | None,
        labels: Mapping[str, Mapping[Any, str]] | None,
        positive: Mapping[str, Any] | None,
        touchpoints: Any = (),
    ) -> Words:
        """The same, of what a survey is given: names and labels are texts, and no two of one kind are alike.

        Raises
        ------
        ValuesError
            ``names: 'q1' and 'q2' are both called 'Check-in'. Give each words of its own.``
        """
        given_names = _texts("names", names, "{'q1': 'Check-in'}")
        _refuse_doubles("names", given_names)
        given_labels = {}
        for column, words in _mapping("labels", labels, "{'purpose': {1: 'Business'}}").items():
            given_labels[column] = _labels_of(column, words)
        given_positive = _mapping("positive", positive, "{'satisfaction': 'satisfied'}")
        for outcome, word in given_positive.items():
            if not isinstance(word, (str, int, float)):
                raise ValuesError(
                    f"positive: {outcome!r} is given {word!r}. Give the one answer that counts as 1, such as 'yes'."
                )
        return cls(
            MappingProxyType(given_names),
            MappingProxyType(given_labels),
            MappingProxyType(given_positive),
            from_list=not isinstance(touchpoints, Mapping),
        )

    def check_columns(self, columns: Columns, outcomes: Collection[str], keys: Collection[str]) -> None:
        """Refuse words for columns that the survey does not show.

        Raises
        ------
        ColumnError
            ``names: 'q9' is no column of this survey. Did you mean 'q1'? Columns: q1, q2, nps.``
        """
        scores = [column for group in columns.values() for column in group.values()]
        shown = list(dict.fromkeys([*columns, *scores, *outcomes, *keys]))
        _check_known("names", self.names, shown, "column", "Columns")
        _check_known("labels", self.labels, list(keys), "segment, wave or channel", "Those here")
        _check_known("positive", self.positive, list(outcomes), "outcome", "Outcomes")
        for name, group in columns.items():
            for column in group.values():
                if column in self.names and column != name:
                    raise ColumnError(
                        f"names: column {column!r} belongs to touchpoint {name!r}, which has a name already. "
                        "Say it once: in touchpoints={name: column}, or in names."
                    )

    def in_codes(self, outcomes: Sequence[tuple[str, Codes | None]]) -> tuple[tuple[str, Codes | None], ...]:
        """Outcomes with their codes, the positive answer among these."""
        return tuple(
            (name, codes._replace(positive=self.positive.get(name)) if codes else None) for name, codes in outcomes
        )

    def with_file(self, said: Said, columns: Columns, others: Iterable[str]) -> tuple[Words, tuple[str, ...]]:
        """The same with the names that a file has for columns; those given here win. What is told of it comes second.

        Questions are no names: texts of more than 40 signs, and those that two columns share, are left.
        """
        others = list(others)
        unnamed = [*(columns if self.from_list else ()), *others]
        questions = {column: _one_line(said.questions.get(column, "")) for column in unnamed}
        times = Counter(questions.values())
        taken = {*self.names.values(), *columns, *others}
        names = {}
        for column, question in questions.items():
            is_name = 0 < len(question) <= LONGEST
            is_free = times[question] == 1 and question not in taken
            if is_name and is_free and column not in self.names:
                names[column] = question
        if not names:
            return self, ()
        told = listing((f"{column} is {name!r}" for column, name in names.items()), 30)
        note = f"Names from the file: {told}. Others are said by names={{column: words}}."
        return self._replace(names=MappingProxyType({**self.names, **names})), (note,)


def with_positive(kinds: Mapping[str, Any], given: Any, words: Words) -> Mapping[str, Any]:
    """The kinds of outcomes; those with a positive answer are binary.

    Raises
    ------
    ValuesError
        ``positive names 'sure' for outcome 'q1', which is given as nps. Outcomes in words are of kind binary.``
    """
    for outcome, answer in words.positive.items():
        if isinstance(given, Mapping) and kinds.get(outcome, "binary") != "binary":
            raise ValuesError(
                f"positive names {answer!r} for outcome {outcome!r}, which is given as {kinds[outcome]}. "
                "Outcomes in words are of kind binary."
            )
    binary = dict.fromkeys(words.positive, "binary")
    return MappingProxyType({**kinds, **{outcome: kind for outcome, kind in binary.items() if outcome in kinds}})


def by_word(
    words: Words,
    columns: Columns,
    comments: Mapping[str, str],
    emotion: Mapping[str, str],
    others: Iterable[str],
) -> dict[str, Any]:
    """What a survey keeps by touchpoint, by the words for it."""
    check_all_differ(words, columns, others)
    return {
        "words": words,
        "touchpoints": tuple(words.names.get(name, name) for name in columns),
        "columns": MappingProxyType(renamed(columns, words.names)),
        "comments": renamed(comments, words.names),
        "emotion": renamed(emotion, words.names),
    }


def check_all_differ(words: Words, columns: Columns, others: Iterable[str]) -> None:
    """Refuse words that are also the name of another column.

    Raises
    ------
    ValuesError
        ``names: 'q1' is to be called 'nps', as another column is. Give each words of its own.``
    """
    shown = [words.names.get(name, name) for name in dict.fromkeys([*columns, *others])]
    for column, name in words.names.items():
        if shown.count(name) > 1:
            raise ValuesError(
                f"names: {column!r} is to be called {name!r}, as another column is. Give each words of its own."
            )


def renamed(by_touchpoint: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What is said by touchpoint, by their words."""
    return {names.get(name, name): said for name, said in by_touchpoint.items()}


def words_of(column: str, words: Words, kinds: Mapping[str, str]) -> str:
    """What people call a column; the only outcome of kind nps is called NPS where nobody says otherwise."""
    name = words.names.get(column)
    if name is None:
        is_nps = kinds.get(column) == "nps" and list(kinds.values()).count("nps") == 1
        name = "NPS" if is_nps and "NPS" not in kinds else column
    if column in words.positive:
        return f'{name} "{words.positive[column]}"'
    return name


def labelled(
    source: Source,
    words: Words,
    said: Said,
    keys: Sequence[str],
    time: str | None,
) -> tuple[Source, tuple[str, ...]]:
    """The same answers with words for codes, and what there is to tell; words of the file stand behind those given.

    Columns whose codes all have a word in the file are in words already; of waves no word may be lacking.

    Raises
    ------
    ValuesError
        When a word is also an entry that has none, a wave is left without a word, or files call a code differently.
    """
    told: list[str] = []
    changed: dict[str, Mapping[str, str]] = {}
    asked = [column for column in keys if column in words.labels or (column in said.words and column != time)]
    for column in asked:
        given = words.labels.get(column, {})
        entries = [in_word(entry) for entry in source.distinct(column)]
        _check_same_words(column, said.differing.get(column, {}), entries)
        labels = _with_those_of_file(given, said.words.get(column, {}), entries)
        if not labels:
            continue
        told += _checked(column, labels, given, entries, is_time=column == time)
        changed[column] = labels
    if not changed:
        return source, ()
    source = _in_memory(source, changed) if isinstance(source, InMemory) else replace(source, words=changed)
    for column in changed:
        check_look_alikes("labelled", column, source.distinct(column))
    return source, tuple(told)


def _check_same_words(column: str, differing: Mapping[Any, tuple[str, str]], entries: list[str]) -> None:
    """Refuse codes that stand for one thing in a file and for another in the next."""
    for code, (first, other) in differing.items():
        if in_word(code) in entries:
            raise ValuesError(
                f"{column!r}: code {in_word(code)} is {first!r} in one file and {other!r} in another. "
                "Let each code mean the same in all files."
            )


def _in_memory(source: InMemory, labels: Mapping[str, Mapping[str, str]]) -> InMemory:
    """Answers in memory with their codes in words."""
    frame = source.rows.labels
    columns = {column: _in_order(frame[column], words) for column, words in labels.items()}
    return replace(source, rows=replace(source.rows, labels=frame.assign(**columns)))


def _in_order(values: pd.Series[Any], words: Mapping[str, str]) -> pd.Series[Any]:
    """Codes as words that know their order; those that have none come last."""
    codes = pd.Series(in_words(values), values.index, dtype=object)
    texts = codes.map(lambda code: words.get(code, code)).mask(values.isna().to_numpy(bool))
    occurring = set(texts.dropna())
    rest = sorted(occurring.difference(words.values()), key=natural)
    in_order = [word for word in words.values() if word in occurring]
    return texts.astype(pd.CategoricalDtype([*in_order, *rest], ordered=True))


def _with_those_of_file(given: Mapping[str, str], of_file: Mapping[Any, str], entries: list[str]) -> dict[str, str]:
    """The words given, then those of the file for other entries, in the order of their codes."""
    labels = dict(given)
    for code in sorted(of_file, key=lambda code: natural(in_word(code))):
        entry = in_word(code)
        if entry in entries and entry not in labels and of_file[code] not in labels.values():
            labels[entry] = of_file[code]
    return labels


def _checked(
    column: str,
    labels: Mapping[str, str],
    given: Mapping[str, str],
    entries: list[str],
    *,
    is_time: bool,
) -> list[str]:
    """What is told of labels: codes that have no word, words whose code does not occur; what would be mixed up."""
    without = [entry for entry in entries if entry not in labels]
    for code in labels:
        word = labels[code]
        if word in without and code in entries:
            raise ValuesError(
                f"labels: {column!r} holds {word!r} itself, beside {code!r}, which is to be called so. "
                "If they are one, write them alike in the data; if not, give another word."
            )
    if is_time and without:
        raise ValuesError(
            f"labels: time column {column!r} holds waves without a word: {listing(map(repr, without))}. "
            f"Give each a word, in the order of time."
        )
    told = []
    if without:
        told.append(f"Without a word in {column!r}: {listing(without)}.")
    absent = [f"{code} ({given[code]})" for code in given if code not in entries]
    if absent:
        told.append(f"Labels that no answer has in {column!r}: {listing(absent)}.")
    return told


def check_no_codes(segment: str, where: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse conditions that ask for a code where answers are called by words.

    Raises
    ------
    ValuesError
        ``segment 'B' asks for code 1 of 'purpose', which is called 'Business'. Write 'Business'.``
    """
    for column, condition in where.items():
        words = labels.get(column)
        if words is None:
            continue
        in_order = list(words.values())
        if isinstance(condition, tuple):
            raise ValuesError(
                f"segment {segment!r} asks for a range of {column!r}, whose codes have words. "
                f"Give a list of words, such as {in_order[:2]!r}."
            )
        for value in condition if isinstance(condition, list) else [condition]:
            word = words.get(in_word(value))
            if word is not None and value not in in_order:
                raise ValuesError(
                    f"segment {segment!r} asks for code {value!r} of {column!r}, which is called {word!r}. "
                    f"Write {word!r}."
                )


def _labels_of(column: str, words: Any) -> dict[str, str]:
    """The words of the codes of a column, by code in words."""
    whose = f"labels of {column!r}"
    labels: dict[str, str] = {}
    for code, word in _mapping(whose, words, "{1: 'Business'}").items():
        text = in_word(code)
        if text in labels:
            raise ValuesError(f"{whose}: code {text} is there twice. Name each code once.")
        labels[text] = _word(whose, code, word)
    _refuse_doubles(whose, labels)
    return labels


def _mapping(whose: str, given: Any, example: str) -> Mapping[Any, Any]:
    """What is given by column or code."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ValuesError(f"{whose} takes {example}, not a {type(given).__name__}.")
    return given


def _texts(whose: str, given: Any, example: str) -> dict[str, str]:
    """Words by column."""
    return {column: _word(whose, column, word) for column, word in _mapping(whose, given, example).items()}


def _one_line(text: Any) -> str:
    """A text, its blanks single and none around it."""
    return " ".join(str(text).split())


def _word(whose: str, code: Any, word: Any) -> str:
    """A word, its blanks single and none around it."""
    if not isinstance(word, str) or not word.strip():
        raise ValuesError(f"{whose}: {code!r} is given {word!r}. Give a word as text.")
    return _one_line(word)


def _refuse_doubles(whose: str, words: Mapping[str, str]) -> None:
    """Refuse words that two columns, or two codes, are to have."""
    codes: dict[str, str] = {}
    for code, word in words.items():
        if word in codes:
            raise ValuesError(
                f"{whose}: {codes[word]!r} and {code!r} are both called {word!r}. Give each words of its own."
            )
        codes[word] = code


def _check_known(whose: str, named: Iterable[str], known: Sequence[str], thing: str, title: str) -> None:
    """Refuse words for what is not there."""
    for name in named:
        if name not in known:
            raise ColumnError(
                f"{whose}: {name!r} is no {thing} of this survey.{did_you_mean(name, known)} "
                f"{title}: {listing(known, 30) or 'none'}."
            )
