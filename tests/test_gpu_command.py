"""The command that shows what a GPU can do: it goes on where it was stopped, and keeps what it found."""

import json
import os
import signal
import sys

import pytest

from benchmarks.gpu import __main__ as command
from benchmarks.gpu.parts import WITH_IMAGES, WITHOUT_IMAGES, Given, Part, parts
from benchmarks.gpu.table import table
from hw1.registry import find_experiment


def part(name, program, **more):
    return Part(name=name, command=[sys.executable, "-c", program], **more)


@pytest.fixture
def run(tmp_path):
    """Runs parts for some seconds: the state, and what they wrote."""

    def go(todo, seconds=60.0):
        state = command.run(todo, tmp_path, seconds, dict(os.environ))
        return {name: one["status"] for name, one in state.items()}, (tmp_path / "log.txt").read_text(encoding="utf-8")

    return go


def test_what_has_ended_is_passed_over_and_what_failed_runs_again(run, tmp_path):
    flag = tmp_path / "mended"
    todo = [
        part("good", "print('one')"),
        part("finding", "raise SystemExit(1)", done=frozenset({0, 1})),
        part("broken", f"import os; raise SystemExit(0 if os.path.exists({str(flag)!r}) else 3)"),
        part("after", "print('two')"),
    ]
    state, said = run(todo)
    assert state == {"good": 0, "finding": 1, "broken": 3, "after": 0}
    flag.touch()
    state, said = run(todo)
    assert state == {"good": 0, "finding": 1, "broken": 0, "after": 0}
    assert (said.count("one\n"), said.count("two\n")) == (1, 1)


@pytest.fixture(params=[False, True], ids=["as in a terminal", "as in the background"])
def _ignored(request):
    """SIGINT is ignored in what a shell starts in the background, and by the processes that it starts in turn."""
    before = signal.getsignal(signal.SIGINT)
    if request.param:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ignored")
def test_a_part_that_takes_too_long_is_interrupted_and_goes_on(run, monkeypatch, tmp_path):
    monkeypatch.setattr(command, "GRACE", 3.0)
    monkeypatch.setattr(command, "LEAST", 0.1)
    kept = tmp_path / "kept"
    slow = (
        f"import pathlib, time; kept = pathlib.Path({str(kept)!r})\n"
        "try:\n    time.sleep(0 if kept.exists() else 60)\n"
        "except KeyboardInterrupt:\n    kept.touch()\n    raise SystemExit(2)\n"
    )
    state, _ = run([part("slow", slow), part("never", "")], seconds=9.0)  # 6 to start Python in, on a busy machine
    assert (state, kept.exists()) == ({"slow": None}, True)
    state, _ = run([part("slow", slow), part("never", "")])
    assert state == {"slow": 0, "never": 0}


def test_one_that_heeds_no_interrupt_is_killed(run, monkeypatch):
    monkeypatch.setattr(command, "GRACE", 0.5)
    monkeypatch.setattr(command, "LEAST", 0.1)
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(60)"
    assert run([part("deaf", deaf)], seconds=1.5)[0] == {"deaf": None}


def test_without_the_time_to_end_none_is_begun(run):
    assert run([part("any", "")], seconds=command.GRACE)[0] == {}


@pytest.mark.parametrize("images", [False, True])
def test_the_published_experiments_it_runs_need_no_more_than_what_is_given(tmp_path, images):
    found = [part.name for part in parts(Given(out=tmp_path, device="cuda", jobs=1, images=images))]
    assert found[:3] == ["tests", "fast", "speed"]
    names = [name.removeprefix("full, ") for name in found[3:]]
    assert len(names) == len(WITHOUT_IMAGES) + images * len(WITH_IMAGES)
    settings = [find_experiment(name).setting("full") for name in names]
    assert {getattr(setting, "data", None) == "cifar10" for setting in settings} <= {False, images}


def test_a_manifest_to_compare_with_must_be_there(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(["--out", str(tmp_path / "out"), "--against", str(tmp_path / "none.json")])
    assert "no such file" in capsys.readouterr().err


def test_the_table_has_ratios_to_the_loop_and_to_the_peer_of_as_many():
    def row(side, replicas, us):
        return {"case": "narrow", "side": side, "replicas": replicas, "us": us, "least": us, "most": 2 * us}

    rows = [row("ours", 12, 2.0), row("ours", 48, 1.0), row("JAX", 48, 3.0), row("plain loop", 1, 40.0)]
    assert table(json.loads(json.dumps(rows))).splitlines()[2:] == [
        "| narrow | 12 | 2 (2 to 4) | 40 | 20 |  |  |  |",
        "| narrow | 48 | 1 (1 to 2) | 40 | 40 | 3 | 3 |  |",
    ]
