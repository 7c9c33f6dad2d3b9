"""Sentences with a tag for every token."""

import dataclasses
import random

from keras_seq import checks
from keras_seq.crf.tag_schemes import spans_of, tags_of


@dataclasses.dataclass(frozen=True)
class TaggedText:
    """Sentences as tokens, the tags of these, and where both came from.

    Args:
        tokens: list of lists of strings.
        tags: list of as many lists of as many tags, well formed in `scheme`.
        scheme: one of `keras_seq.crf.tag_schemes.SCHEMES`.
        source: the file or data set, and what was chosen in reading it.
        places: where each sentence begins, as `path:line`; None: nowhere but in `source`.

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

    def __len__(self):
        return len(self.tokens)

    @property
    def spans(self):
        """For each sentence the list of its spans, `(start, end, type)`."""
        return [spans_of(row) for row in self.tags]

    @property
    def types(self):
        """The types of the spans, in alphabetical order."""
        return sorted({kind for row in self.spans for _, _, kind in row})

    def in_scheme(self, scheme):
        """The same spans in the tags of another scheme."""
        tags = [
            tags_of(spans, len(row), scheme)
            for spans, row in zip(self.spans, self.tokens, strict=True)
        ]
        return dataclasses.replace(self, tags=tags, scheme=scheme)

    def rows(self, chosen, words):
        """Some of the sentences, by position, with words that say which."""
        return dataclasses.replace(
            self,
            tokens=[self.tokens[row] for row in chosen],
            tags=[self.tags[row] for row in chosen],
            source=f"{self.source}, {words}",
            places=self.places and [self.places[row] for row in chosen],
        )

    def some(self, count):
        """`count` sentences drawn from all over, or all if there are no more."""
        if len(self) <= count:
            return self
        chosen = sorted(random.Random(0).sample(range(len(self)), count))
        return self.rows(chosen, f"{count} of {len(self)}")

    def halves(self, fraction, seed):
        """Two parts, the second with `fraction` of the different sentences.

        All copies of a sentence go to one part: what was seen in training says nothing elsewhere.
        """
        different = sorted({tuple(row) for row in self.tokens})
        if len(different) < 2:
            raise ValueError(f"{self.source}: there are no two different sentences to split")
        count = min(len(different) - 1, max(1, round(fraction * len(different))))
        held = set(random.Random(f"held out {seed}").sample(different, count))
        parts = [
            [i for i, row in enumerate(self.tokens) if (tuple(row) in held) == out]
            for out in (False, True)
        ]
        return (
            self.rows(parts[0], f"{len(parts[0])} kept"),
            self.rows(parts[1], f"{len(parts[1])} held out"),
        )

    def limited(self, most, cut):
        """The same with no sentence of more than `most` tokens.

        Args:
            most: tokens.
            cut: cut longer ones, between spans and after punctuation where there is any; else they
                are refused.

        Raises:
            ValueError: a sentence, or with `cut` a span, is longer.
        """
        checks.positive_int("TaggedText.limited", most=most)
        long = [row for row, tokens in enumerate(self.tokens) if len(tokens) > most]
        if not long:
            return self
        places = self.places or [f"{self.source}: sentence {n + 1}" for n in range(len(self))]
        if not cut:
            others = len(long) - 1
            more = f" ({others} more {'is' if others == 1 else 'are'})" if others else ""
            raise ValueError(
                f"{places[long[0]]}: a sentence of {len(self.tokens[long[0]])} tokens is longer "
                f"than {most}{more}: raise --max-length, or say --long split"
            )
        tokens, tags, begins = [], [], []
        for row, spelled, place in zip(self.tokens, self.tags, places, strict=True):
            for start, end in _pieces(row, spans_of(spelled), most, place):
                tokens.append(row[start:end])
                tags.append(spelled[start:end])
                begins.append(place)
        words = f"{len(long)} longer than {most} tokens split"
        source = f"{self.source}, {words}"
        return dataclasses.replace(self, tokens=tokens, tags=tags, source=source, places=begins)


_STOPS = ("。", "！", "？", "；", ".", "!", "?", ";"), ("，", "、", "：", ",", ":")


def _pieces(tokens, spans, most, place):
    """`(start, end)` of pieces of at most `most` tokens that cut no span."""
    inside = {position for start, end, _ in spans for position in range(start + 1, end)}
    start = 0
    while len(tokens) - start > most:
        ends = [end for end in range(start + 1, start + most + 1) if end not in inside]
        if not ends:
            raise ValueError(f"{place}: a span is longer than {most} tokens")
        for stops in _STOPS:
            after = [end for end in ends if tokens[end - 1] in stops]
            if after:
                ends = after
                break
        yield start, ends[-1]
        start = ends[-1]
    yield start, len(tokens)
