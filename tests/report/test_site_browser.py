"""A site in a real browser, served from a subfolder: on a phone and a wide screen, by keyboard, and its search."""

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hw1.report import read
from hw1.report.site import joined, site, write_site

pytestmark = pytest.mark.slow
HARNESS = (Path(__file__).parent / "site_harness.html").read_text(encoding="utf-8")
PLACES = (
    "sub/site/index.html",
    "sub/site/index.html?q=Telgarsky",
    "sub/site/families/function_fitting.html",
    "sub/site/claims/deeper_nets_fit_better.html",
    "sub/site/experiments/deep_vs_shallow.fast.html",
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    """The address of a server of `tmp_path`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def seen(served, tmp_path, manifest, decision, account, browsed):
    """What was measured of each place at each width, and the console's lines."""
    some = [
        decision(),
        decision("a_surprise", ratio=0.5),
        decision("élan_vital", ratio=2.2, family="another_family", experiment="lost", source="nobody"),
    ]
    path = manifest(*some, accounts=[account()])
    write_site(tmp_path / "sub/site", site(joined({"m": read(path)})))
    (tmp_path / "harness.html").write_text(HARNESS.replace("PAGES", json.dumps(PLACES)), encoding="utf-8")
    return browsed(f"{served}/harness.html")


def test_pages_fit_are_reached_by_keyboard_and_found_by_search(seen):
    by_place, console = seen
    assert console == []
    assert set(by_place) == {f"{place} {width}" for place in PLACES for width in (320, 1400)}
    for place, found in by_place.items():
        assert found["sideways"] <= 0, f"{place} scrolls sideways"
        assert (found["wide"], found["broken"]) == (0, 0), f"a picture of {place}"
        assert found["shown"] > 0, f"no picture on {place}"
        assert all(one.startswith("/sub/site/") for one in found["asked"]), place
        assert (found["first"], found["skipped"]) == (["Skip to the content"], "MAIN"), place
        assert found["unfocused"] == [], f"focus is not seen on {place}"
        assert found["small"] == [], f"too small for a finger on {place}"
        assert found["reached"], f"no way to the search on {place}"
    deep, surprise, elan = "Deeper nets fit better", "A surprise", "Élan vital"
    for found in (by_place[f"{PLACES[0]} {width}"] for width in (320, 1400)):
        assert found["search "] == found["query"] == [[elan, deep, surprise], 2, ""]
        assert found["search Élan"] == [[elan], 1, "1 of 3 claims have these words."]
        assert found["search telgarsky DEEP"] == [[deep, surprise], 1, "2 of 3 claims have these words."]
        assert found["search no such words"] == [[], 0, "0 of 3 claims have these words."]
        assert by_place[f"{PLACES[1]} 320"]["query"][0] == [deep, surprise], "the address asks for these"
