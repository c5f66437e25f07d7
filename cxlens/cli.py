"""The command line: ``cxlens new``, ``report``, ``slides``, ``workbook``, ``map``, ``dashboard``, ``lab`` and ``mcp``.

It reads arguments, calls the package and prints. What a report says, and any figure, does not belong here.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cxlens import __version__
from cxlens.errors import CxlensError, FileError, not_installed

# JupyterLab asks nothing of the internet: no news, no newer version, no list of extensions.
QUIET = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]
NO_QUESTION = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}'  # whether to fetch news


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv
        The arguments; those of the process by default.

    Returns
    -------
    int
        The exit code: 0, or 1 with one line on stderr where cxlens refuses something. Arguments that cannot be
        understood end the process with code 2, as `argparse` does.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        if arguments.command == "new":
            return _new(arguments.study, arguments.answers)
        if arguments.command == "report":
            return _report(arguments.study, arguments.out, arguments.place)
        if arguments.command == "slides":
            return _slides(arguments.study, arguments.out)
        if arguments.command == "workbook":
            return _workbook(arguments.study, arguments.out)
        if arguments.command == "map":
            return _map(arguments.study, arguments.out)
        if arguments.command == "dashboard":
            return _dashboard(arguments.study, arguments.port)
        if arguments.command == "lab":
            return _lab(arguments.folder)
        if arguments.command == "mcp":
            return _mcp(arguments.study)
    except CxlensError as error:
        message = " ".join(str(error).split())
        print(f"cxlens: {message}", file=sys.stderr)
        return 1
    parser.print_help()
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "Touchpoint analysis for customer experience: from survey answers to what to fix first."
    parser = argparse.ArgumentParser(prog="cxlens", description=about)
    parser.add_argument("--version", action="version", version=f"cxlens {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _add_new(commands)
    _add_files(commands)
    _add_dashboard(commands)
    _add_lab(commands)
    _add_mcp(commands)
    return parser


def _add_new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = commands.add_parser(
        "new",
        help="write a new study: a commented template, or what a file of answers looks like",
        description="Write a new study: a commented template, or what a file of answers looks like, with the questions "
        "that only its owner can answer. A file that is there is never replaced.",
    )
    new.add_argument("study", metavar="STUDY.toml", type=Path, help="the file to write")
    new.add_argument(
        "--from",
        dest="answers",
        metavar="FILE",
        type=Path,
        help="answers to look at: .csv, .xlsx, .sav, .dta, .sas7bdat or .parquet",
    )


def _add_files(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands that make one file of a study."""
    report = _add_file(
        commands,
        "report",
        "report.html",
        "write the report of a study: one HTML file that opens anywhere, also offline, and prints well",
    )
    report.add_argument(
        "--place",
        metavar="NAME",
        help='one of the places of the study, such as "Hotel 12": the page is then one for its manager',
    )
    _add_file(
        commands,
        "map",
        "map.html",
        "write the journey map of a study: one HTML file that opens anywhere, or a picture (.svg, .png, .pdf)",
    )
    _add_file(commands, "slides", "slides.pptx", "write five slides for a meeting, with native tables")
    _add_file(
        commands,
        "workbook",
        "workbook.xlsx",
        "write every table of a study as an Excel workbook, one sheet each",
    )


def _add_file(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, out: str, about: str
) -> argparse.ArgumentParser:
    """A command that makes one file of a study."""
    command = commands.add_parser(name, help=about, description=f"{about[:1].upper()}{about[1:]}.")
    command.add_argument("study", metavar="STUDY.toml", type=Path, help="the study")
    command.add_argument("--out", metavar="FILE", type=Path, default=out, help="file to write (default: %(default)s)")
    return command


