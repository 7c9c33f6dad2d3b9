"""Next-frame prediction: continues a video."""

from keras_seq.tasks.next_frame.batches import FrameBatches, lead_time_weights
from keras_seq.tasks.next_frame.card import FRAME_PREDICTOR_CARD
from keras_seq.tasks.next_frame.clips import Clips, split_videos
from keras_seq.tasks.next_frame.export import export_frame_predictor
from keras_seq.tasks.next_frame.files import read_videos
from keras_seq.tasks.next_frame.metrics import FrameScores, FutureError
from keras_seq.tasks.next_frame.moving_mnist import MovingDigits
from keras_seq.tasks.next_frame.plots import frame_strip, lead_time_curves, prediction_gif
from keras_seq.tasks.next_frame.report import clips_by_error
from keras_seq.tasks.next_frame.splits import video_splits
from keras_seq.tasks.next_frame.tfds import load_tfds_frames
from keras_seq.tasks.next_frame.video import Video

__all__ = [
    "FRAME_PREDICTOR_CARD",
    "Clips",
    "FrameBatches",
    "FrameScores",
    "FutureError",
    "MovingDigits",
    "Video",
    "clips_by_error",
    "export_frame_predictor",
    "frame_strip",
    "lead_time_curves",
    "lead_time_weights",
    "load_tfds_frames",
    "prediction_gif",
    "read_videos",
    "split_videos",
    "video_splits",
]
