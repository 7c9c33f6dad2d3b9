"""The scores that all functions of the CRF use: checked, zero at masked steps, time first."""

from typing import Any, NamedTuple

import keras
from keras import ops

from keras_seq import checks
from keras_seq.backend.chain import Steps, only


class Scores(NamedTuple):
    """The scores of a batch of chains in float32 (float64 if the emissions are float64).

    emissions: (T, B, K), zeros at masked steps.
    steps: which steps are real.
    transitions, start, end: (K, K), (K,), (K,).
    """

    emissions: Any
    steps: Steps
    transitions: Any
    start: Any
    end: Any

    @property
    def num_tags(self):
        """K, the number of tags."""
        return self.emissions.shape[-1]

    @property
    def empty(self):
        """Whether B or T is known to be 0, where `keras.ops.max` fails."""
        return 0 in self.emissions.shape[:2]


def prepare_scores(owner, emissions, mask, transitions, start, end):
    """The `Scores` of the arguments of a function of the CRF."""
    emissions = ops.convert_to_tensor(emissions)
    checks.rank(owner, "B T K", emissions=emissions.shape)
    batch, length, num_tags = emissions.shape
    given = {"transitions": (transitions, "K K"), "start": (start, "K"), "end": (end, "K")}
    dtype = (
        "float64" if keras.backend.standardize_dtype(emissions.dtype) == "float64" else "float32"
    )
    weights = {}
    for name, (weight, letters) in given.items():
        weight = ops.convert_to_tensor(weight)
        checks.sizes(owner, name, weight.shape, letters, K=num_tags)
        weights[name] = ops.cast(weight, dtype)
    mask = checks.mask(owner, "mask", mask, "B T", B=batch, T=length)
    emissions = ops.transpose(ops.cast(emissions, dtype), (1, 0, 2))
    steps = _steps(emissions, mask)
    return Scores(only(steps.real, emissions), steps, **weights)


def _steps(emissions, mask):
    if mask is None:
        length = ops.shape(emissions)[0]
        t = ops.expand_dims(ops.arange(length), -1)
        return Steps(None, ops.equal(t, 0), ops.equal(t, length - 1))
    real = ops.transpose(mask)
    number = ops.cumsum(ops.cast(real, "int32"), axis=0)
    count = ops.sum(ops.cast(real, "int32"), axis=0)
    first = ops.logical_and(real, ops.equal(number, 1))
    return Steps(real, first, ops.logical_and(real, ops.equal(number, count)))


def batch_major(values):
    """(T, B, ...) to (B, T, ...)."""
    return ops.swapaxes(values, 0, 1)
