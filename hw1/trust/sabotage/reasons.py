"""Why a claim may stay green under a fault: declared beside the claims, in `sabotage.toml` of their package.

One table per reason, under the name of the fault:

    [[rate_0]]
    why = "it is about nets as they start"
    claims = ["differentiating_a_batch_mean_divides_by_its_size"]
"""

import importlib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hw1.registry import Claim, all_claims, package_of
from hw1.trust.sabotage.faults import FAULTS, NONE
from hw1.trust.sabotage.judging import Seen

__all__ = ["FILE", "Reasons", "reasons_of", "stale", "unexplained"]

FILE = "sabotage.toml"
Reasons = Mapping[str, Mapping[str, str]]  # by fault and claim


def reasons_of(claims: Sequence[Claim]) -> Reasons:
    """The reasons that the package of some claims declares; none where it has no such file.

    Raises
    ------
    ValueError : where the file names a fault or a claim that does not exist, a claim twice, or gives no reason
    """
    package = package_of(importlib.import_module(claims[0].score.__module__))
    path = Path(next(iter(importlib.import_module(package).__path__))) / FILE
    if not path.exists():
        return {}
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
        return _checked(declared, {claim.name for claim in all_claims(package)})
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _checked(declared: Mapping[str, Any], known: set[str]) -> Reasons:
    found: dict[str, dict[str, str]] = {}
    for fault, groups in declared.items():
        if fault not in FAULTS or fault == NONE.name:
            raise ValueError(f"no fault {fault!r}: there are {', '.join(FAULTS)}")
        for group in groups:
            if set(group) != {"why", "claims"} or not str(group["why"]).strip():
                raise ValueError(f"[[{fault}]] must have `why`, a reason in words, and `claims`, and nothing else")
            for name in group["claims"]:
                if name not in known:
                    raise ValueError(f"[[{fault}]] names the claim {name!r}, which does not exist")
                if name in found.setdefault(fault, {}):
                    raise ValueError(f"[[{fault}]] names {name} twice: one reason is enough")
                found[fault][name] = group["why"]
    return found


def unexplained(seen: Sequence[Seen], reasons: Reasons) -> list[Seen]:
    """Greens without a declared reason; what nothing was done to needs none."""
    return [one for one in seen if one.green and one.fault != NONE.name and not _reason(one, reasons)]


def stale(seen: Sequence[Seen], reasons: Reasons) -> list[Seen]:
    """Reds with a declared reason; where cells failed there was no verdict, which says nothing of the reason."""
    return [one for one in seen if not one.green and one.outcome != "error" and _reason(one, reasons)]


def _reason(one: Seen, reasons: Reasons) -> str:
    return reasons.get(one.fault, {}).get(one.claim.name, "")
