"""The layer that runs a cell over time and treats masks in the same way on every backend."""

from functools import partial
from operator import attrgetter
from typing import Any, Unpack

import keras
from keras import ops

from keras_seq import backend, checks
from keras_seq.backend.recompute import Recomputed
from keras_seq.errors import InputError
from keras_seq.recurrent.cell import (
    Activation,
    CellArguments,
    RecurrentCell,
    Regularizer,
    arguments_of,
)


class LayerArguments(CellArguments, total=False):
    """The arguments that recurrent layers share, for editors; `RecurrentLayer` describes them."""

    activation: Activation
    activity_regularizer: Regularizer
    return_sequences: bool
    return_state: bool
    go_backwards: bool
    stateful: bool
    unroll: bool
    zero_output_for_mask: bool


class RecurrentLayer(keras.layers.RNN):
    """Base of the recurrent layers: runs a cell over a sequence.

    A subclass names its `cell_class`. It takes the arguments of the cell and those below; all
    arguments of the cell are also attributes of the layer, as in Keras's layers.

    Args:
        *sizes: the positional arguments of the cell, such as `units`.
        activity_regularizer: regularizer of the output.
        return_sequences: whether the output is that of all steps instead of the last step.
        return_state: whether the last states are returned too.
        go_backwards: whether time runs from the last step to the first.
        stateful: whether a batch starts from the states in which the previous batch ended.
        unroll: whether the loop over time is unrolled; T must be known.
        zero_output_for_mask: whether the output is 0 at every masked step.
        use_native: "auto" runs the backend's own loop, or a parallel scan, where there is one;
            False never does, and True raises an error with the reason where there is none.
        use_cudnn: the same for cuDNN, in layers that it can serve.
        recompute: whether training keeps only the states between windows of about sqrt(T) steps,
            and computes the others again in the backward pass. A step then takes one more forward
            pass, and about 0.6 of the memory on PyTorch and 0.7 on JAX. T must be known. It has no
            effect on TensorFlow, where it would save nothing.
        **kwargs: other arguments of the cell, and arguments of `keras.layers.RNN`.

    Call arguments:
        sequences: (B, T, F), T at least 1.
        initial_state: the states of the cell in a list, or its only state; zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout and zoneout are random only when True.
        resets: (B, T), True where a row starts anew from zero states. So short sequences can be
            packed into one row without padding, and each has the outputs it has alone.

    Returns:
        the output of the last step (B, H), or of all steps (B, T, H) with `return_sequences`; with
        `return_state` also the last states.

    Masking: a masked step keeps the states and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). Values at masked steps, NaN
    included, never affect results or gradients. The mask is passed on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or `use_native=True`
            where no native loop can be used.

    Example: a cell of one's own, h' = max(h, x W + b), and its layer.

    >>> from keras_seq.recurrent import RecurrentCell, RecurrentLayer
    >>> class MaximumCell(RecurrentCell):
    ...     family = "maximum"
    ...     omits = ("recurrent_activation",)
    ...     def build(self, input_shape):
    ...         self.build_kernels(input_shape, recurrent_shape=())
    ...         self.built = True
    ...     def step(self, projected, states, dropout_masks=None):
    ...         return [keras.ops.maximum(states[0], projected)]
    >>> class Maximum(RecurrentLayer):
    ...     cell_class = MaximumCell
    >>> tuple(Maximum(8, return_sequences=True)(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    """

    cell_class: type[RecurrentCell]
    cudnn_layer: type[keras.layers.RNN] | None = None  # the stock layer that runs on cuDNN

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "cell_class"):
            return
        for name in arguments_of(cls.cell_class):
            setattr(cls, name, property(attrgetter(f"cell.{name}")))

    def __init__(
        self,
        *sizes: Any,
        use_native: bool | str = "auto",
        use_cudnn: bool | str = False,
        recompute: bool = False,
        **kwargs: Unpack[LayerArguments],
    ):
        owner = type(self).__name__
        checks.boolean(owner, recompute=recompute)
        checks.one_of(owner, ("auto", True, False), use_native=use_native)
        checks.one_of(owner, ("auto", True, False), use_cudnn=use_cudnn)
        if use_cudnn is True and self.cudnn_layer is None:
            raise InputError(f"{owner}: `use_cudnn=True` cannot be had: cuDNN has no such layer.")
        of_cell = {
            name: kwargs.pop(name)
            for name in (*arguments_of(self.cell_class), *self.cell_class.omits, "implementation")
            if name in kwargs
        }
        of_both = {name: kwargs[name] for name in ("dtype", "trainable") if name in kwargs}
        name = f"{self.cell_class.family}_cell"
        cell = self.cell_class(*sizes, **of_cell, **of_both, name=name, owner=owner)
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
        self.recompute = recompute
        self.supports_masking = True
        self.cudnn = backend.cudnn.Run(self) if self.cudnn_layer is not None else None
        run = backend.pick(self, cell)  # raises an error now if a required path is not available
        if keras.backend.backend() == "tensorflow":
            # As in Keras's own layer: XLA cannot compile cuDNN's recurrence.
            fast = cell.products.fast_in_xla
            self.supports_jit = fast and not isinstance(run, backend.cudnn.Run)

    def build(self, sequences_shape, initial_state_shape=None, resets_shape=None):
        self._check_sequences(sequences_shape)
        first = self.states is None
        super().build(sequences_shape)
        if self.stateful and first:
            # Keras's own take part in autocasting: what is assigned in half precision gets lost.
            own = {"dtype": self.variable_dtype, "trainable": False, "autocast": False}
            for number, state in enumerate(list(self.states)):
                self.states[number] = keras.Variable("zeros", state.shape, name=state.name, **own)
        self.built = True

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
        resets: Any = None,
        sequences_mask: Any = None,
    ) -> Any:
        """Runs the cell over the time axis; see the class for arguments and results.

        `resets` (B, T) is True where a row starts anew from zero states, so that short sequences
        can be packed into one row: the outputs are those of each sequence alone.

        Where there is more than one tensor, Keras passes the mask of `sequences` as
        `sequences_mask`.
        """
        products = self.cell.products
        mask = sequences_mask if mask is None else mask
        self._check_sequences(sequences.shape)
        mask = self._check_mask("mask", checks.one_mask(mask), sequences)
        resets = self._check_mask("resets", resets, sequences)
        states = self._first_states(initial_state, sequences)
        batch, steps, *frame = ops.shape(sequences)
        dropout_masks = self.cell.draw_dropout_masks(batch, steps, frame, training)

        x = ops.cast(sequences, self.compute_dtype)
        if mask is not None:
            x = _where(mask, x)
            mask = ops.transpose(mask)  # (T, B)
        if resets is not None:
            resets = ops.transpose(resets)
        x = products.to_compute_layout(ops.swapaxes(x, 0, 1))  # (T, B, F)
        states = [products.to_compute_layout(state) for state in states]
        if self.go_backwards:
            x = ops.flip(x, axis=0)
            mask = None if mask is None else ops.flip(mask, axis=0)
            if resets is not None:  # the last step of a sequence is the one before the next starts
                resets = ops.flip(ops.roll(resets, -1, axis=0), axis=0)

        run = backend.pick(self, self.cell, mask, resets)
        if self.recompute and keras.backend.backend() != "tensorflow":
            run = Recomputed(run)
        if resets is not None:
            run = partial(run, resets=resets)
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

    def compute_output_shape(self, sequences_shape, initial_state_shape=None, resets_shape=None):
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
        for option in ("unroll", "recompute"):
            if getattr(self, option) and shape[1] is None:
                raise InputError(
                    f"{owner}: `{option}=True` needs a known number of time steps. "
                    f"Received: sequences.shape={tuple(shape)}"
                )

    def _check_mask(self, name, mask, sequences):
        batch, steps = sequences.shape[:2]
        return checks.mask(type(self).__name__, name, mask, "B T", B=batch, T=steps)

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

    def compute_mask(self, sequences, mask=None, initial_state=None, resets=None):
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
        return {**config, "use_native": self.use_native, "recompute": self.recompute}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _where(mask, x):
    """x where the mask (.., ..) is True, else 0; unlike a product this also removes NaN."""
    return ops.where(backend.reference.expand_mask(mask, x), x, ops.zeros((), x.dtype))
