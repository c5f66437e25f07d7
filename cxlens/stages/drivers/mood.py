"""How much a mood that colours all ratings would have to go with the outcome to explain as much without any effect.

No prior and no test sees such a mood (halo): in the model of recorded scores its coefficients are real. What can be
said is how strong it would have to be.
"""

from __future__ import annotations

import numpy as np

from cxlens.common.values import number
from cxlens.stages.drivers.leaders import beyond_chance
from cxlens.stages.drivers.record import Fit

HARDLY = 0.1  # mean correlation of ratings below which no mood is spoken of


def mood_needed(record: Fit) -> tuple[float, float]:
    """The mean correlation of ratings, and the correlation of one mood behind all with the outcome that would suffice.

    NaN where ratings do not correlate, or one touchpoint is alone; above 1 no mood suffices.

    Notes
    -----
    Ratings of p touchpoints that share a mood correlate by r. If the outcome goes with the mood by g and with nothing
    else, they explain R2 = g^2 p r / (1 + (p - 1) r); this is solved for g, with the adjusted R2 of the players.
    """
    correlations = record.correlations[:, :, 0]
    p = len(correlations)
    if p < 2:
        return np.nan, np.nan
    apart = ~np.eye(p, dtype=bool)
    r = float(correlations[apart].mean())
    if not r > 0:
        return r, np.nan
    weights = record.weights / record.weights.sum()
    explained = [beyond_chance(record, s) for s in range(len(weights))]
    share = float(weights @ np.array(explained))
    told_of_mood = p * r / (1 + (p - 1) * r)
    return r, float(np.sqrt(share / told_of_mood))


def about_mood(record: Fit) -> str:
    """One sentence of it; "" where there is nothing to say."""
    if record.asked.fitted:
        return ""
    r, needed = mood_needed(record)
    if np.isnan(needed) or r < HARDLY:
        return ""
    ratings = f"Ratings correlate by {number(r)}"
    if needed > 1:
        return f"{ratings}: no mood behind all of them could explain as much alone."
    return (
        f"{ratings}: a mood behind all of them that correlates by {number(needed)} with {record.outcome_words} would "
        "explain as much without any effect."
    )
