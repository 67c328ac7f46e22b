"""What a manifest says of an experiment: its header, its setting, and its figures as data."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from hw1.blocks import EVIDENCE, block_of
from hw1.judging.answers import Answers
from hw1.judging.decisions import Question
from hw1.manifest.records import plain
from hw1.registry import Experiment, applied
from hw1.registry.headers import header
from hw1.registry.registration import made_elsewhere, redraws_of, unrun
from hw1.tables import Tables


def accounts(answers: Answers) -> tuple[list[dict[str, Any]], list[str]]:
    """One account per experiment and tier that was judged, in builtins only; and a line for each that cannot be given.

    That must hide no verdict: files that an account reads may have been spoilt in the meantime.

    Its figures show the largest look that was taken of all arms, on one block: that of the registered claims where
    there are any.
    """
    chosen: dict[tuple[str, str], Question] = {}

    def rank(question: Question) -> tuple[bool, bool, bool, int]:
        tables = answers.judged[question]
        lacking = answers.trained[question] != question.experiment.arms
        return question.control, question.status != "registered", lacking, -len(_seeds(tables))

    for question in sorted(answers.judged, key=rank):
        chosen.setdefault((question.experiment.name, question.tier), question)
    found, lacking = [], []
    for (experiment, tier), question in sorted(chosen.items()):
        try:
            found.append(_account(answers, question))
        except Exception as error:
            lacking.append(f"{experiment} [{tier}] is not described in the manifest: {_line(error)}")
    return found, lacking


def merged(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The accounts of two processes: where both have one, that with figures, of the evidence, of most seeds.

    What either has trained is trained.
    """
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for one in [*first, *second]:
        key = one["experiment"], one["tier"]
        both = [known[key], one] if key in known else [one]
        trained = {arm for each in both for arm in each.get("trained", each["arms"])}  # earlier ones trained all
        known[key] = max(both, key=_worth) | {"trained": [arm for arm in one["arms"] if arm in trained]}
    return [known[key] for key in sorted(known)]


def failures(found: list[dict[str, Any]]) -> list[str]:
    """One line per figure that could not be made."""
    return [
        f"{figure['name']} of {one['experiment']} [{one['tier']}] failed: {figure['error']}"
        for one in found
        for figure in one["figures"]
        if "error" in figure
    ]


def _account(answers: Answers, question: Question) -> dict[str, Any]:
    experiment, tier = question.experiment, question.tier
    words, setting, tables = header(experiment.module.__doc__), experiment.setting(tier), answers.judged[question]
    seeds = _seeds(tables)
    trained = _trained(answers, experiment, tier)
    # A trained control is judged on other tables; where no other question was asked, there are none to show.
    whole = answers.trained[question] == experiment.arms and not question.control
    account = {
        "experiment": experiment.name,
        "family": experiment.family,
        "module": experiment.module.__name__,
        "tier": tier,
        "revision": experiment.revision,
        "title": words.pop("title"),
        "header": words,
        "setting": asdict(setting),
        "arms": experiment.arms,
        "trained": [arm for arm in experiment.arms if arm in trained],
        "claims": [claim.name for claim in experiment.claims],
        "redraws": [one.to_dict() for one in redraws_of(experiment)],
        "unrun": unrun(experiment.claims, tier),
        "made_elsewhere": made_elsewhere(experiment.claims),
        "block": block_of(seeds[0]),
        "seeds": len(seeds),
        "figures": [_figure(function, tables, setting) for function in experiment.figures if whole],
    }
    return plain(account)  # type: ignore[no-any-return]


def _figure(function: Callable[..., Any], tables: Tables, setting: object) -> dict[str, Any]:
    """A figure's data, or what went wrong: a broken picture must neither stop a run nor go unseen."""
    try:
        figure = applied(function, tables, setting)
        made: dict[str, Any] = json.loads(json.dumps(plain(figure.to_dict()), allow_nan=False))
    except (Exception, SystemExit) as error:
        return {"name": function.__name__, "error": f"{type(error).__name__}: {_line(error)}"}
    return {"name": function.__name__, **made}


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _trained(answers: Answers, experiment: Experiment, tier: str) -> set[str]:
    """The arms that were trained for claims, and not for their controls alone."""
    questions = [one for one in answers.trained if one.tier == tier and not one.control]
    return {arm for one in questions if one.experiment.name == experiment.name for arm in answers.trained[one]}


def _seeds(tables: Tables) -> list[int]:
    seeds: list[int] = sorted(map(int, tables["runs"]["seed"].unique()))
    return seeds


def _worth(account: dict[str, Any]) -> tuple[bool, bool, int]:
    return bool(account["figures"]), account["block"] >= EVIDENCE, account["seeds"]
