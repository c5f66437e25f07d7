"""What is asked of a survey, as a regression: players, controls, and what is done about missing scores.

Everything is checked here, before any row is read. Reading rows is the engine's business; figures are made in
:mod:`cxlens.stages.drivers.fit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.answers import Reading
from cxlens.engine.design import Column, Design, Missing
from cxlens.engine.tables import InMemory
from cxlens.engine.tallies import describe
from cxlens.errors import (
    ColumnError,
    OptionError,
    ValuesError,
    check_option,
    listing,
    unknown_name,
)
from cxlens.stats.games import Method
from cxlens.stats.importance import MOST_PLAYERS
from cxlens.study.dated import names_in_order
from cxlens.study.survey import Survey

Blanks = Literal["drop", "impute"]
Groups = Mapping[str, Sequence[str]]
Players = dict[str, tuple[Column, ...]]
TOGETHER = "all together"  # the row of a total
MOST_DRAWS = 100_000
USUAL_DRAWS = 1000
MOST_FITTED = 15  # players of an outcome whose every submodel has to be fitted anew


class Asked(NamedTuple):
    """A question to a survey: its design, the names of the players, and the words it was asked in.

    ``single`` says for each player which of the scored touchpoints it is; -1 for groups, factors and products.
    """

    design: Design
    names: tuple[str, ...]
    single: tuple[int, ...]
    kind: str
    outcome: str
    by: str | None
    method: Method
    blanks: Blanks

    @property
    def fitted(self) -> bool:
        """Whether the model is one of likelihood, fitted to rows: binary and ordinal outcomes."""
        return self.kind in {"binary", "ordinal"}

    def reading(self, survey: Survey) -> Reading:
        """What is to be read of a survey; models of likelihood need its rows."""
        names = tuple(survey.touchpoints[place] for place in self.design.scored)
        return Reading(
            survey.source,
            self.design,
            names,
            self.by,
            self.blanks == "impute",
            self.fitted,
            tuple(names_in_order(survey, self.by)),
        )


def ask(
    survey: Survey,
    *,
    outcome: str | None = None,
    by: str | None = None,
    groups: Groups | None = None,
    factors: Sequence[str] = (),
    interactions: Sequence[tuple[str, str]] = (),
    covariates: Sequence[str] = (),
    method: Method | None = None,
    missing: Missing = "indicator",
    blanks: Blanks = "drop",
) -> Asked:
    """The question as a design; refuses what cannot be asked. Arguments are those of :func:`cxlens.drivers`."""
    outcome = survey.check_outcome(outcome)
    survey.check_by(by)
    _check_ways(method, missing, blanks)
    covariates = _as_tuple(covariates)
    _check_covariates(survey, covariates, by)
    players = _players(
        survey,
        covariates,
        groups or {},
        _as_tuple(factors),
        interactions,
        by,
    )
    _check_names(players)
    controls = _places(survey, covariates)
    design = Design(
        outcome=list(survey.outcomes).index(outcome),
        nps=survey.outcomes[outcome] == "nps",
        players=tuple(players.values()),
        controls=controls,
        factors=_always(survey, covariates),
        flagged=_not_always_used(survey, players, controls),
        missing=missing,
        unit=survey.cluster or survey.respondent,
    )
    asked = Asked(
        design=design,
        names=tuple(players),
        single=tuple(_single(design, columns) for columns in design.players),
        kind=survey.outcomes[outcome],
        outcome=outcome,
        by=by,
        method=method or "lmg",
        blanks=blanks,
    )
    if method is None and not asked.fitted and len(players) > MOST_PLAYERS:
        asked = asked._replace(method="relative weights")
    _check_possible(survey, asked)
    return asked


def _check_ways(method: Any, missing: Any, blanks: Any) -> None:
    """Refuse what is no option."""
    if method is not None:
        check_option("method", method, Method)
    check_option("missing", missing, Missing)
    check_option("blanks", blanks, Blanks)


def _check_names(players: Players) -> None:
    """Refuse a player that nobody could tell from a row of totals."""
    if TOGETHER in players:
        raise ValuesError(
            f"{TOGETHER!r} is the name of the row of totals. Give the touchpoint, group or factor another name, such "
            "as 'All in all': in Survey(..., touchpoints={'All in all': column}), or in groups=."
        )


def _as_tuple(names: Sequence[str]) -> tuple[str, ...]:
    """Several names, or one."""
    if isinstance(names, str):
        return (names,)
    return tuple(names)


def _places(survey: Survey, names: Sequence[str]) -> tuple[int, ...]:
    """Which touchpoints these are, those that are some."""
    return tuple(survey.touchpoints.index(name) for name in names if name in survey.touchpoints)


def _players(
    survey: Survey,
    covariates: tuple[str, ...],
    groups: Groups,
    factors: tuple[str, ...],
    interactions: Sequence[tuple[str, str]],
    by: str | None,
) -> Players:
    """All players in order: touchpoints, groups, factors, products."""
    place = {name: j for j, name in enumerate(survey.touchpoints)}
    players = _touchpoints_and_groups(place, covariates, _groups(survey, groups, covariates))
    players.update(_factors(survey, factors, by, {*players, *covariates}))
    players.update(_products(survey, interactions, place))
    return players


def _touchpoints_and_groups(
    place: Mapping[str, int],
    covariates: Sequence[str],
    groups: Mapping[str, Sequence[str]],
) -> Players:
    """The touchpoints that are players of their own, and behind them the groups of the others."""
    taken = {*covariates}
    for members in groups.values():
        taken.update(members)
    players: Players = {name: (Column("score", (at,)),) for name, at in place.items() if name not in taken}
    for group, members in groups.items():
        players[group] = tuple(Column("score", (place[member],)) for member in members)
    return players


def _not_always_used(survey: Survey, players: Players, controls: Sequence[int]) -> tuple[int, ...]:
    """The touchpoints in question that not everyone used: those of the players first, each once."""
    in_players: set[int] = set()
    for columns in players.values():
        for column in columns:
            in_players.update(column.at)
    in_question = dict.fromkeys([*sorted(in_players), *controls])
    return tuple(at for at in in_question if survey.source.ever_unused(at))


def _single(design: Design, columns: tuple[Column, ...]) -> int:
    """Which of the scored touchpoints a player is; -1 for groups, factors and products."""
    if len(columns) == 1 and columns[0].kind == "score":
        return design.scored.index(columns[0].at[0])
    return -1


def check_draws(n_boot: Any) -> None:
    """Refuse what is no number of resamples.

    Raises
    ------
    ValuesError
        For a negative number, 1, or what is no whole number.
    """
    if n_boot is not None and (not isinstance(n_boot, int) or n_boot < 0 or n_boot == 1):
        raise ValuesError(f"n_boot must be 0 (no intervals), or 2 or more; 1000 is usual. You gave {n_boot}.")
    if n_boot is not None and n_boot > MOST_DRAWS:
        raise ValuesError(
            f"n_boot={n_boot:,} takes {n_boot / USUAL_DRAWS:,.0f} times as long as the usual {USUAL_DRAWS}: "
            f"{MOST_DRAWS:,} is the most."
        )


def usual_draws(asked: Asked) -> int:
    """The number of resamples where none is asked for: 1,000, but fewer where each has to be imputed or fitted anew."""
    if asked.blanks == "impute":
        return 100
    if asked.method == "sampling":
        return 200
    return USUAL_DRAWS


def _check_covariates(survey: Survey, covariates: tuple[str, ...], by: str | None) -> None:
    """Refuse what is neither a touchpoint nor a free segment column."""
    free = [column for column in survey.segments if column != by]
    for name in covariates:
        if name not in survey.touchpoints and name not in free:
            raise ColumnError(
                f"covariate {name!r} is neither a touchpoint nor a free segment column of this survey. "
                f"Covariates: {listing([*survey.touchpoints, *free], 30)}."
            )


def _always(survey: Survey, covariates: tuple[str, ...]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The label columns among the covariates, with their values."""
    labels = [name for name in covariates if name not in survey.touchpoints]
    return tuple((name, tuple(survey.source.distinct(name))) for name in labels)


