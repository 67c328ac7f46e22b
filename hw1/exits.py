"""The exit statuses of `python -m hw1`, the same for all commands; docs/reliability.md has the table too."""

from collections.abc import Mapping

DONE, OTHER, WRONG, CRASH, INTERRUPTED, UNREAD = 0, 1, 2, 70, 130, 141

STATUSES = {
    DONE: "done; of claims: as registered, or the same verdicts",
    OTHER: "done, and a finding: another outcome, a verdict that changed, claims that were left",
    WRONG: "something that was given cannot work, or there is no verdict; one line says what and why",
    CRASH: "hw1 itself failed: a traceback, versions, and what to report",  # EX_SOFTWARE of sysexits.h
    INTERRUPTED: "interrupted (Ctrl-C); what was computed is stored",  # as a shell says of SIGINT
    UNREAD: "the reader of the output went away, as `| head` does",  # as a shell says of SIGPIPE
}


def table(own: Mapping[int, str]) -> str:
    """The statuses for a command's `--help`.

    Parameters
    ----------
    own : what a status means in this command, where that is more than it means everywhere; a command that says nothing
        of status 1 never ends with it
    """
    told = {status: own.get(status, words) for status, words in STATUSES.items() if status != OTHER or OTHER in own}
    return "\n".join(["exit status:", *(f"  {status:<5} {words}" for status, words in told.items())])
