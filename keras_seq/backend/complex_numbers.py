"""Sums and products of numbers in parts: [real part], or [real part, imaginary part]."""


def times(a: list, b: list) -> list:
    """The product of two numbers, both real or both complex."""
    if len(a) == 1:
        return [a[0] * b[0]]
    return [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]


def plus(a: list, b: list) -> list:
    """The sum of two numbers."""
    return [x + y for x, y in zip(a, b, strict=True)]
