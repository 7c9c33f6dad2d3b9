"""Models that recipes fit, and the layers they are made of."""

from keras_seq.models.classifier import SequenceClassifier
from keras_seq.models.pooling import AttentionPooling, MaxPooling, MeanPooling

__all__ = ["AttentionPooling", "MaxPooling", "MeanPooling", "SequenceClassifier"]
