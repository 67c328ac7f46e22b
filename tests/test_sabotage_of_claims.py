"""Faults do what they say while they are planted and nothing afterwards; greens want reasons."""

import pickle
import shutil
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import hw1.settings
import hw1.training
from hw1.__main__ import main
from hw1.blocks import seeds_of
from hw1.claims.sensitivity._fit import FIXED
from hw1.data import TARGETS, grid
from hw1.nets.convolutional import Cnn, convolutional
from hw1.nets.dense import dense, initialised
from hw1.registry import all_claims, experiments, find_claim, find_experiment
from hw1.registry.experiments import _experiments
from hw1.running.results import Results
from hw1.running.workers import run_cell, task_of
from hw1.streams import stream
from hw1.tables import Tables
from hw1.training import Recipe, squared, stack, train
from hw1.trust.sabotage import planting, reasons
from hw1.trust.sabotage.cells import Planted, Recast
from hw1.trust.sabotage.faults import FAULTS, NONE
from hw1.trust.sabotage.judging import SEEDS, Seen, answers_from, seen
from hw1.trust.sabotage.page import markdown, table
from hw1.trust.sabotage.recasting import NotApplicable, one_seed, renamed_arms

K, N = 3, 8
SCHEDULES = ("constant", "cosine", "step", "triangle")
RECIPES = [
    *(Recipe(optimizer="sgd", lr=0.1, updates=4, schedule=schedule) for schedule in SCHEDULES),
    Recipe(optimizer="sgd", lr=0.1, updates=4, momentum=0.9, nesterov=True, weight_decay=0.1),
    Recipe(optimizer="adam", lr=0.1, updates=4, weight_decay=0.1),
    Recipe(optimizer="adamw", lr=0.1, updates=4, weight_decay=0.1),
]


def rngs(purpose="init"):
    return [stream("sabotaged", 1, seed, purpose) for seed in range(K)]


def batched():
    return stack(initialised(lambda: dense((5,), inputs=2, outputs=3, activation="relu"), rngs()))


def functional():
    """A net that is no plain Sequential, by `torch.func`."""

    class Doubled(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 3)

        def forward(self, x):
            return 2 * self.inner(x)

    return stack(initialised(Doubled, rngs()))


def sequential():
    """A convolutional net, one replica after the other."""
    cnn = Cnn(inputs=(3, 32, 32), outputs=3, filters=(2,), kernel=5)
    return stack(initialised(lambda: convolutional(cnn), rngs()))


KINDS = {"BatchedStack": batched, "FunctionalStack": functional, "SequentialStack": sequential}


def examples(kind):
    features = 3072 if kind is sequential else 2
    return torch.from_numpy(stream("sabotaged", 1, 0, "x").standard_normal((N, features)).astype(np.float32))


TARGET = torch.linspace(-1, 1, 3 * N).reshape(N, 3)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: f"{r.optimizer}-{r.schedule}-{r.momentum}-{r.weight_decay}")
def test_at_rate_0_no_weight_moves_and_afterwards_they_do(recipe):
    nets = batched()
    start = nets.weights()
    with planting.rate_0():
        train(nets, examples(batched), TARGET, recipe, loss="squared")
    assert torch.equal(nets.weights(), start)
    train(nets, examples(batched), TARGET, recipe, loss="squared")
    assert not torch.isclose(nets.weights(), start).any(1).all()


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.AdamW])
def test_at_rate_0_optimizers_of_torch_stand_still_too(make):
    def stepped():
        weight = torch.ones(2, requires_grad=True)
        optimizer = make([weight], lr=0.1)
        weight.sum().backward()
        optimizer.step()
        return weight.detach()

    with planting.rate_0():
        assert torch.equal(stepped(), torch.ones(2))
    assert (stepped() < 1).all()


@pytest.mark.parametrize("name", KINDS)
def test_constant_outputs_are_0_and_teach_nothing(name):
    kind = KINDS[name]
    nets, x, recipe = kind(), examples(kind), Recipe(optimizer="sgd", lr=0.1, updates=3)
    assert type(nets).__name__ == name
    start = nets.weights()
    with planting.constant_outputs():
        assert not nets.forward(x).any()
        found = train(nets, x, TARGET, recipe, loss="squared", record={"loss": lambda s: squared(s.forward(x), TARGET)})
    assert torch.equal(nets.weights(), start)
    assert found.curves["loss"] == pytest.approx(TARGET.square().mean().item())
    assert nets.forward(x).all()
    train(nets, x, TARGET, recipe, loss="squared")
    assert not torch.equal(nets.weights(), start)


