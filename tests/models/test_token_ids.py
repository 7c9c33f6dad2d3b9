"""Ids outside the tables of a model: refused wherever their values are known."""

import numpy as np
import pytest

from keras_seq.models import Seq2Seq, SequenceClassifier, Tagger
from tests.gradients import to_numpy

V, K = 9, 3
IDS = np.array([[3, 4], [5, 0]])
TARGET = np.array([[4, 2], [2, 0]])
SIZES = {"units": 4, "embedding_dim": 4}


def classifier():
    return SequenceClassifier(V, 2, **SIZES)


def tagger():
    return Tagger({"words": V, "casing": 5}, ["O", "B-X", "I-X"], scheme="BIO", **SIZES)


def translator():
    return Seq2Seq(V, V, max_length=3, beam_width=2, **SIZES)


MODELS = {
    "SequenceClassifier": (classifier, "inputs", lambda ids: ids, np.array([0, 1])),
    "Tagger": (
        tagger,
        "words",
        lambda ids: {"words": ids, "casing": IDS % 5},
        np.array([[0, 1], [1, 0]]),
    ),
    "Seq2Seq": (translator, "source", lambda ids: {"source": ids, "target": TARGET}, None),
}


@pytest.mark.parametrize("kind", MODELS)
def test_ids_out_of_range(kind):
    make, name, inputs, y = MODELS[kind]
    model = make()
    model.compile(
        "sgd", "sparse_categorical_crossentropy" if kind == "SequenceClassifier" else None
    )
    in_range = f"{kind}: `{name}` must be in [0, V) with V=9. Received: {name}="
    for wrong, came in ((V, "9"), (-1, "-1"), (2**32 + 1, "4294967297")):
        ids = IDS.copy()
        ids[1, 0] = wrong
        x = inputs(ids)
        for call in (
            lambda x=x: model(x),
            lambda x=x: model.predict(x, verbose=0),
            lambda x=x: model.predict_on_batch(x),
            lambda x=x: model.fit(x, y, verbose=0),
            lambda x=x: model.evaluate(x, y, verbose=0),
            lambda x=x: model.fit(inputs(IDS), y, validation_data=(x, y), verbose=0),
        ):
            with pytest.raises(ValueError) as error:
                call()
            assert in_range + came in str(error.value)
    with pytest.raises(ValueError, match=f"{kind}: `{name}` must be of an integer type. Received"):
        model(inputs(IDS + 0.5))


def test_tags_out_of_range():
    model = tagger()
    model.compile("sgd")
    x = {"words": IDS, "casing": IDS % 5}
    for wrong in (-1, K, 2**32):
        y = np.array([[0, wrong], [1, -100]])  # what stands at padding is not read
        with pytest.raises(ValueError, match=rf"`tags` must be in \[0, K\) .* tags={wrong}$"):
            model.fit(x, y, verbose=0)
    with pytest.raises(ValueError, match=r"Tagger: `tags` must be of shape \(B, T\) with B=2, T=2"):
        model.fit(x, np.zeros((2, 1), int), verbose=0)
    for rows, vectors, sentence in (
        ([V], np.ones((1, 4)), r"`rows` must be in \[0, V\) with V=9. Received: rows=9"),
        ([-1], np.ones((1, 4)), r"`rows` must be in \[0, V\) with V=9. Received: rows=-1"),
        ([3], np.full((1, 4), np.nan), "`vectors` must be finite numbers"),
    ):
        with pytest.raises(ValueError, match=f"Tagger: {sentence}"):
            model.set_word_vectors(rows, vectors)


def test_what_a_translator_refuses():
    model = translator()
    for call, sentence in (
        (
            lambda: model({"source": IDS, "target": TARGET[:1]}),
            "`target` must be of shape (B, T) w",
        ),
        (
            lambda: model({"source": IDS, "targets": TARGET}),
            "`inputs` must be `source` and, in tra",
        ),
        (
            lambda: model.log_probability(IDS, TARGET[:1]),
            "`target` must be of shape (B, T) with B=",
        ),
        (lambda: model.log_probability(IDS, TARGET + V), "`target` must be in [0, V) with V=9."),
        (lambda: model.alignment(IDS, TARGET[:1]), "`target` must be of shape (B, T) with B=2."),
        (lambda: model.translate(IDS + 0.5), "`source` must be of an integer type."),
        (lambda: model.translate([["a", "b"]]), "`source` must be of an integer type."),
        (lambda: model.translate(IDS + V), "`source` must be in [0, V) with V=9."),
        (lambda: model.translate(IDS, prefix=[[3]]), "`prefix` must be of shape (B, P) with B=2."),
        (lambda: model.translate(IDS, prefix=[[V]] * 2), "`prefix` must be in [0, V) with V=9."),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert f"Seq2Seq: {sentence}" in str(error.value)


def test_a_translation_goes_on_from_its_prefix(rng):
    """A beam of everything, against the scores of all outputs that begin so."""
    model = translator()
    for weight in model.trainable_weights:
        weight.assign(rng.normal(0, 0.8, weight.shape))
    prefix = np.array([[5, 4], [7, 0]])
    found = model.translate(IDS, prefix=prefix, no_repeat_ngram_size=1, beam_width=V)
    tokens, scores = to_numpy(found.tokens)[:, 0].astype(int), to_numpy(found.scores)[:, 0]
    every = [[5, 4, v] for v in range(1, V) if v not in (5, 4)]
    log_p = to_numpy(model.log_probability(np.repeat(IDS[:1], len(every), 0), np.array(every)))
    best = int(log_p.argmax())
    assert tokens[0].tolist() == every[best]
    np.testing.assert_allclose(scores[0], log_p[best] / 3, rtol=1e-4)
    assert tokens[1, 0] == 7 and len(set(tokens[1][tokens[1] > 0])) == (tokens[1] > 0).sum()


def test_a_quantized_translator_reads_its_tied_table(rng):
    """The integers of the table alone, without their scales, gave other translations."""
    model = Seq2Seq(V, V, tie_embeddings="target", max_length=3, beam_width=2, **SIZES)
    pairs = {"source": IDS, "target": TARGET}
    expected = to_numpy(model(pairs))[..., 1:]
    with pytest.warns(UserWarning, match="LSTM: `quantize` does not support recurrent kernels"):
        model.quantize("int8")
    np.testing.assert_allclose(to_numpy(model(pairs))[..., 1:], expected, atol=0.05)


@pytest.mark.once
def test_an_unknown_argument_is_refused():
    config = {**classifier().get_config(), "unitz": 5}
    for call in (
        lambda: SequenceClassifier(9, 2, unitz=5),
        lambda: SequenceClassifier.from_config(config),
    ):
        with pytest.raises(ValueError, match="^SequenceClassifier: `unitz` is not an argument."):
            call()
    with pytest.raises(ValueError, match="Tagger: `tags` must be a list of strings"):
        Tagger({"words": V}, "OBI")
