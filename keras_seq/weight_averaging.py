"""One model out of several checkpoints of a training."""

import numpy as np

from keras_seq import checks


def average_weights(model, paths):
    """Give a model the mean of the weights in several files.

        w = sum_k w_k / K

    What is not a float, such as a counter or a seed, is taken from the last file. This is for a
    training that is over and has left its files, as `keras.callbacks.ModelCheckpoint` writes them.
    Where it can still be chosen, the running average that Keras's optimizers keep (`use_ema=True`,
    with `keras.callbacks.SwapEMAWeights`) spares the files and is itself what is validated.

    Args:
        model: keras.Model that all the files are of.
        paths: list of K `.weights.h5` files, the oldest first.

    Returns:
        None; the model's weights are changed.

    Raises:
        ValueError: there is no file, or one that is not of this model.

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
    paths = list(paths)
    if not paths:
        checks.refuse("average_weights", "paths", "at least one file", paths)
    sums = None
    for path in paths:
        model.load_weights(path)
        weights = [np.asarray(w) for w in model.get_weights()]
        wide = [w.astype("float64") if w.dtype.kind == "f" else w for w in weights]
        if sums is not None:
            wide = [s + w if w.dtype.kind == "f" else w for s, w in zip(sums, wide, strict=True)]
        sums = wide
    model.set_weights([s / len(paths) if s.dtype.kind == "f" else s for s in sums])
