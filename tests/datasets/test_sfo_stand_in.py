"""The simulated stand-in for the airport survey: read by the code that reads the survey, and like it in form alone."""

import pandas as pd
import pytest

import cxlens as cx
from cxlens.datasets.questionnaires import SCORES, SEGMENT_COLUMNS, YEARS, built_in
from cxlens.datasets.sfo import OTHER, THEMES, load_sfo, read_year
from cxlens.datasets.sfo_stand_in import EFFECTS, MEANS, WIFI_BY_YEAR, write_sfo_stand_in
from cxlens.errors import OptionError, ValuesError


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return write_sfo_stand_in(tmp_path_factory.mktemp("stand-in"))


def test_every_year_is_read_by_the_code_that_reads_the_survey(home):
    study = load_sfo(YEARS, data_home=home)
    assert study.survey().n == 5 * 800
    assert set(study.survey().touchpoints) == {touchpoint for touchpoint, *_ in SCORES.values()}


@pytest.mark.parametrize("year", YEARS)
def test_a_file_has_the_columns_that_are_read_and_known_codes(home, year):
    path = home / f"{year}_SFO_simulated.csv"
    assert set(pd.read_csv(path, nrows=0).columns) == set(built_in()[year].needed)
    frame = read_year(path, year)
    for name in SEGMENT_COLUMNS:
        assert OTHER not in set(frame[name])
    for name in SCORES:
        assert frame[name].isin(range(7)).all()


def test_the_figures_put_in_come_out(home):
    frame = read_year(home / "2017_SFO_simulated.csv", 2017)
    for name, mean in MEANS.items():
        rated = frame.loc[frame[name].between(1, 5), name]
        assert abs(rated.mean() - mean) < 0.2  # rounding and the ends of the scale take a little
    wifi = {year: read_year(home / f"{year}_SFO_simulated.csv", year)["wifi"] for year in WIFI_BY_YEAR}
    assert wifi[2017][wifi[2017].between(1, 5)].mean() > wifi[2013][wifi[2013].between(1, 5)].mean() + 0.3
    known = {str(code) for codes in THEMES["said_safety"].values() for code in codes}
    assert set(frame["said_safety"]) <= {"", *known}


def test_what_was_given_an_effect_goes_with_recommending(home):
    study = load_sfo(2017, data_home=home)
    names = ["Restaurants", "Security checkpoint", "Artwork and exhibitions", "Shops"]
    plan = study.survey_plan
    chosen = cx.Survey(
        plan.data,
        touchpoints={name: plan.touchpoints[name] for name in names},
        outcome={"recommend": "interval"},
        scale=plan.scale,
        outcome_scale=plan.outcome_scale["recommend"],
    )
    slopes = cx.drivers(chosen, n_boot=0).table.set_index("touchpoint")["coef"]
    assert {"restaurants", "security"} <= set(EFFECTS)
    assert slopes[["Restaurants", "Security checkpoint"]].min() > slopes[["Artwork and exhibitions", "Shops"]].max()


def test_the_same_seed_gives_the_same_files(tmp_path):
    texts = []
    for folder, seed in [("a", 1), ("b", 1), ("c", 2)]:
        home = write_sfo_stand_in(tmp_path / folder, rows=100, seed=seed)
        texts.append((home / "2013_SFO_simulated.csv").read_text(encoding="utf-8"))
    assert texts[0] == texts[1] != texts[2]


def test_too_few_rows_and_no_seed_are_refused_before_a_folder_is_made(tmp_path):
    with pytest.raises(OptionError) as error:
        write_sfo_stand_in(tmp_path / "new", rows=99)
    assert str(error.value) == "rows must be 100 or more; you gave 99."
    with pytest.raises(ValuesError) as error:
        write_sfo_stand_in(tmp_path / "new", seed=-1)
    assert str(error.value) == (
        "seed must be a whole number of 0 or more; you gave -1. The same seed gives the same figures again."
    )
    assert not (tmp_path / "new").exists()
