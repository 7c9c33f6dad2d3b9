"""From the characters of each token to one vector per token.

Both layers share a contract. Call argument: `inputs`, character ids (B, T, C), 0 for padding at the
end of a token. Returns (B, T, F). A token without a character gives zeros, and the padding behind
others is never read.
"""

import keras
from keras import ops

from keras_seq import checks
from keras_seq.recurrent import LSTM


@keras.saving.register_keras_serializable("keras_seq")
class CharacterCNN(keras.layers.Layer):
    """The strongest answer of each filter over the characters of a token.

        x     = E[ids]                                     (B, T, C, D), zeros for padding
        y_c   = [x_c-1, x_c, x_c+1] W + b                  (B, T, C, F)
        out   = relu(max over the characters c of y_c)     (B, T, F)

    Weights: `embedding` E (V, D), `kernel` W (3 D, F), `bias` b (F,).

    Args:
        characters: V, the number of character ids; 0 is padding.
        units: F, the number of filters.
        embedding: D, size of a character's vector.
        dropout: fraction of the numbers of x that is dropped.

    Call arguments:
        inputs: ids, (B, T, C), integers in [0, V).
        training: nothing is dropped unless True.

    Returns:
        (B, T, F).

    Raises:
        ValueError: an argument is out of range, or the shape is not (B, T, C).

    Example:

    >>> from keras_seq.characters import CharacterCNN
    >>> tuple(CharacterCNN(30, 5, 4)(keras.ops.ones((2, 7, 20), "int32")).shape)
    (2, 7, 5)

    Reference: Ma and Hovy, End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF, ACL 2016.
    """

    def __init__(self, characters, units, embedding, dropout=0.0, **kwargs):
        _check(type(self).__name__, characters, units, embedding, dropout)
        super().__init__(**kwargs)
        self.characters, self.units, self.embedding = characters, units, embedding
        self.dropout = dropout
        self._embed = keras.layers.Embedding(
            characters, embedding, name="embedding", dtype=self.dtype_policy
        )
        self._drop = keras.layers.Dropout(dropout, name="dropout", dtype=self.dtype_policy)
        self._filter = keras.layers.Dense(units, name="filters", dtype=self.dtype_policy)

    def build(self, input_shape):
        self._embed.build(input_shape)
        self._filter.build((*input_shape, 3 * self.embedding))

    def call(self, inputs, training=False):
        checks.rank(type(self).__name__, "B T C", inputs=inputs.shape)
        real = ops.expand_dims(ops.not_equal(inputs, 0), -1)
        x = self._drop(self._embed(inputs), training=training)
        x = ops.where(real, x, ops.zeros_like(x))
        # Three slices and one product: XLA's convolution of a few channels is slow on CPUs.
        x = ops.pad(x, [[0, 0], [0, 0], [1, 1], [0, 0]])
        x = ops.concatenate([x[:, :, :-2], x[:, :, 1:-1], x[:, :, 2:]], axis=-1)
        y = self._filter(x)
        # After the relu zeros are the least, so padding and empty tokens may be zeros.
        return ops.max(ops.where(real, ops.relu(y), ops.zeros_like(y)), axis=2)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.units)

    def get_config(self):
        return {**super().get_config(), **_arguments(self)}


@keras.saving.register_keras_serializable("keras_seq")
class CharacterLSTM(keras.layers.Layer):
    """What an LSTM in each direction knows when it has read a token.

        x   = E[ids]                                         (B, T, C, D)
        out = [last of LSTM(x), last of backward LSTM(x)]    (B, T, F)

    Weights: `embedding` E (V, D), and those of two LSTMs of F / 2 units.

    Args:
        characters: V, the number of character ids; 0 is padding.
        units: F, an even number.
        embedding: D, size of a character's vector.
        dropout: fraction of the numbers of x that is dropped, the same at all characters.

    Call arguments:
        inputs: ids, (B, T, C), integers in [0, V).
        training: nothing is dropped unless True.

    Returns:
        (B, T, F).

    Raises:
        ValueError: an argument is out of range, or the shape is not (B, T, C).

    Example:

    >>> from keras_seq.characters import CharacterLSTM
    >>> tuple(CharacterLSTM(30, 6, 4)(keras.ops.ones((2, 7, 20), "int32")).shape)
    (2, 7, 6)

    Reference: Lample et al., Neural Architectures for Named Entity Recognition, NAACL 2016.
    """

    def __init__(self, characters, units, embedding, dropout=0.0, **kwargs):
        _check(type(self).__name__, characters, units, embedding, dropout)
        if units % 2:
            checks.refuse(type(self).__name__, "units", "an even number", units)
        super().__init__(**kwargs)
        self.characters, self.units, self.embedding = characters, units, embedding
        self.dropout = dropout
        self._embed = keras.layers.Embedding(
            characters, embedding, name="embedding", dtype=self.dtype_policy
        )
        self._read = keras.layers.Bidirectional(
            LSTM(units // 2, dropout=dropout, dtype=self.dtype_policy),
            name="both",
            dtype=self.dtype_policy,
        )

    def build(self, input_shape):
        self._embed.build((None, input_shape[2]))
        self._read.build((None, input_shape[2], self.embedding))

    def call(self, inputs, training=False):
        checks.rank(type(self).__name__, "B T C", inputs=inputs.shape)
        B, T, C = ops.shape(inputs)
        ids = ops.reshape(inputs, (-1, C))
        real = ops.not_equal(ids, 0)
        read = self._read(self._embed(ids), mask=real, training=training)
        return ops.reshape(read, (B, T, self.units))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.units)

    def get_config(self):
        return {**super().get_config(), **_arguments(self)}


def _check(owner, characters, units, embedding, dropout):
    checks.positive_int(owner, characters=characters, units=units, embedding=embedding)
    checks.fraction(owner, dropout=dropout)


def _arguments(layer):
    names = ("characters", "units", "embedding", "dropout")
    return {name: getattr(layer, name) for name in names}
