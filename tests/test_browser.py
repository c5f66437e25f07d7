"""Journeys through JupyterLab in a real browser: a control is used, an initiative moved, and what is shown follows."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

import cxlens as cx

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {  # all cells are in the page, and no news pop up
    "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
}
IDLE = '.jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status="idle"]'
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """The system's Chromium, one for all tests: each opens pages of its own."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "no Chromium here: install it (Debian: apt-get install chromium) to drive JupyterLab"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


class Lab(NamedTuple):
    """A JupyterLab server: its address, and the folder of its notebooks."""

    address: str
    folder: Path

    def end_kernels(self) -> None:
        """End all kernels: the next test starts with one of its own."""
        with urllib.request.urlopen(f"{self.address}/api/sessions", timeout=10) as answer:
            sessions = json.load(answer)
        for session in sessions:
            ended = urllib.request.Request(f"{self.address}/api/sessions/{session['id']}", method="DELETE")
            urllib.request.urlopen(ended, timeout=30).close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    """JupyterLab with settings of its own, one for all tests."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "work"
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    homes = {name: str(home / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.disable_check_xsrf=True",  # kernels are ended from here
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=None",
    ]
    for setting, value in SETTINGS.items():
        file = home / "JUPYTER_CONFIG_DIR" / "lab" / "user-settings" / "@jupyterlab" / setting
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    log = (home / "lab.log").open("w")
    environment = os.environ | homes | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}  # as without tests
    server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status", server)
        yield Lab(address, folder)
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _wait_for(url: str, server: subprocess.Popen, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.poll() is None, "JupyterLab ended before it answered"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail(f"JupyterLab did not answer at {url} within {seconds:.0f} s")


@contextmanager
def opened(browser, lab: Lab, name: str, *, run: bool = True) -> Iterator:
    """A page with a notebook, run to its end or not; nothing may be asked from elsewhere."""
    asked, complaints = [], []
    with browser.new_context(viewport={"width": 1300, "height": 1000}) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"{lab.address}/lab/tree/{name}?reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        page.locator(IDLE).wait_for(timeout=60_000)
        # The indicator says idle before there is a kernel; running then opens a dialog that asks for one.
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=60_000)
        if run:
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
            page.locator('.jp-InputPrompt:has-text("[*]")').first.wait_for(timeout=30_000)
            ran(page)
        yield page
        here = (lab.address, "data:", "blob:", lab.address.replace("http", "ws"))
        outside = [url for url in asked if not url.startswith(here)]
    lab.end_kernels()
    assert outside == []
    assert complaints == [] or not run  # without a kernel JupyterLab complains that it finds no widget


def ran(page) -> None:
    """Wait until no cell runs, and none has failed."""
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(e => e.textContent.includes('[*]'))",
        timeout=240_000,
    )
    page.locator(IDLE).wait_for(timeout=60_000)
    # JupyterLab shows an error as it shows what is written to stderr.
    said = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]')
    errors = [text for text in said.all_text_contents() if "Traceback" in text]
    assert errors == []


DRIVERS = """import cxlens as cx

cx.drivers(cx.datasets.load_airport().survey(), n_boot=50).explore()"""


def test_the_segment_control_changes_the_picture(browser, lab):
    write_notebook(lab.folder / "drivers.ipynb", [DRIVERS])
    with opened(browser, lab, "drivers.ipynb") as page:
        widget = page.locator(".jp-OutputArea .cxlens-explorer").first
        widget.scroll_into_view_if_needed()
        picture = widget.locator("img")
        picture.wait_for(timeout=30_000)
        before = picture.get_attribute("src")
        assert picture.get_attribute("alt")
        segment = widget.locator(
            '.widget-dropdown:has-text("segment") select, .widget-dropdown:has-text("Segment") select'
        )
        options = segment.locator("option").all_text_contents()
        segment.select_option(label=next(option for option in options if "business" in option.lower()))
        page.wait_for_function(
            "before => { const i = document.querySelector('.jp-OutputArea .cxlens-explorer img');"
            " return i && i.src !== before; }",
            arg=before,
            timeout=60_000,
        )
        assert "business" in widget.inner_text().lower()


CELLS = [
    """import cxlens as cx

study = cx.datasets.load_airport()
plan = cx.quick_wins(cx.drivers(study.survey(), n_boot=200), study.initiatives(), touchpoint_map=study.map())""",
    """board = cx.ImpactEffortMatrix(plan)
