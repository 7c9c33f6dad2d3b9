"""Text to ids in a TensorFlow graph, checked against plain Python over Unicode's own tables."""

import json
import sys
import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from keras_seq.data.sentencepiece import SentencePiece
from keras_seq.data.tokenizer import Tokenizer
from keras_seq.tasks.classification import Labels

once = pytest.mark.once

WORDS = [
    ("I don't LIKE it!!", ["i", "do", "n't", "like", "it", "!", "!"]),
    ("wo n't sit 's", ["wo", "n't", "sit", "'s"]),
    ("It\u2019s fine, isn\u2019t it?", ["it", "'s", "fine", ",", "is", "n't", "it", "?"]),
    ("can't've", ["ca", "n't", "'ve"]),
    ("rock 'n' roll", ["rock", "'", "n", "'", "roll"]),
    ("\u00c9T\u00c9 \u00e0 l'homme", ["\u00e9t\u00e9", "\u00e0", "l'homme"]),
    ("well-made (really)", ["well", "-", "made", "(", "really", ")"]),
    ("$3.50 or 1,000 in 1930s.", ["$", "3.50", "or", "1,000", "in", "1930s", "."]),
    ("\u4e00\u4e2aABC\u8bcd\uff01", ["\u4e00", "\u4e2a", "abc", "\u8bcd", "\uff01"]),
    ("\u3042\u30ab \u0e44\u0e17\u0e22", ["\u3042", "\u30ab", "\u0e44", "\u0e17", "\u0e22"]),
    ("\u0928\u092e\u0938\u094d\u0924\u0947 na", ["\u0928\u092e\u0938\u094d\u0924\u0947", "na"]),
    ("e\u0301tat so", ["e\u0301tat", "so"]),
    ("\U0001f600\U0001f44d ok", ["\U0001f600", "\U0001f44d", "ok"]),
    ("a\u3000b\u00a0c\u2028d\x0be\x85f\tg\r\nh", list("abcdefgh")),
    ("", []),
    (" \u3000\n", []),
]


def knowing(kind, tokens, lowercase=True):
    return Tokenizer(kind, lowercase, ["", "[UNK]", *sorted(set(tokens))])


def read_back(tokenizer, texts):
    return [[tokenizer.vocabulary[i] for i in ids] for ids in tokenizer(texts).to_list()]


@once
@pytest.mark.parametrize(("text", "tokens"), WORDS)
def test_words(text, tokens):
    assert read_back(knowing("words", [*tokens, "x"]), [text]) == [tokens]


@once
def test_case_is_kept_on_demand():
    tokenizer = knowing("words", ["Don", "DO", "N'T", "'S", "IT"], lowercase=False)
    assert read_back(tokenizer, ["DON'T IT'S it"]) == [["DO", "N'T", "IT", "'S", "[UNK]"]]


@once
def test_words_of_every_plane_against_unicode_tables(rng):
    """Between spaces, letters and marks stick together, and any other sign stands alone."""
    letters = "aB\u00e9\u00df\u0416\u03c3\u05d0\u0628\u0915\u093f\u0301\u1e9e"
    signs = "!?.,;:-\u2014\u2026\u00ab\u00bb\u20ac+=<>@#%&*()[]{}|~^`\u00bf\u3002\U0001f600"
    texts = ["".join(rng.choice(list(letters + signs + "  "), 30)) for _ in range(300)]

    def tokens(text):
        found = []
        for piece in text.lower().split():
            for i, sign in enumerate(piece):
                letter = unicodedata.category(sign)[0] in "LM"
                after_letter = i and unicodedata.category(piece[i - 1])[0] in "LM"
                if letter and after_letter:
                    found[-1] += sign
                else:
                    found.append(sign)
        return found

    wanted = [tokens(text) for text in texts]
    tokenizer = knowing("words", [token for tokens in wanted for token in tokens])
    assert read_back(tokenizer, texts) == wanted


