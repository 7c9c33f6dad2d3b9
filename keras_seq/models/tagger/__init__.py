"""A tag for every token: token features, encoder and CRF."""

from keras_seq.models.tagger.model import Tagger

__all__ = ["Tagger"]
