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

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.datasets.questionnaires import (
    COMMENTS,
    ENTRIES,
    SCORES,
    SEGMENT_COLUMNS,
    Questionnaire,
    clean_name,
    read_beside,
    with_code_files,
)
from cxlens.errors import FileError, OptionError, ValuesError, listing
from cxlens.study.lifecycle import Lifecycle, Stage
from cxlens.study.parts import SurveyPlan
from cxlens.study.scale import Scale
from cxlens.study.study import Study
from cxlens.study.touchpoints import TouchpointMap

BASE_URL = "https://data.sfgov.org/api/views"
NOT_ASKED, NOT_GIVEN, OTHER, SEVERAL = "Not asked", "Not given", "Other or unknown", "More than one"
MAP = Path(__file__).with_name("sfo_touchpoints.csv")
Answers = dict[str, pd.Series]


_CODEBOOKS = read_beside("sfo_comments.toml")
# The codebook, {column of comments: {theme: codes}}: for cxlens.stages.baseline.comments.
THEMES: dict[str, dict[str, list[int]]] = {
    f"said_{question}": themes for question, themes in _CODEBOOKS["2017"].items()
}
_UNKNOWN_SHARE = 0.05


class _Source(NamedTuple):
    """Where answers are from, and what was asked."""

    path: Path
    asked: Questionnaire

    @property
    def year(self) -> int:
        """The year they are of."""
        return self.asked.year


def load_sfo(
    years: int | Iterable[int],
    *,
    data_home: str | Path | None = None,
    codes: str | Path | Iterable[str | Path] | None = None,
) -> Study:
    """The San Francisco airport survey of one or more years, ready for every verb.

    All 23 touchpoints were asked in all five years that come with cxlens. ``overall`` (1 to 5) is the outcome; the
    question of recommending the airport (0 to 10) was asked in 2017 only of these: it comes first when 2017 is loaded
    alone, second when 2017 is among other years, and is left out otherwise. A year of a code file that asks it counts
    like 2017.

    Parameters
    ----------
    years
        A year from 2013 to 2017, or one of a code file; or several.
    data_home
        A folder with the CSV files; each name starts with its year, contains ``SFO`` and ends in ``.csv``.
        Without it the years 2013, 2016 and 2017 are downloaded from DataSF, once, into the user's cache.
    codes
        Code files of further years: a path, several, or a folder of them. A year is a file such as::

            year = 2019
            like = 2017                    # the questionnaire is that of 2017, but for what follows
            dataset_id = "abcd-1234"       # at DataSF, if the file is to be downloaded

            [columns]                      # our name, and the column of the file; "" where it was not asked
            security = "Q12PASSTHRU"
            age = "Q20AGE"
            parking = ""

            [codes.age]                    # words, and the codes that stand for each; other codes stay as in 2017
            "65-74" = [7]
            "75 and over" = [8]

            [codes.scores]                 # only where they are not 1 to 5, 0 blank, 6 not used
            6 = [7, "DK"]

            [comments]                     # coded comments are never taken over: codes differ from year to year
            said_safety = ["Q10COM1", "Q10COM2"]

        Our names are the columns that :func:`read_year` gives, and ``purpose_2``. Without ``like``, all that was asked
        stands in the file. Codes of ``recommend`` are 0 to 10, 11 blank. A file of a year that comes with cxlens goes
        before it.

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
    >>> load_sfo([])
    Traceback (most recent call last):
    ...
    cxlens.errors.OptionError: years is empty: name at least one. Years: 2013, 2014, 2015, 2016, 2017.
    """
    known = with_code_files(codes)
    wanted = _check_years(years, known)
    asked = [known[year] for year in wanted]
    frames = []
    for path, questionnaire in zip(_paths(asked, data_home, known), asked, strict=True):
        frames.append(_read(_Source(path, questionnaire)))
    frame = pd.concat(frames, ignore_index=True)
    touchpoint_map = _read_map()
    return Study(
        f"San Francisco airport survey, {_span(wanted)}",
        **ENTRIES["study"],
        survey_plan=_survey_plan(frame, asked, touchpoint_map.names),
        touchpoint_map=touchpoint_map,
    )


