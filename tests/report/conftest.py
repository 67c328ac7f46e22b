"""Manifests made by hand: no seed is trained for these tests."""

import html
import json
import math
import os
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from hw1.figures import Figure, Image, Panel, bands, line, strip, tile
from hw1.manifest.records import _judged, _scale, document, write
from hw1.report import read, render
from hw1.statistics import Design, card, judge, less, same_arms

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
    *("--virtual-time-budget=10000", "--enable-logging=stderr", "--v=0", "--window-size=1500,1000"),
)
SEEDS = range(1000, 1024)
DESIGN = Design()
ENVIRONMENT = {"python": "3.13.1", "torch": "2.14.1", "hw1": "0.1.0", "device": "cpu x86_64", "block": 1, "looks": 3}
HEADER = {
    "Belief": "Deeper nets fit sin better.",
    "Source": "Zhang et al., arXiv:1611.03530; https://example.org/a?b=1&c=2.",
    "Here": "463 against 472 parameters.",
    "Limits": "The learning rate belongs to the claim.",
}


def errors(ratio, diverged):
    """Log-normal errors of two arms on 24 seeds; the shallow net of the first seeds diverges."""
    draws = np.random.Generator(np.random.Philox(7)).normal(size=(2, len(SEEDS)))
    deep, shallow = 0.02 * np.exp(0.4 * draws[0]), 0.02 * ratio * np.exp(0.3 * draws[1])
    shallow[:diverged] = math.inf
    return pd.DataFrame({"seed": [*SEEDS] * 2, "arm": ["deep"] * 24 + ["shallow"] * 24, "mse": [*deep, *shallow]})


def made_decision(claim="deeper_nets_fit_better", ratio=6.0, diverged=0, n=24, trained=None, design=DESIGN, **changes):
    """A decision as a manifest has it; holds at a ratio of 6, is refuted at 0.5 and inconclusive at 2.

    n : seeds
    trained : on how many of them the assay is met; without a number there is none
    """
    runs = errors(ratio, diverged)
    score = less(runs[runs["seed"] < SEEDS[0] + n], "mse", arm="deep", than="shallow", factor=2)
    if trained is not None:
        score = score.masked(pd.Series(np.arange(n) < trained, index=score.matrix.index), "trained (mse below 1)")
    verdict = judge(score, design)
    values = {str(seed): float(value) for seed, value in score.values.items()}
    return {
        "claim": claim,
        "sentence": "At equal parameters, deep nets fit at least twice as well.",
        "family": "function_fitting",
        "experiment": "deep_vs_shallow",
        "revision": 3,
        "tier": "fast",
        "control": None,
        "source": "Telgarsky, COLT 2016, PMLR 49:1517",
        "because": "",
        "limits": HEADER["Limits"],
        "expected": "holds",
        "as_registered": verdict.outcome == "holds",
        "status": "registered",
        "note": "",
        "block": 1,
        "test": f"tests/claims/test_depth.py::test_{claim}[fast]",
        "twin": {"name": "equal_depth", "trains": True, "words": "Both arms have one hidden layer."},
        "assay": {"name": "learned", "asked": trained is not None, "words": score.assay or "nothing need be learned"},
        "registered_looks": design is DESIGN,
        "verdict": _judged(verdict),
        "table_control": None,
        "same_arms": {**_judged(judge(same_arms(score), design)), "right": True},
        "score": score.frozen(),
        "scale": _scale(score),
        "scores": values,
        "effects": {seed: float(score.effect(value)) for seed, value in values.items()},
        "card": card(score, design).to_dict(),
        "seconds": 75.0,
        "text": "",
        **changes,
    }


