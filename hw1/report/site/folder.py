"""The folder of a site: a new or empty one, or that of an earlier site, whose pages are renewed.

A list of its files lies in it, `hw1-site.json`. It is written before them, so that a site that was interrupted is known
for one, and again after them; files of an earlier site that are no longer part of it are removed between the two.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from hw1 import writing
from hw1.documents import DocumentError, document
from hw1.writing import OutputError

LIST = "hw1-site.json"
KINDS = {".html": writing.PAGE, ".svg": writing.FIGURE, ".css": writing.PART, ".js": writing.PART}


def check_site(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier site.

    Raises
    ------
    OutputError : in one line; nothing in the folder was touched
    """
    writing.check_folder("the site", folder)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LIST).is_file():
        raise OutputError(
            f"the folder {folder} is not empty and holds no earlier site: it was left as it is; name a new folder"
        )
    _earlier(folder)


def write_site(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files, or none where one cannot be; remove those of an earlier site that are no longer part of it.

    Parameters
    ----------
    files : texts by their places in the folder, as `site` gives them

    Raises
    ------
    OutputError : where the folder is no site's, or a file in it is not what hw1 wrote
    """
    check_site(folder)
    gone = _earlier(folder) - files.keys()
    for name in (*files, *gone):
        if (folder / name).exists():
            writing.check("the site's", folder / name, KINDS[Path(name).suffix])
    _write_list(folder, files.keys() | gone)
    for name, text in files.items():
        writing.write(folder / name, text, KINDS[Path(name).suffix])
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    _write_list(folder, files)


def _write_list(folder: Path, names: Iterable[str]) -> None:
    writing.write(folder / LIST, json.dumps({"hw1 site": 1, "files": sorted(names)}) + "\n", writing.SITE)


def _earlier(folder: Path) -> set[str]:
    """The files of the site that is there; of what its list names, those alone that a site can have."""
    if not (folder / LIST).is_file():
        return set()
    try:
        found = document(folder / LIST, "name a new folder", _LIST)
    except DocumentError as error:
        raise OutputError(str(error)) from error
    return {name for name in found["files"] if _is_inside(name)}


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in KINDS and not path.is_absolute() and ".." not in path.parts


_LIST = json.dumps(
    {
        "type": "object",
        "required": ["hw1 site", "files"],
        "properties": {"hw1 site": {"const": 1}, "files": {"type": "array", "items": {"type": "string"}}},
    }
)