def _paths(
    asked: Sequence[Questionnaire],
    data_home: str | Path | None,
    known: Mapping[int, Questionnaire],
) -> list[Path]:
    """The file of each year: from DataSF, or from the folder that is given."""
    if data_home is None:
        return _download(asked, known)
    folder = Path(data_home)
    return [_find(folder, questionnaire.year) for questionnaire in asked]


def _read_map() -> TouchpointMap:
    """The touchpoints on the stages of a journey of their own."""
    stages = [Stage(**stage) for stage in ENTRIES["stages"]]
    return TouchpointMap.from_csv(MAP, Lifecycle(stages))


def read_year(
    path: str | Path,
    year: int,
    *,
    codes: str | Path | Iterable[str | Path] | None = None,
) -> pd.DataFrame:
    """One year's file with one name for each column, whatever that year called it.

    Parameters
    ----------
    path
        The CSV file as DataSF offers it.
    year
        The year it is of: its code list is used.
    codes
        Code files of further years, as for :func:`load_sfo`.

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
    known = with_code_files(codes)
    (year,) = _check_years(year, known)
    return _read(_Source(Path(path), known[year]))


def _read(source: _Source) -> pd.DataFrame:
    """The answers of a year."""
    _check_header(source.path, source.asked, str(source.path))
    raw = _read_raw(source)
    answers = {}
    for name, column in source.asked.columns.items():
        answers[name] = raw[column].str.strip()
    frame: dict[str, Any] = {}
    frame["year"] = np.full(len(raw), source.year)
    for name in (*SCORES, "overall"):
        frame[name] = 0
        if name in answers:
            frame[name] = _numbers(answers[name], source.asked.scores, source)
    frame["recommend"] = _recommend(answers, source)
    frame["weight"] = _weights(answers["weight"], source)
    for name in SEGMENT_COLUMNS:
        frame[name] = _segment(name, answers, source)
    if "purpose_2" in answers:
        frame["purpose"] = _one_purpose(frame["purpose"], answers["purpose_2"], source)
    for name in COMMENTS:
        frame[name] = _said(name, raw, source)
    return pd.DataFrame(frame)


def _read_raw(source: _Source) -> pd.DataFrame:
    """All that is read from a year's file, as text, under that year's names."""
    needed = source.asked.needed
    raw = pd.read_csv(
        source.path,
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
        usecols=lambda name: clean_name(name) in needed,
    )
    return raw.rename(columns=clean_name)


def _check_years(years: Any, known: Mapping[int, Questionnaire]) -> tuple[int, ...]:
    """The years asked for, in order and each once."""
    several = isinstance(years, Iterable) and not isinstance(years, str)
    asked = list(years) if several else [years]
    allowed = listing(known, 30)
    if not asked:
        raise OptionError(f"years is empty: name at least one. Years: {allowed}.")
    for year in asked:
        if year not in known:
            raise OptionError(
                f"year {year!r} is not in the airport survey. Years: {allowed}. Another year needs a code file: "
                "load_sfo(2019, codes='2019.toml')."
            )
    return tuple(sorted({int(year) for year in asked}))


def _check_header(path: Path, asked: Questionnaire, source: str) -> None:
    """Refuse a file that is not that year's survey, by its first line."""
    year = asked.year
    header = _read_header(path, year, source)
    columns = {clean_name(name) for name in header}
    missing = [column for column in asked.needed if column not in columns]
    if missing:
        raise FileError(
            f"{source} is not the {year} survey: it has no column {listing(missing, 5)}. "
            f"Its columns begin with: {listing(header, 5)}. Give the CSV file of {year} as DataSF offers it."
        )


def _read_header(path: Path, year: int, source: str) -> list[str]:
    """The names in the first line of a file."""
    if not path.is_file():
        raise FileError(f"{source} is not there. Give the CSV file of the {year} survey.")
    try:
        return list(pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns)
    except ValueError as error:  # pandas' own errors and UnicodeDecodeError are ValueErrors
        raise FileError(
            f"{source} cannot be read as CSV in UTF-8: {error}. Give the file as DataSF offers it."
        ) from error


