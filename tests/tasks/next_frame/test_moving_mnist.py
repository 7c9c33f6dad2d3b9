"""Moving digits: straight on, off the edges, one over the other, and the same for everybody."""

import struct

import numpy as np
import pytest

from keras_seq.tasks.next_frame.mnist_idx import is_idx_images, read_idx_images
from keras_seq.tasks.next_frame.moving_mnist import MovingDigits, digit_images, split_digits

pytestmark = pytest.mark.once
DOT = np.full((1, 1, 1), 255, "uint8")


def path_of(frames):
    """Where the one bright pixel is in each frame."""
    return np.array([np.argwhere(frame[..., 0])[0] for frame in frames])


def test_a_clip_is_a_function_of_seed_split_and_index():
    clips = MovingDigits(seed=3)
    first, second = clips[5][0], clips[6][0]
    np.testing.assert_array_equal(first, MovingDigits(seed=3, count=6)[5][0])
    for other in (second, MovingDigits(seed=4)[5][0], MovingDigits(seed=3, split="test")[5][0]):
        assert np.abs(first - other).max() > 0.5
    assert [len(MovingDigits(split=split)) for split in ("train", "validation", "test")] == [
        1000, 100, 200
    ]  # fmt: skip
    assert sum(1 for _ in MovingDigits(count=3)) == 3


def test_a_digit_drifts_a_tenth_of_the_way_and_stays_inside():
    for index in range(20):
        path = path_of(MovingDigits(DOT, length=40, digits=1, seed=1)[index][0])
        steps = np.diff(path, axis=0)
        # Without a bounce a step is 6.3 pixels long, up to rounding of each end.
        straight = np.hypot(*steps.T)
        assert np.median(straight) == pytest.approx(6.3, abs=1.0) and straight.max() < 7.8
        assert path.min() >= 0 and path.max() <= 63
        turns = (np.sign(steps[1:]) * np.sign(steps[:-1]) < 0).sum(axis=0)
        assert turns.max() <= 40 * 6.3 / 63 + 2  # only at the edges
    assert np.ptp(path, axis=0).max() > 40


def test_bounces_are_reflections():
    """Unfolded at the edges the path is a straight line at constant speed."""
    path = path_of(MovingDigits(DOT, length=60, digits=1, seed=5)[2][0])
    for axis in range(2):
        speed = np.abs(np.diff(path[:, axis])).max()
        inner = [
            abs(b - a)
            for a, b in zip(path[:, axis], path[1:, axis], strict=False)
            if min(a, b) > speed and max(a, b) < 63 - speed
        ]
        assert max(inner) - min(inner) <= 1


def test_the_brighter_pixel_shows_where_digits_overlap():
    images = np.stack([np.full((60, 60), 100, "uint8"), np.full((60, 60), 200, "uint8")])
    seen = set()
    for index in range(8):
        frames, mask = MovingDigits(images, length=4, seed=index, digits=2)[index]
        assert mask is None and frames.dtype == np.float32
        seen |= set(np.round(np.unique(frames) * 255).astype(int).tolist())
    assert seen == {0, 100, 200}


def test_digits_of_a_file_move_in_one_split_only():
    images = np.arange(50)[:, None, None] * np.ones((1, 2, 2))
    parts = [set(part[:, 0, 0]) for part in split_digits(images).values()]
    assert list(map(len, parts)) == [40, 5, 5] and len(set.union(*parts)) == 50


def test_the_drawn_digits_differ():
    images = digit_images().astype(float)
    assert images.shape == (10, 28, 28) and images.max() == 255
    for a in range(10):
        for b in range(a):
            assert np.square(images[a] - images[b]).mean() > 1500, (a, b)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_files(tmp_path, ending):
    import gzip

    images = np.arange(24, dtype="uint8").reshape(2, 3, 4)
    content = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 3, 4) + images.tobytes()
    path = tmp_path / f"images-idx3-ubyte{ending}"
    path.write_bytes(gzip.compress(content) if ending else content)
    assert is_idx_images(path)
    np.testing.assert_array_equal(read_idx_images(path), images)
    path.write_bytes(gzip.compress(content[:-1]) if ending else content[:-1])
    with pytest.raises(
        ValueError, match="2 images of height 3 and width 4 are 24 bytes, it holds 23"
    ):
        read_idx_images(path)
    path.write_bytes(b"what" + content[4:] if not ending else gzip.compress(b"what"))
    assert not is_idx_images(path)
    with pytest.raises(ValueError, match="not an IDX file of images: it begins with 77686174"):
        read_idx_images(path)
    with pytest.raises(ValueError, match="no such file"):
        read_idx_images(tmp_path / "none")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"length": 0}, "`length` must be a positive integer"),
        ({"split": "dev"}, "`split` must be one of 'train', 'validation', 'test'"),
        ({"count": 0}, "`count` must be a positive integer"),
        ({"images": np.zeros((2, 65, 3))}, "`images.shape` must be images"),
        ({"images": np.zeros((0, 3, 3))}, "`images.shape` must be images"),
    ],
)
def test_refusals(arguments, words):
    with pytest.raises(ValueError, match="^MovingDigits: " + words):
        MovingDigits(**arguments)
