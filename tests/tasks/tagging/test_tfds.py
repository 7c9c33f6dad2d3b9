"""Tagged sets of TensorFlow Datasets: read where prepared, else said at once."""

import numpy as np
import pytest

from keras_seq.errors import DataUnavailable
from keras_seq.tasks.tagging.tfds import load_tfds_tags

tfds = pytest.importorskip("tensorflow_datasets")
pytestmark = pytest.mark.once

NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
FEATURES = {
    "tokens": tfds.features.Sequence(tfds.features.Text()),
    "ner": tfds.features.Sequence(tfds.features.ClassLabel(names=NAMES)),
    "pos": tfds.features.Sequence(tfds.features.ClassLabel(names=["NNP", "VB"])),
}


def row(tokens, tags):
    return {"tokens": tokens.split(), "ner": tags.split(), "pos": ["NNP"] * len(tokens.split())}


def test_a_prepared_set_is_read_and_repaired(prepare):
    train = [row("Zoë Li spoke", "B-PER I-PER O"), row("", ""), row("in Rome", "O I-LOC")]
    rows = {"train": train, "test": [row("Rome", "B-LOC")]}
    folder = prepare("my_names", FEATURES, rows)
    splits = load_tfds_tags("my_names", folder)
    assert splits["train"].tokens == [["Zoë", "Li", "spoke"], ["in", "Rome"]]
    assert splits["train"].tags == [["B-PER", "I-PER", "O"], ["O", "B-LOC"]]
    assert splits["train"].source == ("tfds:my_names train (scheme BIO, detected, 1 tags repaired)")
    assert splits["test"].tags == [["B-LOC"]]
    with pytest.raises(ValueError, match="train: 1 tags cannot stand where they are in BIO"):
        load_tfds_tags("my_names", folder, strict=True)
    with pytest.raises(ValueError, match="train: the tag .I-PER. is not of the scheme BMES"):
        load_tfds_tags("my_names", folder, scheme="BMES")


def test_a_set_whose_tags_are_not_as_many_is_refused(prepare):
    rows = {"train": [row("Rome", "B-LOC"), row("in Rome", "O")]}
    folder = prepare("short", FEATURES, rows)
    with pytest.raises(ValueError, match="tfds:short train: example 2 has 2 tokens, 1 tags"):
        load_tfds_tags("short", folder)


def test_a_set_of_another_kind_is_refused(prepare):
    features = {"text": tfds.features.Text(), "n": np.int64}
    folder = prepare("plain", features, {"train": [{"text": "a", "n": 1}]})
    with pytest.raises(ValueError, match="tfds:plain: lists of `tokens` and of tags are needed"):
        load_tfds_tags("plain", folder)


def test_a_set_that_is_not_here_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_seq.data.tfds._any_reachable", lambda hosts: False)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    with pytest.raises(DataUnavailable, match="tfds:conll2003: not prepared in"):
        load_tfds_tags("conll2003", tmp_path)
