"""Make the simulated hotel chain anew: the messy exports in the folder `hotels`, as survey platforms write them.

Run ``python data/samples/make_hotels.py [FOLDER]``. The same seed gives the same answers. The map and the list of
initiatives beside them are written by hand.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import xlsxwriter

from cxlens.datasets import Intervention, SegmentSpec, TouchpointSpec, Truth, simulate_survey

SEED = 1884
N, PANEL = 2400, 400
YEARS = (2025, 2026)
# Effects are points of the recommendation (0 to 10) for one point of the score, among guests who met it.
TOUCHPOINTS = (
    TouchpointSpec("Booking", "Plan", 4.1, 0.05, 0.85),
    TouchpointSpec("Parking", "Arrive", 3.7, 0.10, 0.55),
    TouchpointSpec("Check-in", "Arrive", 3.9, 0.45, 0.97),
    TouchpointSpec("Room comfort", "Stay", 3.5, 0.80, 1.0),
    TouchpointSpec("Cleanliness", "Stay", 4.2, 0.35, 1.0),
    TouchpointSpec("Wi-Fi", "Stay", 3.4, 0.10, 0.90),
    TouchpointSpec("Breakfast", "Stay", 3.6, 0.55, 0.75),
    TouchpointSpec("Spa", "Stay", 4.1, 0.20, 0.30),
    TouchpointSpec("Check-out", "Leave", 4.0, 0.10, 0.95),
)
SEGMENTS = (
    SegmentSpec(
        "business",
        0.45,
        effects={"Check-in": 0.65, "Wi-Fi": 0.55, "Breakfast": 0.20, "Spa": 0.0},
        reach={"Spa": 0.15, "Parking": 0.45},
        shift=-0.05,
        response=0.8,
    ),
    SegmentSpec(
        "leisure",
        0.55,
        effects={"Check-in": 0.30, "Wi-Fi": 0.0, "Breakfast": 0.70},
        reach={"Spa": 0.45, "Parking": 0.65},
        shift=0.05,
    ),
)
RENEWED = Intervention("Room comfort", 2026, 0.5, "renewed")
HOTELS = {"renewed": ["03", "07", "09", "11"], "others": ["01", "02", "04", "05", "06", "08", "10", "12"]}
PURPOSES = {"business": 1, "leisure": 2}  # codes in the file of the panel

ENDS = {0: "0 - Not at all likely", 10: "10 - Extremely likely"}
WORDS = ["Very poor", "Poor", "Fair", "Good", "Very good"]
NOT_USED, NO_ANSWER = "N/A", "-"


def guests(seed: int = SEED) -> tuple[pd.DataFrame, Truth]:
    """The answers as they were meant, and the truth: scores 1 to 5, 6 not used, 0 no answer."""
    frame, truth = simulate_survey(
        n=N,
        touchpoints=TOUCHPOINTS,
        segments=SEGMENTS,
        waves=YEARS,
        groups={"renewed": 0.35, "others": 0.65},
        intervention=RENEWED,
        halo=0.35,
        blank=0.05,
        noise=1.5,
        seed=seed,
    )
    rng = np.random.default_rng([seed, 1])
    hotels = [str(rng.choice(HOTELS[group])) for group in frame["group"]]
    days = rng.integers(0, 365, len(frame))
    starts = pd.to_datetime(frame["wave"].astype(str) + "-01-01")
    stays = starts + pd.to_timedelta(days, unit="D")
    names = [point.name for point in TOUCHPOINTS]
    answers = pd.DataFrame(
        {
            "Guest ID": 100_000 + frame["respondent"],
            "Stay": stays.dt.strftime("%d.%m.%Y"),
            "Year": frame["wave"],
            "Hotel": hotels,
            "Purpose": frame["segment"],
            "Weight": frame["weight"].round(3),
            **{name: frame[name] for name in names},
            "Recommend": frame["recommend"],
        }
    )
    return answers, truth


def messy(answers: pd.DataFrame) -> pd.DataFrame:
    """The same as a survey platform exports it: words, letters for nothing, a comma in the weights."""
    spoken = answers.drop(columns="Year").astype(str)
    for point in TOUCHPOINTS:
        spoken[point.name] = spoken[point.name].replace({"6": NOT_USED, "0": NO_ANSWER})
    spoken["Recommend"] = [ENDS.get(score, str(score)) for score in answers["Recommend"]]
    spoken["Weight"] = [f"{weight:.3f}".replace(".", ",") for weight in answers["Weight"]]
    return spoken


def panel(answers: pd.DataFrame) -> pd.DataFrame:
    """The first 400 guests of the last year: the same people stand in each of the small files."""
    columns = ["Guest ID", "Hotel", "Purpose", "Weight", *(point.name for point in TOUCHPOINTS), "Recommend"]
    last = answers[answers["Year"] == YEARS[-1]]
    return last[columns].head(PANEL).reset_index(drop=True)


def write_semicolons(table: pd.DataFrame, path: Path) -> None:
    """A CSV as European spreadsheets write it: semicolons, and a byte-order mark."""
    table.to_csv(path, sep=";", index=False, encoding="utf-8-sig", lineterminator="\r\n")


def write_three_headers(few: pd.DataFrame, path: Path) -> None:
    """A CSV with short names, the questions, and the platform's own ids of them above the answers."""
    codes = [f"Q{place}" for place in range(1, few.shape[1] + 1)]
    questions = [_question(name) for name in few.columns]
    ids = [f'{{"ImportId":"QID{place}"}}' for place in range(1, few.shape[1] + 1)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([codes, questions, ids])
        writer.writerows(_with_gaps(few).itertuples(index=False))


def write_form(few: pd.DataFrame, path: Path) -> None:
    """A CSV of an online form: questions as headers, answers in words."""
    said = _with_gaps(few)
    for point in TOUCHPOINTS:
        said[point.name] = [_in_words(score) for score in said[point.name]]
    said.insert(0, "Timestamp", "2026/07/01 9:00:00 AM GMT+2")
    said.columns = [_question(name) for name in said.columns]
    said.to_csv(path, index=False, lineterminator="\n")


def write_workbook(few: pd.DataFrame, path: Path) -> None:
    """A workbook of a colleague: a merged title, an empty row, then the table."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": pd.Timestamp("2026-07-01").to_pydatetime()})
        sheet = book.add_worksheet("Guests")
        bold = book.add_format({"bold": True, "align": "center"})
        last_column = few.shape[1] - 1
        sheet.merge_range(0, 0, 0, last_column, "Guest survey 2026 (simulated)", bold)
        sheet.write_row(2, 0, few.columns)
        for place, row in enumerate(_with_gaps(few).itertuples(index=False), start=3):
            sheet.write_row(place, 0, row)


def write_spss(few: pd.DataFrame, path: Path) -> None:
    """A file of a panel in SPSS: labels, user-missing codes, a weight."""
    coded = few.assign(Purpose=few["Purpose"].map(PURPOSES), Hotel=few["Hotel"].astype(int))
    coded.columns = [_short(name) for name in coded.columns]
    scores = [_short(point.name) for point in TOUCHPOINTS]
    coded[scores] = coded[scores].replace({6: 98, 0: 99})
    labels = {**dict(enumerate(WORDS, start=1)), 98: "Not used", 99: "No answer"}
    pyreadstat.write_sav(
        coded,
        path,
        column_labels=[_question(name) for name in few.columns],
        variable_value_labels={
            **dict.fromkeys(scores, labels),
            "purpose": {code: word.capitalize() for word, code in PURPOSES.items()},
        },
        missing_ranges={name: [{"lo": 98, "hi": 99}] for name in scores},
        variable_measure=dict.fromkeys(scores, "ordinal"),
    )


def truth_table(truth: Truth) -> pd.DataFrame:
    """Effects and importance in one table, a row for each purpose and touchpoint, then all guests together."""
    effects = truth.effects.drop(columns="stage")
    table = truth.importance.merge(effects, how="left", on=["segment", "touchpoint"])
    return table[["segment", "touchpoint", "effect", "reach", "importance"]].round(4)


def _with_gaps(few: pd.DataFrame) -> pd.DataFrame:
    """Scores as these platforms leave them: an empty cell for what was not used and for no answer alike."""
    scores = [point.name for point in TOUCHPOINTS]
    gaps = few.astype(dict.fromkeys(scores, object))
    gaps[scores] = gaps[scores].where(few[scores].isin(range(1, 6)), "")
    return gaps


def _in_words(score: object) -> str:
    """A score as the form says it."""
    return "" if score == "" else WORDS[int(str(score)) - 1]


def _question(name: str) -> str:
    """What guests were asked."""
    if name in [point.name for point in TOUCHPOINTS]:
        return f"How was {name if name == 'Wi-Fi' else name.lower()}?"
    if name == "Recommend":
        return "How likely are you to recommend us to a friend?"
    return name


def _short(name: str) -> str:
    """A name as SPSS takes it."""
    return name.lower().replace("-", "").replace(" ", "_")


def write(folder: Path, parts: Sequence[str] = ("guests", "few", "truth")) -> None:
    """Write the files."""
    answers, truth = guests()
    few = panel(answers)
    folder.mkdir(exist_ok=True)
    if "guests" in parts:
        write_semicolons(messy(answers), folder / "guests.csv")
    if "few" in parts:
        write_three_headers(few, folder / "three_headers.csv")
        write_form(few, folder / "form.csv")
        write_workbook(few, folder / "colleague.xlsx")
        write_spss(few, folder / "panel.sav")
    if "truth" in parts:
        truth_table(truth).to_csv(folder / "truth.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "hotels")
