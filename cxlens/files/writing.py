"""Files written whole or not at all, and CSV cells that no spreadsheet takes for a formula.

What a file says does not belong here, nor how files are read: :mod:`cxlens.files.tables`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import io
import os
import re
import stat
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.errors import FileError

DRAFTS = ".cxlens-"  # how the folders of half-written files begin
DRAFT = re.compile(r"\.cxlens-[a-z0-9_]{8}")
OLD = 3600  # seconds: no file takes so long to write, so whoever began such a folder was stopped
FORMULA = re.compile(r"'*[=+\-@\t\r]")  # how a formula begins, also behind the apostrophes that make it text
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NO_DAY = dt.datetime(1980, 1, 1)  # of a file that is to be the same whenever it is made: the first that zip knows
SHOWN = 200  # characters of a path in a message
ADVICE = {
    errno.ENOENT: "Check that its folder is there.",
    errno.ENOTDIR: "Check that its folder is there.",
    errno.ENOSPC: "Make room on the disk, or write to another.",
    errno.EDQUOT: "Make room on the disk, or write to another.",
    errno.EACCES: "Write to a folder in which you may.",
    errno.EPERM: "Write to a folder in which you may.",
    errno.EROFS: "Write to a folder in which you may.",
    errno.ENAMETOOLONG: "Give a shorter name.",
}


def dateless(archive: bytes) -> bytes:
    """A zip archive, such as slides, without the times at which its parts were written: equal parts, equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, NO_DAY.timetuple()[:6]), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def target_of(path: str | Path) -> Path:
    """The path of a file that is to be written; what no system takes for a path is refused.

    Raises
    ------
    FileError
        ``a path is needed to write to, not None. Give a file, such as 'report.html'.``
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(path, bytes):
        given = "None" if path is None else f"one of type {type(path).__name__!r}"
        raise FileError(f"a path is needed to write to, not {given}. Give a file, such as 'report.html'.")
    target = Path(path)
    try:
        target.lstat()
    except FileNotFoundError:
        return target
    except ValueError as error:
        raise FileError(f"{str(path)!r} is no path: it holds a NUL sign. Take it out.") from error
    except OSError as error:
        raise unwritten(path, error) from error
    return target


def file_to_write(path: str | Path, example: str) -> Path:
    """The path of a file like the example, in a folder that is there: asked before any work is done.

    Raises
    ------
    FileError
        When no such file can be there.
    """
    target = target_of(path)
    if target.is_dir() or not target.parent.is_dir():
        raise FileError(f"{path} cannot be written: give a file, such as {example}, in a folder that is there.")
    return target


def check_ending(path: str | Path, example: str, *endings: str) -> str:
    """The ending of a file's name; refused where it is none of those, which begin with a dot.

    Raises
    ------
    FileError
        ``map.doc does not end in .html, .svg, .png or .pdf. Give a name such as map.html.``
    """
    ending = target_of(path).suffix.lower()
    if ending not in endings:
        *first, last = endings
        words = f"{', '.join(first)} or {last}" if first else last
        raise FileError(f"{path} does not end in {words}. Give a name such as {example}.")
    return ending


def unwritten(path: str | Path, error: OSError) -> FileError:
    """A file that cannot be written, why, and what helps."""
    advice = ADVICE.get(error.errno or 0, "Try another folder.")
    return FileError(f"{str(path)[:SHOWN]} cannot be written: {error.strerror}. {advice}")


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file under a temporary name in its folder, then move it: whole or not at all.

    A link is followed, and a file that is replaced keeps who may read it. Devices and pipes are refused. What a run
    that was stopped has left half-written in the folder an hour ago or more is taken away.

    Raises
    ------
    FileError
        When the path is none, a folder or a device, or the system does not let us write.
    """
    try:
        target = target_of(path).resolve()
        mode = _mode_kept(path, target)
        _clear_drafts(target.parent)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=DRAFTS) as folder:
            draft = Path(folder, target.name)
            draft.write_bytes(data)
            if mode is not None:
                draft.chmod(mode)
            draft.replace(target)
    except RuntimeError as error:  # Python's word for a link that leads to itself, up to 3.12
        raise FileError(f"{path} cannot be written: it is a link that leads to itself. Delete it.") from error
    except OSError as error:
        raise unwritten(path, error) from error


def _mode_kept(path: str | Path, target: Path) -> int | None:
    """Who may read and write the file that is there; None where there is none."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise FileError(f"{path} is a folder. Give the name of a file in it.")
    if not stat.S_ISREG(mode):
        raise FileError(f"{path} is a device or a pipe, which cannot be written as a whole. Give the name of a file.")
    return stat.S_IMODE(mode)


def _clear_drafts(folder: Path) -> None:
    """Take away half-written files that are old; one that another run takes away meanwhile is none of ours."""
    for draft in folder.glob(f"{DRAFTS}*"):
        with contextlib.suppress(OSError):
            if _is_left_over(draft):
                for part in draft.iterdir():
                    part.unlink()
                draft.rmdir()


def _is_left_over(draft: Path) -> bool:
    """Whether a stopped run has left it: a folder of our making that holds one file at most and is old."""
    looks = draft.lstat()
    if not stat.S_ISDIR(looks.st_mode) or DRAFT.fullmatch(draft.name) is None:
        return False
    is_ours = not hasattr(os, "geteuid") or looks.st_uid == os.geteuid()
    is_old = time.time() - looks.st_mtime > OLD
    parts = list(draft.iterdir())
    return is_ours and is_old and len(parts) <= 1 and all(stat.S_ISREG(part.lstat().st_mode) for part in parts)


def write_csv(path: str | Path, frame: pd.DataFrame, number: Callable[[Any], str] | None = None) -> None:
    """Write a frame as CSV whose texts no spreadsheet takes for formulas, its index left out.

    A text that begins with ``=``, ``+``, ``-``, ``@`` or a tab and is no number has an apostrophe before it;
    :func:`cxlens.files.tables.read_rows` takes it away again. ``number`` says how a number is written.
    """
    safe = frame.map(_as_text)
    text = safe.to_csv(index=False, lineterminator="\n", float_format=number)
    write_whole(path, text.encode("utf-8"))


def _as_text(value: Any) -> Any:
    """A cell that shows the text it holds."""
    if isinstance(value, str) and FORMULA.match(value) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def without_apostrophe(text: str) -> str:
    """A cell as it was before :func:`write_csv` made it text."""
    if text.startswith("'") and FORMULA.match(text):
        return text[1:]
    return text
