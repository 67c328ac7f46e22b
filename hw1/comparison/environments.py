"""What is compared: manifests of runs, or what stores hold, each under a letter and with what sets it apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from hw1.comparison.stores import is_store, manifests_of
from hw1.manifest.reading import read
from hw1.writing import same

Manifest = Mapping[str, Any]

ASIDE = ("block", "looks", "seeds")  # of the run, not of what it was made with


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A manifest under the letter of its row."""

    letter: str
    name: str  # the file, and which of several environments in a store
    manifest: Manifest

    @property
    def facts(self) -> Mapping[str, Any]:
        """Versions, device, precision and the like."""
        return self.manifest["environment"]  # type: ignore[no-any-return]


def environments(paths: Sequence[Path]) -> list[Environment]:
    """The environments of some manifests and stores, in their order; a store may hold several, a folder too.

    A file that is named twice, be it through a folder or a link, counts once.

    Raises
    ------
    ValueError
        where there are fewer than two, or a file cannot be read; in one line
    """
    files = [file for path in paths for file in _files(path)]
    each = [file for i, file in enumerate(files) if not any(same(file, other) for other in files[:i])]
    found = [pair for file in each for pair in manifests_in(file)]
    if len(found) < 2:
        twice = "" if each == files else ", named twice"
        raise ValueError(f"{paths[0]} is one environment{twice}: name another manifest or store to compare it with")
    if len(found) > len(ascii_uppercase):
        raise ValueError(f"{len(found)} environments are more than {len(ascii_uppercase)}: compare fewer at a time")
    return [
        Environment(letter=letter, name=name, manifest=manifest)
        for letter, (name, manifest) in zip(ascii_uppercase, found, strict=False)
    ]


def _files(path: Path) -> list[Path]:
    """A folder's manifests, by name."""
    if not path.is_dir():
        return [path]
    if found := sorted(path.glob("*.json")):
        return found
    raise ValueError(f"{path} holds no manifest (*.json): run pytest with --hw1-manifest={path / 'NAME.json'}")


def manifests_in(path: Path) -> Iterator[tuple[str, Manifest]]:
    """Name and manifest of a run, or of each environment in a store."""
    if not is_store(path):
        yield str(path), read(path)
        return
    found = manifests_of(path)
    yield from ((str(path) if len(found) == 1 else f"{path} ({i})", one) for i, one in enumerate(found, start=1))


def differing(some: Sequence[Environment]) -> list[str]:
    """Names of the facts that all record and in which they differ, those of the run last; a store records fewer."""
    names = [name for name in some[0].facts if all(name in one.facts for one in some)]
    apart = [name for name in names if len({repr(one.facts[name]) for one in some}) > 1]
    return sorted(apart, key=lambda name: name in ASIDE)


def label(one: Environment, apart: Sequence[str]) -> str:
    """What sets an environment apart, in a few words; its name where nothing does."""
    words = [f"{name} {one.facts[name]}" for name in apart if one.facts[name] is not None]
    return ", ".join(words) or one.name
