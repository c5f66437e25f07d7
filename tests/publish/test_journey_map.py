"""The journey map as one file: self-contained, escaped, and with all that a study has."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.finding import LINK
from cxlens.errors import CxlensError, FileError, OptionError
from cxlens.publish.desk import Desk
from cxlens.publish.journey_map import collected, page_of, write_journey_map
from cxlens.stages.baseline.journey_lanes import DOES, FEELS, HURTS, LACKS, PLANNED, SAYS, Given
from cxlens.stages.baseline.journey_map import journey_of
from cxlens.study.parts import Persona
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import LOW, MIDDLE, QUOTE

ODD = '<b>"Price" ($) & 50% of $20</b>'


class Seen(HTMLParser):
    """What a browser would see: text, headings, addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        self._open = tag

    def handle_data(self, data):
        if self._open == "style":
            return
        self.words.append(data)
        if re.fullmatch(r"h[1-6]", self._open):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data.strip())

    def handle_endtag(self, _tag):
        self._open = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def study():
    return cx.Study(ODD, organisation="Ours", touchpoint_map=journeys.places(), simulated=True)


@pytest.fixture(scope="module")
def text(study):
    made = journeys.journey()
    return page_of(study, replace(made, given=made.given._replace(simulated=True)), ["Answers: 2025 only."])


def test_the_page_asks_for_nothing(text):
    assert "http" not in text
    assert "url(" not in text
    assert "<script" not in text
    assert Seen(text).addresses == []


def test_the_page_has_every_lane_and_every_name_escaped(text):
    seen = Seen(text)
    for words in (LOW, MIDDLE, QUOTE, "A sign", "no touchpoint", "leave at once", "Nina", "behind by", "not asked"):
        assert words in seen.text
    assert "St. Mary's <desk>" not in text
    assert ODD not in text
    assert ODD in seen.text
    assert seen.text.index("Simulated data") < seen.text.index("Below standard")


def test_headings_go_down_by_one(text):
    levels = [level for level, _ in Seen(text).headings]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [words for level, words in Seen(text).headings if level == 2] == ["before", "there"]


def test_stages_without_phases_are_headings_of_the_second_level(study):
    stages = cx.Lifecycle(["Arrive", "Wait"])
    whole = cx.TouchpointMap([cx.Touchpoint("Desk", stage="Wait")], stages)
    journey, said = collected(replace(study, touchpoint_map=whole))
    assert [words for _, words in Seen(page_of(study, journey, said)).headings[1:]] == ["Arrive", "Wait"]


@pytest.mark.parametrize("form", ["html", "svg", "png", "pdf"])
def test_each_form_is_written_whole(study, tmp_path, form):
    path = tmp_path / f"map.{form.upper()}"
    assert cx.journey_map(study, path) == path
    assert path.stat().st_size > 1000
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_what_is_wrong_is_told_before_any_work(study, tmp_path):
    with pytest.raises(FileError) as refused:
        cx.journey_map(study, tmp_path / "map.docx")
    assert str(refused.value) == (
        f"{tmp_path / 'map.docx'} does not end in .html, .svg, .png or .pdf. Give a name such as map.html."
    )
    with pytest.raises(FileError) as refused:
        cx.journey_map(study, tmp_path / "none" / "map.html")
    assert str(refused.value) == (
        f"{tmp_path / 'none' / 'map.html'} cannot be written: give a file, such as map.html, in a folder that is there."
    )
    with pytest.raises(OptionError) as refused:
        cx.journey_map(3, tmp_path / "map.html")
    assert str(refused.value) == "journey_map works on a Study, not on a int. Make one: cx.Study.from_toml(path)."
    with pytest.raises(CxlensError) as refused:
        cx.journey_map(cx.Study("Bare"), tmp_path / "map.html")
    assert str(refused.value).startswith("this study has no touchpoint map.")
    assert list(tmp_path.iterdir()) == []


