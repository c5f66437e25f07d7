"""Simulated answers that looks at drivers are tested with, and the drivers of them, made once."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.result import View
from cxlens.stages.drivers.drivers import Drivers

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
NAMES = ("Web", "Desk", "Gate", "Food")
QUADRANTS = ["low priority", "possible overkill", "concentrate here", "keep up the good work"]


def answers(n: int = 300, seed: int = 1) -> pd.DataFrame:
    """Simulated answers: everyone meets Web and Desk, seven of ten the Gate, half the Food; 6 is not used."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, 1)) * 0.6 + rng.normal(size=(n, 4)) * 0.9 + np.array([4.0, 3.0, 3.4, 2.8])
    scores = np.clip(np.round(base), 1, 5).astype(int)
    used = np.column_stack([np.ones((n, 2), bool), rng.random((n, 2)) < [0.7, 0.5]])
    y = 2 + np.where(used, scores, 0) @ np.array([0.2, 0.8, 0.5, 0.1]) + rng.normal(size=n)
    frame = pd.DataFrame(np.where(used, scores, 6), columns=list(NAMES))
    frame["y"] = y
    frame["nps"] = np.clip(np.round(y + 1), 0, 10).astype(int)
    frame["good"] = (y > np.median(y)).astype(int)
    frame["w"] = rng.uniform(0.5, 2, n)
    frame["who"] = rng.choice(["business", "leisure"], n)
    frame["id"] = rng.integers(0, 60, n)
    for name, strength in zip(NAMES, (3.0, 1.0, 2.0, 4.0), strict=True):
        frame[f"felt {name}"] = rng.choice([-1, 1], n) * (strength + rng.choice([0, 0.5], n))
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    roles = {"touchpoints": NAMES, "outcome": "y", "scale": SCALE, "segments": ["who"], **roles}
    return cx.Survey(answers() if frame is None else frame, **roles)


def felt(*names: str) -> dict[str, str]:
    return {name: f"felt {name}" for name in names or NAMES}


def stated(n: int = 80, **roles) -> cx.Survey:
    """Simulated statements of importance on a scale of 7."""
    frame = pd.DataFrame(np.random.default_rng(5).integers(3, 8, (n, 2)), columns=["Desk", "Web"]).assign(o=range(n))
    return cx.Survey(frame, **{"touchpoints": ["Desk", "Web"], "outcome": "o", "scale": cx.Scale(1, 7), **roles})


def by_name(view: View, column: str) -> pd.Series:
    return view.table.set_index("touchpoint")[column]


def users(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame.loc[frame[name] != 6, name]


def fitted_by_hand(frame: pd.DataFrame, y: np.ndarray) -> tuple[np.ndarray, pd.Series, np.ndarray]:
    """Least squares with a column for the use of each touchpoint: the design, its coefficients, use."""
    scores, used = frame[list(NAMES)].to_numpy(float), (frame[list(NAMES)] != 6).to_numpy()
    design = np.column_stack([np.ones(len(frame)), used[:, 2:], np.where(used, scores, 0)])
    coef = np.linalg.lstsq(design, y, rcond=None)[0]
    return design, pd.Series(coef[3:], NAMES), used


def four(drivers: Drivers) -> list[View]:
    return [drivers.performance(), drivers.value_added(), drivers.opportunity(), drivers.moments_of_truth()]


@pytest.fixture(scope="session")
def looks() -> SimpleNamespace:
    """What makes such answers, and reads figures off a look."""
    return SimpleNamespace(
        NAMES=NAMES,
        SCALE=SCALE,
        QUADRANTS=QUADRANTS,
        SMALL=survey(answers(40)),
        answers=answers,
        survey=survey,
        felt=felt,
        stated=stated,
        by_name=by_name,
        users=users,
        fitted_by_hand=fitted_by_hand,
        four=four,
    )


@pytest.fixture(scope="session")
def found() -> Drivers:
    return cx.drivers(survey(), n_boot=200)


@pytest.fixture(scope="session")
def bare() -> Drivers:
    return cx.drivers(survey(), n_boot=0)


@pytest.fixture(scope="session")
def parts() -> Drivers:
    return cx.drivers(survey(), by="who", n_boot=100)


@pytest.fixture(scope="session")
def grouped() -> Drivers:
    return cx.drivers(survey(emotion=felt()), groups={"Hall": ["Web", "Desk"]}, n_boot=50)


@pytest.fixture(scope="session")
def fitted() -> Drivers:
    return cx.drivers(survey(outcome={"good": "binary"}), n_boot=50)


@pytest.fixture(scope="session")
def scaleless() -> Drivers:
    return cx.drivers(survey(answers().replace(6, 5), scale=None), n_boot=0)
