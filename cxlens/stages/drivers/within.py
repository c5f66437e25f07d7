"""Within places and between them: does a touchpoint count in every place, or is it a mark of good places?

The answers of the drivers are read again by place; slopes and their errors belong to
:mod:`cxlens.stats.within_between`, those of each place for itself to :mod:`cxlens.stats.slopes_by_group`. Which places
are good is the question of :func:`cxlens.compare_places`; the picture is in
:mod:`cxlens.stages.drivers.within_chart`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import LINK, Finding
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.values import count, interval, number, percent, plural, signed
from cxlens.engine.answers import Data, collect
from cxlens.engine.labels import NOT_STATED
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.fit import SMALLEST, door_of, hidden_players, hidden_segments, scored_by
from cxlens.stages.drivers.record import Again, Fit
from cxlens.stages.drivers.words import none_clear
from cxlens.stats.clusters import FEWEST as FEWEST_FREE
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import t_quantile
from cxlens.stats.regression import TOLERANCE
from cxlens.stats.regression import Fit as Regression
from cxlens.stats.slopes_by_group import FEWEST, SPARE, OneSlope, OwnSlopes, one_slope, own_slopes
from cxlens.stats.within_between import (
    Between,
    Ratings,
    between_slopes,
    centred,
    reliability,
    variance_of_means,
    within_slopes,
)
from cxlens.study.asked import lowest_is_best

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MARK, BOTH, WITHIN, NOT_CLEAR = "mark of good places", "clear within, more between", "clear within", "not clear"
MORE, LESS = "more", "less"
UNITS = {"nps": "NPS points", "binary": "percentage points"}
OF_SHARES = 100.0  # a share of answers, in percentage points


class Places(NamedTuple):
    """Answers by place: names (k,), cross-products (k, b, q, q), rows (k,), scores (k, p), which are told (k, p).

    ``left_out``: places with too few answers, or hidden.
    """

    names: list[str]
    products: Floats
    rows: NDArray[np.int64]
    scored: NDArray[np.int64]
    shown: Flags
    left_out: int


class Slopes(NamedTuple):
    """What was estimated: within and between places, how sure ratings of places are (p,), and of each place alone."""

    within: Regression
    between: Between
    reliability: Floats
    own: OwnSlopes


def within(record: Fit, by: str) -> View:
    """Slopes within places and between them: see :meth:`cxlens.stages.drivers.drivers.Drivers.within`."""
    _check(record, by)
    asked = record.asked._replace(by=by)
    places = _places(record, asked)
    _check_places(by, places)
    ratings = _ratings(asked, places)
    _check_not_confounded(record, by, places, ratings)
    slopes = _slopes(record, asked, places, ratings)
    by_place, spreads = _by_place(record, asked, places, slopes.own)
    table = _table(record, asked, places, slopes).join(spreads)
    table["kind"] = _kinds(table, record.level)
    table = table.sort_values("within", ascending=False, kind="stable", ignore_index=True)
    fit = _fit(places, slopes.between)
    return View(
        "drivers/within places",
        table,
        _finding(record, by, table, by_place, fit),
        _note(record, by, places, slopes),
        record,
        {"places": by_place, "fit": fit},
        again=Again(within, record, {"by": by}),
        level=record.level,
    )


def _check(record: Fit, by: str) -> None:
    """Refuse drivers that cannot be split by place."""
    record.survey.check_by(by)
    example = f"cx.drivers(survey).within({by!r})"
    if record.by is not None:
        raise OptionError(f"within splits the drivers of all answers; these are by {record.by!r}. Ask: {example}.")
    if min(record.asked.single) < 0:
        raise OptionError(
            f"within looks at one touchpoint each; these drivers have groups, factors or products. Ask: {example}."
        )
    if record.asked.blanks == "impute":
        raise OptionError(
            f"within cannot tell how sure slopes of imputed ratings are. Ask with blanks='drop': {example}."
        )
    if by in [name for name, _ in record.asked.design.factors]:
        raise OptionError(f"{by!r} is a covariate of these drivers, and the place itself. Ask without it: {example}.")


def _places(record: Fit, asked: Asked) -> Places:
    """The answers by place, without those that may not be told."""
    survey = record.survey
    data = collect(asked.reading(survey))
    door = door_of(survey, asked, data)
    rows = data.sums.rows.sum(axis=1).astype(np.int64)
    stated = np.array([name != NOT_STATED for name in data.sums.cells], bool)
    hidden = hidden_segments(asked, data, door)
    kept = stated & ~hidden & (rows >= SMALLEST)
    shown = ~hidden_players(asked, data, door)
    return Places(
        [name for name, is_kept in zip(data.sums.cells, kept, strict=True) if is_kept],
        _only(_in_points(asked, data), kept),
        rows[kept],
        scored_by(asked, data)[kept],
        shown[kept],
        int((stated & ~kept & (rows > 0)).sum()),
    )


def _in_points(asked: Asked, data: Data) -> Floats:
    """Cross-products (c, b, q, q) of answers just read; a yes/no outcome in percentage points."""
    products = data.sums.products
    if asked.kind == "binary":
        products[..., -1] *= OF_SHARES
        products[..., -1, :] *= OF_SHARES
    return products


def _only(products: Floats, kept: Flags) -> Floats:
    """Cross-products of the places that are kept, moved together in place: of hundreds a copy would be gigabytes."""
    rows = np.flatnonzero(kept)
    for place, row in enumerate(rows):
        if place != row:
            products[place] = products[row]
    return products[: len(rows)]


def _check_places(by: str, places: Places) -> None:
    """Refuse so few places that nothing lies between them."""
    told = len(places.names)
    among = told + places.left_out
    if among == 1:
        raise ValuesError(
            f"{by!r} has one place only, so nothing lies between places. cx.drivers(survey) is within it."
        )
    if told < FEWEST:
        are = "is" if told == 1 else "are"
        raise ValuesError(
            f"within needs {FEWEST} places or more with {SMALLEST} answers each; there {are} {told} of {among} in "
            f"{by!r}. With so few, hold the place: cx.drivers(survey, covariates=[{by!r}])."
        )


def _check_not_confounded(
    record: Fit,
    by: str,
    places: Places,
    ratings: Ratings,
) -> None:
    """Refuse touchpoints whose scores differ between places only."""
    of_one = (ratings.variance * places.scored).max(axis=0)
    squares = np.nanmax(np.abs(ratings.mean), axis=0) ** 2
    differs = np.nanmax(ratings.mean, axis=0) > np.nanmin(ratings.mean, axis=0)
    only_between = differs & (of_one <= TOLERANCE * squares)
    names = [repr(record.touchpoints[player]) for player in np.flatnonzero(only_between)]
    if names:
        raise ValuesError(
            f"within {by!r}: all scores of one place are alike for {listing(names)}, so what they go with cannot be "
            "told from the place. Leave them out of Survey(..., touchpoints=[...])."
        )


def _columns(asked: Asked) -> NDArray[np.int64]:
    """(p,) which columns of the regression hold the scores."""
    return asked.design.k + np.arange(len(asked.names))


def _slopes(
    record: Fit,
    asked: Asked,
    places: Places,
    ratings: Ratings,
) -> Slopes:
    """All that is estimated."""
    sums = centred(places.products)
    fit = within_slopes(sums, int(places.rows.sum()), clustered=asked.design.unit is not None)
    variance = variance_of_means(places.products, sums, fit, places.rows)
    between = between_slopes(sums, fit, ratings, _columns(asked), variance)
    own = own_slopes(places.products, sums.means, places.rows)
    return Slopes(fit, between, reliability(ratings, record.level), own)


def _ratings(asked: Asked, places: Places) -> Ratings:
    """The mean score of those who used a touchpoint at each place, and its sampling variance."""
    totals = places.products.sum(axis=1)
    means = []
    variances = []
    for player, column in enumerate(_columns(asked)):
        touchpoint = asked.design.scored[player]
        flag = 1 + asked.design.flags.index(touchpoint) if touchpoint in asked.design.flags else 0
        mean, of_one = _rating(totals, flag, int(column), places.scored[:, player])
        means.append(mean)
        variances.append(of_one / np.maximum(places.scored[:, player], 1))
    return Ratings(np.column_stack(means), np.column_stack(variances))


def _rating(
    totals: Floats,
    flag: int,
    column: int,
    scored: NDArray[np.int64],
) -> tuple[Floats, float]:
    """The mean score at each place (k,), and the variance of one score at a place; 0 where nobody scored at all."""
    weight = totals[:, 0, flag]
    known = (weight > 0) & (scored > 0)
    if not known.any():
        return np.zeros(len(weight)), 0.0
    mean = np.full(len(weight), np.nan)
    mean[known] = totals[known, 0, column] / weight[known]
    about = totals[known, column, column] - weight[known] * mean[known] ** 2
    spare = max(int(scored.sum() - known.sum()), 1)
    per_answer = weight[known].sum() / scored.sum()
    return mean, float(about.sum() / per_answer / spare)


def _table(
    record: Fit,
    asked: Asked,
    places: Places,
    slopes: Slopes,
) -> pd.DataFrame:
    """One row a touchpoint: slopes within, between, and their difference."""
    columns = _columns(asked)
    fit = slopes.within
    between = slopes.between
    table = pd.DataFrame({"touchpoint": asked.names, "n": places.scored.sum(axis=0)})
    error = fit.errors[columns]
    df = np.where(fit.df[columns] < FEWEST_FREE, np.nan, fit.df[columns])
    _add(table, "within", fit.coef[columns], error, df, record.level)
    table["within_p"] = wald_p(fit.coef[columns], error, df)
    table["within_q"] = benjamini_hochberg(table["within_p"])
    free = np.full(len(columns), between.df if between.df >= FEWEST_FREE else np.nan)
    is_told = ~np.isnan(free)
    _add(table, "between", np.where(is_told, between.slope, np.nan), between.error, free, record.level)
    difference = np.where(is_told, between.difference, np.nan)
    _add(table, "difference", difference, between.difference_error, free, record.level)
    table["difference_p"] = wald_p(difference, between.difference_error, free)
    table["difference_q"] = benjamini_hochberg(table["difference_p"])
    table["reliability"] = slopes.reliability
    return table.astype({"n": "Int64"})


def _fit(places: Places, between: Between) -> pd.DataFrame:
    """One row: answers used, places told, places compared between, and their degrees of freedom."""
    row = {
        "n": int(places.rows.sum()),
        "places": len(places.names),
        "between": between.groups,
        "df": between.df,
        "left_out": places.left_out,
    }
    return pd.DataFrame([row])


def _add(
    table: pd.DataFrame,
    name: str,
    value: Floats,
    error: Floats,
    df: Floats,
    level: float,
) -> None:
    """A figure with the ends of its interval."""
    half = t_quantile(level, df) * error
    table[name] = value
    table[f"{name}_low"] = value - half
    table[f"{name}_high"] = value + half


def _kinds(table: pd.DataFrame, level: float) -> Any:
    """Whether a touchpoint is clear within places, a mark of good places, or both."""
    alpha = 1 - level
    is_within = (table["within_q"] < alpha) & (table["within"] > 0)
    is_more_between = (table["difference_q"] < alpha) & (table["difference"] > 0)
    is_good_between = is_more_between & (table["between_low"] > 0)
    is_known = table["within_q"].notna()
    conditions = [is_within & is_good_between, is_good_between & is_known, is_within]
    return np.select(conditions, [BOTH, MARK, WITHIN], NOT_CLEAR)


def _by_place(
    record: Fit,
    asked: Asked,
    places: Places,
    own: OwnSlopes,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a place and touchpoint with its slope, luck taken off; and how far slopes differ, a row a touchpoint."""
    columns = _columns(asked)
    variance = own.variance.copy()
    variance[:, columns] = np.where(places.shown, own.variance[:, columns], np.nan)
    told = own._replace(variance=variance)
    tables = []
    spreads = []
    for player, column in enumerate(columns.tolist()):
        one = one_slope(told, column, record.level)
        rows = pd.DataFrame({"touchpoint": asked.names[player], "place": places.names})
        scored = pd.Series(places.scored[:, player], dtype="Int64")
        rows["n"] = scored.mask(~places.shown[:, player])
        tables.append(rows.join(_figures(one, own.slope[:, column])))
        spreads.append(_spread(one))
    spread = pd.DataFrame(spreads)
    spread["spread_q"] = benjamini_hochberg(spread["spread_p"])
    return _with_positions(pd.concat(tables, ignore_index=True), record.level), spread


