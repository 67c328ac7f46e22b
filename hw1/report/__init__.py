"""One page of HTML from a manifest: every claim with its verdict, every figure with its numbers; or of a comparison."""

from hw1.manifest.reading import ManifestError, read
from hw1.report.comparison import render_comparison, write_comparison
from hw1.report.page import render, write_page, write_page_of

__all__ = ["ManifestError", "read", "render", "render_comparison", "write_comparison", "write_page", "write_page_of"]
