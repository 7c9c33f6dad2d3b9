"""Films from files: what is read, and one sentence for each thing that cannot be."""

import zipfile

import numpy as np
import pytest

from keras_seq.tasks.next_frame.files import read_videos

imageio = pytest.importorskip("imageio.v3")
pytestmark = pytest.mark.once


@pytest.fixture
def frames(rng):
    return rng.integers(0, 256, (7, 6, 8), "uint8")


def all_of(films):
    return [film.read(0, len(film))[0] for film in films]


@pytest.mark.parametrize(
    "shape, films, frame_shape",
    [
        ((7, 6, 8), 1, (6, 8, 1)),
        ((7, 6, 8, 3), 1, (6, 8, 3)),
        ((7, 6, 8, 2), 1, (6, 8, 2)),
        ((5, 7, 6, 8), 5, (6, 8, 1)),
        ((5, 7, 6, 8, 3), 5, (6, 8, 3)),
    ],
)
@pytest.mark.parametrize("ending", [".npy", ".npz"])
def test_arrays(tmp_path, rng, shape, films, frame_shape, ending):
    values = rng.integers(0, 256, shape, "uint8")
    path = tmp_path / f"film{ending}"
    np.save(path, values) if ending == ".npy" else np.savez_compressed(path, frames=values, x=1)
    found, source = read_videos(path)
    assert len(found) == films and found[0].frame_shape == frame_shape
    assert isinstance(found[0].values, np.memmap)
    wanted = values.reshape(films, -1, *frame_shape) / np.float32(255)
    np.testing.assert_allclose(np.stack(all_of(found)), wanted, rtol=1e-6)
    assert "bytes, divided by 255" in source


@pytest.mark.parametrize(
    "values, top, words",
    [
        (np.array([0.0, 0.25, 1.0]), 1.0, "values in [0, 1]"),
        (np.array([-1e-6, 0.25, 1.00001]), 1.0, "values in [0, 1]"),
        (np.array([0.0, 0.25, 200.0]), 200 / 255, "values up to 200, divided by 255"),
        (np.array([0, 3, 255]), 1.0, "values up to 255, divided by 255"),
        (np.array([True, False, True]), 1.0, "0 or 1"),
    ],
)
def test_values_come_to_lie_between_0_and_1(tmp_path, values, top, words):
    np.save(tmp_path / "film.npy", values[:, None, None] * np.ones((1, 2, 2), values.dtype))
    (film,), source = read_videos(tmp_path / "film.npy")
    assert film.read(0, 3)[0].max() == pytest.approx(top)
    assert source.endswith(words)


def test_a_mask_hides_what_is_under_it_and_pooling_takes_the_mean_of_the_rest(tmp_path):
    frames = np.arange(32.0).reshape(2, 4, 4) / 32
    mask = np.ones((4, 4), bool)
    mask[0, 0] = mask[2:, 2:] = False
    frames[:, 0, 0], frames[1, 3, 3] = np.nan, 7000
    np.savez(tmp_path / "radar.npz", frames=frames, mask=mask, times=np.arange(2))
    (film,), _ = read_videos(tmp_path / "radar.npz")
    seen, shown = film.read(0, 2)
    np.testing.assert_array_equal(shown, np.stack([mask, mask]))
    np.testing.assert_allclose(seen[..., 0], np.where(mask, frames, 0), rtol=1e-6)
    (film,), _ = read_videos(tmp_path / "radar.npz", pool=2)
    seen, shown = film.read(1, 2)
    np.testing.assert_array_equal(shown[0], [[True, True], [True, False]])
    blocks = [frames[1, 0, 1], *frames[1, 1, :2]], frames[1, :2, 2:], frames[1, 2:, :2]
    wanted = [np.mean(block) for block in blocks]
    np.testing.assert_allclose(seen[0, ..., 0], [wanted[:2], [wanted[2], 0]], rtol=1e-6)


