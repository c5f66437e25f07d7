"""Comments: words that mark low against high scores, themes of a codebook, and a few of the comments themselves.

No language model, nothing downloaded: words are counted. How a text becomes words is in
:mod:`cxlens.stages.baseline.wording`, the log-odds are in :mod:`cxlens.stats.log_odds`; pictures do not belong here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, percent, plural
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.errors import ValuesError, check_kind, check_known, listing
from cxlens.stages.baseline.cells import hidden_reasons, weighted_figure
from cxlens.stages.baseline.wording import STOPWORDS, Codebook, Theme, is_coded, mask, matches, read_codebook, terms
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import normal_quantile
from cxlens.stats.log_odds import log_odds
from cxlens.study.survey import Scale, Survey

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEVEL = 0.95
CLEAR = 0.05  # q-value below which a term is told apart from chance
PRIOR = 0.1  # the prior weighs as much as this share of the comments of the smaller side
SAMPLED = 3  # comments shown of a theme
NOT_CODED = "(not coded)"
TERMS = ["touchpoint", "term", "kind", "n_low", "n_high", "log_odds", "low", "high", "z", "q_value", "side"]


class _Said(NamedTuple):
    """The comments (m,) on a touchpoint, with score (NaN where none) and weight, and whose score is low and high."""

    name: str
    texts: list[str]
    scores: Floats
    weights: Floats
    is_low: Flags
    is_high: Flags


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

    Parameters
    ----------
    survey
        A survey with a scale that names columns of comments: ``Survey(..., comments={touchpoint: column})``. A comment
        is free text, or codes that a reader gave it, joined by ``";"``: ``"41;63"``.
    touchpoint
        Only this one.
    codebook
        ``{theme: [patterns]}``, or a TOML file of that. A pattern is a word or phrase, capitals aside, in which ``*``
        stands for any letters: ``"queue*"``. A number is a code. A comment may have several themes.
    stopwords
        Words that say nothing, instead of the English ones built in. Words like "not" are no stop words.
    top
        Words and pairs shown of each side and touchpoint.
    min_n
        Words, pairs and themes of fewer comments are not shown, nor are comments from such themes.
    seed
        Draws the comments shown.

    Returns
    -------
    View
        Of kind "comments". One row a word or pair of neighbouring words, the surest first: ``touchpoint``, ``term``,
        ``kind`` ("word" or "pair"), ``n_low`` and ``n_high`` (comments that hold it, of people with a low score: up to
        the middle of the scale, and a high one: its top box; scores between count for neither), ``log_odds`` (positive:
        marks high scores) with ``low`` and ``high`` (95 %), ``z``, ``q_value`` over all terms of the touchpoint,
        ``side`` ("low" or "high"). Weights do not count here.

        Parts: ``coverage``, one row a touchpoint: ``n`` comments, ``n_low``, ``n_high``, and with a codebook ``coded``
        and ``uncoded`` (numbers) and ``coded_share``. With a codebook: ``themes``, one row a touchpoint and theme:
        ``n``, ``share`` of the comments with interval (Wilson), ``mean`` score with ``low`` and ``high``, ``unhappy``
        (share of scores below the middle of the scale) with interval, ``note``, all weighted; and ``verbatims``, up to
        three comments a theme: ``touchpoint``, ``theme``, ``comment``, with digits, addresses and links masked. Names
        are not masked: read comments before you publish them.

    Raises
    ------
    FileError, OptionError, ValuesError
        Without comments or a scale, for an unknown touchpoint, and a codebook without themes or patterns.

    Notes
    -----
    Log-odds with an informative Dirichlet prior: Monroe, Colaresi and Quinn (2008), from numbers of comments, not uses,
    so that a long comment counts once; the prior is the share of each term among all comments of the touchpoint, as
    heavy as a tenth of the smaller side. Words are runs of letters in lower case; those with digits are dropped.
    Languages that do not part words by spaces are not read.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> from cxlens.stages.baseline.comments import comments
    >>> simulated = pd.DataFrame({"desk": [1, 2, 2, 1, 2, 5, 5, 4, 5, 4], "nps": [3, 4, 2, 1, 5, 9, 9, 8, 10, 7],
    ...                           "said": ["Long queue"] * 5 + ["Friendly staff"] * 5})
    >>> survey = cx.Survey(simulated, touchpoints=["desk"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5),
    ...                    comments={"desk": "said"})
    >>> view = comments(survey, codebook={"waiting": ["queue*", "wait*"]}, top=1)
    >>> view.table[["term", "n_low", "n_high", "side"]].to_numpy().tolist()
    [['friendly', 0, 5, 'high'], ['long', 5, 0, 'low']]
    >>> view.parts["themes"][["theme", "n", "share", "mean"]].to_numpy().tolist()
    [['waiting', 5, 0.5, 1.6]]
    """
    kind = "cx.Survey(data, touchpoints=[...], outcome=..., comments={touchpoint: column})"
    check_kind("comments", survey, Survey, kind)
    said, scale = _said(survey, touchpoint)
    stop = STOPWORDS if stopwords is None else frozenset(word.lower() for word in stopwords)
    spoken = [own for one in said if len(own := _terms(one, stop, top, min_n))]
    table = pd.concat(spoken, ignore_index=True) if spoken else pd.DataFrame(columns=TERMS)
    parts = {"coverage": _coverage(said, min_n)}
    if codebook is not None:
        themes, rng = read_codebook(codebook), np.random.default_rng(seed)
        found = [_themes(one, themes, scale, min_n, rng) for one in said]
        coded = pd.DataFrame([own[0] for own in found]).astype({"coded": "Int64", "uncoded": "Int64"})
        parts["coverage"] = pd.concat([parts["coverage"], coded], axis=1)
        parts["themes"] = pd.DataFrame([line for own in found for line in own[1]]).astype({"n": "Int64"})
        verbatims = [line for own in found for line in own[2]]
        parts["verbatims"] = pd.DataFrame(verbatims, columns=["touchpoint", "theme", "comment"])
    n = sum(len(one.texts) for one in said)
    what = "Words and pairs" if len(table) else "Themes"
    note = (
        f"{what} in comments, n = {count(n)}, intervals {percent(LEVEL)}. Low: scores up to {scale.middle:g}; "
        f"high: from {scale.top_from:g}; scores between count for neither. Fewer than {min_n} comments are not shown."
    )
    return View("baseline/comments", table, in_one(_sentence(table, parts, said, scale)), note, survey, parts)


