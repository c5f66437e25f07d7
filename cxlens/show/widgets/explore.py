"""One widget a result: which controls it has, and what each means for the verb.

Each function takes a result and gives back an :class:`~cxlens.show.widgets._explorer.Explorer`, for which
``verb(explorer.data, **explorer.params)`` is ``explorer.result``. How a widget redraws itself, figures and pictures do
not belong here; quick wins have a widget of their own in :mod:`cxlens.show.widgets.matrix`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, get_args

from ipywidgets import BoundedFloatText, BoundedIntText, Dropdown, FloatSlider, FloatText, Layout, Widget

from cxlens.analysis.baseline import Baseline, Per, baseline
from cxlens.analysis.design import Method
from cxlens.analysis.drivers import Drivers, drivers
from cxlens.analysis.find_segments import SegmentTree, find_segments
from cxlens.analysis.impact import Impact, before_after, difference_in_differences
from cxlens.analysis.monitor import Monitor, monitor, wave_words
from cxlens.analysis.paths import Paths, paths
from cxlens.analysis.plan import TAKES, WORST, SampleSize, sample_size
from cxlens.analysis.response import score_ends
from cxlens.analysis.view import DriversKind, View
from cxlens.analysis.what_if import WhatIf, what_if
from cxlens.errors import listing
from cxlens.model.segments import Segment
from cxlens.model.survey import Survey
from cxlens.show.forecast_svg import forecast_svg
from cxlens.show.widgets._explorer import Explorer

Options = list[tuple[str, Any]]
ALL = ""  # the value of "Everyone" and the like: a Dropdown shows nothing where its value is None
MISSING: Options = [
    ("stay in the model, flagged", "indicator"),
    ("are left out", "drop"),
]
SIDES: Options = [("importance", "importance"), *((kind, kind) for kind in get_args(DriversKind))]
AT_ONCE = 10  # touchpoints up to which a whole answer takes a moment
UNSET = {"response_rate": 1.0, "population": 0.0, "design_effect": 1.0}  # what a field says where nothing is given
STEPS = {"population": 1000, "drivers": 1, "effect": 0.005, "level": 0.01}


def explore_baseline(result: Baseline) -> Explorer:
    """The scorecard, for everyone or by group.

    Parameters
    ----------
    result
        From :func:`cxlens.baseline`.

    Returns
    -------
    Explorer
        Controls ``by`` and, with a map, ``per``. Asks ``baseline(explorer.data, **explorer.params)``.
    """
    fixed: dict[str, Any] = {"touchpoint_map": result.touchpoint_map, "min_n": result.min_n, "level": result.level}
    fixed |= {"competitors": result.rivals, "employees": result.staff}
    asked = [] if result.by is None or isinstance(result.by, str) else [(" and ".join(result.by), result.by)]
    controls = {"by": _dropdown("By", [*_groupings(result.survey), *asked], result.by or ALL)}
    if result.touchpoint_map is not None:
        there = [word for word in get_args(Per) if any(getattr(one, word, one.name) for one in result.touchpoint_map)]
        controls["per"] = _dropdown("Rows", [(f"{word}s".replace("ss", "sses"), word) for word in there], result.per)
    return Explorer(
        baseline,
        result,
        controls,
        data=lambda _: result.survey,
        params=lambda said: {**fixed, "by": said["by"] or None, "per": said.get("per", result.per)},
    )


def explore_drivers(result: Drivers, kind: str | None = None) -> Explorer:
    """What matters most: for which outcome and segment, by which method; and the other sides of it.

    Parameters
    ----------
    result
        From :func:`cxlens.drivers`; what has no control stays as it was.
    kind
        The side that is shown first; importance without it.

    Returns
    -------
    Explorer
        Controls ``outcome``, ``segment``, ``method`` and ``missing``, which ask ``drivers(explorer.survey,
        **explorer.params)``, where ``survey`` holds the answers of the segment; ``most`` (touchpoints shown) and
        ``side`` (importance, a map, a matrix) change the picture alone. Up to ten touchpoints answers are made ahead;
        above, figures come first and their intervals follow.
    """
    survey, fixed = result.survey, dict(result.options)
    p = len(result.touchpoints)
    most = [(f"first {k}", k) for k in (5, 10, 15, 20) if k < p]
    controls = {
        "outcome": _dropdown("Outcome", [(name, name) for name in survey.outcomes], result.outcome),
        "segment": _dropdown("Segment", _survey_segments(survey), ALL),
        "method": _dropdown("Method", [(word, word) for word in get_args(Method)], result.options["method"]),
        "missing": _dropdown("Who did not use a touchpoint", MISSING, result.options["missing"]),
        "most": _dropdown("Shown", [("all", p), *most], p),
        "side": _dropdown("Picture", SIDES, kind or "importance"),
    }
    asked = ("outcome", "method", "missing")
    return Explorer(
        drivers,
        result,
        controls,
        data=lambda said: _part(survey, said["segment"]),
        params=lambda said: {**fixed, **{name: said[name] for name in asked}},
        seen=_side,
        redraw=("most", "side"),
        first=(lambda params: {**params, "n_boot": 0}) if p > AT_ONCE else None,
        ahead=p <= AT_ONCE,
    )


def explore_view(view: View) -> Explorer:
    """One side of the drivers, or of a baseline for everyone or one segment.

    Parameters
    ----------
    view
        From a method of :class:`cxlens.analysis.drivers.Drivers` or :class:`cxlens.analysis.baseline.Baseline`.

    Returns
    -------
    Explorer
        For drivers that of :func:`explore_drivers`. Else control ``segment``; asks ``explorer.data``, the baseline of
        the segment's answers, for the same side with the same options; drivers among them are asked anew.
    """
    if view.kind in get_args(DriversKind):
        return explore_drivers(view.about, view.kind)
    about, name = view.about, view.kind.replace(" ", "_")

    def _again(asked: Baseline, **options: Any) -> View:
        if (found := options.get("drivers")) and asked.survey is not about.survey:
            options["drivers"] = drivers(asked.survey, **found.options)
        side: View = getattr(asked, name)(**options)
        return side

    controls = {"segment": _dropdown("Segment", _survey_segments(about.survey), ALL)}
    return Explorer(
        _again,
        view,
        controls,
        data=lambda said: _part(about, said["segment"]),
        params=lambda _: dict(view.options),
    )


def _side(result: Drivers, said: dict[str, Any]) -> Any:
    """The side of the drivers that is asked for, with so many touchpoints."""
    if said["side"] != "importance":
        return getattr(result, said["side"].replace(" ", "_"))()
    first = result.table["touchpoint"].drop_duplicates().head(said["most"])
    return replace(result, table=result.table[result.table["touchpoint"].isin(first)])


def explore_segments(result: SegmentTree) -> Explorer:
    """Which groups have different drivers, for another outcome, or with more or less caution.

    Parameters
    ----------
    result
        From :func:`cxlens.find_segments`; columns, smallest group and treatment of "not used" stay as they were.

    Returns
    -------
    Explorer
        Controls ``outcome``, ``alpha`` and ``max_depth``. Asks ``find_segments(explorer.data, **explorer.params)``.
    """
    outcomes = [(name, name) for name, kind in result.survey.outcomes.items() if kind in {"interval", "nps"}]
    controls = {
        "outcome": _dropdown("Outcome", outcomes, result.outcome),
        "alpha": BoundedFloatText(result.alpha, min=0.001, max=0.5, step=0.01, description="Level of significance",
                                  **_text_style()),
        "max_depth": BoundedIntText(result.max_depth, min=1, max=6, description="Splits after one another",
                                    **_text_style()),
    }  # fmt: skip
    fixed = {"columns": result.columns, "min_n": result.min_n, "missing": result.missing}
    return Explorer(
        find_segments, result, controls, data=lambda _: result.survey, params=lambda said: {**said, **fixed}
    )


def explore_what_if(result: WhatIf) -> Explorer:
    """A slider for each touchpoint: by how many points its score would change.

    Parameters
    ----------
    result
        From :func:`cxlens.what_if`.

    Returns
    -------
    Explorer
        A control for each touchpoint, by its name, those of the result first; 0 is no change. A goal, such as the
        standard, is asked for as long as its control stands where it lies. Asks ``what_if(explorer.data,
        **explorer.params)``.
    """
    asked = result.drivers
    single = [name for name, at in zip(asked.touchpoints, asked.asked.single, strict=True) if at >= 0]
    raised = result.table.groupby("touchpoint", sort=False)["raised_by"].mean()
    shown = {name: round(float(raised[name]), 2) for name in result.changes}
    low, high = score_ends(asked)
    room = max((high - low) / 2, *map(abs, shown.values()))
    controls = {
        name: FloatSlider(shown.get(name, 0.0), min=-room, max=room, step=0.05, description=name, **_text_style())
        for name in dict.fromkeys([*result.changes, *single])
    }

    first = {name: control.value for name, control in controls.items()}

    def changes(said: dict[str, Any]) -> dict[str, Any]:
        # A control that was not touched stands for what was asked, to the last digit.
        kept = {name: by for name, by in result.changes.items() if said[name] == first[name]}
        return {name: kept.get(name, by) for name, by in said.items() if by or name in kept}

    return Explorer(
        what_if,
        result,
        controls,
        data=lambda _: asked,
        params=lambda said: {"changes": changes(said), **result.options},
        drawn=forecast_svg,
    )


def explore_impact(result: Impact) -> Explorer:
    """Before against after, for any metric and any waves.

    Parameters
    ----------
    result
        From :func:`cxlens.before_after` or :func:`cxlens.difference_in_differences`; who was treated, what is
        adjusted for, and the level stay as they were.

    Returns
    -------
    Explorer
        Controls ``metric``, ``before`` and ``after`` (tuples of waves). Asks the verb that made the result,
        ``before_after(explorer.data, **explorer.params)`` or its sister.
    """
    survey = result.survey
    fixed: dict[str, Any] = {"level": result.level}
    fixed |= {"adjust": result.adjust} if result.treated is None else {"treated": result.treated}
    waves = [(wave,) for wave in (survey.source.distinct(survey.time) if survey.time else ())]
    controls = {"metric": _dropdown("Measure", _metrics(survey), result.metric)}
    for period, given in (("before", result.before), ("after", result.after)):
        options = [(listing(map(wave_words, group)), group) for group in dict.fromkeys([*waves, given])]
        controls[period] = _dropdown(period.capitalize(), options, given)
    return Explorer(
        before_after if result.treated is None else difference_in_differences,
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {**said, **fixed},
    )


def explore_monitor(result: Monitor) -> Explorer:
    """Any metric over the waves, for everyone or by group.

    Parameters
    ----------
    result
        From :func:`cxlens.monitor`.

    Returns
    -------
    Explorer
        Controls ``metric`` and ``by``. Asks ``monitor(explorer.data, **explorer.params)``.
    """
    survey = result.survey
    groupings = [option for option in _groupings(survey) if option[1] != survey.time]
    controls = {
        "metric": _dropdown("Measure", _metrics(survey), result.metric),
        "by": _dropdown("By", groupings, result.by or ALL),
    }
    return Explorer(
        monitor,
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {"metric": said["metric"], "by": said["by"] or None, "level": result.level},
    )


def explore_paths(result: Paths) -> Explorer:
    """The ways customers take, for everyone or one segment.

    Parameters
    ----------
    result
        From :func:`cxlens.paths`.

    Returns
    -------
    Explorer
        Controls ``top`` (how many paths are listed) and ``segment``. Asks ``paths(explorer.data,
        **explorer.params)``, where ``data`` holds the journeys of the segment.
    """
    log, most = result.log, max(result.top, result.n_variants)
    customers = log.customers
    values = {column: _sorted(customers[column].dropna().unique().tolist()) for column in log.segments}
    controls = {
        "top": BoundedIntText(result.top, min=1, max=most, description="Paths listed", **_text_style()),
        "segment": _dropdown("Segment", _segments(values), ALL),
    }
    return Explorer(
        paths,
        result,
        controls,
        data=lambda said: _part(log, said["segment"]),
        params=lambda said: {"top": said["top"]},
    )


def _dropdown(description: str, options: Options, value: Any) -> Widget:
    return Dropdown(options=options, value=value, description=description, **_text_style())


def _text_style() -> dict[str, Any]:
    """The whole description beside its field, however long."""
    return {"style": {"description_width": "initial"}, "layout": Layout(width="auto", margin="2px 16px 2px 0")}


def _groupings(survey: Survey) -> Options:
    columns = dict.fromkeys(name for name in (*survey.segments, survey.time, survey.channel) if name)
    return [("Everyone", ALL), *((name, name) for name in columns)]


def _metrics(survey: Survey) -> Options:
    return [(name, name) for name in (*survey.touchpoints, *survey.outcomes)]


def _survey_segments(survey: Survey) -> Options:
    columns = [column for _, column in _groupings(survey) if column != ALL]
    return _segments({column: survey.source.distinct(column) for column in columns})


def _segments(values: dict[str, list[Any]]) -> Options:
    """``purpose: business`` for every value of every column, everyone first."""
    found: Options = [("Everyone", ALL)]
    for column, entries in values.items():
        found += [(f"{column}: {wave_words(entry)}", (column, entry)) for entry in entries]
    return found


def _part(whole: Any, chosen: Any) -> Any:
    """A survey or a log, or the segment of it that a control names."""
    if chosen == ALL:
        return whole
    column, entry = chosen
    return whole.where(Segment(f"{column}: {wave_words(entry)}", {column: entry}))


def _sorted(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=lambda value: (isinstance(value, str), value))


def explore_sample_size(result: SampleSize) -> Explorer:
    """How many answers other wishes, or other guesses, would take.

    Parameters
    ----------
    result
        From :func:`cxlens.sample_size`; segments, reach and what is read from a survey stay as they were.

    Returns
    -------
    Explorer
        Controls: what is wanted (``margin``, ``difference`` or ``effect``, then ``power``), what answers are like
        where it was given, ``level``, ``response_rate``, ``population`` (0: not known) and ``design_effect``. Asks
        ``sample_size(explorer.data, **explorer.params)``.
    """
    asked = dict(result.options)
    goal = next(name for name in ("margin", "difference", "effect") if asked[name] is not None)
    shown = [goal, *(["power"] if goal != "margin" else []), *TAKES[result.measure], "level", *UNSET]
    unset = {**UNSET, **(WORST if result.survey is None else {})}
    given = {name: unset.get(name) if asked[name] is None else asked[name] for name in shown}
    controls = {
        name: FloatText(value, step=STEPS.get(name, 0.05), description=name.replace("_", " ").capitalize(),
                        **_text_style())
        for name, value in given.items()
        if value is not None
    }  # fmt: skip

    def params(said: dict[str, Any]) -> dict[str, Any]:
        silent = {name for name, value in unset.items() if name in said and asked[name] is None and said[name] == value}
        silent = silent if set(TAKES[result.measure]) <= silent else silent - set(WORST)  # both shares, or none
        return {**asked, **{name: None if name in silent else value for name, value in said.items()}}

    return Explorer(sample_size, result, controls, data=lambda _: result.survey, params=params)
