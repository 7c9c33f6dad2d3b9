"""Text to tokens, as treebanks have them; inside a graph."""

import pytest
import tensorflow as tf

from keras_seq.data.pretokenizer import Pretokenizer

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("Mr. Smith didn't go.", "Mr. Smith did n't go ."),
        ("U.S. troops left the U.N.", "U.S. troops left the U.N."),
        ("AT&T's 3,000-strong team won 6-4 (1996-08-22).",
         "AT&T 's 3,000-strong team won 6-4 ( 1996-08-22 ) ."),
        ('He said: "Yes..." -- and left', 'He said : " Yes ... " -- and left'),
        ("J.R. Tolkien, T.O'Gorman; .596", "J.R. Tolkien , T.O'Gorman ; .596"),
        ("in 北京市 today", "in 北 京 市 today"),
        ("  \t\n", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_words(text, tokens):
    found = [token.decode() for token in Pretokenizer("words")([text]).to_list()[0]]
    assert found == tokens.split()


def test_the_other_kinds():
    assert Pretokenizer("spaces")(["a.b  c,\u3000d"]).to_list() == [[b"a.b", b"c,", b"d"]]
    assert Pretokenizer("characters")(["a b\u3000北京"]).to_list() == [
        [b"a", b"b", "北".encode(), "京".encode()]
    ]
    assert Pretokenizer("spaces").detokenize(["a", "b"]) == "a b"
    assert Pretokenizer("characters").detokenize(["a", "b"]) == "ab"


def test_what_fits_a_data_set():
    assert Pretokenizer.infer([["北", "京"], ["2", "0"]]).kind == "characters"
    assert Pretokenizer.infer([["I", "went", "home"]]).kind == "words"
    assert Pretokenizer("words").round_trip_accuracy([["A", "b", "."], ["c."]]) == 0.5
    with pytest.raises(ValueError, match="Pretokenizer: `kind` must be one of 'words', 'spaces'"):
        Pretokenizer("letters")


def test_bytes_that_are_not_utf8_do_not_stop_it():
    for kind in ("words", "spaces", "characters"):
        assert Pretokenizer(kind)([b"\xff\xfe a"]).nrows() == 1


def test_it_runs_in_a_graph():
    pretokenizer = Pretokenizer("words")
    graph = tf.function(pretokenizer.__call__, input_signature=[tf.TensorSpec([None], tf.string)])
    assert graph(tf.constant(["It's", ""])).to_list() == [[b"It", b"'s"], []]
