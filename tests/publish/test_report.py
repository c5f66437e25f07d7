"""The report: what it says, that it leaks and requests nothing, and that a file is replaced whole or not at all."""

from __future__ import annotations

import importlib.util
import io
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens import cli
from cxlens.errors import CxlensError, FileError, OptionError
from cxlens.publish.report import write_report
from cxlens.publish.sections import Desk
from cxlens.study.parts import Change, EventsPlan, SurveyPlan, Target

CASE = Path(__file__).parents[2] / "notebooks" / "case_study"
RATINGS = cx.Scale(1, 5, not_used=[6], blank=[0])
ODD = "<b>Shops</b> & more"


class Page(HTMLParser):
    """What a browser would see: text, headings, pictures, addresses, table rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.pictures: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.words: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "img":
            self.pictures.append(given)
        if tag == "svg":  # the matrix: drawn, with its words in it
            self.pictures.append({"alt": given["aria-label"]})
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        self._open = tag

    def handle_data(self, data):
        if self._open == "style":
            return
        data = data.replace("\N{NO-BREAK SPACE}", " ")
        self.words.append(data)
        if re.fullmatch(r"h[1-6]", self._open):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)
        if self._open in {"td", "th"}:
            self.rows[-1][-1] += data

    def handle_endtag(self, _tag):
        self._open = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def row(self, first: str) -> list[str]:
        return next(row for row in self.rows if row and row[0] == first)


def small_study(n=600, waves=(2024, 2025), latest=None, **parts):
    """Answers whose outcome follows Signs and the oddly named touchpoint; `latest` of them in the last wave."""
    rng = np.random.default_rng(3)
    scores = {name: rng.integers(1, 6, n) for name in ("signs", "shops", "wifi")}
    overall = np.clip(np.round(1.2 + 0.4 * scores["signs"] + 0.2 * scores["shops"] + rng.normal(0, 0.5, n)), 1, 5)
    year = rng.choice(waves, n) if latest is None else np.where(np.arange(n) < latest, waves[-1], waves[0])
    frame = pd.DataFrame({**scores, "overall": overall, "year": year, "who": rng.choice(["work", "leisure"], n)})
    plan = SurveyPlan(
        frame,
        touchpoints={"Signs": "signs", ODD: "shops", "Wi-Fi": "wifi"},
        outcome={"overall": "interval"},
        scale=RATINGS,
        outcome_scale=cx.Scale(1, 5),
        segments=("who",),
        time="year",
    )
    standard = [cx.Standard("mean", 4)]
    places = [cx.Touchpoint(name, stage="Way", standards=standard, needs=["go"]) for name in ("Signs", ODD, "Desk")]
    stages = cx.Lifecycle([cx.Stage("Way", ["go", "ask <someone>"]), cx.Stage("Home")])
    return cx.Study("Small & <i>odd</i>", survey_plan=plan, touchpoint_map=cx.TouchpointMap(places, stages), **parts)


def seen(study, folder):
    """The page of a study's report."""
    return Page(cx.report(study, folder / "report.html").read_text(encoding="utf-8"))


def initiatives(*names_and_touchpoints):
    return pd.DataFrame(
        [
            {"name": name, "touchpoints": touchpoint, "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.4,
             "effort_low": 2, "effort_likely": 3 + place, "effort_high": 9, "owner": "Operations"}
            for place, (name, touchpoint) in enumerate(names_and_touchpoints)
        ]
    )  # fmt: skip


@pytest.fixture(scope="module")
def airport(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert cx.report(cx.datasets.load_airport(), path) == path
    return path.read_bytes().decode("utf-8")


@pytest.fixture(scope="module")
def page(airport):
    return Page(airport)


def test_the_file_asks_for_nothing(airport, page):
    assert [address[:30] for address in page.addresses if not address.startswith(("#", "data:image/png;base64,"))] == []
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= page.ids
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "base", "form"})
    assert "@import" not in airport
    assert "url(" not in airport
    assert airport.startswith('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')


