"""A recurrent cell of frames: its two products are convolutions."""

import math

import keras
from keras import ops

from keras_seq import checks
from keras_seq.recurrent.cell import RecurrentCell

SPACE = {1: ("W",), 2: ("H", "W"), 3: ("D", "H", "W")}


class ConvCell(RecurrentCell):
    """Base of the convolutional cells: arguments, layouts and products that they share.

    A subclass names its `rank`, the number of axes of a frame. The cell computes with the channels
    last; `to_compute_layout` and `from_compute_layout` lead there from `data_format` and back. The
    input convolution takes any number of time steps in one call; the recurrent one has stride 1 and
    padding "same", so that a state keeps its size.

    Letters: B batch, T time, D H W depth, height and width of a frame, C its channels, G gates,
    F filters.
    """

    rank = None
    width = "filters"
    fast_in_xla = False  # TensorFlow's CPU compiler takes minutes, and its steps twice as long

    def __init__(self, arguments, **kwargs):
        super().__init__(arguments, **kwargs)
        owner = self.owner
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, checks.each_axis(owner, self.rank, **{name: getattr(self, name)}))
        if isinstance(self.padding, str):
            self.padding = self.padding.lower()
        if self.data_format is None:
            self.data_format = keras.config.image_data_format()
        checks.one_of(owner, ("valid", "same"), padding=self.padding)
        layouts = ("channels_last", "channels_first")
        checks.one_of(owner, layouts, data_format=self.data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            checks.conflict(
                owner,
                f"`strides={self.strides}` and `dilation_rate={self.dilation_rate}`",
                "a convolution takes steps or spreads its kernel, not both",
            )

    @property
    def units(self):
        return self.filters

    @property
    def channels_last(self):
        return self.data_format == "channels_last"

    @property
    def input_letters(self):
        return self._letters("C")

    @property
    def state_letters(self):
        return self._letters("F")

    def _letters(self, channels):
        return " ".join(("B", *self._joined(SPACE[self.rank], channels)))

    def build(self, input_shape):
        self.check_inputs("inputs", input_shape, self.input_letters)
        self.frame = tuple(input_shape[1:])
        space, channels = self._parted(self.frame)
        super().build((input_shape[0], *space, channels))

    def to_compute_layout(self, x):
        return x if self.channels_last else ops.moveaxis(x, -self.rank - 1, -1)

    def from_compute_layout(self, x):
        return x if self.channels_last else ops.moveaxis(x, -1, -self.rank - 1)

    def state_shapes(self, frame):
        """The shapes of the states for frames of this shape, both in the user's layout."""
        space, _ = self._parted(frame)
        after = self._convolved(space)
        return [self._joined(after, self.filters)] * len(self.state_size)

    def _convolved(self, space):
        """The sizes in space that the input's convolution leaves; None where unknown."""
        reaches = [d * (k - 1) for d, k in zip(self.dilation_rate, self.kernel_size, strict=True)]
        if self.padding == "same":
            reaches = [0] * self.rank
        return [
            None if size is None else (size - reach - 1) // stride + 1
            for size, reach, stride in zip(space, reaches, self.strides, strict=True)
        ]

    def get_initial_state(self, batch_size=None):
        if None in self.frame:
            checks.refuse(self.owner, "inputs.shape", "of known size here", (None, *self.frame))
        return self.zero_states(batch_size, self.frame)

    def check_inputs(self, name, shape, letters):
        known = {"C": self.kernel.shape[-2]} if self.built else {}
        checks.sizes(self.owner, name, shape, letters, **known)
        space, channels = self._parted(shape[-self.rank - 1 :])
        after, _ = self._parted(self.state_shapes(shape[-self.rank - 1 :])[0])
        wanted = None if self.built or channels else "of known channels"
        if any(size is not None and size < 1 for size in after):
            wanted = "of frames that the kernel fits into"
        if self.built:
            wanted = wanted or self._wanted(space)
        if wanted:
            checks.refuse(self.owner, f"{name}.shape", wanted, tuple(shape))

    def _wanted(self, space):
        """What frames of this size must be instead, in words; None where the weights serve."""

    def input_product(self, x, kernel):
        """The convolution of frames (..., B, H, W, C), all in one call."""
        *many, batch = ops.shape(x)[: -self.rank - 1]
        frame = ops.shape(x)[-self.rank - 1 :]
        frames = ops.reshape(x, (math.prod(many) * batch, *frame))  # -1 fails where B is 0
        y = ops.conv(
            frames,
            kernel,
            strides=self.strides,
            padding=self.padding,
            data_format="channels_last",
            dilation_rate=self.dilation_rate,
        )
        # Named in full, for TensorFlow's convolution of no rows leaves the frames' shape as it is.
        after = self._convolved(x.shape[-self.rank - 1 : -1])
        after = ops.shape(y)[1:-1] if None in after else after
        return ops.reshape(y, (*many, batch, *after, kernel.shape[-1]))

    def recurrent_product(self, h, kernel):
        """The convolution of the state (B, H, W, F)."""
        y = ops.conv(h, kernel, strides=1, padding="same", data_format="channels_last")
        return ops.reshape(y, (*ops.shape(h)[:-1], kernel.shape[-1]))

    def _parted(self, frame):
        """The sizes of a frame in space, and its channels."""
        frame = tuple(frame)
        return (frame[:-1], frame[-1]) if self.channels_last else (frame[1:], frame[0])

    def _joined(self, space, channels):
        """The way back of `_parted`."""
        return (*space, channels) if self.channels_last else (channels, *space)
