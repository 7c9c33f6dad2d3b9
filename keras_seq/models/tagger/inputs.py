"""The inputs of `Tagger.predict` as batches of NumPy arrays."""

import itertools
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_seq import checks


def iterate_batches(x: Any, batch_size: int) -> Iterator[dict]:
    """Dictionaries of NumPy arrays, batch by batch.

    Args:
        x: as for `Tagger.predict`.
        batch_size: sentences in a batch, where `x` is a dictionary of arrays.

    Raises:
        ValueError: `x` is not a dictionary with `words`, nor does it yield such dictionaries.

    Example:

    >>> from keras_seq.models.tagger.inputs import iterate_batches
    >>> [batch["words"].shape for batch in iterate_batches({"words": np.ones((5, 7), int)}, 3)]
    [(3, 7), (2, 7)]
    """
    if isinstance(x, dict):
        x = _arrays(x)
        # One batch even without sentences, so that T is known.
        for start in range(0, max(1, len(x["words"])), batch_size):
            yield {name: ids[start : start + batch_size] for name, ids in x.items()}
        return
    if isinstance(x, keras.utils.PyDataset):
        numbers = itertools.count() if x.num_batches is None else range(x.num_batches)
        batches = (x[number] for number in numbers)
    elif hasattr(x, "__iter__") and not hasattr(x, "shape"):
        batches = x
    else:
        _refuse_inputs(x)
    for batch in batches:
        yield _arrays(keras.utils.unpack_x_y_sample_weight(batch)[0])


def _arrays(inputs):
    if not isinstance(inputs, dict) or "words" not in inputs:
        _refuse_inputs(inputs)
    return {name: ops.convert_to_numpy(ids) for name, ids in inputs.items()}


def _refuse_inputs(x):
    received = sorted(x) if isinstance(x, dict) else type(x).__name__
    checks.refuse("Tagger.predict", "x", "a dictionary with `words`, or batches of them", received)
