"""What claims and experiments are, and how they are found; the names that an experiment's file imports."""

from hw1.registry.applying import applied
from hw1.registry.assays import Assay, assay, no_assay
from hw1.registry.declarations import (
    TIERS,
    Claim,
    Control,
    Published,
    arms_control,
    claim,
    table_control,
    trained_control,
    untrained_control,
)
from hw1.registry.experiments import (
    Experiment,
    all_claims,
    claims_of,
    experiment_of,
    experiments,
    experiments_named,
    experiments_of,
    find_claim,
    find_experiment,
    package_of,
    readers,
)

__all__ = [
    "TIERS",
    "Assay",
    "Claim",
    "Control",
    "Experiment",
    "Published",
    "all_claims",
    "applied",
    "arms_control",
    "assay",
    "claim",
    "claims_of",
    "experiment_of",
    "experiments",
    "experiments_named",
    "experiments_of",
    "find_claim",
    "find_experiment",
    "no_assay",
    "package_of",
    "readers",
    "table_control",
    "trained_control",
    "untrained_control",
]
