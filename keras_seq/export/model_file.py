"""Checks a `.keras` file and loads the trained model in it."""

import zipfile
from pathlib import Path

import keras

from keras_seq.export.process import ExportError

_HALF = {"mixed_float16", "mixed_bfloat16", "float16", "bfloat16"}
# Keras reads the description of a model into memory, as long as it is.
_MOST_JSON = 50_000_000


def check_model_file(path: str | Path) -> None:
    """Refuse a `.keras` file that is missing, cut short, damaged or of absurd size.

    Raises:
        ExportError: what is wrong with the file.
    """
    path = Path(path)
    if not path.is_file():
        raise ExportError(f"{path}: there is no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith(".json") and member.file_size > _MOST_JSON:
                    raise ExportError(
                        f"{path}: {member.filename} in it has {member.file_size / 1e6:.0f} MB, "
                        f"which no model needs: {_MOST_JSON / 1e6:.0f} MB are allowed"
                    )
            # Keras reads the weights without checking the checksums of the file.
            damaged = archive.testzip()
            missing = {"config.json", "model.weights.h5"} - set(archive.namelist())
    except ExportError:
        raise
    except Exception as error:  # zipfile documents no list of the errors that damage causes
        reason = str(error) or type(error).__name__
        raise ExportError(f"{path}: not a whole .keras file: {reason}") from error
    if damaged:
        raise ExportError(f"{path}: the .keras file is damaged: {damaged} fails its checksum")
    if missing:
        raise ExportError(f"{path}: not a .keras file: {sorted(missing)[0]} is not in it")


def load_model_file(path: str | Path) -> keras.Model:
    """The model in a `.keras` file, in float32. Code in the file is rejected, never executed.

    Raises:
        ExportError: Keras cannot build this model.
    """
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        # Keras puts long configs before and after the reason.
        reason = str(error).rpartition("Exception encountered: ")[2].partition("Full object config")
        sentence = " ".join(reason[0].split())[:300]
        raise ExportError(f"{path}: cannot be loaded: {sentence}") from error
    return in_float32(model)


def in_float32(model: keras.Model) -> keras.Model:
    """The same model with float32 computations, for the export after mixed-precision training.

    Half precision rounds differently on each backend and device; float32 serves the same answers
    everywhere. The weights are those of `model`, which mixed policies keep in float32 anyway.

    Args:
        model: keras.Model, built, of serializable layers.

    Returns:
        `model` itself if no layer computes in half precision, else a copy.

    Example:

    >>> half = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, dtype="mixed_bfloat16")])
    >>> keras_seq.export.in_float32(half).layers[0].compute_dtype
    'float32'
    """
    config = keras.saving.serialize_keras_object(model)
    full = _full_precision(config)
    if full == config:
        return model
    copy = keras.saving.deserialize_keras_object(full, safe_mode=True)
    copy.set_weights(model.get_weights())
    return copy


def _full_precision(config):
    if isinstance(config, dict):
        is_policy = config.get("class_name") == "DTypePolicy"
        return {
            key: {**value, "name": "float32"}
            if is_policy and key == "config" and value["name"] in _HALF
            else "float32"
            if key == "dtype" and isinstance(value, str) and value in _HALF
            else _full_precision(value)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(_full_precision(value) for value in config)
    return config
