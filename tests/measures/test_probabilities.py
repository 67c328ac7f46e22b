"""Predicted probabilities against loops, scikit-learn and torch's own losses."""

import math
import re

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss

from hw1.measures.probabilities import (
    accuracies,
    agreement,
    confidences,
    ensembles,
    log_probabilities,
    logits_at,
    negative_log_likelihood,
    over_confidence,
    predictions,
    probabilities,
    probabilities_at,
    right,
)
from hw1.streams import stream
from hw1.training import accuracy, cross_entropy

K, N, CLASSES = 3, 40, 4


def made(purpose="logits", scale=2.0):
    """Logits (K, N, CLASSES) and labels (K, N)."""
    rng = stream("probabilities", purpose)
    return scale * rng.normal(size=(K, N, CLASSES)), rng.integers(CLASSES, size=(K, N))


@pytest.mark.parametrize("at_once", [7, 1_000])
def test_probabilities_of_a_stack_are_those_of_its_nets_one_by_one(tools, at_once):
    nets, (x, _, _) = tools.stack(dtype=torch.float32), tools.data(dtype=torch.float32)
    x = torch.stack([x, x.flip(0), -x])
    p, z = probabilities_at(nets, x, at_once=at_once), logits_at(nets, x, at_once=at_once)
    assert p.dtype == z.dtype == np.float64
    for k in range(nets.K):
        outputs = nets.unstack(k)(x[k]).detach()
        np.testing.assert_allclose(z[k], outputs, rtol=1e-5, atol=1e-6)  # float32 nets
        np.testing.assert_allclose(p[k], torch.tensor(z[k]).softmax(-1), rtol=1e-14)


@pytest.mark.parametrize("temperature", [1.0, 0.3, [0.5, 1.0, 7.0]])
def test_probabilities_are_quotients_of_exponentials(temperature):
    z, _ = made()
    each = np.broadcast_to(temperature, K)
    for k in range(K):
        powers = np.exp(z[k] / each[k])
        expected = powers / powers.sum(1, keepdims=True)
        np.testing.assert_allclose(probabilities(z, temperature)[k], expected, rtol=1e-13)
        np.testing.assert_allclose(log_probabilities(z, temperature)[k], np.log(expected), rtol=1e-12, atol=1e-14)


def test_an_infinite_temperature_makes_all_classes_alike_and_a_low_one_is_sure():
    z, _ = made()
    np.testing.assert_array_equal(probabilities(z, math.inf), np.full(z.shape, 1 / CLASSES))
    cold = probabilities(z, 1e-9)
    np.testing.assert_array_equal(cold.max(-1), np.ones((K, N)))
    np.testing.assert_array_equal(predictions(cold), z.argmax(-1))


def test_likelihood_and_accuracy_are_scikit_learns():
    z, y = made()
    p = probabilities(z)
    for k in range(K):
        expected = log_loss(y[k], p[k], labels=range(CLASSES))
        assert negative_log_likelihood(p, y)[k] == pytest.approx(expected, rel=1e-12)
        assert accuracies(p, y)[k] == accuracy_score(y[k], p[k].argmax(1))


def test_likelihood_and_accuracy_are_the_losses_that_nets_train_with():
    z, y = made()
    outputs, labels = torch.from_numpy(z), torch.from_numpy(y)
    p = probabilities(z)
    np.testing.assert_allclose(negative_log_likelihood(p, y), cross_entropy(outputs, labels), rtol=1e-13)
    np.testing.assert_array_equal(accuracies(p, y), accuracy(outputs, labels))


def test_shared_labels_are_those_of_every_replica():
    z, y = made()
    p, own = probabilities(z), np.tile(y[0], (K, 1))
    for measure in (negative_log_likelihood, accuracies, over_confidence, right):
        np.testing.assert_array_equal(measure(p, y[0]), measure(p, own))


def test_the_layout_in_memory_changes_no_bit():
    z, y = made()
    turned = np.ascontiguousarray(z.transpose(2, 0, 1)).transpose(1, 2, 0)
    for measure in (negative_log_likelihood, over_confidence):
        expected = measure(probabilities(z), y)
        np.testing.assert_array_equal(measure(probabilities(turned), y), expected)
        np.testing.assert_array_equal(measure(np.asfortranarray(probabilities(z)), y), expected)


def test_over_confidence_is_confidence_less_accuracy_point_by_point():
    z, y = made()
    p = probabilities(z)
    for k in range(K):
        points = [max(p[k, i]) - (max(range(CLASSES), key=p[k, i].__getitem__) == y[k, i]) for i in range(N)]
        assert over_confidence(p, y)[k] == pytest.approx(sum(points) / N, abs=1e-14)


def test_over_confidence_of_sure_nets_is_their_error_and_of_a_humble_one_is_below_0():
    p = np.eye(2)[[[0, 0, 0, 1]]]
    assert over_confidence(p, [0, 0, 1, 0]).tolist() == [0.5]
    assert over_confidence(np.full((1, 3, 2), 0.5), [0, 0, 0]).tolist() == [-0.5]


