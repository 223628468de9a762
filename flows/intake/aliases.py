"""What headers and values are called: the alias table, and the meaning of a file's header. Contract, section 1."""

from __future__ import annotations

import hashlib
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.intake.held import Held
from flows.schema import RawTable, raw_tables


class AliasError(ValueError):
    """The alias table is wrong: nothing can be read with it."""


def fold(text: str) -> str:
    """How headers and enum values are compared: NFKC, stripped, case folded."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


@dataclass(frozen=True, slots=True)
class Header:
    """What the columns of one file mean.

    `column` maps a position to the canonical column that it holds, `times` lists the positions of which the latest is
    `updated_at`, `places` those that together tell `place`; `unknown` are the names of all other columns.
    """

    names: tuple[str, ...]
    column: dict[int, str]
    times: tuple[int, ...]
    places: tuple[int, ...]
    unknown: tuple[str, ...]

    @property
    def known(self) -> tuple[int, ...]:
        """The positions whose content may be kept."""
        return tuple(sorted({*self.column, *self.times, *self.places}))


@dataclass(frozen=True, slots=True)
class Aliases:
    """The alias table of one file, `aliases.toml`; `digest` names its content."""

    digest: str
    columns: dict[str, dict[str, str]]
    places: dict[str, str]
    times: frozenset[str]
    values: dict[str, str]
    nulls: dict[str, list[str]]

    def names(self, kind: str) -> list[str]:
        """The values of an enum (platform, shop_type, status) by their own names."""
        return sorted({value for spelling, value in self.values.items() if spelling.startswith(f"{kind}:")})

    def column(self, table: str, name: str) -> str | None:
        """The canonical column that a header means in a table, or None."""
        return self.columns[table].get(fold(name))

    def header(self, table: RawTable, names: Sequence[str]) -> Header:
        """The meaning of a header. Raises Held for a missing required column and for two columns that mean the same."""
        folded = [fold(name) for name in names]
        column = {at: means for at, name in enumerate(folded) if (means := self.columns[table.name].get(name))}
        places = {self.places[name]: at for at, name in enumerate(folded) if table.place_names and name in self.places}
        in_places = [at for at, name in enumerate(folded) if table.place_names and name in self.places]
        if len(set(column.values())) < len(column) or len(places) < len(in_places):
            meant = sorted(c for c in set(column.values()) if list(column.values()).count(c) > 1)
            raise Held(f"two columns mean the same: {' '.join(meant) or 'place'}")
        required = {c.name for c in table.columns if c.required}
        all_places = len(places) == len(table.place_names) > 0
        if all_places:
            column = {at: means for at, means in column.items() if means != "place"}
            required -= {"place"}
        times: list[int] = []
        if table.name == "transactions" and "updated_at" not in column.values():
            times = [at for at, name in enumerate(folded) if name in self.times]
            required -= {"updated_at"} if times else set()
        if missing := sorted(required - set(column.values())):
            raise Held(f"missing required columns: {' '.join(missing)}")
        kept = {*column, *times, *(in_places if all_places else ())}
        return Header(
            tuple(names),
            column,
            tuple(times),
            tuple(places[name] for name in table.place_names) if all_places else (),
            tuple(sorted({name.strip() for at, name in enumerate(names) if at not in kept})),
        )


def load_aliases(path: Path) -> Aliases:
    """Reads the alias table. Raises AliasError, with the file, where it is wrong or tells two things."""
    try:
        content = path.read_bytes()
        table = tomllib.loads(content.decode("utf-8"))
    except (OSError, ValueError) as error:
        raise AliasError(f"{path}: {error}") from error
    if unknown := set(table) - {"columns", "place_names", "updated_at_from", "nulls", "values"}:
        raise AliasError(f"{path}: unknown section {', '.join(sorted(unknown))}")
    raw = raw_tables()
    names = {column.name for t in raw.values() for column in t.columns}
    if wrong := set(table.get("columns", {})) - names:
        raise AliasError(f"{path}: [columns] names no column of a raw table: {', '.join(sorted(wrong))}")
    texts = {column.name for t in raw.values() for column in t.columns if column.kind == "text"}
    if wrong := set(table.get("nulls", {})) - (names - texts):
        raise AliasError(f"{path}: [nulls] is for columns of a raw table that hold no free text, not {', '.join(sorted(wrong))}")
    places = raw["lists"].place_names
    values: dict[str, str] = {}
    for kind, spellings in table.get("values", {}).items():
        values |= {f"{kind}:{k}": v for k, v in _meanings(path, spellings, spellings).items()}
    return Aliases(
        hashlib.sha256(content).hexdigest(),
        {
            name: _meanings(path, dict.fromkeys(names, ()) | table.get("columns", {}), [c.name for c in t.columns])
            for name, t in raw.items()
        },
        _meanings(path, dict.fromkeys(places, ()) | table.get("place_names", {}), places),
        frozenset(fold(name) for name in table.get("updated_at_from", {}).get("columns", ())),
        values,
        {c: [unicodedata.normalize("NFKC", v).strip() for v in nulls] for c, nulls in table.get("nulls", {}).items()},
    )


def _meanings(path: Path, spellings: dict[str, Any], wanted: Sequence[str] | dict[str, Any]) -> dict[str, str]:
    """Folded spelling → what it means, for the wanted meanings. Raises AliasError where one spelling means two."""
    found: dict[str, str] = {}
    for means in wanted:
        for spelling in (means, *spellings[means]):
            if not isinstance(spelling, str) or found.setdefault(fold(spelling), means) != means:
                raise AliasError(f"{path}: {spelling!r} means both {found.get(fold(str(spelling)))} and {means}")
    return found
