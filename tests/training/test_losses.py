"""Losses of many replicas against torch's own, one replica at a time."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from hw1.training import LOSSES, accuracy, cross_entropy, smoothed, soft_cross_entropy, soft_labels


def outputs_and_targets(loss, own):
    generator = torch.Generator().manual_seed(1)
    outputs = torch.randn(4, 6, 3, dtype=torch.float64, generator=generator)
    if loss == "cross_entropy":
        targets = torch.randint(3, (4, 6), generator=generator)
    else:
        targets = torch.randn(4, 6, 3, dtype=torch.float64, generator=generator)
    return outputs, targets if own else targets[0]


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    ("loss", "oracle"), [("squared", F.mse_loss), ("l1", F.l1_loss), ("cross_entropy", F.cross_entropy)]
)
def test_each_replicas_loss_is_torchs(loss, oracle, own):
    outputs, targets = outputs_and_targets(loss, own)
    expected = [oracle(outputs[k], targets[k] if own else targets) for k in range(4)]
    torch.testing.assert_close(LOSSES[loss](outputs, targets), torch.stack(expected), rtol=1e-14, atol=0)


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_smoothed_labels_are_spread_over_all_classes(share):
    """Oracle: cross-entropy against the probabilities written out."""
    outputs, labels = outputs_and_targets("cross_entropy", own=True)
    spread = (1 - share) * F.one_hot(labels, 3).double() + share / 3
    expected = -(spread * outputs.log_softmax(-1)).sum(-1).mean(1)
    torch.testing.assert_close(smoothed(share)(outputs, labels), expected)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_smoothing_that_leaves_no_label_is_refused(share):
    with pytest.raises(ValueError, match="leaves nothing of the labels"):
        smoothed(share)


@pytest.mark.parametrize("own", [False, True])
def test_labels_that_are_probabilities_cost_what_torch_says(own):
    outputs, targets = outputs_and_targets("squared", own)
    rows = targets.softmax(-1)
    expected = [F.cross_entropy(outputs[k], rows[k] if own else rows) for k in range(4)]
    torch.testing.assert_close(soft_cross_entropy(outputs, rows), torch.stack(expected), rtol=1e-14, atol=0)


def test_a_points_weight_is_a_factor_of_its_loss():
    """Oracle: torch's losses of single points, weighted and averaged over all points."""
    outputs, labels = outputs_and_targets("cross_entropy", own=True)
    weights = np.random.default_rng(0).uniform(0, 3, size=(4, 6)).astype(np.float32).astype(np.float64)
    rows = torch.from_numpy(soft_labels(labels.numpy(), 3, weights=weights)).double()
    single = F.cross_entropy(outputs.transpose(1, 2), labels, reduction="none")
    expected = (single * torch.from_numpy(weights)).mean(1)
    torch.testing.assert_close(soft_cross_entropy(outputs, rows), expected, rtol=1e-14, atol=0)
    plain = torch.from_numpy(soft_labels(labels.numpy(), 3)).double()
    torch.testing.assert_close(soft_cross_entropy(outputs, plain), cross_entropy(outputs, labels))


@pytest.mark.parametrize(
    ("labels", "weights", "said"),
    [
        ([0, 3], 1.0, r"Labels 0 to 3 are not all in 0\.\.2"),
        ([0, 1], [1.0], r"weights of shape \(1,\) do not weigh labels of shape \(2,\)"),
        ([0, 1], -1.0, "Give one number from 0"),
    ],
)
def test_rows_that_are_no_labels_are_refused(labels, weights, said):
    with pytest.raises(ValueError, match=said):
        soft_labels(np.array(labels), 3, weights=weights)


def test_every_loss_has_a_test():
    assert set(LOSSES) == {"squared", "l1", "cross_entropy", "soft_cross_entropy"}


@pytest.mark.parametrize("own", [False, True])
def test_accuracy_counts(own):
    outputs, labels = outputs_and_targets("cross_entropy", own)
    expected = [
        sum(int(outputs[k, i].argmax() == (labels[k] if own else labels)[i]) for i in range(6)) / 6 for k in range(4)
    ]
    assert accuracy(outputs, labels).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("lost", [float("nan"), float("inf")])
def test_a_net_without_an_answer_is_never_right(lost):
    assert accuracy(torch.full((1, 5, 3), lost), torch.zeros(5, dtype=torch.int64)).tolist() == [0.0]


@pytest.mark.parametrize(
    ("loss", "shape"),
    [
        ("squared", (6,)),
        ("squared", (6, 1)),
        ("l1", (4, 6)),
        ("cross_entropy", (6, 3)),
        ("squared", (3, 6, 3)),
        ("soft_cross_entropy", (6,)),
    ],
)
def test_targets_that_would_broadcast_are_refused(loss, shape):
    outputs, _ = outputs_and_targets("squared", own=False)
    with pytest.raises(ValueError, match=r"Targets of shape .* do not fit 4 replicas"):
        LOSSES[loss](outputs, torch.zeros(shape))
