"""Diagnosis: can the model behind the drivers be trusted, and which respondents carry it?

Collinearity, halo, influence and cross-validation of :class:`cxlens.stages.drivers.drivers.Drivers`, and the model
itself for statsmodels. Nothing here changes a figure of the drivers; pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import count, number, percent
from cxlens.engine.answers import segment_rows
from cxlens.engine.design import Column, Design, DesignRows, takes_part
from cxlens.engine.labels import segment_of
from cxlens.errors import ValuesError, check_known
from cxlens.stages.drivers.ask import column_names
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stages.drivers.record import Again, Fit
from cxlens.stages.drivers.score import correlations
from cxlens.stats.regression import TOLERANCE, independent, sweep_out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FOLDS = 10
MOST_INFLUENTIAL = 10
HALO = ["segment", "touchpoints", "share", "unrelated"]
INFLUENCE = ["segment", "row", "cook", "leverage", "moves", "by"]
CROSS_VALIDATION = ["segment", "n", "folds", "r2", "r2_cross_validated"]


def model(record: Fit, segment: str | None = None) -> Any:
    """The full model as results of statsmodels, for everything statsmodels can do with them.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.model`.
    """
    import statsmodels.api as sm
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    segment = _one_segment(record, segment)
    cell = record.data.sums.cells.index(segment)
    rows, clusters = segment_rows(record.data, cell)
    x = _design_frame(record, rows)
    y = pd.Series(rows.z[:, -1], name=record.outcome)
    errors: dict[str, Any] = {"cov_type": "HC1" if record.asked.fitted else "HC3"}
    if clusters is not None:
        errors = {"cov_type": "cluster", "cov_kwds": {"groups": clusters}}
    if record.asked.kind == "ordinal":
        if (rows.weights != 1).any():
            raise ValuesError(
                "statsmodels ignores the weights of an ordinal model, so it would not give the figures of the drivers. "
                "Use a survey without weights, or the table of the drivers."
            )
        ordinal = OrderedModel(y, x.drop(columns="constant"), distr="logit")
        return ordinal.fit(method="bfgs", disp=False, **errors)
    if record.asked.kind == "binary":
        logit = sm.GLM(y, x, sm.families.Binomial(), var_weights=rows.weights)
        return logit.fit(use_t=True, tol=1e-12, **errors)
    linear = sm.WLS(y, x, weights=rows.weights)
    return linear.fit(use_t=True, **errors)


def _one_segment(record: Fit, segment: str | None) -> str:
    """The segment asked for, or the only one; refuses where there is no model of its rows."""
    reason = _why_no_rows(record)
    if reason:
        raise ValuesError(f"there is no model of rows to hand over: {reason}.")
    if segment is None and len(record.segments) > 1:
        raise ValuesError(
            f"there is a model for each segment of {record.by!r}. Name one: segment={record.segments[0]!r}."
        )
    check_known(
        "segment",
        [] if segment is None else [segment],
        record.segments,
        "Segments",
    )
    return segment or record.segments[0]


def diagnosis(record: Fit) -> View:
    """Collinearity, halo, influential respondents and cross-validation of the drivers.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.diagnosis`.
    """
    why_not = _why_no_rows(record) or _why_no_least_squares(record)
    table = pd.concat(
        [_vif_rows(record, s) for s in range(len(record.segments))],
        ignore_index=True,
    )
    parts = {
        "halo": pd.DataFrame(_halo_rows(record), columns=HALO),
        "influence": pd.DataFrame([] if why_not else _influence_rows(record), columns=INFLUENCE),
        "cross-validation": pd.DataFrame(
            [] if why_not else _validation_rows(record),
            columns=CROSS_VALIDATION,
        ),
    }
    finding = _finding(record, table, parts)
    if not record.by:
        table = table.drop(columns="segment")
        parts = {name: part.drop(columns="segment") for name, part in parts.items()}
    return View(
        "drivers/diagnosis",
        table,
        finding,
        _note(why_not, bool(record.asked.design.label_columns)),
        record,
        parts,
        again=Again(diagnosis, record),
    )


def _why_no_rows(record: Fit) -> str:
    """Why no rows stand behind the figures; empty where they do."""
    if record.asked.blanks == "impute":
        return "blanks were imputed, so the figures are means over many models. Choose blanks='drop'"
    if record.data.part is None:
        return "the rows are on disk or too many. Take a sample of them, or a segment"
    return ""


def _why_no_least_squares(record: Fit) -> str:
    if record.asked.fitted:
        return f"the outcome is {record.asked.kind}"
    return ""


def _design_frame(record: Fit, rows: DesignRows) -> pd.DataFrame:
    """The columns of the regression under names of their own; those that follow from others are left out."""
    design = record.asked.design
    touchpoints = record.survey.touchpoints
    names = ["constant"]
    names += [f"used {touchpoints[place]}" for place in design.flags]
    names += [touchpoints[place] for place in design.controls]
    for factor, values in design.factors:
        names += [f"{factor} = {value}" for value in values[1:]]
    names += column_names(record.survey, record.asked)
    x = rows.z[:, :-1]
    alive = independent((x.T * rows.weights) @ x)
    return pd.DataFrame(x, columns=names).loc[:, alive]


# Collinearity


def _vif_rows(record: Fit, s: int) -> pd.DataFrame:
    """The variance inflation of each player in one segment."""
    totals = record.data.sums.totals()
    stack = totals[:, :, [record.kept[s]]]
    rows = pd.DataFrame({"segment": record.segments[s], "touchpoint": record.touchpoints})
    rows["columns"] = record.asked.design.widths
    rows["vif"] = _vifs(record.asked.design, stack)
    return rows


def _vifs(design: Design, stack: Floats) -> list[float]:
    """Of each player, from cross-products (q, q, 1)."""
    starts = np.cumsum([design.k, *design.widths[:-1]])
    vifs = []
    for player, start in zip(design.players, starts.tolist(), strict=True):
        vifs.append(_vif(design, stack, player, start))
    return vifs


def _vif(
    design: Design,
    stack: Floats,
    player: tuple[Column, ...],
    start: int,
) -> float:
    """The generalised variance inflation of the columns of one player, to the power of one column.

    Fox and Monette (1992). Its own usage is held either way: the 0 for "not used" is a mere code.
    """
    columns = list(range(start, start + len(player)))
    touchpoints = {place for column in player for place in column.at}
    flagged = [place for place in touchpoints if place in design.flags]
    own_usage = {1 + design.flags.index(place) for place in flagged}
    all_columns = range(len(stack) - 1)
    all_others = [j for j in all_columns if j not in columns]
    free = _conditional(stack, [0, *own_usage], columns)
    held = _conditional(stack, all_others, columns)
    alive = independent(free)
    if not alive.any():
        return np.nan
    variances = np.diag(free)[alive]
    size = np.sqrt(variances)
    scale = np.outer(size, size)
    block = np.ix_(alive, alive)
    det_free = np.linalg.det(free[block] / scale)
    det_held = np.linalg.det(held[block] / scale)
    inflation = det_free / det_held if det_held > 0 else np.inf
    return float(inflation ** (1 / alive.sum()))


def _conditional(stack: Floats, held: list[int], columns: list[int]) -> Floats:
    """Cross-products of some columns with others held."""
    outcome = len(stack) - 1
    order = [*held, *columns, outcome]
    block = stack[np.ix_(order, order)]
    swept = sweep_out(block, len(held))
    return np.asarray(swept[:-1, :-1, 0])


# Halo


def _halo_rows(record: Fit) -> list[tuple[Any, ...]]:
    squared = record.squared.sums.totals()
    rows = []
    for cell, segment in zip(record.kept, record.segments, strict=True):
        of_segment = squared[:, :, [cell]]
        alike = correlations(of_segment, record.asked.design)
        rows.append((segment, *_halo(alike[:, :, 0])))
    return rows


def _halo(correlations: Floats) -> tuple[int, float, float]:
    """Number of scored touchpoints, share of the first principal component, and what it were without any relation."""
    varies = np.diag(correlations) > 0
    touchpoints = int(varies.sum())
    if not touchpoints:
        return 0, np.nan, np.nan
    of_varying = correlations[np.ix_(varies, varies)]
    largest = np.linalg.eigvalsh(of_varying)[-1]
    return touchpoints, float(largest / touchpoints), 1 / touchpoints


# Influence


class Influence(NamedTuple):
    """(n,) Cook's distance and leverage of each row; (n, k) by how many errors a coefficient moves without it."""

    cook: Floats
    leverage: Floats
    change: Floats


