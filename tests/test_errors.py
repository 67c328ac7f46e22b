"""Exit statuses: wrong input is one line and 2; what hw1 does wrong itself is a crash that says so, and 70."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hw1 import exits
from hw1.__main__ import COMMANDS, _parser, main
from hw1.commands import listing
from hw1.running.store import StoreError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def failing(monkeypatch, capsys):
    """`list`, which raises what it is given; returns status and what it says."""

    def run(raising, *before):
        def command(options):
            yield "a line"
            raising()

        monkeypatch.setattr(listing, "command", command)
        status = main([*before, "list"])
        return status, capsys.readouterr().err

    return run


def raised(error):
    def fail():
        raise error

    return fail


def slip():
    """A ValueError that a library raises of what hw1 gave it."""
    from hw1.statistics import Design

    Design.looking(("twelve",), 1)


@pytest.mark.parametrize(
    "slip",
    [
        slip,
        raised(ValueError("a test is no part of hw1")),
        raised(KeyError("x")),
        raised(AssertionError()),
        lambda: 1 / 0,
    ],
    ids=["library", "elsewhere", "key", "assertion", "arithmetic"],
)
def test_a_fault_of_hw1_says_so_with_all_that_a_report_needs(failing, slip):
    status, err = failing(slip)
    assert status == exits.CRASH == 70
    assert err.startswith("Traceback (most recent call last):")
    *_, last, command, versions = err.splitlines()
    assert last.startswith("hw1: this is a fault of hw1, not of what was given")
    assert command == "  python -m hw1 list"
    assert f"python {sys.version.split()[0]}, torch " in versions


def refused():
    from hw1.blocks import seeds_of

    seeds_of(-1, 12)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (refused, "block -1 is below 0"),
        (raised(StoreError("store x: name another with --hw1-store\nor move it")), "name another with --store or move"),
        (raised(StoreError("run pytest with --hw1-store")), "hw1: run pytest with --hw1-store\n"),
        (
            raised(PermissionError(errno.EACCES, "Permission denied", "x/y")),
            "hw1: x/y: Permission denied: check the path",
        ),
        (raised(OSError(errno.EMFILE, "Too many open files")), "hw1: Too many open files: check the path"),
        (raised(MemoryError()), "there is not enough memory (none is left): use fewer processes"),
        (raised(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")), "a file is not text in UTF-8"),
        (raised(ModuleNotFoundError("No module named 'torch'")), "No module named 'torch': install what hw1 needs"),
        (lambda: sys.exit(0), "code of an experiment calls sys.exit(0)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_work_is_one_line(failing, wrong, words):
    status, err = failing(wrong)
    assert status == exits.WRONG == 2
    assert words in err
    assert err.count("\n") == 1


def test_an_error_of_a_users_claims_is_theirs_with_its_place(failing, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_stars").mkdir()
    (tmp_path / "my_stars" / "__init__.py").write_text("def score():\n    return {}['sun']\n")
    status, err = failing(lambda: __import__("my_stars").score(), "--claims", "my_stars")
    assert (status, err) == (2, f"hw1: {tmp_path}/my_stars/__init__.py, line 2: KeyError: 'sun'\n")


@pytest.mark.parametrize("name", ["os", "os.path", "sys", "./tests", "/tmp", "..x", ".", "my-stars", "os.nothing"])
def test_what_is_no_package_of_claims_is_refused(capsys, name):
    assert main(["--claims", name, "list"]) == 2
    err = capsys.readouterr().err
    assert name in err
    assert err.count("\n") == 1


def test_a_package_without_experiments_is_refused(capsys):
    for command in ("list", "register"):
        assert main(["--claims", "json", command]) == 2
        assert "json holds no experiment" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--claims", "", "list"),
        ("run", "activations", "--store", ""),
        ("run", "activations", "--dask", ""),
        ("run", "activations", "--data", " "),
        ("run", "activations", "--jobs", "-1"),
        ("run", "activations", "--jobs", "0"),
        ("run", "activations", "--jobs", "999999"),
        ("sabotage", "--jobs", "9" * 5000),
        ("sabotage", "--jobs", "0"),
        ("sabotage", "--faulty", ""),
        ("merge", "x", "--store", ""),
        ("costs", "--store", ""),
        ("data", "--data", ""),
        ("compare", "a", "b", "--data", ""),
        ("pages", "m", "--write", ""),
        ("check", "x", "--jobs", "1.5"),
    ],
    ids=" ".join,
)
def test_an_option_without_a_value_stands_for_no_other(capsys, words):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    err = capsys.readouterr().err
    assert any(text in err for text in ("it is empty: give a name", "is not a whole number of 1 or more", "give 1 to "))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("merge", "x", "--store", ":memory:"), "--store :memory: would leave nothing behind"),
        (("run", "activations", "--shard", "1/2", "--store", ":memory:"), "--shard with --store :memory: would leave"),
        (("run", "activations", "--shard", "1/2", "--tables", "t"), "--tables needs all cells"),
        (("run", "activations", "--shard", ""), "--shard : write i/n"),
        (("run", "activations", "--dask", "x", "--jobs", "2"), "--jobs is for this machine"),
        (("check", "nets_do_not_extrapolate", "--dask", "x", "--jobs", "2"), "--jobs is for this machine"),
        (("check", "nets_do_not_extrapolate", "--gpu", "--device", "cpu"), "--gpu and --device cpu contradict"),
        (("check", "nets_do_not_extrapolate", "--seeds", "12", "--looks", "2"), "leave out --looks, or --seeds"),
        (("card", "--all", "activations"), "--all means every claim, and activations some"),
        (("card", "activations", "--block", "99999999999999999999"), "is above the last, 1000000"),
        (("sabotage", "--block", "99999999999999999999"), "is above the last, 1000000"),
        (("flake", "--blocks", "100:99999999999999999999"), "is above the last, 1000000"),
        (("flake", "--jobs", "2"), "--jobs belongs to --blocks"),
        (("flake", "--gpu"), "--gpu belongs to --blocks"),
        (("flake", "--blocks", ""), "--blocks : write A:B"),
        (("report", "."), ". cannot be read (Is a directory)"),
        (("report", "/dev/zero"), "/dev/zero is a device and no file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_options_without_effect_and_places_that_keep_nothing_are_refused(capsys, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_claim_of_another_tier_is_named_and_one_named_twice_is_one(monkeypatch):
    from hw1.commands.names import named
    from hw1.registry import all_claims

    claim = next(one for one in all_claims() if "full" in one.tiers)
    assert named([claim.name, claim.name], "full") == [claim]
    assert named([claim.name, claim.experiment], "fast").count(claim) == 1
    monkeypatch.setitem(vars(claim), "tiers", ("fast",))
    with pytest.raises(ValueError, match=f"{claim.name} has no claim of the tier full"):
        named([claim.name], "full")


def test_a_check_computes_where_it_is_told(monkeypatch):
    asked = {}

    def check(claim, **how):
        asked.update(how)
        raise StoreError("seen")

    monkeypatch.setattr("hw1.commands.check.check", check)
    main(["check", "nets_do_not_extrapolate", "--dask", "tcp://somewhere", "--gpu"])
    assert (asked["dask"], asked["gpu"], asked["device"], asked["looks"]) == ("tcp://somewhere", True, "auto", 3)


def test_check_asks_the_cluster_for_its_devices_and_computes_there(monkeypatch):
    from hw1.judging import checking

    def gone(*cells, **how):
        raise StoreError("computed")

    addresses = []
    monkeypatch.setattr(checking, "hardware", lambda address: addresses.append(address) or [])
    monkeypatch.setattr("hw1.running.results.on_cluster", lambda address: addresses.append(address) or gone())
    with pytest.raises(StoreError, match="computed"):
        checking.check("nets_do_not_extrapolate", dask="tcp://somewhere")
    assert addresses == ["tcp://somewhere"] * 2


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_has_the_statuses(capsys, name):
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    out = capsys.readouterr().out
    own = getattr(COMMANDS[name], "STATUSES", {})
    for status, words in exits.STATUSES.items():
        line = f"\n  {status:<5} {own.get(status, words)}"
        assert (line in out) == (status != exits.OTHER or exits.OTHER in own)


def test_the_page_has_the_statuses_too():
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    for status, words in exits.STATUSES.items():
        assert f"| {status} | {words} |" in text
    for name, module in COMMANDS.items():
        for status, words in getattr(module, "STATUSES", {}).items():
            assert f"| `{name}` | {status} | {words} |" in text
    assert f"\n  {exits.CRASH:<5} {exits.STATUSES[exits.CRASH]}" in _parser().format_help()


def test_output_that_cannot_be_written_is_said_and_nothing_follows():
    """`/dev/full` is full, and Python would complain once more when it ends."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "hw1", "list"], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "hw1: the output cannot be written (No space left on device): send it elsewhere\n"


