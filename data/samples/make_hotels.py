"""Make the simulated hotels anew: messy exports in the folder `hotels`, as survey platforms write them, and a chain.

Run ``python data/samples/make_hotels.py [FOLDER]``. The same seed gives the same answers. The map, the list of
initiatives and the study of the chain beside them are written by hand. The exports are of twelve hotels; the chain is
another one, of forty, to learn how places are compared.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyreadstat
import xlsxwriter
from numpy.typing import NDArray
from scipy.special import ndtr

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

Floats = NDArray[np.float64]
HOUSES = 40
CHAIN_YEARS = (2024, 2025)
FEWEST_GUESTS, MOST_GUESTS = 5, 178  # of a hotel a year
BEFORE_ROUNDING = 1.1  # standard deviation of a score of one purpose in one hotel
HALO = 0.35  # share of its variance that is the guest's satisfaction with everything
HOTELS_DIFFER = 0.25  # standard deviation of the hotels' means
OF_QUALITY = 0.6  # share of its variance that is the quality of the house, alike for all touchpoints
SWING = 0.08  # standard deviation of what one year does to all touchpoints of a hotel
QUALITY = 0.35  # points of the recommendation that a standard deviation of quality is worth beside all scores
LEVER, MARK = "Check-in", "Check-out"  # alike in all hotels and worth much to a guest; a mark of good hotels alone
BY_PURPOSE = {"business": -0.45, "leisure": 0.35}  # points of all scores
BUSINESS_HOTEL, ITS_BUSINESS = 16, 0.95  # Hotel 17 is as good as the mean of all and has hardly any leisure guests
RENOVATED = {7: -1.8, 22: 0.0}  # Hotels 08 and 23, and the comfort of their rooms before, in standard deviations
RENOVATION = 0.6  # points of comfort, before rounding, from the second year on
TYPICAL = 20_000  # guests from whom the true recommendation of each hotel is taken


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


class Chain(NamedTuple):
    """Forty hotels (h), nine touchpoints (p): guests a year (2, h), share of business (h,), and what hotels are like.

    ``quality`` (h,): of the house, in standard deviations; ``houses`` (h, p): what it adds to the mean scores, without
    the renovation; ``swings`` (2, h): what each year adds to all of them.
    """

    guests: NDArray[np.int64]
    business: Floats
    quality: Floats
    houses: Floats
    swings: Floats

    def means(self, year: int, *, renovated: bool = True) -> Floats:
        """(h, 2, p) means before rounding of each purpose in a year, 0 or 1."""
        general = np.array([point.mean for point in TOUCHPOINTS])
        shifts = np.array(list(BY_PURPOSE.values()))
        of_hotel = general + self.houses + self.swings[year][:, None]
        if year and renovated:
            comfort = [point.name for point in TOUCHPOINTS].index("Room comfort")
            of_hotel[list(RENOVATED), comfort] += RENOVATION
        return of_hotel[:, None, :] + shifts[:, None]


def hotel_chain(rng: np.random.Generator) -> Chain:
    """Hotels of all sizes, whose quality and mix of guests have nothing to do with their size."""
    names = [point.name for point in TOUCHPOINTS]
    quality = _standard(rng, (HOUSES,))
    own = _standard(rng, (HOUSES, len(names)))
    quality[BUSINESS_HOTEL] = 0
    own[BUSINESS_HOTEL] = 0
    for hotel, comfort in RENOVATED.items():
        quality[hotel] = comfort / 2
        own[hotel, names.index("Room comfort")] = comfort
    houses = np.sqrt(OF_QUALITY) * quality[:, None] + np.sqrt(1 - OF_QUALITY) * own
    houses[:, names.index(MARK)] = quality
    houses[:, names.index(LEVER)] = 0
    business = rng.uniform(0.05, 0.75, HOUSES)
    business[BUSINESS_HOTEL] = ITS_BUSINESS
    swings = SWING * rng.normal(size=(len(CHAIN_YEARS), HOUSES))
    swings[:, BUSINESS_HOTEL] = 0
    return Chain(_sizes(rng), business, quality, HOTELS_DIFFER * houses, swings)


def _standard(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Draws with mean 0 and standard deviation 1 over the hotels."""
    drawn = rng.normal(size=shape)
    return (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)


