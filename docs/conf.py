"""How Sphinx builds the site: offline, without a request to anywhere from the pages."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())

project = "cxlens"
author = "the cxlens maintainers"
copyright = "the cxlens maintainers"  # noqa: A001  Sphinx calls it so
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["gallery.md", "reference.md"]
html_theme = "pydata_sphinx_theme"
html_title = "cxlens"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_prev_next": True,
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": []}

# Notebooks are run before (docs/make_pages.py); a saved widget shows its picture, and nothing is loaded from outside.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
suppress_warnings = [
    "mystnb.unknown_mime_type",  # a saved widget is shown as its picture
    "ref.python",  # an attribute such as `survey` is one of many classes, so that its name alone leads nowhere
]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings tell types in words
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False
napoleon_use_ivar = True
