"""The labelled texts that the shared flags ask for."""

import random

from keras_seq.tasks.classification.data import LabelledText, read_labelled_text
from keras_seq.tasks.classification.labels import split
from keras_seq.tasks.classification.synthetic import contrast_sentences
from keras_seq.tasks.classification.tfds import load_tfds_text

HELD_OUT = 0.1  # of the training texts, where there is nothing else to validate on


def labelled_text(config, text_column=None, label_column=None):
    """Training, validation and test texts as `--data`, `--validation` and `--test` name them.

    Without validation data a tenth of the training texts of each class is held out for it.
    Without test data the validation data are what results are reported on: `evaluated_on` says so.

    Args:
        config: `Settings`.
        text_column, label_column: name or position of a column of files, as `read_labelled_text`.

    Returns:
        Dictionary of "train", "validation" and, if there is one, "test" -> `LabelledText`.

    Raises:
        ValueError: a file is not there or not as it must be.
        DataUnavailable: a data set cannot be had.

    Example:

    >>> from keras_seq.tasks.classification.splits import labelled_text
    >>> from keras_seq.training.config import Settings
    >>> splits = labelled_text(Settings(max_examples=100))
           train: 100 texts (embedded, seed 0: train, 100 of 6000)
      validation: 100 texts (embedded, seed 0: validation, 100 of 800)
            test: 100 texts (embedded, seed 0: test, 100 of 1000)
    """

    def read(path):
        return read_labelled_text(path, text_column, label_column)

    if config.data == "embedded":
        found = contrast_sentences()
    elif config.data.startswith("tfds:"):
        found = load_tfds_text(config.data.removeprefix("tfds:"))
        if "train" not in found:
            raise ValueError(f"{config.data}: it has no split `train`, only {', '.join(found)}")
    else:
        found = {"train": read(config.data)}
    splits = {"train": found["train"]}
    if config.validation is not None:
        splits["validation"] = read(config.validation)
    elif "validation" in found:
        splits["validation"] = found["validation"]
    else:
        splits["train"], splits["validation"] = split(splits["train"], HELD_OUT, config.seed)
    if config.test is not None:
        splits["test"] = read(config.test)
    elif "test" in found:
        splits["test"] = found["test"]
    if config.max_examples is not None:
        splits = {name: _some(texts, config.max_examples) for name, texts in splits.items()}
    for name, texts in splits.items():
        print(f"{name:>12}: {len(texts)} texts ({texts.source})")
    return splits


def _some(examples, count):
    """`count` examples drawn from all over the data: files are often sorted by class."""
    if len(examples) <= count:
        return examples
    rows = sorted(random.Random(0).sample(range(len(examples)), count))
    texts, labels = [examples.texts[i] for i in rows], [examples.labels[i] for i in rows]
    return LabelledText(texts, labels, f"{examples.source}, {count} of {len(examples)}")
