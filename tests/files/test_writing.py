"""Files written whole: links, modes, devices, advice, what killed runs leave; CSV cells that are no formulas."""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

import pandas as pd
import pytest

from cxlens.errors import FileError
from cxlens.files import writing
from cxlens.files.tables import read_rows
from cxlens.files.writing import target_of, write_csv, write_whole


def told(path: object) -> str:
    with pytest.raises(FileError) as refused:
        write_whole(path, b"new")  # type: ignore[arg-type]
    return str(refused.value)


def test_a_link_is_followed(tmp_path: Path) -> None:
    target = tmp_path / "2026" / "report.html"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link = tmp_path / "latest.html"
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    dangling = tmp_path / "next.html"
    dangling.symlink_to(tmp_path / "2027.html")
    write_whole(dangling, b"newer")
    assert (tmp_path / "2027.html").read_bytes() == b"newer"


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_bytes(b"old")
    report.chmod(0o640)
    write_whole(report, b"new")
    assert stat.S_IMODE(report.stat().st_mode) == 0o640
    assert report.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull)):
        assert told(path) == (
            f"{path} is a device or a pipe, which cannot be written as a whole. Give the name of a file."
        )
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_advice_fits_the_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = tmp_path / "none" / "report.html"
    assert told(lost) == f"{lost} cannot be written: No such file or directory. Check that its folder is there."
    assert told(tmp_path) == f"{tmp_path} is a folder. Give the name of a file in it."
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "report.html"
    assert told(below) == f"{below} cannot be written: Not a directory. Check that its folder is there."
    long = tmp_path / ("a" * 300)
    assert told(long) == f"{str(long)[:200]} cannot be written: File name too long. Give a shorter name."
    assert told("a\0b") == r"'a\x00b' is no path: it holds a NUL sign. Take it out."
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "cannot be written" in told(loop)
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(full))
    report = tmp_path / "report.html"
    assert told(report) == (
        f"{report} cannot be written: No space left on device. Make room on the disk, or write to another."
    )


@pytest.mark.parametrize(
    ("path", "given"),
    [(None, "None"), (5, "one of type 'int'"), (["a"], "one of type 'list'"), (b"a", "one of type 'bytes'")],
)
def test_what_is_no_path_is_told(path: object, given: str) -> None:
    words = f"a path is needed to write to, not {given}. Give a file, such as 'report.html'."
    with pytest.raises(FileError) as refused:
        target_of(path)  # type: ignore[arg-type]
    assert str(refused.value) == words
    assert told(path) == words


def left_over(folder: Path, name: str, age: float) -> Path:
    draft = folder / name
    draft.mkdir()
    (draft / "report.html").write_bytes(b"half")
    then = time.time() - age
    os.utime(draft, (then, then))
    return draft


def test_old_half_written_files_of_ours_are_cleared(tmp_path: Path) -> None:
    old = left_over(tmp_path, ".cxlens-abcd_123", writing.OLD + 60)
    young = left_over(tmp_path, ".cxlens-abcd_124", writing.OLD - 60)
    other = left_over(tmp_path, ".cxlens-of-mine", writing.OLD + 60)
    full = left_over(tmp_path, ".cxlens-abcd_125", writing.OLD + 60)
    (full / "second").touch()
    os.utime(full, (0, 0))
    write_whole(tmp_path / "report.html", b"new")
    assert not old.exists()
    assert young.exists()
    assert other.exists()
    assert full.exists()


def test_another_run_may_clear_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = left_over(tmp_path, ".cxlens-abcd_123", writing.OLD + 60)
    unlink = Path.unlink

    def unlinked_twice(path: Path) -> None:
        unlink(path)
        unlink(path)  # as if another run had been faster

    monkeypatch.setattr(Path, "unlink", unlinked_twice)
    write_whole(tmp_path / "report.html", b"new")
    assert (tmp_path / "report.html").read_bytes() == b"new"
    assert list(old.iterdir()) == []


TEXTS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "'=x", "''-x", "-2", "+1.5e3", "'quoted'", "plain", "'", "-"]


def test_formulas_are_text_in_a_csv_file_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    write_csv(path, pd.DataFrame({"name": TEXTS, "value": range(len(TEXTS))}))
    cells = [line.split(",")[0] for line in path.read_text().splitlines()[1:]]
    assert cells[:8] == [
        "'=cmd|' /C calc'!A0", "'+1+1", "'-2+3", "'@SUM(A1)", "''=x", "'''-x", "-2", "+1.5e3",
    ]  # fmt: skip
    rows = read_rows(path, ["name"], ["name", "value"])
    assert [row["name"] for _, row in rows] == TEXTS
