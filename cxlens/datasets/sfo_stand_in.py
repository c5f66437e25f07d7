"""Simulated files in the form of the San Francisco airport survey, for lessons where the survey itself is absent.

Columns and codes are those of the real files, so that :func:`cxlens.datasets.load_sfo` reads them. The answers are made
up from round figures: nothing in them comes from a passenger, and no finding about the airport can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.datasets.questionnaires import SCORES, Questionnaire, built_in
from cxlens.datasets.sfo import NOT_GIVEN, OTHER, THEMES
from cxlens.errors import OptionError, check_seed
from cxlens.files.writing import write_whole

NOT_USED, BLANK = 6, 0
LEAST_ROWS = 100
USUAL_MEAN, USUAL_REACH = 4.1, 0.95
SPREAD_OF_PEOPLE, SPREAD_OF_SCORES = 0.5, 0.8
SHARE_BLANK = 0.02
SHARE_COMMENTING = 0.5
MEANS = {"restaurants": 3.6, "shops": 3.6, "parking": 3.8, "roads": 3.9, "safety": 4.4, "security": 4.2}
REACHES = {
    "roads": 0.5,
    "parking": 0.4,
    "airtrain": 0.5,
    "airtrain_cleanliness": 0.5,
    "long_term_parking": 0.3,
    "rental_car_center": 0.3,
    "rental_cleanliness": 0.3,
    "information_arrivals": 0.5,
    "information_departures": 0.5,
}
WIFI_BY_YEAR = {2013: 3.6, 2014: 3.8, 2015: 4.0, 2016: 4.0, 2017: 4.1}
RECOMMEND, OVERALL = 8.3, 4.0
EFFECTS = {
    "restaurants": 0.5,
    "security": 0.4,
    "finding_way": 0.4,
    "boarding_area_cleanliness": 0.4,
    "safety": 0.3,
}
OVERALL_STEP = 0.4  # points of `overall` that go with a point of `recommend`


def write_sfo_stand_in(folder: str | Path, *, rows: int = 800, seed: int = 2017) -> Path:
    """Write five simulated yearly files in the form of the San Francisco airport survey.

    Parameters
    ----------
    folder
        Where to write; it is made if it is not there.
    rows
        Simulated passengers a year, 100 or more.
    seed
        The same seed gives the same files.

    Returns
    -------
    Path
        The folder, for ``load_sfo(years, data_home=folder)``. The columns are those that :func:`load_sfo` reads,
        with codes of the year.

    Raises
    ------
    OptionError, ValuesError, FileError
        When ``rows`` is below 100, ``seed`` is no seed, or the folder cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from cxlens.datasets import load_sfo, write_sfo_stand_in
    >>> with TemporaryDirectory() as folder:
    ...     load_sfo(2017, data_home=write_sfo_stand_in(folder, rows=200)).survey().n
    200
    """
    if rows < LEAST_ROWS:
        raise OptionError(f"rows must be {LEAST_ROWS} or more; you gave {rows}.")
    check_seed(seed)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for year, asked in built_in().items():
        text = _answers(asked, rows, rng).to_csv(index=False)
        write_whole(target / f"{year}_SFO_simulated.csv", text.encode("utf-8"))
    return target


def _answers(asked: Questionnaire, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """A year's file, as text, under that year's names."""
    columns = asked.columns
    file: dict[str, Any] = {}
    for name, codes in asked.codes.items():
        if name in columns:
            file[columns[name]] = _segment(codes, rows, rng)
    file[columns["purpose_2"]] = [""] * rows
    file[columns["weight"]] = rng.choice(["0.8", "1", "1.2"], rows)
    scores = _scores(asked.year, rows, rng)
    for name, values in scores.items():
        file[columns[name]] = _coded(values, rng)
    likely = RECOMMEND + _pull(scores) + rng.normal(0, 1, rows)
    if "recommend" in columns:
        file[columns["recommend"]] = _rounded(likely, 0, 10)
    overall = OVERALL + OVERALL_STEP * (likely - RECOMMEND)
    file[columns["overall"]] = _rounded(overall, 1, 5)
    for question, places in asked.comments.items():
        file |= _comments(question, places, rows, rng)
    return pd.DataFrame(file)


def _segment(codes: Mapping[str, str], rows: int, rng: np.random.Generator) -> Any:
    """A code for each passenger: the first words of the list are the most frequent."""
    first_code: dict[str, str] = {}
    for code, word in codes.items():
        first_code.setdefault(word, code)
    for word in (NOT_GIVEN, OTHER):
        first_code.pop(word, None)
    chances = 1 / np.arange(2, 2 + len(first_code))
    return rng.choice(list(first_code.values()), rows, p=chances / chances.sum())


def _scores(year: int, rows: int, rng: np.random.Generator) -> dict[str, Any]:
    """Scores before they are rounded: some people are kinder than others, to everything."""
    kindness = rng.normal(0, SPREAD_OF_PEOPLE, rows)
    means = MEANS | {"wifi": WIFI_BY_YEAR[year]}
    scores = {}
    for name in SCORES:
        mean = means.get(name, USUAL_MEAN)
        scores[name] = mean + kindness + rng.normal(0, SPREAD_OF_SCORES, rows)
        used = rng.random(rows) < REACHES.get(name, USUAL_REACH)
        scores[name][~used] = np.nan
    return scores


def _pull(scores: Mapping[str, Any]) -> Any:
    """What the scores of those who met a touchpoint add to their recommendation."""
    pull = 0.0
    for name, effect in EFFECTS.items():
        distance = scores[name] - MEANS.get(name, USUAL_MEAN)
        pull = pull + effect * np.nan_to_num(distance)
    return pull


def _coded(values: Any, rng: np.random.Generator) -> Any:
    """Scores as the file has them: 1 to 5, not used, blank."""
    codes = np.clip(np.rint(np.nan_to_num(values)), 1, 5)
    codes[np.isnan(values)] = NOT_USED
    codes[rng.random(len(codes)) < SHARE_BLANK] = BLANK
    return codes.astype(int).astype(str)


def _rounded(values: Any, low: int, high: int) -> Any:
    """Answers on a scale, as the file has them."""
    return np.clip(np.rint(values), low, high).astype(int).astype(str)


def _comments(
    question: str,
    places: Sequence[str],
    rows: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """One code of a comment for half of the passengers; the other columns of the question stay empty."""
    codes = [str(code) for theme in THEMES[question].values() for code in theme]
    given = rng.choice(codes, rows)
    given[rng.random(rows) >= SHARE_COMMENTING] = "0"
    first, *others = places
    return {first: given} | {place: ["0"] * rows for place in others}