def _influence_rows(record: Fit) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for cell, segment in zip(record.kept, record.segments, strict=True):
        part, _ = segment_rows(record.data, cell)
        for row in _most_influential(record, part, segment):
            rows.append((segment, *row))
    return rows


def _most_influential(
    record: Fit,
    part: DesignRows,
    segment: str,
) -> list[tuple[Any, ...]]:
    """Row in the data, Cook's distance, leverage, the coefficient moved most, and by how much: the largest first."""
    frame = _design_frame(record, part)
    outcome = part.z[:, -1]
    influence = _influence(frame.to_numpy(), outcome, part.weights)
    cook = np.nan_to_num(influence.cook, nan=-1.0)
    places = _rows_in_data(record, segment)
    is_listed = ~_gave_a_rare_value(record, places)
    largest_first = np.argsort(-cook, kind="stable")
    first = largest_first[is_listed[largest_first]][:MOST_INFLUENTIAL]
    names = column_names(record.survey, record.asked)
    of_players = np.flatnonzero(frame.columns.isin(names))
    if not len(of_players):  # all gave the same rating
        return []
    change = influence.change[np.ix_(first, of_players)]
    most = np.nan_to_num(np.abs(change)).argmax(axis=1)
    figures = [
        places[first].tolist(),
        influence.cook[first],
        influence.leverage[first],
        frame.columns[of_players[most]],
        change[np.arange(len(first)), most],
    ]
    return list(zip(*figures, strict=True))


