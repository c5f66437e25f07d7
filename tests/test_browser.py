"""One journey through JupyterLab in a real browser: notebook 02 runs, a control is used, the picture follows."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

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
pytestmark = pytest.mark.browser


@pytest.fixture
def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "no Chromium here: install it (Debian: apt-get install chromium) to drive JupyterLab"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture
def lab(tmp_path):
    """Address of a JupyterLab server on a copy of notebook 02, with settings of its own."""
    (tmp_path / "work").mkdir()
    shutil.copy(NOTEBOOKS / "02_drivers.ipynb", tmp_path / "work")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    homes = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={tmp_path / 'work'}",
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=None",
    ]
    log = (tmp_path / "lab.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options], env=os.environ | homes, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status", server)
        yield address
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


def test_the_segment_control_changes_the_picture(chromium, lab):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{lab}/lab/tree/02_drivers.ipynb?reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        idle = page.locator('.jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status="idle"]')
        idle.wait_for(timeout=60_000)
        # The indicator says idle before there is a kernel; running then opens a dialog that asks for one.
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=60_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
        page.locator('.jp-InputPrompt:has-text("[*]")').first.wait_for(timeout=30_000)
        page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(e => e.textContent.includes('[*]'))",
            timeout=240_000,
        )
        idle.wait_for(timeout=60_000)

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
        errors = page.locator('.jp-OutputArea [data-mime-type="application/vnd.jupyter.error"]')
        assert errors.count() == 0, errors.all_text_contents()
        browser.close()
    outside = [url for url in asked if not url.startswith((lab, "data:", "blob:", lab.replace("http", "ws")))]
    assert outside == []