def _said(survey: Survey, touchpoint: str | None) -> tuple[list[_Said], Scale]:
    """Who commented on what, and the scale that says which scores are low."""
    if not survey.comments:
        raise ValuesError("the survey has no comments. Name them in Survey(..., comments={touchpoint: column}).")
    if touchpoint is not None:
        check_known("touchpoint", [touchpoint], list(survey.comments), "Touchpoints with comments")
    scale = survey.scale
    if scale is None:
        raise ValuesError(
            "comments cannot tell low scores from high ones: there is no scale. "
            "Name it: cx.Survey(..., scale=cx.Scale(low, high))."
        )
    rows, said = survey.rows(), []
    for name, column in survey.comments.items():
        texts = in_words(rows.labels[column])
        own = np.array([bool(text.strip()) for text in texts], bool) & (texts != NOT_STATED)
        if touchpoint in (None, name) and own.any():
            x = rows.scores[own, survey.touchpoints.index(name)]
            high = x >= scale.top_from
            said.append(_Said(name, texts[own].tolist(), x, rows.weights[own], (x <= scale.middle) & ~high, high))
    if not said:
        columns = [column for name, column in survey.comments.items() if touchpoint in (None, name)]
        raise ValuesError(f"there are no comments in {listing(map(repr, columns))}. Check the columns.")
    return said, scale


def _terms(one: _Said, stop: frozenset[str], top: int, min_n: int) -> pd.DataFrame:
    """The surest terms of each side."""
    counts = (Counter[str](), Counter[str]())
    for text, low, high in zip(one.texts, one.is_low, one.is_high, strict=True):
        if (low or high) and not is_coded(text):
            counts[int(high)].update(terms(text, stop))
    sizes = int(one.is_low.sum()), int(one.is_high.sum())
    names = [term for term in sorted(counts[0] | counts[1]) if min_n <= counts[0][term] + counts[1][term] < sum(sizes)]
    if not names or 0 in sizes:
        return pd.DataFrame(columns=TERMS)
    y_low, y_high = (np.array([own[term] for term in names]) for own in counts)
    weight = PRIOR * min(sizes)
    delta, error = log_odds(y_low, y_high, weight * (y_low + y_high) / sum(sizes), (*sizes, weight))
    half, z = normal_quantile(LEVEL) * error, delta / error
    kinds = ["pair" if " " in term else "word" for term in names]
    figures = [y_low, y_high, delta, delta - half, delta + half, z, benjamini_hochberg(2 * special.ndtr(-np.abs(z)))]
    made = zip(TERMS, [one.name, names, kinds, *figures, np.where(delta < 0, "low", "high")], strict=True)
    table = pd.DataFrame(dict(made)).sort_values("z", key=np.abs, ascending=False, kind="stable")
    for side in ("n_low", "n_high"):  # a few people on one side are not counted out
        table[side] = table[side].astype("Int64").mask(table[side].between(1, min_n - 1))
    return table.groupby("side").head(top)


def _coverage(said: list[_Said], min_n: int) -> pd.DataFrame:
    """How many commented on each touchpoint; fewer than ``min_n`` are not counted out."""
    lines = []
    for one in said:
        sizes = [len(one.texts), int(one.is_low.sum()), int(one.is_high.sum())]
        low, high = sizes[1:]
        few = 0 < min(low, high) < min_n or sizes[0] < min_n
        lines.append([one.name, sizes[0] if sizes[0] >= min_n else pd.NA, *([pd.NA] * 2 if few else (low, high))])
    table = pd.DataFrame(lines, columns=["touchpoint", "n", "n_low", "n_high"])
    return table.astype(dict.fromkeys(["n", "n_low", "n_high"], "Int64"))


