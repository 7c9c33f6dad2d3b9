"""Subwords that are learned from texts, encoded and decoded inside a TensorFlow graph."""

import base64
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import tensorflow as tf

from keras_seq import checks
from keras_seq.data.normalization import Normalization, NormalizationName
from keras_seq.data.tensorflow_host import tensorflow_on_host
from keras_seq.errors import InputError

PADDING, START, END, UNKNOWN = range(4)


class SentencePiece(tf.Module):
    """Maps strings to ids of subwords (pieces) and back, by SentencePiece's unigram model.

    Ids 0 to 3 are padding, start, end and unknown; the pieces follow. The model chooses the most
    probable of all ways to split a text. The joined pieces are the text again, in the same case and
    with each run of spaces as one space. Every digit is a piece. It needs the operators of
    TensorFlow Text, and so does a process that loads a SavedModel with it.

    Args:
        model: bytes, a SentencePiece model with these first four ids, as `learn` makes it.
        normalization: the form of Unicode that texts are brought into first: "none", "NFC" or
            "NFKC", as of `keras_seq.data.normalization.Normalization`.

    Call arguments:
        texts: strings (B,), a tensor or a list.

    Returns:
        int32 `tf.RaggedTensor` (B, T), without start and end.

    Raises:
        InputError: tensorflow-text is not installed, or the model has other first ids.

    Example:

    >>> from keras_seq.data.sentencepiece import SentencePiece
    >>> pieces = SentencePiece.learn(["one two", "two one one"] * 5, vocabulary_size=12)
    >>> pieces.decode(pieces(["two one two"])).numpy().tolist()
    [b'two one two']

    Reference: Kudo, Subword Regularization, ACL 2018; Kudo and Richardson, SentencePiece, EMNLP
    2018 (demonstrations).
    """

    def __init__(self, model: bytes, normalization: NormalizationName = "none") -> None:
        super().__init__(name="subwords")
        self.normalization = Normalization(normalization)
        tensorflow_on_host()
        self._model = model
        self._tokenizer = None
        pieces = self._pieces()
        self._size = int(pieces.vocab_size())
        first = [pieces.id_to_string(n).numpy() for n in range(4)]
        if first != [b"<pad>", b"<s>", b"</s>", b"<unk>"]:
            checks.refuse(
                "SentencePiece", "model", "one whose ids begin with pad, s, /s, unk", first
            )

    @classmethod
    def learn(
        cls,
        texts: Sequence[str],
        vocabulary_size: int = 8000,
        normalization: NormalizationName = "none",
    ) -> Self:
        """The pieces that make `texts` most probable.

        Args:
            texts: list of strings.
            vocabulary_size: at most this many ids, the first four among them; fewer if the texts
                do not have so many pieces.
            normalization: as of the class.

        Raises:
            InputError: sentencepiece is not installed, or finds no pieces.
        """
        checks.positive_int("SentencePiece.learn", vocabulary_size=vocabulary_size)
        checks.list_of_strings("SentencePiece.learn", texts=texts)
        try:
            import sentencepiece
        except ImportError as error:
            raise InputError(
                f"SentencePiece: learning needs sentencepiece ({error}): "
                "pip install 'keras_seq[recipes]'"
            ) from error
        model = io.BytesIO()
        normal = Normalization(normalization)(list(texts)).numpy()
        texts = [text.decode("utf-8", "surrogateescape") for text in normal]
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(texts),
                model_writer=model,
                vocab_size=vocabulary_size,
                hard_vocab_limit=False,
                character_coverage=1.0,
                # SentencePiece would silently drop longer texts.
                max_sentence_length=max((len(text.encode()) for text in texts), default=0) + 1,
                normalization_rule_name="identity",
                split_digits=True,
                pad_id=PADDING,
                bos_id=START,
                eos_id=END,
                unk_id=UNKNOWN,
                num_threads=1,  # with more threads the pieces would depend on the machine
                minloglevel=2,
            )
        except RuntimeError as error:
            if needed := re.search(r"required_chars\. \d+ vs (\d+)", str(error)):
                wanted = f"at least {needed[1]}, the number of different characters"
                checks.refuse("SentencePiece.learn", "vocabulary_size", wanted, vocabulary_size)
            raise InputError(
                f"SentencePiece.learn: {len(texts)} texts give no pieces with "
                f"vocabulary_size={vocabulary_size}: {' '.join(str(error).split())}"
            ) from error
        return cls(model.getvalue(), normalization)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The pieces that `to_config` describes."""
        return cls(base64.b64decode(config["model"]), config.get("normalization", "none"))

    def to_config(self) -> dict[str, Any]:
        """A dictionary for `from_config`, which JSON can hold."""
        model = base64.b64encode(self._model).decode("ascii")
        return {"model": model, "normalization": self.normalization.form}

    def _pieces(self):
        """The operators, created again for every call outside a graph.

        TensorFlow keeps their model in a cache that is emptied when a random seed is set. This is
        not a property, because TensorFlow reads properties when it saves a module.
        """
        if self._tokenizer is None or tf.executing_eagerly():
            text = _tensorflow_text()
            with tf.init_scope():
                self._tokenizer = text.SentencepieceTokenizer(self._model, out_type=tf.int32)
        return self._tokenizer

    def __len__(self) -> int:
        return self._size

    def __call__(self, texts: tf.Tensor | Sequence[str]) -> tf.RaggedTensor:
        texts = tf.convert_to_tensor(texts, tf.string)
        checks.rank("SentencePiece", "B", texts=texts.shape)
        return self._pieces().tokenize(self.normalization(texts))

    def decode(self, ids: tf.RaggedTensor) -> tf.Tensor:
        """Ragged ids, without padding, start and end, to strings (B,)."""
        return self._pieces().detokenize(ids)

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The ids of a list of strings, one int32 array (T,) each."""
        checks.list_of_strings("SentencePiece", texts=texts)
        ragged = self(list(texts))
        return np.split(ragged.values.numpy(), ragged.row_splits.numpy()[1:-1])

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The pieces of one row of ids, for figures."""
        pieces = self._pieces()
        return [pieces.id_to_string(int(n)).numpy().decode("utf-8") for n in ids]


def until_end(tokens: Any) -> tf.RaggedTensor:
    """Output ids (B, L) as ragged ids up to the end token, without special tokens.

    Example:

    >>> until_end([[5, 7, END, 6], [1, 8, 9, 4]]).to_list()
    [[5, 7], [8, 9, 4]]
    """
    tokens = tf.convert_to_tensor(tokens)
    before = tf.math.cumsum(tf.cast(tf.equal(tokens, END), tf.int32), axis=1) == 0
    return tf.ragged.boolean_mask(tokens, before & (tokens > UNKNOWN))


def _tensorflow_text():
    try:
        import tensorflow_text
    except ImportError as error:
        raise InputError(
            f"SentencePiece: tensorflow-text is needed ({error}): pip install 'keras_seq[recipes]'"
        ) from error
    return tensorflow_text
