"""Position encodings, for layers that do not depend on the order of their inputs."""

import numbers
from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.errors import InputError


def position_indices(owner, start_index, length):
    """(B or 1, T): start_index, start_index + 1, ... for an integer or a tensor (B,)."""
    start_index = ops.reshape(checks.integers(owner, "start_index", start_index), (-1, 1))
    return start_index + ops.arange(length, dtype="int32")


def rotation_angles(positions, size, max_wavelength):
    """Positions (B, T) to angles (B, T, size / 2): position / max_wavelength^(2 i / size)."""
    i = ops.arange(0, size, 2, dtype="float32")
    positions = ops.expand_dims(ops.cast(positions, "float32"), -1)
    return positions * ops.power(max_wavelength, -i / size)


class _Positions(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def _check(self, inputs, letters, even=False):
        owner = type(self).__name__
        checks.rank(owner, letters, inputs=inputs.shape)
        if even and inputs.shape[-1] % 2:
            letter = letters[-1]
            raise InputError(
                f"{owner}: `inputs` must have an even size {letter}. "
                f"Received: {letter}={inputs.shape[-1]}"
            )

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)


@keras.saving.register_keras_serializable("keras_seq")
class SinusoidalPositions(_Positions):
    """Adds sines and cosines of the position to the inputs.

        P[t, 2i]     = sin(t / max_wavelength^(2i / D))
        P[t, 2i + 1] = cos(t / max_wavelength^(2i / D))
        outputs      = inputs + P

    Args:
        max_wavelength: the largest wavelength over 2 pi.

    Call arguments:
        inputs: (B, T, D), D even.
        start_index: the position of the first step, an integer or a tensor (B,).

    Returns:
        (B, T, D).

    Masking: the mask of the inputs is passed on to the next layer.

    Raises:
        ValueError: D is odd, or `max_wavelength` is not a positive number.

    Example:

    >>> import keras_seq
    >>> print(keras_seq.SinusoidalPositions()(np.zeros((1, 1, 4), "float32"))[0, 0].shape[0])
    4

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 3.5.
    """

    def __init__(self, max_wavelength: float = 10000.0, **kwargs):
        super().__init__(**kwargs)
        checks.positive("SinusoidalPositions", max_wavelength=max_wavelength)
        self.max_wavelength = float(max_wavelength)

    def call(self, inputs: Any, start_index: Any = 0) -> Any:
        self._check(inputs, "B T D", even=True)
        B, T, D = ops.shape(inputs)
        waves = rotation_angles(
            position_indices("SinusoidalPositions", start_index, T),
            inputs.shape[-1],
            self.max_wavelength,
        )
        waves = ops.stack([ops.sin(waves), ops.cos(waves)], axis=-1)
        waves = ops.reshape(waves, (-1, T, D))
        return inputs + ops.cast(waves, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "max_wavelength": self.max_wavelength}


@keras.saving.register_keras_serializable("keras_seq")
class LearnedPositions(_Positions):
    """Adds a learned vector for each position to the inputs.

        outputs = inputs + E[start_index : start_index + T]

    Weights: `positions` E (sequence_length, D).

    Args:
        sequence_length: the largest number of positions.
        initializer: initializer of E.

    Call arguments:
        inputs: (B, T, D).
        start_index: the position of the first step, an integer or a tensor (B,). The values of a
            tensor are not checked: positions outside E get its first or last vector.

    Returns:
        (B, T, D).

    Masking: the mask of the inputs is passed on to the next layer.

    Raises:
        ValueError: `sequence_length` is not a positive integer, an integer `start_index` is
            negative, or start_index + T (T for a tensor) is larger than `sequence_length`.

    Example:

    >>> import keras_seq
    >>> tuple(keras_seq.LearnedPositions(16)(np.zeros((2, 5, 4), "float32")).shape)
    (2, 5, 4)

    Reference: Gehring et al., Convolutional Sequence to Sequence Learning, ICML 2017.
    """

    def __init__(self, sequence_length: int, initializer: Any = "random_normal", **kwargs):
        super().__init__(**kwargs)
        checks.positive_int("LearnedPositions", sequence_length=sequence_length)
        self.sequence_length = sequence_length
        self.initializer = checks.choice_of(
            "LearnedPositions", keras.initializers.get, "an initializer", initializer=initializer
        )

    def build(self, input_shape):
        shape = (self.sequence_length, input_shape[-1])
        self.positions = self.add_weight(shape, self.initializer, name="positions")

    def call(self, inputs: Any, start_index: Any = 0) -> Any:
        self._check(inputs, "B T D")
        T, before = inputs.shape[1], 0
        if isinstance(start_index, numbers.Integral):
            checks.non_negative_int("LearnedPositions", start_index=start_index)
            before = start_index
        if T is not None and self.sequence_length < before + T:
            raise InputError(
                f"LearnedPositions: `inputs` must have at most sequence_length="
                f"{self.sequence_length} positions, those before `start_index` included. "
                f"Received: T={T}, start_index={start_index}"
            )
        # Outside the table the backends differ: an error, NaN, zeros or another row.
        indices = position_indices("LearnedPositions", start_index, ops.shape(inputs)[1])
        indices = ops.clip(indices, 0, self.sequence_length - 1)
        return inputs + ops.cast(ops.take(self.positions, indices, axis=0), inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        initializer = keras.initializers.serialize(self.initializer)
        return {
            **super().get_config(),
            "sequence_length": self.sequence_length,
            "initializer": initializer,
        }


@keras.saving.register_keras_serializable("keras_seq")
class RotaryPositions(_Positions):
    """Rotates queries and keys by an angle that grows with the position.

        (x[2i], x[2i + 1]) is rotated by the angle t / max_wavelength^(2i / D)

    The product of a query and a key then depends on the distance of their positions. The
    Transformer blocks apply this layer with `rotary=True`.

    Args:
        max_wavelength: the largest wavelength over 2 pi.

    Call arguments:
        inputs: queries or keys, (B, T, H, D), D even.
        start_index: the position of the first step, an integer or a tensor (B,).

    Returns:
        (B, T, H, D).

    Masking: the mask of the inputs is passed on to the next layer.

    Raises:
        ValueError: D is odd, or `max_wavelength` is not a positive number.

    Example:

    >>> import keras_seq
    >>> tuple(keras_seq.RotaryPositions()(np.ones((2, 5, 3, 4), "float32")).shape)
    (2, 5, 3, 4)

    Reference: Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.
    """

    def __init__(self, max_wavelength: float = 10000.0, **kwargs):
        super().__init__(**kwargs)
        checks.positive("RotaryPositions", max_wavelength=max_wavelength)
        self.max_wavelength = float(max_wavelength)

    def call(self, inputs: Any, start_index: Any = 0) -> Any:
        self._check(inputs, "B T H D", even=True)
        shape = ops.shape(inputs)
        angles = rotation_angles(
            position_indices("RotaryPositions", start_index, shape[1]),
            inputs.shape[-1],
            self.max_wavelength,
        )
        angles = ops.expand_dims(angles, 2)  # the same for all heads
        pairs = ops.reshape(ops.cast(inputs, "float32"), (*shape[:-1], inputs.shape[-1] // 2, 2))
        x, y, c, s = pairs[..., 0], pairs[..., 1], ops.cos(angles), ops.sin(angles)
        rotated = ops.stack([x * c - y * s, x * s + y * c], axis=-1)
        return ops.cast(ops.reshape(rotated, shape), inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "max_wavelength": self.max_wavelength}
