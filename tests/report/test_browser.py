"""The page in a real browser: it fits a phone, says nothing on the console, asks for nothing, and its filters work."""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed: apt-get install chromium"),
]
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
    *("--virtual-time-budget=10000", "--enable-logging=stderr", "--v=0", "--window-size=1500,1000"),
)
# The page in frames of two widths, measured from outside: it has no script of its own.
HARNESS = (Path(__file__).parent / "harness.html").read_text(encoding="utf-8")


def browsed(text, folder):
    """What the harness measured by width, and the console's lines."""
    file = folder / "harness.html"
    file.write_text(HARNESS.replace("TEXT", json.dumps(text).replace("</", "<\\/")), encoding="utf-8")
    own = (f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri())
    environment = {**os.environ, "HOME": str(folder)}
    done = subprocess.run([BROWSER, *FLAGS, *own], capture_output=True, text=True, timeout=600, env=environment)
    found = re.search(r'<pre id="seen">(.+?)</pre>', done.stdout)
    assert found, done.stderr[-2000:]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return json.loads(html.unescape(found[1])), console


def test_the_page_fits_works_and_keeps_to_itself(page, decision, account, tmp_path):
    text = page(
        decision(),
        decision("a_surprise", ratio=0.5),
        decision("elsewhere", ratio=2.2, family="another_family", experiment="lost", as_registered=False),
        accounts=[account()],
    )
    by_width, console = browsed(text, tmp_path)
    assert console == []
    assert set(by_width) == {"320", "1400"}
    good, surprise, other = (f"claim-{name}-fast" for name in ("deeper_nets_fit_better", "a_surprise", "elsewhere"))
    for found in by_width.values():
        assert found["sideways"] <= 0, "the page scrolls sideways"
        assert found["wide"] == 0, "a picture is wider than the page"
        assert found["nowhere"] == [], "a link leads nowhere"
        assert found["asked"] == [], "the page asks for something"
        assert set(found["all"]) == set(found["again"]) == {good, surprise, other}
        assert found["show-holds"] == [good]
        assert found["show-refuted"] == [surprise]
        assert found["show-inconclusive"] == [other]
        assert set(found["show-unexpected"]) == {surprise, other}
        assert found["show-family-another_family"] == [other]
        assert set(found["show-family-function_fitting"]) == {good, surprise}
