"""From a `.keras` file to a SavedModel: written, loaded back in an isolated process, compared."""

from keras_seq.export.examples import rows_of_all_lengths
from keras_seq.export.model_file import in_float32
from keras_seq.export.process import ExportError
from keras_seq.export.saved_model import export_saved_model
from keras_seq.export.versions import latest_version, tree

__all__ = [
    "ExportError",
    "export_saved_model",
    "in_float32",
    "latest_version",
    "rows_of_all_lengths",
    "tree",
]
