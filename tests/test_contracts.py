"""What every experiment and every claim promises; nobody writes these tests again for a new one."""

import ast
import dataclasses
import json
import math
import re
from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from hw1.data import TARGETS
from hw1.judging.settings import changed
from hw1.judging.trial import Trial
from hw1.registry import all_claims, experiment_of, experiments
from hw1.registry.registration import registered, status
from hw1.running.pinned import pinned
from hw1.tables import CENSORED, join, pack, unpack

EXPERIMENTS = list(experiments().values())
CLAIMS = all_claims()
TESTS = Path(__file__).parent / "claims"
# Budgets cut to seconds: these tests are about the form of the tables, not about what they show. With 100 test examples
# the arms of `batch_size`, which takes Jacobians on them, cost a third.
TINY = {
    "updates": 20, "early": 10, "epochs": 4, "nets": 8, "halfway": 20, "trained": 40, "test": 100, "easy_epochs": 2,
    "target_updates": 20, "many_updates": 20, "before": 20, "more_updates": 40, "other_updates": 20, "judging": 10,
    "wrong_judging": 10, "other_judging": 20,
}  # fmt: skip

NOT_OF_ALL_ARMS = (("runs", "train_loss"),)  # simulated walks train nothing: NaN there, as `run` says

each_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.name)
each_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.name)


def tiny(experiment):
    setting = experiment.setting("fast")
    shorter = {name: min(TINY[name], value) for name, value in vars(setting).items() if name in TINY}
    return dataclasses.replace(setting, **shorter)


def tables_of(experiment, arm, seeds, setting=None):
    with pinned():
        return experiment.module.run(setting or tiny(experiment), arm=arm, seeds=seeds, device="cpu")


@each_experiment
def test_the_header_says_belief_source_setting_and_limits(experiment):
    header = experiment.module.__doc__
    for word in ("Belief  ", "Source  ", "Here    ", "Limits  "):
        assert f"\n{word}" in header


@each_experiment
def test_settings_are_frozen_and_stacks_fill_the_seeds(experiment):
    for tier in experiment.tiers:
        setting = experiment.setting(tier)
        assert dataclasses.is_dataclass(setting)
        assert setting.__dataclass_params__.frozen
        looks = experiment.looks(tier)
        assert not any(n % setting.stack for n in looks), "seeds that are trained but not judged are wasted"
        json.dumps(dataclasses.asdict(setting))


@each_experiment
def test_a_claim_with_both_tiers_has_both_settings(experiment):
    for claim in experiment.claims:
        for tier in claim.tiers:
            assert experiment_of(claim).setting(tier)


@each_claim
def test_the_claim_is_what_was_registered(claim):
    assert {tier: status(claim, tier) for tier in claim.tiers} == dict.fromkeys(claim.tiers, "registered")


def test_nothing_is_registered_that_is_not_there():
    assert set(registered(CLAIMS[0])) == {claim.name for claim in CLAIMS}


def test_claims_have_names_of_their_own():
    names = [claim.name for claim in CLAIMS]
    assert sorted(set(names)) == sorted(names)


@each_claim
def test_the_claim_has_its_test_where_one_looks_for_it(claim):
    experiment = experiment_of(claim)
    own = claim.score.__module__.rpartition(".")[2]
    path = TESTS / experiment.family / f"test_{own}.py"
    assert path.exists(), f"claim {claim.name} has no test: write {path} with @judges({claim.name})"
    tree = ast.parse(path.read_text())
    judged = {
        decorator.args[0].id: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and decorator.func.id == "judges"
    }
    assert claim.name in judged, f"claim {claim.name} has no test: add one with @judges({claim.name}) to {path}"
    assert ast.get_docstring(judged[claim.name])
    assert "assert verdict.as_registered, str(verdict)" in ast.unparse(judged[claim.name])


