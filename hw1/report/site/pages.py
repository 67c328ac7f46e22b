"""The files of a site, as texts by their names: the same manifests give the same bytes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jinja2 import UndefinedError
from markupsafe import Markup

from hw1.manifest.reading import ManifestError
from hw1.report import words
from hw1.report.contents import Chapter, Family, Picture, families
from hw1.report.illustrations import in_words
from hw1.report.page import TEMPLATES, counts, css, environment, totals
from hw1.report.site import galleries
from hw1.report.site.claims import Claim, claims_of, file_name
from hw1.report.svg import standalone

Files = dict[str, str]
Manifest = Mapping[str, Any]


def site(manifest: Manifest) -> Files:
    """Every file of the site by its place in the folder, from what `joined` gives.

    Raises
    ------
    ManifestError : where two claims would have one page, or a manifest lacks what a page shows
    """
    try:
        return _site(manifest)
    except (KeyError, UndefinedError) as error:
        raise ManifestError(f"a manifest lacks {error}: another version of hw1 wrote it; run again.") from error


def _site(manifest: Manifest) -> Files:
    figures: Files = {}
    shown = [_illustrated(family, figures) for family in families(manifest)]
    claims = claims_of(shown)
    made = [
        *figures.items(),
        *((side.picture, standalone(side.entry.strip)) for claim in claims for side in claim.sides),
        *_pages(manifest, shown, claims),
        ("style.css", _part("site.css") + css()),
        ("search.js", _part("search.js")),
    ]
    _check_apart([name for name, _ in made])
    return dict(made)


def _pages(manifest: Manifest, shown: Sequence[Family], claims: Sequence[Claim]) -> Iterator[tuple[str, str]]:
    made = environment()
    made.globals.update(symbols=words.SYMBOLS, experiment_page=experiment_page, family_page=galleries.family_page)

    def page(name: str, template: str, **holds: Any) -> tuple[str, str]:
        return name, made.get_template(f"site/{template}").render(root="../" * name.count("/"), **holds)

    some, about = galleries.galleries(claims), _about(manifest, shown)
    for one in some:
        choices = {"verdicts": galleries.verdicts(some, one), "families": galleries.families(some, one)}
        yield page(one.page, "gallery.html", gallery=one, **choices, **about)
    for before, claim, after in zip([None, *claims], claims, [*claims[1:], None], strict=False):
        yield page(claim.page, "claim.html", claim=claim, before=before, after=after)
    for chapter in (chapter for family in shown for chapter in family.chapters):
        own = [claim for claim in claims if any(side.chapter is chapter for side in claim.sides)]
        yield page(experiment_page(chapter), "experiment.html", chapter=chapter, claims=own)


def _about(manifest: Manifest, shown: Sequence[Family]) -> dict[str, Any]:
    """What the gallery says of the runs."""
    decisions, without = manifest["decisions"], manifest["without_verdict"]
    entries = [entry for family in shown for chapter in family.chapters for entry in chapter.entries]
    return {
        "runs": manifest["runs"],
        "totals": totals(decisions),
        "counts": counts(entries, without),
        "without": without,
        "elsewhere": sorted({one.get("made_elsewhere", "") for one in manifest["experiments"]} - {""}),
    }


def experiment_page(chapter: Chapter) -> str:
    """The page of an experiment at one scale, from the site's folder on."""
    return f"experiments/{file_name(chapter.name, chapter.tier)}.html"


def _illustrated(family: Family, figures: Files) -> Family:
    """The family with files in the place of its pictures, which are added to `figures`."""
    return replace(family, chapters=[_with_files(chapter, figures) for chapter in family.chapters])


def _with_files(chapter: Chapter, figures: Files) -> Chapter:
    name = file_name(chapter.name, chapter.tier)
    pictures = [_linked(picture, f"figures/{name}.{i}", figures) for i, picture in enumerate(chapter.pictures, start=1)]
    return replace(chapter, pictures=pictures)


def _linked(picture: Picture, name: str, figures: Files) -> Picture:
    """A picture whose panels are `img` elements, for pages one folder below the site's."""
    panels = []
    for i, panel in enumerate(picture.panels, start=1):
        file = f"{name}.{i}.svg"
        figures[file] = standalone(panel.svg)
        image = f'<img src="../{file}" alt="{in_words(picture, panel)}" loading="lazy">'
        panels.append(panel._replace(svg=Markup(image)))  # noqa: S704 both are escaped
    return replace(picture, panels=panels)


def _part(name: str) -> str:
    return (TEMPLATES / "site" / name).read_text(encoding="utf-8")


def _check_apart(names: Sequence[str]) -> None:
    """Names that differ in capitals alone are one file on some disks."""
    known: dict[str, str] = {}
    for name in names:
        if name.lower() in known:
            one = known[name.lower()]
            raise ManifestError(f"{one} and {name} would be one file on some disks: rename a claim or an experiment")
        known[name.lower()] = name
