"""From labelled and parallel text to batches of ids."""

from keras_seq.data.batches import TextBatches
from keras_seq.data.contrast import contrast_sentences
from keras_seq.data.dates import dates_and_numbers
from keras_seq.data.errors import DataUnavailable
from keras_seq.data.labelled_text import LabelledText, read_labelled_text
from keras_seq.data.labels import Labels, split
from keras_seq.data.pair_batches import PairBatches
from keras_seq.data.parallel_text import ParallelText, read_parallel_text
from keras_seq.data.subwords import Subwords
from keras_seq.data.tfds_text import load_tfds_text
from keras_seq.data.tokenizer import Tokenizer

__all__ = [
    "DataUnavailable",
    "LabelledText",
    "Labels",
    "PairBatches",
    "ParallelText",
    "Subwords",
    "TextBatches",
    "Tokenizer",
    "contrast_sentences",
    "dates_and_numbers",
    "load_tfds_text",
    "read_labelled_text",
    "read_parallel_text",
    "split",
]
