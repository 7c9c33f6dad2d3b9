"""The time-delay layer: a window of the last steps, with the same weights at every step."""

from typing import Any

import keras
from keras import ops

from keras_seq import backend, checks


@keras.saving.register_keras_serializable("keras_seq")
class TimeDelay(keras.layers.Layer):
    """A layer of a time-delay neural network: each output sees the last K steps.

        y[t] = activation(sum_{k = 0}^{K - 1} x[t - k * dilation] W[k] + b)

    Steps before the first count as zeros. A stack of such layers whose dilations grow sees far back
    at little cost, and computes all steps at the same time, because nothing is fed back.

    Weights: `kernel` W (K, F, U), where W[0] belongs to the step itself; `bias` b (U,). Number of
    parameters: (K F + 1) U.

    Args:
        units: U, a positive integer.
        delays: K, the number of steps that an output sees, itself included.
        dilation: distance between two of these steps.
        activation: activation function of the output.
        use_bias: whether b is added.
        kernel_initializer: initializer of W.
        bias_initializer: initializer of b.
        kernel_regularizer: regularizer of W.
        bias_regularizer: regularizer of b.

    Call arguments:
        inputs: x, (B, T, F).
        mask: (B, T), True where a step is real.

    Returns:
        (B, T, U).

    Masking: the inputs of masked steps count as zeros, whatever they are. The mask is passed on.

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.TimeDelay(8, delays=3, dilation=2)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 * 3 + 1) * 8
    80

    Reference: Waibel et al., Phoneme Recognition Using Time-Delay Neural Networks, IEEE
    Transactions on Acoustics, Speech, and Signal Processing, 1989.
    """

    def __init__(
        self,
        units: int,
        delays: int,
        dilation: int = 1,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        checks.positive_int("TimeDelay", units=units, delays=delays, dilation=dilation)
        checks.boolean("TimeDelay", use_bias=use_bias)
        self.units, self.delays, self.dilation = units, delays, dilation
        self.use_bias = use_bias

        def chosen(module, kind, **value):
            return checks.choice_of("TimeDelay", module.get, kind, **value)

        self.activation = chosen(keras.activations, "an activation", activation=activation)
        initializers, regularizers = keras.initializers, keras.regularizers
        self.kernel_initializer = chosen(
            initializers, "an initializer", kernel_initializer=kernel_initializer
        )
        self.bias_initializer = chosen(
            initializers, "an initializer", bias_initializer=bias_initializer
        )
        self.kernel_regularizer = chosen(
            regularizers, "a regularizer", kernel_regularizer=kernel_regularizer
        )
        self.bias_regularizer = chosen(
            regularizers, "a regularizer", bias_regularizer=bias_regularizer
        )
        self.supports_masking = True

    def build(self, inputs_shape):
        checks.rank("TimeDelay", "B T F", inputs=inputs_shape)
        self.kernel = self.add_weight(
            shape=(self.delays, inputs_shape[-1], self.units),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.units,),
                name="bias",
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
            )
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        B, T = inputs.shape[:2]
        checks.sizes("TimeDelay", "inputs", inputs.shape, "B T F", F=self.kernel.shape[1])
        checks.not_empty("TimeDelay", "inputs", inputs.shape)
        mask = checks.mask("TimeDelay", "mask", mask, "B T", B=B, T=T)
        x = ops.cast(inputs, self.compute_dtype)
        if mask is not None:
            x = ops.where(backend.reference.expand_mask(mask, x), x, ops.zeros((), x.dtype))
        x = ops.pad(x, [[0, 0], [(self.delays - 1) * self.dilation, 0], [0, 0]])
        kernel = ops.flip(ops.cast(ops.convert_to_tensor(self.kernel), x.dtype), axis=0)
        y = ops.conv(
            x,
            kernel,
            padding="valid",
            data_format="channels_last",
            dilation_rate=self.dilation,
        )
        if self.bias is not None:
            y = y + ops.cast(self.bias, y.dtype)
        return self.activation(y)

    def compute_output_shape(self, inputs_shape):
        return (*inputs_shape[:2], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "delays": self.delays,
            "dilation": self.dilation,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
        }
