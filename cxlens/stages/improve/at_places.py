"""Initiatives that are done place by place: at which places, whom they reach there, and what is to be gained at each.

How places differ, with luck taken off, is told by :mod:`cxlens.stages.baseline.places`; when each place has its turn is
planned by :mod:`cxlens.stages.improve.roll_out`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.errors import OptionError, check_kind, listing
from cxlens.stages.baseline.places import Places
from cxlens.stages.drivers.record import Fit
from cxlens.stages.improve.goals import check_scale_of_places
from cxlens.stages.improve.response import Response, mean_of_all, touchpoint_of
from cxlens.stats.random_intercepts import draw
from cxlens.study.initiatives import EVERYWHERE, WHERE_LOW, check_places
from cxlens.study.ranges import ENDS
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Row = Mapping[Hashable, Any]  # an initiative
NO_DIFFERENCE = 1e-9  # points of a score by which a place is not below the mean


class Drawn(NamedTuple):
    """A touchpoint by place (k,): its share of the customers, and how far its mean lies off that of all in each draw.

    ``shares`` (k,), 0 where a place may not be told; ``away`` (d, k) in points of the score, above 0 for the better;
    ``spread``: the standard deviation of an answer.
    """

    shares: Floats
    away: Floats
    spread: float


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """The places of which initiatives name some: ``names``, and by touchpoint what they may be like."""

    compared: Places
    names: tuple[str, ...]
    drawn: Mapping[str, Drawn]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where one initiative is done: at which of the places, and whether only where ratings are below the mean."""

    sites: Sites
    names: tuple[str, ...]
    only_low: bool

    @property
    def _which(self) -> list[int]:
        """Its places by number."""
        number = {name: place for place, name in enumerate(self.sites.names)}
        return [number[name] for name in self.names]

    def reach(self, answer: Response, touchpoint: str, points: Floats) -> Floats:
        """(e, 1) by how much of its points all customers together are lifted, the expected first.

        A place counts by its customers, and by the room that their ratings leave below the end of the scale, against
        that of all; a harm leaves room everywhere.
        """
        drawn = self.sites.drawn[touchpoint]
        mean = mean_of_all(answer, touchpoint)[1:, None]
        ceiling = answer.scale[1]
        room = np.maximum(ceiling - mean - drawn.away, 0.0) / np.maximum(ceiling - mean, NO_DIFFERENCE)
        is_gain = points[1:].sum(axis=1, keepdims=True) > 0
        counts = np.where(is_gain, room, 1.0)
        return self._of_all(drawn, counts)

    def to_standard(self, answer: Response, touchpoint: str, standard: float) -> Floats:
        """(e, 1) points by which all customers together are lifted where each place comes to the standard."""
        drawn = self.sites.drawn[touchpoint]
        mean = mean_of_all(answer, touchpoint)[1:, None]
        lacking = np.maximum(standard - mean - drawn.away, 0.0)
        return self._of_all(drawn, lacking)

    def share(self, touchpoint: str) -> Floats:
        """(e, 1) its share of the customers."""
        drawn = self.sites.drawn[touchpoint]
        return self._of_all(drawn, np.ones_like(drawn.away))

    def _of_all(self, drawn: Drawn, each: Floats) -> Floats:
        """(1 + d, 1) the sum over its places of shares times a figure (d, k), the mean of the draws first."""
        counted = each * drawn.shares
        if self.only_low:
            counted = counted * is_low(drawn)
        total = counted[:, self._which].sum(axis=1)
        return np.append(total.mean(), total)[:, None]


def is_low(drawn: Drawn) -> NDArray[np.bool_]:
    """(d, k) whether a place is below the mean of all in a draw."""
    return np.asarray(drawn.away < -NO_DIFFERENCE)


def where(plan: pd.DataFrame, places: Places | None, fit: Fit, seed: int) -> tuple[Site | None, ...]:
    """Where each initiative is done; None of those that are not done place by place.

    Raises
    ------
    OptionError
        When an initiative names places and none are compared, or not by its touchpoints, or it names an unknown one.
    """
    if places is not None:
        check_kind("places=", places, Places, "cx.compare_places(survey, column)")
    rows = plan.to_dict("records")
    touchpoints = {name: None for row in rows if row["places"] for name in row["touchpoints"]}
    if not touchpoints:
        return (None,) * len(plan)
    compared = _checked(rows, places, fit)
    sites = Sites(compared, tuple(compared.record.names), _drawn(compared, list(touchpoints), fit, seed))
    return tuple(_site(sites, row) for row in rows)


