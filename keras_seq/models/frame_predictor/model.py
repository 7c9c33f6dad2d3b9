"""Next-frame prediction with convolutional recurrent layers."""

import keras
import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.backend.reference import scan
from keras_seq.models.frame_predictor.patch_motion import NextPatches
from keras_seq.models.frame_predictor.patches import frames_of, patches_of
from keras_seq.recurrent import ConvGRU2D, ConvLSTM2D

CELLS = {
    "lstm": (ConvLSTM2D, {}),
    "peephole": (ConvLSTM2D, {"peephole": True}),
    "channel_peephole": (ConvLSTM2D, {"peephole": "channel"}),
    "coupled": (ConvLSTM2D, {"coupled": True}),
    "layer_norm": (ConvLSTM2D, {"layer_norm": True}),
    "gru": (ConvGRU2D, {}),
}
DESIGNS = ("encoder_forecaster", "next_frame")
_ROUNDING = 1e-3
WRITE_OUT = 32  # predicted frames at most; a loop over the others compiles no longer for more


@keras.saving.register_keras_serializable("keras_seq")
class FramePredictor(keras.Model):
    """From the frames of a film to those that follow.

    Frames are cut into patches of P by P pixels, which become channels; a stack of convolutional
    recurrent layers reads them one after the other, and a convolution of what all layers give
    makes the next frame:

        x_t  = patches of frames t, t - 1, ... (`reads` of them)  (B, H/P, W/P, reads C P P)
        s_t  = layers(x_t, s_{t-1})                          their states
        y_t  = NextPatches(outputs of all layers, frame t)   frame t + 1, of the patches again

    After the last frame that is given, y_t is the next x_t: the model goes on from its own
    predictions, and never sees a true frame of the future.

    `design="encoder_forecaster"` (Shi et al. 2015): one stack reads the frames given; another of
    the same shape, with weights of its own, starts from the states of the first and forecasts.
    `design="next_frame"`: one stack does both and predicts the next frame after each one it reads.
    There the output is a convolution of the frame alone: one over time as well, as in a stack that
    ends in Conv3D, would show it the frame that it is to predict.

    In training the frame that follows a prediction may be the true one (teacher forcing): each
    frame of each film is the model's own with probability `sampling`, a variable, so that
    `ScheduledSampling` may raise it from epoch to epoch (Bengio et al. 2015).

    Weights: those of the layers, named `reader_1`, ... and `forecaster_1`, ..., and of the output.

    Args:
        frame_shape: (H, W, C); H and W may be None for frames of any size, but not with
            `cell="peephole"`, which has weights for each place.
        design: "encoder_forecaster" or "next_frame".
        horizon: K, the number of frames that a call predicts.
        cell: "lstm", "peephole" (Shi et al.), "channel_peephole", "coupled", "layer_norm" or
            "gru".
        filters: of each layer.
        layers: how many recurrent layers stand on each other.
        kernel_size: of all convolutions, in patches.
        reads: how many of the latest frames a step reads. With 2 the motion is there to be seen;
            1 is as published, and leaves it to the states to remember the frame before.
        patch: P, in pixels; frames are filled up with zeros to whole patches.
        motions: by how many motions of its own each patch of a frame may come from the frame
            before (see `NextPatches`); 0 paints each frame anew, as published.
        sampling: in [0, 1], the probability of the model's own frame in training. 0 is teacher
            forcing; at 1 it is trained as it will be used.
        dtype: policy of all layers but the output; None: the global one.

    Call arguments:
        inputs: frames (B, T, H, W, C) in [0, 1]; or a dictionary of them as "frames" and of the
            true next K frames as "future", which only training looks at.
        training: whether to feed true frames at all.

    Returns:
        Frames (B, K, H, W, C), float32: the K that follow those given. In training and in the
        evaluation of `design="next_frame"`, that is when "future" is there, (B, T - 1 + K, ...):
        all but the first, each predicted from those before it.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.models import FramePredictor
    >>> model = FramePredictor((8, 8, 1), horizon=2, filters=4, layers=1)
    >>> frames = np.zeros((3, 5, 8, 8, 1), "float32")
    >>> tuple(model(frames).shape), model.predict_frames(frames, horizon=7).shape
    ((3, 2, 8, 8, 1), (3, 7, 8, 8, 1))

    References: Shi et al., Convolutional LSTM Network: A Machine Learning Approach for
    Precipitation Nowcasting, NeurIPS 2015. Bengio et al., Scheduled Sampling for Sequence
    Prediction with Recurrent Neural Networks, NeurIPS 2015.
    """

    def __init__(
        self,
        frame_shape,
        *,
        design="encoder_forecaster",
        horizon=10,
        cell="lstm",
        filters=32,
        layers=2,
        kernel_size=3,
        patch=4,
        reads=2,
        motions=2,
        sampling=1.0,
        dtype=None,
        **kwargs,
    ):
        owner = type(self).__name__
        checks.one_of(owner, DESIGNS, design=design)
        checks.one_of(owner, tuple(CELLS), cell=cell)
        checks.positive_int(
            owner, horizon=horizon, filters=filters, layers=layers, kernel_size=kernel_size,
            patch=patch, reads=reads,
        )  # fmt: skip
        checks.share(owner, sampling=sampling)
        checks.rank(owner, "H W C", frame_shape=frame_shape)
        H, W, C = frame_shape = tuple(frame_shape)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        super().__init__(dtype="float32", **kwargs)
        self._arguments = {
            "frame_shape": frame_shape,
            "design": design,
            "horizon": horizon,
            "cell": cell,
            "filters": filters,
            "layers": layers,
            "kernel_size": kernel_size,
            "patch": patch,
            "reads": reads,
            "motions": motions,
            "sampling": sampling,
            "dtype": policy.name,
        }
        self.frame_shape, self.horizon = frame_shape, horizon
        self.design, self.patch, self.reads = design, patch, reads

        layer, options = CELLS[cell]
        inputs = (None if H is None else -(-H // patch), None if W is None else -(-W // patch))
        options = {**options, "padding": "same", "return_sequences": True, "return_state": True}
        stacks = ("reader", "forecaster")[: 1 + (design == "encoder_forecaster")]
        self.stacks = [
            [
                layer(filters, kernel_size, name=f"{name}_{number}", dtype=policy, **options)
                for number in range(1, layers + 1)
            ]
            for name in stacks
        ]
        for stack in self.stacks:
            channels = reads * C * patch**2
            for each in stack:
                each.build((None, None, *inputs, channels))
                channels = filters
        self.output_layer = NextPatches(
            C, patch, motions, kernel_size, name="output", dtype="float32"
        )
        self.output_layer.build((None, *inputs, layers * filters))
        self.sampling = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(sampling), trainable=False,
            name="sampling", dtype="float32"
        )  # fmt: skip
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True
        if keras.backend.backend() == "tensorflow":
            # XLA on a CPU took half a minute to compile a training step of 20 frames, and then
            # five times as long for a step as TensorFlow without it.
            self.supports_jit = False
        # Set past the tracking of Keras: what is compiled from the model is no part of it.
        object.__setattr__(self, "_compiled", {})

    def call(self, inputs, training=None):
        if not isinstance(inputs, dict):
            return self.forecast(inputs, self.horizon)
        future = inputs.get("future") if training else None
        return self.forecast(inputs["frames"], self.horizon, future, self.design == "next_frame")

    def forecast(self, frames, horizon, future=None, from_first=False):
        """The next frames as tensors of the backend, for use inside other models and functions.

        Args:
            frames: (B, T, H, W, C).
            horizon: how many to predict; beyond 32 without a future in a loop.
            future: the true ones, (B, horizon, H, W, C), to feed with probability 1 - `sampling`.
            from_first: of design "next_frame", predict the frames given too, but for the first.

        Returns:
            (B, horizon, H, W, C), with `from_first` (B, T - 1 + horizon, H, W, C).
        """
        self._check(frames.shape)
        shape = ops.shape(frames)
        x = patches_of(frames, self.patch)
        future = None if future is None else patches_of(future, self.patch)
        # Before the first frame it is taken to have stood still.
        x = ops.concatenate([x[:, :1]] * (self.reads - 1) + [x], axis=1)
        T = ops.shape(x)[1] - self.reads + 1
        latest = [x[:, i : i + T] for i in reversed(range(self.reads))]
        states, outputs, h = [], [], ops.concatenate(latest, axis=-1)
        for layer in self.stacks[0]:
            h, *state = layer(h)
            states.append(state)
            outputs.append(h)
        if self.design == "next_frame":
            if not from_first:
                latest, outputs = ([x[:, -1:] for x in xs] for xs in (latest, outputs))
            known = self.output_layer(ops.concatenate(outputs, axis=-1), *latest[:2])
            y, latest = known[:, -1], [x[:, -1] for x in latest]
        else:
            latest = [x[:, -1] for x in latest]
            y, states = self._step(latest, states)
        predicted = [y]
        written = horizon if future is not None else min(horizon, WRITE_OUT)
        for k in range(1, written):
            if future is not None:
                own = keras.random.uniform((shape[0], 1, 1, 1), seed=self.seed_generator)
                y = ops.where(own < self.sampling, y, future[:, k - 1])
            latest = [y, *latest[:-1]]
            y, states = self._step(latest, states)
            predicted.append(y)
        predicted = ops.stack(predicted, axis=1)
        if horizon > written:
            carry = [y, *latest[:-1]], states
            _, others = scan(self._one_more, carry, ops.zeros((horizon - written,)))
            predicted = ops.concatenate([predicted, ops.moveaxis(others, 0, 1)], axis=1)
        if from_first:
            predicted = ops.concatenate([known[:, :-1], predicted], axis=1)
        return frames_of(predicted, self.patch, shape)

    def predict_frames(self, frames, horizon, batch_size=32):
        """The frames that follow, each after the first predicted from those predicted before it.

        All of it is one compiled program, once for each `horizon`.

        Args:
            frames: array (B, T, H, W, C) in [0, 1], or of bytes, which are divided by 255.
            horizon: how many frames; any number, whatever the model was trained for.
            batch_size: films predicted at a time.

        Returns:
            NumPy array (B, horizon, H, W, C).

        Raises:
            ValueError: frames of another shape, or with values that are not in [0, 1].
        """
        owner, frames = "predict_frames", np.asarray(frames)
        checks.positive_int(owner, horizon=horizon, batch_size=batch_size)
        self._check(frames.shape)
        if not frames.size:
            checks.refuse(owner, "frames", "at least one frame of one film", frames.shape)
        frames = frames.astype("float32") / (255 if frames.dtype == np.uint8 else 1)
        low, high = frames.min(), frames.max()
        if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):  # true of NaN too
            checks.refuse(owner, "frames", "numbers in [0, 1], or bytes", [float(low), float(high)])
        if horizon not in self._compiled:
            self._compiled[horizon] = _Forecast(self, horizon)
        return self._compiled[horizon].predict(frames, batch_size=batch_size, verbose=0)

    def get_config(self):
        return {**self._arguments, "name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)

    def _check(self, shape):
        checks.sizes(
            type(self).__name__, "frames", shape, "B T H W C",
            **dict(zip("HWC", self.frame_shape, strict=True)),
        )  # fmt: skip

    def _one_more(self, carry, _):
        latest, states = carry
        y, states = self._step(latest, states)
        return ([y, *latest[:-1]], states), y

    def _step(self, latest, states):
        """The frame after the latest ones, newest first, (B, H/P, W/P, C P P); the new states."""
        outputs, new, h = [], [], ops.concatenate(latest, axis=-1)
        for layer, state in zip(self.stacks[-1], states, strict=True):
            h, state = layer.cell(h, state)
            outputs.append(h)
            new.append(state)
        return self.output_layer(ops.concatenate(outputs, axis=-1), *latest[:2]), new


class _Forecast(keras.Model):
    """A model that only predicts: `fit` and `predict` of the first keep to their own lengths."""

    def __init__(self, predictor, horizon):
        super().__init__(name="forecast", dtype="float32")
        self.predictor = predictor
        self.horizon = horizon

    def call(self, frames):
        return self.predictor.forecast(frames, self.horizon)
