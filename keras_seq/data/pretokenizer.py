"""Text to tokens inside a TensorFlow graph, as tagged sentences are divided."""

import tensorflow as tf

from keras_seq import checks
from keras_seq.data.tensorflow_host import tensorflow_on_host
from keras_seq.data.tokenizer import CLITIC, NEGATION, SPACE, UNSPACED

KINDS = ("words", "spaces", "characters")

_WORD = r"[\p{L}\p{M}\p{N}_]+(?:[-'’.&/][\p{L}\p{M}\p{N}_]+|[,:]\p{N}+)*"
# In this order: a clitic, a title, initials, a word or number with inner signs, a fraction, signs
# that repeat, any other sign.
_TOKEN = (
    r"((?i:['’](?:s|re|ve|ll|d|m)\b|\bn['’]t\b)"
    r"|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Gen|Col|Sen|Rep|Gov|Inc|Corp|Ltd|Co)\."
    rf"|\b(?:\p{{Lu}}\.)+(?:{_WORD})?"
    rf"|{_WORD}|\.\p{{N}}+|\.{{2,}}|-{{2,}}|[^\s])"
)


class Pretokenizer(tf.Module):
    """Divides strings into tokens.

    - `"words"`: at white space; signs stand alone, but not inside numbers, initials and words
      (`1996-08-22`, `U.S.`, `AT&T`); `n't` and `'s` are split off, as treebanks write them; a
      character of a script without spaces is a word.
    - `"spaces"`: at white space alone, for text whose tokens are divided already.
    - `"characters"`: every Unicode character but white space.

    Args:
        kind: one of the above.

    Call arguments:
        texts: strings (B,), a tensor or a list.

    Returns:
        `tf.RaggedTensor` of strings (B, T).

    Raises:
        ValueError: an unknown kind.

    Example:

    >>> splitter = keras_seq.data.Pretokenizer("words")
    >>> [token.decode() for token in splitter(["Dr. Li didn't sell AT&T."]).to_list()[0]]
    ['Dr.', 'Li', 'did', "n't", 'sell', 'AT&T', '.']
    """

    def __init__(self, kind):
        super().__init__(name="splitter")
        checks.one_of("Pretokenizer", KINDS, kind=kind)
        tensorflow_on_host()
        self.kind = kind

    @classmethod
    def like(cls, rows):
        """The splitter for text that is to be divided as tokens of a data set are.

        Args:
            rows: list of lists of strings.

        Example:

        >>> keras_seq.data.Pretokenizer.like([["北", "京"], ["我"]]).kind
        'characters'
        """
        lengths = [len(token) for row in rows for token in row]
        single = sum(length == 1 for length in lengths)
        return cls("characters" if single > 0.9 * len(lengths) else "words")

    def __call__(self, texts):
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

    def joined(self, row):
        """A text that holds the tokens, for those who have only these."""
        return ("" if self.kind == "characters" else " ").join(row)

    def agreement(self, rows):
        """The share of sentences that are divided as given when their tokens stand in one text.

        Example:

        >>> keras_seq.data.Pretokenizer("words").agreement([["I", "ca", "n't"], ["a.b", "c."]])
        0.5
        """
        wanted = [[token.encode("utf-8", "surrogateescape") for token in row] for row in rows]
        found = self([self.joined(row) for row in rows]).to_list()
        return sum(a == b for a, b in zip(wanted, found, strict=True)) / max(1, len(rows))
