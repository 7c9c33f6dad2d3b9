"""The layer that runs a cell over time and treats masks in the same way on every backend."""

from operator import attrgetter
from typing import Any

import keras
from keras import ops

from keras_seq import backend, checks
from keras_seq.errors import InputError
from keras_seq.recurrent.cell import RecurrentCell


class RecurrentLayer(keras.layers.RNN):
    """Base of the recurrent layers.

    A subclass lists its arguments, makes its cell from them and passes it to this class. The
    arguments of the cell are also attributes of the layer, as in Keras's layers.

    Args:
        cell: the `RecurrentCell` that the layer runs over time.
        use_native: "auto", True or False: whether the backend's own loop is used.
        use_cudnn: "auto", True or False, for a layer with a `cudnn_layer`.
        **kwargs: arguments of `keras.layers.RNN`.
    """

    cell_class: type[RecurrentCell]
    cudnn_layer: type[keras.layers.RNN] | None = None  # the stock layer that runs on cuDNN

    def __init__(self, cell: RecurrentCell, *, use_native: bool | str, **kwargs):
        owner = type(self).__name__
        checks.one_of(owner, ("auto", True, False), use_native=use_native)
        use_cudnn = False
        if self.cudnn_layer is not None:
            use_cudnn = kwargs.pop("use_cudnn")
            checks.one_of(owner, ("auto", True, False), use_cudnn=use_cudnn)
        super().__init__(cell, **kwargs)
        checks.boolean(
            owner,
            return_sequences=self.return_sequences,
            return_state=self.return_state,
            go_backwards=self.go_backwards,
            stateful=self.stateful,
            unroll=self.unroll,
        )
        self.use_native = use_native
        self.use_cudnn = use_cudnn
        self.supports_masking = True
        self.cudnn = backend.cudnn.Run(self) if self.cudnn_layer is not None else None
        run = backend.pick(self, cell)  # raises an error now if a required path is not available
        if keras.backend.backend() == "tensorflow":
            # As in Keras's own layer: XLA cannot compile cuDNN's recurrence.
            fast = cell.products.fast_in_xla
            self.supports_jit = fast and not isinstance(run, backend.cudnn.Run)

    # The arguments that all cells share.
    activation = property(attrgetter("cell.activation"))
    recurrent_activation = property(attrgetter("cell.recurrent_activation"))
    use_bias = property(attrgetter("cell.use_bias"))
    kernel_initializer = property(attrgetter("cell.kernel_initializer"))
    recurrent_initializer = property(attrgetter("cell.recurrent_initializer"))
    bias_initializer = property(attrgetter("cell.bias_initializer"))
    kernel_regularizer = property(attrgetter("cell.kernel_regularizer"))
    recurrent_regularizer = property(attrgetter("cell.recurrent_regularizer"))
    bias_regularizer = property(attrgetter("cell.bias_regularizer"))
    kernel_constraint = property(attrgetter("cell.kernel_constraint"))
    recurrent_constraint = property(attrgetter("cell.recurrent_constraint"))
    bias_constraint = property(attrgetter("cell.bias_constraint"))
    dropout = property(attrgetter("cell.dropout"))
    recurrent_dropout = property(attrgetter("cell.recurrent_dropout"))
    seed = property(attrgetter("cell.seed"))
    layer_norm = property(attrgetter("cell.layer_norm"))
    dropout_per_gate = property(attrgetter("cell.dropout_per_gate"))
    recurrent_weight_dropout = property(attrgetter("cell.recurrent_weight_dropout"))

    def build(self, sequences_shape, initial_state_shape=None):
        self._check_sequences(sequences_shape)
        first = self.states is None
        super().build(sequences_shape)
        if self.stateful and first:
            # Keras's own take part in autocasting: what is assigned in half precision gets lost.
            own = {"dtype": self.variable_dtype, "trainable": False, "autocast": False}
            for number, state in enumerate(list(self.states)):
                self.states[number] = keras.Variable("zeros", state.shape, name=state.name, **own)
        self.built = True

    def call(self, sequences, initial_state=None, mask=None, training=False, sequences_mask=None):
        """Runs the cell over the time axis; see the class for arguments and results.

        Where there is an initial state too, Keras passes the mask of `sequences` as
        `sequences_mask`.
        """
        products = self.cell.products
        mask = sequences_mask if mask is None else mask
        self._check_sequences(sequences.shape)
        mask = self._check_mask(mask, sequences)
        states = self._first_states(initial_state, sequences)
        batch, steps, *frame = ops.shape(sequences)
        dropout_masks = self.cell.draw_dropout_masks(batch, steps, frame, training)

        x = ops.cast(sequences, self.compute_dtype)
        if mask is not None:
            x = _where(mask, x)
            mask = ops.transpose(mask)  # (T, B)
        x = products.to_compute_layout(ops.swapaxes(x, 0, 1))  # (T, B, F)
        states = [products.to_compute_layout(state) for state in states]
        if self.go_backwards:
            x = ops.flip(x, axis=0)
            mask = None if mask is None else ops.flip(mask, axis=0)

        run = backend.pick(self, self.cell, mask)
        outputs, states = run(self.cell, x, states, mask, dropout_masks, unroll=self.unroll)
        if mask is not None and (initial_state is not None or self.stateful):
            seen = ops.cumsum(ops.cast(mask, "int32"), axis=0) > 0  # zeros before the first
            outputs = _where(seen, outputs)
        if mask is not None and self.zero_output_for_mask:
            outputs = _where(mask, outputs)
        states = [products.from_compute_layout(state) for state in states]
        if self.stateful:
            for variable, state in zip(self.states, states, strict=True):
                variable.assign(ops.cast(state, variable.dtype))
        output = ops.swapaxes(outputs, 0, 1) if self.return_sequences else outputs[-1]
        output = products.from_compute_layout(output)
        return (output, *states) if self.return_state else output

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        self._check_sequences(sequences_shape)
        batch, steps, *frame = sequences_shape
        states = [(batch, *shape) for shape in self.cell.state_shapes(frame)]
        output = (batch, steps, *states[0][1:]) if self.return_sequences else states[0]
        return (output, *states) if self.return_state else output

    @property
    def _letters(self):
        """The axes of the sequences: those of the cell's inputs, and time."""
        return self.cell.products.input_letters.replace("B", "B T", 1)

    def _check_sequences(self, shape):
        owner = type(self).__name__
        self.cell.check_inputs("sequences", shape, self._letters)
        checks.not_empty(owner, "sequences", shape)
        if self.unroll and shape[1] is None:
            raise InputError(
                f"{owner}: `unroll=True` needs a known number of time steps. "
                f"Received: sequences.shape={tuple(shape)}"
            )

    def _check_mask(self, mask, sequences):
        batch, steps = sequences.shape[:2]
        mask = checks.one_mask(mask)
        return checks.mask(type(self).__name__, "mask", mask, "B T", B=batch, T=steps)

    def _first_states(self, initial_state, sequences):
        owner = type(self).__name__
        batch, _, *frame = sequences.shape
        if initial_state is None:
            if not self.stateful:
                size, _, *here = ops.shape(sequences)
                return self.cell.zero_states(size, here)
            expected = self.states[0].shape[0]
            if batch is not None and batch != expected:
                raise InputError(
                    f"{owner}: `sequences` must keep the batch size of a stateful layer, "
                    f"B={expected}. Received: sequences.shape={tuple(sequences.shape)}"
                )
            # Copies, because on PyTorch the variables are then written to in place.
            initial_state = [ops.copy(variable.value) for variable in self.states]
        states = self.cell.check_states(owner, "initial_state", initial_state, batch, frame)
        return [ops.convert_to_tensor(state, self.compute_dtype) for state in states]

    def compute_mask(self, sequences, mask=None, initial_state=None):
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        output = mask if self.return_sequences else None
        return [output] + [None] * len(self.state_size) if self.return_state else output

    def quantize(self, mode: Any = None, **kwargs) -> None:
        """Not supported: raises the error of the cell."""
        self.cell.quantize(mode, **kwargs)

    def get_config(self):
        config = super().get_config()
        del config["cell"]
        activity = keras.regularizers.serialize(self.activity_regularizer)
        config = {**self.cell.get_config(), **config, "activity_regularizer": activity}
        if self.cudnn_layer is not None:
            config["use_cudnn"] = self.use_cudnn
        return {**config, "use_native": self.use_native}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def cell_options(layer: RecurrentLayer, kwargs: dict) -> dict:
    """The arguments of a layer that its cell gets beside those that both list.

    Args:
        layer: the layer, before its constructor has run.
        kwargs: the layer's other arguments; `implementation` is removed and goes to the cell.
    """
    options = {name: kwargs[name] for name in ("dtype", "trainable") if name in kwargs}
    if "implementation" in kwargs:
        options["implementation"] = kwargs.pop("implementation")
    return {
        **options,
        "name": f"{layer.cell_class.family}_cell",
        "owner": type(layer).__name__,
    }


def _where(mask, x):
    """x where the mask (.., ..) is True, else 0; unlike a product this also removes NaN."""
    return ops.where(backend.reference.expand_mask(mask, x), x, ops.zeros((), x.dtype))
