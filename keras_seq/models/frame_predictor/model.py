"""Next-frame prediction with convolutional recurrent layers."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.backend.reference import scan
from keras_seq.models.frame_predictor.patch_motion import PatchMotion
from keras_seq.models.frame_predictor.patches import to_frames, to_patches
from keras_seq.recurrent import ConvGRU2D, ConvLSTM2D

CELLS = {
    "lstm": (ConvLSTM2D, {}),
    "peephole": (ConvLSTM2D, {"peephole": True}),
    "channel_peephole": (ConvLSTM2D, {"peephole": "channel"}),
    "coupled": (ConvLSTM2D, {"coupled": True}),
    "layer_norm": (ConvLSTM2D, {"layer_norm": True}),
    "gru": (ConvGRU2D, {}),
}
ARCHITECTURES = ("encoder_forecaster", "next_frame")
_ROUNDING = 1e-3
MAX_UNROLLED = 32  # predicted frames; a loop computes the others, so compile time is bounded


@keras.saving.register_keras_serializable("keras_seq")
class FramePredictor(keras.Model):
    """Video prediction: from the frames of a video to the frames that follow.

    Frames are cut into patches of P by P pixels, which become channels. A stack of convolutional
    recurrent layers reads them one after the other, and a convolution of the outputs of all layers
    gives the next frame. With n = frames_per_step:

        x_t  = patches of frames t, t - 1, ..., t - n + 1    (B, H/P, W/P, n C P P)
        s_t  = layers(x_t, s_{t-1})                          states of the layers
        y_t  = PatchMotion(outputs of all layers, frame t)   frame t + 1, in patches

    After the last input frame, y_t is the next x_t: the model continues from its own predictions
    and never reads a true frame of the future.

    `architecture="encoder_forecaster"` (Shi et al. 2015): one stack reads the input frames. Another
    stack of the same shape, with its own weights, starts from the states of the first stack and
    predicts. `architecture="next_frame"`: one stack does both and predicts the next frame after
    each frame that it reads. Its output is a convolution over space alone; a convolution over time,
    as in a stack that ends in Conv3D, would have access to the frame that it predicts.

    In training the model may read true frames (teacher forcing): each input frame of each video is
    the model's own prediction with probability `sampling_probability`, and the true frame
    otherwise. The callback `ScheduledSampling` raises this probability from epoch to epoch (Bengio
    et al. 2015).

    Weights: those of the layers, named `reader_1`, ... and `forecaster_1`, ..., and of the output.

    Args:
        frame_shape: (H, W, C); H and W may be None for frames of any size, but not with
            `cell="peephole"`, which has weights for each position.
        architecture: "encoder_forecaster" or "next_frame".
        horizon: K, the number of frames that a call predicts.
        cell: "lstm", "peephole" (Shi et al.), "channel_peephole", "coupled", "layer_norm" or
            "gru".
        filters: number of filters of each layer.
        num_layers: number of stacked recurrent layers.
        kernel_size: kernel size of all convolutions, in patches.
        frames_per_step: how many of the latest frames a step reads. With 2 the inputs contain
            the motion; with 1, as published, the states have to store the frame before.
        patch_size: P, in pixels; frames are padded with zeros to whole patches.
        num_motions: number of motions that move each patch from the latest frame to the next (see
            `PatchMotion`); with 0 all pixels are generated, as published.
        sampling_probability: in [0, 1], the probability that an input frame in training is the
            model's own prediction. 0 is teacher forcing; 1 is the same as at inference.
        dtype: dtype policy of all layers but the output; None: the global policy.

    Call arguments:
        inputs: frames (B, T, H, W, C) in [0, 1], or a dictionary with these "frames" and with the
            true next K frames as "future", which are read only in training.
        training: whether the model may read true frames of "future".

    Returns:
        Frames (B, K, H, W, C), float32: the K frames that follow the inputs. For
        `architecture="next_frame"`, where "future" is given, (B, T - 1 + K, ...): all frames
        but the first, each predicted from the frames before it.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.models import FramePredictor
    >>> model = FramePredictor((8, 8, 1), horizon=2, filters=4, num_layers=1)
    >>> frames = np.zeros((3, 5, 8, 8, 1), "float32")
    >>> tuple(model(frames).shape), model.predict_frames(frames, horizon=7).shape
    ((3, 2, 8, 8, 1), (3, 7, 8, 8, 1))

    References: Shi et al., Convolutional LSTM Network: A Machine Learning Approach for
    Precipitation Nowcasting, NeurIPS 2015. Bengio et al., Scheduled Sampling for Sequence
    Prediction with Recurrent Neural Networks, NeurIPS 2015.
    """

    def __init__(
        self,
        frame_shape: tuple[int | None, int | None, int],
        *,
        architecture: str = "encoder_forecaster",
        horizon: int = 10,
        cell: str = "lstm",
        filters: int = 32,
        num_layers: int = 2,
        kernel_size: int = 3,
        patch_size: int = 4,
        frames_per_step: int = 2,
        num_motions: int = 2,
        sampling_probability: float = 1.0,
        dtype: Any = None,
        **kwargs,
    ):
        owner = type(self).__name__
        checks.one_of(owner, ARCHITECTURES, architecture=architecture)
        checks.one_of(owner, tuple(CELLS), cell=cell)
        checks.positive_int(
            owner,
            horizon=horizon,
            filters=filters,
            num_layers=num_layers,
            kernel_size=kernel_size,
            patch_size=patch_size,
            frames_per_step=frames_per_step,
        )
        checks.closed_unit_interval(owner, sampling_probability=sampling_probability)
        checks.rank(owner, "H W C", frame_shape=frame_shape)
        H, W, C = frame_shape = tuple(frame_shape)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        super().__init__(dtype="float32", **kwargs)
        self.frame_shape = frame_shape
        self.architecture = architecture
        self.horizon = horizon
        self.cell = cell
        self.filters = filters
        self.num_layers = num_layers
        self.kernel_size = kernel_size
        self.patch_size = patch_size
        self.frames_per_step = frames_per_step
        self.num_motions = num_motions
        self.initial_sampling_probability = sampling_probability
        self.inner_dtype_policy = policy

        layer, options = CELLS[cell]
        grid = tuple(None if size is None else -(-size // patch_size) for size in (H, W))
        options = {**options, "padding": "same", "return_sequences": True, "return_state": True}
        stacks = ("reader", "forecaster")[: 1 + (architecture == "encoder_forecaster")]
        self.stacks = [
            [
                layer(filters, kernel_size, name=f"{name}_{number}", dtype=policy, **options)
                for number in range(1, num_layers + 1)
            ]
            for name in stacks
        ]
        for stack in self.stacks:
            channels = frames_per_step * C * patch_size**2
            for each in stack:
                each.build((None, None, *grid, channels))
                channels = filters
        self.output_layer = PatchMotion(
            C,
            patch_size,
            num_motions=num_motions,
            kernel_size=kernel_size,
            name="output",
            dtype="float32",
        )
        self.output_layer.build((None, *grid, num_layers * filters))
        self.sampling_probability = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(sampling_probability),
            trainable=False,
            name="sampling_probability",
            dtype="float32",
        )
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True
        if keras.backend.backend() == "tensorflow":
            # On a CPU, XLA took half a minute to compile a training step of 20 frames, and a step
            # then took five times as long as in TensorFlow without XLA.
            self.supports_jit = False
        # Bypasses the tracking of Keras, because compiled programs are not part of the model.
        object.__setattr__(self, "_compiled", {})

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if not isinstance(inputs, dict):
            return self.forecast(inputs, self.horizon)
        B, C = inputs["frames"].shape[0], self.frame_shape[2]
        if "future" in inputs:
            known = {"B": B, "K": self.horizon, "C": C}
            shape = inputs["future"].shape
            checks.sizes("FramePredictor", "future", shape, "B K H W C", **known)
        future = inputs.get("future") if training else None
        return self.forecast(
            inputs["frames"],
            self.horizon,
            future=future,
            from_first=self.architecture == "next_frame",
        )

    def forecast(
        self, frames: Any, horizon: int, *, future: Any = None, from_first: bool = False
    ) -> Any:
        """The next frames as backend tensors, for use in other models and functions.

        Args:
            frames: (B, T, H, W, C).
            horizon: number of frames to predict. Without `future`, a loop computes the frames
                beyond the 32nd.
            future: the true frames, (B, horizon, H, W, C), which the model reads with probability
                1 - `sampling_probability`.
            from_first: for `architecture="next_frame"`, whether the input frames from the second on
                are predicted too.

        Returns:
            (B, horizon, H, W, C), with `from_first` (B, T - 1 + horizon, H, W, C).
        """
        self._check(frames.shape)
        shape = ops.shape(frames)
        x = to_patches(frames, self.patch_size)
        future = None if future is None else to_patches(future, self.patch_size)
        # The frames before the first frame are set to the first frame.
        x = ops.concatenate([x[:, :1]] * (self.frames_per_step - 1) + [x], axis=1)
        T = ops.shape(x)[1] - self.frames_per_step + 1
        latest = [x[:, i : i + T] for i in reversed(range(self.frames_per_step))]
        states, outputs, h = [], [], ops.concatenate(latest, axis=-1)
        for layer in self.stacks[0]:
            h, *state = layer(h)
            states.append(state)
            outputs.append(h)
        if self.architecture == "next_frame":
            if not from_first:
                latest, outputs = ([x[:, -1:] for x in xs] for xs in (latest, outputs))
            in_inputs = self.output_layer(ops.concatenate(outputs, axis=-1), *latest[:2])
            y, latest = in_inputs[:, -1], [x[:, -1] for x in latest]
        else:
            latest = [x[:, -1] for x in latest]
            y, states = self._step(latest, states)
        predicted = [y]
        unrolled = horizon if future is not None else min(horizon, MAX_UNROLLED)
        for k in range(1, unrolled):
            if future is not None:
                drawn = keras.random.uniform((shape[0], 1, 1, 1), seed=self.seed_generator)
                y = ops.where(drawn < self.sampling_probability, y, future[:, k - 1])
            latest = [y, *latest[:-1]]
            y, states = self._step(latest, states)
            predicted.append(y)
        predicted = ops.stack(predicted, axis=1)
        if horizon > unrolled:
            carry = [y, *latest[:-1]], states
            _, others = scan(self._loop_body, carry, ops.zeros((horizon - unrolled,)))
            predicted = ops.concatenate([predicted, ops.moveaxis(others, 0, 1)], axis=1)
        if from_first:
            predicted = ops.concatenate([in_inputs[:, :-1], predicted], axis=1)
        return to_frames(predicted, self.patch_size, shape)

    def predict_frames(self, frames: Any, horizon: int, *, batch_size: int = 32) -> np.ndarray:
        """The frames that follow, each predicted from the input frames and earlier predictions.

        Each `horizon` is compiled into one program.

        Args:
            frames: array (B, T, H, W, C) in [0, 1], or of bytes, which are divided by 255.
            horizon: number of frames to predict; it may differ from the horizon in training.
            batch_size: number of videos that are predicted at once.

        Returns:
            NumPy array (B, horizon, H, W, C).

        Raises:
            ValueError: `frames` has another shape, or values that are not in [0, 1].
        """
        owner, frames = "predict_frames", np.asarray(frames)
        checks.positive_int(owner, horizon=horizon, batch_size=batch_size)
        self._check(frames.shape)
        if not frames.size:
            checks.refuse(owner, "frames", "at least one frame of one video", frames.shape)
        frames = frames.astype("float32") / (255 if frames.dtype == np.uint8 else 1)
        low, high = frames.min(), frames.max()
        if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):  # also refuses NaN
            checks.refuse(owner, "frames", "numbers in [0, 1], or bytes", [float(low), float(high)])
        if horizon not in self._compiled:
            self._compiled[horizon] = _Forecast(self, horizon)
        return self._compiled[horizon].predict(frames, batch_size=batch_size, verbose=0)

    def get_config(self) -> dict[str, Any]:
        return {
            "frame_shape": self.frame_shape,
            "architecture": self.architecture,
            "horizon": self.horizon,
            "cell": self.cell,
            "filters": self.filters,
            "num_layers": self.num_layers,
            "kernel_size": self.kernel_size,
            "patch_size": self.patch_size,
            "frames_per_step": self.frames_per_step,
            "num_motions": self.num_motions,
            "sampling_probability": self.initial_sampling_probability,
            "dtype": self.inner_dtype_policy.name,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)

    def _check(self, shape):
        checks.sizes(
            type(self).__name__, "frames", shape, "B T H W C",
            **dict(zip("HWC", self.frame_shape, strict=True)),
        )  # fmt: skip

    def _loop_body(self, carry, _):
        latest, states = carry
        y, states = self._step(latest, states)
        return ([y, *latest[:-1]], states), y

    def _step(self, latest, states):
        """The frame after the latest ones (newest first), (B, H/P, W/P, C P P); the new states."""
        outputs, new, h = [], [], ops.concatenate(latest, axis=-1)
        for layer, state in zip(self.stacks[-1], states, strict=True):
            h, state = layer.cell(h, state)
            outputs.append(h)
            new.append(state)
        return self.output_layer(ops.concatenate(outputs, axis=-1), *latest[:2]), new


class _Forecast(keras.Model):
    """Predicts a fixed number of frames, which may differ from the `horizon` of the predictor."""

    def __init__(self, predictor, horizon):
        super().__init__(name="forecast", dtype="float32")
        self.predictor = predictor
        self.horizon = horizon

    def call(self, frames):
        return self.predictor.forecast(frames, self.horizon)