@each_claim
def test_the_claim_says_what_must_have_happened_on_a_seed_or_why_nothing_must(claim):
    assert claim.assay.words.strip()
    if claim.assay.measure:
        assert claim.assay.measure.__doc__, f"say in the docstring of {claim.assay.name} what it reads, and why"
        assert claim.assay.words[0].islower(), "the words are said after a count: 3 of 12 seeds ..."


# A search for points of almost zero gradient that starts from untrained nets: no rate is part of it.
SEARCHES = {"minimising_the_gradient_of_an_untrained_net_ends_at_a_saddle"}


@pytest.fixture
def hardly_any_rate(monkeypatch):
    """A ten-thousandth of every learning rate; at 0 there would be no path whose components can be taken."""
    from hw1.training import Recipe  # torch is not loaded where nothing is trained

    given = Recipe.lr_at
    monkeypatch.setattr(Recipe, "lr_at", lambda recipe, update: given(recipe, update) / 10_000)


@pytest.mark.slow
@each_experiment
def test_nets_that_have_not_trained_meet_no_assay(experiment, hardly_any_rate):
    tables, setting = join(tables_of(experiment, arm, range(2)) for arm in experiment.arms), tiny(experiment)
    asked = [claim for claim in CLAIMS if experiment_of(claim).name == experiment.name and claim.assay.measure]
    met = {claim.name for claim in asked if claim.assay.met(tables, setting).any()}
    assert met <= SEARCHES


@each_experiment
def test_published_marks_are_ranges_of_claims_of_the_file_with_their_place(experiment):
    for name, mark in getattr(experiment.module, "PUBLISHED", {}).items():
        assert name in {claim.name for claim in experiment.claims}
        assert mark.low <= mark.high
        assert mark.where


@pytest.fixture(scope="session")
def tiny_tables(tmp_path_factory, worker_id):
    """Tiny tables of an experiment, computed once for all tests that look at them, in whatever process they run."""
    base = tmp_path_factory.getbasetemp()
    folder = base if worker_id == "master" else base.parent

    @cache
    def of(experiment):
        file = folder / f"{experiment.name}.npz"
        with FileLock(f"{file}.lock"):
            if not file.exists():
                file.write_bytes(pack(join(tables_of(experiment, arm, range(11)) for arm in experiment.arms)))
        return unpack(file.read_bytes())

    return of


@pytest.mark.slow
@each_experiment
def test_the_same_seeds_give_the_same_tables_and_others_give_others(experiment, tiny_tables):
    arm = experiment.arms[0]
    first, again, other = (tables_of(experiment, arm, seeds) for seeds in (range(4), range(4), range(4, 8)))
    for name in first:
        pd.testing.assert_frame_equal(first[name], again[name])
        measured = [column for column in first[name] if column not in ("seed", "arm", "step")]
        assert not first[name][measured].equals(other[name][measured])


@pytest.mark.slow
@each_experiment
def test_tables_name_every_seed_and_arm_once_and_hold_no_nan(experiment, tiny_tables):
    tables = tiny_tables(experiment)
    assert not tables["runs"].duplicated(["seed", "arm"]).any()
    assert len(tables["runs"]) == 11 * len(experiment.arms)
    for name in tables:
        unmeasured = [column for of, column in NOT_OF_ALL_ARMS if of == name]
        assert not tables[name].drop(columns=unmeasured, errors="ignore").isna().any(axis=None), name
        assert not tables[name].isna().all().any(), name


@pytest.mark.slow
@each_experiment
def test_the_header_of_run_names_every_column(experiment, tiny_tables):
    text = experiment.module.run.__doc__
    tables = tiny_tables(experiment)
    assert all(f"`{name}`" in text for name in tables), f"run's docstring must name {list(tables)}"


@pytest.mark.slow
@each_claim
def test_scoring_is_pure(claim, tiny_tables):
    experiment = experiment_of(claim)
    tables = tiny_tables(experiment)
    before = {name: tables[name].copy() for name in tables}
    first, again = claim(tables, tiny(experiment)), claim(tables, tiny(experiment))
    assert first.frozen() == again.frozen()
    pd.testing.assert_series_equal(first.values, again.values)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(tables[name], frame)


