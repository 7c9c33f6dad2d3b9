"""What recipes share: flags, the folder of results, scores, figures, the model card."""

from keras_seq.recipe.alignment import alignments
from keras_seq.recipe.bleu_by_length import bleu_by_length, bleu_of_longer, length_curves
from keras_seq.recipe.card import model_card
from keras_seq.recipe.devices import Even, spread
from keras_seq.recipe.entity_scores import (
    entity_scores,
    frequent_errors,
    majority_tags,
    pairs_of_types,
)
from keras_seq.recipe.figures import confusion, curves
from keras_seq.recipe.films import films
from keras_seq.recipe.flags import parse
from keras_seq.recipe.frame_figures import frame_strip, lead_time_curves, prediction_gif
from keras_seq.recipe.frame_scores import FrameScores
from keras_seq.recipe.labelled import labelled_text
from keras_seq.recipe.launch import launch
from keras_seq.recipe.parallel import narrow_enough, parallel_text, short_enough
from keras_seq.recipe.run import Run
from keras_seq.recipe.scores import bag_of_words_accuracy, classification_scores
from keras_seq.recipe.segmentation_scores import (
    differing_words,
    maximum_matching,
    segmentation_scores,
)
from keras_seq.recipe.settings import Amount, Count, Files, Rate, Settings, Share, Text
from keras_seq.recipe.tag_figures import confusion_of_types, tagged_sentences, transition_scores
from keras_seq.recipe.tagged import segmented_text, tagged_text
from keras_seq.recipe.tagged_page import tagged_page
from keras_seq.recipe.tagging import Tagging, telling_rows
from keras_seq.recipe.training import OPTIMIZERS, optimizer
from keras_seq.recipe.translation_scores import bleu, translation_scores
from keras_seq.recipe.validation_f1 import ValidationF1

__all__ = [
    "Amount",
    "Count",
    "Even",
    "Files",
    "FrameScores",
    "OPTIMIZERS",
    "Rate",
    "Run",
    "Settings",
    "Share",
    "Tagging",
    "Text",
    "ValidationF1",
    "alignments",
    "bag_of_words_accuracy",
    "bleu",
    "bleu_by_length",
    "bleu_of_longer",
    "classification_scores",
    "confusion",
    "confusion_of_types",
    "curves",
    "differing_words",
    "entity_scores",
    "films",
    "frame_strip",
    "frequent_errors",
    "labelled_text",
    "launch",
    "lead_time_curves",
    "length_curves",
    "majority_tags",
    "maximum_matching",
    "model_card",
    "narrow_enough",
    "optimizer",
    "pairs_of_types",
    "parallel_text",
    "parse",
    "prediction_gif",
    "segmentation_scores",
    "segmented_text",
    "short_enough",
    "spread",
    "tagged_page",
    "tagged_sentences",
    "tagged_text",
    "telling_rows",
    "transition_scores",
    "translation_scores",
]
