"""Text classification: one class for each text."""

from keras_seq.tasks.classification.batches import TextBatches
from keras_seq.tasks.classification.card import TEXT_CLASSIFIER_CARD
from keras_seq.tasks.classification.data import LabeledText, read_labeled_text
from keras_seq.tasks.classification.export import export_text_classifier
from keras_seq.tasks.classification.labels import Labels, stratified_split
from keras_seq.tasks.classification.metrics import bag_of_words_accuracy, classification_scores
from keras_seq.tasks.classification.report import prediction_columns
from keras_seq.tasks.classification.splits import labeled_text_splits
from keras_seq.tasks.classification.synthetic import synthetic_sentiment
from keras_seq.tasks.classification.tfds import load_tfds_text

__all__ = [
    "TEXT_CLASSIFIER_CARD",
    "LabeledText",
    "Labels",
    "TextBatches",
    "bag_of_words_accuracy",
    "classification_scores",
    "export_text_classifier",
    "labeled_text_splits",
    "load_tfds_text",
    "prediction_columns",
    "read_labeled_text",
    "stratified_split",
    "synthetic_sentiment",
]
