"""From text to tokens inside a TensorFlow graph, split in the way tagged sentences are."""

from collections.abc import Sequence
from typing import Self

import tensorflow as tf

from keras_seq import checks
from keras_seq.data.tensorflow_host import tensorflow_on_host
from keras_seq.data.tokenizer import CLITIC, NEGATION, SPACE, UNSPACED

KINDS = ("words", "spaces", "characters")

_WORD = r"[\p{L}\p{M}\p{N}_]+(?:[-'’.&/][\p{L}\p{M}\p{N}_]+|[,:]\p{N}+)*"
# In this order: a clitic, a title, initials, a word or number with inner punctuation, a fraction,
# repeated punctuation, any other sign.
_TOKEN = (
    r"((?i:['’](?:s|re|ve|ll|d|m)\b|\bn['’]t\b)"
    r"|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Gen|Col|Sen|Rep|Gov|Inc|Corp|Ltd|Co)\."
    rf"|\b(?:\p{{Lu}}\.)+(?:{_WORD})?"
    rf"|{_WORD}|\.\p{{N}}+|\.{{2,}}|-{{2,}}|[^\s])"
)


class Pretokenizer(tf.Module):
    """Splits strings into tokens.

    - `"words"`: splits at white space and around punctuation, except inside numbers, initials and
      words (`1996-08-22`, `U.S.`, `AT&T`). `n't` and `'s` are split off as in treebanks. In scripts
      without spaces each character is a word.
    - `"spaces"`: splits only at white space, for text whose tokens are separated already.
    - `"characters"`: each Unicode character except white space is a token.

    Args:
        kind: one of the above.

    Call arguments:
        texts: strings (B,), a tensor or a list.

    Returns:
        `tf.RaggedTensor` of strings (B, T).

    Raises:
        InputError: the kind is unknown.

    Example:

    >>> pretokenizer = keras_seq.data.Pretokenizer("words")
    >>> [token.decode() for token in pretokenizer(["Dr. Li didn't sell AT&T."]).to_list()[0]]
    ['Dr.', 'Li', 'did', "n't", 'sell', 'AT&T', '.']
    """

    def __init__(self, kind: str) -> None:
        super().__init__(name="pretokenizer")
        checks.one_of("Pretokenizer", KINDS, kind=kind)
        tensorflow_on_host()
        self.kind = kind

    @classmethod
    def infer(cls, rows: Sequence[Sequence[str]]) -> Self:
        """The kind of pretokenizer that splits text most like the sentences of a data set.

        Args:
            rows: list of lists of strings.

        Example:

        >>> keras_seq.data.Pretokenizer.infer([["北", "京"], ["我"]]).kind
        'characters'
        """
        lengths = [len(token) for row in rows for token in row]
        single = sum(length == 1 for length in lengths)
        return cls("characters" if single > 0.9 * len(lengths) else "words")

    def __call__(self, texts: tf.Tensor | Sequence[str]) -> tf.RaggedTensor:
        texts = tf.convert_to_tensor(texts, tf.string)
        checks.rank("Pretokenizer", "B", texts=texts.shape)
        if self.kind == "characters":
            return tf.strings.unicode_split(tf.strings.regex_replace(texts, SPACE, ""), "UTF-8")
        steps = [(SPACE, " ")]
        if self.kind == "words":
            steps += [(UNSPACED, r" \1 "), NEGATION, CLITIC, (_TOKEN, r" \1 ")]
        for pattern, rewrite in steps:
            texts = tf.strings.regex_replace(texts, pattern, rewrite)
        return tf.strings.split(texts, " " if self.kind == "spaces" else None)

    def detokenize(self, row: Sequence[str]) -> str:
        """A text from the tokens of a sentence."""
        return ("" if self.kind == "characters" else " ").join(row)

    def round_trip_accuracy(self, rows: Sequence[Sequence[str]]) -> float:
        """The fraction of sentences whose text, from `detokenize`, is split into the same tokens.

        Example:

        >>> rows = [["I", "ca", "n't"], ["a.b", "c."]]
        >>> keras_seq.data.Pretokenizer("words").round_trip_accuracy(rows)
        0.5
        """
        wanted = [[token.encode("utf-8", "surrogateescape") for token in row] for row in rows]
        found = self([self.detokenize(row) for row in rows]).to_list()
        return sum(a == b for a, b in zip(wanted, found, strict=True)) / max(1, len(rows))