def test_every_picture_has_alternative_text_and_a_line_on_how_to_read_it(page):
    assert len(page.pictures) == 12  # map, baseline, drivers and by segment, verdicts, wins, plan, load, ...
    assert all(len(picture["alt"]) > 40 for picture in page.pictures)
    assert page.text.count("How to read this:") == len(page.pictures)


def test_headings_are_in_order(page):
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [text.split(":")[0] for level, text in page.headings if level == 2] == [
        "Three findings", "Words used here", "Plan", "Baseline", "Drivers", "Verdicts", "Improve", "Road map",
        "Impact", "Journeys", "Where we are blind",
    ]  # fmt: skip


def test_the_findings_are_those_of_the_quick_wins(page):
    study = cx.datasets.load_airport()
    latest = study.survey().where(cx.Segment("2025", {"wave": 2025}))
    wins = cx.quick_wins(cx.drivers(latest), study.initiatives(), touchpoint_map=study.map())
    assert all(finding in page.text for finding in wins.findings(3))
    first = wins.table.iloc[0]
    row = page.row(first["initiative"])
    assert row[1] in wins.findings(1)[0]
    assert row[2] in wins.findings(1)[0].replace(" NPS points", "")
    assert row[4] == first["owner"]


def test_the_road_map_says_what_comes_when_and_why_the_rest_is_out(page):
    chosen = [row for row in page.rows if row[:2] == ["Kerb marshals at peak hours", "Landside operations"]]
    assert [row[2][:6] for row in chosen] == ["2026-Q"]
    assert chosen[0][-1] == "20 of 20"
    assert [
        "Parking guidance and kerb lanes",
        'It excludes "Kerb marshals at peak hours", which is chosen',
    ] in page.rows
    assert ["New security lanes with scanners", "The budget is too small for it, whenever it starts"] in page.rows


def test_each_owner_has_a_part_of_its_own(page):
    owners = {"Security operations", "Landside operations", "Commercial", "Facilities"}
    assert owners <= {text for level, text in page.headings if level == 3}
    for said in (
        "1 initiative. Kerb marshals at peak hours: 2026-",
        "2 to 6 weeks of work, cost 45,000 to 95,000, with Landside operations (1).",
        "Head of landside operations",
        "Getting there and parking is rated 3.66",
        "it matters 2nd of 12.",
        "one rating point more goes with",
        "told from zero.",
        "NPS points from these alone. With the whole plan mean ratings change by 2027-Q4: Getting there",
    ):
        assert said in page.text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_airport_report_says_what_its_figures_rest_on(page):
    assert "Simulated data: no real customers, no real organisation." in page.text
    assert (
        "Simulated data. These are associations in the answers, not yet effects. Answers: 2025 only; other waves, or "
        "all together, can put close initiatives in another order."
    ) in page.text
    assert "What is explained: recommend. 2025 only: n = 1,201." in page.text
    assert "Wi-Fi satisfaction among Terminal 2 gained" in page.text
    assert page.row("Security: mean")[1:3] == ["Business", "3.8"]
    assert page.row("Security: mean")[-1] == "not reached"
    blind = page.row("Stage without touchpoint")
    assert blind[1:3] == ["When plans change", "When plans change"]
    assert ["Security", "fix"] in [row[:2] for row in page.rows]
    assert ["2025", "Recommend", "NPS", "1,250"] in [[*row[:2], *row[3:]] for row in page.rows]


def test_every_picture_of_simulated_data_says_so(page, tmp_path):
    assert len(re.findall(r"Simulated data\. (?!These)", page.text)) == len(page.pictures)
    real = seen(small_study(600, latest=100), tmp_path)
    assert "imulated" not in real.text
    assert "These are associations in the answers, not yet effects. All answers." in real.text


def test_words_of_a_change_are_explained_where_its_table_has_them(page, tmp_path):
    control, adjusted = "Treated: where it was done; control: elsewhere.", "who answered: the rest of the change."
    assert (control in page.text, adjusted in page.text) == (True, False)
    real = seen(small_study(changes=[Change("New signs", touchpoint="Signs", before=2024, after=2025)]), tmp_path)
    assert (control in real.text, adjusted in real.text) == (False, True)


