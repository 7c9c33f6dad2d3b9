"""From a `.keras` file to a SavedModel: written, loaded back in a clean process, compared."""

from keras_seq.export.frame_predictor import export_frame_predictor
from keras_seq.export.model_file import in_float32
from keras_seq.export.process import ExportError
from keras_seq.export.saved_model import export_saved_model
from keras_seq.export.segmenter import export_segmenter
from keras_seq.export.tagger import export_tagger
from keras_seq.export.text_classifier import export_text_classifier
from keras_seq.export.translator import export_translator
from keras_seq.export.versions import latest_version, tree

__all__ = [
    "ExportError",
    "export_frame_predictor",
    "export_saved_model",
    "export_segmenter",
    "export_tagger",
    "export_text_classifier",
    "export_translator",
    "in_float32",
    "latest_version",
    "tree",
]
