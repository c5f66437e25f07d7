"""Make the simulated airport sample anew: the tables of answers, events, purchases and truth in the folder `airport`.

Run ``python data/samples/make_airport.py [FOLDER]``. The same seed gives the same files. The other files of the
sample (study.toml, touchpoints.csv, initiatives.csv) are written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.datasets import Intervention, SegmentSpec, TouchpointSpec, Truth, simulate_survey

SEED = 2025
N, PASSENGERS = 5000, 1500
WAVES = (2022, 2023, 2024, 2025)
DAY = 1440  # minutes
COLUMNS = {
    "Booking website": "booking_website",
    "Getting there and parking": "getting_there",
    "Check-in": "check_in",
    "Bag drop": "bag_drop",
    "Security": "security",
    "Signs": "signs",
    "Shops": "shops",
    "Restaurants": "restaurants",
    "Wi-Fi": "wifi",
    "Restrooms": "restrooms",
    "Boarding": "boarding",
    "Baggage claim": "baggage_claim",
}
# Effects are points of the recommendation (0 to 10) for one point of the score, among users.
TOUCHPOINTS = (
    TouchpointSpec("Booking website", "Planning", 4.1, 0.06, 0.80),
    TouchpointSpec("Getting there and parking", "Getting there", 3.6, 0.30, 0.92),
    TouchpointSpec("Check-in", "Departure hall", 4.0, 0.30, 0.75),
    TouchpointSpec("Bag drop", "Departure hall", 3.9, 0.10, 0.55),
    TouchpointSpec("Security", "To the gate", 3.5, 0.50, 0.98),
    TouchpointSpec("Signs", "To the gate", 4.2, 0.15, 0.97),
    TouchpointSpec("Shops", "Waiting", 3.8, 0.05, 0.60),
    TouchpointSpec("Restaurants", "Waiting", 3.4, 0.40, 0.70),
    TouchpointSpec("Wi-Fi", "Waiting", 3.6, 0.30, 0.65),
    TouchpointSpec("Restrooms", "Waiting", 3.8, 0.20, 0.95),
    TouchpointSpec("Boarding", "Boarding", 4.0, 0.20, 0.98),
    TouchpointSpec("Baggage claim", "Coming back", 3.7, 0.10, 0.50),
)
# Effects and reaches fall in clear steps, so that the order of importance is there to be found in 5,000 answers.
SEGMENTS = (
    SegmentSpec(
        "business",
        0.38,
        effects={
            "Security": 0.85, "Wi-Fi": 0.75, "Boarding": 0.46, "Getting there and parking": 0.34, "Restrooms": 0.22,
            "Restaurants": 0.20, "Signs": 0.07, "Check-in": 0.13, "Booking website": 0.0, "Shops": 0.0,
            "Bag drop": 0.0, "Baggage claim": 0.0,
        },
        reach={"Wi-Fi": 0.88, "Check-in": 0.60, "Shops": 0.50, "Bag drop": 0.40, "Baggage claim": 0.30},
        shift=-0.10,
        response=0.75,
    ),
    SegmentSpec(
        "leisure",
        0.36,
        effects={
            "Restaurants": 0.95, "Check-in": 0.65, "Shops": 0.56, "Security": 0.36, "Restrooms": 0.25, "Signs": 0.18,
            "Getting there and parking": 0.10, "Boarding": 0.0, "Booking website": 0.0, "Wi-Fi": 0.0,
            "Bag drop": 0.0, "Baggage claim": 0.0,
        },
        reach={
            "Restaurants": 0.80, "Check-in": 0.85, "Shops": 0.75, "Wi-Fi": 0.60, "Bag drop": 0.50,
            "Baggage claim": 0.35,
        },
        shift=0.05,
    ),
    SegmentSpec(
        "visiting friends",
        0.26,
        effects={
            "Getting there and parking": 0.85, "Baggage claim": 0.85, "Bag drop": 0.60, "Signs": 0.40,
            "Restrooms": 0.26, "Security": 0.15, "Boarding": 0.06, "Booking website": 0.06, "Check-in": 0.0,
            "Shops": 0.0, "Restaurants": 0.0, "Wi-Fi": 0.0,
        },
        reach={"Baggage claim": 0.75, "Bag drop": 0.78, "Shops": 0.55, "Restaurants": 0.45, "Wi-Fi": 0.35},
        shift=0.05,
    ),
)  # fmt: skip
TERMINALS = {"Terminal 1": 0.36, "Terminal 2": 0.38, "Terminal 3": 0.26}
RENEWAL = Intervention("Wi-Fi", 2024, 0.45, "Terminal 2")
LOCALS = {"business": 0.50, "leisure": 0.55, "visiting friends": 0.30}  # share who live near; no effect of its own

# Beside the survey. How a neighbouring airport is rated, and what employees think that passengers would say, in points
# against the survey of 2025.
NEIGHBOURS, EMPLOYEES, WRITERS = 900, 120, 800
NEIGHBOUR = {
    "Security": 0.30,
    "Restaurants": 0.45,
    "Wi-Fi": -0.35,
    "Signs": -0.30,
    "Restrooms": 0.10,
    "Boarding": -0.15,
}
STAFF = {
    "Security": 0.55,
    "Restaurants": 0.15,
    "Restrooms": 0.70,
    "Check-in": 0.40,
    "Signs": -0.35,
    "Baggage claim": 0.30,
}
# What passengers write about three touchpoints when they score low or high, and what anybody writes.
WORDS = {
    "Security": {
        "low": ["endless queue at the only open lane", "rude staff and no explanation",
                "waited forty minutes in the queue", "trays dirty and lanes closed"],
        "high": ["quick and friendly staff", "short wait and clear instructions", "friendly officer helped my mother"],
    },
    "Restaurants": {
        "low": ["overpriced sandwiches and cold coffee", "nothing open after nine", "overpriced and slow service",
                "no seats anywhere and slow service"],
        "high": ["fresh food and fair prices", "great coffee near the gate", "friendly service and fresh salads"],
    },
    "Wi-Fi": {
        "low": ["connection dropped all the time", "login page never loaded", "too slow for a video call"],
        "high": ["fast connection without a login", "worked at once everywhere", "fast enough for a video call"],
    },
}  # fmt: skip
ANYONE = [
    "as always",
    "we flew on a Monday",
    "travelling with two children",
    "on the way to the gate",
    "in the morning",
]

# Where a passenger goes next, in percent; what is left to 100 is the end of the journey.
START = {"Booking website": 62, "Getting there and parking": 38}
NEXT = {
    "Booking website": {"Booking website": 12, "Getting there and parking": 88},
    "Getting there and parking": {"Check-in": 64, "Bag drop": 16, "Security": 20},
    "Check-in": {"Bag drop": 54, "Security": 42},
    "Bag drop": {"Security": 95, "Check-in": 5},
    "Security": {"Signs": 36, "Shops": 15, "Restaurants": 14, "Restrooms": 13, "Wi-Fi": 8, "Boarding": 8},
    "Signs": {"Shops": 22, "Restaurants": 20, "Restrooms": 16, "Wi-Fi": 12, "Boarding": 30},
    "Shops": {"Restaurants": 32, "Restrooms": 10, "Wi-Fi": 8, "Signs": 8, "Boarding": 42},
    "Restaurants": {"Shops": 24, "Restrooms": 18, "Wi-Fi": 12, "Boarding": 46},
    "Wi-Fi": {"Shops": 8, "Restaurants": 14, "Restrooms": 14, "Boarding": 64},
    "Restrooms": {"Shops": 12, "Restaurants": 14, "Wi-Fi": 10, "Signs": 8, "Boarding": 56},
    "Boarding": {"Baggage claim": 48},
    "Baggage claim": {},
}
# Purposes lean towards some touchpoints: the percentages above are multiplied, then brought back to their sum.
LEANS = {
    "business": {"Wi-Fi": 2.2, "Shops": 0.5, "Check-in": 0.6, "Security": 1.4},
    "leisure": {"Shops": 1.4, "Restaurants": 1.3},
    "visiting friends": {"Bag drop": 1.4, "Restaurants": 0.7, "Wi-Fi": 0.6},
}
# Median minutes from one touchpoint to the next: three weeks from booking, six days until coming back.
MINUTES = {
    "Booking website": 30_000, "Getting there and parking": 12, "Check-in": 9, "Bag drop": 8, "Security": 14,
    "Signs": 3, "Shops": 18, "Restaurants": 32, "Wi-Fi": 25, "Restrooms": 6, "Boarding": 8_600,
}  # fmt: skip

# Buttons with smiles at the exits of six touchpoints: how good they are felt to be on 1 to 5, before rounding. Two
# passengers in five who pass press one; some see everything brighter than others.
SMILES = {
    "Check-in": 4.0, "Security": 3.2, "Restaurants": 3.5, "Restrooms": 3.8, "Boarding": 4.2, "Baggage claim": 3.6,
}  # fmt: skip
PRESSES = 0.4
MOOD, MOMENT = 0.5, 0.8  # standard deviations between passengers, and between moments of one

# What passengers buy on the airport's app, before and after they answered on the last day of a wave's year: about once
# a month while they stay, for so many dollars a time: 310, 140 and 95 a year by purpose, as the study says.
FROM, UNTIL = pd.Timestamp("2023-07-01"), pd.Timestamp("2025-12-31")
A_YEAR = 12.0  # purchases
WORTH = {"business": 310 / A_YEAR, "leisure": 140 / A_YEAR, "visiting friends": 95 / A_YEAR}
STAY = {"promoters": 0.85, "passives": 0.70, "detractors": 0.40}  # the share that stays a year after the answer
ACCOUNTS = {2024: 0.55, 2025: 0.2}  # the share of a wave that has the app, joined in the 18 or 12 months before
STRANGERS, STRANGER = 60, 9001  # others with the app who were not asked, and the first of their numbers
YEAR = 365.25  # days

# Eight halls, sixteen quarters. New seats came to two of the halls that were rated lowest; at the same time the airport
# told of delays in all of them, and everybody was rated better, who got seats and who did not.
HALLS = {"A": 0.12, "B": 0.05, "C": -0.38, "D": 0.20, "E": -0.05, "F": -0.30, "G": 0.10, "H": -0.02}
SEATED = ("C", "F")
QUARTERS = tuple(f"{year}-Q{quarter}" for year in WAVES for quarter in range(1, 5))
SEATS_FROM = "2024-Q1"
SEATS, NEWS, DRIFT = 0.35, 0.30, 0.01  # points of the rating: of the seats; for all halls then; for all each quarter
HALL_SWING = 0.05  # how far a hall moves by itself in a quarter: standard deviation
ASKED_A_HALL = 30
RATED = ("waiting", "restrooms", "recommend")


def survey(seed: int = SEED) -> tuple[pd.DataFrame, Truth]:
    """The answers with the airport's column names, and the truth."""
    frame, truth = simulate_survey(
        n=N,
        touchpoints=TOUCHPOINTS,
        segments=SEGMENTS,
        waves=WAVES,
        groups=TERMINALS,
        intervention=RENEWAL,
        trend=0.03,
        halo=0.42,
        blank=0.04,
        noise=1.6,
        seed=seed,
    )
    rng = np.random.default_rng([seed, 1])
    local = rng.random(len(frame)) < frame["segment"].map(LOCALS)
    frame["weight"] = frame["weight"].round(4)
    frame.insert(3, "residence", np.where(local, "local", "visitor"))
    return frame.rename(columns={"segment": "purpose", "group": "terminal", **COLUMNS}), truth