board""",
    """import json

again = cx.quick_wins(board.data, **board.params)
assert again.table.equals(board.to_frame())
rows = board.to_frame().set_index("initiative")[["effort", "benefit", "p_quick_win"]].T.to_dict()
print(json.dumps({"said": board.status, "rows": rows}))""",
]
QUEUE, KERB = "Second security queue at peak hours", "Kerb marshals at peak hours"


def write_notebook(path: Path, cells: list[str]) -> None:
    code = [
        {"cell_type": "code", "id": f"cell{k}", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
        for k, cell in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    path.write_text(json.dumps({"cells": code, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}))


def told(page) -> dict:
    """What Python says when the last cell is run again."""
    page.locator(".jp-Notebook .jp-Cell").last.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    ran(page)
    return json.loads(page.locator(".jp-Cell").last.locator(".jp-OutputArea-output pre").inner_text())


def test_an_initiative_moves_by_mouse_and_keyboard_and_its_probability_follows(browser, lab):
    write_notebook(lab.folder / "matrix.ipynb", CELLS)
    with opened(browser, lab, "matrix.ipynb") as page:
        board = page.locator(".jp-OutputArea .cxlens-matrix").first
        board.scroll_into_view_if_needed()
        spots = board.get_by_role("button", name="of 100 redraws")
        assert spots.count() == board.locator("tbody tr").count() > 5
        status = board.get_by_role("status")
        assert status.get_attribute("aria-live") == "polite"
        start = told(page)["rows"]

        def spot(name):
            return board.locator(f'.spot[data-name="{name}"]')

        def chance(name):
            return board.locator("tbody tr", has_text=name).locator("td").first.inner_text()

        def said(name, before):
            page.wait_for_function(
                "([name, before]) => { const s = document.querySelector('.jp-OutputArea .cxlens-matrix .status');"
                " return s.textContent.startsWith(name) && s.textContent !== before; }",
                arg=[name, before],
                timeout=20_000,
            )
            return status.inner_text()

        def middle(one):
            one.locator(".dot").scroll_into_view_if_needed()
            box = one.locator(".dot").bounding_box()
            return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def pull(name, across):
            x, y = middle(spot(name))
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + across / 2, y, steps=4)
            page.mouse.move(x + across, y, steps=4)

        for k in range(spots.count()):  # also where marks lie over one another, the one pointed at is meant
            one = board.locator(".spot").nth(k)
            page.mouse.move(*middle(one))
            assert board.locator(".card strong").inner_text() == one.get_attribute("data-name")

        # a drag that Escape lets go of changes nothing
        shown = status.inner_text()
        pull(QUEUE, 120)
        assert board.locator(".ghost").count() == 1
        page.keyboard.press("Escape")
        page.mouse.up()
        assert (board.locator(".ghost").count(), spot(QUEUE).get_attribute("transform")) == (0, None)
        assert status.inner_text() == shown

        first = chance(QUEUE)
        pull(QUEUE, 260)
        page.mouse.up()
        words = said(QUEUE, shown)
        assert words.endswith(f"Big and easy in {chance(QUEUE)} of 100 redraws, was {first}.")
        assert chance(QUEUE) != first
        after_drag = told(page)
        assert after_drag["said"] == words
        assert after_drag["rows"][QUEUE]["effort"] > 2 * start[QUEUE]["effort"]
        assert after_drag["rows"][QUEUE]["p_quick_win"] < start[QUEUE]["p_quick_win"]
        assert after_drag["rows"][KERB] == start[KERB]

        first = chance(KERB)
        spot(KERB).focus()
        card = board.locator(".card")
        assert KERB in card.inner_text()
        page.keyboard.press("ArrowRight")
        words = said(KERB, words)
        assert "effort 4.2 weeks" in words
        page.keyboard.press("Shift+ArrowUp")
        words = said(KERB, words)
        assert page.evaluate("document.activeElement.dataset.name") == KERB
        assert words.endswith(f"Big and easy in {chance(KERB)} of 100 redraws, was {first}.")
        assert chance(KERB) != first
        after_keys = told(page)
        assert after_keys["rows"][KERB]["effort"] == 4.2
        assert after_keys["rows"][KERB]["benefit"] > start[KERB]["benefit"]
        assert after_keys["rows"][KERB]["p_quick_win"] > start[KERB]["p_quick_win"]

        spot(KERB).focus()
        page.keyboard.press("Control+z")
        page.wait_for_function(
            "() => document.querySelector('.cxlens-matrix .status').textContent.startsWith('Undone')", timeout=20_000
        )
        assert chance(KERB) == first
        board.get_by_label("Easy up to, weeks").fill("3")
        board.get_by_label("Easy up to, weeks").press("Enter")
        assert "easy up to 3 weeks" in said("Big from", "")
        board.get_by_role("button", name="Reset").click()
        said("As it was given", "")
        assert told(page)["rows"] == start


SLIDERS = """import cxlens as cx

