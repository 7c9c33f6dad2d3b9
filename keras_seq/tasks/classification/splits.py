"""The labelled texts that the flags of a recipe name."""

from keras_seq.tasks.classification.data import LabeledText, read_labeled_text
from keras_seq.tasks.classification.labels import stratified_split
from keras_seq.tasks.classification.synthetic import synthetic_sentiment
from keras_seq.tasks.classification.tfds import load_tfds_text
from keras_seq.training.config import Settings
from keras_seq.training.splits import load_splits, refuse_unread_flags, sample_rows

HELD_OUT = 0.1  # fraction of the training texts, if there is no other validation data


def labeled_text_splits(
    config: Settings, text_column: str | None = None, label_column: str | None = None
) -> dict[str, LabeledText]:
    """Load the training, validation and test texts of `--data`, `--validation` and `--test`.

    Without validation data a tenth of the training texts of each class is held out. Without test
    data the results are of the validation data, as `evaluated_on` in the metrics says.

    Args:
        config: `Settings`.
        text_column, label_column: name or position of a column of files, as `read_labeled_text`.

    Returns:
        Dictionary of "train", "validation" and, if there is one, "test" -> `LabeledText`.

    Raises:
        InputError: a file does not exist or is malformed.
        DataUnavailable: a data set cannot be loaded.

    Example:

    >>> from keras_seq.tasks.classification.splits import labeled_text_splits
    >>> from keras_seq.training.config import Settings
    >>> splits = labeled_text_splits(Settings(max_examples=100))
           train: 100 texts (embedded, seed 0: train, 100 of 6600)
      validation: 100 texts (embedded, seed 0: validation, 100 of 800)
            test: 100 texts (embedded, seed 0: test, 100 of 1000)
    """

    def read(path):
        return read_labeled_text(path, text_column, label_column)

    refuse_unread_flags(config, text_column=text_column, label_column=label_column)
    return load_splits(
        config,
        embedded=synthetic_sentiment,
        from_tfds=load_tfds_text,
        from_file=lambda path: {"train": read(path)},
        read=lambda name, path, splits: read(path),
        hold_out=lambda texts: stratified_split(texts, HELD_OUT, config.seed),
        limit=_limit,
        describe=lambda texts: f"{len(texts)} texts ({texts.source})",
    )


def _limit(examples, count):
    """At most `count` examples, sampled at random."""
    if len(examples) <= count:
        return examples
    rows = sample_rows(len(examples), count)
    texts, labels = [examples.texts[i] for i in rows], [examples.labels[i] for i in rows]
    return LabeledText(texts, labels, f"{examples.source}, {count} of {len(examples)}")
