"""Training dense classifiers, many seeds at once: what the families beyond the coursework share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from hw1.data import Problem
from hw1.settings import Dense, InUpdates
from hw1.streams import Draw

if TYPE_CHECKING:
    from hw1.training import Classified


@dataclass(frozen=True, kw_only=True)
class Training(Dense, InUpdates):
    """Data, net and training."""

    data: str = "digits"
    widths: tuple[int, ...] = (64, 64)
    batch: int = 50
    optimizer: str = "adam"
    lr: float = 3e-3
    stack: int = 12

    def on_cifar10(self, **changes: Any) -> Self:
        """The same on all of CIFAR-10: two layers of 512 units, 10 epochs of batches of 128 with Adam at 0.001.

        About 53 % of the test images are right then (two development seeds). A core trains 8,000 images in a second.
        """
        full = {"data": "cifar10", "train": 50_000, "test": 10_000, "widths": (512, 512), "batch": 128, "lr": 1e-3}
        return replace(self, **{**full, "updates": 3_900, "stack": 2, **changes})

    def each(self, share: float) -> list[int]:
        """Numbers of updates, from 0, after each such share of the training, and after all of it."""
        step = max(1, round(share * self.updates))
        return sorted({*range(0, self.updates, step), self.updates})


def check_early(setting: Any) -> None:
    """Refuse an `early` measurement that is not within the training; ValueError."""
    if setting.early > setting.updates:
        raise ValueError(f"early={setting.early} is after all {setting.updates} updates. Use a smaller number.")


def fit(
    setting: Training,
    data: Problem,
    *,
    seeds: Sequence[Any],
    draw: Draw,
    device: str,
    widths: Sequence[int] | None = None,
    changes: dict[str, Any] | None = None,
    at: Sequence[int] | None = None,
    **options: Any,
) -> "Classified":
    """Train one net per seed, or per member of a seed, on its own examples.

    Parameters
    ----------
    widths, changes : sizes of the net and fields of the recipe in which an arm differs
    at : numbers of updates after which to measure; by default after each fifth
    options : further arguments of `hw1.training.classify`
    """
    from hw1.training import classify

    nets = setting.nets(data, seeds, draw, widths=widths)
    recipe = setting.recipe(**(changes or {}))
    at = setting.each(0.2) if at is None else at
    return classify(nets, data, recipe, seeds=seeds, draw=draw, device=device, at=at, **options)
