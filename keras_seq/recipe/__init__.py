"""What recipes share: flags, the folder of results, scores, figures, the model card."""

from keras_seq.recipe.card import model_card
from keras_seq.recipe.devices import Even, spread
from keras_seq.recipe.figures import confusion, curves
from keras_seq.recipe.films import films
from keras_seq.recipe.flags import parse
from keras_seq.recipe.frame_figures import frame_strip, lead_time_curves, prediction_gif
from keras_seq.recipe.frame_scores import FrameScores
from keras_seq.recipe.labelled import labelled_text
from keras_seq.recipe.launch import launch
from keras_seq.recipe.run import Run
from keras_seq.recipe.scores import bag_of_words_accuracy, classification_scores
from keras_seq.recipe.settings import Amount, Count, Rate, Settings, Share, Text
from keras_seq.recipe.training import OPTIMIZERS, optimizer

__all__ = [
    "OPTIMIZERS",
    "Amount",
    "Count",
    "Even",
    "FrameScores",
    "Rate",
    "Run",
    "Settings",
    "Share",
    "Text",
    "bag_of_words_accuracy",
    "classification_scores",
    "confusion",
    "curves",
    "films",
    "frame_strip",
    "labelled_text",
    "launch",
    "lead_time_curves",
    "model_card",
    "optimizer",
    "parse",
    "prediction_gif",
    "spread",
]
