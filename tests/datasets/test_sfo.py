"""The real airport survey: the printed figures, every year's quirks, what is left out, the download, the errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pooch
import pytest

import cxlens as cx
from cxlens.datasets import questionnaires, sfo
from cxlens.datasets.questionnaires import CODES, COMMENTS, SCORES, SEGMENT_COLUMNS, YEARS
from cxlens.datasets.sfo import THEMES
from cxlens.errors import FileError, OptionError, ValuesError
from cxlens.stages.baseline.comments import comments
from cxlens.study.study import Study

COMMON = [
    "art", "restaurants", "shops", "signs", "walkways", "screens", "wifi", "boarding_area_cleanliness",
    "restroom_cleanliness", "safety", "finding_way", "security",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(shared: Path) -> Path:
    return shared / "sfo"


@pytest.fixture(scope="module")
def frames(home: Path) -> dict[int, pd.DataFrame]:
    return {year: sfo.read_year(next(home.glob(f"{year}*SFO*.csv")), year) for year in YEARS}


def rated(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame[frame[column].between(1, 5)]


@pytest.mark.parametrize(
    ("year", "n", "mean", "weighted", "top_2", "wifi"),
    [
        (2013, 3535, "3.982", "3.984", "79.3", "3.65"),
        (2014, 2818, "3.996", "4.007", "78.9", "3.91"),
        (2015, 2958, "4.048", "4.044", "80.0", "4.03"),
        (2016, 3087, "4.038", "4.053", "81.0", "4.06"),
        (2017, 2831, "4.064", "4.071", "82.1", "4.08"),
    ],
)
def test_printed_figures(frames, year, n, mean, weighted, top_2, wifi):
    frame = frames[year]
    overall = rated(frame, "overall")
    assert len(frame) == n
    assert f"{overall['overall'].mean():.3f}" == mean
    assert f"{np.average(overall['overall'], weights=overall['weight']):.3f}" == weighted
    assert f"{100 * (overall['overall'] >= 4).mean():.1f}" == top_2
    assert f"{rated(frame, 'wifi')['wifi'].mean():.2f}" == wifi
    assert frame["weight"].mean() == pytest.approx(1, abs=1e-4)


def test_recommendation_in_2017(frames):
    likely = frames[2017][frames[2017]["recommend"] <= 10]
    promoters, detractors = likely["recommend"] >= 9, likely["recommend"] <= 6
    points = 100 * (promoters.astype(int) - detractors.astype(int))
    assert len(likely) == 2746
    assert f"{points.mean():+.1f}" == "+39.8"
    assert f"{np.average(points, weights=likely['weight']):+.1f}" == "+40.4"
    assert f"{100 * promoters.mean():.1f}" == "52.3"
    assert f"{100 * detractors.mean():.1f}" == "12.5"
    assert (likely[COMMON] != 0).all(axis=1).sum() == 2422
    assert likely[COMMON].isin(range(1, 6)).all(axis=1).sum() == 1321


def test_recommendation_is_asked_in_2017_only(frames):
    assert all(frames[year]["recommend"].isna().all() for year in YEARS[:-1])
    assert (frames[2017]["recommend"] == 11).sum() == 85


def test_restaurants_are_rated_lowest_in_2017(frames):
    means = {name: rated(frames[2017], name)[name].mean() for name in SCORES}
    assert min(means, key=means.get) == "restaurants"
    assert f"{means['restaurants']:.2f}" == "3.62"


def test_shops_and_restaurants_are_the_lowest_two_of_every_year(frames):
    """Which of the two is lowest differs from year to year, and weighted it is the shops every time."""
    lowest, weighted = {}, {}
    for year, frame in frames.items():
        means = {name: rated(frame, name)[name].mean() for name in SCORES}
        assert set(sorted(means, key=means.get)[:2]) == {"restaurants", "shops"}
        lowest[year] = min(means, key=means.get)
        means = {name: np.average(rated(frame, name)[name], weights=rated(frame, name)["weight"]) for name in SCORES}
        weighted[year] = min(means, key=means.get)
    assert lowest == {2013: "shops", 2014: "restaurants", 2015: "shops", 2016: "restaurants", 2017: "restaurants"}
    assert weighted == dict.fromkeys(YEARS, "shops")


def test_one_shape_for_all_years(frames):
    columns = ["year", *SCORES, "overall", "recommend", "weight", *SEGMENT_COLUMNS, *COMMENTS]
    for year, frame in frames.items():
        assert list(frame.columns) == columns
        assert set(frame["year"]) == {year}
        assert frame[[*SCORES, "overall"]].isin(range(7)).all(axis=None)
        assert not frame.drop(columns="recommend").isna().any(axis=None)
    assert len({tuple(frame.dtypes.astype(str)) for frame in frames.values()}) == 1


def test_nothing_that_names_a_person_is_kept(frames, home):
    words = {word for lists in CODES.values() for codes in lists.values() for word in codes.values()}
    words |= {"Not asked", "Not given", "Other or unknown", "More than one"}
    for frame in frames.values():  # texts come from the code lists alone: no ZIP code, city or country slips through
        for name in SEGMENT_COLUMNS:
            assert set(frame[name]) <= words
        for name in COMMENTS:
            assert frame[name].str.fullmatch(r"(\d{1,3}(;\d{1,3})*)?").all()
    coded = {column for by_year in COMMENTS.values() for column in by_year[2017]}
    assert len(coded) == 17
    for year in YEARS:
        read = set(questionnaires.built_in()[year].needed)
        assert len(read & coded) == (17 if year == 2017 else 0)
        read -= coded
        header = pd.read_csv(next(home.glob(f"{year}*SFO*.csv")), nrows=0).columns
        marks = ("RESPNUM", "CCGID", "RUN", "ZIP", "CITY", "STATE", "COUNTRY", "Q17", "FLIGHT", "COM", "ARRTIME")
        naming = {
            questionnaires.clean_name(name)
            for name in header
            if any(mark in name.replace("INCOME", "") for mark in marks)
        }
        assert len(naming) > 10
        assert not read & naming


def test_segments_in_words(frames):
    def counts(year: int, name: str) -> dict[str, int]:
        return frames[year][name].value_counts().to_dict()

    assert counts(2017, "residence") == {
        "Another region": 1570,
        "San Francisco Bay Area": 1016,
        "Northern California outside the Bay Area": 145,
        "Not given": 100,
    }
    assert counts(2014, "residence")["Other or unknown"] == 4
    assert counts(2013, "purpose") == {
        "Pleasure": 1416,
        "Business": 962,
        "Friends or relatives": 639,
        "More than one": 163,
        "Conference": 96,
        "Wedding, funeral or graduation": 82,
        "Not given": 72,
        "School": 68,
        "Other or unknown": 37,
    }
    assert counts(2016, "age") == {
        "25-34": 754,
        "45-54": 516,
        "35-44": 504,
        "55-64": 470,
        "18-24": 378,
        "65 and over": 340,
        "Not given": 110,
        "Under 18": 15,
    }
    assert counts(2017, "age")["65 and over"] == 299
    assert counts(2017, "gender") == {"Female": 1347, "Male": 1306, "Not given": 168, "Other": 10}
    assert counts(2016, "gender") == {"Male": 1468, "Female": 1465, "Not given": 154}
    assert counts(2015, "income")["Other or unknown"] == 3
    assert counts(2017, "flight") == {"Domestic": 1769, "International": 1062}
    assert counts(2013, "first_time") == {"Not asked": 3535}
    assert counts(2013, "precheck") == {"Not asked": 3535}


def test_no_boarding_area_e_in_2013(frames):
    assert set(frames[2013]["boarding_area"]) == set("ABCDFG")
    for year in YEARS[1:]:
        assert set(frames[year]["boarding_area"]) == set("ABCDEFG")
    # The weights of 2013 are one a boarding area: the gates are read as those who made the weights read them.
    pairs = frames[2013].groupby("weight")["boarding_area"].agg(lambda areas: areas.value_counts().index[0])
    assert sorted(pairs) == list("ABCDFG")


def test_the_first_flight_is_read_alike_in_2015_although_its_code_list_says_otherwise(frames):
    for year in (2015, 2016, 2017):
        frame = frames[year]
        once = frame["flights_last_year"].isin(["1", "Not given"])
        assert 0.15 < (frame["first_time"] == "Yes").mean() < 0.25
        assert once[frame["first_time"] == "Yes"].mean() > 0.9


def test_rental_cars_in_2013_although_its_code_list_says_otherwise(frames):
    came = frames[2013]["arrived_by"] == "Rental car"
    scores = frames[2013].loc[came, "rental_car_center"]
    assert (came.sum(), scores.between(1, 5).sum()) == (324, 304)


def test_places_cover_every_score_once(home):
    study = sfo.load_sfo(2016, data_home=home)
    assert study.map().names == tuple(study.survey_plan.touchpoints)
    assert sorted(study.survey_plan.touchpoints.values()) == sorted(SCORES)
    assert len(set(study.map().names)) == len(study.map()) == 23
    needs = {stage.name: stage.needs for stage in study.map().lifecycle}
    for place in study.map():
        assert len(place.needs) == 1
        assert place.needs[0] in needs[place.stage]


def test_study_of_all_years(home, frames):
    study = sfo.load_sfo(YEARS, data_home=home)
    assert isinstance(study, Study)
    assert not study.simulated
    assert study.name == "San Francisco airport survey, 2013 to 2017"
    survey = study.survey()
    assert survey.n == 15_229
    assert survey.touchpoints == study.map().names
    assert dict(survey.outcomes) == {"overall": "interval", "recommend": "nps"}
    assert (survey.outcome, survey.weight, survey.time) == ("overall", "weight", "year")
    assert survey.segments == tuple(SEGMENT_COLUMNS)
    table = survey.table
    assert f"{table.loc[table['year'] == 2014, 'Wi-Fi'].mean():.2f}" == "3.91"
    assert f"{table.loc[table['year'] == 2013, 'overall'].mean():.3f}" == "3.982"
    assert table["recommend"].notna().sum() == 2746
    assert set(study.map().names) == set(survey.touchpoints)


def test_study_of_2017_starts_from_recommendation(home):
    survey = sfo.load_sfo(2017, data_home=str(home)).survey()
    assert dict(survey.outcomes) == {"recommend": "nps", "overall": "interval"}
    assert survey.outcome == "recommend"
    assert survey.rows().unused.any()


def test_study_without_2017_has_no_recommendation(home):
    study = sfo.load_sfo([2015, 2013, 2015], data_home=home)
    survey = study.survey()
    assert study.name == "San Francisco airport survey, 2013, 2015"
    assert dict(survey.outcomes) == {"overall": "interval"}
    assert survey.n == 3535 + 2958
    assert "first_time" in survey.segments
    assert "first_time" not in sfo.load_sfo(2013, data_home=home).survey().segments


def test_map_names_what_the_survey_leaves_out(home):
    touchpoint_map = sfo.load_sfo(2016, data_home=home).map()
    assert touchpoint_map.stage_of("Wi-Fi") == "Waiting"
    gaps = touchpoint_map.gaps()
    assert gaps["need"].tolist() == [
        "", "Be checked in and rid of bags", "Sit down", "Charge devices", "Board in time", "Collect bags"
    ]  # fmt: skip
    assert set(gaps["stage"]) == {"Check-in", "Waiting", "Arriving"}
    assert gaps.loc[gaps["lever"], "need"].tolist() == ["Be checked in and rid of bags", "Board in time"]


def test_every_stage_but_the_last_has_a_lever(home):
    levers = sfo.load_sfo(2016, data_home=home).map().levers()
    assert levers["stage"].tolist() == ["Getting there", "Check-in", "Finding the way", "Security", "Waiting"]
    served = dict(zip(levers["stage"], levers["touchpoints"], strict=True))
    assert served["Getting there"] == "Getting to the airport"
    assert served["Finding the way"] == "Signs and directions; Finding the way around"
    assert (levers["need"] != "").all()


def test_what_is_not_known_of_the_map_is_blank_and_standards_are_illustrations(home):
    table = sfo.load_sfo(2016, data_home=home).map().table
    assert (table["owner"] == "").all()
    assert table[["volume", "cost_per_contact"]].isna().all(axis=None)
    assert (table["standards"] == "mean = 4 [illustration]").all()
    assert (table[["channel", "kind", "process"]] != "").all(axis=None)


@pytest.mark.parametrize(
    ("column", "n", "uncoded", "largest", "share"),
    [
        ("said_general", 1423, 18, {"praise": 358, "restaurants": 326}, "25.2"),
        ("said_cleanliness", 185, 0, {"clean": 115, "restrooms": 30}, "62.2"),
        ("said_safety", 1195, 0, {"nothing happened": 387, "staff and officers seen": 260}, "32.4"),
        ("said_fast_track", 468, 0, {"easier and faster": 327, "less to unpack": 67}, "69.9"),
        ("said_problems", 308, 0, {"signs and directions": 85, "security": 62}, "27.6"),
    ],
)  # fmt: skip
def test_comments_of_2017(frames, column, n, uncoded, largest, share):
    """Counted here code by code, without the package's codebook reader."""
    said = [set(map(int, text.split(";"))) for text in frames[2017][column] if text]
    themes = {theme: sum(bool(own & set(codes)) for own in said) for theme, codes in THEMES[column].items()}
    assert len(said) == n
    assert sum(not any(own & set(codes) for codes in THEMES[column].values()) for own in said) == uncoded
    assert dict(sorted(themes.items(), key=lambda theme: -theme[1])[:2]) == largest
    assert f"{100 * max(themes.values()) / n:.1f}" == share
    assert all((frames[year][column] == "").all() for year in YEARS[:-1])


