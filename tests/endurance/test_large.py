"""10,000 cells in one store, 1,000 claims on one page: what is asked of them stays right, and its cost is said."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hw1.manifest.reading import read
from hw1.running.merging import merge
from hw1.running.rows import Row
from hw1.running.store import Store
from hw1.tables import Tables, pack

CELLS = 10_000
CLAIMS = 1_000
# Makes the page in a process of its own, and says how much memory that took at most.
PAGE = """
import resource, sys
from pathlib import Path
from hw1.report import write_page
write_page(Path(sys.argv[1]), Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def made(number):
    """A cell as experiments leave it, about 10 kB; compressed, as all are."""
    rng = np.random.default_rng(number)
    runs = pd.DataFrame({"seed": range(12), "arm": "deep", "loss": rng.random(12)})
    curves = pd.DataFrame({"seed": np.repeat(range(12), 50), "arm": "deep", "loss": rng.random(600)})
    about = {"experiment": "made", "arm": "deep", "seeds": list(range(12)), "number": number}
    return Row(
        f"{number:064x}",
        f"made/deep/{number % 30}",
        1.0,
        json.dumps(about),
        pack(Tables({"runs": runs, "curves": curves})),
    )


def timed(function):
    began = time.monotonic()
    return function(), time.monotonic() - began


@pytest.mark.slow
def test_ten_thousand_cells_beside_those_that_are_judged(check, toy, say):
    check("-m", "fast").assert_outcomes(passed=2, deselected=4)
    path = toy.path / ".hw1/results.sqlite"
    with Store(path) as store:
        own = store.keys()
        _, writing = timed(lambda: store.put_rows(made(number) for number in range(CELLS)))
    with Store(path, create=False) as store:
        keys, checking = timed(store.keys)
        assert len(keys) == CELLS + len(own)
        assert store.seconds(["made/deep/0"]) == {"made/deep/0": 1.0}
        with Store(toy.path / "merged.sqlite") as into:
            merged, merging = timed(lambda: merge(into, [store]))
            assert merged.new == len(keys)
    judged, judging = timed(lambda: check("-m", "fast", "--hw1-report", "page.html"))
    judged.assert_outcomes(passed=2, deselected=4)
    judged.stdout.no_fnmatch_line("*computing*")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    say(
        f"{CELLS} cells, {path.stat().st_size >> 20} MiB: written in {writing:.1f} s, every checksum {checking:.1f} s, "
        f"merged {merging:.1f} s, pytest with two claims and the page {judging:.1f} s, {peak} MiB at most"
    )


@pytest.mark.slow
def test_a_page_of_a_thousand_claims(check, toy, say):
    check("-m", "fast").assert_outcomes(passed=2, deselected=4)
    manifest = json.loads((toy.path / ".hw1/manifest.json").read_text())
    one = manifest["decisions"][0]
    manifest["decisions"] = [{**one, "claim": f"claim_{i}", "sentence": f"Claim {i}."} for i in range(CLAIMS)]
    large = toy.path / "large.json"
    large.write_text(json.dumps(manifest))
    found, reading = timed(lambda: read(large))
    assert len(found["decisions"]) == CLAIMS
    command = [sys.executable, "-c", PAGE, large, toy.path / "page.html"]
    made_page, drawing = timed(lambda: subprocess.run(command, capture_output=True, text=True, check=True))
    text = Path(toy.path / "page.html").read_text()
    assert all(f"Claim {i}." in text for i in range(CLAIMS))
    say(
        f"{CLAIMS} claims: manifest read in {reading:.1f} s, page of {len(text) >> 10} KiB made in {drawing:.1f} s, "
        f"{made_page.stdout.strip()} MiB at most"
    )
