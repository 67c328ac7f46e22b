"""Claims by the names that a command was given."""

from collections.abc import Sequence

from hw1.registry import Claim, Experiment, all_claims, experiment_of, experiments, find_claim


def named(names: Sequence[str]) -> list[Claim]:
    """Claims by their own name or their experiment's; all without names."""
    known = experiments()
    inside = [claim for name in names if name in known for claim in readers(known[name])]
    return [*inside, *(find_claim(name) for name in names if name not in known)] or all_claims()


def readers(experiment: Experiment) -> list[Claim]:
    """The claims that read an experiment's tables, of whichever file."""
    return [claim for claim in all_claims() if experiment_of(claim).name == experiment.name]
