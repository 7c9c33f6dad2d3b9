"""Films of TensorFlow Datasets: prepared ones are read, and others said at once."""

import socket
import time

import numpy as np
import pytest

from keras_seq.errors import DataUnavailable
from keras_seq.tasks.next_frame.tfds import load_tfds_frames

tfds = pytest.importorskip("tensorflow_datasets")
pytestmark = pytest.mark.once


def test_a_prepared_set_is_read(prepare, rng):
    films = rng.integers(0, 256, (3, 5, 4, 6, 1), "uint8")
    features = {"image_sequence": tfds.features.Video(shape=(5, 4, 6, 1))}
    folder = prepare("my_films", features, {"test": [{"image_sequence": film} for film in films]})
    ((name, (found, source)),) = load_tfds_frames("my_films", folder).items()
    assert name == "test" and len(found) == 3 and "3 videos, bytes" in source
    for film, wanted in zip(found, films, strict=True):
        np.testing.assert_allclose(film.read(0, 5)[0], wanted / np.float32(255), rtol=1e-6)


def test_a_set_without_films_is_refused(prepare):
    features = {"text": tfds.features.Text()}
    folder = prepare("my_texts", features, {"test": [{"text": "a"}]})
    with pytest.raises(ValueError, match="one feature of shape .* its features are text"):
        load_tfds_frames("my_texts", folder)


def test_offline_it_fails_at_once_and_says_the_ways_out(tmp_path, monkeypatch):
    def no_network(*args, **kwargs):
        raise OSError("unreachable")

    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    begun = time.monotonic()
    with pytest.raises(DataUnavailable, match="tfds:moving_mnist: not prepared in .*local file"):
        load_tfds_frames("moving_mnist", tmp_path)
    assert time.monotonic() - begun < 30
