"""Phrases to quote: enough people wrote them, and they say something."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.stages.baseline.phrases import phrases, phrases_by_side

WORDS = ["slow", "queue", "gate", "far", "bags", "lost", "staff"]
QUEUE = "waited forty minutes in the queue"


def said(texts, people=None, least=5):
    who = np.arange(len(texts)) if people is None else np.array(people)
    return [(str(phrase), phrase.n) for phrase in phrases(texts, who, least)]


def test_what_enough_people_wrote_is_quoted_whole():
    assert said([QUEUE] * 5 + ["all good"] * 9) == [(QUEUE, 5)]


def test_what_a_few_wrote_is_not():
    assert said([QUEUE] * 4 + ["lost my ring in tray nine"]) == []


def test_a_person_who_writes_it_often_is_one_person():
    assert said([QUEUE] * 9, people=[1] * 9) == []
    assert said([QUEUE] * 9, people=[1] * 5 + [2, 3, 4, 5]) == [(QUEUE, 9)]


def test_the_words_of_one_among_those_of_many_are_left_out():
    texts = [f"{QUEUE} with my son {name}" for name in ["Ada", "Ben", "Cem", "Dov", "Eli"]]
    assert said(texts) == [("waited forty minutes in the queue with my son", 5)]


def test_nearly_the_same_is_quoted_once():
    assert said([QUEUE] * 6 + ["forty minutes in the queue"] * 1) == [(QUEUE, 6)]


def test_a_phrase_does_not_begin_or_end_with_words_that_say_nothing():
    texts = [f"{start} the long queue at the {end}" for start, end in zip("abcdef", "uvwxyz", strict=True)]
    assert said(texts) == []  # "long queue" alone is a pair, which the terms tell


def test_addresses_links_digits_and_punctuation_part_words():
    assert said(["gate 7 far away from gate, really far"] * 5) == [("far away from gate", 5)]
    assert said(["write to jo@example.org about slow bags"] * 5) == [("about slow bags", 5)]


def test_codes_are_no_words():
    assert said(["41;63"] * 9) == []


@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=7), max_size=12),
    st.integers(2, 4),
)
def test_whatever_is_quoted_stands_in_comments_of_enough_people(texts, least):
    comments = [" ".join(words) for words in texts]
    people = np.arange(len(comments)) // 2
    for phrase in phrases(comments, people, least):
        wrote = {int(people[place]) for place, text in enumerate(comments) if f" {phrase} " in f" {text} "}
        assert len(wrote) >= least
        assert phrase.n == sum(f" {phrase} " in f" {text} " for text in comments)


def test_a_number_is_not_told_where_a_few_of_the_other_side_say_the_same():
    texts = [QUEUE] * 8
    is_low = np.array([True] * 6 + [False] * 2)
    table = phrases_by_side("Desk", texts, np.arange(8), {"low": is_low, "high": ~is_low}, 5)
    assert table[["touchpoint", "side", "phrase"]].to_numpy().tolist() == [["Desk", "low", QUEUE]]
    assert table["n"].isna().all()


@pytest.mark.parametrize("least", [5, 20])
def test_the_comments_of_a_baseline_have_their_phrases(least):
    study = cx.datasets.load_airport()
    view = cx.baseline(study.commented(), min_n=least).comments()
    table = view.parts["phrases"]
    assert list(table) == ["touchpoint", "side", "phrase", "n"]
    assert (table["n"].dropna() >= least).all()
    security = table[(table["touchpoint"] == "Security") & (table["side"] == "low")]
    assert security["phrase"].iloc[0] == "endless queue at the only open lane"
