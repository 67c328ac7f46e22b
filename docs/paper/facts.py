"""The numbers of docs/paper.md, each read from what is committed: the registry, its log, references and evidence."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hw1.blocks import DEVELOPMENT, EVIDENCE
from hw1.comparison import references
from hw1.registry import Claim, all_claims, experiment_of, experiments
from hw1.report.scales import beside
from hw1.report.words import number
from hw1.statistics import Design, miss
from hw1.statistics.planning import expected_seeds

ROOT = Path(__file__).parents[2]
EVIDENCE_FOLDER = ROOT / "docs/evidence"
NEARLY_ALL = 0.95  # of a pilot's seeds
SHARES = (0.99, 0.95, 0.9, 0.8)  # of seeds that speak for the outcome: what a healthy claim may be like
# A row of a family's page: claim and sentence, expected, verdict, effect, seeds.
_ROW = re.compile(r"^\| `(\w+)`: .* \| (\w+) \| (\w+) \| (.*?) \| (\d+)/(\d+), look (\d+)[^|]* \|$", re.MULTILINE)
_RUN = re.compile(r"^- \*\*Run\.\*\* (\S+): block (\d+) of seeds, torch (\S+), Python (\S+), (.*)\.$", re.MULTILINE)
# The closing lines of a page of `flake`.
_FLAKE = re.compile(
    r"^(?P<red>\d+) of (?P<verdicts>\d+) verdicts red\.\n"
    r"\d+ verdicts took (?P<seeds>\S+) seeds on average, "
    r"look 2 was taken (?P<second>\d+) times \((?P<second_of>\S+) predicted\), "
    r"look 3 was taken (?P<third>\d+) times \((?P<third_of>\S+) predicted\)\.\n"
    r"(?P<runs>\d+) of (?P<blocks>\d+) blocks on which all (?P<claims>\d+) claims were judged had a red one; "
    r"rate of red runs at most (?P<most>\S+) \(95% bound\)",
    re.MULTILINE,
)


def facts() -> dict[str, Any]:
    """Everything that the template names."""
    claims = {claim.name: claim for claim in all_claims()}
    seen = verdicts()
    return {
        "registered": registered(list(claims.values())),
        "design": design(),
        "blocks": {"development": DEVELOPMENT, "evidence": EVIDENCE},
        "verdicts": summed(claims, seen),
        "refuted": [_against(claims[name], seen[name]) for name in claims if name in seen and _fails(claims[name])],
        "published": list(_beside(claims, seen)),
        "redraws": redraws(),
        "flake": flake(map(_text, EVIDENCE_FOLDER.glob("flake*.md"))),
        "pilot": pilot(),
        "sabotage": sabotage(),
        "library": library(),
        "full": full(claims, seen),
        "environments": list(environments()),
        "number": number,
    }


def registered(claims: list[Claim]) -> dict[str, Any]:
    """What is claimed, and how it is held in check."""
    families = Counter(experiment_of(claim).family for claim in claims)
    by_tier = {tier: [claim for claim in claims if tier in claim.tiers] for tier in ("fast", "full")}
    return {
        "claims": len(claims),
        "families": [(name.replace("_", " "), count) for name, count in families.items()],
        "experiments": len(experiments()),
        **{tier: len(some) for tier, some in by_tier.items()},
        **{f"refuted_{tier}": sum(map(_fails, some)) for tier, some in by_tier.items()},
        "trained_controls": sum(claim.control.trains for claim in claims),
        "table_controls": sum(not claim.control.trains for claim in claims),
        "assays": sum(claim.assay.measure is not None for claim in claims),
        "alpha": sum(claim.alpha for claim in by_tier["fast"]),
        "other_shares": sum(claim.p0["fast"] != Design().p0 for claim in by_tier["fast"]),
    }


def design() -> dict[str, Any]:
    """The looks with the counts that decide, and what they cost and miss; exact."""
    usual = Design()
    return {
        "alpha": usual.alpha,
        "p0": usual.p0,
        "looks": usual.looks,
        "power": [(share, miss(share, usual), expected_seeds(share, usual)) for share in SHARES],
    }


def verdicts() -> dict[str, dict[str, Any]]:
    """What the families' pages show of each claim in `fast`, by its name."""
    found: dict[str, dict[str, Any]] = {}
    for page in sorted((ROOT / "docs/families").glob("*.md")):
        for part in re.split(r"^(?=### )", _text(page), flags=re.MULTILINE):
            run = _RUN.search(part)
            for row in _ROW.findall(part) if run and ", fast)" in part.partition("\n")[0] else ():
                names = ("claim", "expected", "outcome", "effect", "wins", "seeds", "look")
                found[row[0]] = {**dict(zip(names, row, strict=True)), "run": run.groups()}
    return found


