"""Loads a SavedModel where keras_seq cannot be imported, and calls it.

Run by its path, never imported: `python -P isolated_process.py REPLY <REQUEST`. It needs
TensorFlow alone, as a server does. REQUEST is `{"folder": ..., "calls": [{input name: nested
list}], "signature": name}`, REPLY is `{"answers": [{output name: nested list}]}` or `{"error":
sentence}`.
"""

import importlib.abc
import json
import sys
import traceback
from typing import Any


class RefuseKerasSeq(importlib.abc.MetaPathFinder):
    """An import hook that is placed first and makes the import of keras_seq fail."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] == "keras_seq":
            raise ModuleNotFoundError("keras_seq must not be imported here", name=fullname)
        return None


def answer(folder: str, calls: list[dict], signature: str = "serving_default") -> list[dict]:
    """Call a signature several times, one call after the other."""
    loaded = load(folder)  # the signature alone does not keep its variables alive
    function = loaded.signatures[signature]
    specs = function.structured_input_signature[1]
    answers = []
    for inputs in calls:
        if inputs.keys() != specs.keys():
            raise ValueError(f"it takes {', '.join(specs)}, not {', '.join(inputs)}")
        outputs = function(**{name: tensor(inputs[name], spec) for name, spec in specs.items()})
        answers.append(
            {name: decode_strings(value.numpy().tolist()) for name, value in outputs.items()}
        )
    return answers


def load(folder: str) -> Any:
    """Load the SavedModel, with TensorFlow Text if it uses its operations."""
    import tensorflow as tf

    try:
        return tf.saved_model.load(folder)
    except RuntimeError as error:
        if "Op type not registered" not in str(error):
            raise
    import tensorflow_text  # noqa: F401  (registers the operations)

    return tf.saved_model.load(folder)


def tensor(values: list, spec: Any) -> Any:
    """A nested list as a tensor of the signature's dtype; an empty list is an empty batch."""
    import tensorflow as tf

    if not values:
        return tf.zeros([size or 0 for size in spec.shape], spec.dtype)
    return tf.constant(encode_strings(values), spec.dtype)


def encode_strings(values: Any) -> Any:
    """Strings as bytes; surrogates stand for bytes that are not UTF-8."""
    if isinstance(values, list):
        return [encode_strings(value) for value in values]
    return values.encode("utf-8", "surrogateescape") if isinstance(values, str) else values


def decode_strings(values: Any) -> Any:
    """Bytes as strings, for JSON."""
    if isinstance(values, list):
        return [decode_strings(value) for value in values]
    return values.decode("utf-8", "surrogateescape") if isinstance(values, bytes) else values


def main() -> None:
    request = json.load(sys.stdin)
    sys.meta_path.insert(0, RefuseKerasSeq())
    try:
        reply = {"answers": answer(**request)}
    except Exception as error:
        traceback.print_exc()
        reason = " ".join(str(error).partition("Traceback")[0].split())[:300]
        name = type(error).__name__
        reply = {"error": f"the SavedModel cannot be run without keras_seq: {name}: {reason}"}
    with open(sys.argv[1], "w") as file:
        json.dump(reply, file)


if __name__ == "__main__":
    main()
