"""What the experiments on grokking, tickets and few bits make, on problems small enough to count by hand.

torch is imported inside tests: collecting the claims leaves it out.
"""

import dataclasses

import numpy as np
import pytest

from hw1.claims.phenomena import few_bits, grokking, lottery_tickets
from hw1.streams import stream

SEEDS = (0, 1)
SMALL = dataclasses.replace(
    lottery_tickets.FAST, train=40, test=20, widths=(6, 5), batch=10, updates=8, early=2, fifth=0.3, twentieth=0.125
)


def draw(seed, *purpose):
    return stream("test_helpers_of_single_nets", seed, *purpose)


def of(arm, **changes):
    """Tables of an arm in a small setting."""
    return lottery_tickets.run(dataclasses.replace(SMALL, **changes), arm=arm, seeds=SEEDS, device="cpu")


def test_pruning_in_rounds_ends_at_the_share_and_each_round_keeps_a_part_of_the_last():
    """Oracle: an eighth in three rounds halves each matrix three times, by hand."""
    import torch

    from hw1.training import classify, largest, stack

    data = SMALL.problem(SEEDS, draw)
    dense, found = lottery_tickets.pruned(SMALL, data, 0.125, 3, SEEDS, draw, "cpu")
    kept, nets = None, None
    for share in (0.5, 0.25, 0.125):
        nets = stack(SMALL.nets(data, SEEDS, draw))
        classify(nets, data, SMALL.recipe(), seeds=SEEDS, draw=draw, device="cpu", kept=kept)
        new = largest(nets, share)
        assert kept is None or not (new & ~kept).any()
        kept = new
    assert torch.equal(found, kept)
    for (name, part), leaf in zip(nets.split(found), nets.leaves.values(), strict=True):
        count = leaf[0].numel()
        assert part.flatten(1).sum(1).tolist() == [round(count / 8) if leaf.ndim > 2 else count] * 2, name
    assert dense.stack.flat.all()


def test_pruning_once_is_one_round():
    import torch

    from hw1.training import largest

    data = SMALL.problem(SEEDS, draw)
    dense, found = lottery_tickets.pruned(SMALL, data, 0.3, 1, SEEDS, draw, "cpu")
    assert torch.equal(found, largest(dense.stack, 0.3))


def test_a_new_start_changes_the_start_and_nothing_else():
    anew = lottery_tickets.started_anew(draw)
    for purpose in (("order",), ("data",), ("mask",)):
        assert anew(3, *purpose).random() == draw(3, *purpose).random()
    assert anew(3, "init").random() != draw(3, "init").random()


def test_with_all_weights_kept_ticket_and_random_mask_are_the_dense_net_and_a_new_start_is_another():
    runs = of("fifth", fifth=1.0)["runs"]
    for what in ("accuracy", "loss", "early"):
        np.testing.assert_array_equal(runs[f"ticket_{what}"], runs[f"dense_{what}"])
        np.testing.assert_array_equal(runs[f"random_{what}"], runs[f"dense_{what}"])
    assert (runs["new_start_loss"] != runs["dense_loss"]).all()


def test_early_and_last_numbers_are_those_of_the_curves():
    tables = of("twentieth")
    for name in lottery_tickets.NETS:
        at = tables["curves"].pivot(index="seed", columns="step", values=f"{name}_accuracy")
        np.testing.assert_array_equal(tables["runs"][f"{name}_early"], at[2])
        np.testing.assert_array_equal(tables["runs"][f"{name}_accuracy"], at[8])
    np.testing.assert_array_equal(tables["runs"]["dense_accuracy"], tables["runs"]["test_accuracy"])


def test_the_twentieth_in_one_round_is_pruned_at_once():
    once, rounds = of("twentieth")["runs"], of("in_rounds", rounds=1)["runs"]
    np.testing.assert_array_equal(once["ticket_loss"], rounds["ticket_loss"])


def test_an_early_moment_after_the_end_is_refused():
    with pytest.raises(ValueError, match="early=9 is after all 8 updates"):
        of("fifth", early=9)


