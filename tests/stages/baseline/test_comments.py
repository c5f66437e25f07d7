"""Words and themes in comments. All answers and comments here are simulated."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.baseline.comments import comments
from cxlens.stages.baseline.wording import terms
from cxlens.stats.intervals import mean_interval, wilson
from cxlens.stats.log_odds import log_odds

FILLER = ["flight", "gate", "morning", "family", "airport", "terminal", "travel", "weekend"]
CODEBOOK = {"waiting": ["queue*", "wait*"], "staff": ["friendly", "rude"], "prices": ["expensive"]}


def simulated(n=1500, seed=0):
    """People write three words that mean nothing; low scores add "long queue", high ones "friendly", at 40 %."""
    rng = np.random.default_rng(seed)
    score = rng.integers(1, 6, n)
    said = [". ".join(words) for words in rng.choice(FILLER, (n, 3))]
    planted = np.where(score <= 3, "Long queue", "Friendly")
    said = [f"{text}. {word}" if told else text
            for text, word, told in zip(said, planted, rng.random(n) < 0.4, strict=True)]  # fmt: skip
    return pd.DataFrame({"desk": score, "shop": rng.integers(1, 6, n), "nps": 2 * score, "said": said,
                         "w": rng.uniform(0.5, 2, n)})  # fmt: skip


def surveyed(frame, about=("desk",), **options):
    roles = {"scale": cx.Scale(1, 5), "comments": dict.fromkeys(about, "said")} | options
    return cx.Survey(frame, touchpoints=["desk", "shop"], outcome={"nps": "nps"}, **roles)


def test_planted_words_are_found_and_no_others():
    table = comments(surveyed(simulated())).table
    clear = table[table["q_value"] < 0.05].set_index("term")
    assert clear["side"].to_dict() == {"long": "low", "queue": "low", "long queue": "low", "friendly": "high"}
    assert clear["kind"].to_dict() == {"long": "word", "queue": "word", "long queue": "pair", "friendly": "word"}
    assert (table["low"] < table["log_odds"]).all()
    assert ((table["log_odds"] < 0) == (table["side"] == "low")).all()
    assert (table.groupby("side").size() <= 10).all()


@pytest.mark.simulation
def test_words_that_say_nothing_are_sure_as_rarely_as_the_level_says():
    p, many = 0, 0
    for seed in range(30):
        z = comments(surveyed(simulated(400, seed)), top=99).table.set_index("term")["z"].reindex(FILLER)
        p, many = p + (z.abs() > 1.96).sum(), many + len(z)
    assert p / many == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / many) ** 0.5)


def test_figures_are_those_of_the_formula_on_uses_of_all_words():
    frame = simulated()
    row = comments(surveyed(frame)).table.set_index("term").loc["queue"]
    low, high = frame["desk"] <= 3, frame["desk"] >= 4
    has = frame["said"].str.contains("queue")
    uses = ((has & low).sum(), (has & high).sum())
    words = frame["said"].map(lambda text: sum(" " not in term for term in terms(text)))
    both = frame.assign(term=frame["said"].map(terms), low=low).explode("term")
    table = pd.crosstab(both["term"], both["low"])[lambda own: own.sum(axis=1) >= 5]
    typical = np.median((table[False] + 0.5) / (table[True] + 0.5))
    assert words[high].sum() / words[low].sum() < typical < high.sum() / low.sum()  # "long queue" makes comments longer
    sizes = (words[low].sum(), words[low].sum() * typical)
    weight = 0.1 * min(sizes)
    delta, error = log_odds([uses[0]], [uses[1]], [weight * sum(uses) / sum(sizes)], (*sizes, weight))
    assert (row["n_low"], row["n_high"]) == uses
    assert row["log_odds"] == pytest.approx(delta[0])
    half = row["high"] - row["log_odds"]
    assert half >= 1.9599 * error[0]
    assert row["z"] == pytest.approx(delta[0] / half * 1.959964, rel=1e-6)


def chatty(seed: int, more: int, people: int = 150, comments_each: int = 1) -> pd.DataFrame:
    """Everyone draws from the same words and repeats himself; those with low scores write so many times as much."""
    rng = np.random.default_rng(seed)
    words = [f"word{a}{b}".translate(str.maketrans("0123456789", "abcdefghij")) for a in range(4) for b in range(10)]
    likely = 1 / np.arange(1, 41)
    rows = []
    for person in range(people):
        score = int(rng.choice([1, 2, 4, 5]))
        own = rng.choice(words, 8 * (more if score < 3 else 1), p=likely / likely.sum())
        for _ in range(comments_each):
            rows.append(
                (person, score, " ".join(np.where(rng.random(len(own)) < 0.8, own, rng.choice(words, len(own)))))
            )
    frame = pd.DataFrame(rows, columns=["who", "desk", "said"])
    return frame.assign(shop=5, nps=9)


@pytest.mark.simulation
def test_who_writes_more_marks_no_word():
    """Counted by comments, every study said that words mark low scores."""
    said = [(comments(surveyed(chatty(seed, 3))).table["q_value"] < 0.05).any() for seed in range(10)]
    assert sum(said) <= 2


@pytest.mark.simulation
def test_who_repeats_himself_says_it_once():
    """Counted by comments, half of the studies found a word."""
    told = [surveyed(chatty(seed, 1, 100, 4), respondent="who") for seed in range(10)]
    said = [(comments(own).table["q_value"] < 0.05).any() for own in told]
    assert sum(said) <= 2


def test_a_comment_counts_once_and_middle_scores_for_neither():
    frame = pd.DataFrame({"desk": [0, 1, 5, 9, 10] * 4 + [7] * 5, "shop": 5, "nps": 9, "said": "slow slow slow desk"})
    frame.loc[0, "said"] = "other"
    view = comments(surveyed(frame, scale=cx.Scale.nps()))
    assert view.table.set_index("term").loc["slow", ["n_low", "n_high"]].tolist() == [11, 8]
    assert view.parts["coverage"].iloc[0].tolist() == ["desk", 25, 12, 8]
    assert view.note == (
        "Words and pairs in comments, n = 25, intervals 95 %. Low: scores up to 5; high: from 9; "
        "scores between count for neither. Fewer than 5 comments are not shown."
    )


def test_terms_of_few_people_are_not_shown():
    frame = simulated()
    frame.loc[:3, "said"] = "Zanzibar"
    assert "zanzibar" not in set(comments(surveyed(frame), top=999).table["term"])
    assert "zanzibar" in set(comments(surveyed(frame), top=999, min_n=4).table["term"])


def test_stop_words_can_be_replaced():
    found = set(comments(surveyed(simulated()), stopwords=["QUEUE"], top=99).table["term"])
    assert "long" in found
    assert not found & {"queue", "long queue"}


def test_the_finding_names_the_words_with_n():
    finding = comments(surveyed(simulated())).finding
    assert finding.title == "desk: 'long', 'queue' mark low scores; 'friendly' marks high scores"
    assert finding.n == "1,500 comments"
    assert str(finding) == f"{finding.title}. n = 1,500 comments."
    assert str(comments(surveyed(simulated(), ["shop"]))) == (
        "No word or pair is clearly more common with low or with high scores. n = 1,500 comments."
    )


def test_themes_have_shares_scores_and_intervals():
    frame = simulated()
    view = comments(surveyed(frame), codebook=CODEBOOK)
    themes = view.parts["themes"].set_index("theme")
    has = frame["said"].str.contains("queue")
    row = themes.loc["waiting"]
    assert row["n"] == has.sum()
    assert (row["share_low"], row["share_high"]) == pytest.approx(tuple(map(float, wilson(has.sum(), 1500))))
    x = frame.loc[has, "desk"]
    assert row["mean"] == pytest.approx(x.mean())
    assert (row["low"], row["high"]) == pytest.approx(tuple(map(float, mean_interval(x.mean(), x.var(), len(x)))))
    assert row["unhappy"] == pytest.approx((x < 3).mean())
    assert themes.loc["prices", ["n", "note"]].tolist() == [0, "no comments"]
    coverage = view.parts["coverage"].iloc[0]
    assert coverage["coded"] + coverage["uncoded"] == coverage["n"] == 1500
    assert coverage["coded_share"] == pytest.approx(coverage["coded"] / 1500)


def test_weights_count_in_themes_and_not_in_words():
    frame = simulated()
    plain, weighted = (comments(surveyed(frame, weight=w), codebook=CODEBOOK) for w in (None, "w"))
    pd.testing.assert_frame_equal(plain.table, weighted.table)
    has = frame["said"].str.contains("queue")
    row = weighted.parts["themes"].iloc[0]
    assert row["share"] == pytest.approx(frame.loc[has, "w"].sum() / frame["w"].sum())
    assert row["mean"] == pytest.approx(np.average(frame.loc[has, "desk"], weights=frame.loc[has, "w"]))


def test_a_small_theme_and_what_gives_it_away_are_hidden_with_their_comments():
    frame = simulated(60)
    frame.loc[:2, "said"] = "Expensive. Ask for Mr. Unique"
    view = comments(surveyed(frame), codebook=CODEBOOK)
    themes = view.parts["themes"].set_index("theme")
    assert themes.loc["prices", "note"] == "fewer than 5 answers, or hidden to protect people"
    assert themes.loc["prices"].drop(["touchpoint", "note"]).isna().all()
    assert (themes["note"] != "").sum() == 2 or view.parts["coverage"]["uncoded"].isna().all()
    assert not view.parts["verbatims"]["comment"].str.contains("Unique").any()


def test_comments_shown_are_few_masked_and_drawn_by_seed():
    frame = simulated()
    frame["said"] += ", call 415-555-0100 or me@example.org"
    views = [comments(surveyed(frame), codebook=CODEBOOK, seed=seed).parts["verbatims"] for seed in (0, 0, 1)]
    assert views[0].groupby("theme").size().to_dict() == {"(not coded)": 3, "staff": 3, "waiting": 3}
    assert views[0]["comment"].str.endswith(", call # or [address]").all()
    pd.testing.assert_frame_equal(views[0], views[1])
    assert not views[0].equals(views[2])


def test_the_same_is_asked_of_other_answers():
    whole, part = surveyed(simulated(), ["desk", "shop"]), surveyed(simulated(500, 1), ["desk", "shop"])
    options = {"touchpoint": "desk", "codebook": CODEBOOK, "stopwords": ["queue"], "top": 3, "seed": 4}
    own = comments(part, min_n=7, **options)
    of_baseline = cx.baseline(whole, min_n=7).comments(**options).again(part)
    assert of_baseline.record.survey is part
    for again in (comments(whole, min_n=7, **options).again(part), of_baseline):
        pd.testing.assert_frame_equal(again.table, own.table)
        for name, frame in own.parts.items():
            pd.testing.assert_frame_equal(again.parts[name], frame)


def test_codes_are_counted_as_themes_and_make_no_words():
    rng = np.random.default_rng(2)
    codes = [";".join(map(str, rng.choice([1, 4, 41, 63], 2, replace=False))) for _ in range(300)]
    frame = simulated(300).assign(said=codes)
    view = comments(surveyed(frame), codebook={"easy": [1, 99], "signs": [41]})
    has = [("1" in said.split(";"), "41" in said.split(";")) for said in codes]
    assert not len(view.table)
    assert view.parts["themes"]["n"].tolist() == np.sum(has, axis=0).tolist()
    assert view.parts["coverage"]["coded"].tolist() == [sum(map(any, has))]
    assert not len(view.parts["verbatims"])
    often = view.parts["themes"].sort_values("share")["theme"].iloc[-1]
    assert view.finding.items[0].name == f'the commonest theme is "{often}"'
    assert view.finding.title.startswith(f'desk: the commonest theme is "{often}" (')
    assert str(view).endswith(" of its scores below 3. n = 300 comments.")
    assert view.note.startswith("Themes in comments, n = 300, intervals 95 %. ")


def test_a_column_of_single_codes_with_gaps_is_read_as_whole_numbers():
    frame = simulated(40).assign(said=[41.0, np.nan] * 20)
    view = comments(surveyed(frame), codebook={"signs": [41]})
    assert view.parts["themes"]["n"].tolist() == view.parts["coverage"]["n"].tolist() == [20]


def test_blank_comments_do_not_count_and_one_touchpoint_can_be_asked_for():
    frame = simulated(100)
    frame.loc[:9, "said"], frame.loc[10:19, "said"] = None, "  "
    survey = surveyed(frame, ["desk", "shop"])
    assert comments(survey).parts["coverage"]["n"].tolist() == [80, 80]
    assert comments(survey, touchpoint="shop").parts["coverage"]["touchpoint"].tolist() == ["shop"]


def test_fewer_comments_than_shown_are_not_counted_out():
    frame = simulated(100)
    frame.loc[4:, "said"] = None
    coverage = comments(surveyed(frame)).parts["coverage"]
    assert coverage[["n", "n_low", "n_high"]].isna().all(axis=None)


QUESTIONS = {
    "general": "Q8COM",
    "cleanliness": "Q9COM",
    "safety": "Q10COM",
    "fast_track": "Q12COM",
    "problems": "Q15COM",
}


def test_the_coded_comments_of_the_airport_survey_fall_into_its_codebook(shared):
    books = tomllib.loads(files("cxlens.datasets").joinpath("sfo_comments.toml").read_text(encoding="utf-8"))["2017"]
    raw = pd.read_csv(next((shared / "sfo").glob("2017*.csv")), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    raw = raw.rename(columns=str.strip).apply(lambda column: column.str.strip())
    frame = pd.DataFrame({"safe": raw["Q10SAFE"].astype(int), "all": raw["Q7ALL"].replace("Blank", "0").astype(int)})
    for name, question in QUESTIONS.items():
        codes = raw[[column for column in raw if column.startswith(question)]].replace("0", "")
        frame[name] = codes.apply(lambda row: ";".join(filter(None, row)), axis=1)
        scale = cx.Scale(1, 5, not_used=[6], blank=[0])
        own = {"all": cx.Scale(1, 5, blank=[0])}
        asked = {"touchpoints": ["safe"], "outcome": "all", "scale": scale, "outcome_scale": own}
        survey = cx.Survey(frame, **asked, comments={"safe": name})
        parts = comments(survey, codebook=books[name]).parts
        assert parts["coverage"]["n"].tolist() == [(frame[name] != "").sum()]
        assert parts["coverage"]["coded_share"].fillna(1).min() > 0.98
        if name == "safety":  # its reasons are those of the score beside
            themes = parts["themes"].set_index("theme")
            assert themes.loc["procedures and cameras", "low"] > themes.loc["too few officers", "high"]
            assert themes.loc["staff and officers seen", "n"] == 260


@pytest.mark.parametrize(
    ("roles", "asked", "error", "text"),
    [
        (
            {"comments": None},
            {},
            ValuesError,
            "the survey has no comments. Name them in Survey(..., comments={touchpoint: column}).",
        ),
        (
            {},
            {"touchpoint": "dsk"},
            OptionError,
            "touchpoint 'dsk' is not known here. Did you mean 'desk'? Touchpoints with comments: desk.",
        ),
        (
            {"scale": None},
            {},
            ValuesError,
            "comments cannot tell low scores from high ones: there is no scale. "
            "Name it: cx.Survey(..., scale=cx.Scale(low, high)).",
        ),
        (
            {},
            {"codebook": {}},
            ValuesError,
            "the codebook has no themes. Give {theme: [patterns]}, such as {'waiting': ['queue*', 'wait*']}.",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(roles, asked, error, text):
    with pytest.raises(error) as e:
        comments(surveyed(simulated(50), **roles), **asked)
    assert str(e.value) == text


def test_no_comments_at_all_are_refused():
    with pytest.raises(ValuesError) as e:
        comments(surveyed(simulated(50).assign(said="")))
    assert str(e.value) == "there are no comments in 'said'. Check the columns."


def test_the_log_odds_of_a_term_do_not_tell_how_few_said_it():
    """With the totals of both sides they have one solution in whole numbers."""
    frame = simulated()
    low = frame.index[frame["desk"] <= 3][:40]
    high = frame.index[frame["desk"] >= 4][:2]
    frame.loc[[*low, *high], "said"] += " zebra"
    table = comments(surveyed(frame), min_n=5, top=30).table.set_index("term")
    figures = ["log_odds", "low", "high", "z", "q_value"]
    assert pd.isna(table.loc["zebra", "n_high"])
    assert table.loc["zebra", figures].isna().all()
    assert table.loc["zebra", "side"] == "low"
    assert table.loc["queue", figures].notna().all()


@pytest.mark.parametrize("codebook", [None, {"slow": ["slow"]}])
def test_a_seed_is_a_whole_number_of_0_or_more(codebook):
    with pytest.raises(ValuesError) as error:
        cx.baseline(surveyed(simulated(n=60))).comments(codebook=codebook, seed=-1)
    assert str(error.value) == (
        "seed must be a whole number of 0 or more; you gave -1. The same seed gives the same figures again."
    )


@pytest.mark.parametrize("role", ["cluster", "respondent"])
def test_those_who_comment_again_count_once_in_intervals(role):
    frame = simulated(150)
    again = pd.concat([frame.assign(who=np.arange(150))] * 8, ignore_index=True)
    once = comments(surveyed(frame), codebook=CODEBOOK).parts["themes"]
    themes = comments(surveyed(again, **{role: "who"}), codebook=CODEBOOK).parts["themes"]
    shown = once["mean"].notna()
    assert shown.sum() >= 2
    for name in ("share", "mean", "unhappy"):
        low, high = ("low", "high") if name == "mean" else (f"{name}_low", f"{name}_high")
        widths = ((themes[high] - themes[low]) / (once[high] - once[low]))[shown]
        assert widths.between(0.7, 1.4).all(), (name, widths)


@pytest.mark.parametrize("silent", ["the", "!!!"])
def test_a_side_without_a_word_that_counts_marks_none(silent):
    frame = simulated(200).assign(said=lambda rows: np.where(rows["desk"] <= 3, silent, "great friendly staff"))
    view = comments(surveyed(frame))
    assert view.table.empty
    assert str(view) == "No word or pair is clearly more common with low or with high scores. n = 200 comments."
