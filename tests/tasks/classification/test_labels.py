"""Classes, and the part of the data that is held out."""

import collections

import numpy as np
import pytest

from keras_seq.tasks.classification.data import LabeledText
from keras_seq.tasks.classification.labels import Labels, stratified_split

pytestmark = pytest.mark.once


def test_names_are_ordered_as_people_count():
    assert Labels.learn(["10", "2", "1", "-1"]).names == ["-1", "1", "2", "10"]
    assert Labels.learn(["pos", "neg", "10"]).names == ["10", "neg", "pos"]
    assert Labels.learn(["01", "1"]).names == ["01", "1"]


def test_ids_are_positions():
    ids = Labels(["b", "a"]).encode(LabeledText(["x", "y", "z"], ["a", "b", "a"], "here"))
    assert ids.dtype == np.int32
    assert ids.tolist() == [1, 0, 1]


def test_an_unknown_label_is_named_with_its_example():
    examples = LabeledText(["x", "y"], ["a", "c"], "dev.tsv (text: 0, label: 1)")
    with pytest.raises(ValueError, match=r"^dev.tsv .*: the label 'c' \(example 2\) is not one of"):
        Labels(["a", "b"]).encode(examples)


@pytest.mark.parametrize("names", [[], ["a"], ["a", "a"]])
def test_two_different_names_at_least(names):
    with pytest.raises(ValueError, match="Labels: `names` must be at least two different names"):
        Labels(names)


def made(counts):
    labels = [label for label, count in counts.items() for _ in range(count)]
    return LabeledText([f"text {i}" for i in range(len(labels))], labels, "made")


def test_split_keeps_every_example_once_and_every_share():
    examples = made({"a": 100, "b": 50, "rare": 2, "once": 1})
    train, held_out = stratified_split(examples, fraction=0.1, seed=3)
    assert collections.Counter(held_out.labels) == {"a": 10, "b": 5, "rare": 1}
    both = [*zip(train.texts, train.labels, strict=True)]
    both += zip(held_out.texts, held_out.labels, strict=True)
    assert sorted(both) == sorted(zip(examples.texts, examples.labels, strict=True))


def test_split_depends_on_the_seed_alone():
    examples = made({"a": 100, "b": 100})
    assert stratified_split(examples, seed=3) == stratified_split(examples, seed=3)
    assert (
        stratified_split(examples, seed=3)[1].texts != stratified_split(examples, seed=4)[1].texts
    )


def test_copies_of_a_text_stay_together():
    examples = made({"a": 30, "b": 30})
    twice = LabeledText(examples.texts * 2, examples.labels * 2, "made")
    train, held_out = stratified_split(twice, fraction=0.3)
    assert not set(train.texts) & set(held_out.texts)
    assert len(held_out) == 2 * 2 * 9


def test_what_cannot_be_split():
    with pytest.raises(ValueError, match="made: no class has two different texts"):
        stratified_split(LabeledText(["x", "x", "y"], ["a", "a", "b"], "made"))
    for fraction in (0.0, 1.0, -1, float("nan")):
        with pytest.raises(ValueError, match="split: `fraction` must be a number between 0 and 1"):
            stratified_split(made({"a": 9, "b": 9}), fraction=fraction)
