"""From text, tags, pairs and films to batches."""

from keras_seq.data.batches import TextBatches
from keras_seq.data.clips import Clips, split_films
from keras_seq.data.contrast import contrast_sentences
from keras_seq.data.dates import dates_and_numbers
from keras_seq.data.errors import DataUnavailable
from keras_seq.data.film import Film
from keras_seq.data.film_files import read_films
from keras_seq.data.frame_batches import FrameBatches, lead_weights
from keras_seq.data.labelled_text import LabelledText, read_labelled_text
from keras_seq.data.labels import Labels, split
from keras_seq.data.moving_digits import MovingDigits
from keras_seq.data.names_in_context import names_in_context
from keras_seq.data.pair_batches import PairBatches
from keras_seq.data.parallel_text import ParallelText, read_parallel_text
from keras_seq.data.run_together import run_together
from keras_seq.data.segmented_text import read_segmented_text
from keras_seq.data.splitter import Splitter
from keras_seq.data.subwords import Subwords
from keras_seq.data.tag_batches import TagBatches
from keras_seq.data.tagged_files import read_tagged_text
from keras_seq.data.tagged_text import TaggedText
from keras_seq.data.tfds_frames import load_tfds_frames
from keras_seq.data.tfds_pairs import load_tfds_pairs
from keras_seq.data.tfds_tags import load_tfds_tags
from keras_seq.data.tfds_text import load_tfds_text
from keras_seq.data.token_features import TokenFeatures
from keras_seq.data.tokenizer import Tokenizer
from keras_seq.data.word_vectors import read_word_vectors

__all__ = [
    "Clips",
    "DataUnavailable",
    "Film",
    "FrameBatches",
    "LabelledText",
    "Labels",
    "MovingDigits",
    "PairBatches",
    "ParallelText",
    "Splitter",
    "Subwords",
    "TagBatches",
    "TaggedText",
    "TextBatches",
    "TokenFeatures",
    "Tokenizer",
    "contrast_sentences",
    "dates_and_numbers",
    "lead_weights",
    "load_tfds_frames",
    "load_tfds_pairs",
    "load_tfds_tags",
    "load_tfds_text",
    "names_in_context",
    "read_films",
    "read_labelled_text",
    "read_parallel_text",
    "read_segmented_text",
    "read_tagged_text",
    "read_word_vectors",
    "run_together",
    "split",
    "split_films",
]
