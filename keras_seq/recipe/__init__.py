"""What recipes share: flags, the folder of results, scores, figures, the model card."""

from keras_seq.recipe.alignment import alignments
from keras_seq.recipe.card import model_card
from keras_seq.recipe.devices import Even, spread
from keras_seq.recipe.figures import confusion, curves
from keras_seq.recipe.flags import parse
from keras_seq.recipe.labelled import labelled_text
from keras_seq.recipe.launch import launch
from keras_seq.recipe.parallel import padded, parallel_text, short_enough
from keras_seq.recipe.run import Run
from keras_seq.recipe.scores import bag_of_words_accuracy, classification_scores
from keras_seq.recipe.settings import Amount, Count, Files, Rate, Settings, Share, Text
from keras_seq.recipe.training import OPTIMIZERS, optimizer
from keras_seq.recipe.translation_scores import translation_scores

__all__ = [
    "OPTIMIZERS",
    "Amount",
    "Count",
    "Even",
    "Files",
    "Rate",
    "Run",
    "Settings",
    "Share",
    "Text",
    "alignments",
    "bag_of_words_accuracy",
    "classification_scores",
    "confusion",
    "curves",
    "labelled_text",
    "launch",
    "model_card",
    "optimizer",
    "padded",
    "parallel_text",
    "parse",
    "short_enough",
    "spread",
    "translation_scores",
]