def _rows_in_data(record: Fit, segment: str) -> Ints:
    """Which rows of the data, counted from 0, take part in a segment."""
    rows = record.survey.rows()
    taking_part, _ = takes_part(rows, record.asked.design)
    in_segment = segment_of(rows, record.by) == segment
    return np.flatnonzero(taking_part & in_segment)


def _gave_a_rare_value(record: Fit, places: Ints) -> NDArray[np.bool_]:
    """(n,) which rows gave a factor or covariate a value that few of them did: their leverage would count these."""
    names = record.asked.design.label_columns
    is_rare = np.zeros(len(places), bool)
    if not names:
        return is_rare
    labels = record.survey.rows().labels.iloc[places]
    for name in names:
        by_value = labels.groupby(name, observed=True)[name]
        is_rare |= by_value.transform("size").to_numpy() < SMALLEST
    return is_rare


def _influence(x: Floats, y: Floats, weights: Floats) -> Influence:
    """Cook (1977); Belsley, Kuh and Welsch (1980) for the change of coefficients."""
    root = np.sqrt(weights)
    x = x * root[:, None]
    y = y * root
    n, k = x.shape
    bread = np.linalg.inv(x.T @ x)
    leverage = np.einsum("ij,jk,ik->i", x, bread, x)
    coef = bread @ (x.T @ y)
    residual = y - x @ coef
    spare = np.where(leverage < 1 - TOLERANCE, 1 - leverage, np.nan)
    squares = residual @ residual
    variance = squares / (n - k)
    cook = (residual / spare) ** 2 * leverage / (k * variance)
    squares_without = squares - residual**2 / spare
    freedom = max(n - k - 1, 1)
    error_without = np.sqrt(squares_without / freedom)
    moved = residual / spare / error_without
    unit_errors = np.sqrt(np.diag(bread))
    change = (x @ bread) * moved[:, None] / unit_errors
    return Influence(cook, leverage, change)


