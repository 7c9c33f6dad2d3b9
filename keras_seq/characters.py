"""From the characters of each token to one vector per token.

Both layers have the same call argument: `inputs`, character ids (B, T, C), with 0 as padding at the
end of a token. They return (B, T, F). A token without characters gives zeros, and padding is
ignored.
"""

from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.recurrent import LSTM


@keras.saving.register_keras_serializable("keras_seq")
class CharacterCNN(keras.layers.Layer):
    """A convolution over the characters of a token, followed by max pooling.

        x     = E[ids]                                     (B, T, C, D), zeros for padding
        y_c   = [x_c-1, x_c, x_c+1] W + b                  (B, T, C, F)
        out   = relu(max over the characters c of y_c)     (B, T, F)

    Weights: `embedding` E (V, D), `kernel` W (3 D, F), `bias` b (F,).

    Args:
        vocabulary_size: V, the number of character ids; 0 is padding.
        units: F, the number of filters.
        embedding_dim: D, size of the embedding of a character.
        dropout: fraction of the elements of x that is dropped.

    Call arguments:
        inputs: ids, (B, T, C), integers in [0, V).
        training: dropout applies only where True.

    Returns:
        (B, T, F).

    Raises:
        ValueError: an argument is out of range, or the shape is not (B, T, C).

    Example:

    >>> import keras_seq
    >>> tuple(keras_seq.CharacterCNN(30, 5, 4)(keras.ops.ones((2, 7, 20), "int32")).shape)
    (2, 7, 5)

    Reference: Ma and Hovy, End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF, ACL 2016.
    """

    def __init__(
        self,
        vocabulary_size: int,
        units: int,
        embedding_dim: int,
        dropout: float = 0.0,
        **kwargs,
    ):
        _check(type(self).__name__, vocabulary_size, units, embedding_dim, dropout)
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.units = units
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self._embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, name="embedding", dtype=self.dtype_policy
        )
        self._dropout = keras.layers.Dropout(dropout, name="dropout", dtype=self.dtype_policy)
        self._convolution = keras.layers.Dense(units, name="filters", dtype=self.dtype_policy)

    def build(self, input_shape):
        self._embedding.build(input_shape)
        self._convolution.build((*input_shape, 3 * self.embedding_dim))

    def call(self, inputs: Any, training: bool = False) -> Any:
        inputs = _checked_ids(self, inputs)
        real = ops.expand_dims(ops.not_equal(inputs, 0), -1)
        x = self._dropout(self._embedding(inputs), training=training)
        x = ops.where(real, x, ops.zeros_like(x))
        # Three slices and one matrix product: on CPUs XLA's convolution of few channels is slow.
        x = ops.pad(x, [[0, 0], [0, 0], [1, 1], [0, 0]])
        x = ops.concatenate([x[:, :, :-2], x[:, :, 1:-1], x[:, :, 2:]], axis=-1)
        y = self._convolution(x)
        # No output of relu is below zero, so zeros at padding do not change the maximum.
        return ops.max(ops.where(real, ops.relu(y), ops.zeros_like(y)), axis=2)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **_config(self)}


@keras.saving.register_keras_serializable("keras_seq")
class CharacterLSTM(keras.layers.Layer):
    """The last outputs of a forward and a backward LSTM over the characters of a token.

        x   = E[ids]                                         (B, T, C, D)
        out = [last of LSTM(x), last of backward LSTM(x)]    (B, T, F)

    Weights: `embedding` E (V, D), and those of two LSTMs of F / 2 units.

    Args:
        vocabulary_size: V, the number of character ids; 0 is padding.
        units: F, size of the outputs, an even number.
        embedding_dim: D, size of the embedding of a character.
        dropout: fraction of the features of x that is dropped, the same at all characters.

    Call arguments:
        inputs: ids, (B, T, C), integers in [0, V).
        training: dropout applies only where True.

    Returns:
        (B, T, F).

    Raises:
        ValueError: an argument is out of range, or the shape is not (B, T, C).

    Example:

    >>> import keras_seq
    >>> tuple(keras_seq.CharacterLSTM(30, 6, 4)(keras.ops.ones((2, 7, 20), "int32")).shape)
    (2, 7, 6)

    Reference: Lample et al., Neural Architectures for Named Entity Recognition, NAACL 2016.
    """

    def __init__(
        self,
        vocabulary_size: int,
        units: int,
        embedding_dim: int,
        dropout: float = 0.0,
        **kwargs,
    ):
        _check(type(self).__name__, vocabulary_size, units, embedding_dim, dropout)
        if units % 2:
            checks.refuse(type(self).__name__, "units", "an even number", units)
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.units = units
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self._embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, name="embedding", dtype=self.dtype_policy
        )
        self._lstm = keras.layers.Bidirectional(
            LSTM(units // 2, dropout=dropout, dtype=self.dtype_policy),
            name="both",
            dtype=self.dtype_policy,
        )

    def build(self, input_shape):
        self._embedding.build((None, input_shape[2]))
        self._lstm.build((None, input_shape[2], self.embedding_dim))

    def call(self, inputs: Any, training: bool = False) -> Any:
        inputs = _checked_ids(self, inputs)
        B, T, C = ops.shape(inputs)
        ids = ops.reshape(inputs, (-1, C))
        real = ops.not_equal(ids, 0)
        outputs = self._lstm(self._embedding(ids), mask=real, training=training)
        return ops.reshape(outputs, (B, T, self.units))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **_config(self)}


def _check(owner, vocabulary_size, units, embedding_dim, dropout):
    checks.positive_int(
        owner, vocabulary_size=vocabulary_size, units=units, embedding_dim=embedding_dim
    )
    checks.unit_interval(owner, dropout=dropout)


def _checked_ids(layer, inputs):
    owner = type(layer).__name__
    checks.rank(owner, "B T C", inputs=inputs.shape)
    if inputs.shape[2] == 0:
        checks.refuse(owner, "inputs.shape", "of at least one character", tuple(inputs.shape))
    return checks.integers(owner, "inputs", inputs, 0, layer.vocabulary_size)


def _config(layer):
    return {
        "vocabulary_size": layer.vocabulary_size,
        "units": layer.units,
        "embedding_dim": layer.embedding_dim,
        "dropout": layer.dropout,
    }
