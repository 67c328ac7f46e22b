"""The pilot's page says which command made it, and admits claims by their predicted flake."""

from hw1.registry import find_claim
from hw1.trust.pilot import Pilot, markdown, table

DEEPER = find_claim("deeper_nets_fit_sin_better")
GOOD = Pilot(claim=DEEPER, wins=94, effect="ratio 2 [1, 3]", flake=0.0021)
POOR = Pilot(claim=DEEPER, wins=93, effect="ratio 2 [1, 3]", flake=0.0049)


def test_94_wins_of_96_are_admitted_and_93_are_not():
    assert [line.split()[-1] for line in table([GOOD, POOR])[1:]] == ["yes", "no"]


def test_the_page_names_its_command_and_holds_every_claim_and_cost():
    page = markdown([GOOD, POOR], {"deep_vs_shallow": 44.4}, "python -m hw1 pilot --write FILE", "torch 9")
    assert "Made by `python -m hw1 pilot --write FILE` on 96 development seeds (block 0); torch 9." in page
    assert "| deeper_nets_fit_sin_better | holds | 94/96 | ratio 2 [1, 3] | 0.002 | yes |" in page
    assert "| deep_vs_shallow | 44 |" in page
