"""Exports a translator that takes strings and returns strings and scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_seq import checks
from keras_seq.data.sentencepiece import SentencePiece, until_end
from keras_seq.export.answer_format import AnswerFormat
from keras_seq.export.requests import checked_texts
from keras_seq.export.saved_model import export_saved_model

ANSWER_FORMAT = AnswerFormat("{translation}  {score:.4f}")

_OWNER = "export_translator"


def export_translator(
    model_path: str | Path,
    pieces: SentencePiece,
    out: str | Path,
    examples: Sequence[str],
    expected: np.ndarray,
) -> Path:
    """Write the next version of a servable translator and compare it with the trained one.

    The signature `serving_default` takes `text`, string (B,), and gives `translation`, string (B,),
    and `score`, float32 (B,): the score of beam search, which runs inside the graph with the
    model's width. The batch may have any size, even 0, and a text at most 100,000 bytes; the empty
    text becomes the empty text, of score 0. It needs the operators of TensorFlow Text: `import
    tensorflow_text` before loading it.

    Args:
        model_path: a `.keras` file of a `keras_seq.models.Seq2Seq`.
        pieces: `keras_seq.data.SentencePiece`, of both sides.
        out: folder of the model, such as `saved_models/translation`.
        examples: list of str, at least two, of different numbers of pieces, none empty.
        expected: array (N,), the scores of the trained model for the examples.

    Returns:
        pathlib.Path of the new version.

    Raises:
        InputError: an argument is not as described above.
        ExportError: the export failed; earlier versions are unchanged.
    """
    examples, expected = [str(text) for text in examples], np.asarray(expected, "float32")
    if len({len(ids) for ids in pieces.encode(examples)} - {0}) < 2:
        checks.refuse(_OWNER, "examples", "texts of at least two lengths in pieces", examples)
    checks.sizes(_OWNER, "expected", expected.shape, "N", N=len(examples))
    return export_saved_model(
        model_path,
        out,
        builder=f"{__name__}:build",
        config={"pieces": pieces.to_config()},
        examples={"text": examples},
        expected={"score": expected},
        probes={
            "no text": {"text": []},
            "the empty text": {"text": [""]},
            "an empty text beside others": {"text": ["", *examples[:1], "\t\n", "\u2603 \u4e2d"]},
        },
        answer_format=ANSWER_FORMAT,
    )


def build(model: keras.Model, config: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """The served function of a translator; see `export_saved_model`."""
    import tensorflow as tf

    pieces = SentencePiece.from_config(config["pieces"])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        ids = pieces(checked_texts(text))
        empty = tf.equal(ids.row_lengths(), 0)
        ids = ids.to_tensor()
        batch, steps = tf.unstack(tf.shape(ids))
        # A recurrent layer needs at least one row and one step, so empty inputs are padded.
        ids = tf.pad(ids, [[0, tf.maximum(1 - batch, 0)], [0, tf.maximum(1 - steps, 0)]])
        found = model({"source": ids})
        translation = pieces.decode(until_end(found["tokens"][:batch]))
        return {
            "translation": tf.where(empty, "", translation),
            "score": tf.where(empty, 0.0, found["scores"][:batch]),
        }

    return serve, [pieces]
