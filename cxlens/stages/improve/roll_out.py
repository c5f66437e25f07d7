"""Roll-outs: an initiative with a cost for each place is done first where most is to be gained.

It is planned as parts, a few places each, in the order of what is expected to be gained there; the planner knows only
that a part never starts before the one ahead of it. What starts in the same period is then told as one wave. What is to
be gained at a place is told by :mod:`cxlens.stages.improve.at_places`, when it comes by
:mod:`cxlens.stages.improve.timetable`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.improve.at_places import Site, p_low
from cxlens.stages.improve.candidates import Candidates, Drawn, benefits_of, effects, removal_of, shifts_of
from cxlens.stages.improve.response import change, in_draws
from cxlens.study.ranges import ENDS

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Places = tuple[str, ...]
PLACE_COLUMNS = ("initiative", "place", "start", "end", "benefit", "p_below_mean")
MOST_PARTS = 20  # of an initiative; where it has more places, several make a part


class RollOut(NamedTuple):
    """Initiatives as rows to be planned, some of them parts of one that is done place by place.

    ``rows``: what they bring and cost; ``whole`` (m,): the initiative of the list that each belongs to; ``share`` (m,):
    its share of the places of that; ``follows``: pairs of rows of which the first starts no sooner than the second.
    """

    rows: Candidates
    whole: Ints
    share: Floats
    follows: tuple[tuple[int, int], ...]

    def members(self, whole: int) -> Ints:
        """The rows of an initiative, in their order."""
        return np.flatnonzero(self.whole == whole)


class _Part(NamedTuple):
    """A row: its initiative by number, what it is called, and at which places it is done; None of one that is whole."""

    whole: int
    name: str
    places: Places | None


def in_parts(wins: Candidates) -> RollOut:
    """Every initiative with a cost for each place in parts, those first at which most is expected to be gained."""
    parts: list[_Part] = []
    for i, name in enumerate(wins.initiatives["name"]):
        site = wins.sites[i]
        if site is None or not _has_parts(wins, i, site):
            parts.append(_Part(i, name, None))
            continue
        ordered = np.array(site.names, object)[_order(wins, i, site)]
        groups = np.array_split(ordered, min(len(ordered), MOST_PARTS))
        for number, group in enumerate(groups, 1):
            parts.append(_Part(i, f"{name} (part {number} of {len(groups)})", tuple(group)))
    return _rolled_out(wins, parts)


def in_waves(wins: Candidates, planned: RollOut, starts: Ints) -> tuple[RollOut, list[Ints]]:
    """The same with all parts of an initiative that start in one period as one row, and the parts that each row has."""
    parts: list[_Part] = []
    members: list[Ints] = []
    for i, name in enumerate(wins.initiatives["name"]):
        rows = planned.members(i)
        waves = [rows[starts[rows] == start] for start in _in_order(starts[rows])]
        for number, wave in enumerate(waves, 1):
            members.append(wave)
            called = name if len(waves) == 1 else f"{name} ({_wave(number, starts[wave[0]])})"
            parts.append(_Part(i, called, _places_of(planned, wave)))
    return _rolled_out(wins, parts), members


def _has_parts(wins: Candidates, i: int, site: Site) -> bool:
    """Whether an initiative can be done at some of its places first."""
    each = wins.initiatives["cost_per_place_likely"].iloc[i]
    return len(site.names) > 1 and bool(pd.notna(each))


def places_table(wins: Candidates, rolled_out: RollOut, table: pd.DataFrame) -> pd.DataFrame:
    """A row an initiative and place, in the order in which places have their turn: see the road map's attributes."""
    when = table.set_index("initiative")
    tables = []
    for i, initiative in enumerate(wins.initiatives["name"]):
        site = wins.sites[i]
        if site is None or not site.names:
            continue
        gains = dict(zip(site.names, _gains(wins, i, site), strict=True))
        chances = dict(zip(site.sites.names, p_low(site.sites, wins.initiatives["touchpoints"].iloc[i]), strict=True))
        for row in rolled_out.members(i):
            names = _names_at(rolled_out, row)
            called = rolled_out.rows.initiatives["name"].iloc[row]
            columns = {
                "initiative": initiative,
                "place": names,
                "start": when.loc[called, "start"],
                "end": when.loc[called, "end"],
                "benefit": [np.nan if np.isnan(chances[name]) else gains[name] for name in names],
                "p_below_mean": [chances[name] for name in names],
            }
            tables.append(pd.DataFrame(columns))
    if not tables:
        return pd.DataFrame(columns=PLACE_COLUMNS)
    return pd.concat(tables, ignore_index=True)


