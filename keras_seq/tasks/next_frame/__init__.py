"""Next-frame prediction: how a video goes on."""

from keras_seq.tasks.next_frame.batches import FrameBatches, lead_time_weights
from keras_seq.tasks.next_frame.clips import Clips, split_films
from keras_seq.tasks.next_frame.export import export_frame_predictor
from keras_seq.tasks.next_frame.files import read_films
from keras_seq.tasks.next_frame.metrics import FrameScores, FutureError
from keras_seq.tasks.next_frame.moving_mnist import MovingDigits
from keras_seq.tasks.next_frame.plots import frame_strip, lead_time_curves, prediction_gif
from keras_seq.tasks.next_frame.splits import films
from keras_seq.tasks.next_frame.tfds import load_tfds_frames
from keras_seq.tasks.next_frame.video import Film

__all__ = [
    "Clips",
    "Film",
    "FrameBatches",
    "FrameScores",
    "FutureError",
    "MovingDigits",
    "export_frame_predictor",
    "films",
    "frame_strip",
    "lead_time_curves",
    "lead_time_weights",
    "load_tfds_frames",
    "prediction_gif",
    "read_films",
    "split_films",
]