found = cx.drivers(cx.datasets.load_airport().survey(), n_boot=50)
forecast = cx.what_if(found, {"Security": 0.3, "Wi-Fi": 0.2}).explore()
forecast"""


def test_a_slider_has_a_name_and_a_track_and_an_old_forecast_is_dimmed(browser, lab):
    write_notebook(lab.folder / "sliders.ipynb", [SLIDERS])
    with opened(browser, lab, "sliders.ipynb") as page:
        widget = page.locator(".jp-OutputArea .cxlens-explorer").first
        assert widget.get_by_role("slider").count() == 12
        security = widget.get_by_role("slider", name="Security")
        field = widget.get_by_role("spinbutton", name="Security, points")
        security.scroll_into_view_if_needed()

        def forecast_of(value):  # what Python heard, and answered
            widget.get_by_text(f"If Security rose by {value:g}").first.wait_for(timeout=20_000)

        box = security.bounding_box()
        assert box["width"] > 100
        low, high = (float(security.get_attribute(end)) for end in ("min", "max"))
        assert low < -2 < 1 < high < 2  # it is rated 3.5 of 5
        middle = box["y"] + box["height"] / 2
        at = box["x"] + 8 + (box["width"] - 16) * (0.3 - low) / (high - low)
        page.mouse.move(at, middle)
        page.mouse.down()
        page.mouse.move(at + 12, middle, steps=3)
        page.mouse.up()
        nudged = float(field.input_value())
        assert 0.3 < nudged < 0.8
        forecast_of(nudged)
        security.focus()
        page.keyboard.press("ArrowRight")
        assert float(field.input_value()) == pytest.approx(nudged + 0.05)
        forecast_of(round(nudged + 0.05, 2))

        for name in ("Security", "Wi-Fi"):
            field = widget.get_by_role("spinbutton", name=f"{name}, points")
            field.fill("0")
            field.press("Enter")
        widget.get_by_role("alert").wait_for(timeout=20_000)
        assert "no change to forecast" in widget.get_by_role("alert").inner_text()
        dimmed = widget.locator(".cxlens-old")
        assert dimmed.count() == 2
        assert dimmed.last.locator("svg").count() == 1
        assert float(dimmed.last.evaluate("part => getComputedStyle(part).opacity")) < 0.5
        field.fill("0.4")
        field.press("Enter")
        dimmed.first.wait_for(state="detached", timeout=20_000)
        assert "If Wi-Fi rose by 0.4" in widget.inner_text()
        field.press("ArrowUp")
        assert field.input_value() == "0.45"
        widget.get_by_text("If Wi-Fi rose by 0.45").first.wait_for(timeout=20_000)
        page.keyboard.press("Control+s")  # from within the field
        page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')", timeout=20_000)


MAP = """import cxlens as cx

places = cx.datasets.load_airport().map().explore()
places"""


def test_a_filter_of_the_map_makes_others_pale_and_invents_no_gap(browser, lab):
    write_notebook(lab.folder / "map.ipynb", [MAP])
    with opened(browser, lab, "map.ipynb") as page:
        widget = page.locator(".jp-OutputArea .cxlens-explorer").first
        buttons = widget.locator(".cxlens-map button")
        assert buttons.count() == 12
        sentence = widget.get_by_role("status").first.inner_text()
        assert "3 needs have no touchpoint at their stage" in sentence
        grid = widget.locator(".cxlens-map").inner_text()
        widget.get_by_label("Owner", exact=True).select_option(label="Digital services")
        pale = widget.locator(".cxlens-map button.cxlens-pale")
        pale.nth(10).wait_for(timeout=20_000)
        assert (buttons.count(), pale.count()) == (12, 11)
        assert float(pale.first.evaluate("button => getComputedStyle(button).opacity")) < 0.5
        widget.get_by_role("status").filter(has_text=sentence).wait_for(timeout=20_000)  # it calculates until then
        assert widget.locator(".cxlens-map").inner_text() == grid
        widget.get_by_label("Owner", exact=True).select_option(label="All\xa0owners")
        pale.first.wait_for(state="detached", timeout=20_000)
        page.set_viewport_size({"width": 1000, "height": 800})
        for name in ("Baggage claim", "Booking website"):  # the last lane and the first
            button = widget.get_by_role("button", name=name)
            button.focus()
            page.keyboard.press("Enter")
            card = widget.locator(".cxlens-opened", has_text=f"{name}, on stage")
            card.wait_for(timeout=20_000)
            page.wait_for_timeout(300)  # it is scrolled to
            box = card.bounding_box()
            assert box["y"] > 0
            assert box["y"] + box["height"] < 800
            assert button.evaluate("button => button === document.activeElement")


JOURNEY = """import cxlens as cx

