from hw1.claims.losses_and_ensembles.distillation import (
    a_student_gains_accuracy_from_its_teacher,
    fresh_inputs_make_a_student_agree_with_its_teacher,
)
from hw1.plugin import judges


@judges(a_student_gains_accuracy_from_its_teacher)
def test_a_student_gains_accuracy_from_its_teacher(verdict):
    """Soft labels of examples that the teacher knows by heart are no better than labels."""
    assert verdict.as_registered, str(verdict)


@judges(fresh_inputs_make_a_student_agree_with_its_teacher)
def test_fresh_inputs_make_a_student_agree_with_its_teacher(verdict):
    """Inputs that neither has labels for make the two more alike."""
    assert verdict.as_registered, str(verdict)
