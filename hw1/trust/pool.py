"""What blocks of seeds have shown about claims, pooled in a JSON file.

By claim, fixture (digest of registration, setting, code and data) and block; nothing is thrown away. Of a fixture that
is no longer current the blocks count where it gave the same tables as the current one, byte for byte, of all arms on
block 1 of one machine: the code has changed, and what it does has not.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hw1.documents import document
from hw1.fingerprints import code_digest
from hw1.judging.decisions import Decision, Question
from hw1.registry import Claim
from hw1.registry.registration import frozen
from hw1.statistics import Score
from hw1.tables import Tables, pack
from hw1.writing import POOL, write

_SEEN = {
    **{name: {"type": "string"} for name in ("outcome", "made_with")},
    **{name: {"type": "integer", "minimum": 0} for name in ("spoke", "needed", "first")},
    **{name: {"type": "integer", "minimum": 1} for name in ("look", "n", "of_first", "alternatives")},
    "red": {"type": "boolean"},
    "met": {"type": ["integer", "null"]},
}
_ENTRY = {"type": "object", "properties": _SEEN, "dependencies": {"look": [*_SEEN]}}  # the first edition knew no looks
_FIXTURE = {
    "type": "object",
    "properties": {"evidence": {"type": "object", "additionalProperties": {"type": "string"}}},
    "patternProperties": {r"^[0-9]{1,12}\Z": _ENTRY},
    "propertyNames": {"pattern": r"^([0-9]{1,12}|evidence)\Z"},
}
_FIXTURES = {"type": "object", "additionalProperties": _FIXTURE}
_SCHEMA = json.dumps({"type": "object", "additionalProperties": _FIXTURES})
DIGESTS = "evidence"  # the key, beside a fixture's blocks, of digests of its tables on block 1, by machine


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one block of seeds showed of one claim.

    Attributes
    ----------
    outcome : of the verdict, after all looks that it took
    red : whether the claim's test would have failed, because of the verdict, the control or the A/A twin
    look, n : the last look that was taken, and its seeds
    spoke, needed : seeds among them that spoke for the registered outcome, and how many decide at that look
    met : seeds among them on which the claim's assay is met; None without one
    first, of_first : seeds of the first look that spoke for the outcome, and all of them: a number that is fixed
        beforehand, whatever the seeds show
    alternatives : claims of which one is enough, see `hw1.statistics.Design`
    made_with : versions and processor
    """

    outcome: str
    red: bool
    look: int
    n: int
    spoke: int
    needed: int
    met: int | None
    first: int
    of_first: int
    alternatives: int
    made_with: str

    @classmethod
    def of(cls, decision: Decision, made_with: str) -> "Seen":
        """Of a decision after all its looks."""
        verdict, holds = decision.verdict, decision.question.claim.expect == "holds"
        return cls(
            outcome=verdict.outcome,
            red=not decision.as_registered,
            look=verdict.look,
            n=verdict.n,
            spoke=verdict.wins if holds else verdict.losses,
            needed=verdict.wins_needed if holds else verdict.losses_needed,
            met=verdict.met,
            first=_spoke(decision.score, verdict.sizes[0], holds),
            of_first=verdict.sizes[0],
            alternatives=len(decision.score.parts),
            made_with=made_with,
        )


def _spoke(score: Score, n: int, holds: bool) -> int:
    """Of the first n seeds those that are won, or lost; of alternatives the most, or fewest, as `judge` has it."""
    firsts = [part.values.sort_index().iloc[:n] for part in score.parts]
    return max(int((one > 0).sum()) for one in firsts) if holds else min(int((one < 0).sum()) for one in firsts)


class Pool:
    """What blocks have shown so far, in a file that is written after every addition."""

    def __init__(self, path: Path, tier: str):
        self.path, self.tier = path, tier
        remedy = "it is not a pool of blocks; move it away, or name another --pool"
        self._known: dict[str, Any] = document(path, remedy, _SCHEMA) if _holds(path) else {}

    def of(self, claim: Claim) -> dict[int, Seen]:
        """Blocks of the current fixture of a claim and of those that do the same, in order."""
        return dict(sorted((self._earlier(claim) | _blocks(self._current(claim))).items()))

    def first_edition(self, claim: Claim) -> int:
        """How many of a claim's blocks in the file are of the first edition, one look of 24 seeds: they never count."""
        fixtures = self._known.get(claim.name, {}).values()
        return sum(_whole(seen) is None for one in fixtures for block, seen in one.items() if block != DIGESTS)

    def carried(self, claim: Claim) -> int:
        """How many of these were judged under an earlier code."""
        return len(set(self._earlier(claim)) - set(_blocks(self._current(claim))))

    def add(self, claim: Claim, block: int, seen: Seen) -> None:
        """Keep what a block showed; a kill leaves the file as it was before or after."""
        self._keep(claim)[str(block)] = asdict(seen)
        self._write()

    def has_digest(self, claim: Claim, made_with: str) -> bool:
        """Whether it is known what the current fixture gives on block 1 of a machine."""
        return made_with in self._current(claim).get(DIGESTS, {})

    def add_digest(self, claim: Claim, made_with: str, tables: Tables) -> None:
        """Keep a digest of what the current fixture gives on block 1 of a machine."""
        digest = hashlib.sha256(pack(tables)).hexdigest()[:16]
        self._keep(claim).setdefault(DIGESTS, {})[made_with] = digest
        self._write()

    def _current(self, claim: Claim) -> dict[str, Any]:
        return self._known.get(claim.name, {}).get(fixture(claim, self.tier), {})  # type: ignore[no-any-return]

    def _earlier(self, claim: Claim) -> dict[int, Seen]:
        """Blocks of the fixtures that gave the tables of the current one on block 1."""
        mine = self._current(claim).get(DIGESTS, {}).items()
        alike = [one for one in self._known.get(claim.name, {}).values() if mine & one.get(DIGESTS, {}).items()]
        return {block: seen for one in alike for block, seen in _blocks(one).items()}

    def _keep(self, claim: Claim) -> dict[str, Any]:
        fixtures = self._known.setdefault(claim.name, {})
        return fixtures.setdefault(fixture(claim, self.tier), {})  # type: ignore[no-any-return]

    def _write(self) -> None:
        write(self.path, json.dumps(self._known, indent=1, sort_keys=True) + "\n", POOL)


def _holds(path: Path) -> bool:
    """Whether there is anything to read; an empty file is a pool without blocks."""
    return path.exists() and (not path.is_file() or path.stat().st_size > 0)


def _blocks(entries: Mapping[str, Any]) -> dict[int, Seen]:
    seen = {int(block): _whole(one) for block, one in entries.items() if block != DIGESTS}
    return {block: one for block, one in seen.items() if one}


def _whole(entry: Mapping[str, Any]) -> Seen | None:
    """What a block showed after all looks; None for an entry of the first edition, which knew one look only."""
    return Seen(**{name: entry[name] for name in _SEEN}) if "look" in entry else None


@cache
def fixture(claim: Claim, tier: str) -> str:
    """Digest of what a verdict depends on but for seeds, versions and device."""
    question = Question(claim, tier)
    experiment = question.experiment
    code = code_digest(experiment.path, experiment.module.__name__, setting=type(question.setting))
    parts = [tier, frozen(claim, tier)["hash"], code, experiment.data_digest(question.setting)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
