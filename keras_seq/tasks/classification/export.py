"""Exports a text classifier that takes strings and returns labels, scores and probabilities."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_seq import checks
from keras_seq.data.tokenizer import Tokenizer
from keras_seq.export.answer_format import AnswerFormat
from keras_seq.export.requests import checked_texts
from keras_seq.export.saved_model import export_saved_model

ANSWER_FORMAT = AnswerFormat("{label:{label_width}}  {score:.4f}  {text}")

_OWNER = "export_text_classifier"


def export_text_classifier(
    model_path: str | Path,
    tokenizer: Tokenizer,
    labels: Sequence[str],
    out: str | Path,
    examples: Sequence[str],
    expected: np.ndarray,
) -> Path:
    """Write the next version of a servable text classifier and compare it with the trained one.

    The signature `serving_default` takes `text`, string (B,), and gives `label`, string (B,),
    `score`, float32 (B,), and `probabilities`, float32 (B, K); `score` is the probability of
    `label`. The batch may have any size, even 0, and a text at most 100,000 bytes: no text is cut.

    Args:
        model_path: a `.keras` file of a keras.Model from ids (B, T), 0 for padding, to
            probabilities (B, K).
        tokenizer: keras_seq.data.Tokenizer, with which the model was trained.
        labels: list of K distinct str, the names of the classes in the model's order.
        out: folder of the model, such as `saved_models/sentiment`.
        examples: list of str, at least two, of different numbers of tokens.
        expected: array (N, K), the predictions of the trained model for the examples; after
            mixed-precision training, the predictions of `in_float32(model)`.

    Returns:
        pathlib.Path of the new version, such as `saved_models/sentiment/1`.

    Raises:
        InputError: an argument is not as described above.
        ExportError: the export failed; earlier versions are unchanged.
    """
    labels, examples = [str(label) for label in labels], [str(text) for text in examples]
    expected = np.asarray(expected, "float32")
    if len(set(labels)) < max(2, len(labels)):
        checks.refuse(_OWNER, "labels", "at least two different names", labels)
    if len({len(ids) for ids in tokenizer.encode(examples)}) < 2:
        checks.refuse(_OWNER, "examples", "texts of at least two lengths in tokens", examples)
    checks.sizes(_OWNER, "expected", expected.shape, "N K", N=len(examples), K=len(labels))
    longest = max(examples, key=len)
    return export_saved_model(
        model_path,
        out,
        builder=f"{__name__}:build",
        config={"tokenizer": tokenizer.to_config(), "labels": labels},
        examples={"text": examples},
        expected={"probabilities": expected, "score": expected.max(axis=1)},
        probes={
            "no text": {"text": []},
            "the empty text": {"text": [""]},
            "an empty text beside others": {"text": ["", *examples[:1], "\t\n", "\udcff\udcfe"]},
            "a long text": {"text": [" ".join([longest] * (10_000 // max(1, len(longest)) + 1))]},
        },
        answer_format=ANSWER_FORMAT,
    )


def build(model: keras.Model, config: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """The served function of a text classifier; see `export_saved_model`."""
    import tensorflow as tf

    tokenizer = Tokenizer.from_config(config["tokenizer"])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        ids = tokenizer(checked_texts(text)).to_tensor()
        batch, steps = tf.unstack(tf.shape(ids))
        # A recurrent layer needs at least one row and one step, so empty inputs are padded.
        ids = tf.pad(ids, [[0, tf.maximum(1 - batch, 0)], [0, tf.maximum(1 - steps, 0)]])
        probabilities = tf.cast(model(ids, training=False), tf.float32)[:batch]
        return {
            "label": tf.gather(tf.constant(config["labels"]), tf.argmax(probabilities, axis=-1)),
            "score": tf.reduce_max(probabilities, axis=-1),
            "probabilities": probabilities,
        }

    return serve, [tokenizer]
