"""Pairs of TensorFlow Datasets: read where prepared, else said at once."""

import functools
import types

import numpy as np
import pytest

from keras_seq.errors import DataUnavailable
from keras_seq.tasks.translation.splits import parallel_text_splits
from keras_seq.tasks.translation.tfds import load_tfds_pairs

tfds = pytest.importorskip("tensorflow_datasets")
pytestmark = pytest.mark.once

TWO = tfds.features.Translation(languages=("pt", "en"))


@pytest.fixture
def prepare(prepare):
    """The set's own direction is from Portuguese unless another is named."""
    return functools.partial(prepare, supervised_keys=("pt", "en"))


ROWS = [{"pt": "olá  mundo", "en": "hello world"}, {"pt": " ", "en": "no"}, {"pt": "ó", "en": "oh"}]


def test_a_prepared_set_is_read_in_its_own_direction(prepare):
    folder = prepare("pairs", TWO, {"train": ROWS, "test": ROWS[:1]})
    splits = load_tfds_pairs("pairs", folder)
    assert splits["train"].sources == ["olá mundo", "ó"]
    assert splits["train"].targets == ["hello world", "oh"]
    assert splits["train"].left_out == {"an empty side": 1} and splits["test"].left_out == {}
    assert splits["train"].source == "tfds:pairs train (pt to en)"
    with pytest.raises(ValueError, match="^tfds:pairs train: example 2: a side is empty .1 in all"):
        load_tfds_pairs("pairs", folder, strict=True)
    back = prepare("back", TWO, {"train": ROWS}, supervised_keys=("en", "pt"))
    assert load_tfds_pairs("back", back)["train"].sources == ["hello world", "oh"]


def test_two_texts_without_a_direction_and_three(prepare):
    text = tfds.features.Text
    features = {"a": text(), "b": text(), "n": np.int64}
    two = prepare("two", features, {"train": [{"a": "x", "b": "y", "n": 1}]}, supervised_keys=None)
    assert load_tfds_pairs("two", two)["train"].targets == ["y"]
    features = {"a": text(), "b": text(), "c": text()}
    three = prepare(
        "three", features, {"train": [{"a": "x", "b": "y", "c": "z"}]}, supervised_keys=None
    )
    with pytest.raises(ValueError, match="^tfds:three: two texts are needed, .* are a, b, c$"):
        load_tfds_pairs("three", three)


def test_what_is_not_text(prepare):
    folder = prepare("latin", TWO, {"train": [ROWS[0], {"pt": b"caf\xe9", "en": "coffee"}]})
    with pytest.raises(ValueError, match="^tfds:latin train: example 2 is not valid UTF-8$"):
        load_tfds_pairs("latin", folder)


def test_no_such_set_and_no_network(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="^tfds:ted_hrlr: .* no set of this name"):
        load_tfds_pairs("ted_hrlr", tmp_path)
    monkeypatch.setattr("keras_seq.data.tfds._any_reachable", lambda hosts: False)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    with pytest.raises(DataUnavailable, match="^tfds:ted_hrlr_translate/pt_to_en: not prepared in"):
        load_tfds_pairs("ted_hrlr_translate/pt_to_en", tmp_path)


def flags(**given):
    asked = {"validation": None, "test": None, "max_examples": None, "seed": 1, **given}
    return types.SimpleNamespace(**asked)


def test_the_flags_take_its_splits_and_files_before_them(prepare, tmp_path, monkeypatch):
    folder = prepare("pairs", TWO, {"train": ROWS * 10, "validation": ROWS, "test": ROWS})
    other = prepare("others", TWO, {"test": ROWS})
    monkeypatch.setattr(
        "keras_seq.tasks.translation.splits.load_tfds_pairs",
        lambda name, strict: load_tfds_pairs(name, folder, strict),
    )
    (tmp_path / "mine.tsv").write_text("um\tone\n")
    splits = parallel_text_splits(flags(data=["tfds:pairs"], test=[str(tmp_path / "mine.tsv")]))
    assert [len(pairs) for pairs in splits.values()] == [20, 2, 1]
    with pytest.raises(ValueError, match="example 2: a side is empty .10 in all"):
        parallel_text_splits(flags(data=["tfds:pairs"]), strict=True)
    assert other == folder
    with pytest.raises(ValueError, match="^tfds:others: it has no split `train`, only test$"):
        parallel_text_splits(flags(data=["tfds:others"]))
