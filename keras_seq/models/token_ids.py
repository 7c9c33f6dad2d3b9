"""Checks of token ids: an id outside the vocabulary is refused."""

from typing import Any

import keras
import numpy as np

from keras_seq import backend, checks


class ReadsIds:
    """A mixin for models of token ids.

    For an id outside its table, an embedding raises an error or returns NaN, zeros or another row,
    depending on the backend. Therefore arrays are checked before `fit`, `evaluate` and `predict`.
    Tensors are checked in calls that are not compiled; in training only their type is checked,
    because reading the values would make a GPU wait.
    """

    def vocabulary_sizes(self) -> dict[str, int]:
        """For each input the number of ids, the main one first."""
        raise NotImplementedError

    def check_targets(self, x: Any, y: Any) -> None:
        """Refuse targets out of range; a model whose loss is its own has them."""

    def check_ids(self, x: Any, values: bool = True) -> None:
        """Refuse inputs that are not of an integer type or, with `values`, out of range."""
        sizes = self.vocabulary_sizes()
        if isinstance(x, (list, tuple)) and len(x) == 1:
            x = x[0]
        x = x if isinstance(x, dict) else {next(iter(sizes)): x}
        for name, ids in x.items():
            if name in sizes and (isinstance(ids, np.ndarray) or keras.ops.is_tensor(ids)):
                limit = sizes[name] if values else None
                checks.check_integers(type(self).__name__, name, ids, 0, limit)

    def _check_data(self, x, y=None, validation_data=None, **_):
        self.check_ids(x)
        if y is not None:
            self.check_targets(x, y)
        if isinstance(validation_data, tuple):
            self._check_data(*validation_data[:2])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args or "inputs" in kwargs:
            x = args[0] if args else kwargs["inputs"]
            # A traced call is left alone: on several devices Keras traces with another type first.
            if not _is_traced(x):
                self.check_ids(x, values=not kwargs.get("training"))
        return super().__call__(*args, **kwargs)

    def fit(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """The method of `keras.Model`, after a check of the ids."""
        self._check_data(x, y, **kwargs)
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """The method of `keras.Model`, after a check of the ids."""
        self._check_data(x, y)
        return super().evaluate(x, y, *args, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The method of `keras.Model`, after a check of the ids."""
        self._check_data(x)
        return super().predict(x, *args, **kwargs)

    def train_on_batch(self, x: Any, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """The method of `keras.Model`, after a check of the ids."""
        self._check_data(x, y)
        return super().train_on_batch(x, y, *args, **kwargs)

    def test_on_batch(self, x: Any, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """The method of `keras.Model`, after a check of the ids."""
        self._check_data(x, y)
        return super().test_on_batch(x, y, *args, **kwargs)

    def predict_on_batch(self, x: Any) -> Any:
        """The method of `keras.Model`, after a check of the ids."""
        self._check_data(x)
        return super().predict_on_batch(x)


def _is_traced(x):
    """Whether a tensor among the inputs belongs to a program that is being traced."""
    leaves = keras.tree.flatten(x)
    return any(keras.ops.is_tensor(leaf) and backend.is_traced(leaf) for leaf in leaves)