def bounds_and_truths(tables, rng):
    """The tables with drawn times of which half are said to be lower bounds, and with times that may be true."""
    bounds, truths = {}, {}
    for name in tables:
        known, true = tables[name].copy(), tables[name].copy()
        for mark in [column for column in known if column.endswith(CENSORED)]:
            time = mark.removesuffix(CENSORED)
            known[time], known[mark] = rng.integers(1, 60, len(known)), rng.random(len(known)) < 0.5
            true[time] = known[time].where(~known[mark], known[time] * rng.integers(1, 60, len(known)))
            true[mark] = False
        bounds[name], truths[name] = known, true
    return tables.replaced(**bounds), tables.replaced(**truths)


@pytest.mark.slow
@each_experiment
def test_no_truth_contradicts_what_a_claim_says_of_times_that_are_lower_bounds(experiment, tiny_tables):
    """A claim that reads such a column without its marks would win or lose where the truth has the other sign."""
    tables, setting, rng = tiny_tables(experiment), tiny(experiment), np.random.default_rng(0)
    if not any(column.endswith(CENSORED) for name in tables for column in tables[name]):
        return  # it measures no times
    for _ in range(5):
        bounds, truths = bounds_and_truths(tables, rng)
        for claim in [claim for claim in CLAIMS if experiment_of(claim).name == experiment.name]:
            said, true = (np.sign(claim(some, setting).values) for some in (bounds, truths))
            assert (said * true >= 0).all(), claim.name


# Other values of a field, by its name or else by the type of its value.
OTHERS = {
    "data": ("digits", "mnist1d"),
    "schedule": ("constant", "cosine"),
    "activation": ("tanh", "relu"),
    "optimizer": ("sgd", "adam"),
    "halving": ("max", "average"),
}


