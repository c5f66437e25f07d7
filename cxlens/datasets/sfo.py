"""The customer survey of San Francisco International Airport, 2013 to 2017, as a study.

Real answers of about 3,000 departing passengers a year, published by the City of San Francisco on DataSF. Column names
and codes change from year to year; here they get one name and one wording each. ZIP code, city, state, country, free
text and every identifier are never read. Of comments only the codes are read that the airport gave them.

Worth knowing before comparing years:

- 2014 was asked in September, the other years in May.
- Four wordings of the scale: ratings run from unacceptable to outstanding, cleanliness from dirty to clean, safety from
  not safe at all to extremely safe, and getting there, finding the way and security from difficult to easy. In 2013 the
  levels between are worded too ("average", "good"), later only the ends.
- Code 6 is "never used", for safety "don't know", for the scores from difficult to easy "don't know or not applicable".
- 2013 has no boarding area E: gates 68 to 90 were F.
- Answers outside a year's code list become "Other or unknown". They are few: 22 purposes and 127 ways of coming in
  2013, 4 residences in 2014, 3 incomes in 2015, 2 homes in 2017. Two code lists contradict the answers (how people
  came in 2013, the first flight from here in 2015): there the answers decide, as ``sfo_codes.toml`` explains.
- ``flight`` follows the destination's region; 26 people to Osaka (2013) and one to Ontario, California (2016) have a
  wrong region in the data.
- The touchpoints are the airport's questions; stages, channels, kinds, processes, needs and levers are our reading.
  Owners, volumes and costs are not known. Two scores are left out, since they are no touchpoints: overall
  cleanliness, and the pre-check line compared with the regular one.

The words and code lists are in ``sfo_codes.toml``, the themes of comments in ``sfo_comments.toml``. Figures about the
survey do not belong here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.errors import FileError, OptionError, ValuesError, listing
from cxlens.study.lifecycle import Lifecycle, Stage
from cxlens.study.parts import SurveyPlan
from cxlens.study.study import Study
from cxlens.study.survey import Scale
from cxlens.study.touchpoints import TouchpointMap

BASE_URL = "https://data.sfgov.org/api/views"
YEARS = (2013, 2014, 2015, 2016, 2017)
NOT_ASKED, NOT_GIVEN, OTHER, SEVERAL = "Not asked", "Not given", "Other or unknown", "More than one"
MAP = Path(__file__).with_name("sfo_touchpoints.csv")


def _told(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _by_year(told: dict[str, Any]) -> dict[int, Any]:
    return {int(year): value for year, value in told.items()}


def _lists(told: dict[str, dict[str, Any]]) -> dict[int, dict[str, str]]:
    """{first year of a list: {code: word}} from words and their codes."""
    lists: dict[int, dict[str, str]] = {}
    for year, words in _by_year(told).items():
        lists[year] = dict(lists.get(words.pop("like", 0), {}))
        lists[year] |= {str(code): word for word, codes in words.items() for code in codes}
    return lists


_TOLD = _told("sfo_codes.toml")
DATASET_IDS = _by_year(_TOLD["dataset_ids"])
SCORES: dict[str, list[str]] = _TOLD["scores"]  # name: touchpoint, column in 2013, column from 2014 on
# name: {first year of a column: its name}, and {first year of a list: {code: word}}; each holds until the next one.
COLUMNS = {name: _by_year(told) for name, told in _TOLD["columns"].items()}
SEGMENT_COLUMNS = {name: _by_year(told) for name, told in _TOLD["segment_columns"].items()}
CODES = {name: _lists(told) for name, told in _TOLD["codes"].items()}
COMMENTS = {name: _by_year(told) for name, told in _TOLD["comments"].items()}
# The codebook, {column of comments: {theme: codes}}: for cxlens.stages.baseline.comments.
THEMES: dict[str, dict[str, list[int]]] = {
    f"said_{question}": themes for question, themes in _told("sfo_comments.toml")["2017"].items()
}
_SCORE_CODES = {**{str(code): code for code in range(7)}, "Blank": 0, "": 0}
_LIKELY_CODES = {**{str(code): code for code in range(12)}, "": 11}
_UNKNOWN_SHARE = 0.05


def load_sfo(years: int | Iterable[int], *, data_home: str | Path | None = None) -> Study:
    """The San Francisco airport survey of one or more years, ready for every verb.

    All 23 touchpoints were asked in all five years. ``overall`` (1 to 5) is the outcome; the question of
    recommending the airport (0 to 10) was asked in 2017 only: it comes first when 2017 is loaded alone,
    second when 2017 is among other years, and is left out otherwise.

    Parameters
    ----------
    years
        A year from 2013 to 2017, or several.
    data_home
        A folder with the CSV files; each name starts with its year, contains ``SFO`` and ends in ``.csv``.
        Without it the years 2013, 2016 and 2017 are downloaded from DataSF, once, into the user's cache.

    Returns
    -------
    Study
        Survey, touchpoint map (a lifecycle of its own, with the stage Check-in that the survey leaves out)
        and what to know about the data. The standards of 4.0 are illustrations, not the airport's; stages, needs and
        levers are our reading of the questionnaire.

    Raises
    ------
    OptionError
        When a year is none of the survey's, or cannot be downloaded.
    FileError, ValuesError
        When a file is missing, is not that year's survey, or holds codes that its code list does not know.

    Notes
    -----
    Source: DataSF, *SFO Customer Survey*, https://data.sfgov.org. The weights make the sample represent the
    airport's passengers: one value a boarding area in 2013 and 2014, mostly one an airline from 2015 on.

    Comments are codes of 2017, such as ``"4;16"``, empty in other years. They are about "Feeling safe" (why people feel
    as safe as they do), "Security checkpoint" (pre-check users alone were asked: how is that line against the regular
    one?) and "Restroom cleanliness" (asked of cleanliness everywhere; of those who name a place most name restrooms).
    What could be better (``said_general``) and problems (``said_problems``) are about the whole airport. They stand in
    the data and belong to no touchpoint; with ``overall`` as one they can be read: ``Survey(...,
    touchpoints={"The airport as a whole": "overall"}, comments={"The airport as a whole": "said_general"})``.
    ``THEMES`` has a codebook for each column; which code belongs to which theme is our reading.

    Examples
    --------
    >>> from cxlens.datasets.sfo import THEMES, load_sfo
    >>> THEMES["said_safety"]["too few officers"]
    [12, 17]
    >>> load_sfo(2018)
    Traceback (most recent call last):
    ...
    cxlens.errors.OptionError: year 2018 is not in the airport survey. Years: 2013, 2014, 2015, 2016, 2017.
    """
    wanted = _check_years(years)
    paths = _download(wanted) if data_home is None else [_find(Path(data_home), year) for year in wanted]
    frames = [read_year(path, year) for path, year in zip(paths, wanted, strict=True)]
    places = TouchpointMap.from_csv(MAP, Lifecycle([Stage(**stage) for stage in _TOLD["stages"]]))
    plan = _survey_plan(pd.concat(frames, ignore_index=True), wanted, places.names)
    name = f"San Francisco airport survey, {_span(wanted)}"
    return Study(name, **_TOLD["study"], survey_plan=plan, touchpoint_map=places)


def read_year(path: str | Path, year: int) -> pd.DataFrame:
    """One year's file with one name for each column, whatever that year called it.

    Parameters
    ----------
    path
        The CSV file as DataSF offers it.
    year
        The year it is of: its code list is used.

    Returns
    -------
    pandas.DataFrame
        One row a respondent, in the file's order: ``year``; 23 scores (1 to 5, 6 not used, 0 blank), among them
        ``restaurants``, ``wifi``, ``security``; ``overall`` (the same codes); ``recommend`` (0 to 10, 11 blank; NaN
        in years that did not ask); ``weight`` (mean 1); 15 segments in words, among them ``purpose``,
        ``residence``, ``age`` and ``boarding_area``: "Not given" where blank, "Not asked" in years without
        the question; and the codes of five open questions, such as ``said_safety``: ``"4;16"``, ``""`` where blank
        and in years before 2017.

    Raises
    ------
    OptionError, FileError, ValuesError
        As :func:`load_sfo`.
    """
    (year,) = _check_years(year)
    path = Path(path)
    _check_header(path, year, str(path))
    needed = _needed(year)
    raw = pd.read_csv(
        path, dtype=str, keep_default_na=False, encoding="utf-8-sig", usecols=lambda name: _clean(name) in needed
    )
    raw = raw.rename(columns=_clean)
    answers = {name: raw[column].str.strip() for name, column in _columns(year).items()}
    frame: dict[str, Any] = {"year": np.full(len(raw), year)}
    for name in (*SCORES, "overall"):
        frame[name] = _numbers(answers[name], _SCORE_CODES, path, year)
    likely = answers.get("recommend")
    frame["recommend"] = np.nan if likely is None else _numbers(likely, _LIKELY_CODES, path, year).astype(float)
    frame["weight"] = _weights(answers["weight"], path, year)
    for name in SEGMENT_COLUMNS:
        frame[name] = _words(name, answers[name], path, year) if name in answers else NOT_ASKED
    several = (frame["purpose"] != NOT_GIVEN) & (_words("purpose", answers["purpose_2"], path, year) != NOT_GIVEN)
    frame["purpose"] = frame["purpose"].mask(several, SEVERAL)
    for name, by_year in COMMENTS.items():
        columns = _latest(by_year, year)
        frame[name] = _said(raw[columns], path, year) if columns else ""
    return pd.DataFrame(frame)


def _columns(year: int) -> dict[str, str]:
    """Our name of everything read from a year's file: that year's name."""
    names = {name: told[1 + (year > YEARS[0])] for name, told in SCORES.items()}
    others = {name: _latest(by_year, year) for name, by_year in (COLUMNS | SEGMENT_COLUMNS).items()}
    return names | {name: column for name, column in others.items() if column}


def _needed(year: int) -> dict[str, None]:
    """Everything read from a year's file, in that year's names, each once and in order."""
    said = [column for by_year in COMMENTS.values() for column in _latest(by_year, year) or ()]
    return dict.fromkeys([*_columns(year).values(), *said])


def _latest(by_year: dict[int, Any], year: int) -> Any:
    """The entry in force in a year, or None before the first."""
    held = [value for first, value in by_year.items() if first <= year]
    return held[-1] if held else None


def _clean(name: object) -> str:
    """A column name without its stray marks: ``*RESPNUM``, ``Q13 COUNTY``, trailing blanks."""
    return "".join(str(name).split()).lstrip("*").upper()


def _check_years(years: Any) -> tuple[int, ...]:
    asked = list(years) if isinstance(years, Iterable) and not isinstance(years, str) else [years]
    allowed = listing(YEARS)
    if not asked:
        raise OptionError(f"years is empty: name at least one. Years: {allowed}.")
    for year in asked:
        if year not in YEARS:
            raise OptionError(f"year {year!r} is not in the airport survey. Years: {allowed}.")
    return tuple(sorted({int(year) for year in asked}))


def _check_header(path: Path, year: int, source: str) -> None:
    """Refuse a file that is not that year's survey, by its first line."""
    if not path.is_file():
        raise FileError(f"{source} is not there. Give the CSV file of the {year} survey.")
    try:
        header = list(pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns)
    except ValueError as error:  # pandas' own errors and UnicodeDecodeError are ValueErrors
        raise FileError(
            f"{source} cannot be read as CSV in UTF-8: {error}. Give the file as DataSF offers it."
        ) from error
    found = {_clean(name) for name in header}
    missing = [column for column in _needed(year) if column not in found]
    if missing:
        raise FileError(
            f"{source} is not the {year} survey: it has no column {listing(missing, 5)}. "
            f"Its columns begin with: {listing(header, 5)}. Give the CSV file of {year} as DataSF offers it."
        )


