"""From text to ids inside a TensorFlow graph, so that a SavedModel contains the tokenizer."""

import collections
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import tensorflow as tf

from keras_seq import checks
from keras_seq.data.normalization import Normalization, NormalizationName
from keras_seq.data.tensorflow_host import tensorflow_on_host
from keras_seq.errors import InputError

KINDS = ("words", "characters", "subwords")
PADDING, UNKNOWN = "", "[UNK]"

_BATCH = 256

# Regular expressions of RE2, as in TensorFlow. White space of Unicode, and the ASCII separators.
SPACE = r"[\s\v\x{1c}-\x{1f}\x{85}\pZ]+"
# Scripts without spaces between words: each character is a token.
UNSPACED = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*)"
# English negation and clitics are tokens, as in treebanks: do n't, it 's.
NEGATION = (r"(?i)(n)['’](t)\b", r" \1'\2 ")
CLITIC = (r"(?i)['’](s|re|ve|ll|d|m)\b", r" '\1 ")
# In this order: a clitic, a number with its points, a word with inner apostrophes, any other sign.
_TOKEN = (
    r"((?i:['’](?:s|re|ve|ll|d|m)\b)"
    r"|\p{N}+(?:[.,]\p{N}+)+"
    r"|[\p{L}\p{M}\p{N}_\x{200c}\x{200d}]+(?:['’][\p{L}\p{M}\p{N}]+)*"
    r"|[^\s])"
)


class Tokenizer(tf.Module):
    """Maps strings to ids: 0 is padding, 1 is unknown, the known tokens follow.

    - `"words"`: a token is a run of letters and digits, or any other sign (`!`, `?`, `,`). Clitics
      such as `n't` and `'s` are split off, as in `do n't`. In scripts without spaces (Chinese,
      Japanese, Thai, ...) each character is a word.
    - `"characters"`: each Unicode character except white space is a token.
    - `"subwords"`: the words are split into the longest known pieces (WordPiece; a piece inside a
      word begins with `##`). It needs the operators of TensorFlow Text, and so does a process that
      loads a SavedModel with it; the other kinds need only TensorFlow.

    It is a `tf.Module`, so a module, `tf.function` or `keras.export.ExportArchive` that contains it
    saves its tables.

    Args:
        kind: one of the above.
        lowercase: whether to convert the text to lower case first, in all of Unicode.
        vocabulary: list of distinct strings; `vocabulary[id]` is the token, the first two are
            `""` and `"[UNK]"`. `Tokenizer.learn` makes one.
        normalization: the form of Unicode that texts are brought into first: "none", "NFC" or
            "NFKC", as of `keras_seq.data.normalization.Normalization`.

    Call arguments:
        texts: strings (B,), a tensor or a list.

    Returns:
        int32 `tf.RaggedTensor` (B, T). Bytes that are not UTF-8 are unknown tokens.

    Raises:
        InputError: the kind is unknown, or the vocabulary is empty, has duplicates, or does
            not begin with these two.

    Example:

    >>> tokenizer = keras_seq.data.Tokenizer.learn(["I don't like it!", "I like it."])
    >>> tokenizer.vocabulary
    ['', '[UNK]', 'i', 'it', 'like', '!', '.', 'do', "n't"]
    >>> tokenizer(["I LIKE that."]).to_list()
    [[2, 4, 1, 6]]
    """

    def __init__(
        self,
        kind: str,
        lowercase: bool,
        vocabulary: Sequence[str],
        normalization: NormalizationName = "none",
    ) -> None:
        super().__init__(name="tokenizer")
        checks.one_of("Tokenizer", KINDS, kind=kind)
        checks.boolean("Tokenizer", lowercase=lowercase)
        vocabulary = list(vocabulary)
        if vocabulary[:2] != [PADDING, UNKNOWN] or len(vocabulary) < 3:
            checks.refuse(
                "Tokenizer", "vocabulary", "'', '[UNK]' and at least one token", vocabulary[:3]
            )
        if len(set(vocabulary)) < len(vocabulary) or not all(map(_is_token, vocabulary)):
            double = [t for t, n in collections.Counter(vocabulary).items() if n > 1]
            checks.refuse("Tokenizer", "vocabulary", "distinct strings", double[:3])
        tensorflow_on_host()
        self.kind = kind
        self.lowercase = lowercase
        self.normalization = Normalization(normalization)
        # An array, for tf.Module would wrap and track a list.
        self._vocabulary = np.array(vocabulary, dtype=object)
        if kind == "subwords":
            self._pieces = _tensorflow_text().FastWordpieceTokenizer(
                ["[PAD]", *vocabulary[1:]],
                token_out_type=tf.int32,
                unknown_token=UNKNOWN,
                no_pretokenization=True,
            )
        else:
            ids = tf.range(len(vocabulary), dtype=tf.int32)
            pairs = tf.lookup.KeyValueTensorInitializer(tf.constant(vocabulary), ids)
            self._table = tf.lookup.StaticHashTable(pairs, default_value=1)

    @classmethod
    def learn(
        cls,
        texts: Sequence[str],
        kind: str = "words",
        lowercase: bool = True,
        vocabulary_size: int = 20000,
        minimum_count: int = 1,
        normalization: NormalizationName = "none",
    ) -> Self:
        """A tokenizer with the most frequent tokens of `texts`; ties are in alphabetical order.

        Args:
            texts: list of strings.
            kind, lowercase, normalization: as of the class.
            vocabulary_size: at most this many ids, padding and unknown among them.
            minimum_count: rarer words (or characters) are unknown; subwords are not learned from
                them. With 2, the embedding of unknown tokens is trained on those that occur once;
                with 1 nothing in `texts` is unknown unless the vocabulary is full.

        Raises:
            InputError: no token in `texts` is frequent enough.
        """
        checks.one_of("Tokenizer.learn", KINDS, kind=kind)
        checks.list_of_strings("Tokenizer.learn", texts=texts)
        checks.boolean("Tokenizer.learn", lowercase=lowercase)
        checks.positive_int(
            "Tokenizer.learn", vocabulary_size=vocabulary_size, minimum_count=minimum_count
        )
        counts, normalize = collections.Counter(), Normalization(normalization)
        for batch in _batches(texts, lambda batch: _tokens(normalize(batch), kind, lowercase)):
            counts.update(batch.values.numpy())
        known = [(-count, token) for token, count in counts.items() if count >= minimum_count]
        # UTF-8 bytes have the same order as code points.
        tokens = [token.decode("utf-8") for _, token in sorted(known)]
        if kind == "subwords" and tokens:
            tokens = _learn_pieces(
                [(t, counts[t.encode("utf-8")]) for t in tokens], vocabulary_size
            )
        if not tokens or vocabulary_size < 3:
            raise InputError(
                f"Tokenizer.learn: {len(texts)} texts give no vocabulary of {kind} with "
                f"vocabulary_size={vocabulary_size} and minimum_count={minimum_count}"
            )
        vocabulary = [PADDING, UNKNOWN, *tokens][:vocabulary_size]
        return cls(kind, lowercase, vocabulary, normalization)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The tokenizer that `to_config` describes."""
        return cls(**config)

    def to_config(self) -> dict[str, Any]:
        """A dictionary for `from_config`, which JSON can hold."""
        return {
            "kind": self.kind,
            "lowercase": self.lowercase,
            "vocabulary": self.vocabulary,
            "normalization": self.normalization.form,
        }

    @property
    def vocabulary(self) -> list[str]:
        """The tokens by id."""
        return list(self._vocabulary)

    def __len__(self) -> int:
        return len(self._vocabulary)

    def __call__(self, texts: tf.Tensor | Sequence[str]) -> tf.RaggedTensor:
        texts = tf.convert_to_tensor(texts, tf.string)
        checks.rank("Tokenizer", "B", texts=texts.shape)
        tokens = _tokens(self.normalization(texts), self.kind, self.lowercase)
        if self.kind == "subwords":
            return self._pieces.tokenize(tokens).merge_dims(1, 2)
        return tokens.with_values(self._table.lookup(tokens.values))

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The ids of a list of strings, one int32 array (T,) each."""
        checks.list_of_strings("Tokenizer", texts=texts)
        return [ids for batch in _batches(texts, self) for ids in _rows(batch)]


