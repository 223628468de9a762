"""Writes the generated pages of the documentation: docs/tables.md, docs/cli.md, docs/checks.md, and README's table of settings.

    python docs/generate.py

They are made of what the program itself reads: the declared tables and checks, the alias table, the command and its settings.
tests/test_docs.py fails when a page is stale, or when something that it would show has no description.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import duckdb

from flows.cli import cli
from flows.engine import execute_folder, scalar
from flows.quality.suites import checks
from flows.schema import published_tables, raw_tables
from flows.settings import Settings

ROOT = Path(__file__).resolve().parent.parent

KINDS = {
    "id": "whole number, 1 or more",
    "positive": "whole number, 1 or more",
    "count": "whole number, 0 or more",
    "year": "year, 2003 to 2099",
    "money": "yuan, 0 or more, at most two decimals",
    "refund": "yuan, 0 or more, at most two decimals, at most `amount`",
    "time": "moment; without an offset in Asia/Shanghai",
    "date": "day",
    "text": "text",
    "platform": "one of {values}",
    "shop_type": "one of {values}",
    "status": "one of the statuses [below](#statuses)",
    "village_code": "division code of 12 digits",
    "county_code": "division code of 6 digits",
}
"""What each kind of a raw column holds, in words."""

TYPES = {
    "int32": "int32",
    "int64": "int64",
    "text": "text",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "double": "double",
    "money": "decimal(18,2)",
    "sum": "decimal(38,2)",
}
"""What the declared types of published columns are called in Parquet readers."""

SETTINGS_START, SETTINGS_END = "<!-- settings: made by `make docs` -->", "<!-- end of settings -->"


def tables_page() -> str:
    """The reference of raw and published tables."""
    lines = [
        "# Tables",
        "",
        "Made by `make docs` of `flows/schema/raw.toml`, `flows/schema/published.toml` and `data/reference/aliases.toml`.",
        "",
        "- Raw: " + _links(raw_tables()),
        "- Published: " + _links(published_tables()),
        "",
        "## Raw tables",
        "",
        "A file belongs to the table of its folder in `data/raw/`. Headers and names of values are compared without regard to",
        "case and width, and go by the names listed here; `data/reference/aliases.toml` takes more. A file that lacks a required",
        "column is held, and a row that lacks its value goes to `quarantine`.",
    ]
    aliases = tomllib.loads((ROOT / "data" / "reference" / "aliases.toml").read_text(encoding="utf-8"))
    for table in raw_tables().values():
        lines += ["", f"### `{table.name}`", "", f"One row: {table.grain}. Key: {_codes(table.key)}.", ""]
        lines += [_row("column", "holds", "required", "meaning", "other names"), _row(*["---"] * 5)]
        for column in table.columns:
            holds = KINDS[column.kind].format(values=_values(aliases["values"].get(column.kind, {})))
            names = _codes(aliases["columns"].get(column.name, ()))
            lines.append(_row(f"`{column.name}`", holds, "yes" if column.required else "", column.description, names))
        if table.place_names:
            lines += ["", f"Instead of `place`, the five columns {_codes(table.place_names)}."]
        if table.name == "transactions":
            columns = _codes(aliases["updated_at_from"]["columns"])
            lines += ["", f"Without a column that means `updated_at` (a seller's own export), it is the latest of {columns}."]
    lines += ["", "#### Statuses", "", _row("status", "counts as a sale", "other names"), _row("---", "---", "---")]
    for status, names in aliases["values"]["status"].items():
        lines.append(_row(f"`{status}`", "yes" if _counts_as_sale(status) else "", _codes(names)))
    lines += [
        "",
        "## Published tables",
        "",
        "In `data/warehouse/current/`. Rows are sorted by the key. Year tables have a file a year, and the year as a column too.",
        "`census.duckdb` has a view for each table. Of a column named after RULEBOOK there is one for each rulebook.",
    ]
    for published in published_tables().values():
        file = f"{published.name}/year=YYYY/*.parquet" if published.by_year else f"{published.name}.parquet"
        lines += ["", f"### `{published.name}`", ""]
        lines += [f"One row: {published.grain}.", f"Key: {_codes(published.key)}. File: `{file}`.", ""]
        lines += [_row("column", "type", "unit", "meaning"), _row(*["---"] * 4)]
        lines += [_row(f"`{c.name}`", TYPES[c.type], c.unit or "", c.description) for c in published.columns]
    return "\n".join(lines) + "\n"


def checks_page() -> str:
    """What Great Expectations checks."""
    lines = [
        "# Checks",
        "",
        "Made by `make docs` of `flows/quality/suites.toml`.",
        "",
        "Before every publication, statements of `sql/quality/` check that the tables add up. With `--checks full`, as in every",
        "deployment, Great Expectations checks the facts below too: the small tables that the statements of",
        "`sql/quality/facts/` make, a suite for each published table and one for the delivery. What is unknown passes. A check",
        "that crashes stops a publication. It costs about five seconds, most of them the import of Great Expectations.",
        "",
        _row("check", "fact", "every value", "fails", "why"),
        _row(*["---"] * 5),
    ]
    for check in checks():
        does = {"stop": "nothing is published", "warn": "a warning"}[check.severity]
        lines.append(_row(f"`{check.name}`", f"`{check.fact}.{check.column}`", check.bounds, does, check.why))
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """The reference of the command, as its help tells."""
    lines = [
        "# The command `census`",
        "",
        "Made by `make docs` of `census --help`. Exit statuses: [README](../README.md#exit-statuses).",
    ]
    for path, context in contexts(cli):
        context.terminal_width = 100
        lines += ["", f"## `{path}`", "", "```text", context.get_help().rstrip(), "```"]
    return "\n".join(lines) + "\n"


def contexts(
    command: click.Command, name: str = "census", parent: click.Context | None = None
) -> list[tuple[str, click.Context]]:
    """A command and all below it, each as it is called and with its context."""
    context = command.make_context(name, [], parent, resilient_parsing=True)
    found = [(context.command_path, context)]
    if isinstance(command, click.Group):
        for below, subcommand in command.commands.items():
            found += contexts(subcommand, below, context)
    return found


def settings_table() -> str:
    """README's table of settings."""
    flags = {option.name for _, context in contexts(cli) for option in context.command.params}
    lines = [_row("setting", "default", "meaning", "also as"), _row(*["---"] * 4)]
    for name, field in Settings.model_fields.items():
        also = [f"`--{name.replace('_', '-')}`"] * (name in flags) + [f"`CENSUS_{name.upper()}`"]
        lines.append(_row(f"`{name}`", _default(name, field.default), field.description or "", ", ".join(also)))
    return "\n".join(lines)


def readme() -> str:
    """README.md with its table of settings made anew."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, rest = text.split(SETTINGS_START)
    return f"{before}{SETTINGS_START}\n\n{settings_table()}\n\n{SETTINGS_END}{rest.split(SETTINGS_END)[1]}"


PAGES = {"docs/tables.md": tables_page, "docs/cli.md": cli_page, "docs/checks.md": checks_page, "README.md": readme}
"""Every page that is made, in whole or in part."""


def _default(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name == "threads" and value == os.cpu_count():
        return "all"
    if isinstance(value, Path) and value.is_relative_to(ROOT):
        value = value.relative_to(ROOT)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _counts_as_sale(status: str) -> bool:
    with duckdb.connect() as con:
        execute_folder(con, "macros")
        return bool(scalar(con, "select counts_as_sale($1)", [status]))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _codes(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _values(names: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(" ".join([f"`{name}`", *others]) for name, others in names.items())


def _links(tables: Iterable[str]) -> str:
    return ", ".join(f"[{name}](#{name})" for name in tables)


def main() -> None:
    """Writes every page."""
    for path, make in PAGES.items():
        (ROOT / path).write_text(make(), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
