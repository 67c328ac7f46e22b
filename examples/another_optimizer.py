"""An optimizer from another package: with Lion, are true labels fitted before wrong ones?

Needs `pip install lion-pytorch` (Chen et al. 2023, arXiv:2302.06675). All its steps have the same size, so its learning
rate is far below that of SGD.
"""

from lion_pytorch import Lion

import hw1

if __name__ == "__main__":
    print(
        hw1.check(
            "clean_examples_are_fitted_before_mislabelled_ones",
            optimizer=Lion,
            set={"lr": 1e-3, "stack": 11},
            seeds=11,
            jobs=1,
        )
    )