def _checked(rows: Sequence[Row], places: Places | None, fit: Fit) -> Places:
    """Places that were compared by what the initiatives work on, and have the names that they name."""
    at_places = [row for row in rows if row["places"]]
    if places is None:
        first = at_places[0]
        metrics = [touchpoint_of(fit, name) for name in first["touchpoints"]]
        raise OptionError(
            f"initiative {first['name']!r} is done at places, and none are compared. Give "
            f"places=cx.compare_places(survey, column, metric={metrics!r})."
        )
    for row in at_places:
        thing = f"initiative {row['name']!r}"
        metrics = [touchpoint_of(fit, name) for name in row["touchpoints"]]
        missing = [name for name in metrics if name not in places.metrics]
        if missing:
            raise OptionError(
                f"{thing} is done at places, and these are compared by {listing(places.metrics, 30)}. Compare them by "
                f"its touchpoints, too: metric={[*places.metrics, *missing]!r}."
            )
        check_places(thing, row["places"], places.record.names)
    check_scale_of_places(fit, places)
    return places


def _drawn(places: Places, touchpoints: Sequence[str], fit: Fit, seed: int) -> dict[str, Drawn]:
    """What each place may be like, luck taken off, as many times as the drivers were drawn."""
    found = {}
    for number, touchpoint in enumerate(touchpoints):
        scores = places.record.scores[places.metrics.index(touchpoint_of(fit, touchpoint))]
        rng = np.random.default_rng([seed, 2, number])
        weight = np.where(scores.shown, scores.weight, 0.0)
        shares = weight / weight.sum()
        away = np.zeros((fit.n_boot, len(shares)))
        values = draw(scores.groups, fit.n_boot, rng)
        mean = values @ shares[scores.shown]
        away[:, scores.shown] = values - mean[:, None]
        found[touchpoint] = Drawn(shares, away, float(np.sqrt(scores.within)))
    return found


def _site(sites: Sites, row: Row) -> Site | None:
    """The places that an initiative means."""
    named = row["places"]
    if not named:
        return None
    if named == (EVERYWHERE,):
        return Site(sites, sites.names, only_low=False)
    if named == (WHERE_LOW,):
        return Site(sites, _low_names(sites, row["touchpoints"]), only_low=True)
    return Site(sites, named, only_low=False)


def _low_names(sites: Sites, touchpoints: Sequence[str]) -> tuple[str, ...]:
    """The places that are more likely than not below the mean of all, by these touchpoints together."""
    chance = p_low(sites, touchpoints)
    return tuple(name for name, p in zip(sites.names, chance, strict=True) if p > 0.5)


def p_low(sites: Sites, touchpoints: Sequence[str]) -> Floats:
    """(k,) how likely each place is below the mean of all, by these touchpoints together; NaN where it is not told."""
    away = np.zeros_like(sites.drawn[touchpoints[0]].away)
    for touchpoint in touchpoints:
        drawn = sites.drawn[touchpoint]
        away = away + drawn.away / max(drawn.spread, NO_DIFFERENCE)
    is_told = sites.drawn[touchpoints[0]].shares > 0
    return np.where(is_told, (away < -NO_DIFFERENCE).mean(axis=0), np.nan)


def priced(plan: pd.DataFrame, where: Sequence[Site | None]) -> pd.DataFrame:
    """The list with what each initiative costs in all, once and for each of its ``n_places``."""
    places = np.array([len(site.names) if site else 0 for site in where])
    costs = {}
    for end in ENDS:
        each = (places * plan[f"cost_per_place_{end}"]).where(places > 0)
        once = plan[f"cost_{end}"]
        costs[f"cost_{end}"] = once.add(each, fill_value=0.0)
    return plan.assign(**costs, n_places=places)


def places_again(places: Places | None, survey: Survey) -> Places | None:
    """The same places by other answers."""
    if places is None:
        return None
    return Places(places.record.again(survey))


def told_places(sites: Sequence[Site | None]) -> str:
    """How an initiative that is done place by place is forecast; "" where none is."""
    if not any(sites):
        return ""
    return (
        "An initiative at some places counts by the share of customers there and by the room their ratings leave, luck "
        "taken off; one for places below the mean brings nothing where a place is not below it."
    )