def test_names_that_are_no_text_and_terminals_without_our_signs_are_no_errors():
    out = subprocess.run(
        [sys.executable, "-c", "from hw1.__main__ import main; from hw1.commands import listing\n"
         "def command(options): yield 'caf\\udce9 \\u2264'\n"
         "listing.command = command; raise SystemExit(main(['list']))"],
        capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (out.returncode, out.stdout) == (0, "caf\\udce9 \\u2264\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{\n<<<<<<< HEAD\n "a": {}\n', "has the mark of a merge conflict in line 2: resolve it first"),
        ("", "is not JSON"),
        ("[" * 100_000, "is nested too deeply"),
        ("NaN", "is not JSON (NaN is no JSON"),
        ('{"a": [1]}', "a is [1], which is not of the type object"),
        ("[1]", "[1], which is not of the type object"),
        ('{"a": {"fast": {}}}', "a.fast lacks 'experiment'"),
    ],
)
def test_a_damaged_registration_is_named(toy, monkeypatch, capsys, text, words):
    (toy.path / "toy_claims" / "registered.json").write_text(text)
    monkeypatch.syspath_prepend(toy.path)
    assert main(["--claims", "toy_claims", "list"]) == 2
    err = capsys.readouterr().err
    assert f"{toy.path}/toy_claims/registered.json" in err
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("text", ["{\n<<<<<<< HEAD\n", '{"date": 1}', "[1]", '[{"date": "2026"}]', "\xff", "null"])
def test_damaged_redraws_costs_and_pools_are_named(tmp_path, text):
    from hw1.documents import DocumentError
    from hw1.registry import redraws
    from hw1.running.costs import rows_by_experiment
    from hw1.trust.pool import Pool

    for name, read in (
        ("redraws.json", lambda path: redraws.read(path.parent)),
        ("costs.json", rows_by_experiment),
        ("flake.json", lambda path: Pool(path, "fast")),
    ):
        (tmp_path / name).write_text(text, encoding="latin-1")
        with pytest.raises(DocumentError) as caught:
            read(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_file_without_rights_has_another_remedy(tmp_path, monkeypatch):
    from hw1.documents import DocumentError, document

    def refused(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(
        DocumentError, match=r"m\.json cannot be read \(Permission denied\): check its rights and those"
    ):
        document(tmp_path / "m.json", "give the manifest of a run")


def test_what_hw1_ships_is_what_its_readers_ask_for():
    from hw1.documents import document
    from hw1.registry import redraws
    from hw1.registry.registration import _SCHEMA
    from hw1.running.costs import rows_by_experiment
    from hw1.trust.pool import Pool

    claims = ROOT / "hw1" / "claims"
    assert document(claims / "registered.json", "", _SCHEMA)
    assert redraws.read(claims)
    assert rows_by_experiment(claims / "costs.json")
    assert Pool(ROOT / "docs" / "evidence" / "flake.json", "fast")._known == json.loads(
        (ROOT / "docs" / "evidence" / "flake.json").read_text()
    )
