"""`list`: families, experiments and claims, and what is registered."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from hw1.registry import experiments, registration

HELP = "families, experiments and claims, and what is registered"


def arguments(_: ArgumentParser) -> None:
    """None."""


def command(_: Namespace) -> Iterator[str]:
    """Families, experiments and claims."""
    for experiment in experiments().values():
        arms = ", ".join(experiment.arms)
        yield f"{experiment.family} / {experiment.name} (revision {experiment.revision}): arms {arms}"
        for claim in experiment.claims:
            states = ", ".join(f"{tier} {registration.status(claim, tier)}" for tier in claim.tiers)
            yield f"  {claim.name}, expected: {claim.expect} [{states}]"
            yield f"    {claim.sentence}"
