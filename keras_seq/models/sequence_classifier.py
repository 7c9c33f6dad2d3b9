"""A recurrent classifier of whole sequences."""

from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import WordDropout
from keras_seq.models.token_ids import ReadsIds
from keras_seq.pooling import AttentionPooling, MaxPooling, MeanPooling
from keras_seq.recurrent.variants import CELL_NAMES, CellName, recurrent_variant

POOLINGS = {"last": None, "mean": MeanPooling, "max": MaxPooling, "attention": AttentionPooling}


@keras.saving.register_keras_serializable("keras_seq")
class SequenceClassifier(ReadsIds, keras.Model):
    """A recurrent classifier: from token ids to the probability of each class.

        x   = E[ids]                          (B, T, D), with word dropout in training
        x   = RNN(x), `num_layers` times      (B, T, U), or 2U for both directions
        y   = pooling of x over time          (B, U) or (B, 2U)
        out = softmax(y W + b)                (B, K)

    `pooling="last"` takes the final output of each direction: the output of the forward layer at
    the last real step and the output of the backward layer at the first step.

    Weights: `embedding` E (V, D), those of the recurrent layers and of the pooling, `kernel` W
    (U or 2U, K) and `bias` b (K,).

    Args:
        vocabulary_size: V, the number of token ids; 0 is padding.
        num_classes: K, at least 2.
        cell: "lstm", "peephole", "coupled", "no_forget", "layer_norm", "gru", "gru_before" or
            "simplified_gru".
        units: U, size of the state of each direction.
        num_layers: number of stacked recurrent layers.
        bidirectional: whether each recurrent layer is bidirectional.
        embedding_dim: D, size of the embedding of a token.
        pooling: "last", "mean", "max" or "attention".
        dropout: fraction of the inputs of each recurrent layer (one mask for all time steps) and
            of the output layer that is dropped.
        recurrent_dropout: fraction of the states that is dropped, one mask for all time steps.
        dropout_per_gate: whether each gate has a dropout mask of its own.
        recurrent_weight_dropout: fraction of the recurrent weights dropped.
        word_dropout: fraction of the word types of each sequence that is dropped.
        zoneout: probability that a unit of a state keeps its old value at a step.
        dtype: dtype policy of all layers but the softmax; None: the global policy.

    Call arguments:
        inputs: ids, (B, T), integers in [0, V).
        training: dropout applies only where True.

    Returns:
        Probabilities, (B, K), float32.

    Masking: id 0 is padding and is ignored; a row that is all padding is classified too.

    Raises:
        ValueError: an argument is out of range or unknown, or an id where its value is known.

    Example:

    >>> from keras_seq.models import SequenceClassifier
    >>> model = SequenceClassifier(100, num_classes=3, units=8, pooling="attention")
    >>> tuple(model(keras.ops.array([[4, 8, 15, 0], [16, 23, 42, 7]])).shape)
    (2, 3)
    """

    def __init__(
        self,
        vocabulary_size: int,
        num_classes: int,
        *,
        cell: CellName = "lstm",
        units: int = 64,
        num_layers: int = 1,
        bidirectional: bool = True,
        embedding_dim: int = 64,
        pooling: str = "max",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        dropout_per_gate: bool = False,
        recurrent_weight_dropout: float = 0.0,
        word_dropout: float = 0.0,
        zoneout: float = 0.0,
        dtype: Any = None,
        **kwargs,
    ):
        owner = type(self).__name__
        checks.no_others(owner, ("name", "trainable"), kwargs)
        checks.positive_int(
            owner,
            vocabulary_size=vocabulary_size,
            units=units,
            num_layers=num_layers,
            embedding_dim=embedding_dim,
        )
        if not isinstance(num_classes, int) or num_classes < 2:
            checks.refuse(owner, "num_classes", "an integer of at least 2", num_classes)
        checks.one_of(owner, CELL_NAMES, cell=cell)
        checks.one_of(owner, tuple(POOLINGS), pooling=pooling)
        checks.boolean(owner, bidirectional=bidirectional, dropout_per_gate=dropout_per_gate)
        checks.unit_interval(owner, dropout=dropout, word_dropout=word_dropout)
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
        # Passed explicitly, so that it does not depend on which layers propagate a mask.
        mask = ops.not_equal(ids, 0)
        embed = keras.layers.Embedding(
            vocabulary_size, embedding_dim, name="embedding", dtype=policy
        )
        x = embed(ids)
        x = WordDropout(word_dropout, name="word_dropout", dtype=policy)(x, ids)
        for number in range(1, num_layers + 1):
            layer = recurrent(
                units,
                return_sequences=number < num_layers or pooling != "last",
                name=f"{cell}_{number}",
                **options,
            )
            if bidirectional:
                layer = keras.layers.Bidirectional(layer, name=f"both_{number}", dtype=policy)
            x = layer(x, mask=mask)
        if pooling != "last":
            x = POOLINGS[pooling](name="pooling", dtype=policy)(x, mask=mask)
        x = keras.layers.Dropout(dropout, name="dropout", dtype=policy)(x)
        outputs = keras.layers.Dense(num_classes, "softmax", name="classes", dtype="float32")(x)
        super().__init__(inputs=ids, outputs=outputs, **kwargs)

        self.vocabulary_size = vocabulary_size
        self.num_classes = num_classes
        self.cell = cell
        self.units = units
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.embedding_dim = embedding_dim
        self.pooling = pooling
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.dropout_per_gate = dropout_per_gate
        self.recurrent_weight_dropout = recurrent_weight_dropout
        self.word_dropout = word_dropout
        self.zoneout = zoneout
        self.inner_dtype_policy = policy

    def vocabulary_sizes(self) -> dict[str, int]:
        """For the inputs the number of ids."""
        return {"inputs": self.vocabulary_size}

    def get_config(self) -> dict[str, Any]:
        return {
            "vocabulary_size": self.vocabulary_size,
            "num_classes": self.num_classes,
            "cell": self.cell,
            "units": self.units,
            "num_layers": self.num_layers,
            "bidirectional": self.bidirectional,
            "embedding_dim": self.embedding_dim,
            "pooling": self.pooling,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "dropout_per_gate": self.dropout_per_gate,
            "recurrent_weight_dropout": self.recurrent_weight_dropout,
            "word_dropout": self.word_dropout,
            "zoneout": self.zoneout,
            "dtype": self.inner_dtype_policy.name,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
