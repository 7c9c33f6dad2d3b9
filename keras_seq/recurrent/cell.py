"""What all recurrent cells share: weights, dropout, and `call` as `project` and then `step`."""

import inspect
from collections.abc import Callable
from typing import Any, TypedDict

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks, dropout_mask, zoneout_mask
from keras_seq.errors import InputError
from keras_seq.keras_internals import DropoutRNNCell
from keras_seq.recurrent.products import Convolutions, MatrixProducts

NORM_EPSILON = 1e-3
# What a cell whose gates do not see the state has no use for.
NO_RECURRENT_KERNEL = (
    "recurrent_initializer",
    "recurrent_regularizer",
    "recurrent_constraint",
    "recurrent_dropout",
    "recurrent_weight_dropout",
    "layer_norm",
)

# What Keras accepts for these arguments: a name, an object, a function, its config, or None.
Activation = str | Callable | dict | None
Initializer = str | Callable | dict | None
Regularizer = str | Callable | dict | None
Constraint = str | Callable | dict | None


class CellArguments(TypedDict, total=False):
    """The arguments that cells share, for editors; `RecurrentCell` describes them."""

    recurrent_activation: Activation
    use_bias: bool
    kernel_initializer: Initializer
    recurrent_initializer: Initializer
    bias_initializer: Initializer
    kernel_regularizer: Regularizer
    recurrent_regularizer: Regularizer
    bias_regularizer: Regularizer
    kernel_constraint: Constraint
    recurrent_constraint: Constraint
    bias_constraint: Constraint
    dropout: float
    recurrent_dropout: float
    seed: int | None
    layer_norm: bool
    zoneout: float
    dropout_per_gate: bool
    recurrent_weight_dropout: float
    name: str
    dtype: Any
    trainable: bool


