"""TensorFlow Datasets: prepared sets are read, and what cannot be had is said at once."""

import socket
import sys
import time

import numpy as np
import pytest

from keras_seq.errors import DataUnavailable
from keras_seq.tasks.classification.tfds import load_tfds_text

tfds = pytest.importorskip("tensorflow_datasets")
pytestmark = pytest.mark.once

NAMES = ["neg", "pos"]


def reviews(labels):
    return [{"text": f"caf\u00e9 {i}", "label": label, "id": i} for i, label in enumerate(labels)]


FEATURES = {
    "text": tfds.features.Text(),
    "label": tfds.features.ClassLabel(names=NAMES),
    "id": np.int64,
}


@pytest.mark.parametrize("supervised_keys", [("text", "label"), None])
def test_a_prepared_set_is_read_without_the_network(prepare, monkeypatch, supervised_keys):
    def no_network(*args, **kwargs):
        pytest.fail("a prepared set needs no network")

    splits = {"train": reviews([0, 1, 1]), "test": reviews([1, 0]), "unlabelled": reviews([-1] * 2)}
    folder = prepare("my_reviews", FEATURES, splits, supervised_keys)
    monkeypatch.setattr(socket, "create_connection", no_network)
    read = load_tfds_text("my_reviews", folder)
    assert set(read) == {"train", "test"}
    assert read["train"].texts == ["caf\u00e9 0", "caf\u00e9 1", "caf\u00e9 2"]
    assert read["train"].labels == ["neg", "pos", "pos"]
    assert read["test"].labels == ["pos", "neg"]
    assert load_tfds_text("my_reviews:1.0.0", folder)["test"] is not None


def test_empty_texts_are_left_out_and_counted(prepare):
    examples = [*reviews([0, 1]), {"text": " ", "label": 0, "id": 9}]
    (split,) = load_tfds_text("gaps", prepare("gaps", FEATURES, {"train": examples})).values()
    assert len(split) == 2
    assert "empty texts left out: 1" in split.source


def test_whole_numbers_are_labels_too(prepare):
    features = {"text": tfds.features.Text(), "stars": np.int32}
    examples = [{"text": "a", "stars": 5}, {"text": "b", "stars": 1}]
    folder = prepare("stars", features, {"train": examples}, ("text", "stars"))
    assert load_tfds_text("stars", folder)["train"].labels == ["5", "1"]


@pytest.mark.parametrize(
    ("features", "keys"),
    [
        ({"a": tfds.features.Text(), "b": tfds.features.Text()}, None),
        ({"a": tfds.features.Text(), "b": np.float32}, ("a", "b")),
        ({"a": np.int64, "b": tfds.features.ClassLabel(names=NAMES)}, ("a", "b")),
    ],
)
def test_sets_that_are_no_labelled_text(prepare, features, keys):
    example = {
        key: "x" if isinstance(feature, tfds.features.Text) else 1
        for key, feature in features.items()
    }
    folder = prepare("other", features, {"train": [example]}, keys)
    with pytest.raises(ValueError, match="^tfds:other: .*(text and one class|text and a class)"):
        load_tfds_text("other", folder)


def test_invalid_utf8_is_said_with_its_place(prepare):
    examples = [*reviews([0]), {"text": b"caf\xe9", "label": 1, "id": 1}]
    folder = prepare("latin", FEATURES, {"train": examples})
    with pytest.raises(ValueError, match="^tfds:latin train: example 2 .* UTF-8 at byte 4$"):
        load_tfds_text("latin", folder)


def test_a_misspelt_name_gets_the_nearest_ones(tmp_path):
    with pytest.raises(ValueError, match="no set of this name; the nearest .*imdb_reviews") as said:
        load_tfds_text("imdb_review", tmp_path)
    assert "\n" not in str(said.value)
    with pytest.raises(ValueError, match="^tfds:imdb_reviews/xx: .*xx not found"):
        load_tfds_text("imdb_reviews/xx", tmp_path)
    with pytest.raises(ValueError, match="^tfds:imdb_reviews:9.9.9: .*cannot be loaded at version"):
        load_tfds_text("imdb_reviews:9.9.9", tmp_path)
    with pytest.raises(ValueError, match="a set of another hub cannot be read"):
        load_tfds_text("huggingface:imdb", tmp_path)


def offline(*args, **kwargs):
    raise OSError("Network is unreachable")


def hanging(*args, **kwargs):
    time.sleep(8)
    raise OSError("timed out")


@pytest.mark.parametrize("connect", [offline, hanging])
def test_without_a_network_it_fails_at_once_and_says_the_ways_out(monkeypatch, tmp_path, connect):
    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    tfds.builder("imdb_reviews", data_dir=tmp_path)  # What TFDS imports is not counted.
    start = time.perf_counter()
    with pytest.raises(DataUnavailable) as said:
        load_tfds_text("imdb_reviews", tmp_path)
    assert time.perf_counter() - start < 4
    message = str(said.value)
    for part in (
        "tfds:imdb_reviews",
        "no connection to ai.stanford.edu",
        str(tmp_path),
        "copy a prepared folder",
        "a local file",
        "network on",
    ):
        assert part in message
    assert "\n" not in message


def test_a_download_that_fails_is_tried_little_and_said(monkeypatch, tmp_path):
    """As behind a proxy that answers nothing: the name is not even looked up here."""
    from tensorflow_datasets.core.download import downloader

    retries = downloader.MAX_RETRIES
    monkeypatch.setenv("HTTP_PROXY", "http://nowhere.invalid:9")
    monkeypatch.setenv("http_proxy", "http://nowhere.invalid:9")
    start = time.perf_counter()
    with pytest.raises(DataUnavailable, match="not downloaded .*Error"):
        load_tfds_text("imdb_reviews", tmp_path)
    assert time.perf_counter() - start < 20
    assert retries == downloader.MAX_RETRIES


def test_without_tensorflow_datasets_the_message_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(DataUnavailable, match=r"pip install 'keras_seq\[recipes\]'"):
        load_tfds_text("imdb_reviews")
