"""The one way to write a file: whole or not at all, and never over something that is not an earlier one of its kind.

Text is written beside its place, synced and moved there, so that after a kill or on a full disk the earlier file is
whole. A link stays a link. Pipes and devices such as /dev/stdout are written as they are.
"""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

HEAD = 1 << 20  # bytes that tell what a file is; the pages of hw1 have up to 200 kB, a manifest tells in its first 1 kB
_DESCRIPTORS = ("/dev/fd", "/proc/self/fd")
_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
# A folder that takes no new file may hold one that can be written: a single file that is mounted into a container.
_NOT_BESIDE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV}


class OutputError(ValueError):
    """Something cannot be written where it was asked for; what was there is as it was."""


@dataclass(frozen=True)
class Kind:
    """What is written: its name, and whether the beginning of a file says that it is an earlier one."""

    name: str
    known: Callable[[bytes], bool]


_DRAWN = (b'class="plot"', b'class="strip"')
MANIFEST = Kind("a manifest", lambda head: head.lstrip().startswith(b"{") and b'"decisions"' in head)
PAGE = Kind("a page of hw1", lambda head: b"<!doctype html" in head[:200].lower() and b"<title>hw1" in head)
MARKDOWN = Kind("a page that hw1 made", lambda head: b"Made by `python -m hw1 " in head)
REFERENCE = Kind("a reference", lambda head: head.startswith(b'{"schema": 1, "date"'))
BADGE = Kind("a badge of hw1", lambda head: b"hw1 claims" in head)
FIGURE = Kind("a figure of hw1", lambda head: head.startswith(b"<svg") and any(one in head[:300] for one in _DRAWN))
TABLE = Kind("a table of hw1", lambda head: head.startswith(b"seed,arm"))
PART = Kind("a part of a site of hw1", lambda head: head.startswith(b"/* hw1 site"))  # styles and scripts
SITE = Kind("the list of a site of hw1", lambda head: head.startswith(b'{"hw1 site": 1,'))
POOL = Kind("a pool of blocks", lambda head: b"\0" not in head)  # it is read before, which tells what else it is


def check(option: str, path: str | Path, kind: Kind, others: Mapping[str, str | Path] | None = None) -> None:
    """Refuse a place where nothing of this kind can be written; nothing is left there.

    Parameters
    ----------
    option : that named the place, for the message
    others : files that are read or written too, by the option or the word for them

    Raises
    ------
    OutputError : in one line
    """
    _check_name(option, path, "file")
    for word, other in (others or {}).items():
        if same(path, other):
            raise OutputError(f"{option} {path} is also {word}, which would be lost: name another file for {kind.name}")
    with _explained(f"{option} {path}"):
        _check_place(path, kind, option)


def check_folder(option: str, folder: str | Path) -> None:
    """Refuse a folder that cannot be made or written; OutputError in one line."""
    _check_name(option, folder, "folder")
    with _explained(f"{option} {folder}"):
        if Path(folder).exists() and not Path(folder).is_dir():
            raise OutputError(f"{option} {folder} cannot be written (it is no folder): name another folder")
        _check_room(Path(folder) / "file", f"{option} {folder}")


def _check_name(option: str, path: str | Path, what: str) -> None:
    if not str(path):
        raise OutputError(f"{option} was given no name: name a {what}, or leave it out")
    if "\0" in str(path):
        raise OutputError(f"{option} {str(path)!r} has a NUL in it, which no name may have: name another {what}")


def write(path: str | Path, text: str, kind: Kind | None = None) -> None:
    """Write a text as UTF-8, with the folders that its place needs.

    Parameters
    ----------
    kind : what a file that is there must be; without one, whatever is there is replaced, since it was read before

    Raises
    ------
    OutputError : in one line; an earlier file is as it was
    """
    data = text.encode("utf-8", errors="backslashreplace")  # file names may hold bytes that are no text
    with _explained(str(path)):
        if (stream := _stream(path)) is not None:
            _flow(os.dup(stream), data)
        elif _is_special(Path(path)):
            _flow(_opened(path), data)
        else:
            if kind:
                _check_place(path, kind, "")
            _replace(Path(os.path.realpath(path)), data)


def same(one: str | Path, other: str | Path) -> bool:
    """Whether two names mean one file, be it there or not."""
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):
        return os.path.realpath(one) == os.path.realpath(other)


def _check_place(path: str | Path, kind: Kind, option: str) -> None:
    where = f"{option} {path}".strip()
    if _stream(path) is not None:
        return
    real = Path(os.path.realpath(path))
    if real.is_dir() or str(path).endswith(os.sep):
        raise OutputError(f"{where} is a folder: name a file for {kind.name}")
    if real.is_block_device() or real.is_socket():
        raise OutputError(f"{where} is a device or a socket: name a file for {kind.name}")
    if real.is_file():
        with real.open("rb") as file:
            head = file.read(HEAD)
        if head.strip() and not kind.known(head):
            raise OutputError(f"{where} is {_told(head)} and not {kind.name}: it was left as it is; name another file")
    _check_room(real, where)


def _check_room(path: Path, where: str) -> None:
    """Whether a file can be written, or made with the folders that it needs."""
    there = next(one for one in (path, *path.absolute().parents) if one.exists())
    if there != path and not there.is_dir():
        raise OutputError(f"{where} cannot be written ({there} is no folder): name another place")
    needed = os.W_OK | os.X_OK if there.is_dir() else os.W_OK
    if not os.access(there, needed):
        raise OutputError(f"{where} cannot be written (no rights to write {there}): name another place")
    if len(os.fsencode(path.name)) > 255:  # the most that any usual file system takes
        raise OutputError(f"{where} cannot be written (the name is too long): give a shorter one")


def _told(head: bytes) -> str:
    """What a file is, by its beginning."""
    if head.startswith(b"SQLite format 3\0"):
        return "a database, as stores are"
    if b"\0" in head:
        return "binary data"
    if head.lstrip()[:1] in (b"{", b"["):
        return "another JSON file"
    return "an HTML page of another origin" if b"<html" in head[:1000].lower() else "a text of another origin"


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".hw1-{uuid4().hex}.part"
    try:
        _fill(beside, data, path)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno not in _NOT_BESIDE or not path.is_file():
            raise
        _flow(os.open(path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_BINARY", 0)), data)  # binary: on Windows
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _fill(beside: Path, data: bytes, path: Path) -> None:
    """Write and sync a new file, with the rights of the one whose place it takes."""
    with beside.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        beside.chmod(stat.S_IMODE(path.stat().st_mode))


def _sync_folder(folder: Path) -> None:
    """So that the new name outlives a power cut, where the system can say so of folders."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _stream(path: str | Path) -> int | None:
    """The number of a stream of this process that a name stands for; opened anew, it would lose what it holds."""
    place = os.path.normpath(Path(path).absolute())
    if place in _STREAMS:
        return _STREAMS[place]
    folder, name = os.path.split(place)
    return int(name) if folder in _DESCRIPTORS and name.isdigit() else None


def _is_special(path: Path) -> bool:
    return path.is_fifo() or path.is_char_device()


def _opened(path: str | Path) -> int:
    """A pipe or a device, for writing; a pipe that nobody reads would be waited for without end."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OutputError(f"{path} is a pipe that nobody reads: start its reader first, or name a file") from error
        raise
    os.set_blocking(descriptor, True)
    return descriptor


def _flow(descriptor: int, data: bytes) -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.flush()  # what was printed before comes before
    with open(descriptor, "wb") as file:
        file.write(data)


@contextmanager
def _explained(where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(f"{where} cannot be written ({reason}): name another place, or free some space") from error
