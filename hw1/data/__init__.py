"""Data sets: functions, digits, MNIST-1D, sums, features, CIFAR-10 from a folder; wrong labels made on purpose."""

from hw1.data.addition import addition
from hw1.data.cifar10 import Cifar10, DataError, Part, cifar10, cifar10_digest
from hw1.data.composites import half_line, shuffled_columns, slabs
from hw1.data.digits import digits
from hw1.data.fetching import fetch
from hw1.data.functions import TARGETS, Target, grid
from hw1.data.labels import corrupt
from hw1.data.mnist1d import mnist1d
from hw1.data.places import available
from hw1.data.problems import CLASSES, SHAPES, Problem, external_data, number_of_classes, problem
from hw1.data.resampling import bootstrap, by_class, repeated, resampled, subsets
from hw1.data.split import Split

__all__ = [
    "CLASSES",
    "SHAPES",
    "TARGETS",
    "Cifar10",
    "DataError",
    "Part",
    "Problem",
    "Split",
    "Target",
    "addition",
    "available",
    "bootstrap",
    "by_class",
    "cifar10",
    "cifar10_digest",
    "corrupt",
    "digits",
    "external_data",
    "fetch",
    "grid",
    "half_line",
    "mnist1d",
    "number_of_classes",
    "problem",
    "repeated",
    "resampled",
    "shuffled_columns",
    "slabs",
    "subsets",
]
