"""Events of three customers who order, come back and fall silent."""

from __future__ import annotations

import numpy as np
import pandas as pd


def orders(**columns):
    """Fourteen events: NA orders twice and comes back, 007 falls silent for 40 days, x orders at once."""
    frame = pd.DataFrame(
        {
            "who": ["NA"] * 7 + ["007"] * 5 + ["x"] * 2,
            "met": [
                "Web",
                "Shop",
                "Order",
                "Web",
                "Order",
                "Call",
                "Web",
                "Web",
                "Shop",
                "Web",
                "Shop",
                "Web",
                "Order",
                "Call",
            ],
            "day": [0, 1, 2, 3, 50, 51, 52, 0, 10, 50, 51, 52, 52, 52],
        }
    )
    frame["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["day"], unit="D")
    frame["paid"] = np.where(frame["met"] == "Order", 20.0, np.nan)
    frame["ordered"] = frame["met"] == "Order"
    return frame.assign(**columns)