def test_codes_and_columns_of_comments_belong_together():
    assert list(THEMES) == list(COMMENTS)
    for column, themes in THEMES.items():
        codes = [code for own in themes.values() for code in own]
        assert all(len(set(own)) == len(own) for own in themes.values())
        if column != "said_general":  # there, praise is counted with what is praised, too
            assert len(set(codes)) == len(codes)


def test_comments_are_tied_to_what_they_are_about(home):
    survey = sfo.load_sfo(YEARS, data_home=home).survey()
    assert dict(survey.comments) == {
        "Restroom cleanliness": "said_cleanliness",
        "Feeling safe": "said_safety",
        "Security checkpoint": "said_fast_track",
    }
    view = comments(survey, touchpoint="Feeling safe", codebook=THEMES["said_safety"])
    assert view.parts["coverage"].iloc[0][["n", "coded", "uncoded"]].tolist() == [1195, 1195, 0]
    themes = view.parts["themes"].set_index("theme")
    assert themes.loc["nothing happened", "n"] == 387
    assert themes["mean"].idxmin() == "saw an incident"
    assert view.parts["verbatims"].empty  # codes are no verbatims
    assert not sfo.load_sfo(2016, data_home=home).survey().comments


def test_what_is_said_of_the_whole_airport_needs_a_touchpoint_of_its_own(home):
    frame = sfo.load_sfo(2017, data_home=home).survey_plan.data
    whole = "The airport as a whole"
    survey = cx.Survey(
        frame,
        touchpoints={whole: "overall"},
        outcome={"recommend": "nps"},
        scale=cx.Scale(1, 5, not_used=[6], blank=[0]),
        outcome_scale=cx.Scale(0, 10, blank=[11]),
        comments={whole: "said_general"},
    )
    themes = comments(survey, codebook=THEMES["said_general"]).parts["themes"].set_index("theme")
    assert themes.loc["plugs and charging", "n"] == 116
    assert themes["mean"].idxmax() == "praise"


