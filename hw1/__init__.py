"""hw1: the claims of a first deep-learning course, as experiments with a statistical assertion.

`hw1.check` judges a claim in your own setting; nothing of it is imported before it is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hw1.judging.checking import Finding, check

__all__ = ["Finding", "check"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from hw1.judging import checking

        return getattr(checking, name)
    raise AttributeError(f"module 'hw1' has no attribute {name!r}")