def _groups(survey: Survey, groups: Groups, covariates: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Groups whose members are free touchpoints, each in one group only, under names of their own."""
    if not isinstance(groups, Mapping):
        raise ValuesError(f"groups={groups!r} names no groups. Give {{name: [touchpoint, ...]}}.")
    group_of: dict[str, str] = {}
    for group, members in groups.items():
        if isinstance(members, str) or not len(members):
            raise ValuesError(f"group {group!r} is given {members!r}. Give a list of touchpoints: [name, ...].")
        for name in members:
            _check_member(survey, group, name, covariates, group_of)
            group_of[name] = group
    for group in groups:
        if group in survey.touchpoints and group not in groups[group]:
            raise ValuesError(f"group {group!r} has the name of a touchpoint outside it. Give the group another name.")
    return {group: tuple(members) for group, members in groups.items()}


def _check_member(
    survey: Survey,
    group: str,
    name: str,
    covariates: tuple[str, ...],
    group_of: Mapping[str, str],
) -> None:
    """Refuse a member of a group that is no touchpoint, or that has another place already."""
    if name not in survey.touchpoints:
        raise unknown_name(
            f"group {group!r}: touchpoint",
            name,
            survey.touchpoints,
            "Touchpoints",
        )
    if name in covariates:
        raise ValuesError(f"group {group!r}: touchpoint {name!r} is a covariate, too. Name it in one place.")
    if name in group_of:
        other = group_of[name]
        where = f"groups {other!r} and {group!r}" if other != group else f"group {group!r} twice"
        raise ValuesError(f"touchpoint {name!r} is in {where}. A touchpoint belongs to one group, once.")


def _factors(
    survey: Survey,
    factors: tuple[str, ...],
    by: str | None,
    taken: set[str],
) -> Players:
    """Segment columns as players, each once."""
    players: Players = {}
    for name in factors:
        players[name] = _factor(survey, name, by, {*taken, *players})
    return players


def _factor(survey: Survey, name: str, by: str | None, taken: set[str]) -> tuple[Column, ...]:
    """A segment column as one player: a column for each value but the first."""
    if name not in survey.segments or name == by or name in taken:
        allowed = [column for column in survey.segments if column != by and column not in taken]
        raise ColumnError(
            f"factor {name!r} is no free segment column of this survey. Factors: {listing(allowed, 30) or 'none'}."
        )
    levels = survey.source.distinct(name)
    if not 2 <= len(levels) <= 50:
        raise ValuesError(
            f"factor {name!r} has {len(levels)} values; 2 to 50 are possible. Join values, or leave it out."
        )
    return tuple(Column("level", (), (name, level)) for level in levels[1:])


def _products(
    survey: Survey,
    interactions: Sequence[tuple[str, str]],
    place: Mapping[str, int],
) -> Players:
    """Product terms, each a player, of scores centred at their means."""
    if not len(interactions):
        return {}
    _check_pairs(survey, interactions)
    means = describe(survey.source, survey.touchpoints).set_index("touchpoint")["mean"]
    players: Players = {}
    for first, second in interactions:
        places = (place[first], place[second])
        centres = (float(means[first]), float(means[second]))
        players[f"{first} × {second}"] = (Column("product", places, centres),)
    return players


def _check_pairs(survey: Survey, interactions: Sequence[tuple[str, str]]) -> None:
    """Refuse what is no pair of two touchpoints, or is named twice."""
    named: set[frozenset[str]] = set()
    for pair in interactions:
        if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
            raise ValuesError(f"interaction {pair!r} is no pair. Give two touchpoints: interactions=[('web', 'call')].")
        for name in pair:
            if name not in survey.touchpoints:
                raise unknown_name(
                    "interaction: touchpoint",
                    name,
                    survey.touchpoints,
                    "Touchpoints",
                )
        if frozenset(pair) in named:
            raise ValuesError(f"interaction {pair!r} is named twice. Name each pair once.")
        named.add(frozenset(pair))


def _check_possible(survey: Survey, asked: Asked) -> None:
    """Refuse what no method can do with so many players, such an outcome, or rows that stay on disk."""
    if not asked.design.scored:
        raise ValuesError("no touchpoint is left to share the importance. Name fewer covariates.")
    if asked.fitted and asked.method == "sampling":
        raise OptionError(
            f"method='sampling' explains outcomes of kind interval and nps; {asked.outcome!r} is {asked.kind}. "
            "Choose method='lmg' or method='relative weights'."
        )
    _check_number_of_players(asked)
    if asked.blanks == "impute" and asked.fitted:
        raise OptionError(
            f"blanks='impute' explains outcomes of kind interval and nps; {asked.outcome!r} is {asked.kind}. "
            "Choose blanks='drop'."
        )
    if asked.blanks == "impute" and not isinstance(survey.source, InMemory):
        raise ValuesError(
            "blanks='impute' needs the rows in memory, and this survey is on disk. Take a sample of it, or a segment."
        )


def _check_number_of_players(asked: Asked) -> None:
    """Refuse more players than every submodel can be looked at for."""
    p = len(asked.names)
    most = MOST_FITTED if asked.fitted else MOST_PLAYERS
    if asked.method != "lmg" or p <= most:
        return
    instead = "method='relative weights'"
    if not asked.fitted:
        instead += " or method='sampling'"
    raise ValuesError(
        f"{p} players are to share the importance of {asked.kind} outcome {asked.outcome!r}; exact importance takes at "
        f"most {most}, since each one more doubles its time. Join touchpoints in groups={{name: [touchpoint, ...]}}, "
        f"name fewer in Survey(...), or choose {instead}."
    )


def column_names(survey: Survey, asked: Asked) -> list[str]:
    """A name for each column of the players: that of the touchpoint where it is one, else of the player."""
    names = []
    for player, columns in zip(asked.names, asked.design.players, strict=True):
        for column in columns:
            if column.kind == "level":
                names.append(f"{player} = {column.given[1]}")
            elif column.kind == "score" and len(columns) > 1:
                names.append(survey.touchpoints[column.at[0]])
            else:
                names.append(player)
    return names


def owners_of(asked: Asked) -> NDArray[np.int64]:
    """(k,) the player of each column of the players."""
    widths = asked.design.widths
    return np.repeat(np.arange(len(widths)), widths)
