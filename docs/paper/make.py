"""The account of docs/paper.md: a template filled with numbers that are read from what is committed.

`python docs/paper/make.py` prints it, and with `--write docs/paper.md` renews the page; it trains nothing.
"""

import argparse
from pathlib import Path

from facts import facts  # beside this file
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hw1.report.markdown import cell, words
from hw1.writing import Kind, write

ACCOUNT = Kind("the account", lambda head: b"*Made by `python docs/paper/make.py" in head)


def account() -> str:
    """The page as text; the same files give the same bytes."""
    made = Environment(  # noqa: S701 - Markdown: `cell` makes texts of others into texts
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = made.get_template("paper.md.jinja")
    return template.render(facts(), cell=lambda text: cell(words(text))).rstrip() + "\n"


def main() -> None:
    """Print the account, or write it."""
    parser = argparse.ArgumentParser(description=account.__doc__)
    parser.add_argument("--write", metavar="FILE", help="docs/paper.md")
    options = parser.parse_args()
    if options.write:
        write(options.write, account(), ACCOUNT)
    else:
        print(account(), end="")


if __name__ == "__main__":
    main()
