"""One page of HTML from a manifest: every claim with its verdict, every figure with its numbers."""

from hw1.report.page import render, write_page
from hw1.report.reading import ReportError, read

__all__ = ["ReportError", "read", "render", "write_page"]
