"""Where data sets are looked for, which of them are there, and where decoded copies are kept."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

BUNDLED = {
    "functions": "made on the spot",
    "mnist1d": "made on the spot",
    "digits": "bundled with scikit-learn",
}
# The layouts that people have: torchvision's batches, or one folder of images per class.
BATCHES, IMAGES = "cifar-10-batches-py", "cifar10"
CIFAR10 = (BATCHES, f"{IMAGES}/train")
# What systems and tools leave in folders: macOS's archives, Windows' previews, network drives, ext4. Hidden names
# (.DS_Store, ._0000.png, .ipynb_checkpoints) need no list.
_LEFT_BY_SYSTEM = {"__MACOSX", "__pycache__", "Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN", "@eaDir",
                   "System Volume Information", "lost+found", "Icon\r"}  # fmt: skip


def data_folder(folder: str | Path | None = None) -> Path | None:
    """The folder where downloaded data lie: the one given, or that named by HW1_DATA; None where none is named.

    Raises
    ------
    ValueError : where the named folder does not exist
    """
    place = folder or os.environ.get("HW1_DATA")
    if place and not Path(place).is_dir():
        raise ValueError(f"data folder {place} does not exist: make it, or name another one with HW1_DATA or --data")
    return Path(place) if place else None


def left_by_system(name: str) -> bool:
    """Whether a file or folder of this name is no data but what a system or a tool left there."""
    return name.startswith(".") or name in _LEFT_BY_SYSTEM


def cache_folder() -> Path:
    """Where this user's caches lie by the platform's habit, for hw1: `$XDG_CACHE_HOME/hw1` if that is set."""
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "hw1"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "hw1" / "Cache"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "hw1"


def available(folder: str | Path | None = None) -> Mapping[str, str]:
    """Each data set and its state; nothing is read or fetched.

    Parameters
    ----------
    folder : where downloaded data lie; by default the variable HW1_DATA

    Raises
    ------
    ValueError : where the named folder does not exist
    """
    place = data_folder(folder)
    found = [place / layout for layout in CIFAR10 if (place / layout).is_dir()] if place else []
    where = f"not in {place}" if place else "no folder is named by HW1_DATA or --data"
    state = f"in {found[0]}" if found else f"absent ({where}); looked for {' or '.join(CIFAR10)}"
    return {**BUNDLED, "cifar10": state}


def use_folder(folder: str | Path | None) -> None:
    """Let an option stand for HW1_DATA, in this process and in those it starts; nothing happens without one.

    Raises
    ------
    ValueError : where the folder does not exist
    """
    place = data_folder(folder)
    if folder and place:
        os.environ["HW1_DATA"] = str(place.absolute())
