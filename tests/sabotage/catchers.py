"""What is asked to catch a fault: files of tests that take seconds, and claims in settings that take seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Of each file the tests whose name has this pattern; of slow or many tests, those that take less than a second.
TESTS: dict[str, str] = {
    "tests/test_streams.py": "^(?!.*streams_are_equal_exactly)",
    "tests/test_cells.py": "",
    "tests/data/test_problems.py": "",
    "tests/statistics/test_scores.py": "",
    "tests/statistics/test_judge.py": "(every_pattern|[Tt]ie|[Nn]a[nN])",
    "tests/training/test_recipe.py": "",
    "tests/training/test_losses.py": "",
    "tests/training/test_loop.py": "^(?!.*first_time)",
    "tests/training/test_classify.py": "",
    "tests/training/test_dropout.py": "evaluation",
    "tests/training/test_isolation.py": "permuting.*(6|None)-adam-dense",
    "tests/training/test_against_plain_torch.py": "float64-100-.*dense",
    "tests/measures/test_barriers.py": "",
    "tests/measures/test_trajectories.py": "^(?!.*(simulated|drift))",
    "tests/test_contracts.py": r"others_give_others\[deep_vs_shallow\]",
}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A claim on a reduced setting: its arms that are needed, and fields of `FAST` that differ."""

    arms: tuple[str, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)


SEEDS = 12  # the fewest that are a multiple of 4 and can give a verdict
CLAIMS: dict[str, Trial] = {
    "random_labels_leave_test_accuracy_at_chance": Trial(arms=("random",), changes={"epochs": 20}),
    "random_pixels_are_fitted_sooner_than_random_labels": Trial(
        arms=("random_pixels", "random"), changes={"epochs": 30}
    ),
    "squared_test_loss_explodes_where_features_equal_examples": Trial(arms=("four_fifths", "equal", "five_quarters")),
    "large_weight_decay_prevents_memorising": Trial(arms=("large_decay",), changes={"epochs": 40}),
    "weight_decay_that_prevents_memorising_leaves_true_labels_learnable": Trial(
        arms=("true_large_decay",), changes={"epochs": 40}
    ),
}
