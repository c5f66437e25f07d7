"""The dashboard in a browser: what Voila is given, and the view that an address asks for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlens.datasets.samples import sample_folder
from cxlens.errors import CxlensError, FileError
from cxlens.publish import serve as module
from cxlens.publish.serve import at_address, serve

AIRPORT = sample_folder() / "airport" / "study.toml"


@pytest.fixture
def started(monkeypatch):
    """What was started, and the files that it was given."""
    seen = {}

    def run(command, environment):
        notebook = next(part for part in command if part.endswith(".ipynb"))
        seen["command"] = command
        seen["source"] = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"][0]["source"]
        seen["path"] = environment["JUPYTER_PATH"]
        return 0

    monkeypatch.setattr(module, "run_beside", run)
    return seen


def test_one_line_is_shown_to_this_machine_alone(started):
    said: list[str] = []
    assert serve(AIRPORT, 8899, said.append) == 0
    assert said == ["Dashboard: http://127.0.0.1:8899 (Ctrl-C ends it)"]
    assert started["command"][4:] == [
        "--no-browser",
        "--Voila.ip=127.0.0.1",
        "--port=8899",
        "--Voila.port_retries=0",
        "--strip_sources=True",
        "--template=cxlens",
    ]
    assert started["source"].endswith(f"at_address({str(AIRPORT.resolve())!r})")


def test_templates_of_others_are_found_beside_ours(started, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "elsewhere")
    serve(AIRPORT, 8899, print)
    home, *others = started["path"].split(os.pathsep)
    assert others == ["elsewhere"]
    assert Path(started["command"][3]).parent == Path(home)


def test_a_study_that_cannot_be_read_is_refused_before_voila_starts(started, tmp_path):
    study = tmp_path / "study.toml"
    study.write_text("[survey]\n", encoding="utf-8")
    with pytest.raises(CxlensError):
        serve(study, 8866, print)
    assert started == {}


def test_a_study_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FileError) as refused:
        serve(tmp_path / "none.toml", 8866, print)
    assert str(refused.value) == (
        f"there is no file {tmp_path / 'none.toml'}. Give the study's TOML file: cxlens dashboard STUDY.toml."
    )


def test_the_extra_is_named_where_voila_is_missing(started, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(CxlensError) as refused:
        serve(AIRPORT, 8866, print)
    assert str(refused.value) == (
        "cxlens dashboard needs the package 'voila', which is not installed. Install it: pip install \"cxlens[lab]\""
    )
    assert started == {}


STUDY = """
[study]
name = "Small"

[survey]
data = "answers.csv"
time = "year"
segments = ["who"]
touchpoints = {Web = "web", Shop = "shop"}
outcomes = {overall = "interval"}

[survey.scale]
low = 1
high = 5

[survey.outcome_scales.overall]
low = 1
high = 5
"""


@pytest.fixture
def small(tmp_path):
    rng = np.random.default_rng(1)
    answers = pd.DataFrame(rng.integers(1, 6, (80, 3)), columns=["web", "shop", "overall"])
    answers = answers.assign(year=[2024, 2025] * 40, who=["new", "new", "known", "known"] * 20)
    answers.to_csv(tmp_path / "answers.csv", index=False)
    study = tmp_path / "study.toml"
    study.write_text(STUDY, encoding="utf-8")
    return str(study)


def test_the_address_holds_the_view(monkeypatch, small):
    monkeypatch.setenv("QUERY_STRING", "segment=who%3A+new&touchpoint=Shop&other=1")
    page = at_address(small)
    assert page.in_address
    assert (page.params["segment"], page.params["touchpoint"]) == ("who: new", "Shop")
    assert page.message == ""


def test_an_address_that_asks_for_what_is_not_there_shows_the_usual_view(monkeypatch, small):
    monkeypatch.setenv("QUERY_STRING", "wave=1999")
    page = at_address(small)
    assert page.message == "Not possible: wave '1999' is not known here. Waves: All waves, 2024, 2025."
    assert (page.params["segment"], page.params["wave"]) == ("Everyone", "All waves")
