"""The report: what is on its first screen, one whole page, and that a file is replaced whole or not at all.

What its sections say is tested with their blocks, how a page is made with the page.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
import os
import re
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import unquote

import pandas as pd
import pytest
from threadpoolctl import threadpool_info

import cxlens as cx
from cxlens.common.finding import LINK
from cxlens.common.inline import Inline, inline
from cxlens.errors import CxlensError, FileError, OptionError, ValuesError
from cxlens.publish.blocks import Drawing, Headline, Missing, Paragraph, Picture
from cxlens.publish.desk import Desk
from cxlens.publish.page import render
from cxlens.publish.report import (
    WORDS,
    Chapter,
    chapters,
    drawn_page,
    page_of,
    tell,
    without_missing,
    write_report,
)
from cxlens.study.changes import Change

SAID = ("text", "lead", "caption", "beside", "title", "how")  # of blocks, that all readers see
CASE = Path(__file__).parents[2] / "notebooks" / "case_study"


WIDE = 2  # pictures that have another form for phones: matrix and road map


class Seen(HTMLParser):
    """What a browser would see: text, headings, pictures, addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.pictures: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.words: list[str] = []
        self.folds: list[str] = []
        self.abouts: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "svg" and "aria-hidden" not in given:
            self.pictures.append(given.get("aria-label") or "")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        self._open = tag

    def handle_data(self, data):
        if self._open == "style":
            return
        self.words.append(data.replace("\N{NO-BREAK SPACE}", " "))
        if self._open == "summary":
            self.folds.append(data)
        if self._open == "p":
            self.abouts.append(data)
        if re.fullmatch(r"h[1-6]", self._open):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)

    def handle_endtag(self, _tag):
        self._open = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def _not_drawn(result, *, width):
    return Inline("<svg/>", str(result), str(width))


@pytest.fixture
def no_pictures(monkeypatch):
    """A page without drawings, where none is looked at."""
    monkeypatch.setattr("cxlens.publish.page.inline", _not_drawn)


def test_a_whole_report_is_one_page_that_asks_for_nothing(airport, read):
    html = render(airport.page)
    page = Seen(html)
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    outside = [address for address in page.addresses if not address.startswith(("#", "data:text/csv;charset=utf-8,"))]
    assert outside == []
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= page.ids
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "base", "form"})
    assert "@import" not in html
    assert set(re.findall(r"url\((.)", html)) <= {"#"}  # shapes inside a drawing
    _pictures_are_told(page, airport.page, read)
    _headings_are_in_order(page)
    _nobody_can_be_told_apart(html)
    _all_texts_are_there(page, airport.page, read)


def _pictures_are_told(page, blocks, read):
    told_once = len(page.pictures) - WIDE
    assert told_once - 1 == len(read(blocks).pictures) == 19  # beside the outlook: baseline, others, ...
    assert all(len(alt) > 40 for alt in page.pictures)
    assert page.text.count("How to read this:") == told_once
    told = [text for _, text in page.headings] + page.folds
    for block in read(blocks).pictures:
        title = block.title if isinstance(block, Drawing) else block.result.finding.title
        assert told.count(title) == 1 or block.result.stage == "journeys" or block.result is None, title
    assert {"The touchpoint map", "By purpose", "How it developed"} <= set(page.folds) | set(page.abouts)


def _headings_are_in_order(page):
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [text for level, text in page.headings if level == 2][1:] == [  # the first is that of the outlook
        "No target is clearly reached yet",
        "Security and Restaurants share the lowest rating: 3.51 and 3.53 of 5",
        "Security goes with NPS: +13.1 NPS points per rating point",
        '"One sign design from kerb to gate" is forecast to add 2.9 NPS points',
        "2 of 4 promises held what was measured: 50 %",
        "Journeys that stop early most often stop at Security: 93 of the 1,463 that reached it, 6 %",
    ]


def _nobody_can_be_told_apart(html):
    study = cx.datasets.load_airport()
    respondents = set(pd.read_csv(study.survey_plan.data, dtype=str)["respondent"])
    customers = set(pd.read_csv(study.events_plan.data, dtype=str)["customer"])
    words = set(re.findall(r"[\w-]+", re.sub(r"(?<=[#\"(])[0-9a-f]{8}-\w+", "", unquote(html))))
    assert words.isdisjoint({name for name in respondents | customers if not name.isdigit()})


def _all_texts_are_there(page, blocks, read):
    reader = read(blocks)
    for block in reader.blocks:
        texts = getattr(block, "texts", None) or list(getattr(block, "meanings", {}).values())
        texts = texts or [getattr(block, name) for name in ("text", "caption") if hasattr(block, name)]
        for text in texts:
            assert " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split()) in page.text
    for row in reader.rows:
        assert all(cell in page.text for cell in row if " " in cell and "(" not in cell)  # words, not tuples


