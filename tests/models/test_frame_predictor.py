"""The frame predictor: it learns motions and never reads the frames that it predicts."""

import keras
import numpy as np
import pytest

from keras_seq.callbacks import ScheduledSampling
from keras_seq.models import FramePredictor
from keras_seq.models.frame_predictor import model as module
from keras_seq.models.frame_predictor.model import ARCHITECTURES, CELLS
from keras_seq.models.frame_predictor.patches import to_patches
from keras_seq.tasks.next_frame.batches import FrameBatches

SMALL = {"filters": 4, "num_layers": 1, "patch_size": 2, "horizon": 3}
EACH = pytest.mark.parametrize("architecture", ARCHITECTURES)


def predictor(frame_shape=(8, 6, 1), **options):
    return FramePredictor(frame_shape, **{**SMALL, **options})


def films(rng, count=4, length=7, shape=(8, 6, 1)):
    return rng.random((count, length, *shape)).astype("float32")


def numpy_of(x):
    return keras.ops.convert_to_numpy(x)


class Drifting:
    """Clips of a bright column that moves one pixel to the right in each frame."""

    length = 6

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index >= self.count:
            raise IndexError
        frames = np.zeros((self.length, 4, 16, 1), "float32")
        columns = (index % 10) + np.arange(self.length)
        frames[np.arange(self.length), :, columns] = 1
        return frames, None


@EACH
@pytest.mark.parametrize("num_motions", [0, 1])
def test_fit_learns_a_motion_and_the_prediction_runs_on(architecture, num_motions):
    clips = Drifting(20)
    first = 1 if architecture == "next_frame" else 3
    batches = FrameBatches(clips, given=3, batch_size=5, seed=1, targets_from=first)
    model = FramePredictor(
        (4, 16, 1),
        architecture=architecture,
        horizon=3,
        filters=8,
        num_layers=1,
        patch_size=2,
        num_motions=num_motions,
    )
    model.compile(keras.optimizers.Adam(0.02), "mse")
    schedule = ScheduledSampling(0.0, 1.0, epochs=6)
    model.fit(batches, epochs=12, shuffle=False, verbose=0, callbacks=[schedule])
    frames = np.stack([clips[i][0] for i in range(10)])
    predicted = model.predict_frames(frames[:, :3], 3)
    error = np.square(predicted - frames[:, 3:]).mean()
    copied = np.square(frames[:, 2:3] - frames[:, 3:]).mean()
    assert error < 0.55 * copied
    assert float(numpy_of(model.sampling_probability)) == 1.0