class RecurrentCell(keras.layers.Layer, DropoutRNNCell):
    """Base of the gated cells.

    A subclass sets `family`, `state_names` and `gates`, and writes `step`. Where the weights are
    not one kernel, one recurrent kernel and one bias with a block for each gate, it also writes
    `build`. `call` is `project` and then `step`, so that the cell also runs in a stock
    `keras.layers.RNN`.

    A subclass with options of its own lists them in its constructor and passes on the others. All
    arguments of a constructor are attributes and part of the config. An argument of this class that
    has no meaning for the cell is named in `omits`.

    Letters: B batch, T time, F features, G gates, U units, H size of the hidden state. A cell on
    frames has more axes than F and U; `frame` is the shape of one input without batch and time.

    Args:
        units: U, the size of a gate.
        activation: activation function of the candidate for the new state.
        recurrent_activation: activation function of the gates.
        use_bias: whether the bias is added.
        kernel_initializer: initializer of the kernel.
        recurrent_initializer: initializer of the recurrent kernel.
        bias_initializer: initializer of the bias.
        kernel_regularizer: regularizer of the kernel.
        recurrent_regularizer: regularizer of the recurrent kernel.
        bias_regularizer: regularizer of the bias.
        kernel_constraint: constraint of the kernel.
        recurrent_constraint: constraint of the recurrent kernel.
        bias_constraint: constraint of the bias.
        dropout: fraction of the inputs dropped, one mask for all time steps.
        recurrent_dropout: fraction of the state dropped, one mask for all time steps.
        seed: seed of all dropout masks.
        layer_norm: whether the two products are normalized, with epsilon 1e-3.
        zoneout: probability of each unit to keep its old value, in [0, 1).
        dropout_per_gate: whether each gate has a dropout mask of its own.
        recurrent_weight_dropout: fraction of the entries of the recurrent kernel set to zero,
            drawn once per batch.
        products: the object that multiplies inputs and states by their kernels; None is
            `MatrixProducts`.
        owner: the name that error messages begin with; None means the name of the class.
        implementation: accepted because Keras's cells have it; it has no effect.
        **kwargs: arguments of `keras.layers.Layer`.

    Example: see `keras_seq.recurrent.RecurrentLayer`.
    """

    family: str  # the cell's name inside its layer
    native: str | None = None  # the module with the backend's own loop for this cell, if any
    state_names: tuple[str, ...] = ("h",)  # the first is the output
    gates: tuple[str, ...] = ("h",)  # in the order of their blocks in the kernels
    omits: tuple[str, ...] = ()

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        recurrent_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        layer_norm: bool = False,
        zoneout: float = 0.0,
        dropout_per_gate: bool = False,
        recurrent_weight_dropout: float = 0.0,
        products: Convolutions | None = None,
        owner: str | None = None,
        implementation: int = 2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.owner = owner or type(self).__name__
        given = locals()  # the arguments by name
        for name in self.omits:
            if given[name] != DEFAULTS[name]:
                meaning = f"left out, because {type(self).__name__} has no use for it"
                checks.refuse(self.owner, name, meaning, given[name])
        if products is None:
            checks.positive_int(self.owner, units=units)
        self.products = products or MatrixProducts()
        self.units = units
        self.activation = self._activation(activation=activation)
        self.recurrent_activation = self._activation(recurrent_activation=recurrent_activation)
        self.use_bias = use_bias
        self.kernel_initializer = self._initializer(kernel_initializer=kernel_initializer)
        self.recurrent_initializer = self._initializer(recurrent_initializer=recurrent_initializer)
        self.bias_initializer = self._initializer(bias_initializer=bias_initializer)
        self.kernel_regularizer = self._regularizer(kernel_regularizer=kernel_regularizer)
        self.recurrent_regularizer = self._regularizer(recurrent_regularizer=recurrent_regularizer)
        self.bias_regularizer = self._regularizer(bias_regularizer=bias_regularizer)
        self.kernel_constraint = self._constraint(kernel_constraint=kernel_constraint)
        self.recurrent_constraint = self._constraint(recurrent_constraint=recurrent_constraint)
        self.bias_constraint = self._constraint(bias_constraint=bias_constraint)
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed
        self.layer_norm = layer_norm
        self.dropout_per_gate = dropout_per_gate
        self.recurrent_weight_dropout = recurrent_weight_dropout
        self.zoneout = zoneout
        checks.one_of(self.owner, (1, 2), implementation=implementation)
        checks.boolean(
            self.owner,
            use_bias=use_bias,
            layer_norm=layer_norm,
            dropout_per_gate=dropout_per_gate,
        )
        checks.unit_interval(
            self.owner,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            zoneout=zoneout,
            recurrent_weight_dropout=recurrent_weight_dropout,
        )
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.frame = None
        self._masks_of_stock_rnn = None

    def _activation(self, **value):
        return checks.choice_of(self.owner, keras.activations.get, "an activation", **value)

    def _initializer(self, **value):
        return checks.choice_of(self.owner, keras.initializers.get, "an initializer", **value)

    def _regularizer(self, **value):
        return checks.choice_of(self.owner, keras.regularizers.get, "a regularizer", **value)

    def _constraint(self, **value):
        return checks.choice_of(self.owner, keras.constraints.get, "a constraint", **value)

    @property
    def state_size(self) -> list[int]:
        """The number of units of each state."""
        return [self.units] * len(self.state_names)

    @property
    def output_size(self) -> int:
        return self.state_size[0]

    # Weights.

    def build(self, input_shape):
        self.build_kernels(input_shape)
        if self.layer_norm:
            width = len(self.gates) * self.units
            self.build_norm(kernel_norm=width, recurrent_norm=width)
        self.built = True

    def build_kernels(
        self,
        input_shape: tuple,
        bias_shape: tuple | None = None,
        bias_initializer: Initializer = None,
        *,
        width: int | None = None,
        recurrent_shape: tuple | None = None,
    ) -> None:
        """Add kernel, recurrent kernel and bias.

        Args:
            input_shape: (B, F), or the shape of frames in the user's layout.
            bias_shape: (G U,), or (2, G U) with a bias of the recurrent product in the second row;
                None is the width of the kernel.
            bias_initializer: used instead of the initializer that the user chose.
            width: the number of the kernel's columns; None is G U.
            recurrent_shape: of the recurrent kernel; None is (H, G U), and () no such kernel.
        """
        self.frame = tuple(input_shape[1:])
        all_gates, size = len(self.gates) * self.units, self.products.kernel_size
        features = self.products.features(self.frame)
        width = width or all_gates
        self.kernel = self.add_kernel("kernel", (*size, features, width))
        if recurrent_shape is None:
            recurrent_shape = (*size, self.output_size, all_gates)
        if recurrent_shape:
            self.recurrent_kernel = self.add_weight(
                shape=recurrent_shape,
                name="recurrent_kernel",
                initializer=self.recurrent_initializer,
                regularizer=self.recurrent_regularizer,
                constraint=self.recurrent_constraint,
            )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=bias_shape or (width,),
                name="bias",
                initializer=bias_initializer or self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def bias_with(self, **values: float) -> Callable:
        """An initializer of the bias with a constant for each named gate, the user's for others."""

        def initializer(shape, dtype=None):
            blocks = [
                ops.full((self.units,), values[gate], dtype)
                if gate in values
                else self.bias_initializer((self.units,), dtype=dtype)
                for gate in self.gates[: shape[-1] // self.units]
            ]
            return ops.concatenate(blocks)

        return initializer

    def add_kernel(self, name: str, shape: tuple) -> keras.Variable:
        """A weight with the initializer, regularizer and constraint of the kernel."""
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )

    def build_norm(self, **widths: int) -> None:
        """Add gamma and beta of each named layer normalization."""
        for name, width in widths.items():
            gamma = self.add_weight(shape=(width,), name=f"{name}_gamma", initializer="ones")
            beta = self.add_weight(shape=(width,), name=f"{name}_beta", initializer="zeros")
            setattr(self, f"{name}_gamma", gamma)
            setattr(self, f"{name}_beta", beta)

    def value(self, weight: Any) -> Any:
        """A weight as a tensor in the dtype that the cell computes in."""
        return ops.cast(ops.convert_to_tensor(weight), self.compute_dtype)

    def norm(self, x: Any, name: str, gates: slice = slice(None)) -> Any:
        """Layer normalization over the last axis with the named gamma and beta."""
        dtype, columns = self.compute_dtype, self._columns(gates)
        if dtype in ("float16", "bfloat16"):
            x = ops.cast(x, "float32")  # the squares would overflow in float16
        centered = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centered), axis=-1, keepdims=True)
        gamma = self.value(getattr(self, f"{name}_gamma"))[columns]
        beta = self.value(getattr(self, f"{name}_beta"))[columns]
        return ops.cast(centered * ops.rsqrt(variance + NORM_EPSILON), dtype) * gamma + beta

    def _columns(self, gates):
        """The columns of a kernel that belong to a slice of the gates."""
        ends = (gates.start, gates.stop)
        return slice(*(None if end is None else end * self.units for end in ends))

    # Shapes.

    def state_shapes(self, frame: tuple) -> list[tuple]:
        """The shapes of the states, without the batch, for inputs of shape `frame`."""
        return [self.products.state_shape(frame, size) for size in self.state_size]

    def check_inputs(self, name: str, shape: tuple, letters: str) -> None:
        """Raise ValueError for a shape with other axes or one that the built weights do not fit."""
        features = self.kernel.shape[-2] if self.built else None
        self.products.check_inputs(self.owner, name, shape, letters, features)

    def check_states(
        self, owner: str, name: str, states: Any, batch: int | None, frame: tuple
    ) -> list:
        """A list of the states, or a refusal of another number, order or shape of them."""
        shapes = [(batch, *shape) for shape in self.state_shapes(frame)]
        letters = self.products.state_letters
        return checks.states(owner, name, states, self.state_names, letters, shapes)

    # The part that is computed for many steps at once, and the part that runs step by step.

    def project(self, inputs: Any, dropout_masks: DropoutMasks = DropoutMasks()) -> Any:
        """The input's part of the gates: inputs (..., B, F) to x W + b, (..., B, G U)."""
        kernel = self.value(self.kernel)
        projected = self._times(inputs, kernel, dropout_masks.input, self.products.input)
        if self.layer_norm:
            projected = self.norm(projected, "kernel_norm")
        bias = self.input_bias()
        return projected if bias is None else projected + bias

    def input_bias(self) -> Any:
        """The bias of the input's product, or None."""
        if self.bias is None:
            return None
        bias = self.value(self.bias)
        bias = bias[0] if len(bias.shape) == 2 else bias
        missing = self.kernel.shape[-1] - bias.shape[-1]  # the last gates may have none
        return ops.pad(bias, [[0, missing]]) if missing else bias

    def recurrent_bias(self) -> Any:
        """The bias of the state's product, or None."""
        if self.bias is None or len(self.bias.shape) == 1:
            return None
        return self.value(self.bias)[1]

    def step(
        self, projected: Any, states: list, dropout_masks: DropoutMasks = DropoutMasks()
    ) -> list[Any]:
        """One step: (B, G U) and the old states to the new states; the first one is the output."""
        raise NotImplementedError

    def recurrent(self, h: Any, dropout_masks: DropoutMasks, gates: slice = slice(None)) -> Any:
        """The state's part of all gates or of a slice of them: h (B, H) to h R, (B, G U)."""
        kernel = self.dropped_kernel(dropout_masks)[..., self._columns(gates)]
        mask = dropout_masks.recurrent
        if mask is not None and self.dropout_per_gate:
            mask = mask[gates]
        recurrent = self._times(h, kernel, mask, self.products.recurrent)
        return self.norm(recurrent, "recurrent_norm", gates) if self.layer_norm else recurrent

    def dropped_state(self, h: Any, dropout_masks: DropoutMasks) -> Any:
        """The state, with zeros for the units that this batch drops; one mask for all gates."""
        return h if dropout_masks.recurrent is None else h * dropout_masks.recurrent

    def dropped_kernel(self, dropout_masks: DropoutMasks) -> Any:
        """The recurrent kernel, with zeros for the entries that this batch drops."""
        kernel = self.value(self.recurrent_kernel)
        return kernel if dropout_masks.weight is None else kernel * dropout_masks.weight

    def _times(self, x, kernel, mask, product):
        """product(x, kernel) with dropout of x, by one mask for all gates or one for each gate."""
        if mask is None:
            return product(x, kernel)
        if not self.dropout_per_gate:
            return product(x * mask, kernel)
        blocks = ops.split(kernel, kernel.shape[-1] // self.units, axis=-1)
        return ops.concatenate(
            [product(x * mask[g], block) for g, block in enumerate(blocks)], axis=-1
        )

    # Dropout.

    def draw_dropout_masks(
        self, batch: int, steps: int | None, frame: tuple, training: bool
    ) -> DropoutMasks:
        """The dropout masks of one batch; where `steps` is None, there are none for zoneout."""
        if not training:
            return DropoutMasks(zoneout_mean=1.0 - float(self.zoneout) if self.zoneout else None)
        seed, dtype = self.seed_generator, self.compute_dtype
        each = (len(self.gates),) if self.dropout_per_gate else ()
        states = self.state_shapes(frame)

        def mask(rate, shape):
            if not rate:
                return None
            return self.products.to_compute_layout(dropout_mask(shape, rate, seed, dtype))

        zoneout = weight = None
        if self.zoneout and steps is not None:
            zoneout = [
                zoneout_mask((steps, batch, *shape), self.zoneout, seed, dtype) for shape in states
            ]
        if self.recurrent_weight_dropout:
            shape, rate = self.recurrent_kernel.shape, self.recurrent_weight_dropout
            weight = dropout_mask(shape, rate, seed, dtype)
        return DropoutMasks(
            input=mask(self.dropout, (*each, batch, *frame)),
            recurrent=mask(self.recurrent_dropout, (*each, batch, *states[0])),
            weight=weight,
            zoneout=zoneout,
        )

    def get_dropout_mask(self, step_input: Any) -> None:
        """Draw the masks that all steps share; `keras.layers.RNN` calls this before its loop."""
        if self.dropout or self.recurrent_dropout or self.recurrent_weight_dropout:
            batch, *frame = ops.shape(step_input)
            masks = self.draw_dropout_masks(batch, None, frame, training=True)
            self._masks_of_stock_rnn = masks

    def get_recurrent_dropout_mask(self, step_input: Any) -> None:
        """`keras.layers.RNN` calls this too, but `get_dropout_mask` has drawn all masks already."""

    def reset_dropout_mask(self):
        self._masks_of_stock_rnn = None

    def reset_recurrent_dropout_mask(self):
        self._masks_of_stock_rnn = None

    # The methods that `keras.layers.RNN` calls.

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list]:
        self.check_inputs("inputs", inputs.shape, self.products.input_letters)
        states = self.check_states(
            self.owner, "states", states, inputs.shape[0], tuple(inputs.shape[1:])
        )
        batch, *frame = ops.shape(inputs)
        masks = self._masks_of_stock_rnn if training else None
        if masks is None:
            masks = self.draw_dropout_masks(batch, None, frame, training)
        if training and self.zoneout:
            if keras.backend.backend() == "jax":
                raise InputError(
                    f"{type(self).__name__}: `zoneout` in training needs "
                    f"keras_seq.{type(self).__name__[:-4]} on JAX: a random draw at every step "
                    f"cannot be made inside keras.layers.RNN. Received: zoneout={self.zoneout}"
                )
            seed, dtype = self.seed_generator, self.compute_dtype
            drawn = [zoneout_mask((batch, n), self.zoneout, seed, dtype) for n in self.state_size]
            masks = masks._replace(zoneout=drawn)
        states = [self.products.to_compute_layout(state) for state in states]
        projected = self.project(self.products.to_compute_layout(inputs), masks)
        new = masks.apply_zoneout(states, self.step(projected, states, masks))
        new = [self.products.from_compute_layout(state) for state in new]
        return new[0], new

    def get_initial_state(self, batch_size=None):
        if None in (self.frame or ()):
            checks.refuse(self.owner, "inputs.shape", "of known size here", (None, *self.frame))
        return self.zero_states(batch_size, self.frame)

    def zero_states(self, batch: Any, frame: tuple) -> list:
        """States to start from, in the user's layout."""
        shapes = self.state_shapes(frame)
        return [ops.zeros((batch, *shape), self.compute_dtype) for shape in shapes]

    def quantize(self, mode: Any = None, **kwargs) -> None:
        """Keras turns this error into a warning where a model is quantized."""
        raise NotImplementedError(
            f"{self.owner}: `quantize` does not support recurrent kernels; they keep their dtype, "
            f"{self.variable_dtype}. Received: mode={mode!r}"
        )

    def get_config(self):
        config = {name: getattr(self, name) for name in arguments_of(type(self))}
        for name, value in config.items():
            for ending, module in _OBJECTS.items():
                if name.endswith(ending):
                    config[name] = module.serialize(value)
        return {**super().get_config(), **config}


_OBJECTS = {
    "activation": keras.activations,
    "_initializer": keras.initializers,
    "_regularizer": keras.regularizers,
    "_constraint": keras.constraints,
}
_INTERNAL = ("self", "kwargs", "products", "owner", "implementation")
DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(RecurrentCell.__init__).parameters.items()
}


def arguments_of(cell_class: type[RecurrentCell]) -> list[str]:
    """The arguments that users give to a class of cells: its own, and those of `RecurrentCell`."""
    own = inspect.signature(cell_class.__init__).parameters
    shared = inspect.signature(RecurrentCell.__init__).parameters.values()
    by_keyword = [p.name for p in shared if p.kind is p.KEYWORD_ONLY]
    hidden = (*_INTERNAL, *cell_class.omits)
    return [name for name in dict.fromkeys([*own, *by_keyword]) if name not in hidden]
