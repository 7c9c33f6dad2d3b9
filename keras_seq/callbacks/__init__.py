"""Callbacks that Keras does not have."""

from keras_seq.callbacks.scheduled_sampling import ScheduledSampling

__all__ = ["ScheduledSampling"]