def test_the_published_moving_mnist_has_time_first(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_seq.tasks.next_frame.files._MOVING_MNIST", (4, 9, 6, 8))
    values = np.arange(4 * 9 * 48).reshape(4, 9, 6, 8).astype("uint8")
    np.save(tmp_path / "mnist_test_seq.npy", values)
    films, _ = read_videos(tmp_path / "mnist_test_seq.npy")
    assert len(films) == 9 and len(films[0]) == 4
    np.testing.assert_array_equal(films[3].values[..., 0], values[:, 3])


def test_a_gif_and_a_video(tmp_path):
    frames = np.zeros((6, 32, 48, 3), "uint8")
    frames[np.arange(6), :, 8 * np.arange(6)] = 255
    imageio.imwrite(tmp_path / "film.gif", frames, loop=0)
    imageio.imwrite(tmp_path / "film.mp4", frames, fps=5, codec="libx264", macro_block_size=16)
    for name, tolerance in (("film.gif", 0.02), ("film.mp4", 0.3)):
        (film,), _ = read_videos(tmp_path / name)
        assert len(film) == 6 and film.frame_shape == (32, 48, 3), name
        read = film.read(0, 6)[0]
        assert np.abs(read - frames / 255).mean() < tolerance
        brightest = read.mean(axis=(1, 3)).argmax(axis=1)
        np.testing.assert_allclose(brightest, 8 * np.arange(6), atol=1)


def test_folders_of_images_and_of_films(tmp_path, frames):
    for name, scale in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        for number, frame in enumerate(frames):  # frame10 comes after frame9
            imageio.imwrite(tmp_path / name / f"frame{number + 5}.png", frame // scale)
    (film,), _ = read_videos(tmp_path / "a")
    np.testing.assert_array_equal(film.values[..., 0], frames)
    films, source = read_videos(tmp_path)
    np.testing.assert_array_equal(films[1].values[..., 0], frames // 2)
    assert "2 videos, 14 frames of height 6 and width 8" in source
    np.save(tmp_path / "c.npy", frames)
    assert len(read_videos(tmp_path)[0]) == 3
    imageio.imwrite(tmp_path / "b" / "frame8.png", frames[0, :5])
    with pytest.raises(
        ValueError, match=r"b: frame8.png is of height 5 and width 8, those .* height 6 and width 8"
    ):
        read_videos(tmp_path)


def test_each_page_of_an_image_is_a_frame(tmp_path, frames):
    from PIL import Image

    for name, start in (("b10.tif", 3), ("b9.tif", 0)):
        pages = [Image.fromarray(frame) for frame in frames[start : start + 3 + start // 3]]
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    (film,), _ = read_videos(tmp_path)
    np.testing.assert_array_equal(film.values[..., 0], frames)


def test_what_lies_beside_frames_is_said_or_refused(tmp_path, frames):
    for number, frame in enumerate(frames):
        imageio.imwrite(tmp_path / f"{number}.png", frame)
    for name in ("a.txt", "b.csv", "c.md", "d.json"):
        (tmp_path / name).touch()
    (film,), source = read_videos(tmp_path)
    assert len(film) == 7
    assert source.endswith(
        f"left out: {tmp_path}/a.txt, {tmp_path}/b.csv, {tmp_path}/c.md and 1 more"
    )
    (tmp_path / "sub").mkdir()
    with pytest.raises(ValueError, match="images or videos, it has 0.png and sub"):
        read_videos(tmp_path)
    (tmp_path / "sub").rmdir()
    np.save(tmp_path / "film.npy", frames)
    with pytest.raises(ValueError, match="images or videos, it has 0.png and film.npy"):
        read_videos(tmp_path)


def test_the_image_that_is_wrong_is_named(tmp_path):
    from PIL import Image

    for number, value in enumerate((0.5, 0.5, np.nan)):
        Image.fromarray(np.full((6, 8), value, "float32")).save(tmp_path / f"frame{number}.tif")
    with pytest.raises(ValueError, match=r"frame2.tif: there is a NaN in row 0, column 0"):
        read_videos(tmp_path)


def saved(path, array):
    np.save(path, array, allow_pickle=True)


def with_nan():
    film = np.zeros((9, 6, 8))
    film[4, 2, 3] = np.nan
    return film


def ragged():
    array = np.empty(2, object)
    array[:] = [np.zeros((2, 2)), np.zeros((3, 3))]
    return array


def write_member(path, name):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "no array")


@pytest.mark.parametrize(
    "name, write, words",
    [
        ("none.npy", None, "none.npy: no such file or folder"),
        ("film.npy", lambda p: p.touch(), "film.npy: the file is empty"),
        ("film.npy", lambda p: p.write_bytes(b"nothing of the kind"), "film.npy: cannot be read: "),
        ("film.npz", lambda p: p.write_bytes(b"PK nothing"), "film.npz: cannot be read: "),
        (
            "film.npz",
            lambda p: write_member(p, "frames.txt"),
            "film.npz: cannot be read: there is no array `frames` in it, only frames.txt",
        ),
        (
            "film.npz",
            lambda p: np.savez(p, a=np.zeros(1), b=np.zeros(1)),
            "film.npz: cannot be read: there is no array `frames` in it, only a, b",
        ),
        ("film.npy", lambda p: saved(p, np.zeros((0, 6, 8))), r"it holds no frame, .* \(0, 6, 8\)"),
        (
            "film.npy",
            lambda p: saved(p, np.zeros((6, 8))),
            r"must be of shape .* they are of \(6, 8",
        ),
        ("film.npy", lambda p: saved(p, ragged()), "as NumPy writes frames of different sizes"),
        ("film.npy", lambda p: saved(p, with_nan()), "frame 4: there is a NaN in row 2, column 3"),
        (
            "film.npy",
            lambda p: saved(p, np.stack([np.zeros((9, 6, 8)), with_nan()])),
            "video 1, frame 4: there is a NaN in row 2, column 3",
        ),
        ("film.npy", lambda p: saved(p, np.full((2, 6, 8), 300)), "these are from 300 to 300"),
        ("film.npy", lambda p: saved(p, np.full((2, 6, 8), -0.5)), "these are from -0.5 to -0.5"),
        ("film.npy", lambda p: saved(p, np.full((2, 6, 8), "a")), "must be numbers, they are of"),
        (
            "film.npz",
            lambda p: np.savez(p, frames=np.zeros((2, 6, 8)), mask=np.ones((8, 6))),
            r"`mask` \(8, 6\) does not fit `frames` \(2, 6, 8, 1\)",
        ),
        (
            "film.npz",
            lambda p: np.savez(p, frames=np.zeros((2, 6, 8)), mask=np.full((6, 8), np.nan)),
            "film.npz: cannot be read: `mask` must be of True and False, or of 1 and 0",
        ),
        (
            "film.npy",
            lambda p: saved(p, np.zeros((2, 3, 6, 8, 5))),
            r"film.npy: frames must have 1 to 4 channels, they are of \(2, 3, 6, 8, 5\)",
        ),
        (
            "film.mp4",
            lambda p: p.write_bytes(b"not a video" * 99),
            "film.mp4: cannot be read as a v",
        ),
        (
            "film.gif",
            lambda p: p.write_bytes(b"GIF89a, cut off"),
            "film.gif: cannot be read as a v",
        ),
        ("film.doc", lambda p: p.write_bytes(b"a"), "must end in .npy, .npz, .gif, .mp4"),
        ("folder", lambda p: p.mkdir(), "folder: a folder must contain images, videos or folders"),
    ],
)
def test_one_sentence_for_what_cannot_be_read(tmp_path, name, write, words):
    path = tmp_path / name
    if write:
        write(path)
    with pytest.raises(ValueError, match=words) as caught:
        read_videos(path)
    assert str(caught.value).startswith(str(tmp_path)) and "\n" not in str(caught.value)


def test_films_of_two_sizes_and_a_damaged_image_are_named(tmp_path, frames):
    np.save(tmp_path / "a.npy", frames)
    np.save(tmp_path / "b.npy", frames[:, :4])
    with pytest.raises(
        ValueError,
        match=r"b.npy: its frames are of height 4 and width 8, those of .*a.npy are of height",
    ):
        read_videos(tmp_path)
    with pytest.raises(ValueError, match="fewer than 9 x 9 pixels to pool"):
        read_videos(tmp_path / "a.npy", pool=9)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "frame.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"frame.png: cannot be read as an image: "):
        read_videos(tmp_path / "c")


def test_a_film_is_not_read_before_its_frames_are_asked_for(tmp_path, frames):
    """A terabyte, all but a few pages of which is a hole in the file."""
    shape = (2**26, 128, 128)
    header = np.lib.format.header_data_from_array_1_0(np.zeros((1, 128, 128), "uint8"))
    with open(tmp_path / "film.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {**header, "shape": shape})
        start = file.tell()
        file.truncate(start + np.prod(shape, dtype="int64").item())
        file.seek(start + 128 * 128 * 123_456)
        file.write(bytes([255]) * 128 * 128)
    (film,), _ = read_videos(tmp_path / "film.npy")
    assert len(film) == 2**26
    assert film.read(123_455, 123_458)[0].mean(axis=(1, 2, 3)).tolist() == [0, 1, 0]