def truth_table(truth: Truth) -> pd.DataFrame:
    """Effects and importance in one table, a row for each segment and touchpoint, then all customers together."""
    effects = truth.effects.drop(columns="stage")
    table = truth.importance.merge(effects, how="left", on=["segment", "touchpoint"])
    return table[["segment", "touchpoint", "effect", "reach", "importance", "importance_overall"]].round(4)


def neighbour(seed: int = SEED) -> pd.DataFrame:
    """Answers of passengers of a neighbouring airport to the same questions."""
    return _scored(NEIGHBOURS, NEIGHBOUR, np.random.default_rng([seed, 3]))


def employees(seed: int = SEED) -> pd.DataFrame:
    """What employees think that passengers would answer."""
    return _scored(EMPLOYEES, STAFF, np.random.default_rng([seed, 4])).drop(columns="purpose")


def comments(seed: int = SEED) -> pd.DataFrame:
    """Passengers who wrote something: scores of three touchpoints, comments, how strongly they felt (1 to 5)."""
    rng = np.random.default_rng([seed, 5])
    scores = _scored(WRITERS, {}, rng)
    frame = scores[["purpose"]].copy()
    for name, words in WORDS.items():
        column = COLUMNS[name]
        own = scores[column].where(scores[column] < 6, 0)
        side = np.where(own <= 2, "low", np.where(own >= 4, "high", ""))
        sides = [k or str(rng.choice(["low", "high"])) for k in side]  # who is undecided says either
        said = [str(rng.choice(words[k] if rng.random() < 0.8 else ANYONE)) for k in sides]
        more = [f", {rng.choice(ANYONE)}" if rng.random() < 0.3 else "" for _ in said]
        wrote = (own > 0) & (rng.random(WRITERS) < 0.6)
        feeling = np.clip(np.rint(2.2 + 0.9 * (own - 3).abs() + 0.7 * rng.standard_normal(WRITERS)), 1, 5)
        frame[column] = own
        frame[f"{column}_comment"] = pd.Series(said).str.cat(more).where(wrote, "")
        frame[f"{column}_feeling"] = feeling.where(own > 0, 0).astype(int)
    return frame.assign(overall=scores["overall"])


