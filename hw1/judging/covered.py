"""What a user's objects cover: changes of a setting that reach nothing but what these stand in the place of."""

from typing import Any

from hw1.judging.trial import WORDS, Trial

__all__ = ["covered", "require_effect"]


def covered(trial: Trial, other: Any) -> bool:
    """Whether all that an experiment asks for otherwise in another setting is a user's anyway.

    So a net of one's own covers the widths of ours, and a control that changes nothing else is the claim itself.
    """
    own = trial.own
    if own is None or not own.hold_code:
        return False
    try:
        before, after = trial.asked_here, trial.asked(other)
    except Exception:  # whatever a setting that cannot run raises: it is told elsewhere
        return False
    places = [(arm, part) for arm in before for part in WORDS]
    differ = [(arm, part) for arm, part in places if before[arm].get(part) != after[arm].get(part)]
    return bool(differ) and all(own.of(arm, part) is not None for arm, part in differ)


def require_effect(trial: Trial) -> None:
    """Refuse a changed field that would have no effect.

    Raises
    ------
    ValueError : naming the field
    """
    for name, old, new in trial.changes():
        if covered(trial, trial.with_field(name, old)):
            raise ValueError(
                f"{name}={new!r} has no effect, as what you brought takes its place: leave one of them out"
            )