def test_training_labels_are_dealt_anew_within_each_seed_and_nothing_else_is():
    def drawn(where=hw1.settings):
        return where.problem("digits", train=50, test=20, rngs=rngs("data"))

    honest = drawn()
    with planting.shuffled_labels():
        shuffled, other_arm = drawn(), drawn()
    np.testing.assert_array_equal(shuffled.x_train, honest.x_train)
    np.testing.assert_array_equal(shuffled.y_test, honest.y_test)
    np.testing.assert_array_equal(np.sort(shuffled.y_train), np.sort(honest.y_train))
    np.testing.assert_array_equal(shuffled.y_train, other_arm.y_train)
    assert ((shuffled.y_train != honest.y_train).mean(1) > 0.7).all()
    np.testing.assert_array_equal(drawn().y_train, honest.y_train)


def test_functions_are_dealt_anew_on_the_grid_and_are_themselves_elsewhere():
    honest, between = TARGETS["sinc"](grid(64)), np.linspace(-0.9, 0.9, 40)[:, None]
    with planting.shuffled_labels():
        points = find_experiment("activations").module.grid(64)  # as an experiment has it
        shuffled = TARGETS["sinc"](points)
        np.testing.assert_array_equal(TARGETS["sinc"](points), shuffled)
        np.testing.assert_array_equal(TARGETS["sinc"](between), np.sinc(5 * between))
    np.testing.assert_array_equal(np.sort(shuffled, axis=0), np.sort(honest, axis=0))
    assert (shuffled != honest).mean() > 0.7
    np.testing.assert_array_equal(TARGETS["sinc"](grid(64)), honest)


@pytest.mark.parametrize("shape", [(N, 3), (K, N, 3)])
def test_labels_that_an_experiment_made_itself_are_dealt_anew_once(shape):
    own = torch.arange(np.prod(shape)).reshape(shape).float()
    kept, recipe = own.clone(), Recipe(optimizer="sgd", lr=0.1, updates=1)
    with planting.shuffled_labels():
        hw1.training.train(batched(), examples(batched), own, recipe, loss="squared")
        once = own.clone()
        hw1.training.train(batched(), examples(batched), own, recipe, loss="squared")
    assert torch.equal(own, once)
    assert not torch.equal(own, kept)
    assert torch.equal(own.sort(-2).values, kept)
    assert len(shape) == 2 or not torch.equal(own[0] - kept[0, 0], own[1] - kept[1, 0])


def test_what_is_permuted_by_our_rooms_is_not_permuted_again_in_training():
    with planting.shuffled_labels():
        made = hw1.settings.problem("digits", train=N, test=20, rngs=rngs("data"))
        y = torch.from_numpy(np.eye(3, dtype=np.float32)[made.y_train % 3])
        given = y.clone()
        hw1.training.train(batched(), examples(batched), y, Recipe(optimizer="sgd", lr=0.1, updates=1), loss="squared")
    assert torch.equal(y, given)


def test_a_module_that_was_imported_under_a_fault_is_put_back(monkeypatch):
    late, old, new = ModuleType("late"), object(), object()
    with planting.exchanged(old, new):
        late.thing = new
        monkeypatch.setitem(sys.modules, "late", late)
    assert late.thing is old


def test_a_fault_is_lifted_where_a_cell_fails():
    ours = hw1.settings.problem, hw1.training.train  # in locals, as names of modules are exchanged

    def failing():
        with planting.rate_0(), planting.constant_outputs(), planting.shuffled_labels():
            assert hw1.settings.problem is not ours[0]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert Recipe(optimizer="sgd", lr=0.1, updates=1).lr_at(0) == 0.1
    assert (hw1.settings.problem, hw1.training.train) == ours
    assert batched().forward(examples(batched)).all()


def results(arms=("a", "b", "c")):
    parts = [pd.DataFrame({"seed": [5, 6], "arm": arm, "mse": [i, i + 0.5]}) for i, arm in enumerate(arms)]
    arrays = {"outputs": {arm: np.array([[i, 1], [i, 2]]) for i, arm in enumerate(arms)}}
    return Tables({"runs": pd.concat(parts, ignore_index=True)}, arrays)


