"""A killed training, started again, ends as if it had not been killed."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_seq.training.resume import Resume, read_checkpoint, write_checkpoint
from tests.full_disk import full_disk
from tests.training import interrupted

HOUSE = Path(__file__).parents[2]


def run(*arguments):
    command = [sys.executable, "-m", "tests.training.interrupted", *map(str, arguments)]
    return subprocess.run(command, cwd=HOUSE, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("data", ["arrays", "batches"])
def test_sigkill_in_the_middle_of_an_epoch_changes_no_bit(tmp_path, data):
    whole = interrupted.train(tmp_path / "whole", arrays=data == "arrays")
    killed = run(tmp_path / "killed", data, 3, 4)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = run(tmp_path / "killed", data)
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout) == whole
    # The training that was compared did use what is easily forgotten.
    rates = whole["history"]["learning_rate"]
    assert len(rates) > 4 and rates[-1] < rates[0]
    assert whole["stop"][2] < max(whole["epochs"])


def fit(folder, epochs, **changes):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    stop = keras.callbacks.EarlyStopping("loss", patience=changes.pop("patience", 99))
    resume = Resume(folder, seed=1, callbacks=[stop], **changes)
    x, y = np.ones((4, 2), "float32"), np.full((4, 1), 3.0, "float32")
    start = resume.initial_epoch(epochs)
    history = model.fit(
        x, y, epochs=epochs, initial_epoch=start, callbacks=[stop, resume], verbose=0
    )
    weights = np.concatenate([weight.ravel() for weight in model.get_weights()])
    return start, history.history["loss"], weights


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def cut(path, place):
    path.write_bytes(path.read_bytes()[:place])


@pytest.mark.parametrize("damage", [flip, cut])
@pytest.mark.parametrize("place", [0, 70, -1])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(tmp_path, damage, place):
    _, whole, weights = fit(tmp_path / "whole", 5)
    fit(tmp_path / "damaged", 3)
    kept = sorted((tmp_path / "damaged").iterdir())
    assert [path.name for path in kept] == ["epoch-00002.checkpoint", "epoch-00003.checkpoint"]
    damage(kept[-1], place)
    with pytest.warns(UserWarning, match=r"epoch-00003.checkpoint: damaged: .* Passing it over\."):
        start, losses, resumed = fit(tmp_path / "damaged", 5)
    assert start == 2
    assert losses == whole
    np.testing.assert_array_equal(resumed, weights)


def test_nothing_sound_starts_anew(tmp_path):
    _, whole, _ = fit(tmp_path / "whole", 4)
    fit(tmp_path / "damaged", 4)
    for path in (tmp_path / "damaged").iterdir():
        cut(path, 100)
    with pytest.warns(UserWarning) as warned:
        start, losses, _ = fit(tmp_path / "damaged", 4)
    words = [str(w.message).split(": ")[1] for w in warned if w.category is UserWarning]
    assert words == ["damaged", "damaged", "no sound checkpoint"]
    assert (start, losses) == (0, whole)


def test_a_kill_while_writing_leaves_the_checkpoint_before(tmp_path):
    fit(tmp_path, 3)
    (tmp_path / "epoch-00004.partial").write_bytes(b"half a chec")
    assert fit(tmp_path, 5)[0] == 3


def test_a_full_disk_leaves_no_half_checkpoint(tmp_path):
    """Neither under a new name nor in place of one that is there."""
    path = tmp_path / "epoch-00001.checkpoint"
    state, large = {"epoch": 0}, [np.zeros(5000)]
    with pytest.raises(OSError), full_disk(after=1000):
        write_checkpoint(path, state, large)
    assert not path.exists()
    write_checkpoint(path, state, [np.ones(3)])
    with pytest.raises(OSError), full_disk(after=1000):
        write_checkpoint(path, state, large)
    np.testing.assert_array_equal(read_checkpoint(path)[1], [np.ones(3)])


class Recorded:
    """Batches that write down which epoch they were told."""

    def __init__(self):
        self.epochs = []

    def set_epoch(self, epoch):
        self.epochs.append(epoch)


def test_batches_are_told_the_epoch(tmp_path):
    for end, told in ((2, [0, 1]), (5, [2, 3, 4])):
        batches = Recorded()
        fit(tmp_path, end, batches=batches)
        assert batches.epochs == told


def test_a_finished_training_does_not_go_on(tmp_path):
    _, losses, weights = fit(tmp_path, 3)
    start, again, same = fit(tmp_path, 3)
    assert (start, again) == (3, losses)
    np.testing.assert_array_equal(same, weights)


def test_a_training_that_stopped_early_does_not_go_on(tmp_path):
    still = {"patience": 0}
    _, whole, _ = fit(tmp_path, 50, **still)
    assert len(whole) < 50
    start, losses, _ = fit(tmp_path, 50, **still)
    assert (start, losses) == (50, whole)


def test_other_settings_are_refused(tmp_path):
    fit(tmp_path, 2, settings={"units": 8, "cell": "lstm"})
    wanted = r"had units=8, this one has units=9: go on with the same, or start anew\.$"
    with pytest.raises(ValueError, match=wanted):
        fit(tmp_path, 3, settings={"units": 9, "cell": "lstm"})


def test_fewer_epochs_than_there_are_is_refused(tmp_path):
    fit(tmp_path, 3)
    with pytest.raises(ValueError, match=r"has 3 epochs already, which is more than epochs=2: ask"):
        fit(tmp_path, 2)


def test_the_setting_that_differs_is_named_before_the_data_that_it_changes(tmp_path):
    fit(tmp_path, 2, settings={"seed": 1, "data_sha256": "f1"})
    with pytest.raises(ValueError, match="had seed=1, this one has seed=2"):
        fit(tmp_path, 3, settings={"seed": 2, "data_sha256": "a0"})


def test_another_model_is_refused(tmp_path):
    state = {"epoch": 0, "stopped": False, "settings": {}, "counters": [{}]}
    write_checkpoint(tmp_path / "epoch-00001.checkpoint", state, [np.zeros(3)])
    with pytest.raises(ValueError, match="were made for another model"):
        fit(tmp_path, 3)


def test_clear_makes_the_next_training_start_anew(tmp_path):
    fit(tmp_path, 2)
    (tmp_path / "epoch-00003.partial").touch()
    Resume(tmp_path, seed=1).clear()
    assert not list(tmp_path.iterdir())


def test_only_callbacks_that_count_can_be_watched(tmp_path):
    with pytest.raises(ValueError, match=r"^Resume: `callbacks` must be callbacks that count"):
        Resume(tmp_path, seed=1, callbacks=[keras.callbacks.Callback()])


@pytest.mark.once
def test_every_dtype_and_shape_comes_back(tmp_path, rng):
    arrays = [
        np.float32(3.5),
        rng.normal(size=(2, 0, 3)),
        rng.normal(size=(4, 5)).astype("bfloat16"),
        rng.integers(0, 9, (3,), dtype="uint32"),
        np.array([[True], [False]]),
    ]
    path = tmp_path / "epoch-00001.checkpoint"
    write_checkpoint(path, {"best": float("inf")}, [np.asarray(array) for array in arrays])
    state, back = read_checkpoint(path)
    assert state == {"best": float("inf")}
    for before, after in zip(arrays, back, strict=True):
        assert after.dtype == before.dtype and after.shape == before.shape
        np.testing.assert_array_equal(after, before)
