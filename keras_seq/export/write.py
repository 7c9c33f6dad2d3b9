"""Writes a SavedModel in its own process, on the TensorFlow backend.

Run as `python -m keras_seq.export.write REPLY <REQUEST` by `export_saved_model`.
"""

import importlib
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import keras_seq.models  # noqa: F401  (registers all classes that a file may name)
from keras_seq import backend
from keras_seq.export.model_file import load_model_file
from keras_seq.export.process import ExportError
from keras_seq.export.warm_up import write_warm_up_requests


def build_saved_model(
    folder: str,
    name: str,
    model_path: str,
    builder: str,
    config: Mapping[str, Any],
    warm_up: Sequence[Mapping[str, Sequence[Any]]],
) -> None:
    """Load a model, call the builder of its task, save the signatures and the warm-up file."""
    import tensorflow as tf

    module_name, _, function_name = builder.partition(":")
    build = getattr(importlib.import_module(module_name), function_name)
    serve, resources = build(load_model_file(model_path), config)
    functions = serve if isinstance(serve, dict) else {"serving_default": serve}
    # A served model is not trained: it does not need the backward loops of native layers.
    with backend.native("gradients").left_out():
        signatures = {key: function.get_concrete_function() for key, function in functions.items()}
    module = tf.Module()
    # Only the variables that the signatures read: no seeds, metrics or optimizer.
    module.weights = list(
        {id(v): v for signature in signatures.values() for v in signature.variables}.values()
    )
    module.resources = resources
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, folder, signatures, options)
    specs = {spec.name: spec for spec in functions["serving_default"].input_signature}
    write_warm_up_requests(
        folder,
        name,
        [
            {key: tf.constant(values, specs[key].dtype) for key, values in inputs.items()}
            for inputs in warm_up
        ],
    )


def main() -> None:
    request = json.load(sys.stdin)
    try:
        build_saved_model(**request)
        reply = {}
    except ExportError as error:
        reply = {"error": str(error)}
    except Exception as error:
        traceback.print_exc()
        reason = " ".join(str(error).partition("Traceback")[0].split())[:300]
        name = type(error).__name__
        reply = {"error": f"{request['model_path']}: cannot be exported: {name}: {reason}"}
    with open(sys.argv[1], "w") as file:
        json.dump(reply, file)


if __name__ == "__main__":
    main()
