"""Numbers, times and verdicts in words."""

import math
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from hw1.statistics import range_in_words

SYMBOLS = {"holds": "✓", "refuted": "✗", "inconclusive": "?", "invalid": "∅"}  # a word always stands beside them
SPELT = {  # words of identifiers that need capitals or an apostrophe
    "adam": "Adam", "cnn": "CNN", "cnns": "CNNs", "l1": "L1", "mnist": "MNIST", "relu": "ReLU", "sgd": "SGD",
    "keskars": "Keskar's", "minibatchs": "minibatch's", "sheets": "sheet's",
}  # fmt: skip
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float) -> str:
    """Three significant digits, as one would write them by hand."""
    value = float(value)
    if math.isnan(value):
        return "not measured"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if 1000 <= abs(value) < 1e6:
        return f"{value:,.0f}".replace("-", "−")
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    if not exponent:
        return mantissa.replace("-", "−")
    factor = "" if mantissa == "1" else f"{mantissa} × "
    return f"{factor}10{str(int(exponent)).translate(_RAISED)}".replace("-", "−")


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, whichever one would say."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def ends(verdict: Mapping[str, Any]) -> str:
    """An effect with the ends of its interval."""
    return f"{number(verdict['effect'])} [{number(verdict['low'])}, {number(verdict['high'])}]"


def interval(verdict: Mapping[str, Any]) -> str:
    """An effect with its interval, and whether that is no more than the range of the seeds."""
    return f"{ends(verdict)} ({ranged(verdict)})" if verdict["interval_is_range"] else ends(verdict)


def ranged(verdict: Mapping[str, Any]) -> str:
    """What an interval is that is no more than the range of the seeds."""
    return range_in_words(verdict["n"], verdict["met"])


def judged(record: Mapping[str, Any]) -> str:
    """Seeds won of how many, and at which look."""
    verdict = record["verdict"]
    look = f"look {verdict['look']}" if record["registered_looks"] else "not the registered looks"
    return f"{verdict['wins']}/{verdict['n']}, {look}"


def planned(record: Mapping[str, Any]) -> str:
    """The looks that were allowed."""
    *some, last = map(str, record["verdict"]["sizes"])
    listed = f"{', '.join(some)} and {last}" if some else last
    if not record["registered_looks"]:
        return f"one look of {listed} seeds at the full error rate, not the registered looks"
    return f"look {record['verdict']['look']} of those allowed, at {listed} seeds"


def assayed(record: Mapping[str, Any]) -> str:
    """What is asked of a seed for it to count, and on how many it is met; or why nothing is asked."""
    assay, verdict = record["assay"], record["verdict"]
    if not assay["asked"]:
        return f"None: {assay['words']}."
    off = "" if verdict["met"] == verdict["n"] else "; a seed on which it is not met counts as a tie"
    share = number(100 * verdict["met"] / verdict["n"])
    return f"{verdict['met']} of {verdict['n']} seeds ({share} %) {assay['words']}{off}."


def spaced(name: str) -> str:
    """An identifier as words, spelt as one would by hand."""
    return re.sub(r"\w+", lambda word: SPELT.get(word[0], word[0]), name.replace("_", " "))


def titled(name: str) -> str:
    """An identifier as a title: in words, with a capital at its head."""
    words = spaced(name)
    return words[:1].upper() + words[1:]


def plural(count: int, noun: str, many: str = "") -> str:
    """A count with its noun; `many` where the plural has more than an s."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def redrawn(account: Mapping[str, Any]) -> str:
    """How often an experiment's seeds were drawn anew, and why as far as the log says; empty where they never were."""
    count = account.get("revision", 1) - 1
    if count == 0:
        return ""
    known = "; ".join(f"{one['date']}, to revision {one['to']}: {one['reason']}" for one in account.get("redraws", ()))
    return f"{plural(count, 'redraw')} so far" + (f" ({known})" if known else "")


def resettled(account: Mapping[str, Any]) -> str:
    """Why the setting was registered later than the claims; empty where it was not."""
    known = "; ".join(account.get("unrun", ()))
    return f"chosen after the claims were first registered, before anyone had run it ({known})" if known else ""