@once
def test_characters_are_all_but_white_space():
    text = "\u6211\u3000\u559c\u6b22 A!\n\u2028e\u0301\U0001f600\u200d"
    wanted = [sign for sign in text.lower() if not sign.isspace()]
    assert read_back(knowing("characters", wanted), [text]) == [wanted]
    kept = knowing("characters", "Aa", lowercase=False)
    assert read_back(kept, ["Aa A"]) == [["A", "a", "A"]]


@once
def test_ids_go_by_frequency_then_alphabet():
    tokenizer = Tokenizer.learn(["b a c", "c b", "c", "\u00e9 \u4e2d"])
    assert tokenizer.vocabulary == ["", "[UNK]", "c", "b", "a", "\u00e9", "\u4e2d"]
    assert len(tokenizer) == 7
    assert tokenizer(["c what b"]).to_list() == [[2, 1, 3]]
    assert Tokenizer.learn(["b a c", "c b"], vocabulary_size=3).vocabulary[2:] == ["b"]
    assert Tokenizer.learn(["b a c", "c b"], minimum_count=2).vocabulary[2:] == ["b", "c"]


@once
@pytest.mark.parametrize("kind", ["words", "characters", "subwords"])
def test_bytes_that_are_not_utf8_are_unknown(kind):
    for lowercase in (True, False):
        tokenizer = knowing(kind, ["caf", "good", *"cafgod"], lowercase)
        wanted = list("caf?good?") if kind == "characters" else ["caf", "?", "good", "?"]
        (tokens,) = read_back(tokenizer, [b"caf\xe9 good \xff"])
        assert tokens == ["[UNK]" if token == "?" else token for token in wanted]
        assert tokenizer([b"\xff\xfe\xfd", b"\xed\xa0\x80", b"good\0"]).shape[0] == 3
        assert set(tokenizer([b"\xff\xfe"]).to_list()[0]) == {1}


def test_encode_on_every_backend():
    """One int32 array a text, in order, over more than one batch of the pipeline."""
    tokenizer = Tokenizer.learn(["zero one two"])
    numbers = ["zero", "one", "two", "two two", ""] * 200
    encoded = tokenizer.encode(numbers)
    assert all(ids.dtype == np.int32 for ids in encoded)
    ids = {word: i for i, word in enumerate(tokenizer.vocabulary)}
    assert [ids_.tolist() for ids_ in encoded] == [
        [ids[word] for word in text.split()] for text in numbers
    ]
    assert tokenizer.encode([]) == []


@once
def test_a_long_text_and_many():
    (ids,) = knowing("words", ["word"]).encode(["word " * 100_000])
    assert ids.tolist() == [2] * 100_000


@once
@pytest.mark.parametrize("kind", ["words", "characters", "subwords"])
def test_it_travels_in_a_saved_model(kind, tmp_path):
    tokenizer = knowing(kind, ["do", "n't", "like", *"abcdefghijklmnopqrst'"])
    texts = ["I don't like it", "", "\u4e2d don't"]
    wanted = tokenizer(texts).to_list()

    module = tf.Module()
    module.tokenizer = tokenizer
    module.serve = tf.function(
        lambda text: {"ids": tokenizer(text).to_tensor()},
        input_signature=[tf.TensorSpec([None], tf.string, "text")],
    )
    tf.saved_model.save(module, tmp_path / "saved", signatures={"serving_default": module.serve})
    loaded = tf.saved_model.load(tmp_path / "saved").signatures["serving_default"]
    ids = loaded(text=tf.constant(texts))["ids"].numpy()
    assert [[i for i in row if i] for row in ids.tolist()] == wanted


@once
@pytest.mark.parametrize("kind", ["words", "characters", "subwords"])
def test_config_goes_through_json(kind):
    texts = ["The caf\u00e9 is fine, the \u4e2d too. " * 3, "Fine!"]
    tokenizer = Tokenizer.learn(texts, kind, lowercase=False, vocabulary_size=60)
    again = Tokenizer.from_config(json.loads(json.dumps(tokenizer.to_config())))
    assert again.to_config() == tokenizer.to_config()
    assert [ids.tolist() for ids in again.encode(texts)] == [
        ids.tolist() for ids in tokenizer.encode(texts)
    ]
    assert len(tokenizer) <= 60


