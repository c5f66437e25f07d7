"""Which files are meant by a path: one file, taken literally, all files of a folder, or those that fit a pattern.

What stands in a file does not belong here.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cxlens.errors import FileError, listing

Kind = Literal["csv", "excel", "parquet", "statistics", "xes"]
ENDINGS: dict[str, Kind] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".gz": "csv",
    ".xlsx": "excel", ".xlsm": "excel",
    ".parquet": "parquet", ".pq": "parquet",
    ".sav": "statistics", ".zsav": "statistics", ".por": "statistics",
    ".dta": "statistics", ".sas7bdat": "statistics", ".xpt": "statistics",
    ".xes": "xes", ".xes.gz": "xes",
}  # fmt: skip
SIGNS = "*?["  # what makes a path that does not exist a pattern


def files_of(path: str | Path, thing: str) -> tuple[Path, ...]:
    """The files that a path means, in the order of their names.

    A path that exists is taken as it stands, whatever signs it has. ``thing`` is what messages call it: "survey file".

    Raises
    ------
    FileError
        When there is no such file, or what is there is no file.
    """
    if "://" in str(path):
        raise FileError(f"{thing} {str(path)!r} is an address. Save the file, and give its path.")
    given = Path(path)
    mode = _mode(given, thing)
    if mode is None:
        return _matching(given, thing)
    if stat.S_ISDIR(mode):
        return _within(given, thing)
    if not stat.S_ISREG(mode):
        raise FileError(f"{thing} '{given}' is a device or a pipe. Give a file.")
    return (given,)


def is_several(path: str | Path) -> bool:
    """Whether a path means a folder, or files that fit a pattern; one that exists is taken as it stands."""
    try:
        return Path(path).is_dir() or is_pattern(path)
    except (OSError, ValueError):  # a name too long, or of letters no system takes: told where it is read
        return False


def is_pattern(path: str | Path) -> bool:
    """Whether a path has signs of a pattern, and nothing is there that is called so."""
    try:
        return not Path(path).exists() and any(sign in str(path) for sign in SIGNS)
    except (OSError, ValueError):
        return False


def kind_of(paths: Sequence[Path], thing: str) -> Kind:
    """What kind of file all of some paths are.

    Raises
    ------
    FileError
        When an ending is not known, or there are several kinds.
    """
    first = paths[0]
    if first.suffix.lower() == ".xls":
        raise FileError(f"{thing} '{first}' is of the old Excel format. Save it as .xlsx.")
    kinds = {path: ENDINGS.get(_ending(path)) for path in paths}
    kind = kinds[first]
    if kind is None:
        raise FileError(
            f"{thing} '{first}' ends in {first.suffix!r}. Give a .csv, .csv.gz, .xlsx, .parquet, .sav, .dta or "
            ".sas7bdat file, or a frame."
        )
    for path, other in kinds.items():
        if other != kind:
            raise FileError(
                f"{thing}s '{first}' and '{path}' are of different kinds. Give files of one kind, such as "
                f"'{first.parent / ('*' + first.suffix)}'."
            )
    return kind


def _ending(path: Path) -> str:
    """How the name of a file ends; of a packed log both endings."""
    name = path.name.lower()
    return ".xes.gz" if name.endswith(".xes.gz") else path.suffix.lower()


def _mode(path: Path, thing: str) -> int | None:
    """What kind of thing is there, as the system says it; None where nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"{thing} {str(path)[:200]!r} cannot be read: {reason}. Check the path.") from error


def _matching(pattern: Path, thing: str) -> tuple[Path, ...]:
    """The files that fit a pattern; a path without its signs is one that is not there."""
    if not any(sign in str(pattern) for sign in SIGNS):
        raise FileError(f"{thing} '{pattern}' does not exist. Check the path; relative paths start at '{Path.cwd()}'.")
    root = Path(pattern.anchor)
    below = pattern.relative_to(pattern.anchor)
    try:
        found = sorted(path for path in root.glob(str(below)) if path.is_file())
    except (OSError, ValueError) as error:
        raise FileError(f"{thing} '{pattern}' is no pattern of files: {error}. Check the path.") from error
    if not found:
        raise FileError(
            f"no {thing} fits the pattern '{pattern}'. Check the path; relative paths start at '{Path.cwd()}'."
        )
    return tuple(found)


def _within(folder: Path, thing: str) -> tuple[Path, ...]:
    """The files of a folder that may hold a table; folders in it are not looked into."""
    entries = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_", "~$")))
    files = [path for path in entries if path.is_file() and path.suffix.lower() in ENDINGS]
    folders = [path.name for path in entries if path.is_dir()]
    if files and not folders:
        return tuple(files)
    if folders:
        raise FileError(
            f"{thing} '{folder}' is a folder with folders in it: {listing(folders, 3)}. Give a pattern of files, such "
            f"as '{folder / '*' / '*.parquet'}'; the names of folders are not read as columns."
        )
    raise FileError(
        f"{thing} '{folder}' is a folder without a table. Give the file, such as '{folder / 'answers.csv'}'."
    )
