"""A claim of one's own package in another setting: does momentum still help where there is less to gain?

The package is examples/own_claims/course_claims, with its experiment, its control and its assay; it trains no net.
"""

import sys
from pathlib import Path

import hw1

sys.path.insert(0, str(Path(__file__).parent / "own_claims"))  # as if it were installed

from course_claims.optimisation.momentum import momentum_needs_fewer_updates

if __name__ == "__main__":
    print(hw1.check(momentum_needs_fewer_updates, set={"condition": 10.0}, jobs=1))
