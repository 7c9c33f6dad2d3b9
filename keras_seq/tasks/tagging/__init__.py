"""Tagging: one tag for each token, for named entities and word segmentation."""

from keras_seq.tasks.tagging.batches import TagBatches
from keras_seq.tasks.tagging.card import SEGMENTER_CARD, TAGGER_CARD
from keras_seq.tasks.tagging.conll import read_tagged_text
from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.export import export_tagger
from keras_seq.tasks.tagging.features import CHARACTER_FEATURES, WORD_FEATURES, TokenFeatures
from keras_seq.tasks.tagging.metrics import entity_scores, majority_tags
from keras_seq.tasks.tagging.preprocessor import TaggerPreprocessor
from keras_seq.tasks.tagging.report import (
    TaggerReport,
    draw_transitions,
    write_segmentation_tables,
)
from keras_seq.tasks.tagging.segmentation_data import read_segmented_text, words_of_sentences
from keras_seq.tasks.tagging.segmentation_export import export_segmenter
from keras_seq.tasks.tagging.segmentation_metrics import maximum_matching, segmentation_scores
from keras_seq.tasks.tagging.splits import segmented_text_splits, tagged_text_splits
from keras_seq.tasks.tagging.synthetic_ner import synthetic_entities
from keras_seq.tasks.tagging.synthetic_segmentation import synthetic_segmented_text
from keras_seq.tasks.tagging.tfds import load_tfds_tags
from keras_seq.tasks.tagging.validation_f1 import ValidationF1

__all__ = [
    "CHARACTER_FEATURES",
    "SEGMENTER_CARD",
    "TAGGER_CARD",
    "WORD_FEATURES",
    "TagBatches",
    "TaggedText",
    "TaggerPreprocessor",
    "TaggerReport",
    "TokenFeatures",
    "ValidationF1",
    "draw_transitions",
    "entity_scores",
    "export_segmenter",
    "export_tagger",
    "load_tfds_tags",
    "majority_tags",
    "maximum_matching",
    "read_segmented_text",
    "read_tagged_text",
    "segmentation_scores",
    "segmented_text_splits",
    "synthetic_entities",
    "synthetic_segmented_text",
    "tagged_text_splits",
    "words_of_sentences",
    "write_segmentation_tables",
]
