"""The account of docs/paper.md: a template filled with numbers that are read from what is committed.

`python docs/paper/make.py --write docs/paper.md` renews the page; it trains nothing.
"""

import argparse
import sys
from pathlib import Path

from facts import facts  # beside this file
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hw1.report.markdown import cell, words
from hw1.writing import Kind, OutputError, check, write

ACCOUNT = Kind("the account", lambda head: b"*Made by `python docs/paper/make.py" in head)


def account() -> str:
    """The page as text; the same files give the same bytes."""
    made = Environment(  # noqa: S701 - Markdown: `cell` makes texts of others into texts
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = made.get_template("paper.md.jinja")
    return template.render(facts(), cell=lambda text: cell(words(text))).rstrip() + "\n"


def main() -> None:
    """Write the account; another text in its place is left as it is."""
    parser = argparse.ArgumentParser(description=account.__doc__)
    parser.add_argument("--write", metavar="FILE", required=True, help="docs/paper.md")
    options = parser.parse_args()
    try:
        check("--write", options.write, ACCOUNT)
        write(options.write, account(), ACCOUNT)
    except OutputError as error:
        sys.exit(f"make.py: {error}")


if __name__ == "__main__":
    main()
