"""Fetching a data set on request; nothing else of the project uses the network."""

from pathlib import Path

from hw1.data.cifar10 import cifar10_digest
from hw1.data.files import DataError
from hw1.data.places import BATCHES, data_folder

__all__ = ["fetch"]


def fetch(name: str, folder: str | Path | None = None) -> str:
    """Fetch a data set with torchvision, which checks its digest, and read it once.

    Parameters
    ----------
    name : "cifar10"; the other data sets are bundled or made on the spot
    folder : where to put it; by default the folder that HW1_DATA names

    Returns
    -------
    a line that says where it lies

    Raises
    ------
    DataError : without a folder, without torchvision, or where fetching fails
    """
    place = data_folder(folder)
    if place is None:
        raise DataError(f"{name} needs a folder to be put in: name one with --data or HW1_DATA")
    try:
        from torchvision.datasets import CIFAR10
    except ImportError as error:
        raise DataError(f"fetching {name} needs torchvision: pip install 'hw1[full]'") from error
    try:
        CIFAR10(str(place), download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"{name} could not be fetched into {place}: {error}. Get it elsewhere and unpack it there as {BATCHES}/"
        ) from error
    return f"fetched: {place / BATCHES}, SHA-256 of its contents {cifar10_digest(place)}"