def test_pre_check_users_alone_were_asked_about_the_fast_track(frames):
    frame = frames[2017]
    assert set(frame.loc[frame["said_fast_track"] != "", "precheck"]) == {"Yes"}
    assert set(frame.loc[frame["said_problems"] != "", "had_problem"]) == {"Yes"}


class Answers(BaseHTTPRequestHandler):
    """Serves the folder as DataSF would: the data set id in the path tells the year."""

    folder: Path
    asked: list[str]
    broken = False

    def do_GET(self) -> None:
        self.asked.append(self.path)
        dataset = self.path.split("/")[1]
        years = {"mjr8-p6m5": 2013, "t3vr-buhp": 2016, "nnh5-5rwz": 2017}
        if dataset not in years:
            self.send_error(404)
            return
        body = b"<html>come back later</html>\n"
        if not self.broken:
            body = next(self.folder.glob(f"{years[dataset]}*SFO*.csv")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Answers]]:
    handler = type("Served", (Answers,), {"folder": home, "asked": []})
    service = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    monkeypatch.setattr(sfo, "BASE_URL", f"http://127.0.0.1:{service.server_port}")
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield handler
    service.shutdown()
    thread.join()
    service.server_close()


def test_download_once_with_a_progress_bar(server, frames, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for _ in range(2):
        survey = sfo.load_sfo(2017).survey()
        assert survey.n == len(frames[2017])
    assert server.asked == ["/nnh5-5rwz/rows.csv?accessType=DOWNLOAD"]
    assert [path.name for path in (tmp_path / "cxlens").iterdir()] == ["2017_SFO_Customer_Survey.csv"]
    assert "100%" in capfd.readouterr().err
    assert sfo.load_sfo(2017, data_home=tmp_path / "cxlens").survey().n == survey.n


@pytest.mark.usefixtures("server")
def test_without_a_terminal_no_progress_is_shown(capfd):
    sfo.load_sfo(2017)
    assert "%" not in capfd.readouterr().err


def test_a_page_that_is_no_survey_does_not_stay_in_the_cache(server, tmp_path):
    server.broken = True
    with pytest.raises(FileError) as error:
        sfo.load_sfo(2016)
    assert str(error.value) == (
        f"{sfo.BASE_URL}/t3vr-buhp/rows.csv?accessType=DOWNLOAD is not the 2016 survey: it has no column Q7ART, "
        "Q7FOOD, Q7STORE, Q7SIGN, Q7WALKWAYS and 36 more. Its columns begin with: <html>come back later</html>. "
        "Give the CSV file of 2016 as DataSF offers it."
    )
    assert list((tmp_path / "cxlens").iterdir()) == []


def test_download_that_fails(server, monkeypatch):
    monkeypatch.setitem(questionnaires.DATASET_IDS, 2013, "gone")
    with pytest.raises(FileError) as error:
        sfo.load_sfo(2013)
    assert str(error.value) == (
        f"the survey of 2013 could not be downloaded from {sfo.BASE_URL}/gone/rows.csv?accessType=DOWNLOAD "
        "(HTTPError). Try again later, or download the file by hand and give load_sfo(years, data_home=folder)."
    )


def test_years_that_cannot_be_downloaded(server):
    with pytest.raises(OptionError) as error:
        sfo.load_sfo(range(2013, 2018))
    assert str(error.value) == (
        "the survey of 2014, 2015 cannot be downloaded: its data set id at DataSF is not known. Years that can: 2013, "
        "2016, 2017. For others, put the CSV files into a folder and give load_sfo(years, data_home=folder); each "
        "file's name starts with its year, contains SFO and ends in .csv."
    )
    assert server.asked == []


@pytest.mark.parametrize(
    ("years", "named"), [(2018, "2018"), ([2016, 2012], "2012"), ("2017", "'2017'"), (None, "None"), (2016.5, "2016.5")]
)
def test_unknown_year(years, named):
    with pytest.raises(OptionError) as error:
        sfo.load_sfo(years)
    assert str(error.value) == (
        f"year {named} is not in the airport survey. Years: 2013, 2014, 2015, 2016, 2017. Another year needs a code "
        "file: load_sfo(2019, codes='2019.toml')."
    )


def test_no_year():
    with pytest.raises(OptionError) as error:
        sfo.load_sfo([])
    assert str(error.value) == "years is empty: name at least one. Years: 2013, 2014, 2015, 2016, 2017."


def test_folder_that_is_none(tmp_path):
    with pytest.raises(FileError) as error:
        sfo.load_sfo(2017, data_home=tmp_path / "none")
    assert str(error.value) == (
        f"data_home {str(tmp_path / 'none')!r} is not a folder. Give the folder that holds a file whose name starts "
        "with 2017, contains SFO and ends in .csv."
    )


def test_folder_without_the_year(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(FileError) as error:
        sfo.load_sfo([2017], data_home=tmp_path)
    assert str(error.value) == (
        f"data_home {str(tmp_path)!r} lacks a file whose name starts with 2017, contains SFO and ends in .csv. "
        "In it: notes.txt."
    )


def test_folder_with_the_year_twice(tmp_path):
    for name in ("2017_SFO.csv", "2017_SFO_new.csv"):
        (tmp_path / name).write_text("")
    with pytest.raises(FileError) as error:
        sfo.load_sfo(2017, data_home=tmp_path)
    assert str(error.value) == (
        f"data_home {str(tmp_path)!r} has 2 files of 2017: 2017_SFO.csv, 2017_SFO_new.csv. Keep one of them."
    )


def test_file_that_is_not_there(tmp_path):
    path = tmp_path / "2017.csv"
    with pytest.raises(FileError) as error:
        sfo.read_year(path, 2017)
    assert str(error.value) == f"{path} is not there. Give the CSV file of the 2017 survey."


def test_file_of_another_year(home):
    path = next(home.glob("2017*"))
    with pytest.raises(FileError) as error:
        sfo.read_year(path, 2016)
    assert str(error.value) == (
        f"{path} is not the 2016 survey: it has no column Q21INCME. Its columns begin with: RESPNUM, CCGID, RUNID, "
        f"INTDATE, DAY and {len(pd.read_csv(path, nrows=0).columns) - 5} more. Give the CSV file of 2016 as DataSF "
        "offers it."
    )


def test_file_that_is_not_text(tmp_path):
    path = tmp_path / "2017_SFO.csv"
    path.write_bytes(b"RESPNUM,\xff\xfe\n")
    with pytest.raises(FileError) as error:
        sfo.read_year(path, 2017)
    assert str(error.value) == (
        f"{path} cannot be read as CSV in UTF-8: 'utf-8' codec can't decode byte 0xff in position 8: invalid start "
        "byte. Give the file as DataSF offers it."
    )


def changed(home: Path, folder: Path, column: str, value: str, rows: int) -> Path:
    """A copy of the 2017 file with other values in the first rows of one column."""
    raw = pd.read_csv(next(home.glob("2017*")), dtype=str, keep_default_na=False)
    raw.loc[raw.index[:rows], column] = value
    path = folder / "2017_SFO.csv"
    raw.rename(columns={"Q7ART": " Q7ART "}).to_csv(path, index=False, encoding="utf-8-sig")
    return path


def test_byte_order_mark_and_blanks_around_names_and_values(home, tmp_path, frames):
    path = changed(home, tmp_path, "LANG", " 1 ", 1)
    pd.testing.assert_frame_equal(sfo.read_year(path, 2017), frames[2017])


def test_a_score_that_is_none(home, tmp_path):
    path = changed(home, tmp_path, "Q7WIFI", "good", 2)
    with pytest.raises(ValuesError) as error:
        sfo.read_year(path, 2017)
    assert str(error.value) == (
        f"{path}: column Q7WIFI of 2017 holds 'good' in 2 rows. Allowed: 0, 1, 2, 3, 4, 5, 6. "
        "Correct or remove these rows."
    )


def test_a_comment_that_is_text_is_refused_and_not_repeated(home, tmp_path):
    path = changed(home, tmp_path, "Q10COM2", "I saw Ms Jones", 2)
    with pytest.raises(ValuesError) as error:
        sfo.read_year(path, 2017)
    assert str(error.value) == (
        f"{path}: column Q10COM2 of 2017 holds '(text)' in 2 rows. Comments are read as codes alone: whole numbers, "
        "0 is blank. Correct or remove these rows."
    )


def test_a_weight_that_is_none(home, tmp_path):
    path = changed(home, tmp_path, "WEIGHT", "-1", 3)
    with pytest.raises(ValuesError) as error:
        sfo.read_year(path, 2017)
    assert str(error.value) == (
        f"{path}: column WEIGHT of 2017 holds '-1' in 3 rows. A weight is a number above 0. "
        "Correct or remove these rows."
    )


def test_few_unknown_codes_are_other_and_many_are_an_error(home, tmp_path):
    few = sfo.read_year(changed(home, tmp_path, "LANG", "9", 100), 2017)
    assert (few["language"] == "Other or unknown").sum() == 100
    path = changed(home, tmp_path, "LANG", "9", 500)
    with pytest.raises(ValuesError) as error:
        sfo.read_year(path, 2017)
    assert str(error.value) == (
        f"{path}: 500 of 2831 answers in column LANG (language) are not in the code list of 2017: '9'. Is the file "
        "of that year? If DataSF has changed its codes, use an older copy through data_home."
    )