@EACH
def test_a_prediction_is_fed_back_and_no_true_frame_is(architecture, rng):
    """Horizon k + 1 begins with horizon k, and the future has no say in it."""
    model, frames = predictor(architecture=architecture), films(rng, length=4)
    long = model.predict_frames(frames, 5)
    assert long.shape == (4, 5, 8, 6, 1)
    np.testing.assert_allclose(model.predict_frames(frames, 2), long[:, :2], atol=1e-6)
    np.testing.assert_allclose(numpy_of(model(frames)), long[:, :3], atol=1e-6)
    for seed in (1, 2):
        future = np.random.default_rng(seed).random((4, 3, 8, 6, 1)).astype("float32")
        found = numpy_of(model({"frames": frames, "future": future}, training=False))
        np.testing.assert_allclose(found[:, -3:], long[:, :3], atol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@EACH
def test_a_long_horizon_goes_on_in_a_loop(architecture, policy, rng, monkeypatch):
    model = predictor(architecture=architecture, num_layers=2, frames_per_step=3, dtype=policy)
    frames = films(rng)
    written_out = model.predict_frames(frames, 5)
    monkeypatch.setattr(module, "MAX_UNROLLED", 2)
    looped = predictor(architecture=architecture, num_layers=2, frames_per_step=3, dtype=policy)
    looped.set_weights(model.get_weights())
    found = looped.predict_frames(frames, 5)
    np.testing.assert_allclose(found, written_out, atol=1e-5 if policy == "float32" else 2e-2)


@EACH
def test_each_prediction_after_the_first_depends_on_the_one_before(architecture, rng):
    """With every state forgotten, the only way from step to step is the frame fed back."""
    model, frames = predictor(architecture=architecture, frames_per_step=1), films(rng)
    steps = []
    original = model._step

    def step(latest, states):
        steps.append(numpy_of(latest[0]))
        return original(latest, states)

    model._step = step
    predicted = to_patches(keras.ops.convert_to_tensor(numpy_of(model(frames))), model.patch_size)
    predicted = numpy_of(predicted)
    fed = steps if architecture == "next_frame" else steps[1:]
    assert len(fed) == 2
    for k, latest in enumerate(fed):
        np.testing.assert_allclose(latest, predicted[:, k], atol=1e-6)


def test_only_frames_before_reach_a_prediction(rng):
    """Of the next-frame stack under teacher forcing: prediction i sees frames 0 to i, and those."""
    model = predictor(architecture="next_frame", sampling_probability=0.0)
    film = films(rng, count=1, length=10)
    all_films = np.repeat(film, 10, axis=0)  # as it is, and with each of its later frames changed
    for t in range(1, 10):
        all_films[t, t] = 1 - all_films[t, t]
    inputs = {"frames": all_films[:, :7], "future": all_films[:, 7:]}
    found = numpy_of(model(inputs, training=True))
    assert found.shape == (10, 9, 8, 6, 1)
    for t in range(1, 9):
        np.testing.assert_allclose(found[t, :t], found[0, :t], atol=1e-6)
        assert np.abs(found[t, t] - found[0, t]).max() > 1e-6
    np.testing.assert_allclose(found[9], found[0], atol=1e-6)  # of the last nothing is predicted


@EACH
def test_sampling_is_the_share_of_own_frames(architecture, rng):
    frames = films(rng, count=40, length=3)
    one, two = ({"frames": frames, "future": films(rng, 40, 3)} for _ in range(2))
    model = predictor(architecture=architecture)
    differ = {}
    for rate in (0.0, 0.6, 1.0):
        model.sampling_probability.assign(rate)
        gap = 0
        for _ in range(5):
            keras.utils.set_random_seed(1)
            state = numpy_of(model.seed_generator.state.value)
            found = numpy_of(model(one, training=True))
            model.seed_generator.state.assign(state)  # the same draws again
            other = numpy_of(model(two, training=True))
            gap += (np.abs(found - other)[:, -2].max(axis=(1, 2, 3)) > 1e-7).mean() / 5
        differ[rate] = gap
    assert differ[0.0] == 1.0 and differ[1.0] == 0.0
    assert differ[0.6] == pytest.approx(0.4, abs=0.12)  # 200 draws


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_reads_any_size_but_the_published_peephole(cell, rng):
    model = predictor((None, None, 1) if cell != "peephole" else (7, 5, 1), cell=cell)
    for shape in ((7, 5, 1),) if cell == "peephole" else ((7, 5, 1), (6, 8, 1)):
        found = numpy_of(model(films(rng, shape=shape)))
        assert found.shape == (4, 3, *shape) and np.isfinite(found).all()


@pytest.mark.parametrize("cell", ["peephole", "gru"])
def test_another_cell_trains(cell, rng):
    model = predictor((7, 5, 1), cell=cell)
    model.compile("sgd", "mse")
    frames = films(rng, shape=(7, 5, 1))
    inputs = {"frames": frames[:, :4], "future": frames[:, 4:]}
    before = [numpy_of(weight).copy() for weight in model.trainable_variables]
    assert np.isfinite(model.train_on_batch(inputs, frames[:, 4:])).all()
    for weight, old in zip(model.trainable_variables, before, strict=True):
        assert np.abs(numpy_of(weight) - old).max() > 0, weight.path


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@EACH
def test_saved_and_loaded_gives_the_same_numbers(architecture, policy, rng, tmp_path):
    keras.config.set_dtype_policy(policy)
    model = predictor(
        architecture=architecture,
        cell="channel_peephole",
        num_layers=2,
        frames_per_step=3,
        sampling_probability=0.3,
    )
    keras.config.set_dtype_policy("float32")
    model.predict_frames(films(rng), 1)  # what was compiled is no part of the file
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    frames = films(rng)
    found = loaded.predict_frames(frames, 2)
    np.testing.assert_array_equal(found, model.predict_frames(frames, 2))
    assert found.dtype == "float32"
    assert float(numpy_of(loaded.sampling_probability)) == pytest.approx(0.3)


def test_the_schedule_is_a_function_of_the_epoch():
    model = predictor()
    schedule = ScheduledSampling(0.2, 0.8, epochs=3)
    schedule.set_model(model)
    for epoch, wanted in ((0, 0.2), (5, 0.8), (2, 0.6)):
        schedule.on_epoch_begin(epoch)
        assert float(numpy_of(model.sampling_probability)) == pytest.approx(wanted)


@pytest.mark.parametrize(
    "wrong, words",
    [
        (
            {"architecture": "gan"},
            "`architecture` must be one of 'encoder_forecaster', 'next_frame'",
        ),
        ({"cell": "rnn"}, "`cell` must be one of 'lstm', "),
        ({"horizon": 0}, "`horizon` must be a positive integer"),
        ({"frames_per_step": 0}, "`frames_per_step` must be a positive integer"),
        ({"frame_shape": (8, 8)}, r"`frame_shape` must be of shape \(H, W, C\)"),
        ({"sampling_probability": 1.5}, r"`sampling_probability` must be a number in \[0, 1\]"),
    ],
)
def test_refusals(wrong, words):
    with pytest.raises(ValueError, match=f"^FramePredictor: {words}"):
        predictor(**wrong)


def test_frames_of_another_size_are_refused(rng):
    words = r"`frames` must be of shape \(B, T, H, W, C\) with .*H=8, W=6, C=1"
    with pytest.raises(ValueError, match=words):
        predictor().predict_frames(films(rng, shape=(8, 8, 1)), 2)
    with pytest.raises(ValueError, match="predict_frames: `horizon` must be a positive integer"):
        predictor().predict_frames(films(rng), 0)


@pytest.mark.parametrize("wrong", [np.nan, 1.5, -0.2])
def test_frames_out_of_range_are_refused(wrong, rng):
    frames = films(rng)
    frames[1, 2, 3, 4] = wrong
    words = r"predict_frames: `frames` must be numbers in \[0, 1\], or bytes"
    with pytest.raises(ValueError, match=words):
        predictor().predict_frames(frames, 2)
    with pytest.raises(ValueError, match="`frames` must be at least one frame of one video"):
        predictor().predict_frames(frames[:0], 2)


def test_bytes_are_divided_by_255(rng):
    model, frames = predictor(), rng.integers(0, 256, (2, 4, 8, 6, 1), "uint8")
    wanted = model.predict_frames(frames / np.float32(255), 2)
    np.testing.assert_allclose(model.predict_frames(frames, 2), wanted, atol=1e-6)