def _sizes(rng: np.random.Generator) -> NDArray[np.int64]:
    """(2, h) guests of each hotel a year: a few large ones, some very small."""
    at = np.linspace(0, 1, HOUSES) ** 0.5
    usual = FEWEST_GUESTS * (MOST_GUESTS / FEWEST_GUESTS) ** at
    order = rng.permutation(HOUSES)
    usual = usual[order]
    large = np.sort(usual)[[-3, -12, -15]]
    for hotel, size in zip([BUSINESS_HOTEL, *RENOVATED], large, strict=True):
        taken = int(np.flatnonzero(usual == size)[0])
        usual[[hotel, taken]] = usual[[taken, hotel]]
    drawn = usual * rng.uniform(0.9, 1.1, (len(CHAIN_YEARS), HOUSES))
    return np.clip(drawn.round(), FEWEST_GUESTS, MOST_GUESTS).astype(np.int64)


def chain(seed: int = SEED) -> tuple[pd.DataFrame, Chain]:
    """The answers of guests of the chain, scores 1 to 5, 6 not used, 0 no answer; and what the hotels are like."""
    rng = np.random.default_rng([seed, 2])
    of_chain = hotel_chain(rng)
    years = [_answers_of_year(of_chain, year, rng) for year in range(len(CHAIN_YEARS))]
    answers = pd.concat(years, ignore_index=True)
    answers.insert(0, "guest", 500_001 + np.arange(len(answers)))
    return answers, of_chain


def _answers_of_year(of_chain: Chain, year: int, rng: np.random.Generator) -> pd.DataFrame:
    """The answers of one year, hotel by hotel."""
    hotel = np.repeat(np.arange(HOUSES), of_chain.guests[year])
    leisure = (rng.random(len(hotel)) >= of_chain.business[hotel]).astype(int)
    scores = _scores(of_chain.means(year)[hotel, leisure], rng)
    used = rng.random(scores.shape) < np.array([point.reach for point in TOUCHPOINTS])
    noise = rng.normal(0, 1.5, len(hotel))
    recommend = _recommend(scores, used, of_chain.quality[hotel], noise)
    shown = np.where(used, scores, 6)
    shown[rng.random(shown.shape) < 0.02] = 0
    names = [point.name for point in TOUCHPOINTS]
    purposes = np.array(list(BY_PURPOSE))
    answers = pd.DataFrame(
        {
            "year": CHAIN_YEARS[year],
            "hotel": [_hotel(one) for one in hotel],
            "purpose": purposes[leisure],
        }
    )
    return answers.join(pd.DataFrame(shown, columns=names)).assign(recommend=recommend)


def _hotel(place: int) -> str:
    """What a hotel is called."""
    return f"Hotel {place + 1:02}"