def _find(folder: Path, year: int) -> Path:
    """The one file of a year in a folder."""
    shape = f"a file whose name starts with {year}, contains SFO and ends in .csv"
    if not folder.is_dir():
        raise FileError(f"data_home {str(folder)!r} is not a folder. Give the folder that holds {shape}.")
    files = sorted(
        path.name for path in folder.glob(f"{year}*") if "SFO" in path.name and path.suffix.lower() == ".csv"
    )
    if not files:
        there = listing(sorted(path.name for path in folder.iterdir()), 5) or "nothing"
        raise FileError(f"data_home {str(folder)!r} lacks {shape}. In it: {there}.")
    if len(files) > 1:
        raise FileError(
            f"data_home {str(folder)!r} has {len(files)} files of {year}: {listing(files)}. Keep one of them."
        )
    return folder / files[0]


def _download(years: tuple[int, ...]) -> list[Path]:
    """The files of some years in the user's cache, fetched where they are not there yet."""
    closed = [year for year in years if year not in DATASET_IDS]
    if closed:
        raise OptionError(
            f"the survey of {listing(closed)} cannot be downloaded: its data set id at DataSF is not known. "
            f"Years that can: {listing(DATASET_IDS)}. For others, put the CSV files into a folder and give "
            "load_sfo(years, data_home=folder); each file's name starts with its year, contains SFO and ends in .csv."
        )
    return [_fetch(year) for year in years]


