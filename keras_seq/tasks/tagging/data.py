"""Sentences with one tag for each token."""

import dataclasses
import random
from collections.abc import Sequence
from typing import Self

from keras_seq import checks
from keras_seq.crf.tag_schemes import Span, spans_of, tags_of
from keras_seq.errors import InputError
from keras_seq.training.splits import sample_rows


@dataclasses.dataclass(frozen=True)
class TaggedText:
    """Sentences as tokens, their tags, and where both come from.

    Args:
        tokens: list of lists of strings.
        tags: list of as many lists of as many tags, which are valid in `scheme`.
        scheme: one of `keras_seq.crf.tag_schemes.SCHEMES`.
        source: the file or data set, with the choices of the reader.
        places: the beginning of each sentence, as `path:line`; None: unknown.

    Example:

    >>> from keras_seq.tasks.tagging import TaggedText
    >>> text = TaggedText([["Ada", "spoke"]], [["B-PER", "O"]], "BIO", "made here")
    >>> text.in_scheme("BIOES").tags, text.types
    ([['S-PER', 'O']], ['PER'])
    """

    tokens: list[list[str]]
    tags: list[list[str]]
    scheme: str
    source: str
    places: list[str] | None = None

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def spans(self) -> list[list[Span]]:
        """For each sentence the list of its spans, `(start, end, type)`."""
        return [spans_of(row) for row in self.tags]

    @property
    def types(self) -> list[str]:
        """The types of the spans, in alphabetical order."""
        return sorted({kind for row in self.spans for _, _, kind in row})

    def in_scheme(self, scheme: str) -> Self:
        """The same spans in the tags of another scheme."""
        tags = [
            tags_of(spans, len(row), scheme)
            for spans, row in zip(self.spans, self.tokens, strict=True)
        ]
        return dataclasses.replace(self, tags=tags, scheme=scheme)

    def select(self, rows: Sequence[int], description: str) -> Self:
        """The sentences at some positions; `description` is added to `source`."""
        return dataclasses.replace(
            self,
            tokens=[self.tokens[row] for row in rows],
            tags=[self.tags[row] for row in rows],
            source=f"{self.source}, {description}",
            places=self.places and [self.places[row] for row in rows],
        )

    def sample(self, count: int) -> Self:
        """At most `count` of the sentences, sampled at random with a fixed seed."""
        if len(self) <= count:
            return self
        return self.select(sample_rows(len(self), count), f"{count} of {len(self)}")

    def hold_out(self, fraction: float, seed: int) -> tuple[Self, Self]:
        """Split into two parts; the second has the fraction `fraction` of the distinct sentences.

        All copies of a sentence go to the same part, so no training sentence is in both.
        """
        distinct = sorted({tuple(row) for row in self.tokens})
        if len(distinct) < 2:
            raise InputError(f"{self.source}: there are no two different sentences to split")
        count = min(len(distinct) - 1, max(1, round(fraction * len(distinct))))
        held = set(random.Random(f"held out {seed}").sample(distinct, count))
        parts = [
            [i for i, row in enumerate(self.tokens) if (tuple(row) in held) == out]
            for out in (False, True)
        ]
        return (
            self.select(parts[0], f"{len(parts[0])} kept"),
            self.select(parts[1], f"{len(parts[1])} held out"),
        )

    def limit_length(self, max_length: int, split: bool) -> Self:
        """The same data with no sentence of more than `max_length` tokens.

        Args:
            max_length: largest number of tokens of a sentence.
            split: whether longer sentences are split, between spans and if possible after
                punctuation; False raises InputError.

        Raises:
            InputError: a sentence, or with `split` a span, is longer.
        """
        checks.positive_int("TaggedText.limit_length", max_length=max_length)
        long = [row for row, tokens in enumerate(self.tokens) if len(tokens) > max_length]
        if not long:
            return self
        places = self.places or [f"{self.source}: sentence {n + 1}" for n in range(len(self))]
        if not split:
            others = len(long) - 1
            more = f" ({others} more {'is' if others == 1 else 'are'})" if others else ""
            raise InputError(
                f"{places[long[0]]}: a sentence of {len(self.tokens[long[0]])} tokens is longer "
                f"than {max_length}{more}: raise --max-length, or say --long split"
            )
        tokens, tags, begins = [], [], []
        for row, spelled, place in zip(self.tokens, self.tags, places, strict=True):
            for start, end in _pieces(row, spans_of(spelled), max_length, place):
                tokens.append(row[start:end])
                tags.append(spelled[start:end])
                begins.append(place)
        source = f"{self.source}, {len(long)} longer than {max_length} tokens split"
        return dataclasses.replace(self, tokens=tokens, tags=tags, source=source, places=begins)


_STOPS = ("。", "！", "？", "；", ".", "!", "?", ";"), ("，", "、", "：", ",", ":")


def _pieces(tokens, spans, max_length, place):
    """`(start, end)` of parts of at most `max_length` tokens that do not divide a span."""
    inside = {position for start, end, _ in spans for position in range(start + 1, end)}
    start = 0
    while len(tokens) - start > max_length:
        ends = [end for end in range(start + 1, start + max_length + 1) if end not in inside]
        if not ends:
            raise InputError(f"{place}: a span is longer than {max_length} tokens")
        for stops in _STOPS:
            after = [end for end in ends if tokens[end - 1] in stops]
            if after:
                ends = after
                break
        yield start, ends[-1]
        start = ends[-1]
    yield start, len(tokens)
