from toy_claims.coins.biased import a_biased_coin_shows_fewer_tails, a_biased_coin_shows_mostly_tails

from hw1.plugin import judges


@judges(a_biased_coin_shows_fewer_tails)
def test_fewer(verdict):
    assert verdict.as_registered, str(verdict)


@judges(a_biased_coin_shows_mostly_tails)
def test_mostly(verdict):
    assert verdict.as_registered, str(verdict)
