"""What the shared flags make of films."""

import struct

import numpy as np
import pytest

from keras_seq.tasks.next_frame.splits import video_splits
from keras_seq.training.config import Settings

pytestmark = pytest.mark.once


@pytest.fixture
def film(tmp_path, rng):
    path = tmp_path / "film.npy"
    np.save(path, rng.integers(0, 256, (60, 8, 6), "uint8"))
    return str(path)


def first_of(clips):
    return clips[0][0]


def test_a_film_is_parted_in_time(film):
    splits = video_splits(Settings(data=film), given=4, horizon=3)
    assert {name: len(clips) for name, clips in splits.items()} == {
        "train": 40, "validation": 1, "test": 1
    }  # fmt: skip
    whole = np.load(film)[..., None] / np.float32(255)
    np.testing.assert_allclose(first_of(splits["test"]), whole[53:60], rtol=1e-6)
    np.testing.assert_allclose(first_of(splits["validation"]), whole[46:53], rtol=1e-6)


def test_files_of_their_own_are_read_whole(film, tmp_path):
    np.save(tmp_path / "other.npy", np.zeros((9, 8, 6), "uint8"))
    config = Settings(data=film, test=str(tmp_path / "other.npy"), max_examples=5)
    splits = video_splits(config, given=4, horizon=3)
    assert [len(splits[name]) for name in ("train", "validation", "test")] == [5, 1, 1]
    assert not first_of(splits["test"]).any()
    np.save(tmp_path / "other.npy", np.zeros((9, 8, 7), "uint8"))
    with pytest.raises(
        ValueError, match="frames of height 8 and width 7, where those of the training"
    ):
        video_splits(config, given=4, horizon=3)
    splits = video_splits(config, given=4, horizon=3, any_size=True)
    assert splits["test"].frame_shape == (8, 7, 1)


def test_digits_of_a_file_are_set_in_motion(tmp_path):
    images = np.zeros((50, 20, 20), "uint8")
    images[:, 5:15, 5:15] = 100 + np.arange(50)[:, None, None]
    path = tmp_path / "images-idx3-ubyte"
    path.write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", 50, 20, 20) + images.tobytes())
    splits = video_splits(Settings(data=str(path), max_examples=30), given=4, horizon=3)
    seen = {
        name: {int(v) for i in range(30) for v in np.unique(np.round(clips[i][0] * 255))} - {0}
        for name, clips in splits.items()
    }
    assert max(seen["train"]) < 140 <= min(seen["validation"])
    assert max(seen["validation"]) < 145 <= min(seen["test"])
