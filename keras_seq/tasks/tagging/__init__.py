"""Tagging: a tag for every token, for named entities and for word segmentation."""

from keras_seq.tasks.tagging.batches import TagBatches
from keras_seq.tasks.tagging.conll import read_tagged_text
from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.export import export_tagger
from keras_seq.tasks.tagging.export_segmenter import export_segmenter
from keras_seq.tasks.tagging.features import TokenFeatures
from keras_seq.tasks.tagging.html import tagged_page
from keras_seq.tasks.tagging.metrics import entity_scores, frequent_errors, majority_tags
from keras_seq.tasks.tagging.plots import confusion_of_types, tagged_sentences, transition_scores
from keras_seq.tasks.tagging.segmentation_data import read_segmented_text, words_of
from keras_seq.tasks.tagging.segmentation_metrics import (
    differing_words,
    maximum_matching,
    segmentation_scores,
)
from keras_seq.tasks.tagging.splits import segmented_text, tagged_text
from keras_seq.tasks.tagging.synthetic_ner import names_in_context
from keras_seq.tasks.tagging.synthetic_segmentation import run_together
from keras_seq.tasks.tagging.task import Tagging, informative_rows
from keras_seq.tasks.tagging.tfds import load_tfds_tags
from keras_seq.tasks.tagging.validation_f1 import ValidationF1

__all__ = [
    "TagBatches",
    "TaggedText",
    "Tagging",
    "TokenFeatures",
    "ValidationF1",
    "confusion_of_types",
    "differing_words",
    "entity_scores",
    "export_segmenter",
    "export_tagger",
    "frequent_errors",
    "informative_rows",
    "load_tfds_tags",
    "majority_tags",
    "maximum_matching",
    "names_in_context",
    "read_segmented_text",
    "read_tagged_text",
    "run_together",
    "segmentation_scores",
    "segmented_text",
    "tagged_page",
    "tagged_sentences",
    "tagged_text",
    "transition_scores",
    "words_of",
]
