"""Text or tokens in, tags and spans out: the served tagger against the one that was trained."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from keras_seq.crf.tag_schemes import spans_of, tag_names, tags_of
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.export import ExportError, isolated_process
from keras_seq.models import Tagger
from keras_seq.tasks.tagging import export, segmentation_export
from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.export import export_tagger, spans, spell
from keras_seq.tasks.tagging.preprocessor import TaggerPreprocessor
from keras_seq.tasks.tagging.segmentation_data import spans_to_words, words_to_tagged_text
from keras_seq.tasks.tagging.segmentation_export import export_segmenter

SENTENCES = [
    "Ada met McCoy in Paris .",
    "IBM sold 1,200 lamps on Monday , said Ada .",
    "Rome .",
    "U.S. troops left the U.N. today",
]
TYPES = ["LOC", "PER"]


def tagger_of(tagging, **options):
    """A small tagger with weights large enough to tell texts apart."""
    model = Tagger(tagging.features.sizes, tagging.tags, scheme=tagging.scheme, units=5,
                   embedding_dim=6, character_units=4, character_embedding_dim=3,
                   feature_embedding_dim=3,
                   **options)  # fmt: skip
    rng = np.random.default_rng(2)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(size=weight.shape))
    return model


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A tagger of the backend of this run, exported as users do."""
    path = tmp_path_factory.mktemp("tagger")
    rows = [text.split() for text in SENTENCES]
    tags = [["S-PER", *["O"] * (len(row) - 2), "S-LOC"] if len(row) > 1 else ["O"] for row in rows]
    tagging = TaggerPreprocessor(
        TaggedText(rows, tags, "BIOES", "here"), ("words", "characters", "casing")
    )
    model, pretokenizer = tagger_of(tagging), Pretokenizer("words")
    model.save(path / "model.keras")
    examples, expected = tagging.examples(model, pretokenizer, rows, "BIOES")
    assert len(examples) >= 3 and any(expected["span_type"])
    out = path / "saved_models" / "ner"
    folder = export_tagger(
        path / "model.keras", pretokenizer, tagging.features, out, examples, expected, "BIOES"
    )
    return SimpleNamespace(folder=folder, model=model, tagging=tagging, path=path)


def answers_of(exported, texts):
    (answer,) = isolated_process.answer(str(exported.folder), [{"text": texts}])
    return answer


def test_served_answers_are_viterbis_of_the_backend_that_trained(exported):
    """Of texts that the export has not compared; the argmax would be other tags."""
    texts = ["Ada left Rome.", "", "Xyz McCoy met 17 lamps, IBM and Ada in Zurich today"]
    answer = answers_of(exported, texts)
    differ = 0
    for row, text in enumerate(texts):
        tokens = [t for t in answer["tokens"][row] if t]
        tags = answer["tags"][row][: len(tokens)]
        assert all(tag == "" for tag in answer["tags"][row][len(tokens) :])
        if not text:
            assert not tokens
            continue
        (ids,) = ({k: np.stack(v) for k, v in exported.tagging.features.encode([tokens]).items()},)
        wanted = exported.model.predict(ids, verbose=0)[0]
        assert tags == [exported.tagging.tags[k] for k in wanted]
        emissions = np.asarray(exported.model.predict_on_batch(ids)["emissions"])[0]
        differ += sum(emissions.argmax(axis=1) != wanted)
        found = [
            (start, end, kind)
            for start, end, kind in zip(
                *(answer[f"span_{n}"][row] for n in ("start", "end", "type")), strict=True
            )
            if kind
        ]
        assert found == spans_of(tags)
        scores = answer["span_score"][row]
        assert all(0 < s <= 1.0001 for s in scores[: len(found)]) and not any(scores[len(found) :])
    assert differ


@pytest.mark.once
def test_the_signatures_are_as_promised(exported):
    loaded = tf.saved_model.load(str(exported.folder))
    assert set(loaded.signatures) == {"serving_default", "tokens"}
    inputs = {
        "serving_default": {"text": tf.TensorSpec([None], tf.string, name="text")},
        "tokens": {"tokens": tf.TensorSpec([None, None], tf.string, name="tokens")},
    }
    outputs = {
        "tokens": tf.string, "tags": tf.string, "span_start": tf.int32, "span_end": tf.int32,
        "span_type": tf.string, "span_score": tf.float32,
    }  # fmt: skip
    for name, signature in loaded.signatures.items():
        assert signature.structured_input_signature == ((), inputs[name])
        found = signature.structured_outputs
        assert {key: value.dtype for key, value in found.items()} == outputs
        assert all(len(value.shape) == 2 for value in found.values())


@pytest.mark.once
def test_tokens_are_tagged_as_the_text_of_them(exported):
    text = answers_of(exported, ["Ada met IBM .", "Rome"])
    padded = [["Ada", "met", "IBM", ".", ""], ["Rome", "", "", "", ""]]
    calls = [{"tokens": padded}, {"tokens": [["", "Rome"]]}, {"tokens": [[""]]}]
    tokens, hole, empty = isolated_process.answer(str(exported.folder), calls, "tokens")
    for name in text:
        for a, b in zip(text[name], tokens[name], strict=True):
            assert a == (pytest.approx(b) if name == "span_score" else b[: len(a)])
    assert hole["tags"][0][0] == "" and hole["tags"][0][1] == text["tags"][1][0]
    assert empty["tags"] in ([[]], [[""]]) and not any(empty["span_type"][0])


