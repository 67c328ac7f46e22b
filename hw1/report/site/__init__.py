"""A site of static pages from manifests: a gallery of all claims, a page for each, and their figures."""

from hw1.report.site.folder import check_site, write_site
from hw1.report.site.joining import joined
from hw1.report.site.pages import site

__all__ = ["check_site", "joined", "site", "write_site"]
