"""The next frames of a video: encoder, forecaster and the layer that moves patches."""

from keras_seq.models.frame_predictor.model import FramePredictor

__all__ = ["FramePredictor"]
