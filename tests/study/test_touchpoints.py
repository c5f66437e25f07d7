"""Standards, touchpoints and the map, in memory, as CSV and as Excel."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.common import port
from cxlens.errors import CxlensError
from cxlens.study.lifecycle import Lifecycle, Need, Stage
from cxlens.study.touchpoints import Standard, Touchpoint, TouchpointMap

HEADER = "stage,touchpoint,channel,kind,process,owner,needs,standards,volume,cost_per_contact,controllable\n"
STAGES = Lifecycle([Stage("arrive", ["find the way"]), Stage("wait", [Need("sit", lever=True), "eat"]), "board"])


@pytest.fixture
def airport() -> TouchpointMap:
    return TouchpointMap(
        [
            Touchpoint("Signs", stage="arrive", kind="communication", needs=["Find the way"], controllable=False),
            Touchpoint(
                "NA",
                stage="wait",
                channel='Hall "B", north',
                kind="physical",
                process="waiting",
                owner="Facilities",
                needs=["rest", Need("sit", lever=True)],
                standards=[
                    Standard("mean", 4),
                    Standard("top_box", 0.8, source="board, 2026"),
                    Standard("waiting time", 7.5, unit="minutes", source="charter", measured="clock", better="lower"),
                ],
                volume=120_000,
                cost_per_contact=0.1,
            ),
        ],
        STAGES,
    )


def whole(make) -> str:
    with pytest.raises(CxlensError) as error:
        make()
    return str(error.value)


def test_table_has_one_row_a_touchpoint(airport) -> None:
    table = airport.table
    assert list(table.columns) == HEADER.strip().split(",")
    assert table.loc[1].to_dict() == {
        "stage": "wait",
        "touchpoint": "NA",
        "channel": 'Hall "B", north',
        "kind": "physical",
        "process": "waiting",
        "owner": "Facilities",
        "needs": "rest; sit (lever)",
        "standards": "mean = 4; top_box = 0.8 [board, 2026]; waiting time <= 7.5 minutes [charter] by clock",
        "volume": 120_000.0,
        "cost_per_contact": 0.1,
        "controllable": True,
    }
    assert math.isnan(table.loc[0, "volume"])
    assert table["controllable"].tolist() == [False, True]


def test_lookup(airport) -> None:
    assert airport.names == ("Signs", "NA")
    assert airport["Signs"].kind == "communication"
    assert airport.stage_of("NA") == "wait"
    assert [touchpoint.name for touchpoint in airport] == ["Signs", "NA"]
    assert "NA" in airport
    assert "Na" not in airport
    assert whole(lambda: airport["Sings"]) == (
        "touchpoint 'Sings' is not known here. Did you mean 'Signs'? Touchpoints: Signs, NA."
    )


def test_gaps_are_stages_without_touchpoint_and_needs_that_none_serves(airport) -> None:
    assert airport.gaps().to_dict("records") == [
        {"stage": "wait", "need": "eat", "lever": False, "gap": "need"},
        {"stage": "board", "need": "", "lever": False, "gap": "stage"},
    ]
    assert (
        str(airport)
        == repr(airport)
        == ("Map of 2 touchpoints on 3 stages; 1 stage has no touchpoint, 1 need has no touchpoint at its stage.")
    )
    assert "Hall &quot;B&quot;, north" in airport._repr_html_()


def test_a_map_without_gaps_has_an_empty_table() -> None:
    full = TouchpointMap([Touchpoint("Signs", stage="arrive")], Lifecycle(["arrive"]))
    assert full.gaps().empty
    assert list(full.gaps().columns) == ["stage", "need", "lever", "gap"]
    assert str(full) == "Map of 1 touchpoint on 1 stage."


def test_csv_round_trip_is_exact(airport, tmp_path) -> None:
    path = tmp_path / "map.csv"
    airport.to_csv(path)
    assert TouchpointMap.from_csv(path, STAGES) == airport
    first = path.read_bytes()
    TouchpointMap.from_csv(path, STAGES).to_csv(path)
    assert path.read_bytes() == first
    assert [item.name for item in tmp_path.iterdir()] == ["map.csv"]


@pytest.mark.parametrize(
    ("cell", "needs"),
    [
        ("sit; see the time (lever)", (Need("sit"), Need("see the time", lever=True))),
        (" ; sit ;see the time  (lever)", (Need("sit"), Need("see the time", lever=True))),
        ("", ()),
    ],
)
def test_needs_read_back_from_text(cell, needs, tmp_path) -> None:
    path = tmp_path / "map.csv"
    path.write_text(f"stage,touchpoint,needs\nwait,Bench,{cell}\n", encoding="utf-8")
    assert TouchpointMap.from_csv(path)["Bench"].needs == needs


TEXT = st.text(st.characters(exclude_characters=";[]=", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
WORD = TEXT.map(lambda text: " ".join(text.split())).filter(lambda text: text and not text.endswith("(lever)"))
NUMBER = st.floats(0, 1e12, allow_nan=False) | st.integers(0, 10**9)
STANDARD = st.builds(
    Standard,
    WORD.map(lambda text: f"x{text}"),
    NUMBER,
    unit=WORD.map(lambda text: f"u{text}").filter(lambda text: "by" not in text.split()),
    source=st.none() | WORD,
    measured=st.none() | WORD,
    better=st.sampled_from([None, "higher", "lower"]),
)


@st.composite
def maps(draw, number=NUMBER) -> TouchpointMap:
    stages = Lifecycle(draw(st.lists(WORD, min_size=1, max_size=3, unique=True)))
    names = draw(st.lists(WORD, min_size=1, max_size=3, unique=True))
    unique = {"unique_by": lambda item: getattr(item, "metric", None) or item.name, "max_size": 2}
    return TouchpointMap(
        [
            Touchpoint(
                name,
                stage=draw(st.sampled_from(stages.names)),
                channel=draw(st.none() | WORD),
                kind=draw(st.sampled_from([None, "communication", "human", "physical", "sensory"])),
                owner=draw(st.none() | WORD),
                needs=draw(st.lists(st.builds(Need, WORD, lever=st.booleans()), **unique)),
                standards=draw(st.lists(STANDARD, **unique)),
                volume=draw(st.none() | number),
                cost_per_contact=draw(st.none() | number),
                controllable=draw(st.booleans()),
            )
            for name in names
        ],
        stages,
    )


@settings(derandomize=True, max_examples=60, deadline=None)
@given(made=maps())
def test_any_map_survives_the_file(made, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("csv") / "map.csv"
    made.to_csv(path)
    assert TouchpointMap.from_csv(path, made.lifecycle) == made


@settings(derandomize=True, max_examples=30, deadline=None)
@given(made=maps(number=NUMBER.map(lambda value: float(f"{value:.15g}"))))  # a sheet keeps no more digits
def test_any_map_survives_the_workbook(made, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("excel") / "map.xlsx"
    made.to_excel(path)
    assert TouchpointMap.from_excel(path, made.lifecycle) == made
    cells = [cell for row in openpyxl.load_workbook(path)["touchpoints"].iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}


def test_names_that_look_like_formulas_stay_names(tmp_path) -> None:
    made = TouchpointMap([Touchpoint(name, stage="@b") for name in ("=1+1", "+2", "-3", "@A1")], Lifecycle(["@b"]))
    made.to_excel(tmp_path / "map.xlsx")
    made.to_csv(tmp_path / "map.csv")
    assert TouchpointMap.from_excel(tmp_path / "map.xlsx") == made == TouchpointMap.from_csv(tmp_path / "map.csv")


def test_a_workbook_names_both_rows_of_a_double(tmp_path) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "map.xlsx"
    for row in (["stage", "touchpoint"], ["wait", "Seats"], ["wait", "Bar"], ["board", "Seats"]):
        book.active.append(row)
    book.save(path)
    assert whole(lambda: TouchpointMap.from_excel(path)) == (
        f"{path}, row 4: touchpoint 'Seats' is there twice, first in row 2. Give each touchpoint one name of its own."
    )


@pytest.mark.parametrize(
    ("text", "standard"),
    [
        ("mean = 4", Standard("mean", 4)),
        ("mean >= 4", Standard("mean", 4, better="higher")),
        ("top_box=.8 [board]", Standard("top_box", 0.8, source="board")),
        ("waiting time <= 10 minutes [service charter] by stopwatch",
         Standard("waiting time", 10, unit="minutes", source="service charter", measured="stopwatch", better="lower")),
        ("waiting time = 10 minutes", Standard("waiting time", 10, unit="minutes")),
        ("a<b <=1 u by x by y", Standard("a<b", 1, unit="u", measured="x by y", better="lower")),
        ("accuracy >= 0.99 share [by law]", Standard("accuracy", 0.99, unit="share", source="by law", better="higher")),
        ("stand-by time <= 2 stand-by hours", Standard("stand-by time", 2, unit="stand-by hours", better="lower")),
    ],
)  # fmt: skip
def test_standards_read_back_from_text(text, standard, tmp_path) -> None:
    path = tmp_path / "map.csv"
    path.write_text(f"stage,touchpoint,standards\nwait,Bench,{text}; {text}\n", encoding="utf-8")
    assert TouchpointMap.from_csv(path)["Bench"].standards == (standard, standard)


def test_a_share_says_so() -> None:
    assert [Standard("top_box", 1).share, Standard("a", 0.9, unit="share").share, Standard("mean", 4).share] == [
        True, True, False,
    ]  # fmt: skip


def test_without_a_lifecycle_the_stages_come_from_the_file(tmp_path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("\ufefftouchpoint,stage\nGate,board\n\nSigns,arrive\n,\nDoor,board\n", encoding="utf-8")
    read = TouchpointMap.from_csv(path)
    assert read.lifecycle.names == ("board", "arrive")
    assert read.names == ("Gate", "Signs", "Door")
    assert all(touchpoint.controllable for touchpoint in read)


NO_NAME = "cannot be used. Give text without a semicolon, such as 'Security'; semicolons separate names in files."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " is empty. Check the path, or save the file again."),
        ("stage;touchpoint\n", " has a header and no rows. Add a line for each entry."),
        (HEADER, " has a header and no rows. Add a line for each entry."),
        ("stage,owner\nwait,me\n", ", line 1: column 'touchpoint' is missing. Columns found: stage, owner."),
        (
            "stage,touchpoint,chanel\nwait,Seats,hall\n",
            ", line 1: column 'chanel' is not known here. Did you mean 'channel'? Columns: "
            + ", ".join(HEADER.strip().split(","))
            + ".",
        ),
        (
            "stage,touchpoint\nwait,Seats, red\n",
            ", line 2: more or fewer than the 2 cells of the header. Put text that has a comma in double quotes.",
        ),
        (
            'stage,touchpoint\n"wait,Seats\n',
            ", line 2: more or fewer than the 2 cells of the header. Put text that has a comma in double quotes.",
        ),
        (
            "stage,touchpoint\nwait,Seats\n\nboard,Gate\narrive,Seats\n",
            ", line 5: touchpoint 'Seats' is there twice, first in line 2. Give each touchpoint one name of its own.",
        ),
        ("stage,touchpoint\nwait,\n", f", line 2: touchpoint name '' {NO_NAME}"),
        ("stage,touchpoint\n,Seats\n", f", line 2: stage name '' {NO_NAME}"),
        (
            "stage,touchpoint\nwiat,Seats\n",
            ", line 2: touchpoint 'Seats' lies on stage 'wiat', which is not in the lifecycle. Did you mean 'wait'? "
            "Stages: arrive, wait, board.",
        ),
        (
            'stage,touchpoint,kind\nwait,"Soft\nseats",fysical\n',
            ", line 3: kind='fysical' is not an option. Did you mean 'physical'? "
            "Options: 'communication', 'human', 'physical', 'sensory'.",
        ),
        (
            "stage,touchpoint,volume\nwait,Seats,1\nwait,Bench,many\n",
            ", line 3: touchpoint 'Bench': volume must be a number, found 'many'. "
            "Write figures only, with a decimal point.",
        ),
        (
            "stage,touchpoint,cost_per_contact\nwait,Seats,inf\n",
            ", line 2: touchpoint 'Seats': cost_per_contact must be a number, found 'inf'. "
            "Write figures only, with a decimal point.",
        ),
        (
            "stage,touchpoint,controllable\nwait,Seats,perhaps\n",
            ", line 2: controllable='perhaps' is not an option. Options: 'yes', 'no', ''.",
        ),
        (
            "stage,touchpoint,standards\nwait,Seats,mean > 4\n",
            ", line 2: touchpoint 'Seats': standard 'mean > 4' is not readable. Write it as 'mean = 4' or "
            "'waiting time <= 10 minutes [source] by stopwatch'.",
        ),
        (
            "stage,touchpoint,standards\nwait,Seats,mean = four\n",
            ", line 2: touchpoint 'Seats': standard 'mean = four' must be a number, found 'four'. "
            "Write figures only, with a decimal point.",
        ),
    ],
)
def test_a_file_that_is_not_right(text, message, tmp_path) -> None:
    path = tmp_path / "map.csv"
    path.write_text(text, encoding="utf-8")
    assert whole(lambda: TouchpointMap.from_csv(path, STAGES)) == f"{path}{message}"


def test_a_file_that_cannot_be_read_or_written(airport, tmp_path) -> None:
    path = tmp_path / "map.csv"
    assert whole(lambda: TouchpointMap.from_csv(path)) == f"{path} is not there. Check the path."
    path.write_bytes("stage;touchpoint\nwait;Café\n".encode("latin-1"))
    assert TouchpointMap.from_csv(path).names == ("Café",)
    lost = tmp_path / "none" / "map.csv"
    assert whole(lambda: airport.to_csv(lost)) == (
        f"{lost} cannot be written: No such file or directory. Check that its folder is there."
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Standard("waiting time", 10),
            "standard 'waiting time' has no unit. Give unit=, such as unit='minutes'; "
            "only 'mean' and 'top_box', which come from the survey, need none.",
        ),
        (
            lambda: Standard("a=b", 1, unit="x"),
            "standard 'a=b' holds one of ; [ ] = in a text. They separate its parts in files.",
        ),
        (
            lambda: Standard("a", 1, unit="x", source="[1]"),
            "standard 'a' holds one of ; [ ] = in a text. They separate its parts in files.",
        ),
        (
            lambda: Standard("a", 1, unit="minutes by car"),
            "standard 'a' has the word 'by' in its unit 'minutes by car'. In files it begins how the standard is "
            "measured: use another word, or measured=.",
        ),
        (
            lambda: Standard("a", 1, unit="x", better="more"),
            "better='more' is not an option. Options: 'higher', 'lower'.",
        ),
        (
            lambda: Standard("mean", 2, better="lower"),
            "standard 'mean' is a score of the survey, where higher is better. Leave out better=.",
        ),
        (
            lambda: Standard("top_box", 80),
            "standard 'top_box' is a share from 0 to 1, found 80. Give a number between these, such as 0.8 for 80 %.",
        ),
        (
            lambda: Standard("mean", "four"),
            "standard 'mean' must be a number, found 'four'. Write figures only, with a decimal point.",
        ),
        (lambda: Touchpoint("", stage="wait"), f"touchpoint name '' {NO_NAME}"),
        (
            lambda: Touchpoint("a", stage="wait", kind="humn"),
            "kind='humn' is not an option. Did you mean 'human'? "
            "Options: 'communication', 'human', 'physical', 'sensory'.",
        ),
        (
            lambda: TouchpointMap([Touchpoint("a", stage="wait"), Touchpoint("a", stage="board")], STAGES),
            "touchpoint 'a' is there twice. Give each touchpoint one name of its own.",
        ),
        (
            lambda: TouchpointMap([Touchpoint("a", stage="bord")], STAGES),
            "touchpoint 'a' lies on stage 'bord', which is not in the lifecycle. Did you mean 'board'? "
            "Stages: arrive, wait, board.",
        ),
    ],
)
def test_what_is_refused(make, message) -> None:
    assert whole(make) == message


def test_a_map_with_gaps_is_refused_where_that_is_asked(airport) -> None:
    assert whole(airport.refuse_gaps) == (
        "the map is not complete: need 'eat' of stage 'wait' is served by nothing; stage 'board' has no touchpoint. "
        "Add a touchpoint to the stage, name the need among the needs of a touchpoint there, or take it out of the "
        "lifecycle."
    )
    TouchpointMap(
        [Touchpoint("Signs", stage="arrive", needs=["a need of no stage"])], Lifecycle(["arrive"])
    ).refuse_gaps()


def test_coverage_is_needs_by_touchpoints(airport) -> None:
    found = airport.coverage()
    assert found.index.names == ["stage", "need"]
    assert found.reset_index().to_dict("records") == [
        {"stage": "arrive", "need": "find the way", "Signs": True, "NA": False, "served": 1, "lever": False},
        {"stage": "wait", "need": "sit", "Signs": False, "NA": True, "served": 1, "lever": True},
        {"stage": "wait", "need": "eat", "Signs": False, "NA": False, "served": 0, "lever": False},
    ]
    bare = TouchpointMap([Touchpoint("Signs", stage="arrive")], Lifecycle(["arrive"])).coverage()
    assert bare.empty
    assert list(bare.columns) == ["Signs", "served", "lever"]


@given(made=maps())
def test_coverage_and_gaps_tell_the_same(made) -> None:
    covered, gaps = made.coverage(), made.gaps()
    assert [tuple(row) for row in gaps.loc[gaps["gap"] == "need", ["stage", "need"]].to_numpy()] == list(
        covered.index[covered["served"] == 0]
    )


def test_levers_say_what_moves_customers_on() -> None:
    stages = Lifecycle(
        [Stage("arrive", ["a (lever)", "b"]), Stage("wait", ["c"]), Stage("board", ["d (lever)"]), "leave"]
    )
    touchpoints = [Touchpoint(name, stage="arrive", needs=["A"]) for name in ("Signs", "Map")]
    assert TouchpointMap(touchpoints, stages).levers().to_dict("records") == [
        {"stage": "arrive", "need": "a", "next_stage": "wait", "touchpoints": "Signs; Map"},
        {"stage": "wait", "need": "", "next_stage": "board", "touchpoints": ""},
        {"stage": "board", "need": "d", "next_stage": "leave", "touchpoints": ""},
    ]


def test_processes_add_up_what_is_known() -> None:
    shared = {"stage": "wait", "process": "eating", "channel": "hall"}
    made = TouchpointMap(
        [
            Touchpoint("Bar", owner="Shops", volume=100, cost_per_contact=2, **shared),
            Touchpoint("Menu", owner="Shops", volume=50, **shared),
            Touchpoint("Signs", stage="arrive", volume=7),
            Touchpoint("Table", owner="Hall", stage="arrive", process="eating"),
        ],
        STAGES,
    )
    found = made.processes()
    assert found.loc[0].to_dict() == {
        "process": "eating",
        "n": 3,
        "stages": "wait; arrive",
        "touchpoints": "Bar; Menu; Table",
        "channels": "hall",
        "owners": "Shops; Hall",
        "volume": 150.0,
        "cost_per_year": 200.0,
        "note": "volume not known: Table; cost a year not known: Menu, Table",
    }
    assert found.loc[1, ["process", "n", "volume", "note"]].tolist() == [
        "", 1, 7.0, "no process is named; cost a year not known: Signs",
    ]  # fmt: skip
    assert math.isnan(found.loc[1, "cost_per_year"])


def test_plot_and_explore_hand_over_to_the_port(airport, monkeypatch) -> None:
    monkeypatch.setattr(port, "draw", lambda *shown: shown)
    monkeypatch.setattr(port, "widget_of", lambda *shown: shown)
    assert airport.plot(ax="axes") == (airport, "axes", None, None, "channel")
    assert airport.plot(performance="p", importance="i", lanes="owner") == (airport, None, "p", "i", "owner")
    assert airport.explore() == (airport, None, None)
    assert airport.explore("p", "i") == (airport, "p", "i")


def test_a_picture_is_saved_by_its_ending(airport, tmp_path) -> None:
    for name in ("map.svg", "map.PNG"):
        airport.save(tmp_path / name, lanes="owner")
    assert (tmp_path / "map.PNG").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "map.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    assert root.findtext("s:title", namespaces=space).startswith("Map of 2 touchpoints on 3 stages")
    assert root.findtext("s:desc", namespaces=space).startswith("Map of touchpoints by stage and lane.")
    words = " ".join("".join(part.itertext()) for part in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "Facilities" in words
    first = (tmp_path / "map.svg").read_bytes()
    airport.save(tmp_path / "map.svg", lanes="owner")
    assert (tmp_path / "map.svg").read_bytes() == first
    assert whole(lambda: airport.save(tmp_path / "map.gif")) == (
        "form='gif' is not an option. Options: 'svg', 'png', 'pdf'."
    )
    lost = tmp_path / "none" / "map.svg"
    assert whole(lambda: airport.save(lost)) == (
        f"{lost} cannot be written: No such file or directory. Check that its folder is there."
    )
    assert {path.name for path in tmp_path.iterdir()} == {"map.svg", "map.PNG"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"volume": -5}, "touchpoint 'Desk': volume is -5. Give a number of 0 or more."),
        ({"cost_per_contact": "x"}, "touchpoint 'Desk': cost_per_contact must be a number, found 'x'. "
         "Write figures only, with a decimal point."),
        ({"volume": "10"}, "touchpoint 'Desk': volume must be a number, found the text '10'. Give 10, without quotes."),
        ({"cost_per_contact": "2.50"}, "touchpoint 'Desk': cost_per_contact must be a number, found the text '2.50'. "
         "Give 2.5, without quotes."),
    ],
)  # fmt: skip
def test_volumes_and_costs_are_numbers_of_0_or_more(given, text):
    with pytest.raises(CxlensError) as error:
        Touchpoint("Desk", stage="here", **given)
    assert str(error.value) == text


def test_a_standard_is_no_text():
    with pytest.raises(CxlensError) as error:
        Standard("mean", "4")
    assert str(error.value) == "standard 'mean' must be a number, found the text '4'. Give 4, without quotes."


def test_a_need_without_a_name_is_told_with_its_line(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("stage,touchpoint,needs\nask,web,find it; (lever)\n", encoding="utf-8")
    with pytest.raises(CxlensError) as error:
        TouchpointMap.from_csv(path)
    assert str(error.value) == (
        f"{path}, line 2: need '(lever)' has no name: (lever) only marks a need that moves customers on. Write the "
        "need before it, such as 'compare prices (lever)'."
    )


def test_a_workbook_reads_as_csv_does(tmp_path):
    path = tmp_path / "map.xlsx"
    TouchpointMap([Touchpoint("Desk", stage="here")], Lifecycle(["here"])).to_excel(path)
    assert TouchpointMap.from_csv(path).table.equals(TouchpointMap.from_excel(path).table)
    with pytest.raises(CxlensError) as error:
        TouchpointMap.from_excel(path).to_excel(tmp_path / "map.csv")
    assert str(error.value) == (f"{tmp_path / 'map.csv'} does not end in .xlsx. Give a name such as scorecard.xlsx.")


def test_without_a_lifecycle_a_stage_needs_what_its_touchpoints_serve(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text(
        "stage,touchpoint,needs\nask,web,find it (lever)\nask,call,find it; talk\npay,bill,\n", encoding="utf-8"
    )
    found = TouchpointMap.from_csv(path)
    assert [[str(need) for need in stage.needs] for stage in found.lifecycle] == [["find it (lever)", "talk"], []]
    assert found.levers()["touchpoints"].iloc[0] == "web; call"
    assert found.gaps().empty
