"""Known deviations, as conformance suites list them: a file of claims whose difference from a reference is no news."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hw1.comparison.claims import Compared
from hw1.comparison.words import title
from hw1.documents import short

__all__ = ["Expected", "expected"]


@dataclass(frozen=True)
class Expected:
    """A line of the file: a claim, as `CLAIM [TIER]`, and where the line stands."""

    title: str
    place: str


def expected(path: Path, known: Sequence[Compared]) -> list[Expected]:
    """The known deviations in a file: a claim in each line, `CLAIM` or `CLAIM [TIER]`, and `# why` after it.

    Raises
    ------
    ValueError : where the file cannot be read, or a line names no claim of the reference or the run; in one line
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise ValueError(
            f"--expected {path} cannot be read ({reason}): give a text with a claim in each line"
        ) from error
    return list(_read(path, text, {title(one) for one in known}))


def _read(path: Path, text: str, titles: set[str]) -> Iterator[Expected]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = " ".join(line.partition("#")[0].split())
        if not words:
            continue
        name = words if words.endswith("]") else f"{words} [fast]"
        place = f"{path}, line {number}"
        if name not in titles:
            raise ValueError(
                f"{place}: {short(words)} is no claim of the run or the reference: write CLAIM or CLAIM [TIER]"
            )
        yield Expected(name, place)
