"""Figures of this family: sensitivity beside loss and accuracy, and the table that answers the question."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from hw1.figures import LEARNING, Figure, Panel, Table, panels_over, spread
from hw1.statistics import Design, Invalid, Verdict, judge, less, peak

BUDGETS = {"epochs": "equal epochs", "updates": "equal updates", "loss": "equal training loss"}
QUANTITIES = {
    "logit_jacobian": "logit Jacobian, test points",
    "softmax_jacobian": "softmax Jacobian, test points",
    "test_gradient": "input gradient, test points",
    "train_gradient": "input gradient, training points",
    "minibatch_gradient": "weight gradient, last minibatch",
}
SENSITIVITY = {"logit_jacobian": "sensitivity: norm of the Jacobian of the logits at test points"}
Best = Mapping[str, Mapping[str, str]]  # budget and rule to an arm
HEAD = ("quantity", "equal", "rate", "best size", "whole set / best [interval]", "seeds that fall", "found", "peak at")


def answer(
    stops: pd.DataFrame, batches: Sequence[int], best: Best, arms: Sequence[str], optimum: str = "optimal batch size"
) -> Figure:
    """Does sensitivity drop past an optimum? A row per quantity, budget and rule."""
    rows = tuple(_rows(stops, batches, best, arms))
    table = Table(caption="From the batch size of best test accuracy to the whole set", head=HEAD, rows=rows)
    return Figure(title=f"Does sensitivity drop past an {optimum}?", caption=_caption(rows), tables=(table,))


def _caption(rows: Sequence[tuple[str, ...]]) -> str:
    found = pd.DataFrame(rows, columns=HEAD)
    of_test_points = found[found["quantity"].str.endswith("test points")]
    counts = (
        f"equal {budget} {(found == 'falls').sum()} of {len(found)} fall and {(found == 'rises').sum()} rise"
        for budget, found in of_test_points.groupby("equal", sort=False)["found"]
    )
    return (
        f"Rows at test points: at {'; at '.join(counts)}. What becomes of each quantity from the batch size of best "
        "test accuracy (a constant from development seeds) to the whole set: median ratio over the seeds and interval, "
        "and what the claims' exact test finds in this row alone, at alpha = 0.001; and the size, if there is one, at "
        "which the same test finds more than at both ends. The rows are descriptive; only the claims were registered."
    )


def _rows(stops: pd.DataFrame, batches: Sequence[int], best: Best, arms: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for metric, words in QUANTITIES.items():
        for budget, rule, arm in ((budget, *pair) for budget, of_rule in best.items() for pair in of_rule.items()):
            levels = [other for other in arms if other.startswith(f"{rule}_")]
            rows = stops[stops["budget"] == budget]
            found = (*_found(rows, metric, arm, levels[-1]), _peak(rows, metric, levels, batches))
            yield words, budget, rule, str(batches[levels.index(arm)]), *found


def _found(stops: pd.DataFrame, metric: str, best: str, last: str) -> tuple[str, str, str]:
    """Ratio, seeds and direction in words."""
    if best == last:
        return "", "", "no larger size"
    score = less(stops, metric, arm=last, than=best, factor=1, direction_only=True)
    try:
        verdict = judge(score, Design.fixed(len(score.values)))
    except Invalid:  # too few seeds for any verdict
        return "", f"{int((score.values > 0).sum())}/{len(score.values)}", "too few seeds"
    found = {"holds": "falls", "refuted": "rises", "inconclusive": "undecided"}[verdict.outcome]
    return _ratio(verdict), f"{verdict.wins}/{verdict.n}", found


def _peak(stops: pd.DataFrame, metric: str, levels: Sequence[str], batches: Sequence[int]) -> str:
    """The batch size that most seeds see above both ends, the highest of several, if that is more than chance.

    Five sizes between the ends share alpha: 12 seeds cannot tell, all of them won (2.4e-4, above 2e-4); 13 can.
    """
    score = peak(stops, metric, levels=levels, at=None, direction_only=True)
    try:
        verdict = judge(score, Design.fixed(len(score.values)))
    except Invalid:
        return "too few seeds"
    most = max(score.candidates, key=lambda one: (int((one.values > 0).sum()), float(one.values.median())))
    return str(batches[levels.index(str(most.parameters["at"]))]) if verdict.outcome == "holds" else ""


def _ratio(verdict: Verdict) -> str:
    """The effect is best / last; a reader wants last / best."""
    middle, low, high = (1 / value if value else np.inf for value in (verdict.effect, verdict.high, verdict.low))
    return f"{middle:.3g} [{low:.3g}, {high:.3g}]"


def over_batches(stops: pd.DataFrame, budget: str, batches: Sequence[int], best: Best, words: str) -> Figure:
    """Loss, accuracy and sensitivity over the batch size at one budget, both rules."""
    rows = stops[stops["budget"] == budget]
    rules = {rule: f"{rule} rate" for rule in best[budget]}
    size = {f"{rule}_{i}": float(batch) for rule in rules for i, batch in enumerate(batches, start=1)}
    panels = panels_over(
        rows.assign(batch=rows["arm"].map(size), arm=rows["arm"].str.rpartition("_")[0].map(rules)),
        {name: LEARNING[name] for name in ("train_loss", "test_loss", "test_accuracy")} | SENSITIVITY,
        arms=[*rules.values()],
        x="batch",
        x_label="batch size",
        logs=("train_loss", "test_loss", *SENSITIVITY),
        x_log=True,
        places={f"best test accuracy, {rule} rate": size[arm] for rule, arm in best[budget].items()},
    )
    caption = f"Read at {words}. Median and quartiles over the seeds."
    return Figure(title=f"Batch size at {BUDGETS[budget]}", caption=caption, panels=panels)


def five_quantities(
    places: Mapping[str, pd.DataFrame], arms: Sequence[str], batches: Sequence[int], caption: str
) -> Figure:
    """What reports call sensitivity, over the batch size: one panel per place, each quantity over its first value."""
    return Figure(
        title="Five quantities that are called sensitivity",
        caption=f"Each over its own value at the smallest batch, median and quartiles over the seeds. {caption}",
        panels=tuple(_relative(title, rows, arms, batches) for title, rows in places.items()),
    )


def _relative(title: str, rows: pd.DataFrame, arms: Sequence[str], batches: Sequence[int]) -> Panel:
    series = []
    for metric, name in QUANTITIES.items():
        wide = rows.pivot(index="seed", columns="arm", values=metric)[list(arms)].to_numpy(dtype=float)
        series.append(spread(name, batches, wide / wide[:, :1]))
    label = "over its value at the smallest batch"
    return Panel(x_label="batch size", y_label=label, series=tuple(series), title=title, x_log=True, y_log=True)