def _scored(n: int, away: dict[str, float], rng: np.random.Generator) -> pd.DataFrame:
    """Scores around those of the passengers of 2025, so much higher or lower, with a halo; 6 where not used."""
    frame = pd.DataFrame(
        {"purpose": rng.choice([spec.name for spec in SEGMENTS], n, p=[spec.share for spec in SEGMENTS])}
    )
    mood = rng.standard_normal(n)
    for spec in TOUCHPOINTS:
        latent = spec.mean + 0.09 + away.get(spec.name, 0.0) + 0.65 * mood + 0.75 * rng.standard_normal(n)
        used = rng.random(n) < spec.reach
        frame[COLUMNS[spec.name]] = np.where(used, np.clip(np.rint(latent), 1, 5), 6).astype(int)
    frame["overall"] = np.clip(np.rint(3.8 + 0.7 * mood + 0.5 * rng.standard_normal(n)), 1, 5).astype(int)
    return frame


def events(seed: int = SEED) -> pd.DataFrame:
    """A log of passengers: each walks from touchpoint to touchpoint by chance (a Markov chain)."""
    rng = np.random.default_rng([seed, 2])
    purposes = rng.choice([spec.name for spec in SEGMENTS], PASSENGERS, p=[spec.share for spec in SEGMENTS])
    days = rng.integers(0, 92, PASSENGERS)
    minutes = rng.integers(5 * 60, 20 * 60, PASSENGERS)
    rows: list[tuple[str, str, int, str, int]] = []
    for k, purpose in enumerate(purposes):
        clock, place = int(days[k] * DAY + minutes[k]), _step(START, purpose, rng)
        while place is not None:
            rows.append((f"P{k + 1:04d}", place, clock, purpose, int(place == "Boarding")))
            gap = max(1, round(MINUTES.get(place, 1) * float(rng.lognormal(0, 0.45))))
            clock += gap if gap < DAY else gap // DAY * DAY  # whole days, so that nobody travels at night
            place = _step(NEXT[place], purpose, rng)
    log = pd.DataFrame(rows, columns=["customer", "touchpoint", "time", "purpose", "boarded"])
    log = log.sort_values("time", kind="stable", ignore_index=True)
    start = pd.Timestamp("2025-03-01")
    log["time"] = (start + pd.to_timedelta(log["time"], unit="min")).dt.strftime("%Y-%m-%dT%H:%M")
    log["smile"] = _smiles(log, np.random.default_rng([seed, 9]))
    return log