def _fetch(year: int) -> Path:
    import pooch

    name = f"{year}_SFO_Customer_Survey.csv"
    url = f"{BASE_URL}/{DATASET_IDS[year]}/rows.csv?accessType=DOWNLOAD"

    def download(url: str, target: str, keeper: Any) -> None:
        """Fetch, then look at the header, so that an error page never enters the cache."""
        pooch.HTTPDownloader(progressbar=True)(url, target, keeper)
        _check_header(Path(target), year, url)

    # No hash: the data set is live, and its bytes may change.
    keeper = pooch.create(path=pooch.os_cache("cxlens"), base_url=BASE_URL, registry={name: None}, urls={name: url})
    try:
        return Path(keeper.fetch(name, downloader=download))
    except OSError as error:  # requests' errors are OSErrors
        response = getattr(error, "response", None)
        if response is not None:
            response.close()  # pooch leaves it open
        raise FileError(
            f"the survey of {year} could not be downloaded from {url} ({type(error).__name__}). Try again later, or "
            "download the file by hand and give load_sfo(years, data_home=folder)."
        ) from error


def _numbers(answers: pd.Series, codes: dict[str, int], path: Path, year: int) -> pd.Series:
    """Score codes as whole numbers; a code that is none is an error, since a score cannot be guessed."""
    allowed = f"Allowed: {listing(sorted(set(codes.values())))}"
    _refuse(answers[~answers.isin(list(codes))], path, year, allowed)
    return answers.map(codes).astype("int64")