def _tokens(texts, kind, lowercase):
    """Strings (B,) to ragged strings (B, T), with operators of TensorFlow alone."""
    if lowercase:
        texts = tf.strings.lower(texts, encoding="utf-8")
    if kind == "characters":
        return tf.strings.unicode_split(tf.strings.regex_replace(texts, SPACE, ""), "UTF-8")
    for pattern, rewrite in (
        (SPACE, " "),
        (UNSPACED, r" \1 "),
        NEGATION,
        CLITIC,
        (_TOKEN, r" \1 "),
    ):
        texts = tf.strings.regex_replace(texts, pattern, rewrite)
    return tf.strings.split(texts)


def _learn_pieces(words, vocabulary_size):
    """The WordPiece vocabulary of (word, count) pairs, most frequent first."""
    _tensorflow_text()
    from tensorflow_text.tools.wordpiece_vocab import wordpiece_tokenizer_learner_lib as learner

    # The learner searches for the count that gives the size; these bounds halve the search.
    mean = sum(count for _, count in words) // vocabulary_size
    pieces = learner.learn(
        words,
        vocab_size=vocabulary_size,
        reserved_tokens=["[PAD]", UNKNOWN],
        lower_thresh=2,
        max_unique_chars=vocabulary_size // 2,
        upper_thresh=10 * max(1, mean),
    )
    return pieces[2:]


def _tensorflow_text():
    try:
        import tensorflow_text
    except ImportError as error:
        raise InputError(
            f"Tokenizer: the kind 'subwords' needs tensorflow-text ({error}): "
            "pip install 'keras_seq[recipes]', or take 'words' or 'characters'"
        ) from error
    return tensorflow_text


def _batches(texts, function):
    """`function` applied to batches of the texts, in order, on all cores."""
    dataset = tf.data.Dataset.from_tensor_slices(tf.constant(list(texts), tf.string))
    return dataset.batch(_BATCH).map(function, num_parallel_calls=tf.data.AUTOTUNE).prefetch(1)


def _rows(ragged):
    return np.split(ragged.values.numpy(), ragged.row_splits.numpy()[1:-1])


def _is_token(token):
    return isinstance(token, str)
