from hw1.claims.phenomena.lottery_tickets import (
    a_ticket_learns_sooner_from_its_own_start,
    a_ticket_of_a_fifth_is_as_accurate_as_the_dense_net,
    a_ticket_of_a_twentieth_is_as_accurate_as_the_dense_net,
    a_tickets_mask_helps_without_its_start,
    of_fifths_only_tickets_end_accurate,
    of_twentieths_only_tickets_end_accurate,
    pruning_in_rounds_finds_better_tickets,
    tickets_learn_sooner_than_random_masks,
    tickets_learn_sooner_than_the_dense_net,
)
from hw1.plugin import judges


@judges(tickets_learn_sooner_than_random_masks)
def test_tickets_learn_sooner_than_random_masks(verdict):
    """Which weights are kept decides how soon a small net learns."""
    assert verdict.as_registered, str(verdict)


@judges(a_ticket_learns_sooner_from_its_own_start)
def test_a_ticket_learns_sooner_from_its_own_start(verdict):
    """A ticket is its mask and its start."""
    assert verdict.as_registered, str(verdict)


@judges(tickets_learn_sooner_than_the_dense_net)
def test_tickets_learn_sooner_than_the_dense_net(verdict):
    """A ticket is no faster than the net it came from."""
    assert verdict.as_registered, str(verdict)


@judges(a_ticket_of_a_fifth_is_as_accurate_as_the_dense_net)
def test_a_ticket_of_a_fifth_is_as_accurate_as_the_dense_net(verdict):
    """Four weights in five can be spared."""
    assert verdict.as_registered, str(verdict)


@judges(a_ticket_of_a_twentieth_is_as_accurate_as_the_dense_net)
def test_a_ticket_of_a_twentieth_is_as_accurate_as_the_dense_net(verdict):
    """Nineteen in twenty cannot, at once."""
    assert verdict.as_registered, str(verdict)


@judges(of_fifths_only_tickets_end_accurate)
def test_of_fifths_only_tickets_end_accurate(verdict):
    """A random fifth ends nearly as accurate."""
    assert verdict.as_registered, str(verdict)


@judges(of_twentieths_only_tickets_end_accurate)
def test_of_twentieths_only_tickets_end_accurate(verdict):
    """A random twentieth does not."""
    assert verdict.as_registered, str(verdict)


@judges(a_tickets_mask_helps_without_its_start)
def test_a_tickets_mask_helps_without_its_start(verdict):
    """The mask is worth something by itself."""
    assert verdict.as_registered, str(verdict)


@judges(pruning_in_rounds_finds_better_tickets)
def test_pruning_in_rounds_finds_better_tickets(verdict):
    """Five rounds choose better than one."""
    assert verdict.as_registered, str(verdict)