study = cx.datasets.load_airport()
airport = study.map()
card = cx.baseline(study.survey().where({"wave": 2025}), airport)
airport.explore(card, kind="journey", initiatives=study.initiatives(), personas=study.personas)"""


def test_a_journey_is_asked_for_a_segment_by_keys_and_keeps_its_gaps(browser, lab):
    write_notebook(lab.folder / "journey.ipynb", [JOURNEY])
    with opened(browser, lab, "journey.ipynb") as page:
        widget = page.locator(".jp-OutputArea .cxlens-explorer").first
        picture = widget.locator("img")
        before = picture.get_attribute("src")
        assert picture.get_attribute("alt").startswith("Journey map by stage")
        gaps = "3 needs have no touchpoint at their stage"
        assert gaps in widget.get_by_role("status").first.inner_text()
        segment = widget.get_by_label("Figures for", exact=True)
        segment.focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_function(
            "before => [...document.querySelectorAll('.cxlens-explorer img')].some(img => img.src !== before)",
            arg=before,
            timeout=60_000,
        )
        assert segment.evaluate("list => list === document.activeElement")
        widget.get_by_role("status").filter(has_text=gaps).wait_for(timeout=20_000)
        widget.get_by_label("Owner", exact=True).select_option(label="Digital services")
        widget.get_by_role("status").filter(has_text=gaps).wait_for(timeout=20_000)


@pytest.fixture(scope="module")
def map_page(tmp_path_factory) -> Path:
    """The journey map of the airport as a page."""
    study = replace(cx.datasets.load_airport(), roadmap_plan=None)
    return cx.journey_map(study, tmp_path_factory.mktemp("map") / "map.html")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (800, "light"), (390, "dark")])
def test_the_page_of_a_journey_asks_for_nothing_and_fits(browser, map_page, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    asked = []
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(map_page.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        sizes = page.eval_on_selector_all("body *", "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))")
        assert min(sizes) >= 12
        assert Axe().run(page).response["violations"] == []
        assert page.get_by_text("no touchpoint").first.is_visible()
        papers = {size: page.pdf(format=size, landscape=True) for size in ("A3", "A4")}
        page.emulate_media(media="print")
        cut = page.eval_on_selector_all(".cell", "all => all.map(e => getComputedStyle(e).breakInside)")
    assert asked == [map_page.as_uri()]
    assert {size: paper.count(b"/Type /Page\n") for size, paper in papers.items()} == {"A3": 1, "A4": 2}
    assert set(cut) == {"avoid"}  # a lane stands on one page


LISTS = """import cxlens as cx

