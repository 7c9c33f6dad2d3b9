"""Checkpoints from which training continues with exactly the same result."""

import hashlib
import json
import os
import random
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_seq import checks
from keras_seq.data.epoch_batches import EpochBatches
from keras_seq.errors import InputError
from keras_seq.keras_internals import EMA_WEIGHTS_IN_MODEL

# Attributes of Keras's callbacks that are lost when the process ends.
PROGRESS = (
    EMA_WEIGHTS_IN_MODEL,
    "best",
    "best_epoch",
    "best_weights",
    "cooldown_counter",
    "epochs_since_last_save",
    "stopped_epoch",
    "wait",
)


class Resume(keras.callbacks.History):
    """Saves the complete state of a training after each epoch, and restores it.

    A run that is killed and started again ends with the same weights, bit for bit, as an
    uninterrupted run. The weights, the optimizer's variables, the seeds of all dropout, the history
    and the counters of other callbacks are restored, and the random numbers of an epoch depend only
    on `seed` and its number. An epoch that was interrupted is repeated.

    Each checkpoint is written under another name and then renamed, with its SHA-256; the previous
    one is kept. A damaged checkpoint is skipped with a warning. Nothing in it is ever executed.

    It is also the `keras.callbacks.History` of the whole training, and `fit` returns it. It must be
    the last callback, so that it saves the state after all others.

    Args:
        folder: folder of the checkpoints; it is created if it does not exist.
        seed: integer from which all random numbers of the training are made.
        callbacks: the callbacks whose counters are saved: `EarlyStopping` (with its best weights),
            `ReduceLROnPlateau`, `ModelCheckpoint`, `SwapEMAWeights`.
        batches: training data whose order is a function of the epoch alone, set by
            `batches.set_epoch(epoch)`; None for other data.
        settings: dictionary of the settings that must not differ between the two runs.

    Raises:
        InputError: a checkpoint was made with other settings or for another model, or has more
            epochs than are asked for.

    Attributes:
        epochs_done: number of finished epochs in the newest checkpoint, after `initial_epoch` has
            read it.

    Example:

    >>> import tempfile
    >>> from keras_seq.training.resume import Resume
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> stop = keras.callbacks.EarlyStopping("loss", patience=3)
    >>> resume = Resume(tempfile.mkdtemp(), seed=1, callbacks=[stop])
    >>> start = resume.initial_epoch(epochs=2)
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> history = model.fit(
    ...     x, y, epochs=2, initial_epoch=start, callbacks=[stop, resume], verbose=0
    ... )
    >>> start, len(history.history["loss"]), resume.initial_epoch(epochs=2)
    (0, 2, 2)
    """

    def __init__(
        self,
        folder: str | Path,
        seed: int,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        batches: EpochBatches | None = None,
        settings: Mapping[str, Any] | None = None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.seed = seed
        self.callbacks = list(callbacks)
        self.batches = batches
        self.settings = dict(settings or {})
        for callback in self.callbacks:
            if not any(hasattr(callback, name) for name in PROGRESS):
                checks.refuse("Resume", "callbacks", "callbacks that count something", callback)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._found = None, None
        self.epochs_done = 0

    def initial_epoch(self, epochs: int) -> int:
        """The epoch that `fit` starts with; `epochs` if the training has ended already.

        It reads the newest checkpoint, which the next `fit` restores.
        """
        if self._found[0] is None:
            self._found = self._newest()
        state, _ = self._found
        if state is None:
            return 0
        self.epochs_done = state["epoch"] + 1
        if self.epochs_done > epochs:
            raise InputError(
                f"{self.folder}: the training in it has {self.epochs_done} epochs already, which "
                f"is more than epochs={epochs}: ask for as many at least, or start anew."
            )
        return epochs if state["stopped"] else self.epochs_done

    def clear(self) -> None:
        """Remove the checkpoints: the next training starts anew."""
        self._found = None, None
        for path in [*self._paths(), *self.folder.glob("epoch-*.partial")]:
            path.unlink()

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.history = {}
        (state, arrays), self._found = self._found, (None, None)
        if state is not None:
            self._restore(state, arrays)

    def on_epoch_begin(self, epoch, logs=None):
        _set_random_seed(_epoch_seed(self.seed, epoch))
        if self.batches is not None:
            self.batches.set_epoch(epoch)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        arrays = [np.asarray(variable.numpy()) for variable in self._variables()]
        counters = []
        for callback in self.callbacks:
            counted = {
                name: getattr(callback, name) for name in PROGRESS if hasattr(callback, name)
            }
            best = counted.pop("best_weights", None)
            counted = {name: _plain(value) for name, value in counted.items()}
            if best is not None:
                counted["best_weights"] = len(best)
                arrays.extend(np.asarray(weight) for weight in best)
            counters.append(counted)
        state = {
            "epoch": epoch,
            "stopped": bool(self.model.stop_training),
            "settings": self.settings,
            "epochs": self.epoch,
            "history": {k: [_plain(v) for v in values] for k, values in self.history.items()},
            "counters": counters,
        }
        write_checkpoint(self._path(epoch), state, arrays)
        for old in self._paths():
            if old not in (self._path(epoch), self._path(epoch - 1)):
                old.unlink()

    def _variables(self):
        """Weights, seeds and variables of the optimizer, in a fixed order."""
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        return [*self.model.variables, *optimizer.variables]

    def _restore(self, state, arrays):
        variables = self._variables()
        own, best = arrays[: len(variables)], arrays[len(variables) :]
        shapes = [tuple(variable.shape) for variable in variables]
        if shapes != [array.shape for array in own] or len(state["counters"]) != len(
            self.callbacks
        ):
            raise InputError(
                f"{self.folder}: the checkpoints in it were made for another model, optimizer or "
                "list of callbacks. Remove them to start anew."
            )
        for variable, array in zip(variables, own, strict=True):
            variable.assign(array)
        for callback, counted in zip(self.callbacks, state["counters"], strict=True):
            counted = dict(counted)
            if "best_weights" in counted:
                count = counted["best_weights"]
                counted["best_weights"], best = best[:count], best[count:]
            for name, value in counted.items():
                setattr(callback, name, value)
        self.epoch = state["epochs"]
        self.history = state["history"]

    def _path(self, epoch):
        return self.folder / f"epoch-{epoch + 1:05d}.checkpoint"

    def _paths(self):
        return sorted(self.folder.glob("epoch-*.checkpoint"))

    def _newest(self):
        """State and arrays of the newest undamaged checkpoint; (None, None) without one."""
        paths = self._paths()
        for path in reversed(paths):
            try:
                state, arrays = read_checkpoint(path)
            except InputError as error:
                warnings.warn(f"{error} Passing it over.", stacklevel=3)
                continue
            self._same_settings(path, state["settings"])
            return state, arrays
        if paths:
            warnings.warn(f"{self.folder}: no sound checkpoint: starting anew.", stacklevel=3)
        return None, None

    def _same_settings(self, path, settings):
        mine = json.loads(json.dumps(self.settings))
        for name in [*mine, *(settings.keys() - mine.keys())]:
            if mine.get(name) != settings.get(name):
                raise InputError(
                    f"{path}: the training it belongs to had {name}={settings.get(name)!r}, this "
                    f"one has {name}={mine.get(name)!r}: go on with the same, or start anew."
                )


def write_checkpoint(path: Path, state: dict[str, Any], arrays: Sequence[np.ndarray]) -> None:
    """Write a line of SHA-256, a line of JSON and the bytes of the arrays, atomically."""
    kinds = [[array.dtype.name, list(array.shape)] for array in arrays]
    content = [json.dumps({**state, "arrays": kinds}).encode() + b"\n"]
    content += [np.ascontiguousarray(array).tobytes() for array in arrays]
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    beside = path.with_suffix(".partial")
    with open(beside, "wb") as file:
        file.write(digest.hexdigest().encode() + b"\n")
        file.writelines(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def read_checkpoint(path: Path) -> tuple[dict[str, Any], list[np.ndarray]]:
    """State and arrays of a checkpoint; InputError if the file is damaged."""
    digest, _, content = path.read_bytes().partition(b"\n")
    if digest != hashlib.sha256(content).hexdigest().encode():
        raise InputError(f"{path}: damaged: its SHA-256 is not the one it was written with.")
    line, _, rest = content.partition(b"\n")
    state, arrays, start = json.loads(line), [], 0
    for dtype, shape in state.pop("arrays"):
        dtype = np.dtype(dtype)
        end = start + dtype.itemsize * int(np.prod(shape, dtype="int64"))
        flat = np.frombuffer(rest[start:end], dtype) if end > start else np.empty(0, dtype)
        arrays.append(flat.reshape(shape).copy())
        start = end
    return state, arrays


def _set_random_seed(seed):
    if keras.backend.backend() == "tensorflow":
        # `tf.random.set_seed` would drop the optimized graphs of `fit`, and making them again takes
        # seconds in each epoch. Layers draw from seed generators, which a checkpoint has.
        random.seed(seed)
        np.random.seed(seed)
    else:
        keras.utils.set_random_seed(seed)


def _epoch_seed(seed, epoch):
    """A different seed for each epoch, in the range that NumPy accepts."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def _plain(value):
    """Python numbers from numbers of NumPy and the backends; JSON keeps these exactly."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return np.asarray(keras.ops.convert_to_numpy(value)).item()