def untrained(account: Mapping[str, Any]) -> str:
    """Which arms were not trained, as nothing that was judged reads them; empty where all were, or none."""
    trained = account.get("trained", ())
    left = [arm for arm in account.get("arms", ()) if trained and arm not in trained]
    return f"not trained, as nothing that was judged reads them: {', '.join(left)}; figures need all" if left else ""


def decided(verdict: Mapping[str, Any]) -> str:
    """What the seeds say, and how many it took."""
    v = verdict
    if v["outcome"] == "holds":
        return f"The claim holds: {v['wins']} of {v['n']} seeds show it, where {v['wins_needed']} are enough."
    if v["outcome"] == "refuted":
        contradicted = f"{v['losses']} of {v['n']} seeds contradict it"
        return f"The claim is refuted: {contradicted}, where {v['losses_needed']} are enough."
    if v["outcome"] == "invalid":
        return (
            f"No verdict: only {v['met']} of {v['n']} seeds {v['assay']}, and on the others the effect could not have "
            "been seen. That says nothing about the claim; it is an error of the setting or of the training."
        )
    return (
        f"{v['n']} seeds do not decide: {v['wins']} show the claim ({_needed(v['wins_needed'], v['n'], 'for')}) "
        f"and {v['losses']} contradict it ({_needed(v['losses_needed'], v['n'], 'against')}). "
        "That is not evidence that it is false."
    )


def measured(verdict: Mapping[str, Any], name: str) -> str:
    """The effect with its interval, and what its middle is."""
    share = number(100 * verdict["p0"])
    middle = "Median over the seeds" if verdict["p0"] == 0.5 else f"Reached by {share} % of the seeds"
    return f"{middle}, {spaced(name)}: {interval(verdict)}"


def calibrated(card: Mapping[str, Any], name: str) -> str:
    """A calibration card: what the score does where there is no effect, and how far it is from the margin."""
    null = "Its null is the boundary"
    if card["null_wins"] is not None:
        null = f"Seen on {number(100 * card['null_wins'])} % of relabelings"
    null += f"; false holds: {number(card['false_hold'])}."
    seeds = "" if card["seeds"] is None else f", {number(card['seeds'])} seeds on average until a decision"
    flake = f"Predicted flake rate {number(card['flake'])}{seeds}."
    away = f"{number(card['distance'])} from the margin ({spaced(name)}), {number(card['spreads'])} spreads."
    flags = [f"⚠ {flag[:1].upper()}{flag[1:]}." for flag in card["flags"]]
    return " ".join([null, flake, away, *flags])


def certainty(verdict: Mapping[str, Any]) -> str:
    """How sure that is."""
    share, spent = verdict["prevalence_low"], verdict["spent"]
    look = "" if verdict["look"] == 1 else f" over all looks up to look {verdict['look']}"
    test = f"Exact binomial test, p = {number(verdict['p'])}, error rate {number(spent)} per side{look}."
    if verdict["outcome"] == "refuted":
        return test
    bound = f"a lower bound, wrong with probability {number(spent)}"
    return f"{test} At least {number(100 * share)} % of fresh seeds show the claim ({bound})."


def _needed(count: int, n: int, side: str) -> str:
    return f"{count} would decide {side} it" if count <= n else f"not even all {n} could decide {side} it"


_MARKED = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:)])|arXiv:(?P<arxiv>\d{4}\.\d{4,5})|`(?P<code>[^`]+)`",
)


def marked(text: str) -> Markup:
    """A text with links where it has an address or an arXiv number, and code where it has backquotes.

    Nothing is fetched until a reader follows a link.
    """
    parts, end = [], 0
    for match in _MARKED.finditer(text):
        parts += [escape(text[end : match.start()]), _mark(match)]
        end = match.end()
    return Markup().join([*parts, escape(text[end:])])


def _mark(match: re.Match[str]) -> Markup:
    if match["code"]:
        return Markup("<code>{}</code>").format(match["code"])
    address = match["url"] or f"https://arxiv.org/abs/{match['arxiv']}"
    return Markup('<a href="{}">{}</a>').format(address, match[0])
