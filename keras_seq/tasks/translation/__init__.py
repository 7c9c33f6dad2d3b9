"""Translation: a sentence for a sentence."""

from keras_seq.tasks.translation.batches import PairBatches
from keras_seq.tasks.translation.bleu_by_length import bleu_by_length, bleu_of_longer, length_curves
from keras_seq.tasks.translation.data import ParallelText, read_parallel_text
from keras_seq.tasks.translation.export import export_translator
from keras_seq.tasks.translation.metrics import bleu, translation_scores
from keras_seq.tasks.translation.plots import alignments
from keras_seq.tasks.translation.splits import check_beam_width, parallel_text, short_enough
from keras_seq.tasks.translation.synthetic import dates_and_numbers
from keras_seq.tasks.translation.tfds import load_tfds_pairs

__all__ = [
    "PairBatches",
    "ParallelText",
    "alignments",
    "bleu",
    "bleu_by_length",
    "bleu_of_longer",
    "check_beam_width",
    "dates_and_numbers",
    "export_translator",
    "length_curves",
    "load_tfds_pairs",
    "parallel_text",
    "read_parallel_text",
    "short_enough",
    "translation_scores",
]
