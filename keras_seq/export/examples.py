"""The examples that an exported model is compared on."""

from collections.abc import Sequence

import numpy as np


def rows_of_all_lengths(lengths: Sequence[int], count: int = 6) -> np.ndarray:
    """The positions of about `count` examples, from the shortest to the longest.

    Example:

    >>> from keras_seq.export.examples import rows_of_all_lengths
    >>> rows_of_all_lengths([5, 3, 9, 7], count=2)
    array([1, 3])
    """
    return np.argsort(lengths)[:: max(1, len(lengths) // count)]
