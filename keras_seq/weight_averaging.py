"""Averages the weights of several checkpoints of one training run."""

from collections.abc import Iterable
from os import PathLike

import keras
import numpy as np

from keras_seq import checks


def average_weights(model: keras.Model, paths: Iterable[str | PathLike]) -> None:
    """Set the weights of a model to the mean of the weights in several files.

        w = sum_k w_k / K

    Weights that are not floats, such as counters and seeds, are taken from the last file. Use this
    function for the checkpoints of a finished training run, as `keras.callbacks.ModelCheckpoint`
    writes them. Before training, prefer the running average of Keras's optimizers (`use_ema=True`,
    with `keras.callbacks.SwapEMAWeights`): it needs no files, and validation uses the average.

    Args:
        model: the model whose weights the files hold.
        paths: K `.weights.h5` files, the oldest first.

    Returns:
        None; the weights of the model are changed.

    Raises:
        ValueError: there is no file, or a file holds the weights of another model.

    Example:

    >>> import os, tempfile
    >>> from keras_seq.weight_averaging import average_weights
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [os.path.join(folder, f"{n}.weights.h5") for n in (1, 3)]
    ...     for path, n in zip(paths, (1, 3)):
    ...         model.set_weights([np.full((1, 1), n)])
    ...         model.save_weights(path)
    ...     average_weights(model, paths)
    >>> float(model.get_weights()[0][0, 0])
    2.0

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 6.1.
    """
    checks.list_of_strings("average_weights", paths=paths)
    paths = list(paths)
    if not paths:
        checks.refuse("average_weights", "paths", "at least one file", paths)
    sums = None
    for path in paths:
        model.load_weights(path)
        weights = [np.asarray(weight) for weight in model.get_weights()]
        weights = [w.astype("float64") if w.dtype.kind == "f" else w for w in weights]
        if sums is not None:
            weights = [
                total + w if w.dtype.kind == "f" else w
                for total, w in zip(sums, weights, strict=True)
            ]
        sums = weights
    model.set_weights([total / len(paths) if total.dtype.kind == "f" else total for total in sums])
