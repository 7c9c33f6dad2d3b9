"""What films are divided by: one number for all, or a refusal where nobody can know it."""

import numpy as np
import pytest

from keras_seq.tasks.next_frame.files import read_videos
from keras_seq.tasks.next_frame.value_range import infer_scale, measure_range
from keras_seq.tasks.next_frame.video import Video

pytestmark = pytest.mark.once


def film_of(*values, dtype="float64"):
    """Each value fills a frame."""
    return np.array(values, dtype)[:, None, None, None] * np.ones((2, 3, 1), dtype)


@pytest.mark.parametrize(
    "films, scale, words",
    [
        ([film_of(0, 200), film_of(0, 0.8)], 255, "values up to 200, divided by 255"),
        ([film_of(0, 1.5), film_of(0, 9)], 255, "values up to 9, divided by 255"),
        ([film_of(0, 0.2), film_of(0, 1)], 1, "values in [0, 1]"),
        ([film_of(0, 65535, dtype="uint16")], 65535, "uint16 up to 65535, divided by 65535"),
        ([film_of(0, 4000, dtype="uint16")], 4095, "uint16 up to 4000, divided by 4095"),
        ([film_of(0, 256, dtype=">u2")], 1023, "uint16 up to 256, divided by 1023"),
        ([film_of(0, 200, dtype="uint16")], 255, "values up to 200, divided by 255"),
        (
            [film_of(0, 3, dtype="uint8"), film_of(0, 9)],
            255,
            "bytes, divided by 255; values up to 9, divided by 255",
        ),
    ],
)
def test_all_films_have_one_scale(films, scale, words):
    spans = [measure_range(film, "film") for film in films]
    assert infer_scale(spans) == (scale, words)
    assert infer_scale(spans[::-1])[0] == scale
    for film in films:
        read = Video(film, scale).read(0, 2)[0]
        np.testing.assert_allclose(read, film.astype(float) / scale, rtol=1e-6)


@pytest.mark.parametrize(
    "values, words",
    [
        (film_of(0, 1.02, 0.5), r"video, frame 1: the greatest value is 1.02, .*: clip the values"),
        (film_of(2, 0.5), "video, frame 0: the greatest value is 2, "),
        (film_of(0, 9, 256), "video, frame 2: .* these are from 0 to 256"),
        (film_of(0, 9, -1), "video, frame 2: .* these are from -1 to 9"),
        (film_of(0, 70000, dtype="int32"), "video, frame 1: .* these are from 0 to 70000"),
        (film_of(0, np.nan), "video, frame 1: there is a NaN in row 0, column 0"),
        (film_of(0, -np.inf), "video, frame 1: there is an infinity in row 0, column 0"),
    ],
)
def test_no_scale(values, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        Video(values)


def test_a_mask_covers_what_does_not_count():
    values = film_of(0.5, 7000)
    mask = np.zeros((2, 2, 3), bool)
    mask[0] = True
    assert Video(values, mask=mask).scale == 1


@pytest.mark.parametrize(
    "change, words",
    [
        ({"values": [[0.5]]}, "`values` must be an array of numbers. Received: values='list'"),
        ({"values": np.full((2, 2, 3, 1), "a")}, "`values` must be an array of numbers"),
        ({"values": np.zeros((2, 2, 3))}, r"`values` must be of shape \(T, H, W, C\)"),
        ({"pool": 0}, "`pool` must be a positive integer"),
        ({"scale": 0}, "`scale` must be a positive number"),
        ({"mask": np.ones((2, 3))}, r"`mask` must be bool .* Received: mask='float64 \(2, 3\)'"),
        ({"mask": np.ones((3, 2), bool)}, "`mask` must be bool of shape"),
    ],
)
def test_what_is_no_film(change, words):
    with pytest.raises(ValueError, match=f"^Video: {words}"):
        Video(**{"values": film_of(0, 0.5), **change})
    with pytest.raises(ValueError, match="^video: it holds no frame"):
        Video(np.zeros((0, 2, 3, 1)))
    with pytest.raises(ValueError, match="^video: its frames have fewer than 3 x 3 pixels to pool"):
        Video(film_of(0), pool=3)


@pytest.mark.parametrize("value", [1.01, -0.01, np.nan])
def test_a_wrong_scale_is_seen_when_frames_are_read(value):
    film = Video(film_of(0, value * 9), scale=9)
    assert not film.read(0, 1)[0].any()
    with pytest.raises(ValueError, match=r"^video: in frames 1 to 1 values must be in \[0, 9\]"):
        film.read(1, 2)


def test_images_keep_their_depth(tmp_path, rng):
    imageio = pytest.importorskip("imageio.v3")
    frames = rng.integers(0, 65536, (3, 6, 8), "uint16")
    for number, frame in enumerate(frames):
        imageio.imwrite(tmp_path / f"{number}.png", frame)
    (film,), source = read_videos(tmp_path)
    np.testing.assert_allclose(film.read(0, 3)[0][..., 0], frames / 65535, rtol=1e-6)
    assert source.endswith("divided by 65535")


def test_a_scale_that_is_given(tmp_path):
    np.save(tmp_path / "rain.npy", film_of(0, 1.9, 1)[..., 0])
    (film,), source = read_videos(tmp_path / "rain.npy", scale=2)
    np.testing.assert_allclose(film.read(0, 3)[0][:, 0, 0, 0], [0, 0.95, 0.5], rtol=1e-6)
    assert source.endswith("divided by 2")
    words = r"rain.npy, frame 1: values must be in \[0, 1.5\] with this scale, there is 1.9"
    with pytest.raises(ValueError, match=words):
        read_videos(tmp_path / "rain.npy", scale=1.5)
    with pytest.raises(ValueError, match="read_videos: `scale` must be a positive number"):
        read_videos(tmp_path / "rain.npy", scale=0)
