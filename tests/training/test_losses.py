"""Losses of many replicas against torch's own, one replica at a time."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from hw1.training import LOSSES, accuracy, smoothed


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


def test_every_loss_has_a_test():
    assert set(LOSSES) == {"squared", "l1", "cross_entropy"}


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
    [("squared", (6,)), ("squared", (6, 1)), ("l1", (4, 6)), ("cross_entropy", (6, 3)), ("squared", (3, 6, 3))],
)
def test_targets_that_would_broadcast_are_refused(loss, shape):
    outputs, _ = outputs_and_targets("squared", own=False)
    with pytest.raises(ValueError, match=r"Targets of shape .* do not fit 4 replicas"):
        LOSSES[loss](outputs, torch.zeros(shape))
