"""A badge of a run: how many claims came out as registered, as a picture or as what shields.io draws one from."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

LABEL = "hw1 claims"
GOOD, BAD = "#2e7d32", "#b3261e"  # white text has a contrast of 5.1 and 6.5 on them (WCAG asks for 4.5)
# Verdana of 11 pixels, the usual font of badges, is 7 pixels wide on average; others are narrower.
WIDE, ROOM = 7, 10


def badge(manifest: Mapping[str, Any], suffix: str) -> str:
    """The badge as SVG (suffix ".svg"), or as JSON by the schema of shields.io/badges/endpoint-badge (".json")."""
    asked = [*manifest["decisions"], *manifest["without_verdict"]]
    right = sum(one["as_registered"] for one in manifest["decisions"])
    words, good = f"{right} of {len(asked)} as registered", right == len(asked)
    if suffix == ".json":
        return json.dumps({"schemaVersion": 1, "label": LABEL, "message": words, "color": _colour(good)[1:]}) + "\n"
    return _drawn(words, _colour(good))


def _colour(good: bool) -> str:
    return GOOD if good else BAD


def _drawn(words: str, colour: str) -> str:
    left, right = (WIDE * len(one) + ROOM for one in (LABEL, words))
    name = escape(f"{LABEL}: {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{left}" height="20" fill="#444"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2:g}" y="14">{escape(LABEL)}</text>'
        f'<text x="{left + right / 2:g}" y="14">{escape(words)}</text></g></svg>\n'
    )
