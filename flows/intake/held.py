"""A file that cannot be read at all."""

from __future__ import annotations


class Held(Exception):
    """None of the file's rows are used; the message is the reason. Contract, section 1, "Nothing is lost"."""

    sha256: str = ""
    bytes: int = 0
