"""Diagnosis: can the model behind the drivers be trusted, and which respondents carry it?

Collinearity, halo, influence and cross-validation of :class:`cxlens.stages.drivers.drivers.Drivers`, and the model
itself for statsmodels. Nothing here changes a figure of the drivers; pictures do not belong here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import count, number, percent
from cxlens.engine.answers import Data, segment_rows
from cxlens.engine.design import DesignRows, takes_part
from cxlens.engine.labels import segment_of
from cxlens.errors import ValuesError, check_known
from cxlens.stages.drivers.fit import column_names
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.score import correlations
from cxlens.stats.regression import TOLERANCE, independent, sweep_out

Floats = NDArray[np.float64]
FOLDS = 10
MOST_INFLUENTIAL = 10
TABLES = {
    "halo": ["segment", "touchpoints", "share", "unrelated"],
    "influence": ["segment", "row", "cook", "leverage", "moves", "by"],
    "cross-validation": ["segment", "n", "folds", "r2", "r2_cross_validated"],
}


def model(record: Fit, segment: str | None = None) -> Any:
    """The full model as results of statsmodels, for everything statsmodels can do with them.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.model`.
    """
    import statsmodels.api as sm
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    data = record.data
    reason = _no_rows(record, data)
    if reason:
        raise ValuesError(f"there is no model of rows to hand over: {reason}.")
    if segment is None and len(record.segments) > 1:
        raise ValuesError(
            f"there is a model for each segment of {record.by!r}. Name one: segment={record.segments[0]!r}."
        )
    check_known("segment", [] if segment is None else [segment], record.segments, "Segments")
    part, groups = segment_rows(data, data.sums.cells.index(segment or record.segments[0]))
    x = _design(record, part)
    y = pd.Series(part.z[:, -1], name=record.outcome)
    spread: dict[str, Any] = {"cov_type": "HC3" if not record.asked.fitted else "HC1"}
    if groups is not None:
        spread = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    if record.asked.kind == "ordinal":
        if (part.weights != 1).any():
            raise ValuesError(
                "statsmodels ignores the weights of an ordinal model, so it would not give the figures of the drivers. "
                "Use a survey without weights, or the table of the drivers."
            )
        return OrderedModel(y, x.drop(columns="constant"), distr="logit").fit(method="bfgs", disp=False, **spread)
    if record.asked.kind == "binary":
        return sm.GLM(y, x, sm.families.Binomial(), var_weights=part.weights).fit(use_t=True, tol=1e-12, **spread)
    return sm.WLS(y, x, weights=part.weights).fit(use_t=True, **spread)


def diagnosis(record: Fit) -> View:
    """Collinearity, halo, influential respondents and cross-validation of the drivers.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.diagnosis`.
    """
    data = record.data
    squared = record.squared.sums.totals()
    cells = [data.sums.cells.index(segment) for segment in record.segments]
    vif: list[pd.DataFrame] = []
    found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
    why = _no_rows(record, data) or _not_least_squares(record)
    for cell, segment in zip(cells, record.segments, strict=True):
        stack = data.sums.totals()[:, :, [cell]]
        vif.append(pd.DataFrame({"touchpoint": record.touchpoints, "columns": record.asked.design.widths}))
        vif[-1].insert(0, "segment", segment)
        vif[-1]["vif"] = _vif(record, stack)
        alike = correlations(squared[:, :, [cell]], record.asked.design)[:, :, 0]
        found["halo"].append((segment, *_halo(alike)))
        if not why:
            part, groups = segment_rows(data, cell)
            found["influence"] += [(segment, *row) for row in _influence(record, part, segment)]
            r2 = float(record.estimate.r2[0, len(vif) - 1])
            found["cross-validation"].append((segment, len(part.z), *_cross_validated(part, groups, r2, record.seed)))
    table = pd.concat(vif, ignore_index=True)
    parts = {name: pd.DataFrame(rows, columns=TABLES[name]) for name, rows in found.items()}
    view = View("drivers/diagnosis", table, _finding(record, table, parts), _note(why), record, parts)
    if record.by:
        return view
    plain = {name: part.drop(columns="segment") for name, part in parts.items()}
    return replace(view, table=table.drop(columns="segment"), parts=plain)


def _no_rows(record: Fit, data: Data) -> str:
    """Why no rows stand behind the figures; empty where they do."""
    if record.asked.blanks == "impute":
        return "blanks were imputed, so the figures are means over many models. Choose blanks='drop'"
    if data.part is None:
        return "the rows are on disk or too many. Take a sample of them, or a segment"
    return ""


def _not_least_squares(record: Fit) -> str:
    return f"the outcome is {record.asked.kind}" if record.asked.fitted else ""


def _design(record: Fit, part: DesignRows) -> pd.DataFrame:
    """The columns of the regression under names of their own; those that follow from others are left out."""
    design, names = record.asked.design, record.survey.touchpoints
    columns = ["constant", *(f"used {names[place]}" for place in design.flags), *(names[at] for at in design.controls)]
    columns += [f"{name} = {value}" for name, values in design.factors for value in values[1:]]
    x = pd.DataFrame(part.z[:, :-1], columns=[*columns, *column_names(record.survey, record.asked)])
    return x.loc[:, independent((part.z[:, :-1].T * part.weights) @ part.z[:, :-1])]


def _vif(record: Fit, stack: Floats) -> list[float]:
    """Of each player, from cross-products (q, q, 1)."""
    design, out, start = record.asked.design, [], record.asked.design.k
    for player in design.players:
        own = list(range(start, start + len(player)))
        base = [0, *{1 + design.flags.index(at) for column in player for at in column.at if at in design.flags}]
        free, held = (_conditional(stack, on, own) for on in (base, [j for j in range(len(stack) - 1) if j not in own]))
        keep = independent(free)
        scale = np.sqrt(np.outer(np.diag(free), np.diag(free)))[np.ix_(keep, keep)]
        alone, left = (np.linalg.det(cov[np.ix_(keep, keep)] / scale) for cov in (free, held))
        ratio = np.nan if not keep.any() else alone / left if left > 0 else np.inf
        out.append(float(ratio ** (1 / max(keep.sum(), 1))))
        start += len(player)
    return out


def _conditional(stack: Floats, on: list[int], own: list[int]) -> Floats:
    """Cross-products of the columns ``own`` with those ``on`` held."""
    order = [*on, *own, len(stack) - 1]
    return np.asarray(sweep_out(stack[np.ix_(order, order)], len(on))[:-1, :-1, 0])


def _halo(correlations: Floats) -> tuple[int, float, float]:
    """Number of scored touchpoints, share of the first principal component, and what it were without any relation."""
    alive = np.diag(correlations) > 0  # where the scores vary at all
    touchpoints = int(alive.sum())
    if not touchpoints:
        return 0, np.nan, np.nan
    first = np.linalg.eigvalsh(correlations[np.ix_(alive, alive)])[-1]
    return touchpoints, float(first / touchpoints), 1 / touchpoints


def _influence(record: Fit, part: DesignRows, segment: str) -> list[tuple[int, float, float, str, float]]:
    """Row, Cook's distance, leverage, and the coefficient moved most, of the rows that move coefficients most."""
    survey, names = record.survey.rows(), column_names(record.survey, record.asked)
    takes = takes_part(survey, record.asked.design)[0] & (segment_of(survey, record.by) == segment)
    frame, root = _design(record, part), np.sqrt(part.weights)
    x, y = frame.to_numpy() * root[:, None], part.z[:, -1] * root
    bread = np.linalg.inv(x.T @ x)
    leverage, residual = np.einsum("ij,jk,ik->i", x, bread, x), y - x @ (bread @ (x.T @ y))
    free, spare = len(y) - x.shape[1], np.where(leverage < 1 - TOLERANCE, 1 - leverage, np.nan)
    cook = (residual / spare) ** 2 * leverage / (x.shape[1] * residual @ residual / free)
    without = np.sqrt(
        (residual @ residual - residual**2 / spare) / max(free - 1, 1)
    )  # the error were the row not there
    first = np.argsort(-np.nan_to_num(cook, nan=-1.0), kind="stable")[:MOST_INFLUENTIAL]
    own = np.flatnonzero(frame.columns.isin(names))
    change = (x @ bread)[np.ix_(first, own)] * (residual / spare / without)[first, None] / np.sqrt(np.diag(bread)[own])
    most = np.nan_to_num(np.abs(change)).argmax(axis=1)
    moved = (frame.columns[own[most]], change[np.arange(len(first)), most])
    return list(zip(np.flatnonzero(takes)[first].tolist(), cook[first], leverage[first], *moved, strict=True))


