"""Titles are written as a person would write them, whatever claims, experiments and families are called."""

import re

import pytest

from hw1.registry import all_claims, experiment_of, find_claim
from hw1.report.words import spaced, titled

UNSPELT = re.compile(r"\b(adam|cnns?|keskars?|minibatchs|mnist|relu|sgd|sheets)\b", re.IGNORECASE)
SPELT = {"Adam", "CNN", "CNNs", "Keskar", "MNIST", "ReLU", "SGD"}


def wrong(title):
    """What a native reader would mark in a title."""
    words = {word for word in UNSPELT.findall(title) if word not in SPELT}
    begins = title[:1].isupper() or title[:1].isdigit()
    return sorted(words | ({"_"} & set(title)) | (set() if begins else {title[:1]}))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("deeper_cnns_fit_digits_better", "Deeper CNNs fit digits better"),
        ("keskars_measure_falls_where_the_eigenvalue_rises", "Keskar's measure falls where the eigenvalue rises"),
        ("the_last_minibatchs_gradient_peaks", "The last minibatch's gradient peaks"),
        ("the_sheets_deep_net_fits_sinc_better", "The sheet's deep net fits sinc better"),
        ("large_steps_of_adam_lead_far_away", "Large steps of Adam lead far away"),
        ("relu_rescaling", "ReLU rescaling"),
        ("80_percent", "80 percent"),
    ],
)
def test_an_identifier_becomes_a_title(name, title):
    assert titled(name) == title


def test_arms_are_spelt_like_titles_and_keep_their_small_letter():
    assert spaced("adam_large_steps") == "Adam large steps"
    assert spaced("cnn_permuted") == "CNN permuted"
    assert spaced("widest") == "widest"


@pytest.mark.parametrize("name", sorted(claim.name for claim in all_claims()))
def test_a_claims_title_is_fit_to_be_read(name):
    experiment = experiment_of(find_claim(name))
    assert [wrong(titled(one)) for one in (name, experiment.name, experiment.family)] == [[], [], []]


def test_every_title_on_the_page_is_fit_to_be_read(page, decision, account):
    """All claims in their families and experiments, on numbers made by hand."""
    claims = [(claim.name, experiment_of(claim)) for claim in all_claims()]
    decisions = [decision(name, family=of.family, experiment=of.name) for name, of in claims]
    accounts = {of.name: account(experiment=of.name, family=of.family, figures=[]) for _, of in claims}
    made = page(*decisions, accounts=list(accounts.values()))
    titles = [re.sub(r"<[^>]*>", "", match[0]) for match in re.finditer(r"<(h[1-4])[ >].*?</\1>", made, re.DOTALL)]
    titles += re.findall(r"<a href=\"#claim-[^>]*>(.*?)</a>", made)  # of the summary
    titles = [title.replace("&#39;", "'") for title in titles]
    assert {titled(name) for name, _ in claims} <= set(titles)
    assert {title: wrong(title) for title in titles if wrong(title)} == {}
