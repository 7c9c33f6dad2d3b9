"""Models for classification, tagging, sequence-to-sequence learning and video prediction."""

from keras_seq.models.frame_predictor import FramePredictor
from keras_seq.models.seq2seq import Seq2Seq
from keras_seq.models.sequence_classifier import SequenceClassifier
from keras_seq.models.tagger import Tagger

__all__ = ["FramePredictor", "Seq2Seq", "SequenceClassifier", "Tagger"]
