"""One run of a recipe: its folder, its files and its checkpoints."""

import csv
import dataclasses
import hashlib
import importlib.metadata
import importlib.util
import io
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

import keras_seq
from keras_seq.data.epoch_batches import EpochBatches
from keras_seq.errors import InputError
from keras_seq.file_lock import release_lock, take_lock
from keras_seq.training.config import Settings
from keras_seq.training.finite_loss import FiniteLoss
from keras_seq.training.progress import ProgressLines
from keras_seq.training.resume import Resume


class Run:
    """The folder of the results, created and locked at once so that an error comes before training.

    No file of an earlier run is replaced before the training has ended.

    Args:
        name: name of the recipe.
        config: its `Settings`.

    Attributes:
        folder: pathlib.Path, `--out` or `saved_models/<name>`.
        verbose: argument of `fit`: a progress bar on a terminal, else one line per epoch.

    Raises:
        OSError: the folder cannot be made or written to.
        InputError: another run that is not finished has the folder.

    Example:

    >>> import tempfile
    >>> from keras_seq.training.config import Settings
    >>> from keras_seq.training.run import Run
    >>> run = Run("sentiment", Settings(out=tempfile.mkdtemp()))
    >>> run.write("metrics.json", {"accuracy": 0.5}).read_text()
    '{\\n  "accuracy": 0.5\\n}\\n'
    """

    def __init__(self, name: str, config: Settings):
        if config.tensorboard and importlib.util.find_spec("tensorboard") is None:
            raise InputError("--tensorboard: it is not installed: pip install tensorboard")
        self.name = name
        self.config = config
        self.folder = Path(config.out or f"saved_models/{name}")
        self.verbose = 1 if sys.stdout.isatty() else 2
        self._started = time.monotonic()
        self._checkpoints = self.folder / "checkpoints"
        self._made = not self.folder.exists()
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        self._lock = take_lock(self._checkpoints / ".lock")
        if self._lock is None:
            raise InputError(
                f"{self.folder}: another run that is going on writes there: wait for its end, or "
                "give another folder with --out"
            )
        (self.folder / "figures").mkdir(exist_ok=True)

    def resume(
        self, batches: EpochBatches, callbacks: Sequence[keras.callbacks.Callback] = ()
    ) -> Resume:
        """The `Resume` of this run, which requires the same settings and the same data."""
        # Not `data`, the name: the checksum of what it names comes last, because it also differs
        # where other settings, such as the seed, do.
        free = self.config.may_differ() | {"data"}
        settings = {k: v for k, v in dataclasses.asdict(self.config).items() if k not in free}
        resume = Resume(
            self._checkpoints,
            self.config.seed,
            callbacks=callbacks,
            batches=batches,
            settings={**settings, "data_sha256": _digest(batches)},
        )
        if self.config.resume == "never":
            resume.clear()
        elif resume.initial_epoch(self.config.epochs) == self.config.epochs:
            print(f"all {resume.epochs_done} epochs of a run that was cut off are done")
        elif resume.epochs_done:
            print(f"going on after epoch {resume.epochs_done} of a run that was cut off")
        return resume

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """The first callbacks of every recipe."""
        logs = str(self.folder / "tensorboard")
        board = [keras.callbacks.TensorBoard(logs)] if self.config.tensorboard else []
        lines = [ProgressLines()] if self.verbose == 2 else []
        return [FiniteLoss(), *lines, *board]

    def report(
        self, history: keras.callbacks.History, metrics: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the settings, the history and the results, print these, and return them.

        Args:
            history: `keras.callbacks.History`, for `history.csv`.
            metrics: dictionary for `metrics.json`; the seconds, the backend and the versions are
                added.
        """
        epochs = [epoch + 1 for epoch in history.epoch]
        settings = dataclasses.asdict(self.config)
        self.write("config.json", {"recipe": self.name, **settings, "versions": versions()})
        self.write_table("history.csv", {"epoch": epochs, **history.history})
        metrics = {
            **metrics,
            "seconds": round(time.monotonic() - self._started, 1),
            "backend": keras.config.backend(),
            "versions": versions(),
        }
        self.write("metrics.json", metrics)
        for name, value in metrics.items():
            if name != "versions":
                print("\n".join(_lines(name, value)))
        return metrics

    def write(self, name: str, content: Any) -> Path:
        """Write a file of the folder atomically: text, an object for JSON, or rows."""
        path = self.folder / name
        if not isinstance(content, str):
            content = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        beside = path.with_name(f".{path.name}.partial")
        beside.write_text(content, encoding="utf-8")
        os.replace(beside, path)
        return path

    def write_table(self, name: str, columns: Mapping[str, Iterable]) -> Path:
        """Write columns, a dict of name -> values, as .csv, or as .tsv without any quoting."""
        rows = [list(columns), *zip(*columns.values(), strict=True)]
        if name.endswith(".tsv"):
            lines = ("\t".join(" ".join(str(cell).split()) for cell in row) for row in rows)
            return self.write(name, "\n".join(lines) + "\n")
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return self.write(name, text.getvalue())

    def save(self, model: keras.Model) -> Path:
        """Write `model.keras` atomically and return its path."""
        beside = self.folder / ".partial.keras"
        model.save(beside)
        os.replace(beside, self.folder / "model.keras")
        return self.folder / "model.keras"

    def kept(self) -> str:
        """A sentence on the checkpoint that an interrupted run has kept."""
        kept = sorted(self._checkpoints.glob("epoch-*.checkpoint"))
        if not kept:
            return "No epoch was finished: the same command starts anew."
        return f"{kept[-1]} is kept: the same command goes on from there."

    def finish(self) -> None:
        """Remove the checkpoints of a finished run: the next run starts anew."""
        for pattern in ("epoch-*.checkpoint", "epoch-*.partial"):
            for path in self._checkpoints.glob(pattern):
                path.unlink()

    def close(self) -> None:
        """Let other runs have the folder, and remove what is empty in it."""
        release_lock(self._lock)
        made = [self._checkpoints, self.folder / "figures"] + self._made * [self.folder]
        for folder in made:
            if not any(folder.iterdir()):
                folder.rmdir()


def _lines(name, value):
    """A result as lines of text; a dictionary of dictionaries is a table with a row for each."""
    if not isinstance(value, Mapping):
        return [f"{name:>24}  {_shown(value)}"]
    columns = list(dict.fromkeys(column for row in value.values() for column in row))
    head = "".join(f"  {column:>9}" for column in columns)
    rows = [
        f"{key:>24}" + "".join(f"  {_shown(row[column]):>9}" for column in columns)
        for key, row in value.items()
    ]
    return [f"{name:>24}{head}", *rows]


def _shown(value):
    if isinstance(value, list):
        return " ".join(map(_shown, value))
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def versions() -> dict[str, str]:
    """The versions of the packages that a result depends on, by name."""
    found = {"python": platform.python_version(), "keras_seq": keras_seq.__version__}
    for name in sorted({"keras", "numpy", "tensorflow", keras.config.backend()}):
        found[name] = importlib.metadata.version(name)
    return found


def _digest(batches):
    """A checksum of all arrays of the first epoch."""
    batches.set_epoch(0)
    digest = hashlib.sha256()
    for index in range(len(batches)):
        for array in keras.tree.flatten(batches[index]):
            digest.update(f"{array.dtype} {array.shape} ".encode() + array.tobytes())
    return digest.hexdigest()