@once
def test_subwords_are_the_longest_known_pieces():
    tokenizer = knowing("subwords", ["un", "u", "##believ", "##able", "##ab", "##n", "do", "n't"])
    assert read_back(tokenizer, ["Unbelievable don't", "unx", ""]) == [
        ["un", "##believ", "##able", "do", "n't"],
        ["[UNK]"],
        [],
    ]


@once
def test_learned_subwords_write_words_they_have_not_seen(rng):
    stems, ends = ["walk", "talk", "jump", "look"], ["ing", "ed", "er", "s"]
    words = [stem + end for stem in stems for end in ends]
    texts = [" ".join(rng.choice(words[1:], 20)) for _ in range(100)]
    tokenizer = Tokenizer.learn(texts, "subwords", vocabulary_size=50)
    assert 20 < len(tokenizer) <= 50
    pieces = read_back(tokenizer, ["walking"])[0]
    assert "".join(pieces).replace("##", "") == "walking"
    assert Tokenizer.learn(texts, "subwords", vocabulary_size=50).vocabulary == tokenizer.vocabulary


@once
def test_without_tensorflow_text_the_message_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_text", None)
    with pytest.raises(ValueError, match="'subwords' needs tensorflow-text .*'words' or 'charac"):
        Tokenizer.learn(["a b"], "subwords")


@once
@pytest.mark.parametrize("texts", [[], ["", " \u3000"]])
@pytest.mark.parametrize("kind", ["words", "characters", "subwords"])
def test_a_vocabulary_of_nothing(texts, kind):
    with pytest.raises(ValueError, match=f"{len(texts)} texts give no vocabulary of {kind}"):
        Tokenizer.learn(texts, kind)


@once
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "letters"}, "`kind` must be one of 'words', 'characters', 'subwords'"),
        ({"lowercase": 1}, "`lowercase` must be True or False"),
        ({"vocabulary_size": 0}, "`vocabulary_size` must be a positive integer"),
        ({"vocabulary_size": 2}, "give no vocabulary of words with vocabulary_size=2"),
        ({"minimum_count": 0}, "`minimum_count` must be a positive integer"),
        ({"minimum_count": 2}, "give no vocabulary of words with .*minimum_count=2"),
    ],
)
def test_what_cannot_be_learned(arguments, said):
    with pytest.raises(ValueError, match=f"^Tokenizer.learn: .*{said}"):
        Tokenizer.learn(["a b"], **arguments)


@once
@pytest.mark.parametrize(
    "vocabulary", [[], ["", "[UNK]"], ["a", "b", "c"], ["", "[UNK]", "a", "a"], ["", "[UNK]", 1]]
)
def test_vocabularies_that_are_none(vocabulary):
    with pytest.raises(ValueError, match="^Tokenizer: `vocabulary` must be "):
        Tokenizer("words", True, vocabulary)


@once
@pytest.mark.parametrize("texts", ["one text", [["a"], ["b"]]])
def test_texts_are_a_row_of_strings(texts):
    with pytest.raises(ValueError, match=r"Tokenizer: `texts` must be of shape \(B\)"):
        knowing("words", ["a"])(texts)


@once
def test_one_text_is_no_list_of_texts():
    """Its letters would be read as texts."""
    tokenizer = knowing("words", ["abc"])
    for call, owner in (
        (lambda: Tokenizer.learn("abc"), "Tokenizer.learn"),
        (lambda: Tokenizer.learn(b"abc"), "Tokenizer.learn"),
        (lambda: tokenizer.encode("abc"), "Tokenizer"),
        (lambda: SentencePiece.learn("abc"), "SentencePiece.learn"),
        (lambda: Labels("ab"), "Labels"),
    ):
        with pytest.raises(
            ValueError, match=f"^{owner}: `(texts|names)` must be a list of strings"
        ):
            call()


@once
def test_the_reason_of_sentencepiece_is_in_the_sentence():
    with pytest.raises(ValueError, match="1 texts give no pieces with vocabulary_size=8: .+"):
        SentencePiece.learn([""], vocabulary_size=8)
