"""The galleries of a site: all claims, those of a family, of a verdict, and of both; a page each, led to by links."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hw1.report.site.claims import Claim, file_name
from hw1.report.words import SYMBOLS

EVERYTHING = "index.html"


@dataclass(frozen=True)
class Choice:
    """A link to a gallery: of how many claims, where it is, and whether it is the one at hand."""

    name: str
    count: int
    page: str
    here: bool


@dataclass(frozen=True)
class Gallery:
    """Claims of one family, or of one verdict, or of both; of all where a choice is empty."""

    family: str
    verdict: str
    claims: Sequence[Claim]

    @property
    def page(self) -> str:
        """Its file, from the site's folder on."""
        if self.family:
            return f"families/{file_name(*filter(None, (self.family, self.verdict)))}.html"
        return f"verdicts/{file_name(self.verdict)}.html" if self.verdict else EVERYTHING

    @property
    def families(self) -> dict[str, list[Claim]]:
        """Its claims by family."""
        found: dict[str, list[Claim]] = {}
        for claim in self.claims:
            found.setdefault(claim.family, []).append(claim)
        return found


def galleries(claims: Sequence[Claim]) -> list[Gallery]:
    """Every choice that leaves a claim, the whole first."""
    families = list(dict.fromkeys(claim.family for claim in claims))
    made = [_chosen(claims, family, verdict) for family in ("", *families) for verdict in ("", *SYMBOLS)]
    return [one for one in made if one.claims or one.page == EVERYTHING]


def verdicts(some: Sequence[Gallery], here: Gallery) -> Iterator[Choice]:
    """The verdicts to choose from, in the family at hand; one that no claim of it got is there with its 0."""
    for verdict in dict.fromkeys(gallery.verdict for gallery in some):
        yield _choice(verdict, _found(some, here.family, verdict), here)


def families(some: Sequence[Gallery], here: Gallery) -> Iterator[Choice]:
    """The families to choose from, among claims of the verdict at hand."""
    for family in dict.fromkeys(gallery.family for gallery in some):
        yield _choice(family, _found(some, family, here.verdict), here)


def family_page(claim: Claim) -> str:
    """The gallery of a claim's family, from the site's folder on."""
    return Gallery(claim.family, "", ()).page


def _found(some: Sequence[Gallery], family: str, verdict: str) -> Gallery:
    empty = Gallery(family, verdict, ())
    return next((one for one in some if one.page == empty.page), empty)


def _choice(name: str, found: Gallery, here: Gallery) -> Choice:
    return Choice(name, len(found.claims), found.page, found.page == here.page)


def _chosen(claims: Sequence[Claim], family: str, verdict: str) -> Gallery:
    chosen = [c for c in claims if family in ("", c.family) and verdict in ("", *c.outcomes)]
    return Gallery(family, verdict, chosen)
