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
from cxlens.common.values import CLEAR, count, percent, plural
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.errors import ValuesError, check_known, check_seed, listing
from cxlens.stages.baseline.cells import Units, units_of_answers, weighted_figure
from cxlens.stages.baseline.interviews import Interviews, beside_comments
from cxlens.stages.baseline.phrases import phrases_by_side
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
PRIOR = 0.1  # the prior weighs as much as this share of the words of the side that wrote less
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
    parts = _parts(spoken, codebook, scale, min_n, seed)

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
    n_low = int(about.is_low.sum())
    n_high = int(about.is_high.sum())
    names, used = _counted(about, silent, min_n)
    if not names or not n_low or not n_high:
        return pd.DataFrame(columns=TERMS)
    if not used.low_words.any() or not used.high_words.any():  # one side wrote nothing but words that do not count
        return pd.DataFrame(columns=TERMS)
    in_low = np.bincount(used.term[~used.is_high], minlength=len(names))
    in_high = np.bincount(used.term[used.is_high], minlength=len(names))
    delta, error = _log_odds(used, len(names))
    half = normal_quantile(LEVEL) * error
    z = delta / error
    table = pd.DataFrame(
        {
            "touchpoint": about.touchpoint,
            "term": names,
            "kind": ["pair" if " " in term else "word" for term in names],
            "n_low": in_low,
            "n_high": in_high,
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


class _Used(NamedTuple):
    """Who used which term how often: the entries of a table of comments by terms that are not 0, each with its side.

    ``unit`` numbers the cluster or respondent of the comment. ``low_words`` and ``high_words``: (g,) words that each
    unit wrote with low and with high scores; ``comments``: how many comments there are of each side.
    """

    term: NDArray[np.int64]
    unit: NDArray[np.int64]
    uses: Floats
    is_high: Flags
    low_words: Floats
    high_words: Floats
    comments: tuple[int, int]


def _exposures(used: _Used, y_low: NDArray[Any], y_high: NDArray[Any]) -> tuple[float, float]:
    """How much was written on each side.

    Were it all words, those that mark one side would make all others rare there; were it comments, those of people who
    write more would mark every word. Between the two the typical term decides: the median ratio of uses, as in counts
    of genes (Anders and Huber 2010, Genome Biology 11).
    """
    words = (float(used.low_words.sum()), float(used.high_words.sum()))
    ratios = [words[1] / words[0], used.comments[1] / used.comments[0]]
    typical = float(np.median((y_high + 0.5) / (y_low + 0.5)))
    ratio = min(max(typical, min(ratios)), max(ratios))
    low = max(words[0], words[1] / ratio)  # never less than the words there are
    return low, low * ratio


def _log_odds(used: _Used, n_terms: int) -> tuple[Floats, Floats]:
    """Log-odds of each term among the words of high against those of low scores, with errors.

    The prior is what both sides say. Errors are the larger of two: that of words drawn one by one, and that of units,
    which write several words, and may write of both sides.
    """
    y_low = np.bincount(used.term[~used.is_high], used.uses[~used.is_high], n_terms)
    y_high = np.bincount(used.term[used.is_high], used.uses[used.is_high], n_terms)
    n_low, n_high = _exposures(used, y_low, y_high)
    used = used._replace(
        low_words=used.low_words * n_low / used.low_words.sum(),
        high_words=used.high_words * n_high / used.high_words.sum(),
    )
    weight = PRIOR * min(n_low, n_high)
    prior = weight * (y_low + y_high) / (n_low + n_high)
    delta, error = log_odds(y_low, y_high, prior, (n_low, n_high, weight))
    low = (y_low + prior) / (n_low + weight)
    high = (y_high + prior) / (n_high + weight)
    by_unit = _error_by_unit(used, low * n_low, high * n_high, low, high)
    return delta, np.maximum(error, by_unit)


def _error_by_unit(used: _Used, k_low: Floats, k_high: Floats, low: Floats, high: Floats) -> Floats:
    """Errors of the log-odds of terms from what each unit adds to them (``k`` uses, shares ``low`` and ``high``).

    A unit that wrote L words, y of them the term, adds (y - share x L) / (k x (1 - share)) on its side.
    """
    n_terms = len(low)
    of_high = 1 / (k_high * (1 - high))
    of_low = 1 / (k_low * (1 - low))
    per_use = np.where(used.is_high, of_high[used.term], -of_low[used.term])
    pairs, places = np.unique(used.unit * n_terms + used.term, return_inverse=True)
    added = np.bincount(places, used.uses * per_use)
    unit, term = np.divmod(pairs, n_terms)
    of_high = high * of_high
    of_low = low * of_low
    expected = used.high_words[unit] * of_high[term] - used.low_words[unit] * of_low[term]
    squares = np.bincount(term, added**2 - 2 * added * expected, n_terms)
    squares += of_high**2 * (used.high_words**2).sum() + of_low**2 * (used.low_words**2).sum()
    squares -= 2 * of_high * of_low * (used.high_words * used.low_words).sum()
    g = max(len(used.low_words), 2)
    return np.asarray(np.sqrt(np.clip(squares, 0, None) * g / (g - 1)))


def _without_few(table: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """The same; a few people on one side are not counted out, and the side alone is said."""
    counts = table[["n_low", "n_high"]].astype("Int64")
    few = (counts > 0) & (counts < min_n)
    figures = table[["log_odds", "low", "high", "z", "q_value"]].mask(few.any(axis=1))  # the counts follow from them
    return table.assign(**counts.mask(few), **figures)


def _counted(about: _Comments, silent: frozenset[str], min_n: int) -> tuple[list[str], _Used]:
    """The terms of enough comments, not of all, and who used them; codes are no words."""
    on_a_side = np.flatnonzero(about.is_low | about.is_high)
    ids, units = np.unique(about.units[on_a_side], return_inverse=True)
    sides = about.is_high[on_a_side].astype(int)
    texts = [about.texts[place] for place in on_a_side]
    said = [[] if is_coded(text) else terms(text, silent) for text in texts]
    written = np.zeros((2, len(ids)))
    np.add.at(written, (sides, units), [_n_words(of_comment) for of_comment in said])
    in_comments = Counter(term for of_comment in said for term in set(of_comment))
    names = sorted(term for term, n in in_comments.items() if min_n <= n < len(texts))
    places = {name: place for place, name in enumerate(names)}
    entries = [
        (places[term], unit, uses, side)
        for of_comment, unit, side in zip(said, units.tolist(), sides.tolist(), strict=True)
        for term, uses in Counter(of_comment).items()
        if term in places
    ]
    columns = np.array(entries, np.int64).reshape(-1, 4).T
    return names, _used(columns, written, sides)


def _n_words(said: list[str]) -> int:
    """How many of the terms are words, not pairs."""
    return sum(" " not in term for term in said)


def _used(columns: NDArray[np.int64], written: Floats, sides: NDArray[np.int64]) -> _Used:
    """From entries (4, m), term, unit, uses and side; words written on each side (2, g); the side of each comment."""
    return _Used(
        term=columns[0],
        unit=columns[1],
        uses=columns[2].astype(float),
        is_high=columns[3].astype(bool),
        low_words=written[0],
        high_words=written[1],
        comments=(int((sides == 0).sum()), int(sides.sum())),
    )


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


def _parts(
    spoken: list[_Comments],
    codebook: Codebook | str | Path | None,
    scale: Scale,
    min_n: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Coverage, themes and comments drawn where there is a codebook, and phrases."""
    parts = {"coverage": _coverage(spoken, min_n)}
    if codebook is not None:
        themes = read_codebook(codebook)
        parts = _with_themes(parts["coverage"], spoken, themes, scale, min_n, seed)
    phrases = [_phrases(about, min_n) for about in spoken]
    parts["phrases"] = pd.concat(phrases, ignore_index=True)
    return parts


def _phrases(about: _Comments, min_n: int) -> pd.DataFrame:
    """What several people wrote word for word, with low scores and with high ones."""
    _, people = np.unique(about.units, return_inverse=True)
    sides = {"low": about.is_low, "high": about.is_high}
    return phrases_by_side(about.touchpoint, about.texts, people, sides, min_n)


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
        return Finding("No word or pair is clearly more common with low or with high scores", n=everyone)
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
    scores = side
    if lowest_is_best(scale):
        scores = {"low": "bad", "high": "good"}[side]
    verb = "marks" if len(named) == 1 else "mark"
    return f"{listing(named)} {verb} {scores} scores"


def _finding_of_themes(themes: pd.DataFrame, n: str, scale: Scale) -> Finding:
    """The commonest theme of the first touchpoint; which has the most low ratings is told, but not tested."""
    touchpoint = themes["touchpoint"].iloc[0]
    first = themes[themes["touchpoint"] == touchpoint]
    commonest = first.sort_values("share", kind="stable").iloc[-1]
    unhappiest = first.sort_values("unhappy_low", kind="stable").iloc[-1]  # a few unhappy people are no theme
    worse = "above" if lowest_is_best(scale) else "below"
    low = percent(unhappiest["unhappy_low"])
    high = percent(unhappiest["unhappy_high"])
    ends = f"[{low}, {high}]"
    items = [Item(f'the commonest theme is "{commonest["theme"]}"', percent(commonest["share"]))]
    of_its_scores = f"{percent(unhappiest['unhappy'])} {ends} of its scores {worse} {scale.middle:g}"
    lowest = f'Most low ratings, not tested against the others: "{unhappiest["theme"]}", {of_its_scores}'
    return Finding(commonest["touchpoint"], items=items, more=[lowest], n=n)
