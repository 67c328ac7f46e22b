"""Several manifests as one: of some claims each, of both scales, of claims and of the controls that train."""

from collections.abc import Iterable, Mapping
from typing import Any

from hw1.manifest.accounts import merged
from hw1.manifest.counted import Key, answer, key
from hw1.manifest.reading import ManifestError

Manifest = Mapping[str, Any]


def joined(manifests: Mapping[str, Manifest]) -> dict[str, Any]:
    """One manifest of all decisions, each with the `run` that made it: its manifest's name, date and environment.

    Parameters
    ----------
    manifests : by name, as `hw1.report.read` gives them

    Raises
    ------
    ManifestError : where two of them decide one claim differently, or two experiments have a claim of one name
    """
    decisions: dict[Key, dict[str, Any]] = {}
    runs = [{"name": name, **{one: made[one] for one in ("date", "environment")}} for name, made in manifests.items()]
    for run, manifest in zip(runs, manifests.values(), strict=True):
        for record in manifest["decisions"]:
            _add(decisions, {**record, "run": run})
    _check_names(decisions.values())
    without = {key(one): one for made in manifests.values() for one in made.get("without_verdict", ())}
    return {
        "environment": {},  # each record's run says its own
        "runs": runs,
        "decisions": list(decisions.values()),
        "experiments": _accounts(manifests.values()),
        "without_verdict": [one for question, one in sorted(without.items()) if question not in decisions],
    }


def _accounts(manifests: Iterable[Manifest]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for manifest in manifests:
        found = merged(found, manifest["experiments"])
    return found


def _add(decisions: dict[Key, dict[str, Any]], record: dict[str, Any]) -> None:
    known = decisions.setdefault(key(record), record)
    if answer(known) != answer(record):
        one, other = known["run"]["name"], record["run"]["name"]
        raise ManifestError(
            f"{record['claim']} [{record['tier']}] has other scores in {other} than in {one}: give one of them; "
            f"python -m hw1 compare {one} {other} lays both side by side"
        )


def _check_names(records: Iterable[Mapping[str, Any]]) -> None:
    """One name means one claim, as its page has that name."""
    homes: dict[str, tuple[str, str]] = {}
    for record in records:
        home = record["family"], record["experiment"]
        if homes.setdefault(record["claim"], home) != home:
            one, other = ("/".join(place) for place in (homes[record["claim"]], home))
            raise ManifestError(
                f"{record['claim']} is a claim of {one} and of {other}: make a site of each, in two folders"
            )