trend = cx.monitor(cx.datasets.load_airport().survey(), metric="Wi-Fi").explore()
trend"""


def test_a_list_is_used_by_keys_and_the_notebook_stays_as_it_is(browser, lab):
    write_notebook(lab.folder / "lists.ipynb", ["before = 1", LISTS, "after = 1"])
    with opened(browser, lab, "lists.ipynb") as page:
        widget = page.locator(".jp-OutputArea .cxlens-explorer").first
        cells = page.locator(".jp-Notebook .jp-Cell")
        measure = widget.get_by_label("Measure", exact=True)
        measure.focus()
        for key, name in (("ArrowDown", "Restrooms"), ("ArrowUp", "Wi-Fi"), ("b", "Boarding")):
            page.keyboard.press(key)
            widget.get_by_text(f"{name} satisfaction").first.wait_for(timeout=20_000)
            assert measure.evaluate("list => list === document.activeElement")
            assert measure.locator("option:checked").inner_text().replace("\xa0", " ") == name
        assert cells.count() == 3
        page.keyboard.press("Shift+Enter")  # still runs the cell
        page.wait_for_function("() => document.activeElement.tagName !== 'SELECT'", timeout=20_000)


def test_the_trap_of_the_league_table_is_played_by_keys(browser, lab):
    shutil.copy(NOTEBOOKS / "07_places.ipynb", lab.folder)
    with opened(browser, lab, "07_places.ipynb") as page:
        answers = page.get_by_label("Answers a hotel", exact=True)
        answers.focus()
        cells = page.locator(".jp-Notebook .jp-Cell").count()
        page.get_by_text("45 of 100 times").wait_for(timeout=20_000)
        page.keyboard.press("ArrowDown")
        page.get_by_text("57 of 100 times").wait_for(timeout=20_000)
        assert answers.locator("option:checked").inner_text().replace("\xa0", " ") == "100"
        assert answers.evaluate("list => list === document.activeElement")
        assert page.locator(".jp-Notebook .jp-Cell").count() == cells
        widget = page.locator(".jp-OutputArea .cxlens-explorer", has=page.get_by_label("Mix of customers")).first
        widget.get_by_label("Mix of customers").select_option(label="same purpose")
        widget.get_by_text("Hotel accounts for 4 %").first.wait_for(timeout=20_000)


IMPACT = """import cxlens as cx

study = cx.datasets.load_airport()
seats = study.changes[1]
cx.which_design(study.survey_of(seats.name), seats).explore()"""
COHORTS = "cx.retention(study.purchases()).cohort_view().explore()"


def test_designs_and_cohorts_are_chosen_by_keys(browser, lab):
    write_notebook(lab.folder / "impact.ipynb", [IMPACT, COHORTS])
    with opened(browser, lab, "impact.ipynb") as page:
        ladder = page.locator(".jp-OutputArea .cxlens-explorer").nth(0)
        ladder.get_by_label("Design", exact=True).focus()
        for said in ("gained more than elsewhere", "with the change in 2024-Q1", "rose by"):
            page.keyboard.press("ArrowDown")
            ladder.get_by_text(said).first.wait_for(timeout=20_000)
        cohorts = page.locator(".jp-OutputArea .cxlens-explorer").nth(1)
        cohorts.get_by_label("Cohorts by", exact=True).focus()
        page.keyboard.press("ArrowDown")
        cohorts.get_by_text("In the quarter after their first").first.wait_for(timeout=20_000)
        assert len(cohorts.locator("img").get_attribute("alt")) > 40


FLOWS = """import cxlens as cx

cx.paths(cx.datasets.load_airport().journeys()).flow().explore()"""


def test_flows_start_where_keys_say(browser, lab):
    write_notebook(lab.folder / "flows.ipynb", [FLOWS])
    with opened(browser, lab, "flows.ipynb") as page:
        widget = page.locator(".jp-OutputArea .cxlens-explorer").first
        widget.get_by_label("From", exact=True).focus()
        page.keyboard.type("Security")
        widget.get_by_text("from Security (step 1) to Signs").first.wait_for(timeout=20_000)
        widget.locator("img[alt*='from Security (step 1) to Signs']").wait_for(timeout=20_000)
        steps = widget.get_by_label("Steps", exact=True)
        steps.focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
        page.wait_for_function("() => !document.querySelector('.cxlens-old')", timeout=20_000)
        assert steps.input_value() == "6"


SAVED = [
    """import cxlens as cx

study = cx.datasets.load_airport()
rated = cx.baseline(study.survey(), study.map())
_ = rated.plot()""",
    "rated.explore()",
    """found = cx.drivers(study.survey(), n_boot=20)