def test_renamed_arms_have_the_results_of_the_next():
    found = renamed_arms(results(), ("a", "b", "c"))["runs"].pivot(index="seed", columns="arm", values="mse")
    assert found.loc[5].to_dict() == {"a": 1, "b": 2, "c": 0}
    assert found.loc[6].to_dict() == {"a": 1.5, "b": 2.5, "c": 0.5}
    with pytest.raises(NotApplicable, match="one arm"):
        renamed_arms(results(("a",)), ("a",))


def test_one_seed_has_the_first_ones_results_everywhere():
    found = one_seed(results(), ("a", "b", "c"))
    wide = found["runs"].pivot(index="seed", columns="arm", values="mse")
    assert wide.loc[5].to_dict() == wide.loc[6].to_dict() == {"a": 0, "b": 1, "c": 2}
    np.testing.assert_array_equal(found.arrays["outputs"]["c"], [[2, 1], [2, 1]])


@pytest.mark.parametrize("name", ["deep_vs_shallow", "relu_rescaling"])
def test_equal_data_and_streams_give_every_seed_the_firsts_results(name, monkeypatch):
    experiment = find_experiment(name)
    short = {"updates": 20} if name == "deep_vs_shallow" else {"epochs": 1, "train": 100}
    setting, arm = replace(experiment.setting("fast"), **short), experiment.arms[0]
    honest = experiment.module.run(setting, arm=arm, seeds=(0, 1, 2), device="cpu")
    monkeypatch.setattr("hw1.streams.stream", lambda name, revision, seed, *more: stream(name, revision, 0, *more))
    planted = experiment.module.run(setting, arm=arm, seeds=(0, 1, 2), device="cpu")
    pd.testing.assert_frame_equal(planted["runs"], one_seed(honest, experiment.arms)["runs"], rtol=1e-5)


def cells(fault, experiment, store=":memory:"):
    kind = Planted if fault.plant else Recast
    return kind(fault, store).cells(experiment, experiment.setting("fast"), seeds_of(0, SEEDS))


def test_a_faulty_cell_has_a_key_of_its_own_with_all_that_the_honest_one_has():
    experiment = find_experiment("deep_vs_shallow")
    honest = Results().cells(experiment, experiment.setting("fast"), seeds_of(0, SEEDS))[0]
    faulty = [cells(fault, experiment)[0] for fault in FAULTS.values() if fault.plant]
    assert all(cell.about.items() >= honest.about.items() for cell in faulty)
    assert len({honest.key, *(cell.key for cell in faulty)}) == 1 + len(faulty) == 4
    assert len({cell.about["fault_code"] for cell in faulty}) == 3
    assert cells(FAULTS["renamed_arms"], experiment)[0].key == honest.key
    assert str(faulty[0]) == "deep_vs_shallow, arm deep, seeds 0 to 11, with rate_0"


def test_a_worker_computes_a_cell_while_its_fault_is_planted(monkeypatch):
    experiment = find_experiment("deep_vs_shallow")
    monkeypatch.setattr(experiment.module, "FAST", replace(experiment.module.FAST, points=16, updates=5))
    task = pickle.loads(pickle.dumps(task_of(cells(FAULTS["rate_0"], experiment)[0])))
    assert losses_of(task).nunique().eq(1).all()
    assert losses_of(replace(task, within=nullcontext)).nunique().gt(1).all()


def losses_of(task):
    """The losses over a training, by seed."""
    return run_cell(task).tables["curves"].groupby("seed")["mse"]


DEEPER = find_claim("deeper_nets_fit_sin_better")


def one(fault="rate_0", green=True, outcome="holds", note=""):
    return Seen(claim=DEEPER, fault=fault, outcome=outcome, green=green, note=note)


def test_a_green_wants_a_reason_and_a_red_wants_none():
    declared = {"rate_0": {DEEPER.name: "it says so"}}
    assert table([one("none"), one()], {})[-1].startswith(f"! {DEEPER.name} stays green under rate_0, and no reason")
    assert table([one("none"), one()], declared)[-1].split() == [DEEPER.name, "green", "(holds)", "green", "(holds)"]
    red = one(green=False, outcome="refuted")
    assert table([red], declared)[-1].endswith("is red under rate_0 (refuted): the reason declared for it is stale")
    assert table([red], {})[-1].split() == [DEEPER.name, "refuted"]
    failed = one(green=False, outcome="error", note="ValueError: NaN")
    assert table([failed], declared)[-1].split() == [DEEPER.name, "error"]
    broken = one("none", green=False, outcome="inconclusive")
    assert table([broken], {})[-1] == f"! {DEEPER.name} is red though nothing is broken (inconclusive)"