@pytest.mark.parametrize(
    ("arm", "decay"),
    [("grokking", 1), ("undecayed", 0), ("decayed_more", 3), ("decayed_most", 10), ("relu", 1), ("cross_entropy", 1)],
)
def test_arms_of_grokking_have_their_decay(arm, decay):
    assert grokking.decay_of(grokking.FAST, arm) == decay


def test_sums_as_targets_are_one_hot_and_nets_have_an_output_for_each():
    setting = dataclasses.replace(grokking.FAST, data="addition_mod_5", train=10, test=8)
    data = setting.problem(SEEDS, draw)
    given = grokking.squared_error(setting, data)
    assert given["loss"] == "squared"
    np.testing.assert_array_equal(given["targets"], np.eye(5)[data.y_train])
    net = grokking.made(setting, data, SEEDS, draw)[0]
    assert (net[0].in_features, net[-1].out_features) == (10, 5)


def test_times_are_those_at_which_the_curves_reach_their_levels():
    """Oracle: a walk along each seed's rows."""
    setting = dataclasses.replace(grokking.FAST, data="addition_mod_5", train=20, test=5, updates=60, every=7)
    tables = grokking.run(setting, arm="grokking", seeds=range(4), device="cpu")
    for run in tables["runs"].itertuples():
        own = tables["curves"].query("seed == @run.seed")
        for time, accuracy, level in (("fit", "train_accuracy", 0.99), ("generalise", "test_accuracy", 0.95)):
            reached = [step for step, value in zip(own["step"], own[accuracy], strict=True) if value >= level]
            assert getattr(run, f"updates_to_{time}") == (reached[0] if reached else 61)
            assert getattr(run, f"updates_to_{time}_censored") == (not reached)
    assert tables["curves"]["step"].max() == 60


def test_accuracies_in_few_bits_are_those_of_nets_with_rounded_weights_one_by_one():
    """Oracle: torch's fake quantisation of each layer of each net, and argmax."""
    import torch

    from hw1.claims._dense_nets import fit

    setting = dataclasses.replace(few_bits.FAST, train=60, test=50, widths=(7, 6), updates=30, batch=20)
    data = setting.problem(SEEDS, draw)
    stack = fit(setting, data, seeds=SEEDS, draw=draw, device="cpu", at=[30]).stack
    before = stack.weights()
    found = few_bits.rounded(stack, data)
    assert torch.equal(stack.flat, before)
    for name, bits in few_bits.NAMES.items():
        most = 2 ** (bits - 1) - 1
        for k in range(len(SEEDS)):
            for ending in ("", "_per_unit"):
                net = stack.unstack(k)
                with torch.no_grad():
                    for layer in net[::2]:
                        rows = layer.weight.abs().amax(1)
                        rows = rows if ending else rows.amax().expand_as(rows)
                        zeros = torch.zeros(len(rows), dtype=torch.int32)
                        few = torch.fake_quantize_per_channel_affine(layer.weight, rows / most, zeros, 0, -most, most)
                        layer.weight.copy_(few)
                    right = net(torch.from_numpy(data.x_test[k])).argmax(1).numpy() == data.y_test[k]
                assert found[name + ending][k] == pytest.approx(right.mean(), abs=1e-6)


def test_rounded_holds_the_accuracies_of_runs_by_bits():
    setting = dataclasses.replace(few_bits.FAST, train=60, test=50, widths=(7, 6), narrow=(4, 3), updates=10, batch=20)
    tables = few_bits.run(setting, arm="narrow", seeds=SEEDS, device="cpu")
    runs = tables["runs"].set_index("seed")
    for row in tables["rounded"].itertuples():
        name = next(name for name, bits in few_bits.NAMES.items() if bits == row.bits)
        assert row.test_accuracy == runs.loc[row.seed, f"{name}_accuracy"]
        assert row.per_unit_accuracy == runs.loc[row.seed, f"{name}_per_unit_accuracy"]
    assert len(tables["rounded"]) == len(SEEDS) * len(few_bits.NAMES)