def test_agreement_is_the_share_of_equal_predictions():
    (z, _), (other, _) = made(), made("other")
    p, q = probabilities(z), probabilities(other)
    expected = [np.mean([z[k, i].argmax() == other[k, i].argmax() for i in range(N)]) for k in range(K)]
    np.testing.assert_allclose(agreement(p, q), expected, rtol=1e-15)
    np.testing.assert_array_equal(agreement(p, p), np.ones(K))
    np.testing.assert_array_equal(agreement(p, np.roll(p, 1, axis=-1)), np.zeros(K))


def test_of_equal_probabilities_the_first_class_is_predicted():
    p = np.array([[[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]]])
    assert predictions(p).tolist() == [[0, 1]]
    assert confidences(p).tolist() == [[0.4, 0.4]]


def test_an_ensemble_averages_the_probabilities_of_the_members_of_each_seed():
    p = probabilities(stream("probabilities", "members").normal(size=(6, N, CLASSES)))
    found = ensembles(p, 3)
    for seed in range(2):
        for i in range(N):
            total = sum(p[3 * seed + member, i] for member in range(3))
            np.testing.assert_allclose(found[seed, i], total / 3, rtol=1e-14)
    np.testing.assert_array_equal(ensembles(p, 1), p)


def test_an_ensemble_has_at_most_the_mean_loss_of_its_members():
    """Jensen: -log is convex, so this holds on any data."""
    p = probabilities(3 * stream("probabilities", "members").normal(size=(6, N, CLASSES)))
    y = stream("probabilities", "of members").integers(CLASSES, size=N)
    apart = negative_log_likelihood(p, y).reshape(2, 3).mean(1)
    assert (negative_log_likelihood(ensembles(p, 3), y) < apart - 0.1).all()


def test_members_that_are_wrong_apart_may_be_right_together():
    p = np.array([[[0.9, 0.1], [0.4, 0.6]], [[0.4, 0.6], [0.9, 0.1]]])
    assert accuracies(p, [0, 0]).tolist() == [0.5, 0.5]
    assert accuracies(ensembles(p, 2), [0, 0]).tolist() == [1.0]


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
def test_a_replica_without_a_prediction_is_recorded_and_disturbs_no_other(lost):
    z, y = made()
    broken = z.copy()
    broken[1, 5, 2] = lost
    p, q = probabilities(z), probabilities(broken)
    for measure, at_worst in ((negative_log_likelihood, math.inf), (over_confidence, math.inf)):
        assert measure(q, y)[1] == at_worst
        np.testing.assert_array_equal(measure(q, y)[[0, 2]], measure(p, y)[[0, 2]])
    assert not right(q, y)[1, 5]
    assert predictions(q)[1, 5] == -1
    assert agreement(q, q).tolist() == [1, (N - 1) / N, 1]
    assert np.isnan(ensembles(q, 3)[0, 5]).all()
    assert not np.isnan(np.delete(ensembles(q, 3)[0], 5, axis=0)).any()


def test_a_label_without_any_probability_costs_infinitely_much_and_a_sure_one_nothing():
    p = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    found = negative_log_likelihood(p, [0])
    assert found.tolist() == [0, math.inf]
    assert not np.signbit(found[0])


P = np.full((2, 5, 3), 1 / 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: probabilities(P[0]), "Logits of shape (5, 3) are not (K, n, classes). Give a row of classes"),
        (lambda: probabilities(P[:, :0]), "Logits of shape (2, 0, 3) are not (K, n, classes)"),
        (lambda: probabilities(P, 0.0), "temperature=0 does not fit 2 replicas. Give one above 0, or one for each."),
        (lambda: probabilities(P, math.nan), "temperature=nan does not fit"),
        (lambda: probabilities(P, [1, 2, 3]), "temperature=[1, 2, 3] does not fit 2 replicas"),
        (lambda: confidences(P[0]), "Probabilities of shape (5, 3) are not"),
        (lambda: confidences(3 * P), "the lowest is 1, sums are up to 2 from 1. Make them with probabilities(logits)."),
        (lambda: confidences(P + np.array([0.5, -0.5, 0])), "the lowest is -0.166667, sums are up to"),
        (lambda: accuracies(P, [0, 1]), "Labels of shape (2,) do not fit 2 replicas of 5 points. Pass (5,) to share"),
        (lambda: accuracies(P, [0, 1, 2, 3, 0]), "Labels [0, 1, ..., 3, 0] are not all integers from 0 to 2"),
        (lambda: accuracies(P, [0, 1, -1, 2, 0]), "are not all integers from 0 to 2, the classes."),
        (lambda: accuracies(P, [0.0] * 5), "Labels [0, 0, ..., 0, 0] are not all integers"),
        (lambda: agreement(P, P[:, 1:]), "shapes (2, 5, 3) and (2, 4, 3) are not of the same points and classes"),
        (lambda: ensembles(P, 3), "2 nets are not seeds of 3 members each."),
        (lambda: ensembles(P, 0), "2 nets are not seeds of 0 members each."),
    ],
    ids=range(15),
)
def test_what_cannot_be_measured_is_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        call()
    assert "\n" not in str(caught.value)