def test_the_page_lists_greens_by_their_reason_and_errors_by_what_was_said():
    other = one("constant_outputs", green=False, outcome="error", note="ValueError: NaN")
    page = markdown([one("none"), one(), other], {"rate_0": {DEEPER.name: "it says so"}}, "call", "torch 9")
    assert "Made by `call` on 12 seeds; torch 9." in page
    assert f"| {DEEPER.name} | green (holds) | green (holds) | error |" in page
    assert f"- Green (1), it says so: {DEEPER.name}." in page
    assert f"- No verdict (1), error, ValueError: NaN: {DEEPER.name}." in page
    assert (
        "- `rate_0`: Every step of every optimizer has the learning rate 0: no net ever moves. 1 of 1 green, 0" in page
    )
    assert page.endswith("## Flagged: 0\n")
    assert "**no reason is declared**" in markdown([one()], {}, "call", "torch 9")
    claims = [replace(other, claim=claim) for claim in all_claims()[:3]]
    assert "- No verdict (3), error, ValueError: NaN: all." in markdown(claims, {}, "call", "torch 9")


def test_the_reasons_of_our_claims_name_claims_and_faults_that_exist():
    assert set(reasons.reasons_of(all_claims())) <= set(FAULTS) - {NONE.name}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[rate_1]]\nwhy = "so"\nclaims = []', "no fault 'rate_1'"),
        ('[[none]]\nwhy = "so"\nclaims = []', "no fault 'none'"),
        ('[[rate_0]]\nwhy = " "\nclaims = []', "a reason in words"),
        ("[[rate_0]]\nclaims = []", "a reason in words"),
        ('[[rate_0]]\nwhy = "so"\nclaims = ["nobodys"]', "names the claim 'nobodys', which does not exist"),
        ('[[rate_0]]\nwhy = "so"\nclaims = ["%s", "%s"]', "twice: one reason is enough"),
        ("[[rate_0]", "sabotage.toml"),
    ],
)
def test_reasons_that_say_nothing_are_refused(text, said, toys):
    claims = all_claims(toys.name)
    (toys / reasons.FILE).write_text(text.replace("%s", claims[0].name))
    with pytest.raises(ValueError, match=said):
        reasons.reasons_of(claims)


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """A copy of the toy claims in this process, and an empty folder to work in; gives the package's folder."""
    shutil.copytree(Path(__file__).parent / "toy" / "toy_claims", tmp_path / "toy_claims")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "toy_claims"
    for name in [name for name in sys.modules if name.startswith("toy_claims")]:
        del sys.modules[name]
    _experiments.cache_clear()  # another test has another copy


@pytest.fixture
def sabotage(toys, capsys):
    """The command on the toy claims, which train no net; gives its status and what it printed."""

    def run(*arguments):
        status = main(("--claims", toys.name, "sabotage", *arguments, "--jobs", "1"))
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


FEWER, MOSTLY = "a_biased_coin_shows_fewer_tails", "a_biased_coin_shows_mostly_tails"


def test_the_command_fails_where_a_green_has_no_reason_and_passes_where_each_has_one(sabotage, toys):
    status, out = sabotage("--fault", "rate_0")
    assert status == 1
    assert "rate_0 (1 of 1): Every step of every optimizer" in out
    assert "rate_0: 2 of 2 green, 2 of them unexplained" in out
    assert f"! {MOSTLY} stays green under rate_0, and no reason is declared" in out
    (toys / reasons.FILE).write_text(f'[[rate_0]]\nwhy = "coins"\nclaims = ["{FEWER}", "{MOSTLY}"]')
    status, out = sabotage("--fault", "rate_0", "--write", "page.md")
    assert (status, "!" in out) == (0, False)
    assert f"- Green (2), coins: {FEWER}, {MOSTLY}." in Path("page.md").read_text()
    (toys / reasons.FILE).write_text(f'[[rate_0]]\nwhy = "coins"\nclaims = ["{FEWER}"]')
    assert sabotage(FEWER, "--fault", "rate_0")[0] == 0
    assert sabotage("--fault", "rate_0")[0] == 1


