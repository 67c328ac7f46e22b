"""A claim in your own setting: other numbers in it, or your own net, data, optimizer or target.

The outcome is a finding, never evidence: it is judged on development seeds or on those of a stated block, and says
"in your setting". Results that depend on a user's objects are kept in memory only.
"""

import dataclasses
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from hw1.blocks import DEVELOPMENT, at_least_one, seeds_of
from hw1.data.places import use_folder
from hw1.judging.answers import Answers
from hw1.judging.decisions import Decision, Question
from hw1.judging.settings import changed
from hw1.machine.devices import Device, resolve
from hw1.machine.environment import cores
from hw1.registry import Claim, Experiment, find_claim
from hw1.replaced import Asked, Replacements, replacing
from hw1.running.cluster import hardware
from hw1.running.computing import Watcher, one_thread
from hw1.running.results import Results
from hw1.running.store import MEMORY
from hw1.statistics import Score, Verdict, require_reachable
from hw1.statistics.looks import TAKEN
from hw1.tables import Tables

__all__ = ["Finding", "check"]

_WORDS = {"net": "a net", "data": "a data set", "optimizer": "an optimizer", "target": "a function to fit"}


@dataclass(frozen=True)
class _Own(Question):
    """A question in a setting of one's own; all questions of one `Answers` have the same."""

    own: Any = field(default=None, compare=False)  # may hold a list, which has no hash

    @cached_property
    def setting(self) -> Any:
        """That setting, or of a trained control its twin."""
        return self.claim.control.twin(self.own) if self.control else self.own

    @cached_property
    def status(self) -> str:
        """Not what is registered, nor a development of it."""
        return "in your setting"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The outcome of a claim in your own setting.

    Attributes
    ----------
    verdict, score : of the claim; `score.values` is one number per seed, positive where the claim is seen, and 0 where
        its assay is not met. `verdict.outcome` is "invalid" where too few seeds met it for a verdict
    control : the verdict on the claim's control, where that works on the tables or was requested
    setting, changes : the whole setting, and how it differs from the registered one
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
        if self.verdict.met == self.verdict.n:
            yield f"  {self.verdict.met} of {self.verdict.n} seeds {self.verdict.assay}"
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
    looks: int = TAKEN,
    block: int = DEVELOPMENT,
    device: str = "auto",
    gpu: bool = False,
    jobs: int | None = None,
    dask: str = "",
    control: bool = False,
    store: str = MEMORY,
    folder: str | None = None,
    watcher: Watcher | None = None,
) -> Finding:
    """Judge a claim in your own setting.

    Parameters
    ----------
    claim : one of `python -m hw1 list`, or a claim itself
    set : fields of the setting by name, {"lr": 0.01}; or as on the command line, ["lr=0.01"]
    net : makes a `torch.nn.Module` from the numbers of inputs and outputs: it maps rows (n, inputs) to (n, outputs),
        and draws its own start values. Give a dict by arm where the arms have different nets;
        arms that are not named keep ours
    data : (x, y), (x, y, x_test, y_test), or a data set of torch or torchvision or a pair of them, with at most ten
        classes; each seed draws `train` and `test` examples from it, as many as the setting says
    optimizer : called as `optimizer(parameters, lr=...)` for each net, with `weight_decay=...` where the arm has one;
        the class of an optimizer will do. The setting's schedule multiplies the learning rate that it then has; an
        optimizer that steps a scheduler of its own keeps that one instead
    target : the function that is fitted, elementwise on float64 arrays
    precision : "float32" or "float64"
    seeds : one look of so many in place of those that are planned; at least 10 for a verdict at p0 = 1/2
    looks : how many of the planned looks (12, 24, 48, 96 seeds) may be taken, each only where the one before did not
        decide
    block : of the seeds; 0 is development
    device, gpu : auto, cpu, cuda or cuda:N; whether a GPU is required
    jobs : processes of one thread each
    dask : address or scheduler file of a cluster that computes in their place
    control : also train the control, if it is a trained one
    store : a file that keeps the results, where only `set` and `precision` differ; in memory by default
    folder : with downloaded data (by default the variable HW1_DATA)

    Raises
    ------
    ValueError : where the setting has no such field, the claim's experiment has no place for what was given, or the
        seeds are too few to decide
    CellError : where a training fails
    """
    one = find_claim(claim) if isinstance(claim, str) else claim
    registered, own = Question(one, tier), _replacements(net, data, optimizer, target, precision)
    question = _Own(one, tier, own=changed(registered.setting, set))
    use_folder(folder)
    where = resolve(device, gpu=gpu, probe=partial(hardware, dask) if dask else None)
    _check_place(question.experiment, question.setting, own, seeds_of(block, 1), where)
    results = Results(
        store, device=where, jobs=jobs or (cores() if where.name == "cpu" else 1), dask=dask, own=own, watcher=watcher
    )
    n = None if seeds is None else at_least_one(seeds, "seeds")
    answers = Answers(results, block=block, seeds=n, looks=looks)
    require_reachable(one.expect, answers.design(question))
    decision, twin = _decided(answers, question, control)
    return Finding(
        claim=one,
        tier=tier,
        verdict=decision.verdict,
        control=twin,
        setting=question.setting,
        changes=tuple(_changes(registered.setting, question.setting, own)),
        block=block,
        score=decision.score,
        tables=answers.judged[question],
    )