@pytest.mark.once
def test_an_error_names_the_input(exported):
    served = tf.saved_model.load(str(exported.folder)).signatures
    for name, given, words in (
        ("text", [["a"]], r"`text` must be of shape \(B,\)"),
        ("text", "a", r"`text` must be of shape"),
        ("text", ["a" * 100_001], "`text` must hold strings of at most 100000 bytes"),
        ("tokens", ["a"], r"`tokens` must be of shape \(B, T\)"),
    ):
        signature = served["serving_default" if name == "text" else name]
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            signature(**{name: tf.constant(given)})


@pytest.mark.once
def test_nothing_and_odd_bytes_have_answers(exported):
    none = answers_of(exported, [])
    assert all(rows == [] for rows in none.values())
    empty = answers_of(exported, ["", "\t\n"])
    assert empty["tokens"] == [[], []] and empty["span_score"] == [[], []]
    odd = answers_of(exported, ["\udcff\udcfe", "\0", "\ufeff", "a" * 5000])
    assert len(odd["tags"]) == 4


@pytest.mark.once
def test_spans_in_the_graph_are_those_of_any_row_of_tags(rng):
    names = tag_names(TYPES, "BIOES") + ["I-ORG"]
    tags = rng.integers(0, len(names), (200, 7))
    lengths = rng.integers(0, 8, 200)
    mask = np.arange(7) < lengths[:, None]
    rows, starts, ends, kinds = (x.numpy() for x in spans(tf.constant(tags), mask, names))
    found = [[] for _ in tags]
    for row, start, end, kind in zip(rows, starts, ends, kinds, strict=True):
        found[row].append((start, end, kind.decode()))
    for row, length in enumerate(lengths):
        assert found[row] == spans_of([names[k] for k in tags[row, :length]])
    for scheme in ("BIO", "BIOES", "BMES"):
        spelled = spell(tf.constant(tags), mask, names, scheme).numpy().astype(str)
        for row, length in enumerate(lengths):
            assert list(spelled[row, :length]) == tags_of(found[row], length, scheme)


@pytest.mark.once
def test_a_tagger_that_says_something_else_is_not_published(exported, in_process):
    rows = [text.split() for text in SENTENCES]
    pretokenizer = Pretokenizer("words")
    examples, expected = exported.tagging.examples(exported.model, pretokenizer, rows, "BIOES")
    for name, wrong in (("tags", "O-no"), ("span_score", 0.123)):
        changed = {key: [list(row) for row in rows] for key, rows in expected.items()}
        row = next(i for i, values in enumerate(changed[name]) if values)
        changed[name][row][0] = wrong
        with pytest.raises(ExportError, match=f"the exported model gives .* for `{name}` of"):
            export_tagger(
                exported.path / "model.keras", pretokenizer, exported.tagging.features,
                exported.path / "other", examples, changed, "BIOES",
            )  # fmt: skip
    assert not list((exported.path / "other").iterdir())
    with pytest.raises(ValueError, match="export_tagger: `examples` must be texts of at least two"):
        export_tagger("m.keras", pretokenizer, exported.tagging.features, "out", ["a b", "c d"], {})


@pytest.mark.slow
@pytest.mark.once
def test_a_segmenter_gives_words(in_process, tmp_path):
    text = words_to_tagged_text(
        [["北京", "大学", "生活", "好"], ["大学生", "活"], ["我", "好"]], "here"
    )
    tagging = TaggerPreprocessor(text, ("words", "bigrams"))
    model = tagger_of(tagging)
    model.save(tmp_path / "model.keras")
    texts, answers = tagging.examples(model, Pretokenizer("characters"), text.tokens)
    spans_ = [spans_of(tags) for tags in answers["tags"]]
    expected = [spans_to_words(list(t), s) for t, s in zip(texts, spans_, strict=True)]
    folder = export_segmenter(
        tmp_path / "model.keras", tagging.features, tmp_path / "out", texts, expected
    )
    (answer,) = isolated_process.answer(str(folder), [{"text": ["", *texts, "北 京\u3000好"]}])
    assert answer["segmented"][1:-1] == [" ".join(words) for words in expected]
    assert answer["segmented"][0] == "" and not any(answer["words"][0])
    assert answer["segmented"][-1].replace(" ", "") == "北京好"
    assert [w for w in answer["words"][1] if w] == expected[0]
    (none,) = isolated_process.answer(str(folder), [{"text": []}])
    assert none == {"words": [], "segmented": []}


@pytest.mark.once
def test_answers_are_shown_in_a_line():
    answer = {"segmented": "a b", "words": ["a", "b"]}
    assert segmentation_export.ANSWER_FORMAT.lines(["ab"], [answer]) == ["a b"]
    answer = {
        "tokens": ["Ada", "Li", "won", ""], "tags": ["B-PER", "I-PER", "O", ""],
        "span_start": [0, -1], "span_end": [2, -1], "span_type": ["PER", ""],
        "span_score": [0.987, 0.0],
    }  # fmt: skip
    assert export.ANSWER_FORMAT.lines(["Ada Li won"], [answer]) == ["[Ada Li]PER 0.99 won"]
