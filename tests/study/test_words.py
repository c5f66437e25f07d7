"""Words for columns and codes."""

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.study.words import Words, words_of

ANSWERS = pd.DataFrame(
    {
        "q1": [4, 5, 2, 3, 1, 5],
        "q2": [1, 2, 3, 4, 5, 1],
        "y": [9, 10, 3, 7, 2, 8],
        "p": [1, 2, 2, 3, 1, 2],
        "w": [2, 2, 1, 1, 2, 1],
        "happy": ["yes", "no", "maybe", "yes", "no", None],
    }
)


def _survey(data=ANSWERS, **more):
    asked = {"touchpoints": ["q1", "q2"], "outcome": {"y": "nps"}, "scale": cx.Scale(1, 5), "segments": ["p"]}
    return cx.Survey(data, **{**asked, **more})


def _on_disk(tmp_path, monkeypatch, frame=ANSWERS):
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    path = tmp_path / "answers.parquet"
    frame.to_parquet(path)
    return path


def _message(**more):
    with pytest.raises(cx.errors.CxlensError) as refused:
        _survey(**more)
    return str(refused.value)


def test_touchpoints_bear_their_words():
    survey = _survey(names={"q1": "Check-in"}, comments={"q1": "happy"})
    assert survey.touchpoints == ("Check-in", "q2")
    assert dict(survey.columns["Check-in"]) == {"": "q1"}
    assert dict(survey.comments) == {"Check-in": "happy"}
    assert "Check-in" in cx.baseline(survey, min_n=1).table["touchpoint"].tolist()


def test_columns_are_asked_for_by_their_own_name():
    survey = _survey(names={"p": "Purpose", "y": "Recommendation"})
    assert (survey.named("p"), survey.named("y"), survey.named("q1")) == ("Purpose", "Recommendation", "q1")
    assert survey.where(cx.Segment("one", {"p": 1})).n == 2
    assert survey.check_outcome("y") == "y"


def test_the_only_nps_is_called_so():
    words = Words.of(None, None, None)
    assert words_of("recommend", words, {"recommend": "nps", "overall": "interval"}) == "NPS"
    assert words_of("overall", words, {"recommend": "nps", "overall": "interval"}) == "overall"
    assert words_of("a", words, {"a": "nps", "b": "nps"}) == "a"
    assert words_of("a", words, {"a": "nps", "NPS": "interval"}) == "a"


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("kind", ["int64", "float64", "str"])
def test_codes_become_words_in_their_order(on_disk, kind, tmp_path, monkeypatch):
    frame = ANSWERS.astype({"p": kind, "w": kind})
    data = _on_disk(tmp_path, monkeypatch, frame) if on_disk else frame
    labels = {"p": {3: "Family", "2": "Business", 1: "Alone"}, "w": {2: "Spring", 1: "Autumn"}}
    survey = _survey(data, labels=labels, time="w")
    assert survey.source.distinct("p") == ["Family", "Business", "Alone"]
    assert survey.waves == ["Spring", "Autumn"]
    assert survey.where(cx.Segment("B", {"p": ["Business"]})).n == 3
    by_segment = cx.baseline(survey, by="p", min_n=1).table
    assert by_segment["segment"].drop_duplicates().tolist() == ["Family", "Business", "Alone"]
    assert survey.notes == ()


@pytest.mark.parametrize("on_disk", [False, True])
def test_codes_without_a_word_and_words_without_a_code_are_told(on_disk, tmp_path, monkeypatch):
    data = _on_disk(tmp_path, monkeypatch) if on_disk else ANSWERS
    survey = _survey(data, labels={"p": {2: "Business", 9: "Other"}})
    assert survey.source.distinct("p") == ["Business", "1", "3"]
    assert survey.notes == ("Without a word in 'p': 1, 3.", "Labels that no answer has in 'p': 9 (Other).")


