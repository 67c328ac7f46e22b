"""One trial before anything is trained: each arm on one seed, up to its first training.

By then it has drawn its data, built its nets and made its recipe, so that what cannot work is refused at once and in
one line: a setting by the fields that are to blame, what a user brought by what is wrong with it.
"""

import dataclasses
import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from hw1.deliberate import deliberate, told
from hw1.machine.devices import CPU
from hw1.registry import Experiment
from hw1.replaced import Active, Asked, Replacements, replacing
from hw1.running.pinned import pinned
from hw1.settings import unlike

BY_ARM = ("net", "optimizer")  # what may differ between arms
WORDS = {"net": "a net", "data": "a data set", "optimizer": "an optimizer", "target": "a function to fit"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trial:
    """What is tried: an experiment in a setting that differs from the registered one, with a user's objects or none.

    It runs in this process, on the CPU: a GPU may be a cluster's, and one seed is little. `arms` are those that will be
    trained, all by default.
    """

    experiment: Experiment
    registered: Any
    setting: Any
    own: Replacements | None
    seeds: Sequence[int]
    arms: Sequence[str] = ()

    def run(self) -> tuple[str, ...]:
        """Try the arms; what is to be said of what was brought, one line each.

        Raises
        ------
        ValueError : for a setting that cannot work, an object that the experiment never asks for or that fails, and one
            net for arms that have different nets
        """
        own = self.own or Replacements()
        if not own.hold_code and not own.precision and self.setting == self.registered:
            return ()
        given = {part: one for part in WORDS if (one := getattr(own, part)) is not None}
        for part, one in given.items():
            if isinstance(one, Mapping):
                self._require_arms(part, one)
        tried = {arm: self._tried(arm) for arm in self._trained}
        self._require_starts(tried)
        for part, one in given.items():
            self._require_asked(part, one, kinds(part, {arm: now.asked for arm, now in tried.items()}))
        if own.precision and not any("precision" in now.asked for now in tried.values()):
            raise ValueError(
                f"{self.experiment.name} never asks for a precision, so {own.precision} has no effect here"
            )
        remarks = [*self._unused(given), *(remark for now in tried.values() for remark in now.remarks)]
        return tuple(dict.fromkeys([*remarks, *_lost({arm: now.asked for arm, now in tried.items()}, own)]))

    @cached_property
    def asked_here(self) -> dict[str, dict[str, list[str]]]:
        """What each arm asks for, in words, by the name of the replacement."""
        return self.asked(self.setting)

    def asked(self, setting: Any) -> dict[str, dict[str, list[str]]]:
        """The same in another setting."""
        return {arm: self._asked(arm, setting).asked for arm in self._trained}

    @property
    def _trained(self) -> Sequence[str]:
        return self.arms or self.experiment.arms

    def changes(self) -> list[tuple[str, Any, Any]]:
        """The fields that differ from the registered setting, with its value and the new one."""
        return unlike(self.registered, self.setting)

    def with_field(self, name: str, value: Any) -> Any:
        """The setting with another value of a field."""
        return dataclasses.replace(self.setting, **{name: value})

    def _require_asked(self, part: str, given: Any, arms: Mapping[str, Sequence[str]]) -> None:
        """Refuse what no arm asks for, what an arm that is named does not ask for, and one for arms that differ."""
        name, asking = self.experiment.name, [arm for some in arms.values() for arm in some]
        if not asking:
            some = self._trained != self.experiment.arms
            here = f" in the arms that the claim reads ({', '.join(self._trained)})" if some else ""
            raise ValueError(f"{name} never asks for {WORDS[part]}{here}, so yours would have no effect")
        if isinstance(given, Mapping) and (deaf := [a for a in given if a in self._trained and a not in asking]):
            others = f"{', '.join(asking)} {'does' if len(asking) == 1 else 'do'}"
            raise ValueError(f"the arm {deaf[0]} of {name} never asks for {WORDS[part]}: {others}")
        if part in BY_ARM and not isinstance(given, Mapping) and len(arms) > 1:
            told = "; ".join(f"{', '.join(some)}: {kind}" for kind, some in arms.items())
            raise ValueError(
                f"the arms of {name} differ in what yours would replace ({told}); give {part}={{arm: yours}} for the "
                f"arms that it is meant for"
            )

    def _unused(self, given: Mapping[str, Any]) -> Iterator[str]:
        """What was brought for arms that are not trained, as the claim does not read them."""
        for part, one in given.items():
            named = one if isinstance(one, Mapping) else ()
            if idle := [arm for arm in named if arm not in self._trained]:
                names = " or ".join(idle)
                yield f"The claim does not read {names}, so that {part} for {names} had no effect."

    def _require_starts(self, tried: Mapping[str, Active]) -> None:
        """Refuse a net that starts alike on every seed where the start is all that seeds differ in."""
        alike = [arm for arm, now in tried.items() if now.starts_alike and "target" in now.asked]
        if alike:
            raise ValueError(
                f"the net of arm {alike[0]} has the same weights for every seed, and in {self.experiment.name} seeds "
                f"differ in nothing else: one training would be counted as many. Let it draw its weights from torch's "
                f"global generator, without a seed of its own"
            )

    def _require_arms(self, part: str, given: Mapping[str, Any]) -> None:
        arms = self.experiment.arms
        if unknown := [arm for arm in given if arm not in arms]:
            raise ValueError(f"no arm {unknown[0]!r} in {self.experiment.name}: there are {', '.join(arms)}")
        if not given:
            raise ValueError(f"{part}={{}} names no arm: give {WORDS[part]} for some of {', '.join(arms)}, or none")
        if not {*given} & {*self._trained}:
            raise ValueError(
                f"the claim does not read the arm {next(iter(given))} of {self.experiment.name}, so {WORDS[part]} for "
                f"it would have no effect: it reads {', '.join(self._trained)}"
            )

    def _tried(self, arm: str) -> Active:
        """What an arm asked for, and remarks; where it failed, one line on what is to blame."""
        try:
            return self._asked(arm, self.setting)
        except Exception as error:  # whatever numpy, torch or a user's code raises
            where = f"{self.experiment.name} (arm {arm})"
            blamed = self._blamed(arm)
            if blamed:
                said = f"{where} cannot run so" + (f": {error}" if self._is_told(error) else _registered(blamed))
                raise ValueError(f"{', '.join(f'{name}={new!r}' for name, _, new in blamed)}: {said}") from error
            if self._is_told(error):
                raise
            raise ValueError(f"{where} cannot run in this setting: {told(error)}") from error

    def _asked(self, arm: str, setting: Any) -> Active:
        run = importlib.import_module(self.experiment.module.__name__).run
        own = self.own or Replacements()
        with replacing(own, arm, only_ask=True) as now, pinned(), suppress(Asked):
            run(setting, arm=arm, seeds=tuple(self.seeds), device=CPU.name)
        return now or Active(own=own, arm=arm)

    def _blamed(self, arm: str) -> list[tuple[str, Any, Any]]:
        """The fields without whose change the arm runs, each with its registered and its new value.

        Empty where it fails in the registered setting too; all changes, where no single one is to blame.
        """
        changes = self.changes()
        if not changes or not self._runs(arm, self.registered):
            return []
        single = [one for one in changes if self._runs(arm, self.with_field(one[0], one[1]))]
        return single or changes

    def _runs(self, arm: str, setting: Any) -> bool:
        try:
            self._asked(arm, setting)
        except Exception:  # which one does not matter here
            return False
        return True

    def _is_told(self, error: Exception) -> bool:
        """Whether hw1's code, or the experiment's, raised it with words of its own."""
        return deliberate(error, [self.experiment.path.parents[1]])


def kinds(part: str, asked: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    """The arms by what they ask for of a replacement, in words; without those that do not ask."""
    found: dict[str, list[str]] = {}
    for arm, one in asked.items():
        if part in one:
            found.setdefault("; ".join(one[part]), []).append(arm)
    return found


def _lost(asked: Mapping[str, Mapping[str, Sequence[str]]], own: Replacements) -> Iterator[str]:
    """What a user's optimizer does not take over from ours."""
    for kind, arms in kinds("optimizer", asked).items():
        if "momentum" in kind and any(own.of(arm, "optimizer") is not None for arm in arms):
            yield f"Your optimizer takes the place of {kind}, and is given a rate (and a decay) alone."


def _registered(blamed: Sequence[tuple[str, Any, Any]]) -> str:
    return f"; it is registered with {', '.join(f'{name}={old!r}' for name, old, _ in blamed)}"
