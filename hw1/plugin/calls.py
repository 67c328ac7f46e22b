"""How pytest is called by `hw1 test`, and how a run says with which words it was asked for."""

from collections.abc import Sequence
from pathlib import Path

__all__ = ["asked", "call"]

_LAST = "fast"  # the tier, unless a -m of the user's follows: pytest takes the last


def call(rest: Sequence[str], package: str | None, folder: Path) -> list[str]:
    """The arguments of pytest that test a package of claims in the current folder, whatever that folder holds.

    Parameters
    ----------
    rest : what the user adds
    package : of claims; None for hw1's own
    folder : the package's
    """
    settings = Path(__file__).with_name("anywhere.ini")
    place = ["-c", str(settings), "--rootdir", str(Path.cwd()), "--confcutdir", str(folder), "--noconftest"]
    # Benchmark makes a folder, and Hypothesis' plugin loads all of Hypothesis at the end, a second for nothing.
    plugins = ["-p", "no:benchmark", "-p", "no:hypothesispytest", "-p", "hw1.plugin", "-p", "hw1.plugin.anywhere"]
    own = ["--hw1-claims", package] if package else []
    return [*place, *plugins, *own, "-m", _LAST, *rest, str(folder)]


def asked(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """A program and its arguments as they were typed, from the arguments that pytest was given."""
    given = [str(word) for word in words]
    if "hw1.plugin.anywhere" not in given:
        return ["pytest"], given
    own = ["--claims", given[given.index("--hw1-claims") + 1]] if "--hw1-claims" in given else []
    return ["python", "-m", "hw1", *own, "test"], given[given.index(_LAST) + 1 : -1]