def test_a_code_is_asked_for_by_its_word():
    survey = _survey(labels={"p": {1: "Alone", 2: "Business"}})
    with pytest.raises(cx.errors.ValuesError) as refused:
        survey.where(cx.Segment("B", {"p": ["Alone", 2]}))
    assert str(refused.value) == "segment 'B' asks for code 2 of 'p', which is called 'Business'. Write 'Business'."
    with pytest.raises(cx.errors.ValuesError) as refused:
        survey.where(cx.Segment("B", {"p": (1, 2)}))
    assert str(refused.value) == (
        "segment 'B' asks for a range of 'p', whose codes have words. Give a list of words, such as "
        "['Alone', 'Business']."
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"names": ["q1"]}, "names takes {'q1': 'Check-in'}, not a list."),
        ({"names": {"q1": " "}}, "names: 'q1' is given ' '. Give a word as text."),
        (
            {"names": {"q1": "Desk", "q2": "Desk"}},
            "names: 'q1' and 'q2' are both called 'Desk'. Give each words of its own.",
        ),
        (
            {"names": {"q1": "q2"}},
            "names: 'q1' is to be called 'q2', as another column is. Give each words of its own.",
        ),
        (
            {"names": {"q9": "Desk"}},
            "names: 'q9' is no column of this survey. Columns: q1, q2, y, p.",
        ),
        (
            {"touchpoints": {"Web": "q1"}, "names": {"q1": "Website"}},
            "names: column 'q1' belongs to touchpoint 'Web', which has a name already. Say it once: in "
            "touchpoints={name: column}, or in names.",
        ),
        (
            {"labels": {"p": {1: "Same", 2: "Same"}}},
            "labels of 'p': '1' and '2' are both called 'Same'. Give each words of its own.",
        ),
        ({"labels": {"p": {1: "A", "1": "B"}}}, "labels of 'p': code 1 is there twice. Name each code once."),
        ({"labels": {"p": ["A"]}}, "labels of 'p' takes {1: 'Business'}, not a list."),
        ({"labels": {"p": {1: 5}}}, "labels of 'p': 1 is given 5. Give a word as text."),
        (
            {"labels": {"q1": {1: "bad"}}},
            "labels: 'q1' is no segment, wave or channel of this survey. Those here: p.",
        ),
        (
            {"labels": {"p": {1: "3"}}},
            "labels: 'p' holds '3' itself, beside '1', which is to be called so. If they are one, write them alike in "
            "the data; if not, give another word.",
        ),
        (
            {"labels": {"w": {1: "Autumn"}}, "time": "w"},
            "labels: time column 'w' holds waves without a word: '2'. Give each a word, in the order of time.",
        ),
        ({"positive": {"q1": "yes"}}, "positive: 'q1' is no outcome of this survey. Outcomes: y."),
        (
            {"positive": {"y": ["yes"]}},
            "positive: 'y' is given ['yes']. Give the one answer that counts as 1, such as 'yes'.",
        ),
        (
            {"positive": {"y": "yes"}},
            "positive names 'yes' for outcome 'y', which is given as nps. Outcomes in words are of kind binary.",
        ),
    ],
)
def test_words_that_cannot_be(more, message):
    assert _message(**more) == message


@pytest.mark.parametrize("on_disk", [False, True])
def test_an_outcome_in_words(on_disk, tmp_path, monkeypatch):
    data = _on_disk(tmp_path, monkeypatch) if on_disk else ANSWERS
    survey = _survey(data, outcome="happy", positive={"happy": "yes"})
    assert dict(survey.outcomes) == {"happy": "binary"}
    outcomes = survey.rows().outcomes[:, 0]
    assert outcomes[:5].tolist() == [1, 0, 0, 1, 0]
    assert np.isnan(outcomes[5])
    assert survey.named("happy") == 'happy "yes"'
    assert survey.notes == ("happy: yes counts as 1; as 0: no, maybe.",)
    share = cx.baseline(survey, min_n=1).outcomes["value"].tolist()
    assert share == [0.4]


def test_no_answer_to_an_outcome_in_words_is_none():
    no_answer = cx.Scale(0, 1, blank=["maybe"])
    survey = _survey(outcome="happy", positive={"happy": "yes"}, outcome_scale=no_answer)
    assert np.isnan(survey.rows().outcomes[2, 0])
    assert survey.notes == ()


