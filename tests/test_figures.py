"""Figures hold quantiles over the seeds, with diverged seeds counted, as plain numbers."""

import json

import numpy as np
import pandas as pd

from hw1.figures import (
    LEARNING,
    Figure,
    Image,
    Panel,
    Table,
    band,
    bands,
    every_seed,
    learning_panels,
    line,
    panels_over,
    strip,
    tile,
)


def frame():
    return pd.DataFrame(
        {
            "seed": np.repeat([0, 1, 2, 3, 4], 2),
            "arm": "deep",
            "step": np.tile([1, 10], 5),
            "loss": [5.0, 1.0, 4.0, 2.0, 3.0, 3.0, 2.0, 4.0, np.inf, np.inf],
        }
    )


def test_a_band_is_median_and_quartiles_over_the_seeds_with_diverged_ones_on_top():
    (deep,) = bands(frame(), x="step", y="loss", arms=["deep"])
    assert (deep.x, deep.low, deep.y, deep.high) == ((1.0, 10.0), (3.0, 2.0), (4.0, 3.0), (5.0, 4.0))
    assert band(frame(), "deep", x="step", y="loss") == deep


def test_a_strip_shows_every_seed_above_its_arm():
    runs = pd.DataFrame({"seed": [0, 1, 0, 1], "arm": ["a", "a", "b", "b"], "fits": [True, False, True, True]})
    first, second = strip(runs, y="fits", arms=["a", "b"])
    assert (first.x, first.y, first.mark) == ((0.0, 0.0), (0.0, 1.0), "points")
    assert (second.name, second.x, second.y) == ("b", (1.0, 1.0), (1.0, 1.0))


def test_a_tile_is_a_matrix_or_its_median_and_quartiles_over_the_seeds():
    seeds = np.arange(5.0)[:, None, None] * [[1, 2, 3], [0, 0, -1]]
    over = tile("confusion", seeds)
    assert (over.low, over.values, over.high) == (
        ((1.0, 2.0, 3.0), (0.0, 0.0, -3.0)),
        ((2.0, 4.0, 6.0), (0.0, 0.0, -2.0)),
        ((3.0, 6.0, 9.0), (0.0, 0.0, -1.0)),
    )
    one = tile("filter", np.array([[1, 2, 3], [4, 5, 6]]))
    assert (one.values, one.low, one.high) == (((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)), (), ())


def test_a_figure_is_json():
    curve = line("target", np.arange(3), [1, 2, 3], labels=["start", "", "end"])
    panel = Panel(x_label="x", y_label="y", series=(curve,), levels={"chance": 0.1})
    image = Image(x_label="x", y_label="y", value_label="v", tiles=(tile("one", np.eye(2)),), limits=(0.0, 1.0))
    first, second = json.loads(json.dumps(Figure(title="t", caption="c", panels=(panel, image)).to_dict()))["panels"]
    assert first["series"][0]["y"] == [1.0, 2.0, 3.0]
    assert first["series"][0]["labels"] == ["start", "", "end"]
    assert second["tiles"][0]["values"] == [[1.0, 0.0], [0.0, 1.0]]


def test_a_table_is_markdown_under_its_caption():
    table = Table(caption="Seeds", head=("arm", "won"), rows=(("deep", "24/24"), ("shallow", "0/24")))
    assert table.markdown() == [
        "Seeds:",
        "",
        "| arm | won |",
        "| --- | --- |",
        "| deep | 24/24 |",
        "| shallow | 0/24 |",
    ]


def test_learning_panels_show_all_four_curves_of_every_arm_with_chance_on_those_of_accuracy():
    curves = frame().assign(**{metric: lambda f: f["loss"] for metric in LEARNING})
    panels = learning_panels(pd.concat([curves, curves.assign(arm="shallow")]), arms=("shallow", "deep"), chance=0.1)
    assert [panel.y_label for panel in panels] == list(LEARNING.values())
    assert [panel.y_log for panel in panels] == [False, False, True, True]
    assert [dict(panel.levels) for panel in panels] == [{"chance": 0.1}] * 2 + [{}] * 2
    assert [series.name for series in panels[2].series] == ["shallow", "deep"]


def test_every_seed_is_a_strip_in_a_panel_with_the_arms_below():
    runs = pd.DataFrame({"seed": [0, 0], "arm": ["a", "b"], "loss": [1.0, 2.0]})
    panel = every_seed(runs, "loss", "loss (nats)", arms=["a", "b"], y_log=True, levels={"chance": 2.3})
    assert (panel.x_label, panel.y_label, panel.ticks, panel.y_log) == ("arm", "loss (nats)", ("a", "b"), True)
    assert panel.series == strip(runs, y="loss", arms=["a", "b"])
    assert panel.levels == {"chance": 2.3}


def test_panels_over_give_a_panel_per_metric_with_its_scale_and_lines():
    rows = frame().assign(accuracy=0.5)
    loss, accuracy = panels_over(
        rows, {"loss": "loss (nats)", "accuracy": "accuracy"}, arms=["deep"], levels={"accuracy": {"chance": 0.1}}
    )
    assert (loss.y_log, loss.levels, loss.x_label) == (True, {}, "epoch")
    assert (accuracy.y_log, accuracy.levels) == (False, {"chance": 0.1})
    assert loss.series == bands(rows, x="step", y="loss", arms=["deep"])
