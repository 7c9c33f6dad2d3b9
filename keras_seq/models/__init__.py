"""Models that recipes fit, and the layers they are made of."""

from keras_seq.models.characters import CharacterCNN, CharacterLSTM
from keras_seq.models.classifier import SequenceClassifier
from keras_seq.models.frame_predictor import FramePredictor
from keras_seq.models.next_patches import NextPatches
from keras_seq.models.pooling import AttentionPooling, MaxPooling, MeanPooling
from keras_seq.models.scheduled_sampling import ScheduledSampling
from keras_seq.models.seq2seq import InverseSquareRoot, Seq2Seq, average_weights
from keras_seq.models.tagger import Tagger

__all__ = [
    "AttentionPooling",
    "CharacterCNN",
    "CharacterLSTM",
    "FramePredictor",
    "InverseSquareRoot",
    "MaxPooling",
    "MeanPooling",
    "NextPatches",
    "ScheduledSampling",
    "Seq2Seq",
    "SequenceClassifier",
    "Tagger",
    "average_weights",
]