cx.ImpactEffortMatrix(cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map()))""",
]
PICTURES = ".cxlens-saved img"


def test_a_saved_notebook_shows_its_pictures_opened_again_and_exported(browser, lab):
    notebook = lab.folder / "saved.ipynb"
    write_notebook(notebook, SAVED)
    with opened(browser, lab, notebook.name) as page:
        page.locator(".cxlens-explorer img").wait_for()
        pictures = page.locator(PICTURES)
        assert [picture.is_visible() for picture in pictures.all()] == [False, False]  # the live widgets hide them
        page.get_by_label("By", exact=True).select_option(label="purpose")
        page.locator(".cxlens-saved", has_text="Chosen: By: purpose.").wait_for(state="attached", timeout=20_000)
        page.keyboard.press("Control+s")
        page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')", timeout=20_000)
    with opened(browser, lab, notebook.name, run=False) as page:
        page.locator(PICTURES).nth(1).wait_for()
        page.get_by_text("Error displaying widget").nth(1).wait_for(state="hidden")
        assert "Restaurants for business" in page.locator(PICTURES).first.get_attribute("alt")
        drawn = page.locator('.jp-OutputArea-output[data-mime-type="text/html"] > img')
        assert drawn.get_attribute("alt").startswith("Scorecard of touchpoints. Rated lowest")
    exported(browser, notebook)


def exported(browser, notebook: Path) -> None:
    """The export of a notebook, looked at offline."""
    from nbconvert import HTMLExporter

    text, _ = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="").from_filename(notebook)
    target = notebook.with_suffix(".html")
    target.write_text(text, encoding="utf-8")
    asked = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(target.as_uri())
        images = page.locator("img")
        assert images.count() == 3
        assert all(len(image.get_attribute("alt")) > 100 for image in images.all())
        assert images.evaluate_all("images => images.every(image => image.checkVisibility() && image.naturalWidth)")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@contextmanager
def shown_as_dashboard(browser, tmp_path: Path, study: Path) -> Iterator:
    """The dashboard of a study in a browser, which asks nobody else for anything."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    homes = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    command = ["-c", "from cxlens.cli import main; main()", "dashboard", str(study), "--port", str(port)]
    log = (tmp_path / "voila.log").open("w")
    server = subprocess.Popen(
        [sys.executable, *command], env=os.environ | homes, stdout=log, stderr=log, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}/"
    asked: list[str] = []
    try:
        _wait_for(f"{address}voila/static/voila.js", server)
        with browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.goto(address, wait_until="commit", timeout=60_000)
            page.locator(".cx-live .cx-journeys h3").wait_for(timeout=120_000)
            yield page
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
        log.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:", "ws:"))] == []


def test_one_choice_moves_all_panels_of_a_dashboard(browser, tmp_path):
    study = NOTEBOOKS.parent / "data" / "samples" / "airport" / "study.toml"
    with shown_as_dashboard(browser, tmp_path, study) as page:
        dash = page.locator(".cx-live")
        assert dash.locator(".cx-card h3").inner_text().strip() == "Security: fix"
        assert "Security" in dash.locator(".cx-drivers text.cx-chosen").all_text_contents()

        spot = dash.locator('button[data-touchpoint="Wi-Fi"]')
        spot.focus()
        page.keyboard.press("Enter")
        dash.locator(".cx-card h3", has_text="Wi-Fi").wait_for(timeout=30_000)
        assert spot.get_attribute("aria-pressed") == "true"
        assert dash.locator(".cx-scorecard text.cx-chosen").all_text_contents() == ["Wi-Fi"]
        assert dash.locator(".cx-plan .cx-chosen .cx-label").all_text_contents() == [
            "Wi-Fi renewal in terminals 1 and 3"
        ]

        dash.locator(".cx-drivers text.cx-pick", has_text="Security").first.click()
        dash.locator(".cx-card h3", has_text="Security").wait_for(timeout=30_000)

        dash.get_by_label("Segment").select_option("purpose: business")
        page.wait_for_function(
            "() => document.querySelector('.cx-live .cx-head p').textContent.startsWith('purpose: business')"
        )
        page.wait_for_function("() => location.search.includes('segment=purpose')")
        page.wait_for_function("() => !document.querySelector('.cx-old')", timeout=30_000)
        assert dash.locator(".cx-card .cx-figure strong").inner_text() == "3.40"

        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        assert faults(page, ".cx-live") == []

        assert "Kernel shutdown" not in (tmp_path / "voila.log").read_text()
        page.emulate_media(color_scheme="dark")
        page.reload(wait_until="commit")
        dash.locator(".cx-journeys h3").wait_for(timeout=120_000)
        assert "Kernel shutdown" in (tmp_path / "voila.log").read_text()  # a page that is left keeps none
        assert dash.locator(".cx-head p").first.inner_text().startswith("purpose: business")
        for part in (page.locator("body"), dash):
            assert part.evaluate("part => getComputedStyle(part).backgroundColor") == "rgb(20, 24, 28)"
        assert faults(page, ".cx-live") == []


