"""What an experiment returns: tidy frames and small named arrays, and their form on disk."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

CENSORED = "_censored"  # ends the name of a column of truth values: where true, the column without it is a lower bound


class Tables(Mapping[str, pd.DataFrame]):
    """The results of one cell, or of many cells joined.

    Parameters
    ----------
    frames : tidy frames by name, each with the columns `seed` and `arm`; one row per seed and arm, or one per
        seed, arm and step for curves
    arrays : small arrays by name and then by arm, the first axis running over the seeds of `frames["runs"]` of that arm
    """

    def __init__(
        self, frames: Mapping[str, pd.DataFrame], arrays: Mapping[str, Mapping[str, np.ndarray]] | None = None
    ):
        for name, frame in frames.items():
            missing = {"seed", "arm"} - set(frame.columns)
            if missing:
                raise ValueError(
                    f"table {name!r} has no column {sorted(missing)}: every row belongs to a seed and an arm"
                )
        self._frames = dict(frames)
        self.arrays: dict[str, dict[str, np.ndarray]] = {k: dict(v) for k, v in (arrays or {}).items()}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._frames:
            raise KeyError(f"no table {name!r}: the experiment returned {sorted(self._frames)}")
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def replaced(self, **frames: pd.DataFrame) -> "Tables":
        """The same tables with some frames exchanged, for controls that work on tables."""
        return Tables({**self._frames, **frames}, self.arrays)


def join(parts: Iterable[Tables]) -> Tables:
    """One set of tables from those of many cells: rows below each other, arrays along the seeds of each arm."""
    parts = list(parts)
    frames = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    arrays: dict[str, dict[str, list[np.ndarray]]] = {}
    for part in parts:
        for name, by_arm in part.arrays.items():
            for arm, array in by_arm.items():
                arrays.setdefault(name, {}).setdefault(arm, []).append(array)
    return Tables(frames, {n: {a: np.concatenate(x) for a, x in by_arm.items()} for n, by_arm in arrays.items()})


def only_seeds(tables: Tables, seeds: Iterable[int]) -> Tables:
    """The rows of some seeds: a chunk is always computed whole, a claim may ask for a part of it."""
    wanted = set(seeds)
    frames = {name: frame[frame["seed"].isin(wanted)].reset_index(drop=True) for name, frame in tables.items()}
    runs = tables["runs"] if "runs" in tables else next(iter(tables.values()))
    keep = {arm: rows["seed"].isin(wanted).to_numpy() for arm, rows in runs.groupby("arm")}
    arrays = {n: {arm: array[keep[arm]] for arm, array in by_arm.items()} for n, by_arm in tables.arrays.items()}
    return Tables(frames, arrays)


def curve(seeds: Sequence[int], arm: str, steps: np.ndarray, **metrics: np.ndarray) -> pd.DataFrame:
    """Curves of shape (seeds, steps) as a tidy frame: seed, arm, step and one column per metric."""
    frame = {"seed": np.repeat(list(seeds), len(steps)), "arm": arm, "step": np.tile(steps, len(seeds))}
    return pd.DataFrame({**frame, **{name: values.reshape(-1) for name, values in metrics.items()}})


def recast(tables: Tables, cast: Mapping[str, str]) -> Tables:
    """For controls: each role (key) has the rows of another arm (value), whose own name stays; arrays stay."""
    return Tables({name: _recast(frame, cast) for name, frame in tables.items()}, tables.arrays)


def _recast(frame: pd.DataFrame, cast: Mapping[str, str]) -> pd.DataFrame:
    played = [frame[frame["arm"] == actor].assign(arm=role) for role, actor in cast.items()]
    return pd.concat([frame[~frame["arm"].isin(cast)], *played], ignore_index=True)


def columns_as_arms(frame: pd.DataFrame, metric: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """For claims that compare columns: seed, arm and `metric`; each arm (key) has the numbers of one column (value).

    Where some of these columns are censored, `metric` is on the same rows.
    """
    marked = any(column + CENSORED in frame for column in columns.values())
    parts = [
        frame[["seed"]].assign(
            arm=arm,
            **{metric: frame[column]},
            **({metric + CENSORED: frame.get(column + CENSORED, False)} if marked else {}),
        )
        for arm, column in columns.items()
    ]
    return pd.concat(parts, ignore_index=True)


def first_reached(level: float, values: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """First of increasing steps at which values (seeds, steps) are at least the level; the last + 1 where none is."""
    reached = values >= level
    first: np.ndarray = np.where(reached.any(1), steps[reached.argmax(1)], steps[-1] + 1)
    return first


def censored(budget: int, **times: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of times to a level: each as it is and, beside it as `<name>_censored`, whether it is only a lower bound.

    Parameters
    ----------
    budget : the last moment that was looked at; a later time means that the level was not reached by then
    """
    marks = {name + CENSORED: values > budget for name, values in times.items()}
    return {**times, **marks}


def pack(tables: Tables) -> bytes:
    """Tables as an npz archive without pickle: `frame/<table>/<position>/<column>` and `array/<name>/<arm>`."""
    arrays: dict[str, np.ndarray] = {}
    for name, frame in tables.items():
        for position, column in enumerate(frame.columns):
            arrays[f"frame/{name}/{position}/{column}"] = _plain(frame[column])
    for name, by_arm in tables.arrays.items():
        for arm, array in by_arm.items():
            arrays[f"array/{name}/{arm}"] = array
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack(data: bytes) -> Tables:
    """Read what `pack` wrote."""
    frames: dict[str, dict[str, np.ndarray]] = {}
    arrays: dict[str, dict[str, np.ndarray]] = {}
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        for key in archive.files:
            kind, name, rest = key.split("/", 2)
            if kind == "frame":
                frames.setdefault(name, {})[rest.split("/", 1)[1]] = archive[key]
            else:
                arrays.setdefault(name, {})[rest] = archive[key]
    return Tables({name: pd.DataFrame(columns) for name, columns in frames.items()}, arrays)


def _plain(column: "pd.Series[Any]") -> np.ndarray:
    """A column as a numpy array that needs no pickle: numbers and booleans as they are, text as fixed-width text."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()
    return np.asarray([str(value) for value in column], dtype=np.str_)
