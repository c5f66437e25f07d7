"""Simulated answers about touchpoints with long names, for tests of pictures."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlens as cx


def survey_of(p: int, n: int = 300) -> cx.Survey:
    """Simulated answers about touchpoints, half of them with long names."""
    rng = np.random.default_rng(1)
    names = [
        f"Waiting for the service desk number {i} in the main hall" if i % 2 else f"Touchpoint {i}" for i in range(p)
    ]
    base = 3.6 + 0.6 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, p)) + 0.5 * np.sin(np.arange(p))
    frame = pd.DataFrame(np.clip(np.round(base), 1, 5), columns=names)
    frame["rec"] = np.clip(np.round(7.5 + 1.5 * (base[:, :3].mean(axis=1) - 3.6) + rng.normal(size=n)), 0, 10)
    frame["who"] = rng.choice(["business", "leisure", "crew"], n)
    return cx.Survey(frame, touchpoints=names, outcome={"rec": "nps"}, scale=cx.Scale(1, 5), segments=["who"])