def _find(folder: Path, year: int) -> Path:
    """The one file of a year in a folder."""
    wanted = f"a file whose name starts with {year}, contains SFO and ends in .csv"
    if not folder.is_dir():
        raise FileError(f"data_home {str(folder)!r} is not a folder. Give the folder that holds {wanted}.")
    candidates = folder.glob(f"{year}*")
    names = sorted(path.name for path in candidates if _is_survey(path))
    if not names:
        others = sorted(path.name for path in folder.iterdir())
        there = listing(others, 5) or "nothing"
        raise FileError(f"data_home {str(folder)!r} lacks {wanted}. In it: {there}.")
    if len(names) > 1:
        raise FileError(
            f"data_home {str(folder)!r} has {len(names)} files of {year}: {listing(names)}. Keep one of them."
        )
    return folder / names[0]


def _is_survey(path: Path) -> bool:
    """Whether a file is called like one of the airport's surveys."""
    return "SFO" in path.name and path.suffix.lower() == ".csv"


def _download(asked: Sequence[Questionnaire], known: Mapping[int, Questionnaire]) -> list[Path]:
    """The files of some years in the user's cache, fetched where they are not there yet."""
    closed = [questionnaire.year for questionnaire in asked if not questionnaire.dataset_id]
    open_years = [year for year, questionnaire in known.items() if questionnaire.dataset_id]
    if closed:
        raise OptionError(
            f"the survey of {listing(closed)} cannot be downloaded: its data set id at DataSF is not known. "
            f"Years that can: {listing(open_years)}. For others, put the CSV files into a folder and give "
            "load_sfo(years, data_home=folder); each file's name starts with its year, contains SFO and ends in .csv."
        )
    return [_fetch(questionnaire) for questionnaire in asked]


def _fetch(asked: Questionnaire) -> Path:
    """One year's file in the user's cache."""
    import pooch

    year = asked.year
    name = f"{year}_SFO_Customer_Survey.csv"
    url = f"{BASE_URL}/{asked.dataset_id}/rows.csv?accessType=DOWNLOAD"

    def download(url: str, target: str, keeper: Any) -> None:
        """Fetch, then look at the header, so that an error page never enters the cache."""
        fetch = pooch.HTTPDownloader(progressbar=sys.stderr.isatty())
        fetch(url, target, keeper)
        _check_header(Path(target), asked, url)

    keeper = pooch.create(
        path=pooch.os_cache("cxlens"),
        base_url=BASE_URL,
        registry={name: None},  # no hash: the data set is live, and its bytes may change
        urls={name: url},
    )
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


def _numbers(
    answers: pd.Series,
    codes: Mapping[str, int],
    source: _Source,
) -> pd.Series:
    """Score codes as whole numbers; a code that is none is an error, since a score cannot be guessed."""
    known = answers.isin(list(codes))
    allowed = listing(sorted(set(codes.values())))
    _refuse(answers[~known], source, f"Allowed: {allowed}")
    return answers.map(codes).astype("int64")


def _recommend(answers: Answers, source: _Source) -> Any:
    """Codes of the question of recommending the airport; NaN in years that did not ask."""
    if "recommend" not in answers:
        return np.nan
    codes = _numbers(answers["recommend"], source.asked.likely, source)
    return codes.astype(float)


def _weights(answers: pd.Series, source: _Source) -> pd.Series:
    """Weights as numbers above 0."""
    weights = pd.to_numeric(answers, errors="coerce")
    positive = weights > 0
    _refuse(answers[~positive], source, "A weight is a number above 0")
    return weights.astype(float)


def _refuse(odd: pd.Series, source: _Source, allowed: str) -> None:
    """Refuse answers that cannot be."""
    if len(odd):
        raise ValuesError(
            f"{source.path}: column {odd.name} of {source.year} holds {listing(_quoted(odd))} "
            f"in {len(odd)} rows. {allowed}. Correct or remove these rows."
        )


def _quoted(answers: pd.Series) -> list[str]:
    """Each answer once, in order and in quotes."""
    return [repr(answer) for answer in sorted(set(answers))]


def _segment(name: str, answers: Answers, source: _Source) -> Any:
    """A segment in words; one word for all in years without the question."""
    if name not in answers:
        return NOT_ASKED
    return _words(name, answers[name], source)


