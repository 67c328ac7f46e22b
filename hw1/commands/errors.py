"""What a command says of an error: one line where something that was given cannot work, else that hw1 failed."""

import platform
import re
import shlex
import sys
import traceback
from collections.abc import Sequence
from importlib.util import find_spec
from types import TracebackType

from hw1.deliberate import deliberate
from hw1.exits import CRASH, WRONG
from hw1.fingerprints.trees import HW1
from hw1.machine.environment import facts
from hw1.running.computing import CellError


def told(error: BaseException, package: str | None, arguments: Sequence[str]) -> tuple[int, str]:
    """The exit status and what to print.

    Parameters
    ----------
    package : of the user's own claims, whose errors are not hw1's
    """
    if (line := _line(error, package)) is None:
        return CRASH, _crash(error, arguments)
    line = " ".join(line.split())
    # Below the commands, options have the names that pytest's have.
    return WRONG, f"hw1: {line if 'pytest' in line else line.replace('--hw1-', '--')}"


def _line(error: BaseException, package: str | None) -> str | None:
    """What is wrong with what was given; None where that is not to blame."""
    if isinstance(error, CellError):
        return f"{error.line}{_where(str(error))}"
    if type(error).__module__.partition(".")[0] == "hw1" or deliberate(error):
        return str(error)
    if isinstance(error, SystemExit):
        return f"code of {package or 'an experiment'} calls sys.exit({error.code!r}): take that out of it"
    if package and (place := _place(error, package)):
        return f"{place}: {type(error).__name__}: {error}"
    if isinstance(error, MemoryError):
        return (
            f"there is not enough memory ({str(error) or 'none is left'}): use fewer processes (--jobs) or fewer seeds"
        )
    if isinstance(error, UnicodeDecodeError):
        return f"a file is not text in UTF-8 ({error}): save it as UTF-8, or name another"
    if isinstance(error, ImportError):
        return f"{error}: install what hw1 needs (pip install hw1) into this Python, {sys.executable}"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}: check the path, its rights and the space on its disk"
    return None


def _where(trace: str) -> str:
    """The last place of a traceback in code that is neither hw1's nor installed, in brackets; empty without one."""
    places = re.findall(r'File "([^"]+)", line (\d+)', trace)
    own = [place for place in places if not place[0].startswith((str(HW1), "<")) and "site-packages" not in place[0]]
    return f" ({own[-1][0]}, line {own[-1][1]})" if own else ""


def _place(error: BaseException, package: str) -> str:
    """File and line of a claims package in which an error arose; empty where it did not pass through it."""
    spec = find_spec(package)
    folders = tuple(spec.submodule_search_locations or ()) if spec else ()
    if package.partition(".")[0] == "hw1" or not folders:
        return ""
    frames = [(frame.tb_frame.f_code.co_filename, frame.tb_lineno) for frame in _frames(error)]
    own = [f"{file}, line {line}" for file, line in frames if file.startswith(folders)]
    return own[-1] if own else ""


def _frames(error: BaseException) -> list[TracebackType]:
    found, here = [], error.__traceback__
    while here is not None:
        found.append(here)
        here = here.tb_next
    return found


def _crash(error: BaseException, arguments: Sequence[str]) -> str:
    seen = facts()
    versions = ", ".join(f"{name} {seen[name]}" for name in ("hw1", "python", "torch", "numpy", "scipy"))
    return "\n".join(
        [
            "".join(traceback.format_exception(error)).rstrip(),
            "hw1: this is a fault of hw1, not of what was given; what was computed is stored. Please report all this:",
            f"  {shlex.join(['python', '-m', 'hw1', *arguments])}",
            f"  {versions}, {platform.platform()}",
        ]
    )
