"""From labelled text to batches of ids."""

from keras_seq.data.batches import TextBatches
from keras_seq.data.contrast import contrast_sentences
from keras_seq.data.errors import DataUnavailable
from keras_seq.data.labelled_text import LabelledText, read_labelled_text
from keras_seq.data.labels import Labels, split
from keras_seq.data.tfds_text import load_tfds_text
from keras_seq.data.tokenizer import Tokenizer

__all__ = [
    "DataUnavailable",
    "LabelledText",
    "Labels",
    "TextBatches",
    "Tokenizer",
    "contrast_sentences",
    "load_tfds_text",
    "read_labelled_text",
    "split",
]
