"""Many seeds at once: K replicas of a net, trained side by side, none affected by the others."""

from hw1.nets.augmentation import FlipAndShift
from hw1.nets.dropout import Dropout
from hw1.training.averages import MeanWeights
from hw1.training.batched import BatchedStack
from hw1.training.classify import Classified, classify
from hw1.training.evaluation import outputs_of
from hw1.training.functional import FunctionalStack, SequentialStack
from hw1.training.loop import Trained, train
from hw1.training.losses import (
    LOSSES,
    Loss,
    accuracy,
    cross_entropy,
    l1,
    smoothed,
    soft_cross_entropy,
    soft_labels,
    squared,
)
from hw1.training.masks import drawn_mask, largest
from hw1.training.orders import fixed_orders, independent_orders, orders
from hw1.training.phases import Phase, Phased, in_phases
from hw1.training.progress import FirstTime, record_steps
from hw1.training.recipe import Recipe
from hw1.training.snapshots import Snapshot
from hw1.training.stacking import stack
from hw1.training.stacks import Stack
from hw1.training.stages import staged_orders
from hw1.training.stops import Level, Stop, Stops
from hw1.training.tuning import Tuned, tuned

__all__ = [
    "LOSSES",
    "BatchedStack",
    "Classified",
    "Dropout",
    "FirstTime",
    "FlipAndShift",
    "FunctionalStack",
    "Level",
    "Loss",
    "MeanWeights",
    "Phase",
    "Phased",
    "Recipe",
    "SequentialStack",
    "Snapshot",
    "Stack",
    "Stop",
    "Stops",
    "Trained",
    "Tuned",
    "accuracy",
    "classify",
    "cross_entropy",
    "drawn_mask",
    "fixed_orders",
    "in_phases",
    "independent_orders",
    "l1",
    "largest",
    "orders",
    "outputs_of",
    "record_steps",
    "smoothed",
    "soft_cross_entropy",
    "soft_labels",
    "squared",
    "stack",
    "staged_orders",
    "train",
    "tuned",
]
