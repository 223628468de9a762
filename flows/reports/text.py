"""Text that is told to a person."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any


def printable(text: str) -> str:
    """A text without control characters: a file's name is never an instruction to a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def as_markdown(text: str) -> str:
    """A text of the data as Markdown that shows it, whatever it holds: names and paths are never markup."""
    return "".join(f"&#{ord(c)};" if c in "<>&`*_[]()#!|\\~" else c for c in printable(text))


def as_decimal(number: Fraction, places: int = 6) -> Decimal:
    """A number as a decimal of at most so many places, rounded away from zero: what is not nothing is not told as nothing."""
    with localcontext(prec=80):
        exact = Decimal(number.numerator) / number.denominator
        return Decimal(f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_UP).normalize():f}")


def plain(value: Any) -> Any:
    """A decimal without zeros at its end, any other value as it is."""
    return as_decimal(Fraction(value)) if isinstance(value, Decimal) else value
