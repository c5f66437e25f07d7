"""The site: no public name, picture or error rate is missing or out of date. ``make docs`` builds it, in minutes."""

from __future__ import annotations

import ast
import importlib.util
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import cxlens as cx

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
STAGES = ["plan", "baseline", "drivers", "improve", "impact", "journeys"]
PAGES = sorted(DOCS.rglob("*.md"))


def listed(name: str) -> dict[str, list]:
    return tomllib.loads((DOCS / name).read_text(encoding="utf-8"))


PICTURES = listed("gallery.toml")["picture"]
ENTRIES = [entry for group in listed("reference.toml")["group"] for entry in group["entry"]]
RATES = [row for group in listed("methods.toml")["group"] for row in group["row"]]


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def make_pages():
    return script("make_pages")


def test_every_public_name_stands_in_the_reference_once():
    assert sorted(entry["name"] for entry in ENTRIES) == sorted(set(dir(cx)) - {"__version__"})


def test_results_in_the_reference_are_there():
    for entry in ENTRIES:
        for result in entry.get("results", []):
            module, _, name = f"cxlens.{result}".rpartition(".")
            assert isinstance(getattr(import_module(module), name), type)


def test_every_picture_stands_in_the_gallery_once():
    charts = [f"{stage}/{name}" for stage in STAGES for name in import_module(f"cxlens.stages.{stage}.charts").CHARTS]
    assert sorted(picture["chart"] for picture in PICTURES) == sorted(charts)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture["chart"])
def test_a_picture_takes_three_lines_and_says_how_it_is_read(picture):
    lines = ast.parse(picture["code"]).body
    assert len(lines) == 3
    assert lines[-1].value.func.attr == "plot"
    assert picture["how"].endswith(".")
    assert len(picture["how"].split()) <= 40


def test_lines_of_the_gallery_draw_a_picture_with_its_alternative_text(make_pages, tmp_path):
    code = next(picture["code"] for picture in PICTURES if picture["chart"] == "impact/Monitor")
    alt = make_pages.draw(code, tmp_path / "a.svg")
    assert alt.startswith("Series over waves. NPS did not clearly change")
    assert "<svg" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_a_page_of_the_reference_has_the_name_and_its_result(make_pages):
    entry = next(entry for entry in ENTRIES if entry["name"] == "drivers")
    page = list(make_pages.reference_page(entry))
    assert ".. autofunction:: drivers" in page
    assert ".. autoclass:: cxlens.stages.drivers.drivers.Drivers" in page
    datasets = list(make_pages.reference_page({"name": "datasets", "kind": "module"}))
    assert ".. autofunction:: cxlens.datasets.load_airport" in datasets


@pytest.mark.parametrize("row", RATES, ids=lambda row: row["claim"][:40])
def test_error_rates_are_those_that_were_measured(row):
    measured = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert row["source"] in measured.splitlines()
    figures = re.findall(r"\d+\.\d+", row["measured"])
    assert figures
    assert [figure for figure in figures if figure not in row["source"]] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_name_what_is_there_and_lead_nowhere_outside(path):
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert set(re.findall(r"\bcx\.(\w+)", text)) <= set(dir(cx))
    assert set(re.findall(r"\{py:\w+\}`cxlens\.(\w+)", text)) <= set(dir(cx))
    for target in re.findall(r"\]\(([^)#]+)", text):
        is_made = target.startswith(("gallery/", "reference/", "notebooks/"))
        assert is_made or (path.parent / target).is_file(), target


def test_code_on_pages_can_be_read():
    for path in PAGES:
        for code in re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            ast.parse(code)


def test_the_check_of_the_site_sees_requests_and_links_that_lead_nowhere(tmp_path):
    (tmp_path / "a.html").write_text(
        '<script src="https://cdn/x.js"></script><link href="//fonts/x.css"><img src="b.png"><p id="here">'
        '<a href="https://else.where">out</a><a href="b.html">b</a><a href="c.html">c</a><a href="#here">up</a>'
        '<a href="b.html#there">there</a><a href="b.html#gone">gone</a>',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<p id="there">', encoding="utf-8")
    assert script("check_site").faults(tmp_path) == [
        "a.html: asks for https://cdn/x.js",
        "a.html: asks for //fonts/x.css",
        "a.html: leads nowhere: c.html",
        "a.html: leads nowhere: b.html#gone",
    ]
