"""Lists of initiatives: what an entry may say, what goes together, and the same again from a file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.errors import ColumnError, CxlensError, OptionError, ValuesError
from cxlens.study.initiatives import COLUMNS, ENDS, read_initiatives, some_initiatives, write_initiatives
from cxlens.study.lifecycle import Lifecycle, Need, Stage

KNOWN = ("Security", "Wi-Fi", "Signs")
FULL = {
    "name": "Second queue", "touchpoints": "Security; Signs", "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.4,
    "effort_low": 3, "effort_likely": 4, "effort_high": 5, "owner": "Operations",
}  # fmt: skip
HEADER = "name,touchpoints,lift_low,lift_likely,lift_high,effort_low,effort_likely,effort_high,owner\n"


SPOKEN = {
    **FULL, "dimension": "speed", "segments": "Business; Leisure", "kind": "add", "duration": "3",
    "function": "Finance", "accountable": "Head of operations", "responsible": "Shift lead", "consulted": "IT; Legal",
    "informed": "Board", "teams": "IT: 2; Security: 1.5", "must_do": "Yes",
}  # fmt: skip
THING = "initiative 'Second queue'"


def frame(**changes) -> pd.DataFrame:
    return pd.DataFrame([{**FULL, **changes}])


def test_a_frame_is_read_and_left_alone() -> None:
    given = pd.DataFrame([FULL, {**FULL, "name": "NA", "touchpoints": ("Wi-Fi",), "owner": None, "lift_low": -0.1}])
    before = given.copy()
    read = read_initiatives(given, KNOWN)
    pd.testing.assert_frame_equal(given, before)
    assert tuple(read.columns) == COLUMNS
    assert read["name"].tolist() == ["Second queue", "NA"]
    assert read["touchpoints"].tolist() == [("Security", "Signs"), ("Wi-Fi",)]
    assert read["effort_unit"].tolist() == ["weeks", "weeks"]
    assert read["owner"].tolist() == ["Operations", ""]
    assert read["lift_low"].tolist() == [0.1, -0.1]
    assert read["cost_low"].isna().all()
    assert {str(read[column].dtype) for column in COLUMNS if column.endswith(("low", "likely", "high"))} == {"float64"}
    assert [str(read[column].dtype) for column in ("duration", "to_standard", "must_do")] == ["int64", "bool", "bool"]
    said = read[["kind", "duration", "accountable", "segments", "teams", "must_do", "to_standard", "dimension"]]
    assert said.loc[0].tolist() == ["fix", 1, "Operations", (), {}, False, False, ""]
    assert said.loc[1, "accountable"] == ""


def test_all_that_an_initiative_may_say() -> None:
    second = {**FULL, "name": "b", "lift_low": "", "lift_likely": "To standard", "lift_high": None}
    third = {**FULL, "name": "c", "kind": "remove", "prerequisites": "b; Second queue", "exclusions": ["d"]}
    fourth = {**FULL, "name": "d", "teams": {"IT": 1}, "must_do": False, "segments": ("Leisure",)}
    blank = dict.fromkeys(["lift_low", "lift_likely", "lift_high"])
    read = read_initiatives(pd.DataFrame([SPOKEN, second, third | blank, fourth]), KNOWN)
    assert read.loc[0, list(SPOKEN)].tolist() == [
        "Second queue", ("Security", "Signs"), 0.1, 0.2, 0.4, 3.0, 4.0, 5.0, "Operations", "speed",
        ("Business", "Leisure"), "add", 3, "Finance", "Head of operations", ("Shift lead",), ("IT", "Legal"),
        ("Board",),        {"IT": 2.0, "Security": 1.5}, True,
    ]  # fmt: skip
    assert read["to_standard"].tolist() == [False, True, False, False]
    assert read["lift_likely"].isna().tolist() == [False, True, True, False]
    assert read["kind"].tolist() == ["add", "fix", "remove", "fix"]
    assert read.loc[2, ["prerequisites", "exclusions"]].tolist() == [("b", "Second queue"), ("d",)]
    assert read.loc[3, ["teams", "must_do", "segments"]].tolist() == [{"IT": 1.0}, False, ("Leisure",)]
    pd.testing.assert_frame_equal(read_initiatives(read, KNOWN), read)


def test_what_was_read_reads_again_the_same() -> None:
    read = read_initiatives(frame(), KNOWN)
    pd.testing.assert_frame_equal(read_initiatives(read, KNOWN), read)


def test_a_file_gives_what_the_frame_gives(tmp_path) -> None:
    path = tmp_path / "initiatives.csv"
    given = frame(effort_unit="days", cost_low=1000, cost_likely=2000, cost_high=2500.5)
    given.to_csv(path, index=False)
    read = read_initiatives(path, KNOWN)
    pd.testing.assert_frame_equal(read, read_initiatives(given, KNOWN))
    assert read.loc[0, ["effort_unit", "cost_high"]].tolist() == ["days", 2500.5]


def test_cost_may_be_given_for_some() -> None:
    costly = {"cost_low": 1, "cost_likely": 1, "cost_high": 1}
    read = read_initiatives(pd.DataFrame([FULL, {**FULL, **costly, "name": "b"}]), KNOWN)
    assert read["cost_low"].tolist()[1] == 1
    assert np.isnan(read.loc[0, "cost_low"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"touchpoints": "Securty"},
            "initiative 'Second queue': touchpoint 'Securty' is not known here. Did you mean 'Security'? "
            "Touchpoints: Security, Wi-Fi, Signs.",
        ),
        (
            {"touchpoints": ""},
            "initiative 'Second queue' names no touchpoint. Name those it works on.",
        ),
        (
            {"lift_low": 0.3},
            "initiative 'Second queue': lift is out of order: low 0.3, likely 0.2, high 0.4. "
            "Give low <= likely <= high.",
        ),
        (
            {"effort_low": -1},
            "initiative 'Second queue': effort is out of order: low -1, likely 4, high 5. "
            "Give 0 <= low <= likely <= high.",
        ),
        (
            {"cost_low": 5},
            "initiative 'Second queue': cost has no likely and no high. Give low, likely and high, or one figure "
            "alone: half of it to one and a half times is then taken.",
        ),
        (
            {"places": "Hotel 1; All"},
            "initiative 'Second queue': places is 'Hotel 1; all'. Write 'all' alone, or name the places.",
        ),
        (
            {"cost_per_place": 5},
            "initiative 'Second queue' has a cost per place and no places. Name them under places, joined by "
            "semicolons, or write 'all' or 'below mean'.",
        ),
        (
            {"lift_high": None},
            "initiative 'Second queue': lift has no high. Give low, likely and high, or one figure alone: half of it "
            "to one and a half times is then taken.",
        ),
        (
            {"lift_high": "much"},
            "initiative 'Second queue': lift_high must be a number, found 'much'. "
            "Write figures only, with a decimal point.",
        ),
        (
            {"name": " "},
            "initiative name ' ' cannot be used. Give text without a semicolon, such as 'Security'; "
            "semicolons separate names in files.",
        ),
        (
            {"kind": "fixx"},
            f"{THING}: kind='fixx' is not an option. Did you mean 'fix'? Options: 'fix', 'add', 'remove'.",
        ),
        ({"kind": "remove"}, f"{THING} removes its touchpoints and has a lift. Leave the lift blank."),
        (
            {"lift_low": None, "lift_likely": None, "lift_high": None},
            f"{THING} has no lift. Give low, likely and high in points of the score, one figure, or 'to standard' as "
            "the likely one.",
        ),
        (
            {"lift_low": None, "lift_likely": "to standrad", "lift_high": None},
            f"{THING}: lift is 'to standrad'. Write points of the score, or 'to standard'.",
        ),
        (
            {"lift_likely": "to standard"},
            f"{THING} goes to standard and has a lift in points too. Leave the points blank, or take "
            "'to standard' back.",
        ),
        ({"to_standard": "maybe"}, f"{THING}: to_standard is 'maybe'. Write yes or no; blank means no."),
        ({"must_do": "perhaps"}, f"{THING}: must_do is 'perhaps'. Write yes or no; blank means no."),
        ({"duration": 1.5}, f"{THING}: duration is 1.5. Give whole periods of the road map, 1 or more."),
        ({"duration": 0}, f"{THING}: duration is 0. Give whole periods of the road map, 1 or more."),
        (
            {"duration": "long"},
            f"{THING}: duration must be a number, found 'long'. Write figures only, with a decimal point.",
        ),
        (
            {"cost_low": -2, "cost_likely": 1, "cost_high": 3},
            f"{THING}: cost is out of order: low -2, likely 1, high 3. Give 0 <= low <= likely <= high.",
        ),
        (
            {"accountable": "Head of security; Head of IT"},
            f"{THING} has 2 accountable: Head of security, Head of IT. Name exactly one; others may be responsible, "
            "consulted or informed.",
        ),
        (
            {"owner": "Security; IT"},
            f"{THING} has 2 accountable: Security, IT. Name exactly one; others may be responsible, consulted or "
            "informed.",
        ),
        (
            {"owner": "", "responsible": "Shift lead", "informed": "Board"},
            f"{THING} has names under responsible, informed and nobody accountable. Name exactly one, or an owner.",
        ),
        (
            {"informed": ["a; b"]},
            f"{THING}: informed name 'a; b' cannot be used. Give text without a semicolon, such as 'Security'; "
            "semicolons separate names in files.",
        ),
        (
            {"segments": 3},
            f"{THING}: segments is 3. Give names, as a list or as text with semicolons between them.",
        ),
        ({"function": 7}, f"{THING}: function is 7. Give it as text."),
        (
            {"teams": "IT 2"},
            f"{THING}: teams is 'IT 2'. Write each team with its capacity a period: 'IT: 2; Security: 1.5'.",
        ),
        (
            {"teams": "IT: two"},
            f"{THING}: capacity of team 'IT' must be a number, found ' two'. Write figures only, with a decimal point.",
        ),
        ({"teams": "IT: -1"}, f"{THING}: capacity of team 'IT' is -1. Give a number of 0 or more."),
        ({"teams": "IT: 1; IT : 2"}, f"{THING}: team 'IT' is there twice. Give each team one capacity."),
        (
            {"teams": {3: 1}},
            f"{THING}: team name 3 cannot be used. Give text without a semicolon, such as 'Security'; "
            "semicolons separate names in files.",
        ),
        (
            {"teams": "IT: 2, Security: 1.5"},
            f"{THING}: teams is 'IT: 2, Security: 1.5'. Write each team with its capacity a period: "
            "'IT: 2; Security: 1.5'.",
        ),
        (
            {"touchpoints": "Security, Signs"},
            f"{THING}: touchpoints is 'Security, Signs'. Lists are joined by semicolons: 'Security; Signs'.",
        ),
        (
            {"name": "Signs", "exclusions": "Signs, Signs"},
            "initiative 'Signs': exclusions is 'Signs, Signs'. Lists are joined by semicolons: 'Signs; Signs'.",
        ),
        (
            {"prerequisites": "Second"},
            f"{THING}: prerequisite 'Second' is not known here. Did you mean 'Second queue'? "
            "Initiatives: Second queue.",
        ),
        (
            {"exclusions": "Third"},
            f"{THING}: exclusion 'Third' is not known here. Initiatives: Second queue.",
        ),
        ({"prerequisites": "Second queue"}, f"{THING} is among its own prerequisites. Take it out there."),
        ({"exclusions": ("Second queue",)}, f"{THING} is among its own exclusions. Take it out there."),
    ],
)
def test_a_row_that_is_not_right(changes, message) -> None:
    with pytest.raises(CxlensError) as error:
        read_initiatives(frame(**changes), KNOWN)
    assert str(error.value) == message


def test_rows_that_do_not_go_together() -> None:
    with pytest.raises(ValuesError) as error:
        read_initiatives(pd.DataFrame([FULL, FULL]), KNOWN)
    assert str(error.value) == "initiative 'Second queue' is there twice. Give each initiative a name of its own."
    other = {**FULL, "name": "b", "effort_unit": "days"}
    with pytest.raises(ValuesError) as error:
        read_initiatives(pd.DataFrame([FULL, other]), KNOWN)
    assert str(error.value) == (
        "initiative 'b': effort_unit is 'days' where it was 'weeks' before. Give all efforts in one unit."
    )


def linked(**links: dict) -> pd.DataFrame:
    """Initiatives A, B, ... with what is said of their links."""
    return pd.DataFrame([{**FULL, "name": name, **said} for name, said in links.items()])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            linked(A={"prerequisites": "B"}, B={"prerequisites": "C"}, C={"prerequisites": "A"}),
            "initiatives need each other in a circle: 'A' needs 'B' needs 'C' needs 'A'. "
            "Take one of these prerequisites back.",
        ),
        (
            linked(A={"prerequisites": "B", "exclusions": "B"}, B={}),
            "initiative 'A' needs 'B', and they exclude each other. Take the prerequisite or the exclusion back.",
        ),
        (
            linked(A={"prerequisites": "B"}, B={"prerequisites": "C"}, C={"exclusions": "A"}),
            "initiative 'A' needs 'C', and they exclude each other. Take the prerequisite or the exclusion back.",
        ),
        (
            linked(A={"prerequisites": "B; C"}, B={}, C={"exclusions": "B"}),
            "initiative 'A' needs 'C' and 'B', and they exclude each other. "
            "Take the prerequisite or the exclusion back.",
        ),
        (
            linked(A={"must_do": "yes"}, B={"must_do": True, "exclusions": "A"}),
            "initiatives 'B' and 'A' must both be done, as must-do or for one, and exclude each other. "
            "Take the exclusion or a must-do back.",
        ),
        (
            linked(A={"must_do": "yes", "exclusions": "C"}, B={"must_do": "yes", "prerequisites": "C"}, C={}),
            "initiatives 'A' and 'C' must both be done, as must-do or for one, and exclude each other. "
            "Take the exclusion or a must-do back.",
        ),
    ],
)
def test_initiatives_that_no_plan_could_hold(data, message, tmp_path) -> None:
    with pytest.raises(ValuesError) as error:
        read_initiatives(data, KNOWN)
    assert str(error.value) == message
    path = tmp_path / "initiatives.csv"
    data.replace({True: "yes"}).to_csv(path, index=False)
    with pytest.raises(CxlensError) as error:
        read_initiatives(path, KNOWN)
    line = 3 if message.startswith("initiatives 'B'") else 2
    assert str(error.value) == f"{path}, line {line}: {message}"


def test_a_circle_is_told_without_what_leads_to_it_and_a_diamond_is_none() -> None:
    around = linked(A={}, B={"prerequisites": "D"}, C={"prerequisites": "B"}, D={"prerequisites": "A; C"})
    with pytest.raises(ValuesError, match="circle: 'D' needs 'C' needs 'B' needs 'D'"):
        read_initiatives(around, KNOWN)
    diamond = linked(A={"prerequisites": "B; C"}, B={"prerequisites": "D"}, C={"prerequisites": "D"}, D={})
    assert read_initiatives(diamond, KNOWN)["prerequisites"].tolist() == [("B", "C"), ("D",), ("D",), ()]


def test_it_may_be_done_place_by_place() -> None:
    some = frame(places="Hotel 12; Hotel 7; Hotel 12", cost=5000, cost_per_place="80.000 EUR")
    read = read_initiatives(some, KNOWN).loc[0]
    assert read["places"] == ("Hotel 12", "Hotel 7")
    assert read[["cost_likely", "cost_per_place_low", "cost_per_place_high"]].tolist() == [5000, 40_000, 120_000]
    assert read["currency"] == "EUR"
    assert read["assumed"] == ("cost", "cost_per_place")
    for word in ("all", "below mean"):
        assert read_initiatives(frame(places=word.capitalize()), KNOWN).loc[0, "places"] == (word,)
    assert read_initiatives(frame(), KNOWN).loc[0, "places"] == ()


LIFECYCLE = Lifecycle([Stage("wait", [Need("know how long", lever=True), "sit"]), Stage("go")])


def test_it_may_serve_a_need_and_a_stage_of_the_map(tmp_path) -> None:
    some = frame(need="know how long (lever); sit", stage="wait")
    read = read_initiatives(some, KNOWN, lifecycle=LIFECYCLE)
    assert read.loc[0, ["need", "stage"]].tolist() == [("know how long", "sit"), ("wait",)]
    assert read_initiatives(frame(), KNOWN).loc[0, ["need", "stage"]].tolist() == [(), ()]
    write_initiatives(read, tmp_path / "plan.csv")
    assert read_initiatives(tmp_path / "plan.csv", KNOWN, lifecycle=LIFECYCLE).equals(read)
    some.to_excel(tmp_path / "plan.xlsx", index=False)
    assert read_initiatives(tmp_path / "plan.xlsx", KNOWN, lifecycle=LIFECYCLE).equals(read)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"need": "know how lang"},
            "initiative 'Second queue': need 'know how lang' is not known here. Did you mean 'know how long'? "
            "Needs of the map: know how long, sit.",
        ),
        (
            {"stage": "leave"},
            "initiative 'Second queue': stage 'leave' is not known here. Stages of the map: wait, go.",
        ),
    ],
)
def test_needs_and_stages_are_those_of_the_map(said, message) -> None:
    with pytest.raises(OptionError) as error:
        read_initiatives(frame(**said), KNOWN, lifecycle=LIFECYCLE)
    assert str(error.value) == message
    assert read_initiatives(frame(**said), KNOWN) is not None  # without a map any may be named


def test_some_of_them_name_no_others() -> None:
    read = read_initiatives(linked(A={"prerequisites": "B; C"}, B={"exclusions": "D"}, C={}, D={}), KNOWN)
    some = some_initiatives(read, [True, False, True, True])
    assert some["name"].tolist() == ["A", "C", "D"]
    assert some["prerequisites"].tolist() == [("C",), (), ()]
    pd.testing.assert_frame_equal(read_initiatives(some, KNOWN), some)
    pd.testing.assert_frame_equal(some_initiatives(read, [True] * 4), read)


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=";"), min_size=1, max_size=12)
GOOD = NAMES.map(lambda text: " ".join(text.split())).filter(bool)
SOME = st.lists(GOOD, max_size=3, unique=True).map(tuple)
POINTS = st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3).map(sorted)
MONEY = st.lists(st.floats(0, 1e9), min_size=3, max_size=3).map(sorted)


@st.composite
def lists(draw) -> pd.DataFrame:
    """A list in which each initiative needs, or excludes, some of those before it."""
    unit, link, rows = draw(GOOD), draw(st.sampled_from(["prerequisites", "exclusions"])), []
    for name in draw(st.lists(GOOD, min_size=1, max_size=3, unique=True)):
        before = st.lists(st.sampled_from([row["name"] for row in rows]), unique=True) if rows else st.just([])
        kind = draw(st.sampled_from(["fix", "add", "remove"]))
        standard = kind != "remove" and draw(st.booleans())
        lift = [np.nan] * 3 if standard or kind == "remove" else draw(POINTS)
        ranges = {"lift": lift, "effort": draw(MONEY), "cost": draw(st.just([np.nan] * 3) | MONEY)}
        places = draw(SOME | st.sampled_from([("all",), ("below mean",)]))
        ranges["cost_per_place"] = draw(MONEY) if places else [np.nan] * 3
        owner = draw(st.just("") | GOOD)
        rows.append(
            {
                "name": name, "touchpoints": draw(st.lists(st.sampled_from(KNOWN), min_size=1, unique=True)),
                "dimension": draw(st.just("") | GOOD), "segments": draw(SOME), "places": places,
                "need": draw(SOME), "stage": draw(SOME),
                "kind": kind, "to_standard": standard,
                **{f"{what}_{end}": ranges[what][k] for what in ranges for k, end in enumerate(ENDS)},
                "effort_unit": unit, "duration": draw(st.integers(1, 9)), "owner": owner,
                "accountable": draw(GOOD | st.just(owner)), "function": draw(st.just("") | GOOD),
                **dict.fromkeys(("responsible", "consulted", "informed"), draw(SOME) if owner else ()),
                "teams": draw(st.dictionaries(GOOD, st.floats(0, 1e9), max_size=2)), link: draw(before),
                "must_do": link == "prerequisites" and draw(st.booleans()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


@settings(max_examples=15)
@given(drawn=lists())
def test_what_is_written_reads_again_the_same(drawn, tmp_path_factory) -> None:
    read = read_initiatives(drawn, KNOWN)
    path = tmp_path_factory.getbasetemp() / "drawn.csv"
    write_initiatives(read, path)
    pd.testing.assert_frame_equal(read_initiatives(path, KNOWN), read)
    pd.testing.assert_frame_equal(read_initiatives(read, KNOWN), read)


def test_what_cannot_be_written(tmp_path) -> None:
    for make, message in [
        (lambda: write_initiatives(frame().head(0), tmp_path / "a.csv"),
         "there are no initiatives to write. Give a frame with a row for each."),
        (lambda: write_initiatives(frame(duration=0), tmp_path / "a.csv"),
         f"{THING}: duration is 0. Give whole periods of the road map, 1 or more."),
        (lambda: write_initiatives(frame(touchpoints=""), tmp_path / "a.csv"),
         f"{THING} names no touchpoint. Name those it works on."),
    ]:  # fmt: skip
        with pytest.raises(ValuesError) as error:
            make()
        assert str(error.value) == message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            frame().drop(columns="lift_likely"),
            "initiatives: column 'lift' is missing. Give lift as one figure, or lift_low, lift_likely, lift_high. "
            "Columns found: name, touchpoints, lift_low, lift_high, effort_low, effort_likely, effort_high, owner.",
        ),
        (
            frame(ownr="x"),
            "initiatives: column 'ownr' is not known here. Did you mean 'owner'? Columns: name, touchpoints, lift, "
            "effort, cost, cost_per_place, dimension, segments, places, need, stage, kind, lift_low, lift_likely, "
            "lift_high, effort_low, effort_likely, effort_high, effort_unit, cost_low, cost_likely, cost_high, "
            "cost_per_place_low, cost_per_place_likely, cost_per_place_high, currency, duration, owner, function, "
            "accountable and 9 more.",
        ),
    ],
)
def test_columns_that_are_not_right(data, message) -> None:
    with pytest.raises(ColumnError) as error:
        read_initiatives(data, KNOWN)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEADER + "a,Wi-Fi,0,0,0,1,1,1,\n\nb,Wifi,0,0,0,1,1,1,\n",
            ", line 4: initiative 'b': touchpoint 'Wifi' is not known here. Did you mean 'Wi-Fi'? "
            "Touchpoints: Security, Wi-Fi, Signs.",
        ),
        (
            HEADER + 'a,Wi-Fi,0,0,"1,500",1,1,1,\n',
            ", line 2: initiative 'a': lift_high must be a number, found '1,500'. "
            "Write figures only, with a decimal point.",
        ),
        (
            HEADER.replace(",", ";"),
            " has a header and no rows. Add a line for each entry.",
        ),
        (
            HEADER.replace("effort_likely,", "") + "a,Wi-Fi,0,0,0,1,1,me\n",
            ", line 2: initiative 'a': effort has no likely. Give low, likely and high, or one figure alone: half of "
            "it to one and a half times is then taken.",
        ),
    ],
)
def test_a_file_that_is_not_right(text, message, tmp_path) -> None:
    path = tmp_path / "initiatives.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CxlensError) as error:
        read_initiatives(path, KNOWN)
    assert str(error.value) == f"{path}{message}"


def test_a_file_that_is_not_there(tmp_path) -> None:
    path = tmp_path / "none.csv"
    with pytest.raises(CxlensError) as error:
        read_initiatives(str(path), KNOWN)
    assert str(error.value) == f"{path} is not there. Check the path."