def test_the_airport_report_says_what_its_figures_rest_on(airport, read):
    text = read(airport.page).text
    assert airport.page.simulated
    assert "Explained: NPS. 2025 only: n = 1,201." in text
    (wifi,) = [block for block in read(airport.page).pictures if getattr(block, "about", "").startswith("Wi-Fi")]
    assert wifi.result.finding.title == (
        "Wi-Fi satisfaction among Terminal 2 did not clearly gain more than elsewhere: +0.48"
    )
    assert wifi.beside.startswith("+0.48 [0.33, 0.63]; from 2022 and 2023 to 2024 and 2025, if both would move alike")
    rows = read(airport.page)
    assert rows.row("Security: mean rating")[1:3] == ["Business", "3.8"]
    assert rows.row("Security: mean rating")[-1] == "not reached"
    assert rows.row("Stage without touchpoint")[1:3] == ["When plans change", "When plans change"]
    assert ["Security", "fix"] in [row[:2] for row in rows.rows]
    assert ["2025", "NPS", "NPS", "1,250"] in [[*row[:2], row[3], f"{int(row[4]):,}"] for row in rows.rows if (
        row[0] == "2025")]  # fmt: skip


def test_the_airport_report_is_in_plain_words(airport, read, faults):
    assert _not_plain(airport.page, read, faults) == []


def _not_plain(page, read, faults):
    """What is not plain: in sentences, captions and heads of tables; captions of over 45 words."""
    found = []
    for block in read(page).blocks:
        texts = [getattr(block, name) for name in SAID if hasattr(block, name)]
        texts += getattr(block, "texts", [])
        texts += getattr(block, "meanings", {}).values()
        texts += getattr(block, "columns", [])
        found += [fault for text in texts for fault in faults(text)]
        if isinstance(block, Picture):
            found += [block.beside] if len(block.beside.split()) > 45 else []
    assert sum(LINK in text for text in _shown(page, read)) == 1
    return found


def _shown(page, read):
    """The texts that all readers see."""
    yield page.screen.basis
    for block in read(page).blocks:
        yield from (getattr(block, name) for name in SAID if hasattr(block, name))
        yield from getattr(block, "texts", [])
        yield from getattr(block, "meanings", {}).values()


def test_the_first_screen_stands_before_all(airport):
    assert airport.page.first.blocks == []
    html = render(airport.page)
    assert html.index("<h1>") < html.index(airport.page.screen.headline) < html.index('id="plan"')


def test_answers_of_all_waves_say_so(small_page):
    assert small_page.screen.basis == (
        "n = 600, all answers. [ ]: 95 % intervals. A link in the answers, not yet a proven effect."
    )


def test_what_is_absent_is_left_out_and_named(small_page):
    page = page_of(Desk(cx.Study("Empty")))
    assert page.first.blocks == [Missing("survey", "[survey]")]
    absent = {section.anchor: section.blocks for section in page.sections if section.anchor != "plan"}
    nothing = Missing("survey", "[survey]")
    assert absent["drivers"] == [nothing] * 2
    assert absent["improve"] == [nothing, Missing("initiatives", "[initiatives]")] * 2
    assert (absent["impact"], absent["journeys"]) == ([nothing], [Missing("events", "[events]")])
    small = {section.anchor: section.blocks for section in small_page.sections}
    assert small["improve"] == [Missing("initiatives", "[initiatives]")] * 2


def test_what_is_absent_is_told_beside_the_page(small_page, no_pictures):
    page, missing = without_missing(page_of(Desk(cx.Study("Empty"))))
    assert (page.first.blocks, page.sections) == ([], [])
    assert [line.part for line in missing[:3]] == ["[survey]", "[[objectives]]", "[[personas]]"]
    assert len(missing) == len(set(missing))
    assert page.lacking == (
        "With more data this page would also tell: how touchpoints are rated and what matters (answers of a survey), "
        "what no touchpoint serves (a map of touchpoints), what to do first (a list of initiatives), the routes people "
        "take (a log of events)."
    )
    page, missing = without_missing(small_page)
    assert [section.anchor for section in page.sections] == ["baseline", "drivers", "impact"]
    assert Missing("initiatives", "[initiatives]") in missing
    assert page.lacking == (
        "With more data this page would also tell: what to do first (a list of initiatives), whether changes worked "
        "(what was changed, when and where), the routes people take (a log of events)."
    )
    html = render(page)
    assert page.lacking in html
    assert "here yet" not in html
    assert "TOML" not in html


