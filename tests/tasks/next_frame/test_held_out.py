"""Which frames train and which test: one scale for all, and the splits a data set has."""

import struct

import numpy as np
import pytest

from keras_seq.tasks.next_frame.splits import video_splits
from keras_seq.tasks.next_frame.video import Video
from keras_seq.training.config import Settings

pytestmark = pytest.mark.once


def saved(path, values):
    np.save(path, values)
    return str(path)


def splits_of(**paths):
    return video_splits(Settings(**paths), given=4, horizon=3)


@pytest.fixture
def wet(rng):
    return rng.random((60, 8, 6)) * 200


def test_a_dry_test_film_stays_dry(tmp_path, wet, capsys):
    paths = {
        "data": saved(tmp_path / "wet.npy", wet),
        "test": saved(tmp_path / "dry.npy", wet / 250),
    }
    splits = splits_of(**paths)
    np.testing.assert_allclose(splits["test"][0][0][..., 0], wet[:7] / 250 / 255, rtol=1e-5)
    np.testing.assert_allclose(splits["train"][0][0][..., 0], wet[:7] / 255, rtol=1e-5)
    assert "divided by 255 as the training data" in capsys.readouterr().out
    saved(tmp_path / "bytes.npy", wet.astype("uint8"))
    splits_of(data=str(tmp_path / "bytes.npy"), test=str(tmp_path / "bytes.npy"))
    assert "width 6, bytes, divided by 255 as the training data" in capsys.readouterr().out
    words = r"wet.npy, frame \d+: values must be in \[0, 1\] as those of the training data are"
    for name in ("test", "validation"):
        with pytest.raises(ValueError, match=words):
            splits_of(**{"data": paths["test"], name: paths["data"]})


def test_films_of_one_folder_have_one_scale(tmp_path, wet):
    saved(tmp_path / "dry.npy", wet / 250)
    saved(tmp_path / "wet.npy", wet)
    splits = splits_of(data=str(tmp_path))
    first = splits["train"][0][0]
    np.testing.assert_allclose(first[..., 0], wet[:7] / 250 / 255, rtol=1e-5)


def test_beside_digits_the_validation_and_the_test_film_have_one_scale(tmp_path, wet):
    wet, dry = (np.pad(film, [(0, 0), (0, 56), (0, 58)]) for film in (wet, wet / 250))
    paths = {
        "validation": saved(tmp_path / "wet.npy", wet),
        "test": saved(tmp_path / "dry.npy", dry),
    }
    splits = splits_of(**paths)
    np.testing.assert_allclose(splits["test"][0][0][..., 0], dry[:7] / 255, rtol=1e-5)


def test_two_kinds_of_numbers_of_two_scales_are_refused(tmp_path, wet):
    whole = saved(tmp_path / "bytes.npy", wet.astype("uint8"))
    dry = saved(tmp_path / "dry.npy", wet / 250)
    saved(tmp_path / "none.npy", wet * 0)
    splits_of(data=whole, test=str(tmp_path / "none.npy"))
    words = r"dry.npy, frame \d+: its floats are in \[0, 1\] and the training data in \[0, 255\]"
    with pytest.raises(ValueError, match=words):
        splits_of(data=whole, test=dry)
    with pytest.raises(
        ValueError, match=r"bytes.npy: values must be in \[0, 1\] .* these are bytes"
    ):
        splits_of(data=dry, test=whole)
    with pytest.raises(ValueError, match="dry.npy, .* bring them to one scale"):
        splits_of(data=str(tmp_path))


def test_digits_that_cannot_be_set_in_motion_are_named(tmp_path):
    path = tmp_path / "images-idx3-ubyte"
    for shape, words in (
        ((9, 20, 30), "9 of height 20 and width 30"),
        ((50, 65, 20), "50 of height 65 and width 20"),
    ):
        content = bytes([0, 0, 8, 3]) + struct.pack(">3I", *shape) + bytes(np.prod(shape))
        path.write_bytes(content)
        for flag in ("data", "test"):
            with pytest.raises(ValueError, match=f"^{path}: at least 10 images .* {words}$"):
                splits_of(**{flag: str(path)})


@pytest.mark.parametrize("have", ["train", "train validation test", "train test", "test"])
@pytest.mark.parametrize("given", ["", "test"])
def test_a_prepared_set_keeps_its_own_splits(tmp_path, rng, monkeypatch, have, given):
    tfds = pytest.importorskip("tensorflow_datasets")
    read = []

    class Builder:
        """As much of a builder as is asked of it; each split has a brightness."""

        class info:
            features = {"video": tfds.features.Video(shape=(7, 4, 6, 1))}
            splits = dict.fromkeys([*have.split(), "unlabeled"])

        def as_dataset(self, split):
            read.append(split)
            value = have.split().index(split)
            return [{"video": np.full((7, 4, 6, 1), 10 * value + n, "uint8")} for n in range(10)]

    monkeypatch.setattr(
        "keras_seq.tasks.next_frame.tfds.prepared_builder", lambda *_: (tfds, Builder())
    )
    monkeypatch.setattr(tfds, "as_numpy", lambda rows: rows)
    paths = {"test": saved(tmp_path / "own.npy", np.full((7, 4, 6), 200, "uint8"))} if given else {}
    splits = splits_of(data="tfds:made", **paths)
    values = {
        name: sorted({round(float(clips[i][0].max() * 255)) for i in range(len(clips))})
        for name, clips in splits.items()
    }
    assert len({v for some in values.values() for v in some}) == sum(map(len, values.values()))
    first = have.split()[0]
    wanted = [first, *(n for n in ("validation", "test") if n in have and n not in (first, given))]
    assert read == wanted
    for name in ("validation", "test"):
        if name == given:
            assert values[name] == [200]
        elif name in wanted[1:]:
            start = 10 * have.split().index(name)
            assert values[name] == list(range(start, start + 10))
        else:
            assert len(values[name]) == 1 and values[name][0] < 10


def test_a_film_by_hand_has_the_scale_of_its_values():
    assert Video(np.full((3, 2, 2, 1), 51, "uint8")).read(0, 3)[0].max() == pytest.approx(0.2)
