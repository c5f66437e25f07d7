"""Do the wheel and the sdist hold what they should, and nothing else?

``python .ci/check_dist.py FOLDER`` prints what is wrong, and ends with 1 if anything is. They should hold what lies
in the clone: the package and its samples, and the sdist also what a wheel is made from and what people read.
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from collections.abc import Iterable
from email.message import Message
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = "data/samples/"
IN_WHEEL = "cxlens/datasets/samples/"
LICENCES = ["LICENSE", "data/samples/cdnow/LICENSE-lifetimes.txt"]
FOR_PEOPLE = [*LICENCES, "README.md", "CHANGELOG.md", "CITATION.cff", "SECURITY.md"]
ADDED = ["PKG-INFO", ".gitignore"]  # by hatchling, to each sdist


def sources() -> list[str]:
    """The package and its samples, as they lie in the clone."""
    found = [path for folder in ("cxlens", SAMPLES) for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts]


def of_wheel(files: Iterable[str], about: str) -> set[str]:
    """Where each file lies in a wheel, and the notes of the wheel, whose folder is ``about``."""
    code = {name.replace(SAMPLES, IN_WHEEL, 1) for name in files}
    notes = {f"{about}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    licences = {f"{about}/licenses/{name}" for name in LICENCES}
    return code | notes | licences


def of_sdist(files: Iterable[str], folder: str) -> set[str]:
    """Where each file lies in an sdist, all in one folder."""
    return {f"{folder}/{name}" for name in [*files, *FOR_PEOPLE, *ADDED, "pyproject.toml"]}


def differences(name: str, held: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """What is missing, and what nobody asked for, a line each."""
    lines = [f"{name}: {file} is missing" for file in sorted({*wanted} - {*held})]
    return lines + [f"{name}: {file} is too much" for file in sorted({*held} - {*wanted})]


def faults(folder: Path) -> list[str]:
    """What is wrong with the wheel and the sdist in a folder, a line each."""
    wheels, sdists = sorted(folder.glob("*.whl")), sorted(folder.glob("*.tar.gz"))
    if (len(wheels), len(sdists)) != (1, 1):
        return [f"{folder} must hold one wheel and one sdist, found {len(wheels)} and {len(sdists)}"]
    files = sources()
    (wheel,), (sdist,) = wheels, sdists
    with zipfile.ZipFile(wheel) as packed:
        held = packed.namelist()
        about = next(name for name in held if name.endswith(".dist-info/METADATA"))
        said = Parser().parsestr(packed.read(about).decode("utf-8"))
    wrong = differences(wheel.name, held, of_wheel(files, about.removesuffix("/METADATA")))
    with tarfile.open(sdist) as packed:
        held = [member.name for member in packed.getmembers() if member.isfile()]
    wrong += differences(sdist.name, held, of_sdist(files, sdist.name.removesuffix(".tar.gz")))
    return wrong + wrong_notes(wheel.name, said)


def wrong_notes(name: str, said: Message) -> list[str]:
    """What the notes of a wheel say that is not so."""
    sys.path.insert(0, str(ROOT))
    from cxlens import __version__

    lines = []
    if said["Version"] != __version__:
        lines.append(f"{name}: its version is {said['Version']}, that of the package {__version__}")
    addresses = [need for need in said.get_all("Requires-Dist", []) if " @ " in need]
    return lines + [f"{name}: needs an address: {need}" for need in addresses]


if __name__ == "__main__":
    found = faults(Path(sys.argv[1]))
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.exit(bool(found))