def _scores(means: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Scores 1 to 5 around their means before rounding: a halo of each guest, and chance."""
    halo = np.sqrt(HALO) * rng.normal(size=(len(means), 1))
    chance = np.sqrt(1 - HALO) * rng.normal(size=means.shape)
    drawn = means + BEFORE_ROUNDING * (halo + chance)
    return np.clip(drawn.round(), 1, 5).astype(np.int64)


def _recommend(scores: NDArray[np.int64], used: NDArray[np.bool_], quality: Floats, noise: Floats) -> NDArray[np.int64]:
    """The recommendation, 0 to 10, of guests of hotels of some quality."""
    effects = np.array(list(chain_effects().values()))
    means = np.array([point.mean for point in TOUCHPOINTS])
    liked = np.where(used, scores - means, 0.0) @ effects
    drawn = 8.2 + liked + QUALITY * quality + noise
    return np.clip(drawn.round(), 0, 10).astype(np.int64)


def chain_effects() -> dict[str, float]:
    """Points of the recommendation for one point of a score, among guests of one hotel who met it."""
    effects = {point.name: point.effect / 2 for point in TOUCHPOINTS}
    return effects | {LEVER: 0.6, MARK: 0.0}


def chain_truth(of_chain: Chain) -> pd.DataFrame:
    """The true mean of each hotel, year and metric, for the mix of all guests and for its own."""
    guests = of_chain.guests.sum(axis=0)
    of_all = float(np.average(of_chain.business, weights=guests))
    tables = []
    for year in range(len(CHAIN_YEARS)):
        with_it = _expected(of_chain, year, renovated=True)
        without = _expected(of_chain, year, renovated=False)
        tables += [_truth_of(metric, CHAIN_YEARS[year], with_it[metric], without[metric], of_chain.business, of_all)
                   for metric in with_it]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _truth_of(
    metric: str, year: int, with_it: Floats, without: Floats, business: Floats, of_all: float
) -> pd.DataFrame:
    """One metric in one year; (h, 2) means of each purpose, with the renovation and without."""

    def mixed(means: Floats, share: Floats | float) -> Floats:
        return share * means[:, 0] + (1 - share) * means[:, 1]

    value = mixed(with_it, of_all)
    return pd.DataFrame(
        {
            "hotel": [_hotel(place) for place in range(HOUSES)],
            "year": year,
            "metric": metric,
            "value": value.round(4),
            "own_mix": mixed(with_it, business).round(4),
            "lift": (value - mixed(without, of_all)).round(4),
        }
    )


def _expected(of_chain: Chain, year: int, *, renovated: bool) -> dict[str, Floats]:
    """(h, 2) expected means of each metric by hotel and purpose: scores exactly, NPS from guests alike everywhere."""
    means = of_chain.means(year, renovated=renovated)
    cuts = np.array([1.5, 2.5, 3.5, 4.5])
    exact = 1 + ndtr((means[..., None] - cuts) / BEFORE_ROUNDING).sum(axis=-1)
    expected = {point.name: exact[..., place] for place, point in enumerate(TOUCHPOINTS)}
    nps = np.empty(means.shape[:2])
    for place in np.ndindex(nps.shape):
        rng = np.random.default_rng([SEED, 3])
        everywhere = np.broadcast_to(means[place], (TYPICAL, len(TOUCHPOINTS)))
        scores = _scores(everywhere, rng)
        used = rng.random(scores.shape) < np.array([point.reach for point in TOUCHPOINTS])
        quality = np.full(TYPICAL, of_chain.quality[place[0]])
        given = _recommend(scores, used, quality, rng.normal(0, 1.5, TYPICAL))
        nps[place] = 100 * (np.mean(given >= 9) - np.mean(given <= 6))
    return {**expected, "recommend": nps}


def chain_drivers() -> pd.DataFrame:
    """What a point of each touchpoint is worth to a guest, and how hotels differ in it."""
    names = [point.name for point in TOUCHPOINTS]
    table = pd.DataFrame({"touchpoint": names, "effect": list(chain_effects().values())})
    table["between"] = [0.0 if name == LEVER else HOTELS_DIFFER for name in names]
    of_quality = {LEVER: 0.0, MARK: 1.0}
    table["of_quality"] = [of_quality.get(name, OF_QUALITY) for name in names]
    return table


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


def write(folder: Path, parts: Sequence[str] = ("guests", "few", "truth", "chain")) -> None:
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
    if "chain" in parts:
        write_chain(folder)


def write_chain(folder: Path) -> None:
    """Write the answers of the chain, and what is true of it."""
    answers, of_chain = chain()
    tables = {"chain": answers, "chain_truth": chain_truth(of_chain), "chain_drivers": chain_drivers()}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "hotels")
