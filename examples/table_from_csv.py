"""A table of your own as a data frame: are random labels of 200 patients memorised?

`python examples/table_from_csv.py FILE COLUMN` reads any CSV file whose other columns are numbers. By default it is the
breast cancer data that come with scikit-learn, 569 lines of 30 measurements and a diagnosis. The same without Python:
`python -m hw1 check random_labels_are_memorised --data FILE --target COLUMN`.
"""

import sys

import pandas as pd
from sklearn.datasets import load_breast_cancer

import hw1


def table() -> tuple[pd.DataFrame, str]:
    """The frame and the column of its labels."""
    if len(sys.argv) == 3:
        return pd.read_csv(sys.argv[1]), sys.argv[2]
    return load_breast_cancer(as_frame=True).frame, "target"


if __name__ == "__main__":
    print(
        hw1.check(
            "random_labels_are_memorised",
            data=table(),
            set={"train": 200, "test": 200, "stack": 10},
            seeds=10,
            jobs=1,
        )
    )