def test_a_reason_for_a_red_claim_is_said_to_be_stale(sabotage, toys):
    (toys / reasons.FILE).write_text(f'[[renamed_arms]]\nwhy = "coins"\nclaims = ["{FEWER}"]')
    status, out = sabotage("--fault", "none", "--fault", "renamed_arms")
    assert status == 0
    assert "none: 2 of 2 green" in out
    assert f"! {FEWER} is red under renamed_arms (refuted): the reason declared for it is stale" in out


def test_results_under_a_fault_are_kept_apart_and_judged_again_without_training(sabotage, monkeypatch):
    sabotage("--fault", "rate_0")
    assert not Path(".hw1/results.sqlite").exists()
    monkeypatch.setenv("TOY_FAILS", "biased")  # where it would be tossed again
    status, out = sabotage("--fault", "rate_0")
    assert (status, "rate_0: 2 of 2 green" in out) == (1, True)
    status, out = sabotage("--fault", "shuffled_labels", "--write", "page.md")
    assert (status, "shuffled_labels: 0 of 2 green" in out) == (0, True)
    said = "- No verdict (2), error, RuntimeError: the coin rolled away: all."
    assert said in Path("page.md").read_text()
    status, out = sabotage("--faulty", ".hw1/results.sqlite")
    assert (status, "is the store of the intact library's results: name another file" in out) == (2, True)


def test_one_seed_for_all_leaves_no_claim_green(sabotage):
    status, out = sabotage("--fault", "one_seed")
    assert (status, "one_seed: 0 of 2 green" in out) == (0, True)


def test_an_unknown_fault_is_one_line(sabotage):
    assert sabotage("--fault", "rust") == (2, f"hw1: no fault 'rust': there are {', '.join(FAULTS)}\n")