def _add_dashboard(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    dashboard = commands.add_parser(
        "dashboard",
        help="show a study as one page in the browser, with segment, wave and touchpoint to choose",
        description="Show a study as one page in the browser, offline and for this machine alone; Ctrl-C ends it.",
    )
    dashboard.add_argument("study", metavar="STUDY.toml", type=Path, help="the study")
    dashboard.add_argument(
        "--port",
        metavar="NUMBER",
        type=int,
        default=8866,
        help="where it listens (default: %(default)s)",
    )


def _add_lab(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    lab = commands.add_parser(
        "lab",
        help="open a folder of notebooks in JupyterLab",
        description="Open a folder of notebooks in JupyterLab; Ctrl-C ends it.",
    )
    lab.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        nargs="?",
        default="notebooks",
        help="its path (default: ./%(default)s)",
    )


def _add_mcp(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    door = commands.add_parser(
        "mcp",
        help="let an assistant on this machine read the findings of a study",
        description="Let an assistant on this machine list the findings of a study and read them, by the Model Context "
        "Protocol over standard input and output. It can change nothing, and nothing is sent elsewhere.",
    )
    door.add_argument("study", metavar="STUDY.toml", type=Path, help="the study")


def _new(path: Path, answers: Path | None) -> int:
    """Write a study file, then say what was written and what is to be answered in it."""
    from cxlens.study.new import write_new_study

    new = write_new_study(path, answers)
    for file in new.files:
        print(f"Written: {file}")
    for question in new.questions:
        print(f"Only you can tell: {question}")
    return 0


def _report(path: Path, out: Path, place: str | None) -> int:
    """Write the report, then say where it is and what it found."""
    with _nothing_collected():
        # Imported here, so that --help and --version answer at once.
        from cxlens.publish.report import write_report
        from cxlens.study.study import Study

        study = Study.from_toml(path)
        findings, missing = write_report(study, out, place=place, progress=True)
    if study.simulated:
        print("Simulated data.")
    for number, finding in enumerate(findings, start=1):
        print(f"{number}. {finding}")
    if missing:
        absent = ", ".join(f"{block.what} (add {block.part})" for block in missing)
        print(f"Left out, as the study does not say it: {absent}.")
    print(f"Report: {out}")
    return 0


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Leave circles of objects in memory: hardly any of a report can go before its end, and looking costs time.

    A tenth of importing all that a report needs is such looking.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _slides(path: Path, out: Path) -> int:
    """Write the slides, then say where they are and what each finds."""
    from cxlens.publish.slides import write_slides
    from cxlens.study.study import Study

    study = Study.from_toml(path)
    written = write_slides(study, out)
    if study.simulated:
        print("Simulated data.")
    for number, slide in enumerate(written, start=1):
        print(f"{number}. {slide.title}")
    print(f"Slides: {out}")
    return 0


def _workbook(path: Path, out: Path) -> int:
    """Write the workbook, then say where it is, what stands in it, and what cannot be told."""
    from cxlens.common.values import plural
    from cxlens.publish.workbook import write_study_workbook
    from cxlens.study.study import Study

    study = Study.from_toml(path)
    tables, left = write_study_workbook(study, out, progress=True)
    if study.simulated:
        print("Simulated data.")
    for entry in left:
        print(f"Not told: {entry.name}. {entry.why}")
    print(f"Workbook: {out}, {plural(len(tables), 'table')}")
    return 0


def _map(path: Path, out: Path) -> int:
    """Write the journey map, then say where it is and what it found."""
    from cxlens.publish.journey_map import write_journey_map
    from cxlens.study.study import Study

    study = Study.from_toml(path)
    journey = write_journey_map(study, out)
    if study.simulated:
        print("Simulated data.")
    print(journey)
    print(f"Journey map: {out}")
    return 0


def _dashboard(path: Path, port: int) -> int:
    """Show a study in the browser until it ends."""
    from cxlens.publish.serve import serve

    return serve(path, port, partial(print, flush=True))


def _mcp(path: Path) -> int:
    """Answer an assistant until it hangs up."""
    from cxlens.publish.assistant import open_door

    open_door(path)
    return 0


def _lab(folder: Path) -> int:
    """Run JupyterLab on a folder until it ends."""
    from cxlens.publish.child import run_beside

    if not folder.is_dir():
        raise FileError(f"{folder} is not a folder. Give the folder that holds your notebooks: cxlens lab FOLDER.")
    if importlib.util.find_spec("jupyterlab") is None:
        raise not_installed("cxlens lab needs", "jupyterlab", "lab")
    command = [sys.executable, "-m", "jupyterlab", *QUIET, str(folder)]
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        command.append("--allow-root")
    with tempfile.TemporaryDirectory() as settings:
        page = Path(settings, "labconfig", "page_config.json")
        page.parent.mkdir()
        page.write_text(NO_QUESTION, encoding="utf-8")
        folders = [settings, *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
        environment = os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(folders)}
        return run_beside(command, environment)
