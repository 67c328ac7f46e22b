"""The header of an experiment's file, by its words: Belief, Source, Here, Limits."""

import inspect
import re

_WORD = re.compile(r"^([A-Z]\w+) {2,}(?=\S)")


def header(text: str | None) -> dict[str, str]:
    """What each word of a header says, on one line; the title is under "title", and stands first."""
    found: dict[str, list[str]] = {"title": []}
    for line in inspect.cleandoc(text or "").splitlines():
        word = _WORD.match(line)
        if word:
            found[word[1]] = [line[word.end() :]]
        elif line.startswith(" ") or list(found) == ["title"]:
            found[list(found)[-1]].append(line)
    return {word: " ".join(" ".join(lines).split()) for word, lines in found.items()}
