"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import cxlens as cx
from cxlens import cli
from cxlens.publish import child

STUDY = '[study]\nname = "Airport"\n'
LEFT_OUT = (
    "Left out, as the study does not say it: survey (add [survey]), "
    "objectives (add [[objectives]]), personas (add [[personas]]), "
    "units (add [[units]]), systems (add [[systems]]), methods (add [[methods]]), "
    "targets (add [[targets]]), map (add [map]), initiatives (add [initiatives]), events (add [events]).\n"
)
RUN = "import sys; from cxlens.cli import main; sys.exit(main())"


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def refusal(capsys, *arguments):
    """The one line that a refused command leaves on stderr; nothing may be on stdout."""
    assert cli.main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err.rstrip("\n")


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"cxlens {cx.__version__}\n"


@pytest.mark.parametrize("command", [[], ["new"], ["report"], ["slides"], ["workbook"], ["map"], ["lab"]])
def test_help_says_what_each_command_does(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([*command, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {' '.join(['cxlens', *command])} ")


def test_no_command_shows_the_help(capsys):
    assert cli.main([]) == 0
    assert "write the report of a study" in capsys.readouterr().out


def test_new_writes_the_template(tmp_path, capsys):
    path = tmp_path / "study.toml"
    assert cli.main(["new", str(path)]) == 0
    assert capsys.readouterr().out == f"Written: {path}\n"
    assert cx.Study.from_toml(path).name == "My touchpoints"


def test_new_says_what_only_the_owner_can_tell(tmp_path, capsys):
    path = tmp_path / "study.toml"
    (tmp_path / "answers.csv").write_text("web,call,nps\n1,2,0\n9,5,10\n3,5,7\n", encoding="utf-8")
    assert cli.main(["new", str(path), "--from", str(tmp_path / "answers.csv")]) == 0
    assert capsys.readouterr().out == (
        f"Written: {path}\n"
        "Only you can tell: Scores run from 1 to 9: from where to where does the scale run, and is one of them a "
        "code?\n"
    )


def test_new_replaces_nothing(study, capsys):
    assert refusal(capsys, "new", study) == (
        f"cxlens: {study} is there already, and is not replaced. Give another name, or move it away."
    )


def test_new_from_a_file_that_is_not_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert refusal(capsys, "new", "study.toml", "--from", "none.sav") == (
        f"cxlens: survey file 'none.sav' does not exist. Check the path; relative paths start at '{tmp_path}'."
    )


def test_report_prints_the_path(study, tmp_path, capsys):
    out = tmp_path / "report.html"
    assert cli.main(["report", str(study), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{LEFT_OUT}Report: {out}\n"
    assert said.err == ""
    assert "<h1>Airport</h1>" in out.read_text(encoding="utf-8")


def test_a_simulated_study_is_called_so(study, tmp_path, capsys):
    study.write_text(STUDY + "simulated = true\n", encoding="utf-8")
    out = tmp_path / "report.html"
    assert cli.main(["report", str(study), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"Simulated data.\n{LEFT_OUT}Report: {out}\n"


def test_report_goes_to_the_current_folder_by_default(study, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", "study.toml"]) == 0
    assert capsys.readouterr().out == f"{LEFT_OUT}Report: report.html\n"
    assert (tmp_path / "report.html").is_file()


def chain(tmp_path):
    """The study of a chain of six hotels, the first of which is the poorest."""
    rows = [(f"Hotel {1 + k % 6}", 2 + k // 6 % 3 + (k % 6 > 0), 2 + k // 6 % 4) for k in range(360)]
    pd.DataFrame(rows, columns=["hotel", "room", "overall"]).to_csv(tmp_path / "answers.csv", index=False)
    path = tmp_path / "chain.toml"
    path.write_text(
        '[study]\nname = "Chain"\n[survey]\ndata = "answers.csv"\nsegments = ["hotel"]\nplace = "hotel"\n'
        '[survey.outcomes]\noverall = "interval"\n[survey.touchpoints]\nRoom = "room"\n',
        encoding="utf-8",
    )
    return path


def test_the_report_of_one_place(tmp_path, capsys):
    out = tmp_path / "page.html"
    assert cli.main(["report", str(chain(tmp_path)), "--place", "Hotel 2", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("1. Overall is ")
    assert said.endswith(f"Report: {out}\n")
    assert "<h1>Chain: Hotel 2</h1>" in out.read_text(encoding="utf-8")


def test_an_unknown_place(tmp_path, capsys):
    out = tmp_path / "page.html"
    assert refusal(capsys, "report", chain(tmp_path), "--place", "Hotel 12", "--out", out) == (
        "cxlens: place 'Hotel 12' is not known here. Did you mean 'Hotel 2'? Places: Hotel 1, Hotel 2, Hotel 3, "
        "Hotel 4, Hotel 5, Hotel 6."
    )
    assert not out.exists()


def test_a_place_of_a_study_that_names_none(study, tmp_path, capsys):
    assert refusal(capsys, "report", study, "--place", "Hotel 2", "--out", tmp_path / "page.html") == (
        "cxlens: this study does not say which column names the place. Write it under [survey] of the study, such as "
        'place = "hotel".'
    )


def test_help_says_what_a_place_is(capsys):
    with pytest.raises(SystemExit):
        cli.main(["report", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert (
        '--place NAME one of the places of the study, such as "Hotel 12": the page is then one for its manager' in said
    )


def test_a_study_that_is_not_there(tmp_path, capsys):
    path, out = tmp_path / "none.toml", tmp_path / "report.html"
    assert refusal(capsys, "report", path, "--out", out) == f"cxlens: {path} is not there. Check the path."
    assert not out.exists()


def test_a_study_that_is_no_toml(study, tmp_path, capsys):
    study.write_text('[study]\nname = "Airport\n', encoding="utf-8")
    assert refusal(capsys, "report", study, "--out", tmp_path / "report.html") == (
        f"cxlens: {study} is not valid TOML: Illegal character '\\n' (at line 2, column 16) in `name = \"Airport`. "
        "Close the quotation marks on the same line."
    )


def test_a_study_whose_data_are_not_there(study, tmp_path, capsys):
    study.write_text(STUDY + '[initiatives]\ndata = "none.csv"\n', encoding="utf-8")
    message = refusal(capsys, "report", study, "--out", tmp_path / "report.html")
    assert message.startswith("cxlens: ")
    assert "none.csv" in message


@pytest.mark.parametrize("out", [".", "out/report.html"])
def test_a_file_that_cannot_be_written(study, tmp_path, capsys, out):
    assert refusal(capsys, "report", study, "--out", tmp_path / out) == (
        f"cxlens: {tmp_path / out} cannot be written: give a file, such as report.html, in a folder that is there."
    )


def test_a_refused_command_ends_a_process_without_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", RUN, "report", "none.toml"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "cxlens: none.toml is not there. Check the path.\n"


def test_help_loads_no_pictures(tmp_path):
    code = f"import sys\ntry:\n    {RUN.split('; ')[1]}; main(['--help'])\nexcept SystemExit:\n    pass\n"
    code += "print('matplotlib' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.splitlines()[-1] == "False False"


@pytest.mark.parametrize(("user", "more"), [(0, ["--allow-root"]), (1000, [])])
def test_lab_runs_jupyterlab_on_the_folder(tmp_path, monkeypatch, user, more):
    asked = []
    monkeypatch.setattr("os.geteuid", lambda: user, raising=False)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")

    def run(command, environment):
        asked.append(command)
        settings, theirs = environment["JUPYTER_CONFIG_PATH"].split(os.pathsep)
        page = json.loads(Path(settings, "labconfig", "page_config.json").read_text(encoding="utf-8"))
        assert page == {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
        assert theirs == "theirs"
        return 7

    monkeypatch.setattr(child, "run_beside", run)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    assert cli.main(["lab", str(tmp_path)]) == 7
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab"]) == 7
    options = [
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    command = [sys.executable, "-m", "jupyterlab", *options]
    assert asked == [[*command, folder, *more] for folder in (str(tmp_path), "notebooks")]


def test_lab_without_jupyterlab(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert refusal(capsys, "lab", tmp_path) == (
        "cxlens: cxlens lab needs the package 'jupyterlab', which is not installed. "
        'Install it: pip install "cxlens[lab]"'
    )


def test_lab_without_the_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert refusal(capsys, "lab") == (
        "cxlens: notebooks is not a folder. Give the folder that holds your notebooks: cxlens lab FOLDER."
    )


def test_the_workbook_is_written_and_told(study, tmp_path, capsys):
    assert cli.main(["workbook", str(study), "--out", str(tmp_path / "a.xlsx")]) == 0
    assert capsys.readouterr().out == f"Workbook: {tmp_path / 'a.xlsx'}, 0 tables\n"
    assert (tmp_path / "a.xlsx").is_file()
    assert refusal(capsys, "workbook", study, "--out", tmp_path / "a.xls") == (
        f"cxlens: {tmp_path / 'a.xls'} does not end in .xlsx. Give a name such as workbook.xlsx."
    )


def test_map_writes_the_journey_map_and_says_what_it_found(study, tmp_path, capsys):
    places = "stage,touchpoint\nArrive,Desk\n"
    (tmp_path / "places.csv").write_text(places, encoding="utf-8")
    study.write_text(STUDY + '[map]\ntouchpoints = "places.csv"\n', encoding="utf-8")
    out = tmp_path / "map.html"
    assert cli.main(["map", str(study), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"Map of 1 touchpoint on 1 stage.\nJourney map: {out}\n"
    assert "<h1>Map of 1 touchpoint on 1 stage</h1>" in out.read_text(encoding="utf-8")


def test_map_of_a_study_without_one(study, tmp_path, capsys):
    assert refusal(capsys, "map", study, "--out", tmp_path / "map.html") == (
        'cxlens: this study has no touchpoint map. Add [map] with touchpoints = "touchpoints.csv", a table with stage '
        "and touchpoint, to its TOML file, or Study(..., touchpoint_map=TouchpointMap(...))."
    )


def test_slides_need_answers(study, tmp_path, capsys):
    assert refusal(capsys, "slides", study, "--out", tmp_path / "a.pptx") == (
        "cxlens: slides tell of answers, and study 'Airport' has no survey. Add [survey] to it."
    )