def test_a_section_without_answers_enough_says_so(small_study, initiatives, read):
    desk = Desk(small_study(4, initiatives_data=initiatives(("New signs", "Signs"))))
    few = "There is nothing to report here: too few complete answers: fewer than 5 can be used."
    for chapter in chapters(desk):
        section = tell(desk, chapter)
        if chapter.anchor in {"drivers", "verdicts", "improve"}:
            assert section.blocks[0].text.startswith(few)
            assert section.title == chapter.title
        if chapter.anchor == "impact":
            assert section.blocks[0].text.startswith(
                "There is nothing to report here: metric 'overall' has fewer than 5 answers in every wave. "
            )
    blank = [answer.key for answer in page_of(desk).screen.answers if answer.is_blank]
    assert blank == ["state", "fix", "plan", "cost", "yes", "gaps", "promises"]


def test_a_stage_stands_under_what_its_first_chapter_found(small_page, airport):
    (baseline,) = [section for section in small_page.sections if section.anchor == "baseline"]
    assert baseline.about == "Stage 2 of 5 · Baseline: where we stand"
    assert "lowest" in baseline.title
    (blind,) = [block for block in baseline.blocks if isinstance(block, Headline)]
    assert (blind.anchor, "blind spot" in blind.text) == ("blind", True)
    anchors = [
        block.anchor for section in airport.page.sections for block in section.blocks if block.kind == "headline"
    ]
    assert anchors == ["blind", "verdicts", "roadmap"]


def test_the_words_explained_are_those_of_the_glossary():
    assert page_of(Desk(cx.Study("Empty"))).words is WORDS
    assert list(WORDS)[:2] == ["Touchpoint", "n"]


def test_each_stage_has_its_number_and_journeys_run_through_all():
    page = page_of(Desk(cx.Study("Empty")))
    assert [section.about for section in page.sections] == [
        "Stage 1 of 5 · Plan: what we set out to do",
        "Stage 2 of 5 · Baseline: where we stand",
        "Stage 3 of 5 · Drivers: what matters",
        "Stage 4 of 5 · Improve: what to do first",
        "Stage 5 of 5 · Impact: did it work?",
        "Journeys: the routes people take",
    ]
    assert page.made == f"Made with cxlens {cx.__version__} on {dt.date.today().isoformat()}."


def test_what_a_stage_found_goes_on_below_its_title(small_page):
    leads = {section.anchor: section.lead for section in small_page.sections}
    assert leads["drivers"].startswith("+0.39 [0.36, 0.42]; clearly first.")
    assert leads["impact"].startswith("2.95 in 2024 to 3.00 in 2025 [2.85, 3.04] and [2.91, 3.10].")


def test_a_chapter_says_of_either_kind_of_refusal_that_there_is_nothing(small_study):
    desk = Desk(small_study(60))
    for refusal in (ValuesError("too few."), OptionError("no such column.")):
        chapter = Chapter("drivers", "What matters", ("survey",), Mock(side_effect=refusal))
        assert tell(desk, chapter).blocks == [Paragraph(f"There is nothing to report here: {refusal}")]


def test_answers_that_are_read_from_a_file_stay_with_one_process(small_study, monkeypatch):
    monkeypatch.setattr(Desk, "in_memory", False)
    monkeypatch.setattr("cxlens.publish.report.meanwhile", Mock(side_effect=AssertionError("a second process")))
    desk = Desk(small_study(60))
    assert [section.anchor for section in drawn_page(desk).sections] == [
        "plan", "baseline", "drivers", "improve", "impact", "journeys",
    ]  # fmt: skip


@pytest.mark.parametrize(("organisation", "about"), [("", "An airport."), ("SFO", "SFO. An airport.")])
def test_the_head_says_whose_study_it_is(organisation, about):
    study = cx.Study("Airport", organisation=organisation, about="An airport.")
    assert page_of(Desk(study)).about == about


