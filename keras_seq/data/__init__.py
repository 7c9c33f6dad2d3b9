"""From text and films to batches."""

from keras_seq.data.batches import TextBatches
from keras_seq.data.clips import Clips, split_films
from keras_seq.data.contrast import contrast_sentences
from keras_seq.data.errors import DataUnavailable
from keras_seq.data.film import Film
from keras_seq.data.film_files import read_films
from keras_seq.data.frame_batches import FrameBatches, lead_weights
from keras_seq.data.labelled_text import LabelledText, read_labelled_text
from keras_seq.data.labels import Labels, split
from keras_seq.data.moving_digits import MovingDigits
from keras_seq.data.tfds_frames import load_tfds_frames
from keras_seq.data.tfds_text import load_tfds_text
from keras_seq.data.tokenizer import Tokenizer

__all__ = [
    "Clips",
    "DataUnavailable",
    "Film",
    "FrameBatches",
    "LabelledText",
    "Labels",
    "MovingDigits",
    "TextBatches",
    "Tokenizer",
    "contrast_sentences",
    "lead_weights",
    "load_tfds_frames",
    "load_tfds_text",
    "read_films",
    "read_labelled_text",
    "split",
    "split_films",
]
