"""Length normalization: divisors of log-probabilities, so that short outputs are not preferred."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras import ops

from keras_seq import checks


@dataclass(frozen=True)
class GNMTLengthPenalty:
    """The length normalization of Google's translation system, as `alpha` of `beam_search`.

        normalizer = ((5 + T) / 6)^alpha

    Args:
        alpha: at least 0. The published system uses 0.2; 0.6 is common elsewhere.

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
        checks.non_negative("GNMTLengthPenalty", alpha=self.alpha)

    def __call__(self, lengths: Any) -> Any:
        return ops.power((5.0 + ops.cast(lengths, "float32")) / 6.0, self.alpha)


@dataclass(frozen=True)
class PowerLengthPenalty:
    """T^alpha: 1 compares mean log-probabilities per token, 0 compares their sums."""

    alpha: float

    def __call__(self, lengths: Any) -> Any:
        return ops.power(ops.cast(lengths, "float32"), self.alpha)


def length_normalizer(owner: str, alpha: float | GNMTLengthPenalty) -> Callable[[Any], Any]:
    """The function from lengths to divisors that `alpha` defines."""
    if isinstance(alpha, GNMTLengthPenalty):
        return alpha
    checks.non_negative(owner, alpha=alpha)
    return PowerLengthPenalty(float(alpha))
