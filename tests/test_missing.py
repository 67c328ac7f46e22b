"""What a run needed and does not have is named by arm and seeds, with what went wrong."""

from hw1.running.missing import missing_lines


def test_missing_cells_are_named_by_arm_with_their_seeds_and_the_first_error(made_experiment):
    cells = made_experiment().cells(range(12), arms=("a", "b"))
    gone = [cell for cell in cells if cell.seeds[0] != 4 or cell.arm == "b"]
    errors = {gone[0].key: "experiment, arm a, seeds 0 to 1 failed:\nTraceback\n  line\nRuntimeError: no rate\n"}
    assert list(missing_lines(gone, errors)) == [
        "11 cells are missing, and claims that need them have no verdict; the same command computes them:",
        "  experiment, arm a, seeds 0 to 3, 6 to 11 (RuntimeError: no rate)",
        "  experiment, arm b, seeds 0 to 11",
    ]


def test_of_many_arms_the_first_dozen_is_named(made_experiment):
    cells = made_experiment().cells(range(2), arms=[f"arm {i:02}" for i in range(20)])
    lines = list(missing_lines(cells, {}))
    assert len(lines) == 14
    assert lines[-1] == "  and of 8 more arms"


def test_without_missing_cells_nothing_is_said():
    assert list(missing_lines([], {})) == []


def test_a_failed_arm_is_named_at_the_end_of_the_run(check, monkeypatch):
    monkeypatch.setenv("TOY_FAILS", "fair")
    result = check("-m", "fast")
    result.assert_outcomes(errors=2, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "hw1: 3 cells are missing, and claims that need them have no verdict*",
            "hw1:   biased, arm fair, seeds 0 to 11 (RuntimeError: the coin rolled away)",
        ]
    )