def made_figure(diverged=0):
    """Bands over updates, a strip of every seed, a fitted function, and an image."""
    steps = np.unique(np.geomspace(1, 3000, 50).round())
    curves = pd.concat(
        pd.DataFrame({"seed": seed, "arm": arm, "step": steps, "mse": start / (1 + steps / speed * (1 + seed % 5 / 9))})
        for seed in range(24)
        for arm, start, speed in (("deep", 0.6, 40), ("shallow", 0.5, 300))
    )
    if diverged:
        curves.loc[(curves["arm"] == "shallow") & (curves["seed"] < diverged) & (curves["step"] > 300), "mse"] = (
            math.inf
        )
    x = np.linspace(-1, 1, 30)
    panels = (
        Panel(
            x_label="updates",
            y_label="mean squared error",
            series=bands(curves, x="step", y="mse", arms=["deep", "shallow"]),
            x_log=True,
            y_log=True,
            levels={"level": 0.1},
            title="while training",
        ),
        Panel(
            x_label="",
            y_label="mean squared error",
            series=strip(errors(6, diverged), y="mse", arms=["deep", "shallow"]),
            ticks=("deep", "shallow"),
            y_log=True,
        ),
        Panel(
            x_label="x",
            y_label="prediction",
            series=(line("target", x, np.sin(5 * np.pi * x)), line("deep", x, np.sin(5 * np.pi * x) * 0.9)),
            places={"end": 0.9},
        ),
        Image(
            x_label="predicted class",
            y_label="true class",
            value_label="share of the true class",
            tiles=(tile("deep", np.array([[0.9, 0.1], [0.25, 0.75]])),),
            limits=(0.0, 1.0),
            columns=("cat", "dog"),
            rows=("cat", "dog"),
        ),
    )
    return Figure(title="Error and fit", caption="Median and quartiles over the seeds.", panels=panels).to_dict()


def made_account(**changes):
    """What a manifest says of the experiment of `made_decision`."""
    return {
        "experiment": "deep_vs_shallow",
        "family": "function_fitting",
        "module": "hw1.claims.function_fitting.deep_vs_shallow",
        "tier": "fast",
        "revision": 3,
        "title": "Deep against shallow on a sine.",
        "header": HEADER,
        "setting": {"deep": [14, 14, 14], "lr": 2e-3, "updates": 3000, "dropout": None},
        "arms": ["deep", "shallow"],
        "claims": ["deeper_nets_fit_better"],
        "block": 1,
        "seeds": 24,
        "figures": [{"name": "figure_fit", **made_figure()}],
        **changes,
    }


@pytest.fixture
def decision():
    """Makes decisions."""
    return made_decision


@pytest.fixture
def account():
    """Makes accounts of an experiment."""
    return made_account


@pytest.fixture
def figure():
    """Makes figures."""
    return made_figure


@pytest.fixture
def manifest(tmp_path):
    """Writes a manifest of some decisions and accounts and gives its path."""

    def make(*decisions, accounts=None, without=(), **environment):
        path = tmp_path / "manifest.json"
        known = [made_account(figures=[])] if accounts is None else accounts  # drawing takes longest
        written = decisions or ([] if without else [made_decision()])
        date = "2026-01-31T23:59:59+00:00"
        write(path, document(written, ENVIRONMENT | environment, known, date=date, without=without))
        return path

    return make


@pytest.fixture
def page(manifest):
    """The page of some decisions and accounts, as text."""

    def make(*decisions, accounts=None, **environment):
        return render(read(manifest(*decisions, accounts=accounts, **environment)))

    return make


@pytest.fixture
def browsed(tmp_path):
    """Opens a page that leaves JSON in its `<pre id="seen">`; gives that, and the lines of the browser's console."""
    if BROWSER is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")

    def open_page(address):
        own = (f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", address)
        environment = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run([BROWSER, *FLAGS, *own], capture_output=True, text=True, timeout=600, env=environment)
        found = re.search(r'<pre id="seen">(.+?)</pre>', done.stdout)
        assert found, done.stderr[-2000:]
        return json.loads(html.unescape(found[1])), [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return open_page