def faults(page, part: str) -> list[str]:
    """What axe-core finds on a part of a page that is serious or moderate."""
    import axe_playwright_python

    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("part => axe.run(part)", part)["violations"]
    return [fault["id"] for fault in found if fault["impact"] in ("moderate", "serious", "critical")]


UNREADABLE = """() => {
  const found = [];
  for (const picture of document.querySelectorAll('svg[role=img]')) {
    const frame = picture.getBoundingClientRect();
    for (const text of picture.checkVisibility() ? picture.querySelectorAll('text') : []) {
      const box = text.getBoundingClientRect();
      const scale = text.getScreenCTM();
      const size = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(scale.a, scale.b);
      if (size < 11.95) found.push(`${size} px: ${text.textContent}`);
      if (box.left < frame.left - 1 || box.right > frame.right + 1) found.push(`cut: ${text.textContent}`);
    }
  }
  for (const title of document.querySelectorAll('h1, h2, h3, caption:not(.vh), summary')) {
    const isFolded = title.tagName !== 'SUMMARY' && title.closest('details:not([open])');
    const isWhole = title.checkVisibility() && title.scrollWidth <= title.clientWidth;
    if (!isFolded && !isWhole) found.push(`not whole: ${title.textContent}`);
  }
  return found;
}"""
OPEN_ALL = "() => document.querySelectorAll('details').forEach(fold => { fold.open = true; })"


WORDS_IN_SIGHT = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let words = 0;
  while (texts.nextNode()) {
    const place = texts.currentNode.parentElement;
    const isRead = place.checkVisibility() && !place.closest('svg');
    if (isRead) words += (texts.currentNode.textContent.match(/\\S+/g) || []).length;
  }
  return words;
}"""


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """The report of the airport, made once."""
    return cx.report(cx.datasets.load_airport(), tmp_path_factory.mktemp("report") / "report.html")


def test_a_report_takes_ten_pages_of_paper_and_2500_words(browser, report):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(report.as_uri())
        words = page.evaluate(WORDS_IN_SIGHT)
        paper = page.pdf(prefer_css_page_size=True)
    assert 2000 < words <= 2500  # those of pictures and of what is folded aside
    assert b"/MediaBox [0 0 594.9" in paper  # A4
    assert 5 < len(re.findall(rb"/Type /Page\b", paper)) <= 10


def test_a_tall_picture_stands_on_one_page_of_paper(browser, report):
    with browser.new_context(viewport={"width": 688, "height": 1032}) as context:  # what margins leave of A4, at 96 dpi
        page = context.new_page()
        page.goto(report.as_uri())
        page.emulate_media(media="print")
        picture = page.locator(".row figure").first
        picture.locator("svg").evaluate("svg => svg.setAttribute('viewBox', '0 0 100 600')")
        assert 600 < picture.bounding_box()["height"] < 1032


def test_a_report_is_read_whole_at_any_width(browser, report):
    asked: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.as_uri())
        row = page.locator("tbody tr").first
        for folds in ("", OPEN_ALL):
            page.evaluate(folds)
            for width, form in ((390, "grid"), (800, "table-row"), (1280, "table-row")):
                page.set_viewport_size({"width": width, "height": 844})
                assert page.evaluate("document.documentElement.scrollWidth") == width
                assert page.evaluate(UNREADABLE) == []
                assert page.locator("svg[role=img]:visible").count() > 12
                assert row.evaluate("row => getComputedStyle(row).display") == form  # on a phone a card
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert faults(page, "body") == []
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]


STUDY = """import cxlens as cx

