"""TOML whose every value knows its line, so that a wrong rule is named with its place.

    read_toml(path, error) -> Node

tomllib gives no positions; a small walk over the tokens finds them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias


class RulesFileError(ValueError):
    """A file of rules that is wrong: `path`, `line` (from 1) and `message`, which says what to do."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


Keys: TypeAlias = tuple[str | int, ...]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # the four kinds of strings
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|#[^\n]*|[ \t]+"  # comments and blanks
    r"|[A-Za-z0-9_-]+|.",  # bare keys and parts of bare values; brackets, commas, dots, line ends
    re.DOTALL,
)


class _Locator:
    """`lines`: where keys and array elements of a *valid* TOML text stand, as {("village", 0, "words"): 12}.

    tomllib gives no positions, so the text that it has proved to be TOML is walked a second time.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[Keys, int] = {(): 1}
        self._last: dict[Keys, int] = {}  # of each array of tables, the index of its newest table
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for token in _TOKEN.findall(text):
            if token[0] not in " \t#":
                self._tokens.append((token, line))
            line += token.count("\n")
        self._tokens.append(("", line))
        self._tokens.reverse()
        self._walk()

    def _walk(self) -> None:
        table: Keys = ()
        while self._next:
            if self._skip("\n"):
                continue
            if self._skip("["):
                of_tables = self._skip("[")
                line = self._tokens[-1][1]
                table = self._key(())
                if of_tables:
                    self._last[table] = self._last.get(table, -1) + 1
                    table = (*table, self._last[table])
                    self.lines[table] = line
                while self._skip("]"):
                    pass
            else:
                self._assignment(table)

    @property
    def _next(self) -> str:
        return self._tokens[-1][0]

    def _skip(self, token: str) -> bool:
        found = self._next == token
        if found:
            self._tokens.pop()
        return found

    def _key(self, keys: Keys) -> Keys:
        """Reads a key, dotted or not, below `keys`. In a header an array of tables means its newest table."""
        while True:
            name, line = self._tokens.pop()
            keys = (*keys, tomllib.loads(f"name = {name}")["name"] if name[0] in "\"'" else name)
            self.lines.setdefault(keys, line)
            if not self._skip("."):
                return keys
            if keys in self._last:
                keys = (*keys, self._last[keys])

    def _assignment(self, table: Keys) -> None:
        keys = self._key(table)
        self._skip("=")
        self._value(keys)

    def _value(self, keys: Keys) -> None:
        if self._skip("["):
            index = 0
            while not self._skip("]"):
                if not (self._skip("\n") or self._skip(",")):
                    self.lines[(*keys, index)] = self._tokens[-1][1]
                    self._value((*keys, index))
                    index += 1
        elif self._skip("{"):
            while not self._skip("}"):
                if not (self._skip("\n") or self._skip(",")):
                    self._assignment(keys)
        else:
            while self._next not in (",", "]", "}", "\n", ""):
                self._tokens.pop()


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    error: type[RulesFileError]
    lines: dict[Keys, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a TOML file that knows its place. Every reader refuses what it was not asked for."""

    file: _File
    keys: Keys
    value: Any

    @property
    def line(self) -> int:
        """Its line in the file."""
        return self.file.lines[self.keys]

    def error(self, message: str) -> RulesFileError:
        """An error at its line; to be raised."""
        return self.file.error(self.file.path, self.line, message)

    def entries(self) -> dict[str, Node]:
        """The entries of a table, whatever their keys."""
        if not isinstance(self.value, dict):
            raise self.error(f"`{self._name}` must hold a table here: {{ key = value, … }}")
        return {key: Node(self.file, (*self.keys, key), value) for key, value in self.value.items()}

    def table(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Node]:
        """The entries of a table that has all of the required keys and no others but the optional ones."""
        required = tuple(required)
        known = (*required, *optional)
        entries = self.entries()
        for key, entry in entries.items():
            if key not in known:
                raise entry.error(f"unknown key `{key}`: use {', '.join(known)}")
        for key in required:
            if key not in entries:
                raise self.error(f"`{key}` is missing here: add it")
        return entries

    def array(self) -> list[Node]:
        """The elements of an array that is not empty."""
        if not isinstance(self.value, list):
            raise self.error(f"`{self._name}` must be an array: [ … ], or a table headed [[{self._name}]]")
        if not self.value:
            raise self.error(f"`{self._name}` is empty: put something into it, or leave it out")
        return [Node(self.file, (*self.keys, index), value) for index, value in enumerate(self.value)]

    def text(self) -> str:
        """A text that is not blank."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.error(f"`{self._name}` must be a text that is not empty")
        return self.value

    def choice(self, what: str, known: Iterable[str]) -> str:
        """One of some known texts."""
        known = tuple(known)
        if self.value not in known:
            raise self.error(f"unknown {what} {self.value!r}: use " + ", ".join(map(repr, known)))
        return str(self.value)

    @property
    def _name(self) -> str:
        """The innermost key; only the root, always a table, has none."""
        return [key for key in self.keys if isinstance(key, str)][-1]


def read_toml(path: Path, error: type[RulesFileError]) -> Node:
    """The root table of a TOML file in UTF-8, with or without BOM; a float is a Decimal, as it is written.

    Raises `error` where the file cannot be read, is not UTF-8 or is not TOML.
    """
    try:
        data = path.read_bytes()
    except OSError as reason:
        raise error(path, 1, f"cannot be read: {reason.strerror}") from reason
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as reason:
        line = data.count(b"\n", 0, reason.start) + 1
        raise error(path, line, "not UTF-8: save the file in this encoding") from reason
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as reason:
        place = re.search(r"line (\d+)", str(reason))
        line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
        raise error(path, line, f"not TOML: {reason}. Mend this line, or one before it") from reason
    return Node(_File(path, error, _Locator(text).lines), (), values)
