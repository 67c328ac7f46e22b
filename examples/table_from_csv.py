"""A table of your own: are random labels of 300 patients memorised?

By default it reads the breast cancer data that come with scikit-learn as CSV: a line of numbers, then 569 lines of 30
measurements and a class. `python examples/table_from_csv.py FILE` reads any other file whose first line names the
columns and whose last column is the label.
"""

import sys
from importlib.resources import files

import pandas as pd

import hw1

if __name__ == "__main__":
    source = sys.argv[1] if len(sys.argv) > 1 else files("sklearn.datasets.data") / "breast_cancer.csv"
    table = pd.read_csv(source, skiprows=1, header=None)  # the first line is not an example
    print(
        hw1.check(
            "random_labels_are_memorised",
            data=(table.iloc[:, :-1].to_numpy(), table.iloc[:, -1]),
            set={"train": 300, "test": 200, "stack": 11},
            seeds=11,
            jobs=1,
        )
    )
