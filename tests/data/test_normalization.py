"""Unicode normalization in a graph, against Python's `unicodedata`."""

import unicodedata

import pytest
import tensorflow as tf

from keras_seq.data.normalization import Normalization
from keras_seq.data.tokenizer import Tokenizer
from keras_seq.tasks.tagging.features import TokenFeatures

pytestmark = pytest.mark.once

TEXTS = [
    "",
    "plain",
    "１９９８年 ＡＢＣ，ﬁne ㎏ x² …",
    "cafe\u0301 naïve e\u0302\u0301 q\u0301 \u0301 a\u0301a\u0301",
    "Å \u212b ガ ｶﾞ 가 \u0344 “quoted” ’s",
]


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_every_character_and_texts_are_as_python_has_them(form):
    every = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    pairs = [unicodedata.normalize("NFD", character) for character in every[:0x3000]]
    given = [*TEXTS, "".join(every), *pairs]
    # Jamo are not made into syllables: none are in these pairs.
    wanted = [unicodedata.normalize(form, text) for text in [*TEXTS, *pairs]]
    found = [text.decode() for text in tf.function(Normalization(form))(given).numpy()]
    singles = "".join(unicodedata.normalize(form, character) for character in every)
    assert found[: len(TEXTS)] + found[len(TEXTS) + 1 :] == wanted
    # Neighbours of the long text may compose: they do so in one way.
    assert unicodedata.normalize(form, found[len(TEXTS)]) == unicodedata.normalize(form, singles)


def test_widths_and_accents_have_the_same_ids_and_ascii_its_old_ones():
    tokenizer = Tokenizer.learn(["cafe 1998"], normalization="NFKC")
    assert tokenizer(["café １９９８", "cafe\u0301 1998"]).to_list() == [[1, 2], [1, 2]]
    copy = Tokenizer.from_config(tokenizer.to_config())
    assert copy(["１９９８"]).to_list() == [[2]]
    plain = Tokenizer.learn(["cafe 1998"])
    assert plain.vocabulary == tokenizer.vocabulary and plain(["１９９８"]).to_list() == [[1]]
    features = TokenFeatures.learn([["１", "年"]], ("words", "bigrams"), normalization="NFKC")
    wide, narrow = features.encode([["１", "年"], ["1", "年"]])["bigrams"]
    assert (wide == narrow).all() and min(wide) > 1
