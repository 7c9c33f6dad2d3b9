"""Strings in, labels out: the served text classifier against the one that was trained."""

import numpy as np
import pytest
import tensorflow as tf

from keras_seq.data.tokenizer import Tokenizer
from keras_seq.export import isolated_process, tree
from keras_seq.tasks.classification.export import (
    ANSWER_FORMAT,
    build,
    export_text_classifier,
)
from tests.export.stand_in import LABELS, SENTENCES, classifier_of, model_of_ids, predicted


def answers_of(exported, *batches):
    return isolated_process.answer(str(exported.folder), [{"text": batch} for batch in batches])


def test_served_answers_are_those_of_the_backend_that_trained(exported):
    """On texts the export itself has not compared, in batches of other sizes."""
    texts = ["the cast", "", "I do like it, but not the story.", "unheard of", "!" * 70]
    expected = predicted(exported.model, exported.tokenizer, texts)
    together, *alone = answers_of(exported, texts, *([text] for text in texts))
    np.testing.assert_allclose(together["probabilities"], expected, atol=1e-5)
    np.testing.assert_allclose([a["probabilities"][0] for a in alone], expected, atol=1e-5)
    np.testing.assert_allclose(together["score"], expected.max(axis=1), atol=1e-5)
    assert together["label"] == [LABELS[k] for k in expected.argmax(axis=1)]
    # Else a model that says the same to everything would pass.
    assert np.ptp(expected, axis=0).max() > 0.1


@pytest.mark.once
def test_the_signature_is_as_promised(exported):
    loaded = tf.saved_model.load(str(exported.folder))
    assert list(loaded.signatures) == ["serving_default"]
    signature = loaded.signatures["serving_default"]
    positional, inputs = signature.structured_input_signature
    assert positional == ()
    assert inputs == {"text": tf.TensorSpec([None], tf.string, name="text")}
    outputs = {k: (v.dtype, v.shape.as_list()) for k, v in signature.structured_outputs.items()}
    assert outputs == {
        "label": (tf.string, [None]),
        "score": (tf.float32, [None]),
        "probabilities": (tf.float32, [None, 3]),
    }


@pytest.mark.once
def test_no_text_is_cut(exported):
    """The last word of 20,000 is read, and a batch of none and odd bytes have answers."""
    long = "I like the cast. " * 4000
    like, dislike, none, odd = answers_of(
        exported, [long + "like"], [long + "bad"], [], ["\udcff\udcfe", "\t\r\n", "\0", "\ufeff"]
    )
    assert like["probabilities"] != dislike["probabilities"]
    assert none == {"label": [], "score": [], "probabilities": []}
    np.testing.assert_allclose(np.sum(odd["probabilities"], axis=1), 1, atol=1e-5)


@pytest.mark.once
def test_a_batch_of_none_whatever_the_model_can_take():
    """Some kernels refuse empty batches, unless the graph optimizer happens to remove them."""
    model, tokenizer = model_of_ids(), Tokenizer.learn(SENTENCES)
    serve, _ = build(model, {"tokenizer": tokenizer.to_config(), "labels": LABELS})
    tf.config.run_functions_eagerly(True)
    try:
        with pytest.raises(tf.errors.InvalidArgumentError):
            model(np.zeros((0, 4), "int32"))
        answer = serve(tf.zeros([0], tf.string))
    finally:
        tf.config.run_functions_eagerly(False)
    assert {k: tuple(v.shape) for k, v in answer.items()} == {
        "label": (0,),
        "score": (0,),
        "probabilities": (0, 3),
    }


@pytest.mark.once
def test_the_folder_is_as_servers_read_it(exported):
    lines = tree(exported.folder).splitlines()
    assert lines[0] == str(exported.folder) and exported.folder.name == "1"
    names = [line.lstrip("│├└─ ").split("  ")[0] for line in lines[1:]]
    for name in ("saved_model.pb", "variables.index", "tf_serving_warmup_requests"):
        assert name in names


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("kind, stock", [("characters", True), ("subwords", False)])
def test_other_tokenizers_and_models(in_process, tmp_path, kind, stock):
    """SentencePiece need the operators of TensorFlow Text, which this process has by now."""
    tokenizer = Tokenizer.learn(SENTENCES, kind=kind, vocabulary_size=50)
    model = model_of_ids() if stock else classifier_of(tokenizer)
    model.save(tmp_path / "model.keras")
    expected = predicted(model, tokenizer, SENTENCES)
    folder = export_text_classifier(
        tmp_path / "model.keras", tokenizer, LABELS, tmp_path / "out", SENTENCES, expected
    )
    (answer,) = isolated_process.answer(str(folder), [{"text": SENTENCES}])
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5)


@pytest.mark.once
@pytest.mark.parametrize(
    "change, message",
    [
        ({"labels": ["a", "b", "a"]}, "`labels` must be at least two different names"),
        ({"labels": ["a"]}, "`labels` must be at least two different names"),
        ({"examples": ["one", "two"]}, "`examples` must be texts of at least two lengths"),
        ({"expected": np.zeros((4, 2))}, r"`expected` must be of shape \(N, K\) with N=4, K=3"),
        ({"expected": np.zeros((3, 3))}, r"`expected` must be of shape \(N, K\) with N=4, K=3"),
    ],
)
def test_arguments_that_cannot_be(exported, tmp_path, change, message):
    arguments = {
        "model_path": tmp_path / "model.keras",
        "tokenizer": exported.tokenizer,
        "labels": LABELS,
        "out": tmp_path,
        "examples": SENTENCES,
        "expected": exported.expected,
    }
    with pytest.raises(ValueError, match="export_text_classifier: " + message):
        export_text_classifier(**arguments | change)


@pytest.mark.once
def test_answers_are_printed_in_columns():
    answers = [{"label": "good", "score": 0.5}, {"label": "bad {}", "score": 0.25}]
    assert ANSWER_FORMAT.lines(["fine", "{so}"], answers) == [
        "good    0.5000  fine",
        "bad {}  0.2500  {so}",
    ]