# Of each experiment a claim that takes few or fast arms, those of its control on the tables included.
ONE_CLAIM = {
    "nets_do_not_extrapolate": ("tanh",),
    "thirty_narrow_layers_do_not_train": ("four_layers", "thirty_layers"),
    "deeper_nets_fit_sin_better": ("deep", "shallow"),
    "low_frequencies_are_learned_first": ("relu",),
    "the_sheets_deep_net_fits_sinc_better": ("deep_sinc", "shallow_sinc"),
    "training_on_the_absolute_error_lowers_it": ("deep", "deep_l1"),
    "training_sharpens_until_the_edge": ("edge",),
    "small_steps_lower_the_loss_by_what_the_gradient_predicts": ("small", "large"),
    "minimising_the_gradient_of_an_untrained_net_ends_at_a_saddle": ("untrained", "trained"),
    "the_norm_vanishes_where_training_interpolates": ("interpolating", "constant"),
    "random_points_of_the_box_miss_most_of_the_rise": ("smallest",),
    "shifts_in_training_help_against_shifts": ("augmented", "plain"),
    "deeper_cnns_fit_hard_data_better": ("deep_hard", "shallow_hard"),
    "convolution_beats_a_linear_model": ("cnn", "linear"),
    "max_pooling_helps_against_shifts": ("pooled", "strided"),
    "weight_decay_shrinks_the_weights": ("plain", "weight_decay"),
    "small_batches_have_the_lower_training_loss_at_equal_epochs": ("equal_epochs",),
    "rescaled_relu_layers_compute_the_same": ("rescaled", "one_side_only"),
    "the_same_start_lowers_the_barrier": ("different_starts", "same_start"),
    "the_loss_falls_all_the_way_from_start_to_end": ("sgd", "from_another_solution"),
    "matched_narrow_nets_are_connected": ("narrow", "permuted_copy"),
    "squared_error_classifies_digits_better": ("cross_entropy", "squared"),
    "early_in_training_class_weights_halve_the_gap": ("plain", "weighted"),
    "one_signed_step_ruins_a_deep_net": ("deep",),
    "five_nets_are_better_than_one": ("same",),
    "trained_nets_are_over_confident": ("plain",),
    "variance_falls_with_the_width": ("narrow", "wide"),
    "fresh_inputs_make_a_student_agree_with_its_teacher": ("students",),
    "at_the_same_rate_momentum_speeds_sgd_up": ("plain", "momentum"),
    "at_a_large_rate_warm_up_lowers_the_training_loss": ("plain_large", "warmed_large"),
    "examples_sorted_by_class_ruin_training": ("reshuffled", "once", "sorted"),
    "clipping_makes_a_large_rate_usable": ("plain_large", "tightly_large"),
    "averaging_late_weights_raises_the_test_accuracy": ("constant",),
    "an_optimizer_tuned_twice_is_as_accurate": ("sgd", "again"),
    "at_the_same_strength_adamw_is_more_accurate": ("l2", "decoupled"),
    "standardised_inputs_are_more_accurate_than_bytes": ("standardised_fast", "pixels", "bytes"),
    "relu_nets_train_faster_from_hes_start_than_from_xaviers": ("he", "xavier"),
    "plain_depth_degrades_training_from_torchs_start": ("shallow", "plain", "shallow_he", "plain_he"),
    "normalisation_trains_faster_from_torchs_start": ("plain_torch", "normalised_torch", "plain", "normalised"),
    "generalisation_comes_long_after_fitting": ("grokking", "more_pairs"),
    "tickets_learn_sooner_than_random_masks": ("fifth",),
    "two_bits_ruin_a_wide_net": ("wide",),
    "nets_rely_on_the_simple_feature": ("both", "imperfect"),
    "classes_collapse_with_decay_and_normalisation": ("decayed", "free"),
    "with_wrong_labels_training_on_costs": ("two_scales", "net"),
    "the_exponent_belongs_to_the_task": (
        "hard_smallest", "hard_small", "hard_large", "hard_largest",
        "easy_smallest", "easy_small", "easy_large", "easy_largest",
    ),
    "error_peaks_without_wrong_labels": (
        "clean_smallest", "clean_threshold", "clean_largest", "noisy_smallest", "noisy_threshold", "noisy_largest",
    ),
    "squared_test_loss_explodes_where_features_equal_examples": ("four_fifths", "equal", "five_quarters"),
    "accuracy_saturates": ("step_0", "step_5", "step_10"),
    "random_labels_raise_the_test_loss_above_uniform_guessing": ("random",),
    "random_labels_are_memorised": ("random",),
    "clean_examples_are_fitted_before_mislabelled_ones": ("noisy", "true"),
    "moderate_weight_decay_does_not_prevent_memorising": ("moderate_decay", "large_decay"),
    "differentiating_a_batch_mean_divides_by_its_size": ("size_4", "size_7"),
    "training_on_undoes_the_decline": ("fixed_7",),
    "random_labels_make_a_net_more_sensitive": ("true_labels", "random_labels"),
    "accuracy_peaks_between_the_ends": FIXED,
    "weights_with_large_loadings_matter": ("trained",),
    "eight_runs_end_equally_good": ("own_starts",),
    "relative_movement_falls_with_the_width": ("narrow", "middle", "wide"),
    "new_classes_erase_old_ones": ("narrow", "replay"),
    "with_few_labels_features_transfer": ("five", "many"),
    "easy_examples_first_are_better_than_a_mixed_order": ("mixed", "easy", "mixed_wrong", "easy_wrong"),
    "a_warm_start_is_ahead_at_first": ("fresh", "warm"),
    "a_random_walk_has_the_exact_share": ("walk", "walk_with_drift"),
}  # fmt: skip
# Fields that say how long a training is and how often something is measured on the way. At rate 0 the nets end where
# they start, so that little is enough.
LITTLE = {"updates": 40, "early": 20, "epochs": 2, "trained": 40, "records": 5, "checks": 3}


class OfArms(Planted):
    """Results of some arms only."""

    arms = ()

    def cells(self, experiment, setting, seeds, arms=None):
        """Those of its arms, whichever are asked for."""
        return super().cells(experiment, setting, seeds, self.arms or arms)


def test_one_claim_of_each_experiment_is_replayed():
    replayed = sorted(find_claim(name).experiment for name in ONE_CLAIM)
    assert replayed == sorted(experiments()), "ONE_CLAIM above has one claim of each experiment"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arms"), ONE_CLAIM.items(), ids=ONE_CLAIM)
def test_at_rate_0_a_claim_is_green_where_that_is_declared(name, arms, monkeypatch):
    claim, fault = find_claim(name), FAULTS["rate_0"]
    module = find_experiment(claim.experiment).module
    fast = module.FAST
    monkeypatch.setattr(
        module, "FAST", replace(fast, **{n: min(LITTLE[n], v) for n, v in vars(fast).items() if n in LITTLE})
    )
    results = OfArms(fault, ":memory:")
    results.arms = arms
    made = seen([claim], fault.name, answers_from(results, 0))[0]
    assert made.green == (name in reasons.reasons_of([claim])[fault.name]), made
    assert "no arm" not in made.note