def test_a_study_brings_what_it_has(small_study, tmp_path):
    study = small_study(personas=(Persona("Nina"),))
    journey = write_journey_map(study, tmp_path / "map.html")
    assert journey.lanes == [DOES, FEELS, HURTS, LACKS]
    assert "Nina" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_the_airport_has_every_lane(airport_journey):
    journey, said = airport_journey
    assert len(journey.lanes) == 7
    quotes = journey.table[(journey.table["lane"] == SAYS) & (journey.table["state"] != "missing")]
    assert all(int(re.match(r"\d+", about)[0]) >= 5 for about in quotes["about"])
    assert said == ["Answers: 2025 only."]
    felt = journey.table.loc[journey.table["lane"] == FEELS, "about"]
    assert felt.str.startswith("feeling ").any()
    assert journey.given.simulated
    assert journey.given.importance is not None
    planned = journey.table[(journey.table["lane"] == PLANNED) & (journey.table["state"] == "")]
    assert planned["about"].str.contains("NPS points").all()  # without a plan, all have their forecast


def test_the_page_says_whose_it_is_what_signs_mean_and_that_a_link_is_no_effect(text, study):
    seen = Seen(text)
    assert f"Ours · {ODD}" in seen.text
    assert "clearly below its standard" in seen.text
    assert ".." not in seen.text
    assert seen.text.count(LINK) == 1
    bare = Seen(page_of(study, journey_of(Given(journeys.places()))))
    assert LINK not in bare.text
    assert "clearly below its standard" not in bare.text


@pytest.mark.parametrize(("n", "forecast"), [(600, "; +0.07 points of overall"), (4, ""), (0, "")])
def test_initiatives_have_a_forecast_where_answers_give_one(small_study, initiatives, n, forecast):
    listed = initiatives(("New signs", "Signs"), ("New desk", "Desk"))
    study = small_study(max(n, 4), initiatives_data=listed)
    if n == 0:
        study = replace(study, survey_plan=None)
    journey, _ = collected(study)
    rows = journey.table[(journey.table["lane"] == PLANNED) & (journey.table["state"] == "")]
    about = rows["about"].str.replace("\N{NO-BREAK SPACE}", " ")
    assert dict(zip(rows["entry"], about, strict=True)) == {
        "New signs": f"Operations{forecast}",
        "New desk": "Operations",  # nobody was asked about the desk
    }


@pytest.fixture(scope="module")
def airport_journey():
    return collected(replace(cx.datasets.load_airport(), roadmap_plan=None))  # a plan takes seconds


def test_initiatives_of_the_plan_have_their_quarters_and_the_others_are_counted(monkeypatch):
    plan = pd.DataFrame(
        {
            "initiative": [
                "Kerb marshals at peak hours",
                "Seasonal window displays",
                "Wi-Fi renewal in terminals 1 and 3",
            ],
            "start": ["2026-Q1", "2026-Q2", "2026-Q3"],
            "end": ["2026-Q2", "2026-Q2", "2026-Q3"],
            "selected": [True, False, True],
        }
    )
    monkeypatch.setattr(Desk, "plan", SimpleNamespace(table=plan))
    journey, said = collected(cx.datasets.load_airport())
    shown = journey.table[(journey.table["lane"] == PLANNED) & (journey.table["state"] == "")]
    about = {
        row["entry"]: row["about"].replace("\N{NON-BREAKING HYPHEN}", "-").replace("\N{NO-BREAK SPACE}", " ")
        for row in shown.to_dict("records")
    }
    kerb = about.pop("Kerb marshals at peak hours")
    assert re.fullmatch(r"Landside operations; 2026-Q1 to 2026-Q2; \+\d\.\d NPS points", kerb)
    wifi = about.pop("Wi-Fi renewal in terminals 1 and 3")
    assert re.match(r"Information technology; 2026-Q3; \+\d\.\d NPS points", wifi)
    assert about == {}
    assert said[-1] == "10 initiatives of 12 are not in the plan, and not shown."