def test_text_from_data_is_escaped(small_study, initiatives, no_pictures, tmp_path):
    study = small_study(120, initiatives_data=initiatives(("<script>x</script>", "<b>Shops</b> & more")))
    page = Seen(cx.report(study, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.tags.isdisjoint({"b", "i", "script"})
    assert "<b>Shops</b> & more" in page.text
    assert "Small & <i>odd</i>" in page.text


def test_only_a_study_has_a_report(tmp_path):
    with pytest.raises(OptionError) as error:
        cx.report("study.toml", tmp_path / "report.html")
    assert str(error.value) == "report works on a Study, not on a str. Make one: cx.Study.from_toml(path)."


def test_a_failing_run_leaves_the_old_file(small_study, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("the old one", encoding="utf-8")
    with pytest.raises(CxlensError):
        cx.report(small_study(60, changes=[Change("New signs", metrics=["Signs"], when=2020)]), path)
    assert path.read_text(encoding="utf-8") == "the old one"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_report_replaces_the_old_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("the old one", encoding="utf-8")
    assert cx.report(cx.Study("New"), path) == path
    assert "<h1>New</h1>" in path.read_text(encoding="utf-8")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_name_that_no_browser_opens_is_refused(tmp_path):
    path = tmp_path / "report.docx"
    with pytest.raises(FileError) as error:
        cx.report(cx.Study("New"), path)
    assert str(error.value) == f"{path} does not end in .html or .htm. Give a name such as report.html."
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_refused_first(tmp_path):
    for path in (tmp_path, tmp_path / "out" / "report.html"):
        with pytest.raises(FileError) as error:
            cx.report(cx.Study("New"), path)
        assert str(error.value) == (
            f"{path} cannot be written: give a file, such as report.html, in a folder that is there."
        )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
def test_a_second_process_changes_nothing(small_study, monkeypatch, tmp_path):
    study = small_study(120)
    written, drawn_here = [], []

    def counted(result, **options):
        drawn_here.append(type(result).__name__)
        return inline(result, **options)

    monkeypatch.setattr("cxlens.publish.page.inline", counted)
    for cores in (1, 2):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        written.append(cx.report(study, tmp_path / f"{cores}.html").read_bytes())
    assert written[0] == written[1]
    assert drawn_here.count("Drivers") == 2  # overall and by segment, with one core alone


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
def test_ranks_by_profit_that_a_second_process_tells_stand_in_their_place(
    small_study, initiatives, monkeypatch, tmp_path
):
    values = {"work": 9, "leisure": 5}
    segments = [cx.Segment(name, {"who": name}, value=value, cost_to_serve=1) for name, value in values.items()]
    study = small_study(600, initiatives_data=initiatives(("New signs", "Signs")), segments=segments)
    written = []
    for cores in (1, 2):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        written.append(cx.report(study, tmp_path / f"{cores}.html").read_text(encoding="utf-8"))
    assert written[0] == written[1]
    captions = ["All initiatives", "Initiatives by profit and by people", "What comes when"]
    assert [caption for caption in captions if caption in written[0]] == captions[:2]
    assert written[0].index(captions[0]) < written[0].index(captions[1])


def test_errors_of_a_second_process_are_told_as_ever(small_study, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    study = small_study(60, changes=[Change("New signs", when=2031)])
    with pytest.raises(CxlensError, match=r"^change 'New signs': "):
        cx.report(study, tmp_path / "report.html")
    assert not list(tmp_path.iterdir())


def test_progress_is_shown_on_a_terminal_only(monkeypatch, tmp_path):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for kind, shown in ((Terminal, True), (io.StringIO, False)):
        screen = kind()
        monkeypatch.setattr(sys, "stderr", screen)
        write_report(cx.Study("Empty"), tmp_path / "report.html", progress=True)
        assert ("0/9" in screen.getvalue()) is shown


def test_small_products_of_matrices_are_left_to_one_thread(tmp_path, monkeypatch):
    threads = []

    def watched(page):
        threads.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return render(page)

    monkeypatch.setattr("cxlens.publish.report.render", watched)
    write_report(cx.Study("Empty"), tmp_path / "report.html")
    assert set(threads) == {1}


def test_the_case_study_runs_on_the_real_survey(shared, tmp_path, read, faults):
    spec = importlib.util.spec_from_file_location("make_study", CASE / "make_study.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    desk = Desk(cx.Study.from_toml(module.make(shared / "sfo", tmp_path)))
    made = page_of(desk)
    assert _not_plain(made, read, faults) == []
    page = read(made)
    assert made.screen.headline.startswith("The plan is forecast to add ")
    assert made.screen.answers[0].figure == "+40"
    text = page.text
    assert "Explained: NPS. 2017 only: n = 2,049. Left out:" in text
    assert "Shops and Restaurants share the lowest rating: 3.65 and 3.65 of 5 The difference is not clear" in text
    assert (
        "Wi-Fi satisfaction rose by 0.35 from 2013 to 2014…2017 0.35 [0.29, 0.41]; clearly, other causes possible."
    ) in text
    assert ["2017", "NPS", "+40 [38, 43]", "NPS", "2746"] in page.rows
    assert ["Stage without touchpoint", "Check-in"] in [row[:2] for row in page.rows]
    assert "Too small for drivers of their own (under 230 answers):" in text
    assert "Without a forecast, since not all of their touchpoints" not in text
    plan = pd.read_csv(CASE / "initiatives.csv")
    named = {cell for row in page.rows for cell in row}
    assert set(plan["owner"]) <= named
    too_little = next(row[1] for row in page.rows if row[0].startswith("Food carts") and len(row) == 2)
    assert re.fullmatch(r"Its forecast of 0\.\d\d is below 0\.68, the least worth having", too_little)
    assert "Drivers and forecasts below are of NPS; of Overall there is no forecast." in text
    must = ["Renewal of the oldest escalators (illustration) (forced)", "Facilities"]
    assert [row[-1] for row in page.rows if row[:2] == must and row[2].startswith("2018")] == ["0 of 20"]  # worth doing
