"""Strings in, strings out: the served translator against the one that was trained."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from keras_seq.data.epoch_batches import padded
from keras_seq.data.sentencepiece import SentencePiece, until_end
from keras_seq.export import ExportError, isolated_process, tree
from keras_seq.models import Seq2Seq
from keras_seq.tasks.translation.export import ANSWER_FORMAT, export_translator

SENTENCES = [
    "the third of May, nineteen eighty-four",
    "Monday, 4 July 2061",
    "four thousand and seventeen",
    "May 4",
]


def translator_of(pieces, **options):
    """A small translator with weights large enough to tell texts apart."""
    model = Seq2Seq(len(pieces), len(pieces), units=8, max_length=9, **options)
    rng = np.random.default_rng(3)
    for weight in model.trainable_variables:
        center = 1.0 if weight.path.endswith("gamma") else 0.0
        weight.assign(center + rng.normal(0, 0.4, weight.shape))
    return model


def translations(model, pieces, texts):
    """The translations of a model and their scores, with two steps of padding too many."""
    ids = np.pad(padded(pieces.encode(texts)), [(0, 0), (0, 2)])
    found = model.predict({"source": ids}, verbose=0)
    answers = pieces.decode(until_end(found["tokens"])).numpy()
    return [answer.decode("utf-8") for answer in answers], np.asarray(found["scores"])


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A translator of the backend of this run, exported as users do."""
    path = tmp_path_factory.mktemp("translator")
    pieces = SentencePiece.learn(SENTENCES * 3, vocabulary_size=60)
    model = translator_of(pieces)
    model.save(path / "model.keras")
    _, expected = translations(model, pieces, SENTENCES)
    out = path / "saved_models" / "translation"
    folder = export_translator(path / "model.keras", pieces, out, SENTENCES, expected)
    return SimpleNamespace(folder=folder, model=model, pieces=pieces, path=path, expected=expected)


def answers_of(exported, *batches):
    calls = [{"text": batch} for batch in batches]
    return isolated_process.answer(str(exported.folder), calls)


def test_served_answers_are_those_of_the_backend_that_trained(exported):
    """On texts the export itself has not compared, in batches of other sizes and lengths."""
    texts = ["July 2061", "the fourth of July, four thousand and eighty", "May", "17 ☃"]
    wanted, scores = translations(exported.model, exported.pieces, texts)
    together, *alone = answers_of(exported, texts, *([text] for text in texts))
    assert together["translation"] == wanted
    assert [answer["translation"][0] for answer in alone] == wanted
    np.testing.assert_allclose(together["score"], scores, atol=1e-4)
    np.testing.assert_allclose([answer["score"][0] for answer in alone], scores, atol=1e-4)
    # Else a model that says the same to everything would pass.
    assert len(set(wanted)) > 1 and np.ptp(scores) > 1e-2


@pytest.mark.once
def test_the_signature_is_as_promised(exported):
    loaded = tf.saved_model.load(str(exported.folder))
    assert list(loaded.signatures) == ["serving_default"]
    signature = loaded.signatures["serving_default"]
    inputs = {"text": tf.TensorSpec([None], tf.string, name="text")}
    assert signature.structured_input_signature == ((), inputs)
    outputs = {k: (v.dtype, v.shape.as_list()) for k, v in signature.structured_outputs.items()}
    assert outputs == {"translation": (tf.string, [None]), "score": (tf.float32, [None])}


@pytest.mark.once
def test_an_empty_text_becomes_an_empty_text(exported):
    """Alone, beside others, and as spaces; and a batch of no text has an answer."""
    (wanted,), (score,) = translations(exported.model, exported.pieces, ["May 4"])
    beside, alone, none = answers_of(exported, ["", "May 4", "  "], [""], [])
    assert beside["translation"] == ["", wanted, ""] and wanted
    np.testing.assert_allclose(beside["score"], [0, score, 0], atol=1e-4)
    assert alone == {"translation": [""], "score": [0.0]}
    assert none == {"translation": [], "score": []}


@pytest.mark.once
def test_no_text_is_cut(exported):
    """The last word of 400 is read, and odd bytes have an answer."""
    long = "four thousand and seventeen " * 100
    one, other, odd = answers_of(exported, [long + "May"], [long + "July"], ["\udcff\udcfe", "\0"])
    assert one["score"] != other["score"]
    assert len(odd["translation"]) == 2 and np.isfinite(odd["score"]).all()


@pytest.mark.once
def test_the_folder_is_as_servers_read_it(exported):
    assert exported.folder.name == "1"
    names = [line.lstrip("│├└─ ").split("  ")[0] for line in tree(exported.folder).splitlines()]
    for name in ("saved_model.pb", "variables.index", "tf_serving_warmup_requests"):
        assert name in names


@pytest.mark.slow
@pytest.mark.once
def test_a_transformer_is_served_too(exported, in_process, tmp_path):
    model = translator_of(exported.pieces, architecture="transformer")
    model.save(tmp_path / "model.keras")
    wanted, scores = translations(model, exported.pieces, SENTENCES)
    folder = export_translator(
        tmp_path / "model.keras", exported.pieces, tmp_path / "out", SENTENCES, scores
    )
    (answer,) = isolated_process.answer(str(folder), [{"text": SENTENCES}])
    assert answer["translation"] == wanted


@pytest.mark.once
def test_a_translator_that_says_something_else_is_not_published(exported, in_process):
    scores = exported.expected.copy()
    scores[2] += 0.01
    out = exported.path / "other"
    with pytest.raises(ExportError, match="differs from the trained one by 0.01 in `score` of "):
        export_translator(exported.path / "model.keras", exported.pieces, out, SENTENCES, scores)
    assert not list(out.iterdir())


@pytest.mark.once
@pytest.mark.parametrize(
    "change, message",
    [
        ({"examples": ["May", "May"]}, "`examples` must be texts of at least two lengths"),
        ({"examples": ["May", ""]}, "`examples` must be texts of at least two lengths"),
        ({"expected": np.zeros(3)}, r"`expected` must be of shape \(N\) with N=4"),
    ],
)
def test_arguments_that_cannot_be(exported, tmp_path, change, message):
    arguments = {
        "model_path": tmp_path / "model.keras",
        "pieces": exported.pieces,
        "out": tmp_path,
        "examples": SENTENCES,
        "expected": exported.expected,
    }
    with pytest.raises(ValueError, match="export_translator: " + message):
        export_translator(**arguments | change)


@pytest.mark.once
def test_answers_are_printed_in_a_line():
    answers = [{"translation": "1984-05-03", "score": -0.123456}]
    assert ANSWER_FORMAT.lines(["the third of May"], answers) == ["1984-05-03  -0.1235"]