def _words(
    segment: str,
    answers: pd.Series,
    source: _Source,
) -> pd.Series:
    """Codes in words; few off the list are "Other or unknown", many mean that the list has changed."""
    codes = {"": NOT_GIVEN, **source.asked.codes[segment]}
    known = answers.isin(list(codes))
    odd = answers[~known]
    if len(odd) > _UNKNOWN_SHARE * len(answers):
        raise ValuesError(
            f"{source.path}: {len(odd)} of {len(answers)} answers in column {answers.name} ({segment}) are not in "
            f"the code list of {source.year}: {listing(_quoted(odd), 5)}. "
            "Is the file of that year? If DataSF has changed its codes, use an older copy through data_home."
        )
    return answers.map(codes).fillna(OTHER)


def _one_purpose(
    first: pd.Series,
    second_answers: pd.Series,
    source: _Source,
) -> pd.Series:
    """The purpose in a word; one word for all who gave a second one."""
    second = _words("purpose", second_answers, source)
    gave_both = (first != NOT_GIVEN) & (second != NOT_GIVEN)
    return first.mask(gave_both, SEVERAL)


def _said(name: str, raw: pd.DataFrame, source: _Source) -> Any:
    """The codes that each person's comments were given, as "4;16"; "" for all in years without them."""
    columns = source.asked.comments.get(name)
    if not columns:
        return ""
    codes = raw[columns].apply(_comment_codes)
    for column in codes:
        _check_comment_codes(codes[column], source)
    texts = []
    for row in codes.itertuples(index=False):
        given = filter(None, row)
        texts.append(";".join(given))
    return texts


def _comment_codes(answers: pd.Series) -> pd.Series:
    """Codes without blanks around them; "" where there is none."""
    return answers.str.strip().replace("0", "")


def _check_comment_codes(codes: pd.Series, source: _Source) -> None:
    """Refuse a text in place of a code, without repeating it."""
    is_code = codes.str.fullmatch(r"\d*")
    texts = codes[~is_code]
    _refuse(
        texts.mask(texts != "", "(text)"),
        source,
        "Comments are read as codes alone: whole numbers, 0 is blank",
    )


def _span(years: tuple[int, ...]) -> str:
    """Years in words, without those between where none is left out."""
    first = years[0]
    last = years[-1]
    without_gap = tuple(range(first, last + 1))
    if years == without_gap and len(years) > 1:
        return f"{first} to {last}"
    return listing(years)


def _survey_plan(
    frame: pd.DataFrame,
    asked: Sequence[Questionnaire],
    touchpoints: tuple[str, ...],
) -> SurveyPlan:
    """What each column of the answers is."""
    overall = Scale(1, 5, not_used=[6], blank=[0])
    outcome_scale = _outcome_scales(asked, overall)
    if "recommend" not in outcome_scale:
        frame = frame.drop(columns="recommend")
    kinds = {"overall": "interval", "recommend": "nps"}
    columns = {touchpoint: name for name, (touchpoint, *_) in SCORES.items()}
    rated = {name for questionnaire in asked for name in questionnaire.columns}
    commented = {name for questionnaire in asked for name in questionnaire.comments}
    about = {touchpoint: name for touchpoint, name in ENTRIES["comments_about"].items() if name in commented}
    segments = [name for name in SEGMENT_COLUMNS if not (frame[name] == NOT_ASKED).all()]
    return SurveyPlan(
        data=frame,
        touchpoints={name: columns[name] for name in touchpoints if columns[name] in rated},
        outcome={name: kinds[name] for name in outcome_scale},
        scale=overall,
        outcome_scale=outcome_scale,
        segments=tuple(segments),
        weight="weight",
        time="year",
        comments=about or None,
    )


def _outcome_scales(asked: Sequence[Questionnaire], overall: Scale) -> dict[str, Scale]:
    """The outcomes, the main one first, and their scales."""
    if not any("recommend" in questionnaire.columns for questionnaire in asked):
        return {"overall": overall}
    recommend = Scale(0, 10, blank=[11])
    if len(asked) == 1:
        return {"recommend": recommend, "overall": overall}
    return {"overall": overall, "recommend": recommend}