def places_in_words(rolled_out: RollOut, row: int) -> str:
    """`` at its first 3 places``: where a part is done, as a reason tells it; "" of what is not done in parts."""
    rows = rolled_out.members(rolled_out.whole[row])
    if len(rows) == 1:
        return ""
    turn = "first" if row == rows[0] else "next"
    names = _names_at(rolled_out, row)
    if len(names) == 1:
        return f" at its {turn} place"
    return f" at its {turn} {len(names)} places"


def _names_at(rolled_out: RollOut, row: int) -> list[str]:
    """The places of a row."""
    site = rolled_out.rows.sites[row]
    return list(site.names) if site is not None else []


def _order(wins: Candidates, i: int, site: Site) -> Ints:
    """The places of an initiative, by what is expected to be gained at each."""
    return np.argsort(-_gains(wins, i, site), kind="stable")


def _gains(wins: Candidates, i: int, site: Site) -> Floats:
    """(k,) what is expected to be gained at each place of an initiative."""
    row = _controlled(wins, i)
    now = in_draws(wins.response, np.array([0]))
    worth = wins.worth[:1]
    gains = []
    for name in site.names:
        there = replace(site, names=(name,))
        shifts = _shifts(
            wins,
            i,
            row,
            there,
        )
        removed = removal_of(
            wins.fit,
            wins.response,
            row,
            there,
        )
        expected = {touchpoint: shift[:1] for touchpoint, shift in shifts.items()}
        gain = change(now, expected, removed[:1]) * worth
        gains.append(gain.sum())
    return np.array(gains)


def _controlled(wins: Candidates, i: int) -> dict[Any, Any]:
    """An initiative without the touchpoints that nobody can control."""
    row = wins.initiatives.iloc[i].to_dict()
    names = tuple(name for name in row["touchpoints"] if name not in wins.beyond)
    return {**row, "touchpoints": names}


def _shifts(
    wins: Candidates,
    i: int,
    row: Mapping[Any, Any],
    site: Site,
) -> Mapping[str, Floats]:
    """What an initiative does to scores at these places, with the lifts that were drawn for it."""
    return shifts_of(
        wins.fit,
        wins.response,
        row,
        site,
        wins.drawn.lifts[:, i],
        wins.drawn.shares[:, i],
        wins.options["touchpoint_map"],
    )


def _in_order(starts: Ints) -> list[int]:
    """The periods in which something starts, what is left out last."""
    found = sorted(set(starts.tolist()) - {-1})
    return [*found, -1] if -1 in starts else found


def _wave(number: int, start: int) -> str:
    """What some places of an initiative are called."""
    return "the rest" if start < 0 else f"wave {number}"


def _places_of(planned: RollOut, rows: Ints) -> Places | None:
    """The places of several parts; None where they are all that there are, or the initiative is whole."""
    if len(planned.members(planned.whole[rows[0]])) == 1:
        return None
    return tuple(name for row in rows for name in _names_at(planned, row))


