"""Video prediction: an encoder, a forecaster and a layer that moves patches."""

from keras_seq.models.frame_predictor.model import FramePredictor

__all__ = ["FramePredictor"]