def _sav(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat", reason="the extra 'spss' is not installed")
    path = tmp_path / "answers.sav"
    numbers = ANSWERS.drop(columns="happy").astype(float)
    names = {"q1": "Check-in", "q2": "How satisfied were you with the people at the desk?", "p": "Purpose of trip"}
    words = {"p": {1.0: "Alone", 2.0: "Business", 3.0: "Family"}}
    pyreadstat.write_sav(numbers, str(path), column_labels=names, variable_value_labels=words)
    return path


def test_words_of_a_file_come_along(tmp_path):
    survey = _survey(_sav(tmp_path))
    assert survey.touchpoints == ("Check-in", "q2")
    assert survey.named("p") == "Purpose of trip"
    assert survey.source.distinct("p") == ["Alone", "Business", "Family"]
    assert survey.notes == (
        "Names from the file: q1 is 'Check-in', p is 'Purpose of trip'. Others are said by names={column: words}.",
    )
    table = cx.baseline(survey, by="p", min_n=1).table
    assert table["segment"].drop_duplicates().tolist() == ["Alone", "Business", "Family"]


def test_codes_of_which_a_file_has_words_for_some(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat", reason="the extra 'spss' is not installed")
    path = tmp_path / "answers.sav"
    words = {"p": {1.0: "Alone", 3.0: "Family"}, "w": {1.0: "Autumn"}}
    numbers = ANSWERS.drop(columns="happy").astype(float)
    pyreadstat.write_sav(numbers, str(path), variable_value_labels=words)
    survey = _survey(path, time="w")
    assert survey.source.distinct("p") == ["Alone", "Family", "2"]
    assert survey.waves == [1, 2]
    assert survey.notes == ("Without a word in 'p': 2.",)


def test_words_given_win_over_those_of_a_file(tmp_path):
    survey = _survey(_sav(tmp_path), names={"q1": "Desk", "p": "Why"}, labels={"p": {2: "Work"}})
    assert survey.touchpoints == ("Desk", "q2")
    assert survey.named("p") == "Why"
    assert survey.source.distinct("p") == ["Work", "Alone", "Family"]
    assert survey.notes == ()
    named = _survey(_sav(tmp_path), touchpoints={"Web": "q1"})
    assert named.touchpoints == ("Web",)


def test_a_code_is_never_taken_for_nobody():
    """Verbs that look for groups in which nobody answered, or for those treated, ask for words, too."""
    survey = _survey(labels={"p": {1: "Alone", 2: "Business"}, "w": {1: "Autumn", 2: "Spring"}}, time="w")
    coded = cx.Segment("B", {"p": 2})
    why = "segment 'B' asks for code 2 of 'p', which is called 'Business'. Write 'Business'."
    with pytest.raises(cx.errors.ValuesError) as refused:
        cx.baseline(survey).blind_spots(segments=[coded])
    assert str(refused.value) == why
    with pytest.raises(cx.errors.ValuesError) as refused:
        cx.difference_in_differences(survey, metric="q1", before="Autumn", after="Spring", treated=coded)
    assert str(refused.value) == why


def test_nobody_is_said_to_have_used_what_no_answer_tells():
    frame = pd.concat([ANSWERS] * 2, ignore_index=True)
    silent = cx.baseline(_survey(frame))
    assert silent.finding.n == "12 and 12 who rated them"
    told = cx.baseline(_survey(frame, scale=cx.Scale(1, 4, not_used=[5])))
    assert told.finding.n == "10 and 8 who rated them"


def test_findings_speak_words():
    rng = np.random.default_rng(1)
    numbers = pd.DataFrame(rng.integers(1, 6, (300, 3)), columns=["q1", "q2", "y"])
    frame = numbers.assign(y=numbers["q1"] * 2, p=rng.choice([1, 2], 300), w=rng.choice([1, 2], 300))
    names = {"q1": "Check-in", "y": "Recommendation", "p": "Purpose of trip", "w": "Year"}
    labels = {"p": {1: "Alone", 2: "Business"}}
    survey = _survey(frame, outcome={"y": "nps"}, names=names, labels=labels, time="w")
    drivers = cx.drivers(survey, n_boot=20)
    assert "differences in Recommendation" in drivers.sentence
    by_segment = cx.drivers(survey, by="p", n_boot=20)
    assert "Purpose of trip" in by_segment.sentence
    assert "Business" in by_segment.sentence
    assert cx.monitor(survey).sentence.startswith("Recommendation ")
    assert cx.what_if(drivers, {"Check-in": 0.5}).finding.lead.endswith("Recommendation is forecast to rise by")
    axes = cx.monitor(survey, by="p").plot()
    words = " ".join(text.get_text() for text in axes.figure.findobj(lambda artist: hasattr(artist, "get_text")))
    for name in ("Recommendation", "Purpose of trip", "Year", "Business"):
        assert name in words
