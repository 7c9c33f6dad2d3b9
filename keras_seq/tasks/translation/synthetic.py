"""The embedded data set of translation: dates and numbers from words to digits."""

import datetime
import random

from keras_seq.tasks.translation.data import ParallelText

SIZES = {"train": 20000, "validation": 500, "test": 1000}
YEARS = (1900, 2099)
DATE_SHARE = 0.8  # the rest are numbers

# fmt: off
MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ONES = [
    "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}
# fmt: on
# d: day, D: with two digits, o: ordinal in digits, w: ordinal in words; m: month in digits, M: with
# two digits, b: short name, B: long name; Y: year, S: year in words; a: day of the week, A: short.
# Dates in digits begin with the year, or with the day if they have points, so none is ambiguous.
FORMS = (
    "{d} {B} {Y}",
    "{D} {b} {Y}",
    "{B} {d}, {Y}",
    "{b} {o}, {Y}",
    "{o} of {B} {Y}",
    "the {o} of {B}, {Y}",
    "{a}, {d} {B} {Y}",
    "{A}, {b} {d}, {Y}",
    "{a} the {o} of {B} {Y}",
    "the {w} of {B} {Y}",
    "the {w} of {B}, {S}",
    "{B} the {w}, {S}",
    "{Y}/{M}/{D}",
    "{d}.{m}.{Y}",
    "{D}.{M}.{Y}",
    "{Y}, {B} {d}",
    "{d}-{b}-{Y}",
    "{a}, {B} the {o}, {S}",
)  # fmt: skip


def synthetic_dates(seed: int = 0) -> dict[str, ParallelText]:
    """Pairs of a date or a number in words and the same in digits.

    "the third of May, nineteen eighty-four" -> "1984-05-03", "four thousand and seventeen" ->
    "4017". The parts of a date have another order than in the text, so a model has to learn the
    alignment, and the correct alignment is known. No text is in two splits.

    Args:
        seed: integer; the same seed gives the same pairs.

    Returns:
        Dictionary of "train" (20,000), "validation" (500), "test" (1,000) -> `ParallelText`.

    Example:

    >>> splits = keras_seq.tasks.translation.synthetic_dates()
    >>> len(splits["train"]), splits["train"].sources[0], splits["train"].targets[0]
    (20000, 'october the twentieth, twenty sixty-five', '2065-10-20')
    """
    draw = random.Random(f"dates {seed}")
    seen, splits = set(), {}
    for name, size in SIZES.items():
        pairs = []
        while len(pairs) < size:
            source, target = _date(draw) if draw.random() < DATE_SHARE else _number(draw)
            if source not in seen:
                seen.add(source)
                pairs.append((source, target))
        sides = map(list, zip(*pairs, strict=True))
        splits[name] = ParallelText(*sides, f"embedded, seed {seed}: {name}")
    return splits


def _date(draw):
    first, last = (datetime.date(year, 1, 1).toordinal() for year in (YEARS[0], YEARS[1] + 1))
    date = datetime.date.fromordinal(draw.randrange(first, last))
    d, month, day = date.day, MONTHS[date.month - 1], DAYS[date.weekday()]
    ending = "th" if 4 <= d <= 20 or d in (24, 25, 26, 27, 28, 29, 30) else None
    ending = ending or {1: "st", 2: "nd", 3: "rd"}[d % 10]
    source = draw.choice(FORMS).format(
        d=d, D=f"{d:02}", o=f"{d}{ending}", w=_ordinal(d), m=date.month, M=f"{date.month:02}",
        b=month[:3], B=month, Y=date.year, S=_year(date.year), a=day, A=day[:3],
    )  # fmt: skip
    return _as_written(source, draw), date.isoformat()


def _number(draw):
    number = draw.randrange(1, 10 ** draw.randint(1, 6))
    return _as_written(_words(number), draw), str(number)


def _as_written(text, draw):
    """The text, sometimes in lower case and sometimes in upper case."""
    how = draw.random()
    return text.lower() if how < 0.2 else text.upper() if how < 0.25 else text


def _words(n):
    """A number below a million in English words."""
    if n >= 1000:
        rest = n % 1000
        joined = "" if not rest else " and " if rest < 100 else ", "
        return _words(n // 1000) + " thousand" + joined + (_words(rest) if rest else "")
    if n >= 100:
        return ONES[n // 100] + " hundred" + (f" and {_words(n % 100)}" if n % 100 else "")
    if n >= 20:
        return TENS[n // 10] + (f"-{ONES[n % 10]}" if n % 10 else "")
    return ONES[n]


def _ordinal(n):
    head, dash, last = _words(n).rpartition("-")
    if last in ORDINALS:
        last = ORDINALS[last]
    else:
        last = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return head + dash + last


def _year(year):
    century, rest = divmod(year, 100)
    if year % 1000 < 10:
        return _words(year)
    if rest == 0:
        return f"{_words(century)} hundred"
    return f"{_words(century)} {'oh-' if rest < 10 else ''}{_words(rest)}"
