"""Does a built site ask anything of the internet, and does each of its links lead somewhere?

``python docs/check_site.py FOLDER`` prints what is wrong, and ends with 1 if anything is. Links to other sites are not
followed: a reader may, a page must not.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"src", "srcset", "poster", "data"}  # attributes whose address a browser asks for by itself
OUTSIDE = ("http:", "https:", "//")


class Seen(HTMLParser):
    """What a page loads, where its links lead, and what they may lead to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the addresses and the id of a tag."""
        for name, value in attrs:
            address = value or ""
            if name in LOADED or (name == "href" and tag in {"link", "use", "image"}):
                self.loaded.append(address)
            elif name == "href":
                self.links.append(address)
            elif name == "id":
                self.ids.add(address)


def faults(folder: Path) -> list[str]:
    """What is wrong with the pages of a folder, a line each."""
    pages = {path.resolve(): Seen(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    wrong = []
    for path, page in pages.items():
        name = path.relative_to(folder.resolve()).as_posix()
        asked = [address for address in page.loaded if address.startswith(OUTSIDE)]
        wrong += [f"{name}: asks for {address}" for address in asked]
        wrong += [f"{name}: leads nowhere: {address}" for address in page.links if is_broken(address, path, pages)]
    return wrong


def is_broken(address: str, path: Path, pages: dict[Path, Seen]) -> bool:
    """Whether a link inside the site leads to no file, or to no place in it."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return False
    target = path
    if parts.path:
        target = (path.parent / unquote(parts.path)).resolve()
    if not target.exists():
        return True
    page = pages.get(target)
    return bool(page and parts.fragment and unquote(parts.fragment) not in page.ids)


if __name__ == "__main__":
    found = faults(Path(sys.argv[1]))
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.exit(bool(found))
