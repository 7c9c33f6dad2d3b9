"""Unicode normalization inside a TensorFlow graph, with TensorFlow's own operators."""

import functools
import sys
import unicodedata
from typing import Any, Literal

import tensorflow as tf

from keras_seq import checks

NormalizationName = Literal["none", "NFC", "NFKC"]
NORMALIZATIONS = ("none", "NFC", "NFKC")
_MARKS = 3  # largest number of marks that are composed with one letter


class Normalization(tf.Module):
    """Strings in a Unicode normalization form, for characters and for letters with marks.

    - `"NFC"`: a letter and its combining marks become one character, where Unicode has one.
    - `"NFKC"`: as NFC; in addition, variants of a character in form or width become the plain
      character: full-width digits and letters, ligatures, superscripts.
    - `"none"`: nothing changes.

    ASCII never changes. The results equal those of `unicodedata.normalize` with two exceptions:
    marks must be in canonical order, at most three on a letter, and Hangul letters are not composed
    into syllables.

    Args:
        form: one of the above.

    Call arguments:
        texts: strings (N,).

    Returns:
        strings (N,).

    Raises:
        InputError: the form is unknown.

    Example:

    >>> from keras_seq.data.normalization import Normalization
    >>> normalize = Normalization("NFKC")
    >>> [text.decode() for text in normalize(["１９９８年", "cafe\u0301"]).numpy()]
    ['1998年', 'café']
    """

    def __init__(self, form: NormalizationName = "none") -> None:
        super().__init__(name="normalization")
        checks.one_of("Normalization", NORMALIZATIONS, normalization=form)
        self.form = form
        if form != "none":
            self._singles, self._pairs = map(_table, _changes(form))

    def __call__(self, texts: Any) -> tf.Tensor:
        texts = tf.convert_to_tensor(texts, tf.string)
        if self.form == "none":
            return texts
        ascii = tf.reduce_all(tf.strings.regex_full_match(texts, r"[\x00-\x7f]*"))
        return tf.cond(ascii, lambda: texts, lambda: self._normalized(texts))

    def _normalized(self, texts):
        characters = _split(_replaced(self._singles, _split(texts)))
        for _ in range(_MARKS):
            characters = self._composed(characters)
        # `reduce_join` would pad all texts in memory to the length of the longest one.
        B = characters.nrows(tf.int32)
        rows = tf.searchsorted(
            characters.row_splits[1:],
            tf.range(tf.size(characters.flat_values, tf.int64)),
            side="right",
        )
        return tf.strings.unsorted_segment_join(characters.flat_values, rows, B)

    def _composed(self, characters):
        """Composes each letter with the first mark after it."""
        flat = characters.flat_values
        after = tf.concat([flat[1:], [""]], axis=0)[: tf.size(flat)]
        ends = tf.boolean_mask(characters.row_limits(), characters.row_lengths() > 0) - 1
        after = tf.tensor_scatter_nd_update(after, ends[:, None], tf.fill([tf.size(ends)], ""))
        found = self._pairs.lookup(flat + after)
        begins = found != ""
        begins &= ~tf.concat([[False], begins[:-1]], axis=0)[: tf.size(flat)]
        taken = tf.concat([[False], begins[:-1]], axis=0)[: tf.size(flat)]
        kept = tf.boolean_mask(tf.where(begins, found, flat), ~taken)
        counts = tf.concat([tf.zeros(1, tf.int64), tf.cumsum(tf.cast(~taken, tf.int64))], axis=0)
        return tf.RaggedTensor.from_row_splits(kept, tf.gather(counts, characters.row_splits))


def _split(texts):
    if isinstance(texts, tf.RaggedTensor):
        return tf.strings.unicode_split(texts, "UTF-8").merge_dims(1, 2)
    return tf.strings.unicode_split(texts, "UTF-8")


def _replaced(table, characters):
    found = table.lookup(characters.flat_values)
    return characters.with_flat_values(tf.where(found == "", characters.flat_values, found))


def _table(changes):
    pairs = tf.lookup.KeyValueTensorInitializer(
        tf.constant(list(changes)), tf.constant(list(changes.values()))
    )
    return tf.lookup.StaticHashTable(pairs, default_value="")


@functools.cache
def _changes(form):
    """The characters that a form changes, and the pairs of characters that it composes."""
    singles, pairs = {}, {}
    for point in range(0x80, sys.maxunicode + 1):
        character = chr(point)
        parts = unicodedata.decomposition(character).split()
        if not parts:  # only characters with a decomposition change
            continue
        normal = unicodedata.normalize(form, character)
        if normal != character:
            singles[character] = normal
        if len(parts) == 2 and not parts[0].startswith("<"):
            pair = "".join(chr(int(part, 16)) for part in parts)
            if unicodedata.normalize(form, pair) == character:
                pairs[pair] = character
    return singles, pairs
