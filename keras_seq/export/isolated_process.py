"""Loads a SavedModel where keras_seq cannot be imported, and calls it.

Run by its path, never imported: `python -P isolated_process.py REPLY <REQUEST`. It stands on
TensorFlow alone, as a server does. REQUEST is `{"folder": ..., "calls": [{input name: nested
list}], "signature": name}`, REPLY is `{"answers": [{output name: nested list}]}` or `{"error":
sentence}`.
"""

import importlib.abc
import json
import sys
import traceback


class RefuseKerasSeq(importlib.abc.MetaPathFinder):
    """An import hook, put first, that finds keras_seq before anyone else and refuses it."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] == "keras_seq":
            raise ModuleNotFoundError("keras_seq must not be imported here", name=fullname)
        return None


def answer(folder, calls, signature="serving_default"):
    """Make the calls of a signature, one after the other."""
    loaded = load(folder)  # kept in a name: the signature alone does not keep its variables alive
    function = loaded.signatures[signature]
    specs = function.structured_input_signature[1]
    answers = []
    for inputs in calls:
        outputs = function(**{name: tensor(inputs[name], spec) for name, spec in specs.items()})
        answers.append({name: plain(value.numpy().tolist()) for name, value in outputs.items()})
    return answers


def load(folder):
    """Load the SavedModel, with TensorFlow Text if it has operations from there."""
    import tensorflow as tf

    try:
        return tf.saved_model.load(folder)
    except RuntimeError as error:
        if "Op type not registered" not in str(error):
            raise
    import tensorflow_text  # noqa: F401  (registers the operations)

    return tf.saved_model.load(folder)


def tensor(values, spec):
    """A nested list as a tensor of the signature's dtype; no values are a batch of none."""
    import tensorflow as tf

    if not values:
        return tf.zeros([size or 0 for size in spec.shape], spec.dtype)
    return tf.constant(encoded(values), spec.dtype)


def encoded(values):
    """Strings as bytes; surrogates stand for bytes that are not UTF-8."""
    if isinstance(values, list):
        return [encoded(value) for value in values]
    return values.encode("utf-8", "surrogateescape") if isinstance(values, str) else values


def plain(values):
    """Bytes as strings, for JSON."""
    if isinstance(values, list):
        return [plain(value) for value in values]
    return values.decode("utf-8", "surrogateescape") if isinstance(values, bytes) else values


def main():
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
