"""What a store holds, as manifests: one for each environment that its results were computed in."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hw1.judging.answers import Answers
from hw1.judging.decisions import Question
from hw1.manifest.reading import ManifestError, revived
from hw1.manifest.records import SCHEMA, plain, record
from hw1.registry import all_claims
from hw1.running.cells import Cell
from hw1.running.results import Results
from hw1.running.store import Store
from hw1.statistics.looks import TAKEN

About = Mapping[str, Any]
Index = dict[str, dict[str, str]]  # digest of the code, newest first; cell; key


def is_store(path: Path) -> bool:
    """Whether a file is a store of results rather than a manifest."""
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def manifests_of(path: Path) -> list[dict[str, Any]]:
    """The claims that can be judged from what is stored, by environment; nothing is computed.

    A claim is judged on its registered seeds, from results of one code: that of today where its first look is complete,
    else the newest. It takes the looks that are there; claims of which the first is not complete are left out.

    Raises
    ------
    ManifestError
        where no claim can be judged
    """
    groups: dict[str, dict[str, About]] = {}
    with Store(path, create=False) as store:
        for key, about in store.described().items():
            groups.setdefault(json.dumps(_environment(about), sort_keys=True), {})[key] = about
        found = [_manifest(store, json.loads(facts), cells) for facts, cells in sorted(groups.items())]
    judged = [manifest for manifest in found if manifest["decisions"]]
    if not judged:
        raise ManifestError(f"{path} holds no claim's registered seeds in full: run pytest -m fast into it first.")
    return judged


def _environment(about: About) -> dict[str, Any]:
    """What the results of a manifest have in common."""
    same = {"device": about["device"], "precision": about.get("precision", "float32")}
    return {**about["versions"], **same, **about.get("variables", {})}


def _manifest(store: Store, facts: Mapping[str, Any], cells: Mapping[str, About]) -> dict[str, Any]:
    index, decisions, accounts = _index(cells), [], {}
    for question in (Question(claim, tier) for claim in all_claims() for tier in claim.tiers):
        with suppress(ValueError):  # data that are not here: the claim cannot be judged
            for made in _decided(store, index, question):
                decisions.append(made)
                name, tier = question.experiment.name, question.tier
                accounts[name, tier] = {"experiment": name, "tier": tier, "setting": asdict(question.setting)}
    document = {
        "schema": SCHEMA,
        "date": max(about["date"] for about in cells.values()),
        "environment": dict(facts),
        "decisions": decisions,
        "experiments": list(accounts.values()),
    }
    return revived(json.loads(json.dumps(plain(document))))


def _index(cells: Mapping[str, About]) -> Index:
    index: Index = {}
    for key, about in sorted(cells.items(), key=lambda item: item[1]["date"], reverse=True):
        index.setdefault(about["code"], {}).setdefault(_identity(about), key)
    return index


def _identity(about: About) -> str:
    """A cell, wherever and with whatever code it was computed."""
    return json.dumps([about[name] for name in ("experiment", "revision", "setting", "arm", "seeds")], sort_keys=True)


def _decided(store: Store, index: Index, question: Question) -> Iterator[dict[str, Any]]:
    """The decision on a question, or nothing where cells of its first look are missing."""
    with Results() as results:  # in memory, under the keys of today, so that nothing is left to compute
        if looks := _filled(results, store, index, question):
            yield record(Answers(results, looks=looks, figures=False).decide(question))


def _filled(results: Results, store: Store, index: Index, question: Question) -> int:
    """Bring what a question needs into the results, look by look; how many looks may be taken, 0 for none."""
    code, looks = _complete(index, Answers(results, figures=False).cells(question)), 0
    while needed := Answers(results, looks=looks + 1, figures=False).needed([question]):
        cells = [cell for some in needed.values() for cell in some]
        if any(_identity(cell.about) not in code for cell in cells):
            return looks
        for cell in cells:
            results.store.put(cell.key, cell.label, store.get(code[_identity(cell.about)]))
        looks += 1
    return max(looks, TAKEN)


def _complete(index: Index, needed: list[Cell]) -> Mapping[str, str]:
    """The stored cells of one code that has all of these; empty where none has."""
    today = needed[0].about["code"]
    wanted = [_identity(cell.about) for cell in needed]
    for code in sorted(index, key=lambda code: code != today):
        if all(cell in index[code] for cell in wanted):
            return index[code]
    return {}
