"""Text classification: a class for every text."""

from keras_seq.tasks.classification.batches import TextBatches
from keras_seq.tasks.classification.data import LabelledText, read_labelled_text
from keras_seq.tasks.classification.export import export_text_classifier
from keras_seq.tasks.classification.labels import Labels, split
from keras_seq.tasks.classification.metrics import bag_of_words_accuracy, classification_scores
from keras_seq.tasks.classification.splits import labelled_text
from keras_seq.tasks.classification.synthetic import contrast_sentences
from keras_seq.tasks.classification.tfds import load_tfds_text

__all__ = [
    "LabelledText",
    "Labels",
    "TextBatches",
    "bag_of_words_accuracy",
    "classification_scores",
    "contrast_sentences",
    "export_text_classifier",
    "labelled_text",
    "load_tfds_text",
    "read_labelled_text",
    "split",
]