def _smiles(log: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """What those say who press a button on their way out, 1 to 5; missing for all others."""
    passenger = log["customer"].str[1:].astype(int) - 1
    mood = rng.normal(0, MOOD, PASSENGERS)[passenger]
    felt = log["touchpoint"].map(SMILES) + mood + rng.normal(0, MOMENT, len(log))
    pressed = rng.random(len(log)) < PRESSES
    return felt.where(pressed).round().clip(1, 5).astype("Int64")


def _step(chances: dict[str, int], purpose: str, rng: np.random.Generator) -> str | None:
    """The next touchpoint, or None at the end."""
    ends = 100 - sum(chances.values())
    if ends and rng.random() * 100 < ends:
        return None
    weights = np.array([chance * LEANS[purpose].get(name, 1.0) for name, chance in chances.items()])
    return str(rng.choice(list(chances), p=weights / weights.sum()))


def purchases(answers: pd.DataFrame, seed: int = SEED) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What passengers bought, with others who were not asked; and those of 2024, with what is true of each."""
    rng = np.random.default_rng([seed, 6])
    waves = answers["wave"].map(ACCOUNTS).fillna(0)
    members = answers.loc[rng.random(len(answers)) < waves, ["respondent", "wave", "purpose", "recommend"]]
    others = pd.DataFrame({"respondent": np.arange(STRANGERS) + STRANGER, "wave": 2024})
    others["purpose"] = rng.choice(list(WORTH), STRANGERS)
    others["recommend"] = rng.integers(5, 11, STRANGERS)
    people = pd.concat([members, others], ignore_index=True)
    people["nps_class"] = np.select([people["recommend"] >= 9, people["recommend"] >= 7], list(STAY)[:2], "detractors")
    people["rate"] = A_YEAR * rng.gamma(12.0, 1 / 12.0, len(people))
    people["hazard"] = -np.log(people["nps_class"].map(STAY))
    rows = [_bought(person, rng) for person in people.itertuples(index=False)]
    table = pd.concat(rows, ignore_index=True).sort_values(["date", "customer"], kind="stable", ignore_index=True)
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    return table, people[(people["wave"] == 2024) & (people["respondent"] < STRANGER)]


def _bought(person: Any, rng: np.random.Generator) -> pd.DataFrame:
    """All that one customer bought: on joining, then fairly regularly until leaving, never before the answer."""
    answered = pd.Timestamp(person.wave, 12, 31)
    first = max(FROM, answered - pd.Timedelta(days=548 if person.wave == 2024 else 365))
    joined = first + pd.Timedelta(days=int(rng.integers(0, (answered - first).days - 14)))
    left = answered + pd.Timedelta(days=float(rng.exponential(YEAR / person.hazard)))
    days = (min(left, UNTIL) - joined).days
    later = np.cumsum(rng.gamma(4.0, YEAR / person.rate / 4.0, 120))
    dates = joined + pd.to_timedelta(np.r_[0, later[later < days].astype(int)], unit="D")
    amounts = np.maximum(rng.gamma(4.0, WORTH[person.purpose] / 4.0, len(dates)), 1.0).round(2)
    return pd.DataFrame({"customer": person.respondent, "date": dates, "amount": amounts})


def halls(seed: int = SEED, a_hall: int = ASKED_A_HALL, *, seats: bool = True) -> pd.DataFrame:
    """Answers in eight halls in sixteen quarters: how waiting and restrooms are rated, overall and recommendation."""
    rng = np.random.default_rng([seed, 19])
    cells = pd.MultiIndex.from_product([QUARTERS, HALLS], names=["quarter", "hall"]).to_frame(index=False)
    swings = HALL_SWING * rng.standard_normal(len(cells))
    late = cells["quarter"] >= SEATS_FROM
    seated = cells["hall"].isin(SEATED)
    common = 3.35 + DRIFT * cells["quarter"].map(QUARTERS.index) + NEWS * late
    means = common + cells["hall"].map(HALLS) + swings + SEATS * (late & seated & seats)
    frame = cells.loc[cells.index.repeat(a_hall)].reset_index(drop=True)
    mood, chance, restrooms, said = rng.standard_normal((4, len(frame)))
    waiting = means.repeat(a_hall).to_numpy() + 0.6 * mood + 0.7 * chance
    frame.insert(0, "respondent", np.arange(len(frame)) + 1)
    frame["started"] = np.where(frame["hall"].isin(SEATED), SEATS_FROM, "")
    frame["waiting"] = _on(1, 5, waiting)
    frame["restrooms"] = _on(1, 5, 3.8 + 0.6 * mood + 0.7 * restrooms)
    likely = 7.3 + 0.9 * (frame["waiting"] - 3.5) + 0.5 * (frame["restrooms"] - 3.8) + 1.4 * said
    frame["recommend"] = _on(0, 10, likely)
    return frame


def _on(low: int, high: int, values: Any) -> Any:
    """Whole scores from low to high."""
    return np.clip(np.rint(values), low, high).astype(int)


def impact_truth(members: pd.DataFrame) -> pd.DataFrame:
    """What was put into purchases and halls: see README.md."""
    rows = [("stays", nps_class, share) for nps_class, share in STAY.items()]
    rows += [("value", purpose, A_YEAR * worth) for purpose, worth in WORTH.items()]
    years = -np.expm1(-members["hazard"]) / members["hazard"]
    spend = members["rate"] * members["purpose"].map(WORTH) * years
    rows += [("spend", group, value) for group, value in spend.groupby(members["purpose"]).mean().items()]
    without, with_seats = (_late_in_seated(halls(SEED, 2000, seats=seats)) for seats in (False, True))
    rows += [("seats", metric, with_seats[metric] - without[metric]) for metric in RATED]
    nps = [100 * ((answers >= 9).mean() - (answers <= 6).mean()) for answers in (with_seats["all"], without["all"])]
    rows.append(("seats", "nps", nps[0] - nps[1]))
    return pd.DataFrame(rows, columns=["about", "of", "truth"]).round({"truth": 4})


def _late_in_seated(answers: pd.DataFrame) -> dict[str, Any]:
    """Means of the halls with new seats since they came, and all that was said there of the recommendation."""
    late = answers[(answers["quarter"] >= SEATS_FROM) & answers["hall"].isin(SEATED)]
    means = {metric: late[metric].mean() for metric in RATED}
    return {**means, "all": late["recommend"]}


def write(folder: Path) -> None:
    """Write the files."""
    frame, truth = survey()
    bought, members = purchases(frame)
    beside = {"neighbour": neighbour(), "employees": employees(), "comments": comments()}
    impact = {"purchases": bought, "halls": halls(), "impact_truth": impact_truth(members)}
    for name, table in {"survey": frame, "truth": truth_table(truth), "events": events(), **beside, **impact}.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "airport")
