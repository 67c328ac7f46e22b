"""A claim in your own setting: other numbers in it, or your own net, data, optimizer or target.

The outcome is a finding, never evidence: it is judged on development seeds or on those of a stated block, and says
"in your setting". Results that depend on a user's objects are kept in memory only.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from hw1.blocks import DEVELOPMENT, seeds_of
from hw1.data.places import use_folder
from hw1.data.split import CLASSES
from hw1.judging.answers import Answers
from hw1.judging.brought import claim_of, replacements_of, require_whole
from hw1.judging.covered import covered, require_effect
from hw1.judging.decisions import Decision, Question
from hw1.judging.findings import Finding
from hw1.judging.settings import changed
from hw1.judging.trial import WORDS, Trial
from hw1.machine.cores import checked_jobs, cores
from hw1.machine.devices import resolve
from hw1.registry import TIERS, Claim
from hw1.replaced import Replacements
from hw1.running.cluster import hardware
from hw1.running.computing import Watcher
from hw1.running.results import Results
from hw1.running.store import MEMORY
from hw1.statistics import Invalid, Verdict, require_reachable
from hw1.statistics.looks import TAKEN

GUESSING = ("chance", "ln 10", "constant")  # in the words of assays
EQUAL = 0.15  # share of the largest of ten classes that still counts as equal

__all__ = ["Finding", "check"]


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


def check(
    claim: Claim | str,
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002 - as on the command line
    net: Callable[[int, int], Any] | Mapping[str, Callable[[int, int], Any]] | None = None,
    data: Any = None,
    optimizer: Callable[..., Any] | Mapping[str, Callable[..., Any]] | None = None,
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
    data : (x, y) or (x, y, x_test, y_test); (frame or CSV file, name of the column of labels); a folder of images by
        class; a data set of torch or torchvision, or a pair of them; a bunch of scikit-learn's; with at most ten
        classes. Each seed draws `train` and `test` examples from it, as many as the setting says
    optimizer : called as `optimizer(parameters, lr=...)` for each net, with `weight_decay=...` where the arm has one;
        the class of an optimizer will do. Give a dict by arm where arms differ in it. The setting's schedule multiplies
        the learning rate that it then has; an optimizer that steps a scheduler of its own keeps that one instead
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
    one = claim_of(claim)
    require_whole(seeds=seeds, jobs=jobs)
    require_whole(least=1, most=4, looks=looks)
    require_whole(least=0, block=block)
    _require_tier(one, tier)
    registered, own = Question(one, tier), replacements_of(net, data, optimizer, target, precision)
    question = _Own(one, tier, own=changed(registered.setting, set))
    use_folder(folder)
    where = resolve(device, gpu=gpu, probe=partial(hardware, dask) if dask else None)
    processes = checked_jobs(jobs, "jobs") or (cores() if where.name == "cpu" else 1)
    with Results(store, device=where, jobs=processes, dask=dask, own=own, watcher=watcher) as results:
        answers = Answers(results, block=block, seeds=seeds, looks=looks)
        _require_verdicts(answers, question, control)
        trial = Trial(
            experiment=question.experiment,
            registered=registered.setting,
            setting=question.setting,
            own=own,
            seeds=seeds_of(block, 1),
        )
        remarks = trial.run()
        require_effect(trial)
        no_twin = one.control.trains and covered(trial, replace(question, control=True).setting)
        if control and no_twin:
            raise ValueError(
                f"the control {one.control.name} changes what yours takes the place of, and would be the claim itself: "
                f"leave out --control (control=True)"
            )
        decision, twin = _decided(answers, question, control)
    return Finding(
        claim=one,
        tier=tier,
        verdict=decision.verdict,
        control=twin,
        setting=question.setting,
        changes=tuple(_changes(registered.setting, question.setting, own)),
        block=block,
        no_control=no_twin,
        other_data=_has_other_data(registered.setting, question.setting, own),
        design=decision.design,
        score=decision.score,
        tables=answers.judged[question],
        remarks=(*remarks, *_remarks_on_classes(one, own)),
    )


def _decided(answers: Answers, question: _Own, control: bool) -> tuple[Decision, Verdict | None]:
    """The decision on the claim, and the verdict on its control where that needs no training or was asked for."""
    trained = [replace(question, control=True)] if control and question.claim.control.trains else []
    answers.train([question, *trained])
    decision = answers.decide(question)
    return decision, answers.decide(trained[0]).verdict if trained else decision.table_control


def _remarks_on_classes(claim: Claim, own: Replacements | None) -> Iterator[str]:
    """Assays that compare with guessing know of ten equal classes alone: `hw1.claims._yardsticks`."""
    data = own.data if own else None
    compares = any(word in claim.assay.words for word in GUESSING)
    if compares and data is not None and (data.classes != CLASSES or data.largest > EQUAL):
        yield (
            f"That is said for ten equal classes (a tenth right by chance, a loss of ln 10). Yours are {data.classes}, "
            f"and {data.largest:.0%} of the examples are of one: nets that learned nothing else may count as trained."
        )


def _require_tier(claim: Claim, tier: str) -> None:
    if tier not in claim.tiers:
        why = f" ({claim.because})" if claim.because and tier in TIERS else ""
        raise ValueError(f"{claim.name} has no tier {tier!r}{why}: choose {' or '.join(claim.tiers)}")


def _require_verdicts(answers: Answers, question: _Own, control: bool) -> None:
    """Refuse seeds that cannot decide the claim, or the control that is judged with it, before anything is trained."""
    require_reachable(question.claim.expect, answers.design(question))
    if control or not question.claim.control.trains:
        twin = replace(question, control=True)
        try:
            require_reachable("holds" if question.positive else question.claim.expect, answers.design(twin))
        except Invalid as error:
            raise Invalid(f"its control {question.claim.control.name} is judged too: {error}") from error


def _changes(registered: Any, setting: Any, own: Replacements | None) -> Iterator[str]:
    """What differs, for a reader."""
    for f in dataclasses.fields(setting):
        old, new = getattr(registered, f.name), getattr(setting, f.name)
        if old != new:
            yield f"{f.name} {new} instead of {old}"
    for part in WORDS:
        mine = getattr(own, part, None)
        if mine is not None:
            yield f"{part}: {_named(mine)}"
    if own and own.precision:
        yield own.precision


def _has_other_data(registered: Any, setting: Any, own: Replacements | None) -> bool:
    """Whether what is fitted is not what the claim was made for."""
    brought = own is not None and (own.data is not None or own.target is not None)
    return brought or getattr(registered, "data", None) != getattr(setting, "data", None)


def _named(mine: Any) -> str:
    if isinstance(mine, Mapping):
        return ", ".join(f"{_named(make)} as {arm}" for arm, make in mine.items())
    return str(getattr(mine, "__name__", mine))
