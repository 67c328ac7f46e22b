"""Where registrations may be written: in a checkout of the source, never in a package that was installed."""

import os
from pathlib import Path

INSTALLED = {"site-packages", "dist-packages"}


def check_writable(path: Path) -> None:
    """Refuse to edit a file of an installed package, or one that cannot be written.

    Raises
    ------
    ValueError : with what to do
    """
    real = path.resolve()
    if INSTALLED & set(real.parts) or any(_records(folder) for folder in real.parents):
        raise ValueError(
            f"{path} belongs to an installed package, which must stay what was installed. Clone its repository and "
            f"register there (pip install -e .), or write claims in a package of your own (--claims PACKAGE)"
        )
    there = real if real.exists() else real.parent
    if not os.access(there, os.W_OK):
        raise ValueError(f"{path} cannot be written: register in a checkout of the source that is yours to change")


def _records(folder: Path) -> bool:
    """Whether pip installed packages into a folder: their records lie beside them (`pip install --target`)."""
    return any((records / "RECORD").is_file() for records in folder.glob("*.dist-info"))
