"""Comments: words that mark low against high scores, themes of a codebook, and a few of the comments themselves.

No language model, nothing downloaded: words are counted. How a text becomes words is in
:mod:`cxlens.stages.baseline.wording`, the log-odds are in :mod:`cxlens.stats.log_odds`; pictures do not belong here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.small_cells import hidden_values, reason
from cxlens.common.values import count, percent, plural
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.errors import ValuesError, check_known, check_seed, listing
from cxlens.stages.baseline.cells import Units, units_of_answers, weighted_figure
from cxlens.stages.baseline.interviews import Interviews, beside_comments
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.baseline.wording import STOPWORDS, Codebook, Theme, is_coded, mask, matches, read_codebook, terms
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import normal_quantile
from cxlens.stats.log_odds import log_odds
from cxlens.study.asked import lowest_is_best, span_asked
from cxlens.study.scale import Scale, check_box
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Line = dict[str, Any]  # a row of a table, by column
LEVEL = 0.95
CLEAR = 0.05  # q-value below which a term is told apart from chance
PRIOR = 0.1  # the prior weighs as much as this share of the comments of the smaller side
SAMPLED = 3  # comments shown of a theme
NAMED = 3  # terms of a side that the finding names
NOT_CODED = "(not coded)"
TERMS = ["touchpoint", "term", "kind", "n_low", "n_high", "log_odds", "low", "high", "z", "q_value", "side"]
THEMES = ["touchpoint", "theme", "n", "share", "share_low", "share_high", "mean", "low", "high", "unhappy",
          "unhappy_low", "unhappy_high", "note"]  # fmt: skip


class _Comments(NamedTuple):
    """The comments (m,) on a touchpoint: score (NaN where none), weight, cluster or respondent, low and high scores."""

    touchpoint: str
    texts: list[str]
    scores: Floats
    weights: Floats
    units: Units
    is_low: Flags
    is_high: Flags


class _Themed(NamedTuple):
    """The comments on a touchpoint by theme: how many are coded, a line for each theme, and comments drawn."""

    coverage: Line
    lines: list[Line]
    verbatims: list[tuple[str, str, str]]


def comments(
    survey: Survey,
    *,
    touchpoint: str | None = None,
    codebook: Codebook | str | Path | None = None,
    stopwords: Iterable[str] | None = None,
    top: int = 10,
    min_n: int = 5,
    seed: int = 0,
) -> View:
    """What people say about touchpoints when they score them low, and when high.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.comments`, which takes the survey of its baseline.
    """
    check_seed(seed)
    scale = _scale(survey, touchpoint)
    spoken = _spoken(survey, scale, touchpoint)
    silent = STOPWORDS
    if stopwords is not None:
        silent = frozenset(word.lower() for word in stopwords)
    by_touchpoint = [_terms(about, silent, top, min_n) for about in spoken]
    known = [table for table in by_touchpoint if len(table)]
    table = pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=TERMS)
    parts = {"coverage": _coverage(spoken, min_n)}
    if codebook is not None:
        parts = _with_themes(
            parts["coverage"],
            spoken,
            read_codebook(codebook),
            scale,
            min_n,
            seed,
        )

    def again(answers: Survey) -> View:
        return comments(
            answers,
            touchpoint=touchpoint,
            codebook=codebook,
            stopwords=None if stopwords is None else silent,
            top=top,
            min_n=min_n,
            seed=seed,
        )

    n = sum(len(about.texts) for about in spoken)
    what = "Words and pairs" if len(table) else "Themes"
    note = (
        f"{what} in comments, n = {count(n)}, intervals {percent(LEVEL)}. {_sides(scale)}; "
        f"scores between count for neither. Fewer than {min_n} comments are not shown."
    )
    finding = _finding(table, parts, n, scale)
    return View(
        "baseline/comments",
        table,
        finding,
        note,
        survey,
        parts,
        again=again,
    )


def _sides(scale: Scale) -> str:
    """Which scores are low, and which high."""
    middle = scale.turned(scale.middle)
    top = scale.turned(scale.top_from)
    if lowest_is_best(scale):
        return f"Low stands for bad scores, from {middle:g}; high for good ones, up to {top:g}"
    return f"Low: scores up to {middle:g}; high: from {top:g}"


def comments_of(
    record: Scorecard,
    *,
    touchpoint: str | None,
    codebook: Codebook | str | Path | None,
    stopwords: Iterable[str] | None,
    top: int,
    seed: int,
    interviews: Interviews | None = None,
) -> View:
    """The same of the survey of a record, with what interviews brought beside it."""
    options: dict[str, Any] = {
        "touchpoint": touchpoint,
        "codebook": codebook,
        "stopwords": stopwords,
        "top": top,
        "seed": seed,
    }

    def again(answers: Survey | Scorecard) -> View:
        return comments_of(rescore(record, answers), **options, interviews=interviews)

    view = comments(record.survey, min_n=record.min_n, **options)
    if interviews is not None:
        view = beside_comments(view, interviews, touchpoint)
    return replace(view, record=record, again=again)


def _scale(survey: Survey, touchpoint: str | None) -> Scale:
    """The scale that says which scores are low; a survey without it, or without comments, is refused."""
    if not survey.comments:
        raise ValuesError("the survey has no comments. Name them in Survey(..., comments={touchpoint: column}).")
    if touchpoint is not None:
        check_known("touchpoint", [touchpoint], list(survey.comments), "Touchpoints with comments")
    if survey.scale is None:
        raise ValuesError(
            "comments cannot tell low scores from high ones: there is no scale. "
            "Name it: cx.Survey(..., scale=cx.Scale(low, high))."
        )
    check_box(survey.scale, "comments have")
    return survey.scale


def _spoken(survey: Survey, scale: Scale, touchpoint: str | None) -> list[_Comments]:
    """Who commented on what; one touchpoint where it is named."""
    asked = {name: column for name, column in survey.comments.items() if touchpoint in (None, name)}
    rows = survey.rows()
    units = units_of_answers(survey)
    spoken = []
    for name, column in asked.items():
        texts = in_words(rows.labels[column])
        has_words = np.array([bool(text.strip()) for text in texts], bool)
        given = has_words & (texts != NOT_STATED)
        if given.any():
            item = survey.touchpoints.index(name)
            scores = rows.scores[given, item]
            is_high = scores >= scale.top_from
            is_low = (scores <= scale.middle) & ~is_high
            about = _Comments(
                touchpoint=name,
                texts=texts[given].tolist(),
                scores=scores,
                weights=rows.weights[given],
                units=units[given],
                is_low=is_low,
                is_high=is_high,
            )
            spoken.append(about)
    if not spoken:
        raise ValuesError(f"there are no comments in {listing(map(repr, asked.values()))}. Check the columns.")
    return spoken


def _terms(about: _Comments, silent: frozenset[str], top: int, min_n: int) -> pd.DataFrame:
    """The surest terms of each side."""
    low, high = _counted(about, silent)
    n_low = int(about.is_low.sum())
    n_high = int(about.is_high.sum())
    names = []
    for term in sorted(low | high):
        n_term = low[term] + high[term]
        if min_n <= n_term < n_low + n_high:
            names.append(term)
    if not names or not n_low or not n_high:
        return pd.DataFrame(columns=TERMS)
    y_low = np.array([low[term] for term in names])
    y_high = np.array([high[term] for term in names])
    delta, error = _log_odds(y_low, y_high, n_low, n_high)
    half = normal_quantile(LEVEL) * error
    z = delta / error
    table = pd.DataFrame(
        {
            "touchpoint": about.touchpoint,
            "term": names,
            "kind": ["pair" if " " in term else "word" for term in names],
            "n_low": y_low,
            "n_high": y_high,
            "log_odds": delta,
            "low": delta - half,
            "high": delta + half,
            "z": z,
            "q_value": benjamini_hochberg(2 * special.ndtr(-np.abs(z))),
            "side": np.where(delta < 0, "low", "high"),
        }
    )
    surest_first = table.sort_values("z", key=np.abs, ascending=False, kind="stable")
    return _without_few(surest_first.groupby("side").head(top), min_n)


def _log_odds(
    y_low: NDArray[Any],
    y_high: NDArray[Any],
    n_low: int,
    n_high: int,
) -> tuple[Floats, Floats]:
    """Log-odds of each term among high against low scores, with their errors; the prior is what both sides say."""
    weight = PRIOR * min(n_low, n_high)
    prior = weight * (y_low + y_high) / (n_low + n_high)
    return log_odds(y_low, y_high, prior, (n_low, n_high, weight))


def _without_few(table: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """The same; a few people on one side are not counted out, and the side alone is said."""
    counts = table[["n_low", "n_high"]].astype("Int64")
    few = (counts > 0) & (counts < min_n)
    figures = table[["log_odds", "low", "high", "z", "q_value"]].mask(few.any(axis=1))  # the counts follow from them
    return table.assign(**counts.mask(few), **figures)


def _counted(about: _Comments, silent: frozenset[str]) -> tuple[Counter[str], Counter[str]]:
    """In how many comments with a low, and with a high score each term is; codes are no words."""
    low = Counter[str]()
    high = Counter[str]()
    for text, is_low, is_high in zip(about.texts, about.is_low, about.is_high, strict=True):
        if (is_low or is_high) and not is_coded(text):
            side = high if is_high else low
            side.update(terms(text, silent))
    return low, high


def _coverage(spoken: list[_Comments], min_n: int) -> pd.DataFrame:
    """How many commented on each touchpoint; fewer than ``min_n`` are not counted out."""
    lines = []
    for about in spoken:
        n = len(about.texts)
        n_low = int(about.is_low.sum())
        n_high = int(about.is_high.sum())
        fewest = min(n_low, n_high)
        few = n < min_n or 0 < fewest < min_n
        lines.append(
            {
                "touchpoint": about.touchpoint,
                "n": n if n >= min_n else pd.NA,
                "n_low": pd.NA if few else n_low,
                "n_high": pd.NA if few else n_high,
            }
        )
    return pd.DataFrame(lines).astype({"n": "Int64", "n_low": "Int64", "n_high": "Int64"})


def _with_themes(
    coverage: pd.DataFrame,
    spoken: list[_Comments],
    codebook: Mapping[str, Theme],
    scale: Scale,
    min_n: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """The parts of a view with a codebook: coverage, themes and comments drawn."""
    rng = np.random.default_rng(seed)
    themed = [_themed(about, codebook, scale, min_n, rng) for about in spoken]
    coded = pd.DataFrame([found.coverage for found in themed])
    coded = coded.astype({"coded": "Int64", "uncoded": "Int64"})
    lines: list[Line] = []
    verbatims: list[tuple[str, str, str]] = []
    for found in themed:
        lines += found.lines
        verbatims += found.verbatims
    return {
        "coverage": pd.concat([coverage, coded], axis="columns"),
        "themes": pd.DataFrame(lines, columns=THEMES).astype({"n": "Int64"}),
        "verbatims": pd.DataFrame(verbatims, columns=["touchpoint", "theme", "comment"]),
    }


def _themed(
    about: _Comments,
    codebook: Mapping[str, Theme],
    scale: Scale,
    min_n: int,
    rng: np.random.Generator,
) -> _Themed:
    """The comments on a touchpoint by theme."""
    flags = {name: matches(about.texts, theme) for name, theme in codebook.items()}
    flags[NOT_CODED] = ~np.any(list(flags.values()), axis=0)
    sizes = pd.Series({name: int(has.sum()) for name, has in flags.items()})
    is_hidden = hidden_values(np.asarray(sizes, np.int64), min_n)
    hidden = sizes.index[is_hidden].tolist()
    n = len(about.texts)
    uncoded = sizes[NOT_CODED]
    coverage: Line = {
        "coded": n - uncoded,
        "uncoded": uncoded,
        "coded_share": 1 - uncoded / n,
    }
    if NOT_CODED in hidden:
        coverage = {"coded": pd.NA, "uncoded": pd.NA, "coded_share": np.nan}
    lines = []
    for name in codebook:
        why_hidden = reason(min_n) if name in hidden else ""
        lines.append(_theme_line(about, name, flags[name], why_hidden, scale, min_n))
    verbatims = []
    for name, has in flags.items():
        if name in hidden:
            continue
        drawn = _drawn(about.texts, has, min_n, rng)
        verbatims += [(about.touchpoint, name, text) for text in drawn]
    return _Themed(coverage, lines, verbatims)


def _drawn(texts: list[str], has: Flags, min_n: int, rng: np.random.Generator) -> list[str]:
    """A few comments of a theme, masked; none from fewer than ``min_n``."""
    of_theme = [texts[place] for place in np.flatnonzero(has)]
    shown = [text for text in of_theme if not is_coded(text)]
    if len(shown) < min_n:
        return []
    different = list(dict.fromkeys(shown))  # the same words twice tell nothing new
    size = min(SAMPLED, len(different))
    picked = rng.choice(len(different), size, replace=False)
    return [mask(different[place]) for place in sorted(picked)]


def _theme_line(about: _Comments, theme: str, has: Flags, hidden: str, scale: Scale, min_n: int) -> Line:
    """How often a theme is named, and how those who name it score."""
    line: Line = {
        "touchpoint": about.touchpoint,
        "theme": theme,
        "n": pd.NA,
        "note": hidden,
    }
    if hidden:
        return line
    line["n"] = int(has.sum())
    line |= _figure("share", has.astype(float), about.weights, about.units)
    scored = has & ~np.isnan(about.scores)
    if scored.sum() < min_n:
        why = f"fewer than {min_n} scores" if has.any() else "no comments"
        return line | {"note": why}
    scores = about.scores[scored]
    weights = about.weights[scored]
    units = about.units[scored]
    figure = weighted_figure(scores, weights, "mean", LEVEL, scale, units)
    line["mean"], line["low"], line["high"] = span_asked(*figure, scale)
    unhappy = (scores < scale.middle).astype(float)
    return line | _figure("unhappy", unhappy, weights, units)


def _figure(name: str, hit: Floats, weights: Floats, units: Units) -> Line:
    """A weighted share and its interval."""
    share, low, high = weighted_figure(hit, weights, "share", LEVEL, units=units)
    return {name: share, f"{name}_low": low, f"{name}_high": high}


def _finding(
    table: pd.DataFrame,
    parts: Mapping[str, pd.DataFrame],
    n: int,
    scale: Scale,
) -> Finding:
    """The words that mark low and high scores where they do so most surely; without words, the themes."""
    everyone = plural(n, "comment")
    clear = table[table["q_value"] < CLEAR]
    if len(clear):
        surest = clear.sort_values("z", key=np.abs).iloc[-1]
        same = clear[clear["touchpoint"] == surest["touchpoint"]]
        marks = []
        for side in ("low", "high"):
            terms_of_side = same.loc[same["side"] == side, "term"]
            marks.append(_marks(side, scale, terms_of_side))
        said = "; ".join(mark for mark in marks if mark)
        return Finding(f"{surest['touchpoint']}: {said}", n=everyone)
    themes = pd.DataFrame()
    if "themes" in parts:
        themes = parts["themes"].dropna(subset="unhappy")
    if themes.empty:
        return Finding("No word or pair is surely more common with low or with high scores", n=everyone)
    return _finding_of_themes(themes, everyone, scale)


def _marks(side: str, scale: Scale, terms_of_side: Sequence[str]) -> str:
    """``'long', 'queue' mark low scores``, the first three that share no word; nothing where there are none."""
    named: list[str] = []
    words: set[str] = set()
    for term in terms_of_side:
        its_words = set(term.split())
        if len(named) < NAMED and its_words.isdisjoint(words):
            named.append(repr(term))
            words |= its_words
    if not named:
        return ""
    scores = {"low": "bad", "high": "good"}[side] if lowest_is_best(scale) else side
    verb = "marks" if len(named) == 1 else "mark"
    return f"{listing(named)} {verb} {scores} scores"


def _finding_of_themes(themes: pd.DataFrame, n: str, scale: Scale) -> Finding:
    """The commonest and the unhappiest theme of the first touchpoint."""
    touchpoint = themes["touchpoint"].iloc[0]
    first = themes[themes["touchpoint"] == touchpoint]
    commonest = first.sort_values("share", kind="stable").iloc[-1]
    unhappiest = first.sort_values("unhappy_low", kind="stable").iloc[-1]  # a few unhappy people are no theme
    worse = "above" if lowest_is_best(scale) else "below"
    low = percent(unhappiest["unhappy_low"])
    high = percent(unhappiest["unhappy_high"])
    ends = f"[{low}, {high}]"
    items = [
        Item(f'the commonest theme is "{commonest["theme"]}"', percent(commonest["share"])),
        Item(
            name=f'the unhappiest "{unhappiest["theme"]}"',
            figure=percent(unhappiest["unhappy"]),
            interval=f"{ends} of its scores {worse} {scale.middle:g}",
        ),
    ]
    return Finding(commonest["touchpoint"], items=items, n=n)
