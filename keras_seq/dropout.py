"""Dropout whose masks stay fixed over time: variational, weight and word-type dropout."""

from typing import Any, NamedTuple

import keras
from keras import ops

from keras_seq import checks


class DropoutMasks(NamedTuple):
    """The random masks of one batch of sequences; None where nothing is dropped.

    Letters: B batch, T time, F features, G gates, H size of the hidden state, U units.

    input: (B, F), or (G, B, F) with one mask for each gate.
    recurrent: (B, H), or (G, B, H) with one mask for each gate.
    weight: (H, G U), for the entries of the recurrent kernel, drawn once for the batch.
    zoneout: for each state (T, B, size), 1 where it takes its new value and 0 where it keeps its
        old one, drawn for each step.
    zoneout_mean: the expectation of `zoneout`, a number, which replaces it at inference.
    """

    input: Any = None
    recurrent: Any = None
    weight: Any = None
    zoneout: Any = None
    zoneout_mean: float | None = None

    def update_rates(self, states: int) -> list:
        """For each of `states` states, the rate in new = old + rate * (new - old).

        A rate is a tensor, a number, or None where the new value simply replaces the old one.
        """
        return [self.zoneout_mean] * states if self.zoneout is None else list(self.zoneout)

    def apply_zoneout(self, old: list, new: list) -> list:
        """The states after one step of zoneout; the masks of `self` are the masks of this step."""
        rates = self.update_rates(len(new))
        return [
            n if rate is None else o + rate * (n - o)
            for o, n, rate in zip(old, new, rates, strict=True)
        ]


def dropout_mask(shape: tuple, rate: float, seed: Any, dtype: str) -> Any:
    """Zeros with probability `rate`, else 1 / (1 - rate): the expectation is 1."""
    return keras.random.dropout(ops.ones(shape, dtype), rate, seed=seed)


def zoneout_mask(shape: tuple, rate: float, seed: Any, dtype: str) -> Any:
    """Zeros with probability `rate`, else 1."""
    drawn = keras.random.uniform(shape, seed=seed, dtype="float32")
    return ops.cast(drawn >= rate, dtype)


@keras.saving.register_keras_serializable("keras_seq")
class WordDropout(keras.layers.Layer):
    """Drops whole word types: a dropped word is missing wherever it occurs in its sequence.

        keep[b, w] ~ Bernoulli(1 - rate)                      once per sequence b and type w
        outputs[b, t] = embeddings[b, t] * keep[b, ids[b, t]] / (1 - rate)

    Ordinary dropout on embeddings drops single features, and a word that occurs twice often stays
    visible once. With this layer the model has to predict without the dropped word.

    Args:
        rate: fraction of the word types that is dropped, in [0, 1).
        seed: integer, or None for a random one.

    Call arguments:
        embeddings: (B, T, F), one vector per token.
        ids: (B, T), the integer word type of each token.
        training: nothing is dropped unless True.

    Returns:
        (B, T, F), as `embeddings`.

    Masking: the mask of `embeddings` is passed on.

    Raises:
        ValueError: `rate` is not in [0, 1), or the shapes do not agree.

    Example:

    >>> import keras_seq
    >>> ids = keras.ops.array([[1, 2, 1], [3, 1, 0]])
    >>> vectors = keras.layers.Embedding(4, 8)(ids)
    >>> tuple(keras_seq.WordDropout(0.5)(vectors, ids, training=True).shape)
    (2, 3, 8)

    Reference: Gal and Ghahramani, A Theoretically Grounded Application of Dropout in
    Recurrent Neural Networks, NeurIPS 2016, section 4.2.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs):
        checks.unit_interval("WordDropout", rate=rate)
        super().__init__(autocast=False, **kwargs)  # float16 cannot represent large ids exactly
        self.rate = rate
        self.seed = seed
        if rate > 0:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, embeddings: Any, ids: Any, training: bool = False) -> Any:
        checks.rank("WordDropout", "B T F", embeddings=embeddings.shape)
        batch, length, _ = embeddings.shape
        checks.sizes("WordDropout", "ids", ids.shape, "B T", B=batch, T=length)
        ids = checks.integers("WordDropout", "ids", ids)
        embeddings = ops.cast(embeddings, self.compute_dtype)
        if not training or self.rate == 0:
            return embeddings
        # Sorting brings equal ids together; all members of a run get the random draw of the run.
        order = ops.argsort(ids, axis=1)
        ordered = ops.take_along_axis(ids, order, axis=1)
        starts = ops.cast(ordered[:, 1:] != ordered[:, :-1], "int32")
        runs = ops.pad(ops.cumsum(starts, axis=1), [[0, 0], [1, 0]])  # (B, T)
        runs = ops.take_along_axis(runs, ops.argsort(order, axis=1), axis=1)
        draws = dropout_mask(ops.shape(ids), self.rate, self.seed_generator, embeddings.dtype)
        keep = ops.take_along_axis(draws, runs, axis=1)
        return embeddings * ops.expand_dims(keep, -1)

    def compute_mask(self, embeddings, mask=None):
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def compute_output_shape(self, embeddings_shape, ids_shape=None):
        return embeddings_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
