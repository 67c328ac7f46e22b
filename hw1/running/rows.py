"""A row of the store: one computed cell as the file holds it, and whether it is what was written."""

import hashlib
import json
from typing import NamedTuple

from hw1.tables import unpack

__all__ = ["Row"]


class Row(NamedTuple):
    """A cell as the file holds it: `about` is JSON, `tables` an npz archive."""

    key: str
    label: str
    seconds: float
    about: str
    tables: bytes
    checksum: str | None = None

    def summed(self) -> "Row":
        """The row with its checksum."""
        return self._replace(checksum=self._sum())

    def fault(self) -> str:
        """What is wrong with the row; empty where nothing is."""
        try:
            if self.checksum is not None:
                return "" if self.checksum == self._sum() else "its checksum does not fit what is stored"
            json.loads(self.about)
            unpack(self.tables)
        except Exception as error:  # a damaged archive raises what it likes
            return f"it cannot be read: {type(error).__name__}"
        return ""

    def _sum(self) -> str:
        parts = (self.key, self.label, repr(float(self.seconds)), self.about)
        return hashlib.sha256("\0".join(parts).encode() + b"\0" + self.tables).hexdigest()