def _weights(answers: pd.Series, path: Path, year: int) -> pd.Series:
    numbers = pd.to_numeric(answers, errors="coerce")
    _refuse(answers[~(numbers > 0)], path, year, "A weight is a number above 0")
    return numbers.astype(float)


def _refuse(odd: pd.Series, path: Path, year: int, allowed: str) -> None:
    """Refuse answers that cannot be."""
    if len(odd):
        raise ValuesError(
            f"{path}: column {odd.name} of {year} holds {listing(repr(value) for value in sorted(set(odd)))} "
            f"in {len(odd)} rows. {allowed}. Correct or remove these rows."
        )


def _words(segment: str, answers: pd.Series, path: Path, year: int) -> pd.Series:
    """Codes in words; few off the list are "Other or unknown", many mean that the list has changed."""
    codes = {"": NOT_GIVEN, **_latest(CODES[segment], year)}
    odd = answers[~answers.isin(list(codes))]
    if len(odd) > _UNKNOWN_SHARE * len(answers):
        raise ValuesError(
            f"{path}: {len(odd)} of {len(answers)} answers in column {answers.name} ({segment}) are not in the code "
            f"list of {year}: {listing((repr(value) for value in sorted(set(odd))), 5)}. "
            "Is the file of that year? If DataSF has changed its codes, use an older copy through data_home."
        )
    return answers.map(codes).fillna(OTHER)


def _said(answers: pd.DataFrame, path: Path, year: int) -> list[str]:
    """The codes that each person's comments were given, as "4;16"; a text is an error, and is not repeated."""
    codes = answers.apply(lambda own: own.str.strip().replace("0", ""))
    for name in codes:
        text = codes.loc[~codes[name].str.fullmatch(r"\d*"), name]
        _refuse(
            text.mask(text != "", "(text)"), path, year, "Comments are read as codes alone: whole numbers, 0 is blank"
        )
    return [";".join(filter(None, row)) for row in codes.itertuples(index=False)]


def _span(years: tuple[int, ...]) -> str:
    if years == tuple(range(years[0], years[-1] + 1)) and len(years) > 1:
        return f"{years[0]} to {years[-1]}"
    return listing(years)


def _survey_plan(frame: pd.DataFrame, years: tuple[int, ...], touchpoints: tuple[str, ...]) -> SurveyPlan:
    columns = {touchpoint: name for name, (touchpoint, *_) in SCORES.items()}
    scales = {"overall": Scale(1, 5, not_used=[6], blank=[0]), "recommend": Scale(0, 10, blank=[11])}
    kinds = {"overall": "interval", "recommend": "nps"}
    outcomes = ["overall", "recommend"] if YEARS[-1] in years else ["overall"]
    if len(years) == 1:
        outcomes.reverse()
    return SurveyPlan(
        data=frame if "recommend" in outcomes else frame.drop(columns="recommend"),
        touchpoints={touchpoint: columns[touchpoint] for touchpoint in touchpoints},
        outcome={name: kinds[name] for name in outcomes},
        scale=scales["overall"],
        outcome_scale={name: scales[name] for name in outcomes},
        segments=tuple(name for name in SEGMENT_COLUMNS if not (frame[name] == NOT_ASKED).all()),
        weight="weight",
        time="year",
        comments=_TOLD["comments_about"] if YEARS[-1] in years else None,
    )