def _rolled_out(wins: Candidates, parts: Sequence[_Part]) -> RollOut:
    """The rows that parts make of the initiatives."""
    whole = np.array([part.whole for part in parts], np.intp)
    sites = tuple(_site(wins, part) for part in parts)
    share = np.array([_share(wins, part) for part in parts])
    follows = tuple((row, row - 1) for row in range(1, len(parts)) if whole[row] == whole[row - 1])
    if not follows:
        return RollOut(
            wins,
            whole,
            share,
            (),
        )
    plan = _frame(
        wins,
        parts,
        whole,
        share,
    )
    return RollOut(
        _candidates(
            wins,
            plan,
            sites,
            whole,
            share,
        ),
        whole,
        share,
        follows,
    )


def _site(wins: Candidates, part: _Part) -> Site | None:
    """Where a part is done."""
    site = wins.sites[part.whole]
    if site is None or part.places is None:
        return site
    return replace(site, names=part.places)


def _share(wins: Candidates, part: _Part) -> float:
    """The share of the places of its initiative that a part has."""
    site = wins.sites[part.whole]
    if site is None or part.places is None:
        return 1.0
    return len(part.places) / len(site.names)


def _frame(
    wins: Candidates,
    parts: Sequence[_Part],
    whole: Ints,
    share: Floats,
) -> pd.DataFrame:
    """The parts as a list of initiatives: the first has what is paid once, all have their share of work and hands."""
    plan = wins.initiatives.iloc[whole].reset_index(drop=True)
    plan["name"] = [part.name for part in parts]
    for end in ENDS:
        plan[f"effort_{end}"] *= share
    is_later = np.append(False, whole[1:] == whole[:-1])
    plan.loc[is_later, [f"cost_{end}" for end in ENDS]] = np.nan
    hands = [_of_teams(teams, part) for teams, part in zip(plan["teams"], share, strict=True)]
    plan["teams"] = pd.Series(hands, dtype=object)
    asked = wins.initiatives["name"].iloc[whole].tolist()
    last = dict(zip(asked, plan["name"], strict=True))
    first = dict(zip(reversed(asked), reversed(plan["name"].tolist()), strict=True))
    plan["prerequisites"] = _renamed(plan["prerequisites"], last)
    plan["exclusions"] = _renamed(plan["exclusions"], first)
    return plan


def _of_teams(teams: Mapping[str, float], share: float) -> dict[str, float]:
    """What each team gives to a part of an initiative."""
    return {team: amount * share for team, amount in teams.items()}


def _renamed(links: pd.Series[Any], called: Mapping[str, str]) -> pd.Series[Any]:
    """Lists of initiatives by what these are called."""
    renamed = [tuple(called[name] for name in names) for names in links]
    return pd.Series(renamed, index=links.index, dtype=object)


def _candidates(
    wins: Candidates,
    plan: pd.DataFrame,
    sites: tuple[Site | None, ...],
    whole: Ints,
    share: Floats,
) -> Candidates:
    """What the parts bring and take, by the draws of their initiatives."""
    drawn = Drawn(
        wins.drawn.efforts[:, whole] * share,
        wins.drawn.lifts[:, whole],
        wins.drawn.shares[:, whole],
        wins.drawn.realised,
    )
    rows = [{**_controlled(wins, i), "name": name} for i, name in zip(whole, plan["name"], strict=True)]
    touchpoint_map = wins.options["touchpoint_map"]
    shifts, removals = effects(
        wins.fit,
        wins.response,
        rows,
        drawn,
        sites,
        touchpoint_map,
    )
    savings = wins.savings[whole] * share
    saved = np.nan_to_num(savings) * wins.in_money
    by_name = wins.table.set_index("initiative").loc[wins.initiatives["name"].iloc[whole]]
    return replace(
        wins,
        table=by_name.reset_index().assign(initiative=plan["name"].to_numpy()),
        initiatives=plan,
        benefits=saved
        + benefits_of(
            wins.response,
            shifts,
            removals,
            wins.worth,
        ),
        efforts=drawn.efforts,
        shifts=shifts,
        removals=removals,
        savings=savings,
        drawn=drawn,
        sites=sites,
    )