def _themes(
    one: _Said, themes: Mapping[str, Theme], scale: Scale, min_n: int, rng: np.random.Generator
) -> tuple[dict[str, Any], list[dict[str, Any]], list[tuple[str, str, str]]]:
    """How much of the comments on a touchpoint is coded, a line for each theme, and comments drawn from each."""
    flags = {theme: matches(one.texts, own) for theme, own in themes.items()}
    flags[NOT_CODED] = ~np.any(list(flags.values()), axis=0)
    sizes = pd.Series({theme: int(own.sum()) for theme, own in flags.items()})
    hidden = hidden_reasons(sizes[sizes > 0], min_n)
    uncoded, n = sizes[NOT_CODED], len(one.texts)
    coverage: dict[str, Any] = {"coded": n - uncoded, "uncoded": uncoded, "coded_share": 1 - uncoded / n}
    if NOT_CODED in hidden:
        coverage = {"coded": pd.NA, "uncoded": pd.NA, "coded_share": np.nan}
    lines = [_theme(one, theme, flags[theme], hidden.get(theme, ""), scale, min_n) for theme in themes]
    drawn = []
    for theme, own in flags.items():
        shown = [k for k in np.flatnonzero(own) if not is_coded(one.texts[k])]
        apart = list(dict.fromkeys(one.texts[k] for k in shown))  # the same words twice tell nothing new
        if theme not in hidden and len(shown) >= min_n:
            picked = sorted(rng.choice(len(apart), min(SAMPLED, len(apart)), replace=False))
            drawn += [(one.name, theme, mask(apart[k])) for k in picked]
    return coverage, lines, drawn


def _theme(one: _Said, theme: str, own: Flags, hidden: str, scale: Scale, min_n: int) -> dict[str, Any]:
    """How often a theme is named, and how those who name it score."""
    figures = [f"{name}{end}" for name in ("share", "unhappy") for end in ("", "_low", "_high")]
    line: dict[str, Any] = {"touchpoint": one.name, "theme": theme, "n": pd.NA}
    line |= dict.fromkeys([*figures[:3], "mean", "low", "high", *figures[3:]], np.nan)
    line["note"] = hidden
    if not hidden:
        line |= {"n": int(own.sum())}
        line |= zip(figures[:3], weighted_figure(own.astype(float), one.weights, "share", LEVEL), strict=True)
        scored = own & ~np.isnan(one.scores)
        if scored.sum() >= min_n:
            x, w = one.scores[scored], one.weights[scored]
            line |= zip(("mean", "low", "high"), weighted_figure(x, w, "mean", LEVEL, scale), strict=True)
            line |= zip(figures[3:], weighted_figure((x < scale.middle).astype(float), w, "share", LEVEL), strict=True)
        else:
            line["note"] = f"fewer than {min_n} scores" if own.any() else "no comments"
    return line


def _sentence(table: pd.DataFrame, parts: Mapping[str, pd.DataFrame], said: list[_Said], scale: Scale) -> str:
    """The words that mark low and high scores where they do so most surely; without words, the themes."""
    n = f"n = {plural(sum(len(one.texts) for one in said), 'comment')}."
    clear = table[table["q_value"] < CLEAR]
    if len(clear):
        surest = clear.sort_values("z", key=np.abs).iloc[-1]
        own = clear[clear["touchpoint"] == surest["touchpoint"]]
        sides = []
        for side in ("low", "high"):
            found: list[str] = []
            for term in own.loc[own["side"] == side, "term"]:  # three that share no word
                if len(found) < 3 and not set(term.split()) & set(" ".join(found).split()):
                    found.append(term)
            sides += [f"{listing(map(repr, found))} mark{'' if found[1:] else 's'} {side} scores"] if found else []
        return f"{surest['touchpoint']}: {'; '.join(sides)}. {n}"
    known = parts["themes"].dropna(subset="unhappy") if "themes" in parts else pd.DataFrame()
    if known.empty:
        return f"No word or pair is surely more common with low or with high scores. {n}"
    own = known[known["touchpoint"] == known["touchpoint"].iloc[0]]
    often = own.sort_values("share", kind="stable").iloc[-1]
    worst = own.sort_values("unhappy_low", kind="stable").iloc[-1]  # a few unhappy people are no theme
    ends = f"[{percent(worst['unhappy_low'])}, {percent(worst['unhappy_high'])}]"
    return (
        f'{often["touchpoint"]}: the commonest theme is "{often["theme"]}" ({percent(often["share"])}); '
        f'the unhappiest "{worst["theme"]}" '
        f"({percent(worst['unhappy'])} {ends} of its scores below {scale.middle:g}). {n}"
    )