def _decided(answers: Answers, question: _Own, control: bool) -> tuple[Decision, Verdict | None]:
    """The decision on the claim, and the verdict on its control where that needs no training or was asked for."""
    trained = [replace(question, control=True)] if control and question.claim.control.trains else []
    answers.train([question, *trained])
    decision = answers.decide(question)
    return decision, answers.decide(trained[0]).verdict if trained else decision.table_control


def _replacements(net: Any, data: Any, optimizer: Any, target: Any, precision: str | None) -> Replacements | None:
    if precision not in (None, "float32", "float64"):
        raise ValueError(f"precision={precision!r} is neither float32 nor float64")
    if data is not None:
        from hw1.data.own import examples_of

        data = examples_of(data)
    own = Replacements(
        net=net, data=data, optimizer=optimizer, target=target, precision=None if precision == "float32" else precision
    )
    return own if own.hold_code or own.precision else None


def _changes(registered: Any, setting: Any, own: Replacements | None) -> Iterator[str]:
    """What differs, for a reader."""
    for f in dataclasses.fields(setting):
        old, new = getattr(registered, f.name), getattr(setting, f.name)
        if old != new:
            yield f"{f.name} {new} instead of {old}"
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
    if block == DEVELOPMENT:
        return "development seeds: no evidence"
    return "which you chose: no evidence, as nothing was frozen before"


def _check_place(
    experiment: Experiment, setting: Any, own: Replacements | None, seeds: Sequence[int], device: Device
) -> None:
    """Refuse what the experiment never asks for, and one net for arms that have different nets.

    Each arm is run on one seed up to its first training: by then it has asked for what can be replaced.
    """
    if own is None or not own.hold_code:
        return
    if isinstance(own.net, Mapping) and (unknown := [arm for arm in own.net if arm not in experiment.arms]):
        raise ValueError(f"no arm {unknown[0]!r} in {experiment.name}: there are {', '.join(experiment.arms)}")
    asked = {arm: _asked(experiment, setting, own, arm, seeds[:1], device) for arm in experiment.arms}
    for part in _WORDS:
        if getattr(own, part) is not None and not any(part in one for one in asked.values()):
            raise ValueError(f"{experiment.name} never asks for {_WORDS[part]}, so yours would have no effect")
    for part, given in (("net", own.net), ("optimizer", own.optimizer)):
        kinds = {arm: "; ".join(one[part]) for arm, one in asked.items() if part in one}
        if given is not None and not isinstance(given, Mapping) and len({*kinds.values()}) > 1:
            told = "; ".join(f"{arm}: {kind}" for arm, kind in kinds.items())
            way = f"; give {part}={{arm: yours}} for the arms that it is meant for" if part == "net" else ""
            raise ValueError(f"the arms of {experiment.name} differ in what yours would replace ({told}){way}")


def _asked(
    experiment: Experiment, setting: Any, own: Replacements, arm: str, seeds: Sequence[int], device: Device
) -> Mapping[str, list[str]]:
    run = importlib.import_module(experiment.module.__name__).run
    with replacing(own, arm, only_ask=True) as now, one_thread(), suppress(Asked):
        run(setting, arm=arm, seeds=tuple(seeds), device=device.name)
    return now.asked if now else {}
