"""What the pages of a site show of a claim: its verdict at each scale, and the words by which it is found."""

import re
import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hw1.report.contents import Chapter, Entry, Family
from hw1.report.words import spaced

_FIELDS = ("lr", "epochs", "updates", "train")  # what one changes first, where a setting has it


@dataclass(frozen=True)
class Side:
    """A claim at one scale, or under a control that trains and was run alone.

    Attributes
    ----------
    picture : the file with every seed, from the site's folder on
    checks : the commands that judge the claim in another setting
    """

    chapter: Chapter
    entry: Entry
    picture: str
    checks: Sequence[str]

    @property
    def record(self) -> Mapping[str, Any]:
        """The decision."""
        return self.entry.record


@dataclass(frozen=True)
class Claim:
    """A claim with its page, from the site's folder on."""

    name: str
    family: str
    experiment: str
    page: str
    sides: Sequence[Side]

    @property
    def sentence(self) -> str:
        """What can be false."""
        return str(self.sides[0].record["sentence"])

    @property
    def outcomes(self) -> list[str]:
        """Its verdicts, at each scale one; none under a control alone."""
        return [side.record["verdict"]["outcome"] for side in self.sides if not side.record["control"]]

    @property
    def unexpected(self) -> bool:
        """Whether anything came out otherwise than registered."""
        return not all(side.record["as_registered"] for side in self.sides)

    @property
    def words(self) -> str:
        """What is searched."""
        account = self.sides[0].chapter.account or {"title": "", "header": {}}
        texts = [self.name, spaced(self.name), self.sentence, spaced(self.family), self.experiment, account["title"]]
        texts += account["header"].values()
        texts += [side.record[field] for side in self.sides for field in ("tier", "source", "because")]
        return folded(" ".join(dict.fromkeys([*texts, *self.outcomes])))


def claims_of(families: Sequence[Family]) -> list[Claim]:
    """The claims in the order of their families and files, with all their scales."""
    found: dict[tuple[str, str], list[Side]] = {}
    for family in families:
        for chapter in family.chapters:
            for entry in chapter.entries:
                found.setdefault((family.name, entry.record["claim"]), []).append(_side(chapter, entry))
    return [_claim(family, name, sides) for (family, name), sides in found.items()]


def folded(text: str) -> str:
    """A text without capitals and accents, each of its words once; `search.js` does the same to what is asked."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M"))
    return " ".join(dict.fromkeys(plain.lower().split()))


def file_name(*parts: str) -> str:
    """A name for a file from names that a manifest has, whatever stands in them; the parts stay apart."""
    return ".".join(re.sub(r"[^\w-]", "-", part) for part in parts)


def _claim(family: str, name: str, sides: Sequence[Side]) -> Claim:
    return Claim(name, family, sides[0].chapter.name, f"claims/{file_name(name)}.html", sides)


def _side(chapter: Chapter, entry: Entry) -> Side:
    record = entry.record
    parts = (record["claim"], record["tier"], *filter(None, [record["control"]]))
    return Side(chapter, entry, f"seeds/{file_name(*parts)}.svg", list(_checks(record, chapter.account)))


def _checks(record: Mapping[str, Any], account: Mapping[str, Any] | None) -> Iterator[str]:
    """The claim as it is on development seeds; and with a field of its setting, to write another number in."""
    package = account["module"].rsplit(".", 2)[0] if account else "hw1.claims"
    own = [] if package == "hw1.claims" else ["--claims", package]
    tier = [] if record["tier"] == "fast" else ["--tier", record["tier"]]
    command = ["python", "-m", "hw1", *own, "check", record["claim"], *tier]
    yield shlex.join(command)
    if changed := _field(account["setting"] if account else {}):
        yield shlex.join([*command, "--set", changed])


def _field(setting: Mapping[str, Any]) -> str:
    """A number of the setting as it is registered, by preference one that a reader knows; empty where there is none."""
    numbers = {name: value for name, value in setting.items() if type(value) in (int, float) and name != "stack"}
    name = next((one for one in (*_FIELDS, *numbers) if one in numbers), None)
    return f"{name}={numbers[name]}" if name else ""
