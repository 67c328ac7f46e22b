"""A claim in your own setting: other numbers in it, or your own net, data, optimizer or target.

The outcome is a finding, never evidence: it is judged on development seeds or on those of a stated block, and says
"in your setting". Results that depend on a user's objects are kept in memory only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from hw1.blocks import DEVELOPMENT, seeds_of
from hw1.data.places import use_folder
from hw1.judging.answers import Answers
from hw1.judging.brought import claim_of, replacements_of, require_whole
from hw1.judging.covered import covered, require_effect
from hw1.judging.decisions import Decision, Question
from hw1.judging.differences import changes_in_words, constant_of, has_other_data, remarks_on_classes
from hw1.judging.findings import Finding
from hw1.judging.settings import changed
from hw1.judging.trial import Trial
from hw1.machine.cores import checked_jobs, cores
from hw1.machine.devices import resolve
from hw1.registry import TIERS, Claim
from hw1.registry.levels import levels_of
from hw1.running.cluster import hardware
from hw1.running.computing import Watcher
from hw1.running.results import Results
from hw1.running.store import MEMORY
from hw1.statistics import Invalid, Verdict, require_reachable
from hw1.statistics.looks import TAKEN

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
    def arms(self) -> tuple[str, ...]:
        """Those that it reads; all where it asks the setting, as it may read others in one that is not registered."""
        differs = self.own != self.experiment.setting(self.tier)
        return self.experiment.arms if differs and self.claim.takes_setting else super().arms

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
    data : (x, y) or (x, y, x_test, y_test); (frame or CSV file, name of the column of labels), or with a second table
        to test on before the name; a folder of images by class; a data set of torch or torchvision, or a pair of them;
        a bunch of scikit-learn's; with at most ten classes. Each seed draws `train` and `test` examples from it, as
        many as the setting says
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
    registered, own = Question(one, tier).setting, replacements_of(net, data, optimizer, target, precision)
    question = _Own(one, tier, own=changed(registered, set))
    trial = Trial(
        experiment=question.experiment,
        registered=registered,
        setting=question.setting,
        own=own,
        seeds=seeds_of(block, 1),
        arms=question.arms,
    )
    use_folder(folder)
    where = resolve(device, gpu=gpu, probe=partial(hardware, dask) if dask else None)
    processes = checked_jobs(jobs, "jobs") or (cores() if where.name == "cpu" else 1)
    with Results(store, device=where, jobs=processes, dask=dask, own=own, watcher=watcher) as results:
        answers = Answers(results, block=block, seeds=seeds, looks=looks, figures=False)
        return _found(question, trial, answers, control)


def _found(question: _Own, trial: Trial, answers: Answers, control: bool) -> Finding:
    """Refuse what cannot work or decide, on one seed of each arm; then train, and judge."""
    _require_verdicts(answers, question, control)
    constant = constant_of(question.claim, trial.own)
    remarks = [*trial.run(), *remarks_on_classes(constant, trial.own)]
    require_effect(trial)
    no_control = _has_no_control(question, trial, control)
    with levels_of(constant):
        decision, twin = _decided(answers, question, control)
    return Finding(
        claim=question.claim,
        tier=question.tier,
        verdict=decision.verdict,
        control=twin,
        setting=question.setting,
        changes=tuple(changes_in_words(trial)),
        block=answers.block,
        no_control=no_control,
        other_data=has_other_data(trial),
        design=decision.design,
        score=decision.score,
        tables=answers.judged[question],
        remarks=tuple(remarks),
    )


def _has_no_control(question: _Own, trial: Trial, wanted: bool) -> bool:
    """Whether a control that trains would be the claim itself; refused where it was asked for."""
    control = question.claim.control
    covers = control.trains and covered(trial, replace(question, control=True).setting)
    if covers and wanted:
        raise ValueError(
            f"the control {control.name} changes what yours takes the place of, and would be the claim itself: leave "
            f"out --control (control=True)"
        )
    return covers


def _decided(answers: Answers, question: _Own, control: bool) -> tuple[Decision, Verdict | None]:
    """The decision on the claim, and the verdict on its control where that needs no training or was asked for."""
    trained = [replace(question, control=True)] if control and question.claim.control.trains else []
    answers.train([question, *trained])
    decision = answers.decide(question)
    return decision, answers.decide(trained[0]).verdict if trained else decision.table_control


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
