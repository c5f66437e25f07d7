"""Texts as words, codebooks and masks."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.errors import FileError, ValuesError
from cxlens.stages.baseline.wording import STOPWORDS, is_coded, mask, matches, read_codebook, terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", set()),
        ("It was NOT clean.", {"not", "clean", "not clean"}),
        ("Clean. Friendly staff!", {"clean", "friendly", "staff", "friendly staff"}),
        ("don’t like", {"don't", "like", "don't like"}),
        ("gate B12 at 5:40, gate 12", {"gate"}),
        ("Größe Straße überfüllt", {"größe", "straße", "überfüllt", "größe straße", "straße überfüllt"}),
        ("cafe\u0301", {"café"}),
        ("write to jo.doe@example.org or www.example.org/help please", {"write", "please"}),
        ("slow wi-fi", {"slow", "wi-fi", "slow wi-fi"}),
        ("41;63", set()),
    ],
)
def test_terms_are_words_and_their_neighbours(text, found):
    assert set(terms(text)) == found


def test_stop_words_are_small_words_and_never_a_negation():
    assert not {"the", "and", "was"} - STOPWORDS
    assert not STOPWORDS & {"no", "not", "never", "nothing", "bad", "good"}
    assert terms("the queue, the queue", frozenset()) == ["the", "queue", "the queue"] * 2


@given(st.text())
def test_any_text_can_be_read(text):
    for term in terms(text):
        assert not any(letter.isdigit() for letter in term)
        assert term == term.strip() != ""


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("My number is 415-555-0100, id A1234.", "My number is #, id A#."),
        ("jo.doe+x@example.co.uk asked", "[address] asked"),
        ("see https://example.org/?q=1 and example.com/a", "see [link] and [link]"),
        ("Nothing to hide", "Nothing to hide"),
    ],
)
def test_what_may_tell_who_wrote_is_masked(text, masked):
    assert mask(text) == masked


@given(st.text() | st.from_regex(r"[a-z ]*[+()0-9 -]*[a-z]*@[a-z.]*\.com", fullmatch=True))
def test_no_digit_and_no_address_is_left(text):
    masked = mask(text)
    assert not re.search(r"\d|@", masked)
    assert mask(masked) == masked


@pytest.mark.parametrize("text", ["a" * 50_000, "a." * 10_000, "1(" * 20_000, "@" * 20_000, "- '" * 10_000])
def test_long_texts_take_no_long_time(text):
    start = time.perf_counter()
    mask(text), terms(text), found(["*a*b", "a* b*"], text)
    assert time.perf_counter() - start < 5


def found(patterns, *texts):
    return matches(texts, read_codebook({"theme": patterns})["theme"]).tolist()


def test_patterns_are_whole_words_with_stars():
    texts = ("A Queue!", "queues", "queuing", "no")
    assert found(["queue"], *texts) == [True, False, False, False]
    assert found(["queu*"], *texts) == [True, True, True, False]
    assert found(["*ing", "no"], *texts) == [False, False, True, True]
    assert found(["long   line"], "a long\nline", "long fine line") == [True, False]
    assert found(["don't"], "I don’t") == [True]


@pytest.mark.parametrize("pattern", [".a", "(a", "a+", "[a]", "a|b", "a$", r"\w", "a.b"])
def test_nothing_else_is_special(pattern):
    assert found([pattern], f"x {pattern} y", "b") == [True, False]


def test_numbers_are_codes_and_nothing_but_codes_is_a_code():
    assert found([41, 63], "41", " 41 ; 7", "63;", "4", "141", "gate 41", "") == [True, True, True] + [False] * 4
    assert [is_coded(text) for text in ("41;63", "41", "41 a", "x")] == [True, True, False, False]


def test_a_codebook_is_read_from_a_file(tmp_path):
    path = tmp_path / "codes.toml"
    path.write_text('waiting = ["queue*"]\n"long words" = [41]\n', encoding="utf-8")
    assert list(read_codebook(path)) == ["waiting", "long words"]
    path.write_text("waiting = [", encoding="utf-8")
    with pytest.raises(FileError) as e:
        read_codebook(str(path))
    assert str(e.value).startswith(f"{path} is not valid TOML: ")


NONE = "the codebook has no themes. Give {theme: [patterns]}, such as {'waiting': ['queue*', 'wait*']}."
LIST = "codebook: theme 'waiting' has no list of patterns. Give words, such as ['queue*'], or codes, such as [41, 63]."
PATTERN = (
    "codebook: theme 'waiting' has the pattern {}. A pattern is a text with a letter in it, in which * stands for any "
    "letters, or a code, such as 41."
)


@pytest.mark.parametrize(
    ("codebook", "text"),
    [
        ({}, NONE),
        ([], NONE),
        ({"waiting": []}, LIST),
        ({"waiting": "queue*"}, LIST),
        ({"waiting": 41}, LIST),
        ({"waiting": ["queue", " "]}, PATTERN.format("' '")),
        ({"waiting": ["*"]}, PATTERN.format("'*'")),
        ({"waiting": [True]}, PATTERN.format("True")),
        ({"waiting": [4.5]}, PATTERN.format("4.5")),
    ],
)
def test_what_is_no_codebook_is_refused(codebook, text):
    with pytest.raises(ValuesError) as e:
        read_codebook(codebook)
    assert str(e.value) == text


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileError) as e:
        read_codebook(tmp_path / "none.toml")
    assert str(e.value) == f"{tmp_path / 'none.toml'} is not there. Check the path."