def _figures(one: OneSlope | None, raw: Floats) -> pd.DataFrame:
    """The slopes of one touchpoint, a row a place; blank where a place has none of its own."""
    table = pd.DataFrame(np.nan, range(len(raw)), ["raw", "value", "low", "high", "elsewhere", "p_value"])
    if one is None:
        return table
    figures = [raw[one.told], *one.shrunk, np.full(one.told.sum(), one.spread.centre), one.p]
    table.loc[one.told] = np.column_stack(figures)
    return table


def _spread(one: OneSlope | None) -> dict[str, float]:
    """How far the slopes of one touchpoint differ between places."""
    names = ("spread", "spread_low", "spread_high", "spread_p")
    if one is None:
        return dict.fromkeys(names, np.nan)
    low, middle, high = np.sqrt([one.spread.low, one.spread.between, one.spread.high])
    return dict(zip(names, (middle, low, high, one.p_alike), strict=True))


def _with_positions(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """The same with q-values over all rows, and where a point goes with clearly more or less than elsewhere."""
    table["q_value"] = benjamini_hochberg(table["p_value"])
    is_clear = table["q_value"] < 1 - level
    more = is_clear & (table["low"] > table["elsewhere"])
    less = is_clear & (table["high"] < table["elsewhere"])
    table["position"] = np.select([more, less, table["value"].notna()], [MORE, LESS, NOT_CLEAR], "")
    return table


def unit_of(record: Fit) -> str:
    """What slopes are counted in."""
    return UNITS.get(record.asked.kind, "points")


def digits_of(record: Fit) -> int:
    """With how many decimals slopes are written."""
    return 1 if record.asked.kind in UNITS else 2


def _finding(
    record: Fit,
    by: str,
    table: pd.DataFrame,
    by_place: pd.DataFrame,
    fit: pd.DataFrame,
) -> Finding:
    """The first mark of good places, else the first that is clear within; and where a point goes with more or less."""
    more = [*_about_marks(table, int(fit["between"].iloc[0])), *_about_places(record, by_place)]
    marks = table[table["kind"] == MARK].sort_values("difference_p", kind="stable")
    clear = table[table["kind"].isin([WITHIN, BOTH])]
    if len(marks):
        found = _of_mark(record, by, marks.iloc[0])
    elif len(clear):
        among = f"clear for {len(clear)} of {plural(len(table), 'touchpoint')}"
        found = _of_clear(record, by, clear.iloc[0], among)
    else:
        lead = f"No touchpoint clearly goes with {record.outcome_words} within places ({record.survey.named(by)})"
        found = Finding(lead, certainty=none_clear(table["within_q"], record.level))
    return replace(found, n=count(fit["n"].iloc[0]), caution=LINK, more=more)


def _of_mark(
    record: Fit,
    by: str,
    row: pd.Series[Any],
) -> Finding:
    """A mark of good places, with its slope between them and within."""
    inside = f"{_figure(record, row, 'within')} {_ends(record, row, 'within')} within"
    mark = f"{row['touchpoint']} is a mark of good places"
    return Finding(
        f"By {record.survey.named(by)}, {mark}, with no clearly better {record.outcome_words} within one:",
        _figure(record, row, "between"),
        _ends(record, row, "between"),
        f"{_per_point(record, row)} between places",
        f"{inside}, clearly less",
    )


def _of_clear(
    record: Fit,
    by: str,
    row: pd.Series[Any],
    among: str,
) -> Finding:
    """A touchpoint that is clear within places."""
    return Finding(
        f"Within places ({record.survey.named(by)}), {row['touchpoint']} goes with {record.outcome_words}:",
        _figure(record, row, "within"),
        _ends(record, row, "within"),
        _per_point(record, row),
        among,
    )


def _about_marks(table: pd.DataFrame, places: int) -> list[str]:
    """Which others are marks, which are clearly more between, that none is, or that it cannot be told."""
    marks = table[table["kind"] == MARK].sort_values("difference_p", kind="stable")["touchpoint"].tolist()
    if len(marks) > 1:
        return [f"So {'is' if len(marks) == 2 else 'are'} {listing(marks[1:])}"]
    if marks:
        return []
    both = table.loc[table["kind"] == BOTH, "touchpoint"].tolist()
    if both:
        return [f"Clearly more between places than within: {listing(both)}"]
    if table["difference_p"].isna().all():
        return [_too_few(places, len(table))]
    return ["No touchpoint is clearly linked more between places than within"]


def _too_few(places: int, p: int) -> str:
    """Why nothing is told between places."""
    needed = int(FEWEST_FREE) + p + 1
    return f"{plural(places, 'place')} are too few to tell {plural(p, 'touchpoint')} between them; {needed} would do"


def _about_places(record: Fit, by_place: pd.DataFrame) -> list[str]:
    """Where a point goes with clearly more, or less, than elsewhere."""
    said = []
    for position in (MORE, LESS):
        rows = by_place[by_place["position"] == position].sort_values("p_value", kind="stable")
        items = []
        for row in rows.to_dict("records"):
            ends = interval(row["low"], row["high"], digits_of(record))
            items.append(f"{row['touchpoint']} in {row['place']} ({signed(row['value'], digits_of(record))} {ends})")
        if items:
            said.append(f"A point goes with clearly {position} than elsewhere: {listing(items, 3)}")
    return said


def _figure(
    record: Fit,
    row: Any,
    name: str,
) -> str:
    return signed(row[name], digits_of(record))


def _ends(
    record: Fit,
    row: Any,
    name: str,
) -> str:
    return interval(row[f"{name}_low"], row[f"{name}_high"], digits_of(record))


def _per_point(record: Fit, row: Any) -> str:
    """``NPS points per rating point``; where the lowest score is the best, per point better."""
    survey = record.survey
    better = " better" if lowest_is_best(survey.outcome_scales.get(record.outcome)) else ""
    own = survey.scales.get(row["touchpoint"], survey.scale)
    step = "point better" if lowest_is_best(own) else "rating point"
    return f"{unit_of(record)}{better} per {step}"


def _note(
    record: Fit,
    by: str,
    places: Places,
    slopes: Slopes,
) -> str:
    """How slopes were told, what draws them to 0, and what is left out."""
    between = slopes.between
    sentences = [
        f"Within: answers of one place ({record.survey.named(by)}) compared; between: means of places, all touchpoints "
        f"at once in both. Intervals: {percent(record.level)}; places are few, and errors know it.",
        "The mood of a person raises ratings and outcome alike: it is in slopes within places, and levels out between.",
    ]
    if between.df >= FEWEST_FREE:
        freedom = plural(between.df, "degree")
        sentences.append(f"Between: {plural(between.groups, 'place')}, {freedom} of freedom.")
    else:
        sentences.append(f"{_too_few(between.groups, len(record.touchpoints))}.")
    sentences += _about_means(slopes.reliability)
    if record.asked.fitted:
        sentences.append(
            f"By linear regression, in {unit_of(record)}, unlike the log odds of the drivers: where nearly all of a "
            "place answer alike, slopes are smaller."
        )
    sentences.append(f"A place has slopes of its own from {SPARE} answers beyond the columns on.")
    if places.left_out:
        left_out = plural(places.left_out, "place")
        sentences.append(f"Left out: {left_out} ({reason(SMALLEST)}).")
    return " ".join(sentences)


def _about_means(shares: Floats) -> list[str]:
    """How far means of places are chance, which draws the difference to 0."""
    known = shares[~np.isnan(shares)]
    if not len(known):
        return []
    ends = " to ".join(dict.fromkeys([number(known.min()), number(known.max())]))
    return [
        f"Ratings of places are means of few people (reliability {ends}): what they tell beyond the slope within is "
        "drawn towards 0 by so much."
    ]
