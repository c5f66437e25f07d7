"""What an assistant may ask is what the workbook holds: listed, described, read as tables; refusals in whole words."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from pathlib import Path

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError, ValuesError
from cxlens.publish import assistant
from cxlens.publish.assistant import Door, open_door
from cxlens.stages.baseline.baseline import baseline
from cxlens.study.parts import Target

AIRPORT = Path(__file__).parents[2] / "data" / "samples" / "airport" / "study.toml"


@pytest.fixture(scope="module")
def door(small_study):
    return Door(small_study(targets=[Target("overall", 4.5)]))


def test_each_finding_is_a_line_with_the_answers_it_rests_on(door):
    first, *lines = door.list_findings().split("\n")
    assert first == "Small & <i>odd</i>."
    assert "Targets (Plan): Each target, and where it stands now; the study itself." in lines
    assert "Baseline (Baseline): How each touchpoint is rated, by how many, against its standard; all answers." in lines
    assert "Drivers (Drivers): What goes with the outcome, and how surely; all answers." in lines


def test_that_data_are_simulated_is_said_with_each_finding():
    study = cx.datasets.load_airport()
    door = Door(cx.Study("Airport", simulated=True, survey_plan=study.survey_plan))
    assert door.list_findings().startswith("Airport. Simulated data: all figures are made up.")
    assert door.describe_finding("Baseline").startswith("Simulated data: all figures are made up.\n")


def test_a_finding_is_told_as_its_result_tells_it(door):
    now = door._desk.now
    assert door.describe_finding("Baseline").split("\n") == [
        str(now),
        "Rests on: all answers.",
        f"Caution: {now.note[:1].upper()}{now.note[1:]}",
        "Tables: 'scorecard' (4 rows), 'outcomes' (2 rows).",
    ]


def test_a_table_is_read_as_it_stands_in_the_workbook(door):
    read = pd.read_csv(io.StringIO(door.read_table("Baseline")))
    asked = baseline(door._desk.now.survey, door._desk.study.touchpoint_map).table
    assert read["touchpoint"].tolist() == asked["touchpoint"].tolist()
    assert read["mean"].to_numpy() == pytest.approx(asked["mean"].to_numpy(), rel=1e-5, nan_ok=True)
    assert door.read_table("Baseline", "outcomes").startswith("outcome,")


def test_long_tables_are_read_in_parts(door, monkeypatch):
    monkeypatch.setattr(assistant, "ROWS", 2)
    head, *_, rest = door.read_table("Baseline").split("\n")
    assert rest == "2 more rows from first_row=2 on."
    assert door.read_table("Baseline", first_row=2).count("\n") == 3
    assert door.read_table("Baseline", first_row=2).startswith(head)


def test_what_is_hidden_to_protect_people_is_empty(small_study):
    door = Door(small_study(40, latest=3))
    told = door.read_table("By wave") if "By wave" in door.list_findings() else door.read_table("Baseline")
    assert pd.read_csv(io.StringIO(told))["mean"].isna().any()


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (
            ("describe_finding", "Drivrs"),
            "finding 'Drivrs' is not known here. Did you mean 'Drivers'? Findings: Targets, Map, Baseline, ",
        ),
        (
            ("read_table", "Baseline", "outcome"),
            "table 'outcome' is not known here. Did you mean 'outcomes'? Tables of 'Baseline': scorecard, outcomes.",
        ),
        (("read_table", "Baseline", "", -1), "first_row=-1 is before the first row. Give 0 or more."),
    ],
)
def test_what_is_not_there_is_refused(door, ask, text):
    verb, *given = ask
    with pytest.raises(CxlensError) as error:
        getattr(door, verb)(*given)
    assert str(error.value).startswith(text)


def test_what_cannot_be_told_says_why(small_study):
    door = Door(small_study(targets=[]))
    few = next(name for name in door._named if name.startswith("Drivers"))
    door._named[few] = (door._named[few][0], door._named[few][1]._replace(ask=_too_few))
    with pytest.raises(CxlensError) as error:
        door.describe_finding(few)
    assert str(error.value) == f"{few} cannot be told: 3 answers are too few."


def _too_few():
    raise ValuesError("3 answers are too few.")


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(assistant.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(CxlensError) as error:
        open_door(AIRPORT)
    assert str(error.value) == (
        "cxlens mcp needs the package 'mcp', which is not installed. Install it: pip install \"cxlens[mcp]\""
    )


def test_an_assistant_asks_by_the_protocol(small_study, tmp_path):
    pytest.importorskip("mcp", reason="the package mcp is not here")
    study = tmp_path / "study.toml"
    (tmp_path / "answers.csv").write_text("web,overall\n" + "1,2\n3,4\n5,5\n" * 20)
    study.write_text(
        '[study]\nname = "Shop"\n[survey]\ndata = "answers.csv"\noutcomes = {overall = "interval"}\n'
        '[survey.touchpoints]\nWeb = "web"\n'
    )
    tools, told, refused = asyncio.run(_asked(study))
    assert {tool.name: tool.annotations.read_only_hint for tool in tools} == {
        "list_findings": True,
        "describe_finding": True,
        "read_table": True,
    }
    assert told.startswith("Shop.\n")
    why = "finding 'Baselin' is not known here. Did you mean 'Baseline'? Findings: "
    assert refused.startswith(f"Error executing tool describe_finding: {why}")


async def _asked(study):
    from mcp.client.session import ClientSession
    from mcp.client.stdio import StdioServerParameters, stdio_client

    code = "from cxlens.cli import main; main()"
    server = StdioServerParameters(command=sys.executable, args=["-c", code, "mcp", str(study)], env=dict(os.environ))
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        told = await session.call_tool("list_findings", {})
        refused = await session.call_tool("describe_finding", {"name": "Baselin"})
    assert refused.is_error
    return tools, told.content[0].text, refused.content[0].text
