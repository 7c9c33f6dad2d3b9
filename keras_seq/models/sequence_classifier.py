"""A recurrent classifier of whole sequences."""

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import WordDropout
from keras_seq.pooling import AttentionPooling, MaxPooling, MeanPooling
from keras_seq.recurrent.variants import CELL_NAMES, recurrent_variant

POOLINGS = {"last": None, "mean": MeanPooling, "max": MaxPooling, "attention": AttentionPooling}


@keras.saving.register_keras_serializable("keras_seq")
class SequenceClassifier(keras.Model):
    """From token ids to the probability of each class.

        x   = E[ids]                          (B, T, D), words dropped while training
        x   = RNN(x), `layers` times          (B, T, U), or 2U of both directions
        y   = pooling of x over time          (B, U) or (B, 2U)
        out = softmax(y W + b)                (B, K)

    `pooling="last"` takes what each direction has read when it is through: the last output of the
    forward layer and, of the backward layer, the one at the first step.

    Weights: `embedding` E (V, D), those of the recurrent layers and of the pooling, `kernel` W
    (U or 2U, K) and `bias` b (K,).

    Args:
        vocabulary_size: V, the number of token ids; 0 is padding.
        classes: K, at least 2.
        cell: "lstm", "peephole", "coupled", "no_forget", "layer_norm", "gru", "gru_before" or
            "simplified_gru".
        units: U, size of the state of each direction.
        layers: how many recurrent layers stand on each other.
        bidirectional: whether each layer reads in both directions.
        embedding: D, size of a token's vector.
        pooling: "last", "mean", "max" or "attention".
        dropout: fraction of the inputs of each recurrent layer (one mask for all time steps) and
            of the output layer that is dropped.
        recurrent_dropout: fraction of the states dropped, one mask for all time steps.
        dropout_per_gate: draw a mask for each gate instead of one for all.
        recurrent_weight_dropout: fraction of the single recurrent weights dropped.
        word_dropout: fraction of the word types of each sequence that is dropped.
        zoneout: probability of a state unit to keep its value for a step.
        dtype: policy of all layers but the softmax; None: the global one.

    Call arguments:
        inputs: ids, (B, T), integers in [0, V).
        training: nothing is dropped unless True.

    Returns:
        Probabilities, (B, K), float32.

    Masking: id 0 is padding and is never read; a row of padding alone gets an answer.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.models import SequenceClassifier
    >>> model = SequenceClassifier(100, classes=3, cell="peephole", units=8, pooling="attention")
    >>> tuple(model(keras.ops.array([[4, 8, 15, 0], [16, 23, 42, 7]])).shape)
    (2, 3)
    """

    def __init__(
        self,
        vocabulary_size,
        classes,
        *,
        cell="lstm",
        units=64,
        layers=1,
        bidirectional=True,
        embedding=64,
        pooling="max",
        dropout=0.0,
        recurrent_dropout=0.0,
        dropout_per_gate=False,
        recurrent_weight_dropout=0.0,
        word_dropout=0.0,
        zoneout=0.0,
        dtype=None,
        **kwargs,
    ):
        owner = type(self).__name__
        checks.positive_int(
            owner, vocabulary_size=vocabulary_size, units=units, layers=layers, embedding=embedding
        )
        if not isinstance(classes, int) or classes < 2:
            checks.refuse(owner, "classes", "an integer of at least 2", classes)
        checks.one_of(owner, CELL_NAMES, cell=cell)
        checks.one_of(owner, tuple(POOLINGS), pooling=pooling)
        checks.boolean(owner, bidirectional=bidirectional, dropout_per_gate=dropout_per_gate)
        checks.fraction(owner, dropout=dropout, word_dropout=word_dropout)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        recurrent, options = recurrent_variant(cell)
        options = {
            **options,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "dropout_per_gate": dropout_per_gate,
            "recurrent_weight_dropout": recurrent_weight_dropout,
            "zoneout": zoneout,
            "dtype": policy,
        }

        ids = keras.Input((None,), dtype="int32", name="ids")
        # Passed on by hand, so that it does not depend on what each layer hands on.
        mask = ops.not_equal(ids, 0)
        x = keras.layers.Embedding(vocabulary_size, embedding, name="embedding", dtype=policy)(ids)
        x = WordDropout(word_dropout, name="word_dropout", dtype=policy)(x, ids)
        for number in range(1, layers + 1):
            layer = recurrent(
                units,
                return_sequences=number < layers or pooling != "last",
                name=f"{cell}_{number}",
                **options,
            )
            if bidirectional:
                layer = keras.layers.Bidirectional(layer, name=f"both_{number}", dtype=policy)
            x = layer(x, mask=mask)
        if pooling != "last":
            x = POOLINGS[pooling](name="pooling", dtype=policy)(x, mask=mask)
        x = keras.layers.Dropout(dropout, name="dropout", dtype=policy)(x)
        outputs = keras.layers.Dense(classes, "softmax", name="classes", dtype="float32")(x)
        super().__init__(inputs=ids, outputs=outputs, **kwargs)

        self._arguments = {
            "vocabulary_size": vocabulary_size,
            "classes": classes,
            "cell": cell,
            "units": units,
            "layers": layers,
            "bidirectional": bidirectional,
            "embedding": embedding,
            "pooling": pooling,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "dropout_per_gate": dropout_per_gate,
            "recurrent_weight_dropout": recurrent_weight_dropout,
            "word_dropout": word_dropout,
            "zoneout": zoneout,
            "dtype": policy.name,
        }

    def get_config(self):
        return {**self._arguments, "name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