def others(experiment, name, value):
    """Values that the field could have in the place of this one; those first that mostly change something."""
    match value:
        case bool():
            return [not value]
        case int():
            # The cheap ones first; 0 would be refused nearly everywhere and tell nothing.
            return [other for other in (value // 2, 1, value + 1, 2 * value, 3) if other > 0 and other != value]
        case float():
            return [value / 2 or 0.1, value + 10, value * 2 or 0.5, value + 0.1, value / 100]
        case (str(), float() as low):  # a target and the start of its interval
            return [("sin 5 pi x", low), ("sin 2 pi x", low)]
        case ():
            return [(4,)]
        case tuple():
            return [(*value[:-1], max(value[-1] // 2, 1)), (*value[:-1], 2 * value[-1])]
        case None:
            return [10]
        case str():
            kind = next(kind for kind in OTHERS if name.endswith(kind)) if name != "target" else None
            return [v for v in OTHERS.get(kind, TARGETS) if v != value]
    raise AssertionError(f"{experiment.name}: no other value is known for {name}={value!r}")


def scores_of(experiment, whole, setting):
    """What the claims of an experiment make of its tables, as text; nets so small need not have trained."""
    for claim in CLAIMS:
        if experiment_of(claim).name == experiment.name:
            try:
                score = claim.scored(whole, setting)
                yield repr((score.frozen(), score.values.tolist()))
            except ValueError as unfit:  # nets that have hardly trained may rise where a ratio is claimed of a fall
                yield str(unfit)


class Before:
    """Two seeds of each arm in one setting, and the scores of all: with these other settings are compared."""

    def __init__(self, experiment, setting):
        self.experiment, self.tables, self.seconds = experiment, {}, {}
        self.told = {}  # words of fields, and the arms that told that such a field changes something
        for arm in experiment.arms:
            start = perf_counter()
            self.tables[arm] = tables_of(experiment, arm, range(2), setting)
            self.seconds[arm] = perf_counter() - start
        self.scores = list(scores_of(experiment, join(self.tables.values()), setting))

    def in_order(self, field):
        """The arms: first those that share a word with the field or told of one that does; then the quick ones."""
        words = set(field.split("_"))
        told = set().union(*(self.told.get(word, ()) for word in words))
        alike = [arm for arm in self.experiment.arms if arm in told or not words.isdisjoint(arm.split("_"))]
        return sorted(self.experiment.arms, key=lambda arm: (arm not in alike, self.seconds[arm]))

    def differs(self, field, setting):
        """Whether another value of a field changes what some arm trains or measures, or what a claim makes of it."""
        seen = {}
        for arm in self.in_order(field):
            seen[arm] = tables_of(self.experiment, arm, range(2), setting)
            if pack(seen[arm]) != pack(self.tables[arm]):
                for word in field.split("_"):
                    self.told.setdefault(word, set()).add(arm)
                return True
        whole = join(seen[arm] for arm in self.experiment.arms)
        return list(scores_of(self.experiment, whole, setting)) != self.scores


@pytest.mark.slow
@each_experiment
def test_every_field_of_a_setting_changes_something_or_is_refused_by_name(experiment):
    """`stack` alone says how to compute, and not what."""
    setting = tiny(experiment)
    if hasattr(setting, "epochs"):
        setting = dataclasses.replace(setting, epochs=2)
    before = Before(experiment, setting)
    for field in dataclasses.fields(setting):
        if field.name == "stack":
            continue
        for value in others(experiment, field.name, getattr(setting, field.name)):
            try:
                if before.differs(field.name, dataclasses.replace(setting, **{field.name: value})):
                    break
            except ValueError as refused:
                if field.name in str(refused) or field.name == "data":  # other data need not fit net and numbers
                    break
        else:
            pytest.fail(f"{experiment.name} says that it depends on `{field.name}`, and nothing does")


def unusable(value):
    """Numbers and names with which hardly anything works, in the type of a field."""
    if isinstance(value, bool):
        return ()
    if isinstance(value, str):
        return ("", "nonsense")
    if isinstance(value, float):
        return (0.0, -1.0, math.nan, math.inf)
    if isinstance(value, tuple):
        whole = all(isinstance(one, int) for one in value)
        return ((), (0,) * len(value), (-1,) * len(value)) if whole else ((),)
    return (0, -1)


def unusable_settings(experiment):
    setting = experiment.setting("fast")
    return [
        (field.name, bad) for field in dataclasses.fields(setting) for bad in unusable(getattr(setting, field.name))
    ]


@each_experiment
def test_no_field_takes_a_number_that_is_none_and_none_but_signed_ones_a_negative_one(experiment):
    setting = experiment.setting("fast")
    for name, bad in unusable_settings(experiment):
        if isinstance(bad, float) and not math.isfinite(bad):
            with pytest.raises(ValueError, match=rf"{name}={bad}: give a finite number"):
                changed(setting, {name: bad})
        if bad in (-1, -1.0) and name != "low":
            with pytest.raises(ValueError, match=rf"{name}={bad}: give \d or more"):
                changed(setting, {name: bad})


def refusal(experiment, name, bad):
    """What is said of a value before anything is trained; empty where it may be tried."""
    setting = experiment.setting("fast")
    try:
        new = changed(setting, {name: bad})
        Trial(experiment=experiment, registered=setting, setting=new, own=None, seeds=(0,)).run()
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.slow
@each_experiment
def test_a_setting_that_cannot_work_is_refused_by_its_field_in_one_line_and_in_words_of_ours(experiment):
    """Whatever is not refused trains; what numpy, torch or Python say of the rest is never passed on."""
    told = {f"{name}={bad!r}": refusal(experiment, name, bad) for name, bad in unusable_settings(experiment)}
    for given, text in told.items():
        assert text.startswith(f"{given}: ") or not text
        assert not re.search(r"\n|[A-Z]\w+Error|updates=", text.removeprefix(given).replace(f" {given} ", "")), text
    assert sum(map(bool, told.values())) > len(told) / 2
