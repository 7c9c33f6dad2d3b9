"""The two products of a recurrent cell, with its input and its state: matrices or convolutions."""

import math

import keras
from keras import ops

from keras_seq import checks
from keras_seq.errors import InputError

SPACE = {1: ("W",), 2: ("H", "W"), 3: ("D", "H", "W")}


class MatrixProducts:
    """The products of a cell on vectors: x W and h R.

    Letters: B batch, T time, F features, G gates, U units, H size of the hidden state.
    """

    kernel_size = ()  # the axes that the kernels have in front of their rows and columns
    input_letters, state_letters = "B F", "B U"
    fast_in_xla = True

    def input(self, x, kernel):
        """Inputs (..., B, F) times W, or some of its columns."""
        # As one matrix, because XLA cannot compile the gradient of TensorFlow's product of more
        # axes inside a loop where B is unknown.
        rows = ops.reshape(x, (-1, x.shape[-1]))
        return ops.reshape(ops.matmul(rows, kernel), (*ops.shape(x)[:-1], kernel.shape[-1]))

    def recurrent(self, h, kernel):
        """The state (B, H) times R, or some of its columns."""
        return ops.matmul(h, kernel)

    def to_compute_layout(self, x):
        """From the user's layout to the one of the products."""
        return x

    def from_compute_layout(self, x):
        """The inverse of `to_compute_layout`."""
        return x

    def features(self, frame: tuple) -> int:
        """F of an input of shape (F,)."""
        return frame[-1]

    def state_shape(self, frame: tuple, size: int) -> tuple:
        """The shape of a state of `size` units, without the batch, for an input of shape (F,)."""
        return (size,)

    def check_inputs(self, owner: str, name: str, shape, letters: str, features: int | None):
        """Raise ValueError for a shape with other axes, or other features than the weights have."""
        checks.sizes(owner, name, shape, letters, F=features)


class Convolutions:
    """The products of a cell on frames: convolutions of the frames and of the state.

    They compute with the channels last; `to_compute_layout` and `from_compute_layout` convert from
    `data_format` and back. The input convolution takes any number of time steps in one call. The
    recurrent one has stride 1 and padding "same", so that a state keeps its size.

    Letters: B batch, T time, D H W depth, height and width of a frame, C its channels, G gates,
    F filters. `frame` is the shape of one frame in the user's layout, without batch and time.

    Args:
        owner: the name that error messages begin with.
        rank: the number of axes of a frame, without its channels.
        kernel_size, strides, padding, data_format, dilation_rate: of the input convolution, as
            `keras.layers.ConvLSTM2D` has them.
    """

    # With XLA, TensorFlow compiles for minutes on a CPU, and a step takes twice as long.
    fast_in_xla = False

    def __init__(
        self,
        owner: str,
        rank: int,
        kernel_size,
        strides,
        padding: str,
        data_format: str | None,
        dilation_rate,
    ):
        self.rank = rank
        self.kernel_size = checks.each_axis(owner, rank, kernel_size=kernel_size)
        self.strides = checks.each_axis(owner, rank, strides=strides)
        self.dilation_rate = checks.each_axis(owner, rank, dilation_rate=dilation_rate)
        self.padding = padding.lower() if isinstance(padding, str) else padding
        self.data_format = data_format
        if data_format is None:
            self.data_format = keras.config.image_data_format()
        checks.one_of(owner, ("valid", "same"), padding=self.padding)
        layouts = ("channels_last", "channels_first")
        checks.one_of(owner, layouts, data_format=self.data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            checks.conflict(
                owner,
                f"`strides={self.strides}` and `dilation_rate={self.dilation_rate}`",
                "a convolution has either strides or a dilation, not both",
            )
        self.channels_last = self.data_format == "channels_last"
        self.input_letters = " ".join(("B", *self.join(SPACE[rank], "C")))
        self.state_letters = " ".join(("B", *self.join(SPACE[rank], "F")))

    def input(self, x, kernel):
        """The convolution of all frames (..., B, H, W, C) in one call."""
        *steps, batch = ops.shape(x)[: -self.rank - 1]
        frame = ops.shape(x)[-self.rank - 1 :]
        frames = ops.reshape(x, (math.prod(steps) * batch, *frame))  # -1 fails where B is 0
        y = ops.conv(
            frames,
            kernel,
            strides=self.strides,
            padding=self.padding,
            data_format="channels_last",
            dilation_rate=self.dilation_rate,
        )
        # All sizes are given, because TensorFlow's convolution of no rows returns a wrong shape.
        space = self._convolved(x.shape[-self.rank - 1 : -1])
        space = ops.shape(y)[1:-1] if None in space else space
        return ops.reshape(y, (*steps, batch, *space, kernel.shape[-1]))

    def recurrent(self, h, kernel):
        """The convolution of the state (B, H, W, F)."""
        y = ops.conv(h, kernel, strides=1, padding="same", data_format="channels_last")
        return ops.reshape(y, (*ops.shape(h)[:-1], kernel.shape[-1]))

    def to_compute_layout(self, x):
        """From the user's layout to channels last; leading axes stay where they are."""
        return x if self.channels_last else ops.moveaxis(x, -self.rank - 1, -1)

    def from_compute_layout(self, x):
        """The inverse of `to_compute_layout`."""
        return x if self.channels_last else ops.moveaxis(x, -1, -self.rank - 1)

    def features(self, frame: tuple) -> int:
        """C of a frame."""
        return self.split(frame)[1]

    def state_shape(self, frame: tuple, filters: int) -> tuple:
        """The shape of a state, without the batch, in the user's layout; None where unknown."""
        space, _ = self.split(frame)
        return self.join(self._convolved(space), filters)

    def check_inputs(self, owner: str, name: str, shape, letters: str, features: int | None):
        """Refuse a shape without these axes, with other channels, or too small for the kernel."""
        if name == "inputs" and len(shape) == 2:  # as Keras's stack of cells asks for
            raise InputError(
                f"{owner}: `inputs` must be of shape ({', '.join(letters.split())}). Received: "
                f"inputs.shape={tuple(shape)}; keras.layers.RNN stacks cells of vectors only, and "
                f"layers of frames are stacked as keras_seq.{owner.removesuffix('Cell')}"
            )
        checks.sizes(owner, name, shape, letters, C=features)
        frame = shape[-self.rank - 1 :]
        _, channels = self.split(frame)
        space, _ = self.split(self.state_shape(frame, 1))
        if any(size is not None and size < 1 for size in space):
            wanted = "of frames at least as large as the kernel"
            checks.refuse(owner, f"{name}.shape", wanted, tuple(shape))
        if features is None and not channels:
            checks.refuse(owner, f"{name}.shape", "of known channels", tuple(shape))

    def split(self, frame: tuple) -> tuple:
        """The sizes of a frame in space, and its channels."""
        frame = tuple(frame)
        return (frame[:-1], frame[-1]) if self.channels_last else (frame[1:], frame[0])

    def join(self, space: tuple, channels) -> tuple:
        """The inverse of `split`."""
        return (*space, channels) if self.channels_last else (channels, *space)

    def _convolved(self, space):
        """The sizes in space after the input convolution; None where unknown."""
        reaches = [d * (k - 1) for d, k in zip(self.dilation_rate, self.kernel_size, strict=True)]
        if self.padding == "same":
            reaches = [0] * self.rank
        return tuple(
            None if size is None else (size - reach - 1) // stride + 1
            for size, reach, stride in zip(space, reaches, self.strides, strict=True)
        )
