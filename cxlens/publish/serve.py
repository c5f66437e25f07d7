"""A dashboard in the browser without a notebook in sight: Voila runs one line, offline, for this machine alone.

The view stands in the address, so that it can be passed on. What the page shows belongs to ``dashboard``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl

from cxlens.errors import CxlensError, FileError, not_installed
from cxlens.publish.child import run_beside
from cxlens.publish.choice import Choice, Choices
from cxlens.publish.dashboard import Dashboard
from cxlens.study.study import Study

TEMPLATE = "cxlens"
# Voila's page asks a host for icons, which nothing here uses: without their links no request leaves the machine.
# A page that is left ends its kernel, of 500 MB, only with a cookie that Voila forgets to set.
PAGE = """{%- extends 'voila/templates/lab/index.html.j2' -%}
{%- block notebook_css -%}
{{ super() | replace('<link rel="stylesheet" href="https://', '<link rel="unused" data-link="') }}
<title>Dashboard</title>
<style>#rendered_cells{padding:0!important}#rendered_cells>div{padding:0!important;box-shadow:none!important}
.jp-OutputArea-prompt,.jp-OutputPrompt{display:none!important}.jp-Cell,.jp-OutputArea-output{padding:0!important}</style>
<script>
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.cxDark = "";
if (!document.cookie.includes("_xsrf=")) {
  const token = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  document.cookie = `_xsrf=${token.join("")};path=/;SameSite=Strict`;
}
</script>
{%- endblock -%}
"""


def serve(path: str | Path, port: int, tell: Callable[[str], None]) -> int:
    """Show the dashboard of a study in a browser until Ctrl-C.

    Parameters
    ----------
    path
        The study's TOML file.
    port
        Where it listens, on this machine alone.
    tell
        Takes the line that says where the page is, once all is there to show it.

    Returns
    -------
    int
        The exit code of Voila, or that of the signal which ended us.

    Raises
    ------
    CxlensError
        When the study cannot be read, or Voila is not installed.
    """
    study = Path(path).resolve()
    if not study.is_file():
        raise FileError(f"there is no file {path}. Give the study's TOML file: cxlens dashboard STUDY.toml.")
    Study.from_toml(study)
    if importlib.util.find_spec("voila") is None:
        raise not_installed("cxlens dashboard needs", "voila", "lab")
    with TemporaryDirectory() as folder:
        home = Path(folder)
        _write_template(home / "voila" / "templates" / TEMPLATE)
        notebook = home / "dashboard.ipynb"
        notebook.write_text(json.dumps(_notebook(study)), encoding="utf-8")
        paths = os.pathsep.join(filter(None, [str(home), os.environ.get("JUPYTER_PATH")]))
        command = [
            *(sys.executable, "-m", "voila", str(notebook)),
            "--no-browser",
            "--Voila.ip=127.0.0.1",
            f"--port={port}",
            "--Voila.port_retries=0",
            "--strip_sources=True",
            f"--template={TEMPLATE}",
        ]
        tell(f"Dashboard: http://127.0.0.1:{port} (Ctrl-C ends it)")
        return run_beside(command, {**os.environ, "JUPYTER_PATH": paths})


def at_address(path: str) -> Dashboard:
    """The dashboard of a study, with the view that the address of the page asks for; the usual one where it is none."""
    asked = dict(parse_qsl(os.environ.get("QUERY_STRING", "")))
    view = {part: value for part, value in asked.items() if part in Choice._fields}
    choices = Choices(Study.from_toml(path))
    message = ""
    try:
        choice = choices.checked(view)
    except CxlensError as error:
        message = f"Not possible: {error}"
        choice = choices.usual
    page = Dashboard(choices, choice)
    page.message = message
    page.in_address = True
    return page


def _write_template(folder: Path) -> None:
    """The page that Voila puts around the dashboard."""
    folder.mkdir(parents=True)
    (folder / "conf.json").write_text('{"base_template": "lab"}', encoding="utf-8")
    (folder / "index.html.j2").write_text(PAGE, encoding="utf-8")


def _notebook(study: Path) -> dict[str, Any]:
    """A notebook of one line."""
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "dashboard",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": f"from cxlens.publish.serve import at_address\n\nat_address({str(study)!r})",
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