def _cross_validated(part: DesignRows, groups: NDArray[np.int64] | None, r2: float, seed: int) -> tuple[Any, ...]:
    """Folds, R2 in the sample, and R2 of predictions for rows held out."""
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import GroupKFold, KFold, cross_val_predict

    x, y, w = part.z[:, 1:-1], part.z[:, -1], part.weights
    folds = min(FOLDS, len(y) if groups is None else int(groups.max()) + 1)
    split = (KFold if groups is None else GroupKFold)(folds, shuffle=True, random_state=seed)
    told = cross_val_predict(LinearRegression(), x, y, groups=groups, cv=split, params={"sample_weight": w})
    missed, all_of_it = (
        np.average((y - told) ** 2, weights=w),
        np.average((y - np.average(y, weights=w)) ** 2, weights=w),
    )
    return folds, r2, float(1 - missed / all_of_it)


def _finding(record: Fit, table: pd.DataFrame, parts: dict[str, pd.DataFrame]) -> Finding:
    """R2 held out, the largest VIF and the halo, by segment."""
    said = []
    for s, segment in enumerate(record.segments):
        words = _in_words(table[table["segment"] == segment], parts, s)
        said.append(f"{segment}: {words}" if record.by else f"{words[0].upper()}{words[1:]}")
    return Finding(said[0], more=said[1:], n=count(record.n))


def _in_words(rows: pd.DataFrame, parts: dict[str, pd.DataFrame], s: int) -> str:
    """The diagnosis of one segment."""
    words = []
    if len(parts["cross-validation"]):
        r2 = parts["cross-validation"].iloc[s]
        held_out, in_sample = number(r2["r2_cross_validated"]), number(r2["r2"])
        words.append(f"cross-validated R2 is {held_out} against {in_sample} in the sample")
    known = rows.dropna(subset="vif")
    if len(known):
        worst = known.iloc[known["vif"].argmax()]
        largest = number(worst["vif"], 1) if np.isfinite(worst["vif"]) else "infinite"
        words.append(f"the largest VIF is {largest} ({worst['touchpoint']})")
    halo = parts["halo"].iloc[s]
    if halo["touchpoints"] > 1:
        words.append(f"one factor behind all scores (halo) explains {percent(halo['share'])} of their variance")
    return "; ".join(words) or "nothing can be said about one touchpoint alone"


def _note(why: str) -> str:
    missing = f"Influence and cross-validation need rows and least squares: {why}. " if why else ""
    read = "A VIF of 4 doubles the interval of a coefficient. A common factor may be a halo of the mood, or real."
    return missing + read
