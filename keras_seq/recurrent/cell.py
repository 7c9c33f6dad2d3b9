"""What a recurrent cell promises: `project` all time steps at once, `step` in order."""

import keras
from keras import ops

from keras_seq import checks, dropout

# The stock keras.layers.RNN draws the dropout masks of a cell before its loop, so that they
# stay fixed over time, but only for cells with this base class, which has no public name.
_DropoutRNNCell = next(
    base for base in keras.layers.LSTMCell.__mro__ if base.__name__ == "DropoutRNNCell"
)

_GETTERS = {
    "activation": (keras.activations.get, keras.activations.serialize),
    "initializer": (keras.initializers.get, keras.initializers.serialize),
    "regularizer": (keras.regularizers.get, keras.regularizers.serialize),
    "constraint": (keras.constraints.get, keras.constraints.serialize),
}
NORM_EPSILON = 1e-3


class RecurrentCell(keras.layers.Layer, _DropoutRNNCell):
    """Base of the gated cells: arguments, weights and noise that all of them share.

    A subclass names its gates, in the order of their blocks in the kernels, and writes
    `step`. `call` is `project` and then `step`, so that the cell also runs in a stock
    `keras.layers.RNN`.

    A cell of frames has more axes than one and another product than the matrix product; a
    frame's shape is named without its batch. Where a user's layout is not the one the cell
    computes in, `to_compute_layout` and `from_compute_layout` lead from one to the other.

    Letters: B batch, T time, F features, G gates, U units, H size of the hidden state.

    Args:
        arguments: the constructor's arguments by name, each kept as an attribute.
        owner: the name that error messages begin with.
    """

    family = None  # the cell's name inside its layer
    native = None  # the name of the backend's own loop for this cell, if one is written
    width = "units"  # the argument that gives U
    fast_in_xla = True  # on TensorFlow; where it is not, Keras compiles a model without XLA
    gates = ()
    kernel_size = ()  # the axes that the kernels have before rows and columns
    input_letters, state_letters = "B F", "B U"
    zoneout = 0.0

    def __init__(self, arguments, **kwargs):
        implementation = kwargs.pop("implementation", 2)
        owner = self.owner = kwargs.pop("owner", type(self).__name__)
        super().__init__(**kwargs)
        checks.one_of(owner, (1, 2), implementation=implementation)
        self._argument_names = tuple(arguments)
        for name, value in arguments.items():
            kind = name.rsplit("_", 1)[-1]
            if kind in _GETTERS:
                what = f"{'an' if kind[0] in 'ai' else 'a'} {kind}"
                value = checks.choice_of(owner, _GETTERS[kind][0], what, **{name: value})
            setattr(self, name, value)
        checks.positive_int(owner, **{self.width: getattr(self, self.width)})
        checks.boolean(
            owner,
            use_bias=self.use_bias,
            layer_norm=self.layer_norm,
            dropout_per_gate=self.dropout_per_gate,
        )
        checks.fraction(
            owner,
            dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
            zoneout=self.zoneout,
            recurrent_weight_dropout=self.recurrent_weight_dropout,
        )
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self._drawn = None

    @property
    def output_size(self):
        return self.state_size[0]

    def build(self, input_shape):
        width, hidden, size = len(self.gates) * self.units, self.state_size[0], self.kernel_size
        self.kernel = self._weight("kernel", (*size, input_shape[-1], width), "kernel")
        shape = (*size, hidden, width)
        self.recurrent_kernel = self._weight("recurrent_kernel", shape, "recurrent")
        self.bias = self._weight("bias", self._bias_shape(), "bias") if self.use_bias else None

    def _bias_shape(self):
        return (len(self.gates) * self.units,)

    def _weight(self, name, shape, kind):
        """A weight with the initializer, regularizer and constraint of its kind."""
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
        )

    def _build_norm(self, **widths):
        for name, width in widths.items():
            gamma = self.add_weight(shape=(width,), name=f"{name}_gamma", initializer="ones")
            beta = self.add_weight(shape=(width,), name=f"{name}_beta", initializer="zeros")
            setattr(self, f"{name}_gamma", gamma)
            setattr(self, f"{name}_beta", beta)

    def value(self, weight):
        """A weight as a tensor in the dtype that the cell computes in."""
        return ops.cast(ops.convert_to_tensor(weight), self.compute_dtype)

    def norm(self, x, name, gates=slice(None)):
        """Layer normalisation over the last axis with the named gamma and beta."""
        dtype, columns = self.compute_dtype, self._columns(gates)
        if dtype in ("float16", "bfloat16"):
            x = ops.cast(x, "float32")  # squares leave float16's range soon
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
        gamma = self.value(getattr(self, f"{name}_gamma"))[columns]
        beta = self.value(getattr(self, f"{name}_beta"))[columns]
        return ops.cast(centred * ops.rsqrt(variance + NORM_EPSILON), dtype) * gamma + beta

    def _columns(self, gates):
        """The columns of a kernel that belong to a slice of the gates."""
        ends = (gates.start, gates.stop)
        return slice(*(None if end is None else end * self.units for end in ends))

    # Frames: here of one axis.

    def to_compute_layout(self, x):
        """From the user's layout to the one of `project` and `step`; leading axes stay."""
        return x

    def from_compute_layout(self, x):
        """The way back of `to_compute_layout`."""
        return x

    def state_shapes(self, frame):
        """The shapes of the states that inputs of shape `frame` lead to."""
        return [(size,) for size in self.state_size]

    def check_inputs(self, name, shape, letters):
        """Refuse a shape without these axes, and one that the built cell is not for."""
        features = self.kernel.shape[-2] if self.built else None
        checks.sizes(self.owner, name, shape, letters, F=features)

    # What runs at once, and what runs in order.

    def project(self, inputs, noise=dropout.DropoutMasks()):
        """Inputs (..., B, F) to the input's part of the gates, (..., B, G U)."""
        projected = self._times(inputs, self.value(self.kernel), noise.input, self.input_product)
        if self.layer_norm:
            projected = self.norm(projected, "kernel_norm")
        bias = self._input_bias()
        return projected if bias is None else projected + bias

    def _input_bias(self):
        return self.value(self.bias) if self.use_bias else None

    def step(self, projected, states, noise=dropout.DropoutMasks()):
        """One step: (B, G U) and the old states to the new states, the first the output."""
        raise NotImplementedError

    def recurrent(self, h, noise, gates=slice(None)):
        """The state's part of the gates, or of a slice of them: h (B, H) to (B, G U)."""
        kernel = self.dropped_kernel(noise)[..., self._columns(gates)]
        drop = noise.recurrent
        if drop is not None and self.dropout_per_gate:
            drop = drop[gates]
        return self._times(h, kernel, drop, self.recurrent_product)

    def input_product(self, x, kernel):
        """The inputs (..., B, F) times W, or some of its columns."""
        return ops.matmul(x, kernel)

    def recurrent_product(self, h, kernel):
        """The state (B, H) times R, or some of its columns."""
        return ops.matmul(h, kernel)

    def dropped_kernel(self, noise):
        """The recurrent kernel, with this batch's single weights dropped."""
        kernel = self.value(self.recurrent_kernel)
        return kernel if noise.weight is None else kernel * noise.weight

    def _times(self, x, kernel, drop, product):
        """product(x, kernel), x dropped once for all gates or for each."""
        if drop is None:
            return product(x, kernel)
        if not self.dropout_per_gate:
            return product(x * drop, kernel)
        blocks = ops.split(kernel, kernel.shape[-1] // self.units, axis=-1)
        return ops.concatenate(
            [product(x * drop[g], block) for g, block in enumerate(blocks)], axis=-1
        )

    # DropoutMasks.

    def draw(self, batch, steps, frame, training):
        """The `dropout.DropoutMasks` of one batch; `steps` None leaves zoneout to each step."""
        if not training:
            zoneout = [1.0 - float(self.zoneout)] * len(self.state_size) if self.zoneout else None
            return dropout.DropoutMasks(zoneout=zoneout)
        seed, dtype = self.seed_generator, self.compute_dtype
        each = (len(self.gates),) if self.dropout_per_gate else ()
        states = self.state_shapes(frame)

        def mask(rate, shape):
            return self.to_compute_layout(dropout.mask(shape, rate, seed, dtype)) if rate else None

        zoneout = weight = None
        if self.zoneout and steps is not None:
            zoneout = [
                dropout.kept((steps, batch, *shape), self.zoneout, seed, dtype) for shape in states
            ]
        if self.recurrent_weight_dropout:
            shape, rate = self.recurrent_kernel.shape, self.recurrent_weight_dropout
            weight = dropout.mask(shape, rate, seed, dtype)
        return dropout.DropoutMasks(
            input=mask(self.dropout, (*each, batch, *frame)),
            recurrent=mask(self.recurrent_dropout, (*each, batch, *states[0])),
            weight=weight,
            zoneout=zoneout,
        )

    def get_dropout_mask(self, step_input):
        """The stock RNN's hook before its loop: the masks all steps will share."""
        if self.dropout or self.recurrent_dropout or self.recurrent_weight_dropout:
            batch, *frame = ops.shape(step_input)
            self._drawn = self.draw(batch, None, frame, training=True)

    def get_recurrent_dropout_mask(self, step_input):
        """The stock RNN's second hook; `get_dropout_mask` has drawn everything."""

    def reset_dropout_mask(self):
        self._drawn = None

    def reset_recurrent_dropout_mask(self):
        self._drawn = None

    # Keras's side of the contract.

    def call(self, inputs, states, training=False):
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        self.check_inputs("inputs", inputs.shape, self.input_letters)
        batch, *frame = ops.shape(inputs)
        noise = self._drawn if training else None
        if noise is None:
            noise = self.draw(batch, None, frame, training)
        shares = noise.zoneout
        if training and self.zoneout:
            if keras.backend.backend() == "jax":
                raise ValueError(
                    f"{type(self).__name__}: `zoneout` in training needs "
                    f"keras_seq.{type(self).__name__[:-4]} on JAX: a random draw at every step "
                    f"cannot be made inside keras.layers.RNN. Received: zoneout={self.zoneout}"
                )
            shares = [
                dropout.kept((batch, s), self.zoneout, self.seed_generator, self.compute_dtype)
                for s in self.state_size
            ]
        states = [self.to_compute_layout(state) for state in states]
        new = self.step(self.project(self.to_compute_layout(inputs), noise), states, noise)
        if shares is not None:
            new = [
                old + share * (n - old) for old, n, share in zip(states, new, shares, strict=True)
            ]
        new = [self.from_compute_layout(state) for state in new]
        return new[0], new

    def get_initial_state(self, batch_size=None):
        return self.zero_states(batch_size, None)

    def zero_states(self, batch, frame):
        """States to start from, in the user's layout."""
        shapes = self.state_shapes(frame)
        return [ops.zeros((batch, *shape), self.compute_dtype) for shape in shapes]

    def get_config(self):
        config = super().get_config()
        for name in self._argument_names:
            value = getattr(self, name)
            kind = name.rsplit("_", 1)[-1]
            config[name] = _GETTERS[kind][1](value) if kind in _GETTERS else value
        return config


def arguments_of(scope):
    """A constructor's named arguments, from its `locals()`."""
    return {k: v for k, v in scope.items() if k not in ("self", "kwargs", "__class__")}