def summed(claims: Mapping[str, Claim], seen: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How many verdicts there are, how many as registered, at which looks, and from which runs."""
    here = [one for name, one in seen.items() if name in claims]
    looks, runs = Counter(int(one["look"]) for one in here), [one["run"] for one in here]
    return {
        "count": len(here),
        "as_registered": sum(one["outcome"] == claims[one["claim"]].expect for one in here),
        "looks": sorted(looks.items()),
        "runs": sorted({f"torch {torch}, Python {python}, {device}" for *_, torch, python, device in runs}),
        "dates": sorted({date for date, *_ in runs}),
    }


def _fails(claim: Claim) -> bool:
    return claim.expect == "refuted"


def _against(claim: Claim, seen: Mapping[str, Any]) -> dict[str, Any]:
    """A claim that is registered as refuted: what was believed, by whom, and what was found."""
    return {**seen, "sentence": claim.sentence, "source": claim.source, "because": claim.because}


def _beside(claims: Mapping[str, Claim], seen: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What sources report, as the claims' files say it, beside what was found here."""
    for name, claim in claims.items():
        if claim.published and name in seen:
            low, high = number(claim.published.low), number(claim.published.high)
            theirs = low if low == high else f"{low} to {high}"
            yield {**seen[name], "theirs": theirs, "where": claim.published.where, "source": claim.source}


def redraws() -> dict[str, Any]:
    """How often seeds were drawn anew after evidence may have been seen; the commonest reason, and the others."""
    log = json.loads(_text(ROOT / "hw1/claims/redraws.json"))
    reasons = [one["reason"].partition(":")[0] for one in log]
    ((common, count),) = Counter(reasons).most_common(1)
    others = [one for one, reason in zip(log, reasons, strict=True) if reason != common]
    return {"count": len(log), "common": common, "of_common": count, "others": others}


def flake(pages: Iterable[str]) -> list[dict[str, Any]]:
    """What each page says of blocks of fresh seeds, the most claims first."""
    found = [one for page in pages if (one := _FLAKE.search(page))]
    return sorted((one.groupdict() for one in found), key=lambda one: -int(one["claims"]))


def pilot() -> dict[str, float]:
    """Claims with a pilot, and on how many seeds their outcome was seen."""
    row = re.compile(r"^\| (\w+) \| \w+ \| (\d+)/(\d+) \|.*$", re.MULTILINE)
    pages = [_text(path) for path in sorted((EVIDENCE_FOLDER / "pilot").glob("*.md"))]
    counts = {name: (int(seen), int(of)) for page in pages for name, seen, of in row.findall(page)}
    return {
        "claims": len(counts),
        "seeds": max(of for _, of in counts.values()),
        "all": sum(seen == of for seen, of in counts.values()),
        "most": sum(seen >= NEARLY_ALL * of for seen, of in counts.values()),
        "share": NEARLY_ALL,
    }


def sabotage() -> list[dict[str, Any]]:
    """Faults of training, data or arms, and how many claims stay green under each, over all pages."""
    line = r"^- `(\w+)`: (.*?) (\d+) of (\d+) green(?:, (\d+) of them unexplained)?\.$"
    pages = sorted(EVIDENCE_FOLDER.glob("sabotage*.md"))
    rows = [row for page in pages for row in re.findall(line, _text(page), re.MULTILINE)]
    faults = {name: words for name, words, *_ in rows}
    return [{"name": name, "words": faults[name], **_green(rows, name)} for name in faults]


def _green(rows: list[tuple[str, ...]], fault: str) -> dict[str, int]:
    counts = [
        map(int, (green, claims, unexplained or 0)) for name, _, green, claims, unexplained in rows if name == fault
    ]
    return dict(zip(("green", "claims", "unexplained"), map(sum, zip(*counts, strict=True)), strict=True))


def library() -> dict[str, int]:
    """Faults that are planted in the library, and by what they are caught."""
    rows = re.findall(r"^\| .+? \| hw1/\S+ \| (.+?) \| (.+?) \|$", _text(ROOT / "docs/sabotage.md"), re.MULTILINE)
    by_tests, by_claims = (sum(one != "none" for one in column) for column in zip(*rows, strict=True))
    return {"faults": len(rows), "tests": by_tests, "claims": by_claims}


def full(claims: Mapping[str, Claim], small: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Claims that were decided at the published scale, as they are registered now, beside their verdicts in `fast`."""
    manifests = [json.loads(_text(path)) for path in sorted((EVIDENCE_FOLDER / "full").glob("*.json"))]
    found = beside([*claims.values()], [one for manifest in manifests for one in manifest["decisions"]], {})
    came = {one.claim.name: one.outcome for one in found if one.decided}
    both = {name: small[name]["outcome"] for name in came if name in small}
    return {
        "decided": len(came),
        "undecided": sum(one.full is not None and not one.decided for one in found),
        "families": len({experiment_of(claims[name]).family for name in came}),
        "as_registered": sum(claims[name].expect == outcome for name, outcome in came.items()),
        "both": len(both),
        "differ": [(name, small, came[name]) for name, small in both.items() if small != came[name]],
    }


def environments() -> Iterator[dict[str, Any]]:
    """Each reference beside the one of most claims: verdicts that differ, and scores that are equal to the last bit."""
    made = [references.reference(name) for name in references.names()]
    first = max(made, key=lambda one: (len(one["decisions"]), one["date"]))
    known = {one["claim"]: one for one in first["decisions"]}
    for one in made:
        both = [(record, known[record["claim"]]) for record in one["decisions"] if record["claim"] in known]
        yield {
            "facts": one["environment"],
            "is_first": one is first,
            "claims": len(one["decisions"]),
            "common": len(both),
            "changed": sum(a["verdict"]["outcome"] != b["verdict"]["outcome"] for a, b in both),
            "equal": sum(a["scores"] == b["scores"] for a, b in both),
        }


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
