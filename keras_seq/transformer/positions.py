"""Where something stands in its sequence, told to layers that could not know."""

import numbers

import keras
from keras import ops

from keras_seq import checks


def places(first, T):
    """(B or 1, T): first, first + 1, ... for an integer or a tensor (B,)."""
    first = ops.reshape(ops.cast(ops.convert_to_tensor(first), "int32"), (-1, 1))
    return first + ops.arange(T, dtype="int32")


def angles(at, size, longest):
    """Places (B, T) to angles (B, T, size / 2): at / longest^(2 i / size)."""
    i = ops.arange(0, size, 2, dtype="float32")
    return ops.expand_dims(ops.cast(at, "float32"), -1) * ops.power(longest, -i / size)


class _Positions(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def _check(self, inputs, letters, even=False):
        owner = type(self).__name__
        checks.rank(owner, letters, inputs=inputs.shape)
        if even and inputs.shape[-1] % 2:
            letter = letters[-1]
            raise ValueError(
                f"{owner}: `inputs` must have an even size {letter}. "
                f"Received: {letter}={inputs.shape[-1]}"
            )

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)


@keras.saving.register_keras_serializable("keras_seq")
class SinusoidalPositions(_Positions):
    """Adds to each place sines and cosines of its number.

        P[t, 2i]     = sin(t / longest^(2i / D))
        P[t, 2i + 1] = cos(t / longest^(2i / D))
        outputs      = inputs + P

    Args:
        longest: what the slowest wave's length grows to, over 2 pi.

    Call arguments:
        inputs: (B, T, D), D even.
        first: the number of the first place, an integer or a tensor (B,).

    Returns:
        (B, T, D).

    Masking: the mask of the inputs goes on.

    Raises:
        ValueError: D is odd, or `longest` not a positive number.

    Example:

    >>> import keras_seq
    >>> print(keras_seq.SinusoidalPositions()(np.zeros((1, 1, 4), "float32"))[0, 0].shape[0])
    4

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 3.5.
    """

    def __init__(self, longest=10000.0, **kwargs):
        super().__init__(**kwargs)
        checks.positive("SinusoidalPositions", longest=longest)
        self.longest = float(longest)

    def call(self, inputs, first=0):
        self._check(inputs, "B T D", even=True)
        B, T, D = ops.shape(inputs)
        waves = angles(places(first, T), inputs.shape[-1], self.longest)
        waves = ops.stack([ops.sin(waves), ops.cos(waves)], axis=-1)
        waves = ops.reshape(waves, (-1, T, D))
        return inputs + ops.cast(waves, inputs.dtype)

    def get_config(self):
        return {**super().get_config(), "longest": self.longest}


@keras.saving.register_keras_serializable("keras_seq")
class LearnedPositions(_Positions):
    """Adds to each place a vector that is learned for it.

        outputs = inputs + E[first : first + T]

    Weights: `positions` E (max_length, D).

    Args:
        max_length: how many places there are.
        initializer: of E.

    Call arguments:
        inputs: (B, T, D).
        first: the number of the first place, an integer or a tensor (B,). What a tensor says is
            not checked: a place before E gets its first vector, a place past E its last.

    Returns:
        (B, T, D).

    Masking: the mask of the inputs goes on.

    Raises:
        ValueError: `max_length` is not a positive integer, or T exceeds it, or first + T does for
            an integer `first`, or that is negative.

    Example:

    >>> import keras_seq
    >>> tuple(keras_seq.LearnedPositions(16)(np.zeros((2, 5, 4), "float32")).shape)
    (2, 5, 4)

    Reference: Gehring et al., Convolutional Sequence to Sequence Learning, ICML 2017.
    """

    def __init__(self, max_length, initializer="random_normal", **kwargs):
        super().__init__(**kwargs)
        checks.positive_int("LearnedPositions", max_length=max_length)
        self.max_length = max_length
        self.initializer = checks.choice_of(
            "LearnedPositions", keras.initializers.get, "an initializer", initializer=initializer
        )

    def build(self, input_shape):
        shape = (self.max_length, input_shape[-1])
        self.positions = self.add_weight(shape, self.initializer, name="positions")

    def call(self, inputs, first=0):
        self._check(inputs, "B T D")
        T, before = inputs.shape[1], 0
        if isinstance(first, numbers.Integral):
            checks.whole("LearnedPositions", first=first)
            before = first
        if T is not None and self.max_length < before + T:
            raise ValueError(
                f"LearnedPositions: `inputs` must have at most max_length={self.max_length} "
                f"places, those before `first` counted. Received: T={T}, first={first}"
            )
        # Past the table, backends differ: an error, NaN, zeros or a neighbour.
        at = ops.clip(places(first, ops.shape(inputs)[1]), 0, self.max_length - 1)
        return inputs + ops.cast(ops.take(self.positions, at, axis=0), inputs.dtype)

    def get_config(self):
        initializer = keras.initializers.serialize(self.initializer)
        return {**super().get_config(), "max_length": self.max_length, "initializer": initializer}


@keras.saving.register_keras_serializable("keras_seq")
class RotaryPositions(_Positions):
    """Turns queries and keys by an angle that grows with the place.

        (x[2i], x[2i + 1]) turned by t / longest^(2i / D)

    The product of a query and a key then depends on how far apart they stand. The blocks do it
    with `rotary=True`.

    Args:
        longest: what the slowest turn grows to, over 2 pi.

    Call arguments:
        inputs: queries or keys, (B, T, H, D), D even.
        first: the number of the first place, an integer or a tensor (B,).

    Returns:
        (B, T, H, D).

    Masking: the mask of the inputs goes on.

    Raises:
        ValueError: D is odd, or `longest` not a positive number.

    Example:

    >>> import keras_seq
    >>> tuple(keras_seq.RotaryPositions()(np.ones((2, 5, 3, 4), "float32")).shape)
    (2, 5, 3, 4)

    Reference: Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.
    """

    def __init__(self, longest=10000.0, **kwargs):
        super().__init__(**kwargs)
        checks.positive("RotaryPositions", longest=longest)
        self.longest = float(longest)

    def call(self, inputs, first=0):
        self._check(inputs, "B T H D", even=True)
        shape = ops.shape(inputs)
        turn = angles(places(first, shape[1]), inputs.shape[-1], self.longest)
        turn = ops.expand_dims(turn, 2)  # for all heads
        pairs = ops.reshape(ops.cast(inputs, "float32"), (*shape[:-1], inputs.shape[-1] // 2, 2))
        x, y, c, s = pairs[..., 0], pairs[..., 1], ops.cos(turn), ops.sin(turn)
        turned = ops.stack([x * c - y * s, x * s + y * c], axis=-1)
        return ops.cast(ops.reshape(turned, shape), inputs.dtype)

    def get_config(self):
        return {**super().get_config(), "longest": self.longest}
