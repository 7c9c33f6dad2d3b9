"""Machine translation of sentences."""

from keras_seq.tasks.translation.batches import PairBatches
from keras_seq.tasks.translation.card import TRANSLATOR_CARD
from keras_seq.tasks.translation.data import ParallelText, read_parallel_text
from keras_seq.tasks.translation.defaults import default_epochs, default_settings
from keras_seq.tasks.translation.export import export_translator
from keras_seq.tasks.translation.metrics import bleu, bleu_of_longer, translation_scores
from keras_seq.tasks.translation.report import (
    draw_alignments,
    translate,
    write_bleu_by_length,
    write_search_errors,
)
from keras_seq.tasks.translation.splits import check_beam_width, parallel_text_splits, short_enough
from keras_seq.tasks.translation.synthetic import synthetic_dates
from keras_seq.tasks.translation.tfds import load_tfds_pairs

__all__ = [
    "TRANSLATOR_CARD",
    "PairBatches",
    "ParallelText",
    "bleu",
    "bleu_of_longer",
    "check_beam_width",
    "default_epochs",
    "default_settings",
    "draw_alignments",
    "export_translator",
    "load_tfds_pairs",
    "parallel_text_splits",
    "read_parallel_text",
    "short_enough",
    "synthetic_dates",
    "translate",
    "translation_scores",
    "write_bleu_by_length",
    "write_search_errors",
]
