"""A claim in a setting of one's own: other numbers in its setting, or a net, data, an optimizer, a target of one's own.

What comes out is a finding, never evidence: it is on development seeds or those of a stated block, and says
"in your setting". Results that depend on a user's objects are kept in memory only.
"""

import dataclasses
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hw1.blocks import DEVELOPMENT, at_least_one, seeds_of
from hw1.data.places import use_folder
from hw1.judging.decisions import Question, judged
from hw1.judging.settings import changed
from hw1.machine.devices import Device, resolve
from hw1.machine.environment import cores
from hw1.registry import Claim, Experiment, find_claim
from hw1.replaced import Asked, Replacements, replacing
from hw1.running.computing import Watcher, one_thread
from hw1.running.results import Results
from hw1.running.store import MEMORY
from hw1.statistics import Score, Verdict
from hw1.tables import Tables

__all__ = ["Finding", "check"]

_WORDS = {"net": "a net", "data": "a data set", "optimizer": "an optimizer", "target": "a function to fit"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a claim comes to in a setting of one's own.

    Attributes
    ----------
    verdict, score : of the claim; `score.values` is one number per seed, positive where the claim is seen
    control : the verdict on the claim's control, where that works on the tables or was asked for
    setting, changes : the whole setting, and what differs from the registered one, in words
    tables : what was measured
    """

    claim: Claim
    tier: str
    verdict: Verdict
    control: Verdict | None
    setting: Any
    changes: tuple[str, ...]
    block: int
    score: Score = field(repr=False)
    tables: Tables = field(repr=False)

    @property
    def as_registered(self) -> bool:
        """Whether the outcome is the one that the claim is registered with, in its own setting."""
        return self.verdict.outcome == self.claim.expect

    def lines(self) -> Iterator[str]:
        """The finding for a terminal."""
        changes = ", ".join(self.changes) or "nothing changed"
        yield f"{self.claim.name} [{self.tier}] in your setting ({changes}):"
        yield f"  {self.verdict}"
        yield f"  in its own setting it is registered as: {self.claim.expect}"
        if self.control is not None:
            must = "holds" if self.claim.expect == "refuted" else "does not hold"
            name = self.claim.control.name
            yield f"  its control {name}: {self.control.outcome} here (in its own setting it {must})"
        yield f"  {self.verdict.n} seeds of block {self.block}, {_words_of_block(self.block)}"

    def __str__(self) -> str:
        return "\n".join(self.lines())


def check(
    claim: Claim | str,
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002 - as on the command line
    net: Callable[[int, int], Any] | Mapping[str, Callable[[int, int], Any]] | None = None,
    data: Any = None,
    optimizer: Callable[..., Any] | None = None,
    target: Callable[[Any], Any] | None = None,
    precision: str | None = None,
    tier: str = "fast",
    seeds: int | None = None,
    block: int = DEVELOPMENT,
    device: str = "auto",
    jobs: int | None = None,
    control: bool = False,
    store: str = MEMORY,
    folder: str | None = None,
    watcher: Watcher | None = None,
) -> Finding:
    """Judge a claim in a setting of one's own.

    Parameters
    ----------
    claim : one of `python -m hw1 list`, or a claim itself
    set : fields of the setting by name, {"lr": 0.01}; or as on the command line, ["lr=0.01"]
    net : makes a `torch.nn.Module` from the numbers of inputs and outputs: it maps rows (n, inputs) to (n, outputs),
        and draws its own start values. By arm where the arms are different nets; arms that are not named keep ours
    data : (x, y), (x, y, x_test, y_test), or a data set of torch or torchvision or a pair of them, in at most ten
        classes; each seed draws `train` and `test` examples of it, as the setting says
    optimizer : called as `optimizer(parameters, lr=...)` for each net, with `weight_decay=...` where the arm has one;
        an optimizer's class does. The setting's schedule multiplies the learning rate that it has then; an optimizer
        that steps a scheduler of its own keeps that one instead
    target : the function that is fitted, elementwise on float64 arrays
    precision : "float32" or "float64"
    seeds : how many, by default as registered; at least 11 for a verdict
    block : of the seeds; 0 is development
    control : also train the control, where it is one that trains
    store : a file that keeps the results, where only `set` and `precision` differ; in memory by default
    folder : with downloaded data (by default the variable HW1_DATA)

    Raises
    ------
    ValueError : where the setting has no such field, or what was given has no place in the claim's experiment
    CellError : where a training fails
    """
    one = find_claim(claim) if isinstance(claim, str) else claim
    question, own = Question(one, tier), _replacements(net, data, optimizer, target, precision)
    experiment, setting = question.experiment, _set(question.setting, set)
    use_folder(folder)
    n = at_least_one(question.n0 if seeds is None else seeds, "seeds")
    drawn, where = seeds_of(block, n), resolve(device)
    _check_place(experiment, setting, own, drawn, where)
    results = Results(store, device=where, jobs=jobs or _jobs(where), own=own, watcher=watcher)
    tables = results.tables(experiment, setting, drawn)
    twin: tuple[Tables, Any] | None = None
    if not one.control.trains:
        twin = one.control.twin(tables), setting
    elif control:
        other = one.control.twin(setting)
        twin = results.tables(experiment, other, drawn), other
    score = one(tables, setting)
    return Finding(
        claim=one,
        tier=tier,
        verdict=judged(question, score, n, twin=False),
        control=judged(question, one(*twin), n, twin=True) if twin else None,
        setting=setting,
        changes=tuple(_changes(question.setting, setting, own)),
        block=block,
        score=score,
        tables=tables,
    )


def _replacements(net: Any, data: Any, optimizer: Any, target: Any, precision: str | None) -> Replacements | None:
    if precision not in (None, "float32", "float64"):
        raise ValueError(f"precision={precision!r} is none of float32 and float64")
    if data is not None:
        from hw1.data.own import examples_of

        data = examples_of(data)
    own = Replacements(
        net=net,
        data=data,
        optimizer=optimizer,
        target=target,
        precision=None if precision == "float32" else precision,
    )
    return own if own.hold_code or own.precision else None


def _set(setting: Any, fields: Mapping[str, Any] | Sequence[str]) -> Any:
    """The setting with some fields replaced, given by name or as on the command line."""
    if not isinstance(fields, Mapping):
        return changed(setting, fields)
    known = {f.name for f in dataclasses.fields(setting)}
    if unknown := [name for name in fields if name not in known]:
        raise ValueError(f"no field {unknown[0]!r} in this setting: there are {', '.join(sorted(known))}")
    return dataclasses.replace(setting, **fields)


def _changes(registered: Any, setting: Any, own: Replacements | None) -> Iterator[str]:
    """What differs, in words."""
    for f in dataclasses.fields(setting):
        old, new = getattr(registered, f.name), getattr(setting, f.name)
        if old != new:
            yield f"{f.name} {new} for {old}"
    for part in _WORDS:
        mine = getattr(own, part, None)
        if mine is not None:
            yield f"{part}: {_named(mine)}"
    if own and own.precision:
        yield own.precision


def _named(mine: Any) -> str:
    if isinstance(mine, Mapping):
        return ", ".join(f"{_named(make)} as {arm}" for arm, make in mine.items())
    return str(getattr(mine, "__name__", mine))


def _words_of_block(block: int) -> str:
    return "development seeds: no evidence" if block == DEVELOPMENT else "as you asked: no evidence, nothing was frozen"


def _jobs(device: Device) -> int:
    return cores() if device.name == "cpu" else 1


def _check_place(
    experiment: Experiment, setting: Any, own: Replacements | None, seeds: Sequence[int], device: Device
) -> None:
    """Refuse what the experiment never asks for, and one net for arms that are different nets.

    Each arm is run on one seed up to its first training: by then it has asked for what can be replaced.
    """
    if own is None or not own.hold_code:
        return
    if isinstance(own.net, Mapping) and (unknown := [arm for arm in own.net if arm not in experiment.arms]):
        raise ValueError(f"no arm {unknown[0]!r} in {experiment.name}: there are {', '.join(experiment.arms)}")
    asked = {arm: _asked(experiment, setting, own, arm, seeds[:1], device) for arm in experiment.arms}
    for part in _WORDS:
        if getattr(own, part) is not None and not any(part in one for one in asked.values()):
            raise ValueError(f"{experiment.name} never asks for {_WORDS[part]}: yours has no place in it")
    for part, given in (("net", own.net), ("optimizer", own.optimizer)):
        kinds = {arm: "; ".join(one[part]) for arm, one in asked.items() if part in one}
        if given is not None and not isinstance(given, Mapping) and len({*kinds.values()}) > 1:
            told = "; ".join(f"{arm}: {kind}" for arm, kind in kinds.items())
            way = f"; give {part}={{arm: yours}} for those it stands for" if part == "net" else ""
            raise ValueError(f"the arms of {experiment.name} differ in what yours would replace ({told}){way}")


def _asked(
    experiment: Experiment, setting: Any, own: Replacements, arm: str, seeds: Sequence[int], device: Device
) -> Mapping[str, list[str]]:
    run = importlib.import_module(experiment.module.__name__).run
    with replacing(own, arm, only_ask=True) as now, one_thread(), suppress(Asked):
        run(setting, arm=arm, seeds=tuple(seeds), device=device.name)
    return now.asked if now else {}
