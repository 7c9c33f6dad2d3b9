"""Sequence tagging: features of tokens, a recurrent encoder and a CRF."""

from keras_seq.models.tagger.model import Tagger

__all__ = ["Tagger"]
