"""The linear recurrent unit: a diagonal complex recurrence."""

import math
from typing import Any, Unpack

import keras
import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.backend import parallel
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import NO_RECURRENT_KERNEL, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


def _constant(values):
    return lambda shape, dtype=None: ops.convert_to_tensor(values, dtype)


@keras.saving.register_keras_serializable("keras_seq")
class LRUCell(RecurrentCell):
    """One step of a linear recurrent unit.

        s' = lambda * s + exp(gamma_log) * (x B)          s, lambda and B are complex
        y' = real(s' C) + x D + b
        lambda = exp(-exp(nu_log) + i exp(theta_log))

    |lambda| is below 1, so that the state stays bounded. New eigenvalues are spread evenly over the
    ring between `r_min` and `r_max`, and exp(gamma_log) starts at sqrt(1 - |lambda|^2). The step is
    linear, so a layer computes all steps by a parallel scan, whose depth is about log2(T). Put a
    nonlinearity between layers.

    Weights: `kernel` (F, 2S + U) with the real and the imaginary part of B, and D; `output_kernel`
    (2S, U) with those of C; `bias` b (U,); `nu_log`, `theta_log` and `gamma_log` (S,). Number of
    parameters: (2S + U) F + 2 S U + U + 3 S.

    Args:
        units: U, a positive integer.
        state_units: S, the size of the complex state; None is U.
        r_min: smallest size of a new eigenvalue, in [0, r_max).
        r_max: largest size of a new eigenvalue, at most 1.
        max_phase: largest angle of a new eigenvalue, above 0.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [y, re, im], (B, U), (B, S) and (B, S): the output, and the parts of s.
        training: dropout and zoneout are random only when True.

    Returns:
        y', (B, U), and the new states [y', re', im'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.LRUCell(8, state_units=4))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Orvieto et al., Resurrecting Recurrent Neural Networks for Long Sequences, ICML 2023.
    """

    family, native = "lru", "parallel"
    state_names = ("y", "re", "im")
    omits = (
        "activation",
        "recurrent_activation",
        "zoneout",
        "dropout_per_gate",
        *NO_RECURRENT_KERNEL,
    )

    def __init__(
        self,
        units: int,
        state_units: int | None = None,
        *,
        r_min: float = 0.0,
        r_max: float = 1.0,
        max_phase: float = 2 * math.pi,
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, **kwargs)
        if state_units is not None:
            checks.positive_int(self.owner, state_units=state_units)
        checks.closed_unit_interval(self.owner, r_min=r_min, r_max=r_max)
        checks.positive(self.owner, max_phase=max_phase)
        if r_min >= r_max:
            together = f"`r_min={r_min}` and `r_max={r_max}`"
            checks.conflict(self.owner, together, "the first must be smaller")
        self.state_units = state_units
        self.r_min, self.r_max, self.max_phase = r_min, r_max, max_phase

    @property
    def state_size(self):
        size = self.state_units or self.units
        return [self.units, size, size]

    def build(self, input_shape):
        size = self.state_size[1]
        width = 2 * size + self.units
        self.build_kernels(input_shape, (self.units,), width=width, recurrent_shape=())
        self.output_kernel = self.add_kernel("output_kernel", (2 * size, self.units))
        random = np.random.default_rng(self.seed)
        squares = random.uniform(self.r_min**2, self.r_max**2, size)
        squares = np.clip(squares, 1e-6, 1.0 - 1e-6)  # the logarithms below must be finite
        angles = random.uniform(1e-6, self.max_phase, size)
        values = {
            "nu_log": np.log(-0.5 * np.log(squares)),
            "theta_log": np.log(angles),
            "gamma_log": 0.5 * np.log(1.0 - squares),
        }
        for name, value in values.items():
            weight = self.add_weight(shape=(size,), name=name, initializer=_constant(value))
            setattr(self, name, weight)
        self.built = True

    def input_bias(self):
        return None  # it belongs to the output

    def linear_step(self, projected: Any) -> tuple[list, list]:
        """lambda and the input's part of s'; see `keras_seq.backend.parallel`."""
        size = self.state_size[1]
        re, im, _ = ops.split(projected, [size, 2 * size], axis=-1)
        gamma = ops.exp(self.value(self.gamma_log))
        radius = ops.exp(-ops.exp(self.value(self.nu_log)))
        angle = ops.exp(self.value(self.theta_log))
        each = radius * ops.ones_like(re)
        return [each * ops.cos(angle), each * ops.sin(angle)], [gamma * re, gamma * im]

    def readout(self, projected: Any, states: list) -> Any:
        """y of the new complex state."""
        size = self.state_size[1]
        re, im = states
        both = ops.concatenate([re, -im], axis=-1)
        y = self.products.input(both, self.value(self.output_kernel)) + projected[..., 2 * size :]
        return y if self.bias is None else y + self.value(self.bias)

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        return parallel.step(self, projected, states)


@keras.saving.register_keras_serializable("keras_seq")
class LRU(RecurrentLayer):
    """A linear recurrent unit over a sequence.

    The arguments are those of `keras_seq.LRUCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.LRU(8, state_units=4, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (2 * 4 + 8) * 3 + 2 * 4 * 8 + 8 + 3 * 4
    132

    Reference: see `keras_seq.LRUCell`.
    """

    cell_class = LRUCell