def test_no_heading_repeats_a_picture(page):
    told = [(picture["alt"] or "").split(". ")[1] for picture in page.pictures]
    assert [text for _, text in page.headings if text.startswith(tuple(told))] == []
    assert {"The touchpoint map", "By purpose", "How it developed"} <= {text for _, text in page.headings}


def test_a_segment_whose_column_is_not_there_is_refused(tmp_path):
    study = small_study(segments=[cx.Segment("Work", {"wo": "work"})])
    with pytest.raises(CxlensError) as error:
        cx.report(study, tmp_path / "report.html")
    assert str(error.value) == (
        "segment 'Work' asks for column 'wo', which is not among the survey's segments. Did you mean 'who'? "
        "Segments: who, year. Name the column in Survey(..., segments=[...])."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_segment_without_answers_is_a_line_in_its_row(tmp_path):
    targets = [Target("mean", 3.0, touchpoint="Signs", segment="Work"), Target("overall", 1.5)]
    study = small_study(targets=targets, segments=[cx.Segment("Work", {"who": "wrk"})])
    page = seen(study, tmp_path)
    with pytest.raises(CxlensError) as error:
        study.survey().where(study.segments[0])
    assert page.row("Signs: mean")[-2:] == [str(error.value), "not known"]
    assert page.row("Overall")[-1] == "reached"


def test_only_a_study_has_a_report(tmp_path):
    with pytest.raises(OptionError) as error:
        cx.report("study.toml", tmp_path / "report.html")
    assert str(error.value) == "report works on a Study, not on a str. Make one: cx.Study.from_toml(path)."


def test_nobody_can_be_told_apart(airport):
    data = cx.datasets.load_airport()
    respondents = set(pd.read_csv(data.survey_plan.data, dtype=str)["respondent"])
    customers = set(pd.read_csv(data.events_plan.data, dtype=str)["customer"])
    words = set(re.findall(r"[\w-]+", re.sub(r"base64,[^\"]*", "", airport)))
    ids = {name for name in respondents | customers if not name.isdigit()}
    assert words.isdisjoint(ids)


def test_text_from_data_is_escaped(tmp_path):
    page = seen(small_study(initiatives_data=initiatives(("<script>x</script>", ODD))), tmp_path)
    assert page.tags.isdisjoint({"b", "i", "script"})
    assert page.row(ODD)[0] == ODD
    assert page.headings[0] == (1, "Small & <i>odd</i>")
    assert ["Need without touchpoint", "ask <someone>", "Way"] in [row[:3] for row in page.rows]


def test_what_is_absent_is_left_out_and_named(tmp_path):
    page = seen(cx.Study("Empty"), tmp_path)
    assert page.pictures == []
    assert "No initiatives here yet: add [initiatives] to the study's TOML file." in seen(small_study(), tmp_path).text
    tables = ["survey", "map", "initiatives", "events"]
    lists = ["objectives", "personas", "units", "systems", "methods", "targets"]
    study = small_study()
    other = seen(replace(study, survey_plan=replace(study.survey_plan, time=None, segments=())), tmp_path)
    for table in [*(f"[{name}]" for name in tables), *(f"[[{name}]]" for name in lists)]:
        assert f"add {table} to the study's TOML file." in page.text + other.text
    for table in [
        "[[changes]]",
        "time = ... under [survey], with two waves or more",
        "segments = [...] under [survey]",
    ]:
        assert f"add {table} to the study's TOML file." in other.text


def test_without_initiatives_the_findings_are_those_of_the_other_verbs(tmp_path):
    study = small_study()
    survey = study.survey()
    assert write_report(study, tmp_path / "report.html") == [
        str(cx.baseline(survey, study.map())), str(cx.drivers(survey)), str(cx.monitor(survey))
    ]  # fmt: skip


def test_a_section_without_answers_enough_says_so(tmp_path):
    page = seen(small_study(4, initiatives_data=initiatives(("New signs", "Signs"))), tmp_path)
    assert (
        page.text.count("This cannot be told: too few complete answers: 4 of 4 can be used.") == 3
    )  # drivers, verdicts, improve
    assert "This cannot be told: metric 'overall' has fewer than 5 answers in every wave." in page.text
    assert "Top initiatives" not in page.text


def test_drivers_use_the_touchpoints_that_most_people_rated():
    names = [f"t{k:02}" for k in range(17)]
    frame = pd.DataFrame(np.arange(170).reshape(10, 17) % 5 + 1.0, columns=names).assign(overall=3)
    frame.loc[:4, "t03"] = np.nan
    frame.loc[:3, "t01"] = np.nan
    desk = Desk(cx.Study("Many", survey_plan=SurveyPlan(frame, touchpoints=names, outcome="overall")))
    assert desk.rated.touchpoints == ("t00", "t02", *names[4:])
    assert desk.basis(10) == (
        "All answers: n = 10. The 15 touchpoints that most people rated; not among them: t01, t03."
    )
    few = SurveyPlan(frame, touchpoints=names[:15], outcome="overall")
    assert Desk(cx.Study("Few", survey_plan=few)).basis(10) == "All answers: n = 10."


@pytest.mark.parametrize(
    ("n", "latest", "period"),
    [
        (1100, 500, "2025 only"),
        (1100, 499, "all answers"),
    ],
)
def test_the_latest_wave_stands_alone_from_500_answers(n, latest, period):
    assert Desk(small_study(n, latest=latest)).period == period


def test_the_outcome_is_the_first_with_answers_in_the_rows_used():
    study = small_study(1200, latest=600)
    frame = study.survey_plan.data.copy()
    frame["nps"] = np.where(frame["year"] == 2024, np.arange(len(frame)) % 11, np.nan)
    plan = replace(study.survey_plan, data=frame, outcome={"nps": "nps", "overall": "interval"})
    found = Desk(replace(study, survey_plan=plan)).drivers
    assert (found.outcome, found.n) == ("overall", 600)


def test_an_nps_that_was_asked_goes_first():
    study = small_study(1200, latest=600)
    frame = study.survey_plan.data.copy()
    frame["nps"] = np.arange(len(frame)) % 11
    plan = replace(study.survey_plan, data=frame, outcome={"overall": "interval", "nps": "nps"})
    assert Desk(replace(study, survey_plan=plan)).drivers.outcome == "nps"


def test_an_initiative_without_scores_is_named(tmp_path):
    page = seen(small_study(initiatives_data=initiatives(("New desk", "Desk"), ("New signs", "Signs"))), tmp_path)
    assert "Without a forecast, since not all of their touchpoints or segments have drivers: New desk." in page.text
    assert ["Touchpoint without data", "Desk"] in [row[:2] for row in page.rows]
    assert ["Not on the map", "Wi-Fi"] in [row[:2] for row in page.rows]
    assert page.row("New signs")[4] == "Operations"


def test_targets_are_held_against_where_we_stand(tmp_path):
    targets = [
        Target("overall", 1.5),
        Target("top_box", 0.9, touchpoint="Signs"),
        Target("mean", 3.0, touchpoint="Signs", segment="Work"),
        Target("NPS", 10),
    ]
    people = [cx.Segment("Work", {"who": "work"})]
    page = seen(small_study(targets=targets, segments=people), tmp_path)
    assert page.row("Overall")[-1] == "reached"
    assert page.row("Signs: top box")[-1] == "not reached"
    assert page.row("Signs: mean")[1] == "Work"
    assert page.row("Signs: mean")[-1] == "too close to call"
    assert page.row("NPS")[-2:] == ["not in the survey", "not known"]


def test_small_counts_of_journeys_are_hidden(tmp_path):
    way = ["Web", "Desk", "Gate"]
    lost = [{"who": f"lost {k}", "met": met, "nr": nr, "ok": 0} for k in range(3) for nr, met in enumerate(way[:2])]
    ok = [{"who": f"ok {k}", "met": met, "nr": nr, "ok": 1} for k in range(9) for nr, met in enumerate(way)]
    events = EventsPlan(pd.DataFrame(lost + ok), customer="who", touchpoint="met", order="nr", outcome="ok")
    page = seen(cx.Study("Ways", events_plan=events), tmp_path)
    assert not any(row[0] == "Desk" for row in page.rows if row)
    assert page.row("Gate")[:3] == ["Gate", "9", "0"]
    assert page.row("Web > Desk > Gate")[1] == "9"
    assert not any(row[0] == "Web > Desk" for row in page.rows if row)


def test_a_failing_run_leaves_the_old_file(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("the old one", encoding="utf-8")
    study = small_study(changes=[Change("New signs", touchpoint="Signs", before=2020, after=2025)])
    with pytest.raises(CxlensError) as error:
        cx.report(study, path)
    assert str(error.value) == (
        "change 'New signs': before='2020' is no wave of this survey. Waves in 'year': 2024, 2025."
    )
    assert path.read_text(encoding="utf-8") == "the old one"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_report_replaces_the_old_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("the old one", encoding="utf-8")
    cx.report(cx.Study("New"), path)
    assert "<h1>New</h1>" in path.read_text(encoding="utf-8")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_file_that_cannot_be_written_is_refused_first(tmp_path):
    for path in (tmp_path, tmp_path / "out" / "report.html"):
        with pytest.raises(FileError) as error:
            cx.report(cx.Study("New"), path)
        assert str(error.value) == (
            f"{path} cannot be written: give a file, such as report.html, in a folder that is there."
        )


def test_progress_is_shown_on_a_terminal_only(monkeypatch, tmp_path):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for kind, shown in ((Terminal, True), (io.StringIO, False)):
        screen = kind()
        monkeypatch.setattr(sys, "stderr", screen)
        write_report(cx.Study("Empty"), tmp_path / "report.html", progress=True)
        assert ("0/9" in screen.getvalue()) is shown


def test_the_case_study_runs_on_the_real_survey(shared, tmp_path, capsys):
    spec = importlib.util.spec_from_file_location("make_study", CASE / "make_study.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    study = module.make(shared / "sfo", tmp_path)
    out = tmp_path / "report.html"
    assert cli.main(["report", str(study), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith('1. "')
    assert said.out.splitlines()[-1] == f"Report: {out}"
    page = Page(out.read_text(encoding="utf-8"))
    findings = [line.split(". ", 1)[1] for line in said.out.splitlines()[:3]]
    assert all(finding in page.text and "(illustration)" in finding for finding in findings)
    assert "Answers: 2017 only; other waves," in page.text
    assert "What is explained: recommend. 2017 only: n = 2,128. The 15 touchpoints that most people rated;" in page.text
    assert "Rated lowest: Shops (3.65 of 5 [3.61, 3.69])" in page.text
    assert "Wi-Fi satisfaction rose by 0.23 [0.15, 0.31] from 2013 to 2014; 0.02 of it is who answered." in page.text
    assert ["2017", "Recommend", "+40 [37, 43]", "NPS", "2,746"] in page.rows
    assert ["Stage without touchpoint", "Check-in"] in [row[:2] for row in page.rows]
    assert "Too small for drivers of their own (under 150 answers):" in page.text
    parking = "Guidance to free parking spaces (illustration)"  # few people rate parking
    assert f"Without a forecast, since not all of their touchpoints or segments have drivers: {parking}." in page.text
    plan = pd.read_csv(CASE / "initiatives.csv")
    assert all(owner in page.text for owner in plan.loc[plan["name"] != parking, "owner"])
    food = "More places to eat and fair prices (illustration)"
    assert ["Food carts at the gates (illustration)", f'It excludes "{food}", which is chosen'] in page.rows
    must = ["Renewal of the oldest escalators (illustration)", "Facilities"]
    assert [row[-1] for row in page.rows if row[:2] == must and row[2].startswith("2018")] == ["20 of 20"]
    assert [address[:30] for address in page.addresses if not address.startswith(("#", "data:image/png"))] == []
