"""The same claims in several environments: which verdicts changed, and whether the seeds moved."""

from hw1.comparison.claims import Change, Compared, compared
from hw1.comparison.environments import Environment, environments
from hw1.comparison.words import lines, status

__all__ = ["Change", "Compared", "Environment", "compared", "environments", "lines", "status"]
