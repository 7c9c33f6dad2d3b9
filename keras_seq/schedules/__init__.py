"""Learning-rate schedules that Keras does not have."""

from keras_seq.schedules.inverse_square_root import InverseSquareRoot

__all__ = ["InverseSquareRoot"]
