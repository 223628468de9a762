"""Text that is told to a person."""

from __future__ import annotations


def printable(text: str) -> str:
    """A text without control characters: a file's name is never an instruction to a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
