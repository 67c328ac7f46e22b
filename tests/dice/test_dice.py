from toy_claims.dice.thrown import crooked_dice_show_much, loaded_dice_show_more

from hw1.plugin import judges


@judges(loaded_dice_show_more)
def test_loaded(verdict):
    assert verdict.as_registered, str(verdict)


@judges(crooked_dice_show_much)
def test_crooked(verdict):
    assert verdict.as_registered, str(verdict)