# Cross-validation


def _validation_rows(record: Fit) -> list[tuple[Any, ...]]:
    rows = []
    cells = zip(record.kept, record.segments, strict=True)
    for s, (cell, segment) in enumerate(cells):
        part, clusters = segment_rows(record.data, cell)
        folds, held_out = _cross_validated(part, clusters, record.seed)
        rows.append(
            (
                segment,
                len(part.z),
                folds,
                float(record.estimate.r2[0, s]),
                held_out,
            )
        )
    return rows


def _cross_validated(
    part: DesignRows,
    clusters: Ints | None,
    seed: int,
) -> tuple[int, float]:
    """The number of folds, and R2 of predictions for rows held out."""
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import GroupKFold, KFold, cross_val_predict

    x = part.z[:, 1:-1]
    y = part.z[:, -1]
    weights = part.weights
    units = len(y) if clusters is None else int(clusters.max()) + 1
    folds = min(FOLDS, units)
    kind_of_split = KFold if clusters is None else GroupKFold
    split = kind_of_split(folds, shuffle=True, random_state=seed)
    predicted = cross_val_predict(
        LinearRegression(),
        x,
        y,
        groups=clusters,
        cv=split,
        params={"sample_weight": weights},
    )
    missed = np.average((y - predicted) ** 2, weights=weights)
    mean = np.average(y, weights=weights)
    variance = np.average((y - mean) ** 2, weights=weights)
    return folds, float(1 - missed / variance)


# In words


def _finding(record: Fit, table: pd.DataFrame, parts: Mapping[str, pd.DataFrame]) -> Finding:
    """R2 held out, the largest VIF and the halo, by segment."""
    sentences = []
    for s, segment in enumerate(record.segments):
        of_segment = table[table["segment"] == segment]
        clauses = _clauses(of_segment, parts, s)
        words = "; ".join(clauses) or "nothing can be said about one touchpoint alone"
        if record.by:
            sentences.append(f"{segment}: {words}")
        else:
            sentences.append(f"{words[0].upper()}{words[1:]}")
    first = next(iter(_clauses(table[table["segment"] == record.segments[0]], parts, 0)), "")
    short = f"{record.segments[0]}: {first}" if record.by else f"{first[:1].upper()}{first[1:]}"
    return Finding(sentences[0], more=sentences[1:], n=count(record.n), short=short)


def _clauses(
    rows: pd.DataFrame,
    parts: Mapping[str, pd.DataFrame],
    s: int,
) -> Sequence[str]:
    """What is known of one segment."""
    clauses = []
    if len(parts["cross-validation"]):
        r2 = parts["cross-validation"].iloc[s]
        held_out = number(r2["r2_cross_validated"])
        in_sample = number(r2["r2"])
        clauses.append(f"cross-validated R2 is {held_out} against {in_sample} in the sample")
    known = rows.dropna(subset="vif")
    if len(known):
        worst = known.iloc[known["vif"].argmax()]
        largest = "infinite"
        if np.isfinite(worst["vif"]):
            largest = number(worst["vif"], 1)
        clauses.append(f"the largest VIF is {largest} ({worst['touchpoint']})")
    halo = parts["halo"].iloc[s]
    if halo["touchpoints"] > 1:
        clauses.append(f"one factor behind all scores (halo) explains {percent(halo['share'])} of their variance")
    return clauses


def _note(why_not: str, has_labels: bool) -> str:
    missing = f"Influence and cross-validation need rows and least squares: {why_not}. " if why_not else ""
    read = "A VIF of 4 doubles the interval of a coefficient. A common factor may be a halo of the mood, or real."
    few = ""
    if has_labels and not why_not:
        few = f" Influence lists nobody with a value of a factor or covariate that fewer than {SMALLEST} gave."
    return f"{missing}{read}{few}"