study = cx.datasets.load_airport()
survey, places, ways, bought = study.survey(), study.map(), study.journeys(), study.purchases()
rated = cx.baseline(survey, places)
found = cx.drivers(survey, n_boot=20)
wins = cx.quick_wins(found, study.initiatives(), touchpoint_map=places)
change = study.changes[1]
halls = {"terminal": "Terminal 2"}
plan = cx.roadmap(wins, periods=4, budget=400_000)"""
WIDGETS = [
    "places.explore(performance=rated, importance=found)",
    "rated.explore()",
    "rated.verdicts(found).explore()",
    "found.performance().explore()",
    "cx.find_segments(survey, ['purpose'], max_depth=1).explore()",
    "cx.what_if(found, {'Security': 0.3}).explore()",
    "wins.explore()",
    "plan.explore()",
    "cx.sample_size(difference=0.2, sd=1.0).explore()",
    "cx.power('difference in differences', survey, metric='Wi-Fi', treated=halls, waves=1).explore()",
    "cx.monitor(survey, metric='Wi-Fi').explore()",
    "cx.monitor(survey, metric=['Wi-Fi', 'Signs']).alerts().explore()",
    "cx.which_design(study.survey_of(change.name), change).explore()",
    "cx.retention(bought).explore()",
    "cx.lifetime_value(bought).explore()",
    "cx.paths(ways).explore()",
    "cx.funnel(ways, ['Check-in', 'Security', 'Boarding']).explore()",
    "cx.attribution(ways, n_boot=20).explore()",
]
FAULTS = """async widget => {
  const { violations } = await axe.run(widget);
  return violations.filter(fault => fault.impact !== 'minor').map(fault => fault.id + ': ' + fault.nodes[0].html);
}"""
CONTROLS = """widget => [...widget.querySelectorAll('select, input, button, [role=button], [tabindex="0"]')]
  .filter(control => control.checkVisibility())"""


def test_every_widget_is_used_by_keys_and_read_in_light_and_dark(browser, lab):
    import axe_playwright_python

    write_notebook(lab.folder / "widgets.ipynb", [STUDY, *WIDGETS])
    with opened(browser, lab, "widgets.ipynb") as page:
        page.evaluate(Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
        # axe takes all that lies in a page of no height for hidden, and looks only at what is in sight.
        page.add_style_tag(content="body { height: 100vh !important }")
        page.set_viewport_size({"width": 1300, "height": 2200})
        widgets = page.locator(".cxlens-explorer, .cxlens-matrix")
        assert widgets.count() == len(WIDGETS)
        assert faults_of(widgets) == {}
        assert [reached_by_tab(page, widget) for widget in widgets.all()] == [True] * len(WIDGETS)
        in_theme(page, "JupyterLab Dark", is_light=False)
        assert faults_of(widgets) == {}
        in_theme(page, "JupyterLab Light", is_light=True)
        refused(widgets.filter(has=page.get_by_label("Budget a period")), "Budget a period", "budget")
        refused(widgets.filter(has=page.get_by_label("Difference", exact=True)), "Difference", "difference")
        page.set_viewport_size({"width": 390, "height": 2200})
        fields = page.locator(".cxlens-explorer :is(select, input[type=number], input[type=text]):visible")
        assert fields.count() > 40
        assert min(fields.evaluate_all("all => all.map(field => field.getBoundingClientRect().width)")) > 55


def faults_of(widgets) -> dict[str, list[str]]:
    """What axe-core finds of more than minor impact, by the widget it is in."""
    found = {}
    for code, widget in zip(WIDGETS, widgets.all(), strict=True):
        widget.scroll_into_view_if_needed()
        found[code] = widget.evaluate(FAULTS)
    return {code: faults for code, faults in found.items() if faults}


def reached_by_tab(page, widget) -> bool:
    """Whether Tab goes from the first control to the last through all others."""
    widget.evaluate(f"widget => ({CONTROLS})(widget)[0].focus()")
    last = f"widget => ({CONTROLS})(widget).at(-1) === document.activeElement"
    controls = widget.evaluate(f"widget => ({CONTROLS})(widget).length")
    for _ in range(controls - 1):
        page.keyboard.press("Tab")
    return widget.evaluate(last)


def in_theme(page, name: str, *, is_light: bool) -> None:
    """Choose a theme, which JupyterLab keeps for other pages, too."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Theme").first.hover()
    page.locator(".lm-Menu-item", has_text=name).first.click()
    chosen = str(is_light).lower()
    page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{chosen}'", timeout=20_000)


def refused(widget, label: str, named: str) -> None:
    """Nothing in a field is refused, and the last answer is dimmed, until something is there again."""
    field = widget.first.get_by_label(label, exact=True)
    before = field.input_value()
    field.fill("0")
    field.press("Enter")
    widget.first.get_by_role("alert").wait_for(timeout=20_000)
    assert named in widget.first.get_by_role("alert").inner_text()
    assert widget.first.locator(".cxlens-old").count() == 2
    field.fill(before)
    field.press("Enter")
    widget.first.locator(".cxlens-old").first.wait_for(state="detached", timeout=60_000)
