"""What the log probability of a hypothesis is divided by, so that short ones do not win."""

from dataclasses import dataclass

from keras import ops

from keras_seq import checks


@dataclass(frozen=True)
class GNMTLengthPenalty:
    """The length normalisation of Google's translation system, as `alpha` of `beam_search`.

        normaliser = ((5 + T) / 6)^alpha

    Args:
        alpha: at least 0; they took 0.2 at last, others 0.6.

    Raises:
        ValueError: `alpha` is not a number of at least 0.

    Example:

    >>> from keras_seq.decoding import GNMTLengthPenalty
    >>> keras.ops.convert_to_numpy(GNMTLengthPenalty(0.5)(keras.ops.array([19]))).tolist()
    [2.0]

    Reference: Wu et al., Google's Neural Machine Translation System, 2016, section 7.
    """

    alpha: float

    def __post_init__(self):
        checks.not_negative("GNMTLengthPenalty", alpha=self.alpha)

    def __call__(self, lengths):
        return ops.power((5.0 + ops.cast(lengths, "float32")) / 6.0, self.alpha)


@dataclass(frozen=True)
class Power:
    """T^alpha: at 1 the mean of the tokens' log probabilities counts, at 0 their sum."""

    alpha: float

    def __call__(self, lengths):
        return ops.power(ops.cast(lengths, "float32"), self.alpha)


def normaliser(owner, alpha):
    """lengths -> divisors, from a number or what is already such a function."""
    if isinstance(alpha, GNMTLengthPenalty):
        return alpha
    checks.not_negative(owner, alpha=alpha)
    return Power(float(alpha))
