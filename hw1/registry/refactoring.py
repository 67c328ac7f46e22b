"""What a claim and its control score, as digests to the last bit: they tell a refactoring from a new registration.

Code that gives equal scores on every seed of two blocks promises what was promised before, so its evidence stands. A
digest says with which versions and hardware it was made: others may round differently.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hw1.blocks import seeds_of
from hw1.machine.environment import computed_with
from hw1.registry.declarations import Claim
from hw1.registry.experiments import Experiment, experiment_of
from hw1.statistics import Score
from hw1.tables import Tables

Asked = tuple[Experiment, Any, Sequence[int]]  # an experiment under a setting, for some seeds
# Its tables; they are computed where they are missing.
Measured = Callable[[Experiment, Any, Sequence[int]], Tables]


def asked(claim: Claim, blocks: Iterable[int]) -> list[Asked]:
    """The tables that the digests of a claim on some blocks are made of: its own, then those of a trained control.

    Of the fast tier, or of the only one that the experiment has.
    """
    experiment, control = experiment_of(claim), claim.control
    tier = experiment.tiers[0]
    own, n0 = experiment.setting(tier), experiment.looks(tier)[0]
    settings = [own, control.twin(own)] if control.trains else [own]
    return [(experiment, one, seeds_of(block, n0)) for block in blocks for one in settings]


def digests(claim: Claim, tier: str, blocks: Iterable[int], measured: Measured) -> dict[str, Any]:
    """A digest of all scores of claim and control on the first look of each block, and `made_with`.

    The tables are those of the fast tier, but claims and controls get the setting of `tier`: nobody can pay for a pilot
    of the full tier, and its claims read the same columns. What these scores cannot tell of, the setting of another
    tier, is kept beside them as it is.
    """
    made = {str(block): _digest(_scores(claim, tier, block, measured)) for block in blocks}
    setting = {name: str(value) for name, value in vars(experiment_of(claim).setting(tier)).items()}
    return {**made, "made_with": computed_with(), **({} if tier == "fast" else {"setting": setting})}


def alike(known: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two digests say the same; fields that only one of the settings has are left to a reader's judgement."""
    one, other = known.get("setting", {}), now.get("setting", {})
    scores = [{name: value for name, value in of.items() if name != "setting"} for of in (known, now)]
    return scores[0] == scores[1] and all(one[name] == other[name] for name in one.keys() & other.keys())


def only_in_one(known: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The fields of the settings of two digests that only one of them has, each with its value."""
    one, other = known.get("setting", {}), now.get("setting", {})
    return [f"{name} {(one | other)[name]}" for name in sorted(one.keys() ^ other.keys())]


def _scores(claim: Claim, tier: str, block: int, measured: Measured) -> Iterator[Score]:
    """Of the claim, and of its control."""
    setting, control = experiment_of(claim).setting(tier), claim.control
    own, *trained = (measured(*one) for one in asked(claim, [block]))
    yield claim(own, setting)
    if trained:
        yield claim.of_control(trained[0], control.twin(setting))
    else:
        yield claim.of_control(own, setting)


def _digest(scores: Iterator[Score]) -> str:
    whole = hashlib.sha256()
    for score in scores:
        for part in score.parts:
            whole.update(json.dumps([part.frozen(), part.values.index.astype(int).tolist()]).encode())
            whole.update(part.values.to_numpy(dtype="<f8").tobytes())
    return whole.hexdigest()[:16]
