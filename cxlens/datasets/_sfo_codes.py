"""The San Francisco airport survey in words: columns, code lists and touchpoints of 2013 to 2017.

The lists follow the code lists that the airport publishes beside each year's file. Where a list and the answers
contradict each other, the answers decide; each such place says so and why. No reading of files belongs here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from cxlens.model.touchpoints import Kind

YEARS: Final = (2013, 2014, 2015, 2016, 2017)

# DataSF knows one data set a year; the ids of 2014 and 2015 are not known.
DATASET_IDS: Final = {2013: "mjr8-p6m5", 2016: "t3vr-buhp", 2017: "nnh5-5rwz"}

NOT_ASKED: Final = "Not asked"
NOT_GIVEN: Final = "Not given"
OTHER: Final = "Other or unknown"
SEVERAL: Final = "More than one"

# score: (column in 2013, column from 2014 on). Codes everywhere: 1 to 5, 0 blank,
# 6 never used (for `safety`: don't know; for `getting_there`, `finding_way`, `security`: don't know or not applicable).
SCORES: Final = {
    "art": ("Q7A_ART", "Q7ART"),
    "restaurants": ("Q7B_FOOD", "Q7FOOD"),
    "shops": ("Q7C_SHOPS", "Q7STORE"),
    "signs": ("Q7D_SIGNS", "Q7SIGN"),
    "walkways": ("Q7E_WALK", "Q7WALKWAYS"),
    "screens": ("Q7F_SCREENS", "Q7SCREENS"),
    "information_arrivals": ("Q7G_INFOARR", "Q7INFODOWN"),
    "information_departures": ("Q7H_INFODEP", "Q7INFOUP"),
    "wifi": ("Q7I_WIFI", "Q7WIFI"),
    "roads": ("Q7J_ROAD", "Q7ROADS"),
    "parking": ("Q7K_PARK", "Q7PARK"),
    "airtrain": ("Q7L_AIRTRAIN", "Q7AIRTRAIN"),
    "long_term_parking": ("Q7M_LTPARK", "Q7LTPARKING"),
    "rental_car_center": ("Q7N_RENTAL", "Q7RENTAL"),
    "boarding_area_cleanliness": ("Q9A_CLNBOARD", "Q9BOARDING"),
    "airtrain_cleanliness": ("Q9B_CLNAIRTRAIN", "Q9AIRTRAIN"),
    "rental_cleanliness": ("Q9C_CLNRENT", "Q9RENTAL"),
    "restaurant_cleanliness": ("Q9D_CLNFOOD", "Q9FOOD"),
    "restroom_cleanliness": ("Q9E_CLNBATH", "Q9RESTROOM"),
    "safety": ("Q10SAFE", "Q10SAFE"),
    "getting_there": ("Q13_RATEGETTO", "Q13GETRATE"),
    "finding_way": ("Q14A_FIND", "Q14FIND"),
    "security": ("Q14B_SECURITY", "Q14PASSTHRU"),
}
OVERALL: Final = ("Q7O_WHOLE", "Q7ALL")
RECOMMEND: Final = "NETPRO"  # 2017 only; 11 is blank

# segment: {first year of a column: its name}; a name holds until the next one. No entry for a year: not asked.
SEGMENT_COLUMNS: Final[dict[str, dict[int, str]]] = {
    "purpose": {2013: "Q2PURP1"},
    "residence": {2013: "Q16_REGION", 2014: "Q16LIVE"},
    "home": {2013: "HOME"},
    "age": {2013: "Q18_AGE", 2014: "Q18AGE", 2016: "Q19AGE"},
    "income": {2013: "Q20_INCOME", 2014: "Q20INCOME", 2016: "Q21INCME", 2017: "Q21INCOME"},
    "gender": {2013: "Q19_SEX", 2014: "Q19GENDER", 2016: "Q20GENDER"},
    "boarding_area": {2013: "GATE", 2014: "AREA", 2015: "BAREA"},
    "time_of_day": {2013: "STRATA"},
    "flight": {2013: "DESTGEO"},
    "arrived_by": {2013: "Q3GETTO1"},
    "flights_last_year": {2013: "Q5FLYPERYR", 2014: "Q5TIMESFLOWN"},
    "first_time": {2015: "Q5FIRSTTIME"},
    "precheck": {2014: "Q11TSAPRE"},
    "had_problem": {2013: "Q15_PROBLEMS", 2014: "Q15PROBLEM"},
    "language": {2013: "LANG"},
}

_YES_NO = {"1": "Yes", "2": "No", "3": OTHER, "0": NOT_GIVEN, "4": NOT_GIVEN}  # 3 is "don't know", 4 several answers

# 8 in 2013 is "no other, blank or non-response"; 5 several answers.
_PURPOSE = {
    "1": "Business",
    "2": "Pleasure",
    "3": "Friends or relatives",
    "4": "School",
    "5": "Conference",
    "6": "Wedding, funeral or graduation",
    "7": OTHER,
}
_PURPOSE_LATER = _PURPOSE | {"10": OTHER, "11": OTHER, "12": OTHER, "13": OTHER, "0": NOT_GIVEN}

_HOME = {
    **{str(code): "San Francisco Bay Area" for code in (*range(1, 10), 90)},
    "10": "Western US outside the Bay Area",
    "91": "Western US outside the Bay Area",
    "11": "Midwestern US",
    "12": "Eastern US",
    "13": "Canada, Mexico and Caribbean",
    "14": "Central or South America",
    "15": "Europe",
    "16": "Asia",
    # Together, because alone they hold a few persons a year.
    **dict.fromkeys(("17", "18", "19"), "Middle East, Africa or Pacific"),
    "99": NOT_GIVEN,
}

_AGE = {
    "1": "Under 18",
    "2": "18-24",
    "3": "25-34",
    "4": "35-44",
    "5": "45-54",
    "6": "55-64",
    "7": "65 and over",
    "8": NOT_GIVEN,
    "9": NOT_GIVEN,
    "0": NOT_GIVEN,
}
# 2016 is text. "Under 19" to "Under 32" stand there once each: a spreadsheet counted "Under 18" upwards.
_AGE_2016 = {
    **{word: word for word in list(_AGE.values())[1:6]},
    **{f"Under {years}": "Under 18" for years in range(18, 33)},
    "65-Over": "65 and over",
    "Don't Know or Refused": NOT_GIVEN,
}

_INCOME = {
    "1": "Under $50,000",
    "2": "$50,000 to $100,000",
    "3": "$100,001 to $150,000",
    "4": "Over $150,000",
    "5": "Other currency",
    "0": NOT_GIVEN,
}

_GENDER = {"1": "Male", "2": "Female", "3": "Other", "0": NOT_GIVEN}

# The 2013 list has no area E (gates 68 and 69 were F), and leaves out gates 37 and 38, whose weight is that of B.
_GATES_2013 = (("A", 1, 12), ("B", 20, 39), ("C", 40, 48), ("D", 50, 59), ("F", 68, 90), ("G", 91, 102))
_AREA_2013 = {str(gate): area for area, first, last in _GATES_2013 for gate in range(first, last + 1)}

_ARRIVED = {
    "1": "Drove and parked",
    "2": "Dropped off",
    "3": "Connecting flight",
    "4": "Taxi",
}
_ARRIVED_EARLY = _ARRIVED | {"5": "BART", "6": "Door-to-door van", "7": "Hotel shuttle"}
# The 2013 list calls 8 "charter service"; 304 of its 324 people rated the rental car center (2014's 8), so it is that.
# 10 stands in the second answer of all who gave one answer: it is "no other", not "other".
_ARRIVED_2013 = _ARRIVED_EARLY | {"8": "Rental car", "9": OTHER, "10": NOT_GIVEN}
_ARRIVED_2014 = _ARRIVED_EARLY | {
    "8": "Rental car",
    **dict.fromkeys(("9", "21"), OTHER),
    **dict.fromkeys(("11", "12", "13", "20"), "Ride app"),
    **dict.fromkeys(("14", "15", "16", "17", "18", "19"), "Limousine, bus or train"),
    "0": NOT_GIVEN,
}
_ARRIVED_LATER = _ARRIVED | {
    "5": "Ride app",
    "6": "BART",
    "7": "Door-to-door van",
    "8": "Hotel shuttle",
    "9": "Rental car",
    **dict.fromkeys(("12", "13", "14", "15", "16", "17"), "Limousine, bus or train"),
    **dict.fromkeys(("10", "11", "18"), OTHER),
    "0": NOT_GIVEN,
}

# segment: {first year of a list: {code: word}}; a list holds until the next one.
CODES: Final[dict[str, dict[int, dict[str, str]]]] = {
    "purpose": {2013: _PURPOSE | {"8": NOT_GIVEN}, 2014: _PURPOSE_LATER},
    "residence": {
        2013: {
            "1": "San Francisco Bay Area",
            "2": "Northern California outside the Bay Area",
            "3": "Another region",
            "0": NOT_GIVEN,
        }
    },
    # 2014 has 0 where the other years have 99: all 154 people with it left their country blank too.
    "home": {2013: _HOME, 2014: _HOME | {"0": NOT_GIVEN}, 2015: _HOME},
    "age": {2013: _AGE, 2016: _AGE_2016, 2017: _AGE},
    "income": {2013: _INCOME},
    "gender": {
        2013: _GENDER,
        2016: {"Male": "Male", "Female": "Female", "Other": "Other", "0": NOT_GIVEN},
        2017: _GENDER | {"4": NOT_GIVEN},
    },
    "boarding_area": {2013: _AREA_2013, 2014: {area: area for area in "ABCDEFG"}},
    "time_of_day": {2013: {"1": "Before 11:00", "2": "11:00 to 17:00", "3": "After 17:00", "0": OTHER}},
    # By destination. PEAK also tells, but less well: it calls Auckland and London domestic in 2013.
    "flight": {
        2013: {**{str(code): "Domestic" for code in (1, 2, 3)}, **{str(code): "International" for code in range(4, 10)}}
    },
    "arrived_by": {2013: _ARRIVED_2013, 2014: _ARRIVED_2014, 2015: _ARRIVED_LATER},
    "flights_last_year": {
        2013: {
            "1": "1",
            "2": "2",
            "3": "3 to 6",
            "4": "7 to 12",
            "5": "13 to 24",
            "6": "More than 24",
            "7": NOT_GIVEN,
            "0": NOT_GIVEN,
        }
    },
    # The 2015 list has yes and no the other way round; but 1,187 people with code 1 have used the airport for 10 years
    # and more, and everyone with code 2 flew once. So the codes are those of 2016 and 2017.
    "first_time": {2015: {"1": "No", "2": "Yes", "0": NOT_GIVEN}},
    "precheck": {
        2014: {"1": "Yes", "2": "No", "3": OTHER, "4": "Connecting, no security here", "5": NOT_GIVEN, "0": NOT_GIVEN}
    },
    "had_problem": {2013: _YES_NO},
    "language": {2013: {"1": "English", "2": "Spanish", "3": "Chinese", "4": "Japanese"}},
}


class Place(NamedTuple):
    """One touchpoint of the survey: its name in words, its score column, and where it sits on the map."""

    name: str
    column: str
    stage: str
    channel: str
    kind: Kind
    process: str
    need: str
    controllable: bool = True


GETTING, CHECK_IN, WAY, SECURITY, WAITING, ARRIVING = (
    "Getting there",
    "Check-in",
    "Finding the way",
    "Security",
    "Waiting",
    "Arriving",
)

_ON_TIME, _LEAVE_CAR, _NO_CAR = "Arrive in time and at ease", "Leave the car", "Get to the terminal without a car"
_WHERE, _EFFORT, _WHEN, _ASK = "Know where to go", "Move without effort", "Know when and where to board", "Ask someone"
_THROUGH, _SAFE = "Pass security without trouble", "Feel safe"
_EAT, _BUY, _ONLINE, _PASTIME, _CLEAN = "Eat and drink", "Buy something", "Be online", "Pass the time", "Find it clean"
_CHECKED, _BAGS = "Be checked in and rid of bags", "Collect bags"

# stage: (phase, needs). Check-in and bags are met by everyone, and the survey does not ask about them: gaps of the map.
STAGES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    GETTING: ("on the way", (_ON_TIME, _LEAVE_CAR, _NO_CAR, _WHERE, _CLEAN)),
    CHECK_IN: ("before the flight", (_CHECKED,)),
    WAY: ("before the flight", (_WHERE, _EFFORT, _WHEN, _ASK)),
    SECURITY: ("before the flight", (_THROUGH, _SAFE)),
    WAITING: ("before the flight", (_EAT, _BUY, _ONLINE, _PASTIME, _CLEAN)),
    ARRIVING: ("after the flight", (_ASK, _BAGS)),
}

PLACES: Final[tuple[Place, ...]] = (
    Place("Getting to the airport", "getting_there", GETTING, "Any", "physical", "Getting there", _ON_TIME, False),
    Place("Road signs", "roads", GETTING, "Road", "communication", "Getting there", _WHERE),
    Place("Parking", "parking", GETTING, "Road", "physical", "Parking", _LEAVE_CAR),
    Place("Long-term parking shuttle", "long_term_parking", GETTING, "Shuttle", "physical", "Parking", _LEAVE_CAR),
    Place("Rental car center", "rental_car_center", GETTING, "Road", "physical", "Getting there", _LEAVE_CAR),
    Place("AirTrain", "airtrain", GETTING, "Shuttle", "physical", "Getting there", _NO_CAR),
    Place("Rental car center cleanliness", "rental_cleanliness", GETTING, "Road", "sensory", "Cleaning", _CLEAN),
    Place("AirTrain cleanliness", "airtrain_cleanliness", GETTING, "Shuttle", "sensory", "Cleaning", _CLEAN),
    Place("Signs and directions", "signs", WAY, "Terminal", "communication", "Wayfinding", _WHERE),
    Place("Finding the way around", "finding_way", WAY, "Terminal", "physical", "Wayfinding", _WHERE),
    Place("Escalators, elevators and walkways", "walkways", WAY, "Terminal", "physical", "Wayfinding", _EFFORT),
    Place("Screens and monitors", "screens", WAY, "Screen", "communication", "Wayfinding", _WHEN),
    Place("Information booths, departures", "information_departures", WAY, "Staff", "human", "Information", _ASK),
    Place("Security checkpoint", "security", SECURITY, "Staff", "human", "Security", _THROUGH),
    Place("Feeling safe", "safety", SECURITY, "Terminal", "sensory", "Security", _SAFE),
    Place("Restaurants", "restaurants", WAITING, "Terminal", "physical", "Waiting", _EAT),
    Place("Shops", "shops", WAITING, "Terminal", "physical", "Waiting", _BUY),
    Place("Wi-Fi", "wifi", WAITING, "Online", "communication", "Waiting", _ONLINE),
    Place("Artwork and exhibitions", "art", WAITING, "Terminal", "sensory", "Waiting", _PASTIME),
    Place("Boarding area cleanliness", "boarding_area_cleanliness", WAITING, "Terminal", "sensory", "Cleaning", _CLEAN),
    Place("Restaurant cleanliness", "restaurant_cleanliness", WAITING, "Terminal", "sensory", "Cleaning", _CLEAN),
    Place("Restroom cleanliness", "restroom_cleanliness", WAITING, "Terminal", "sensory", "Cleaning", _CLEAN),
    Place("Information booths, arrivals", "information_arrivals", ARRIVING, "Staff", "human", "Information", _ASK),
)
