"""`datapackage.json`: what lies in a snapshot, for programs (Data Package standard, https://datapackage.org)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flows import __version__
from flows.publish.tables import files_of
from flows.schema import Table

PACKAGE = "datapackage.json"
_TYPES = {
    "int32": "integer", "int64": "integer", "text": "string", "bool": "boolean", "date": "date", "timestamp": "datetime",
    "double": "number", "money": "number", "sum": "number",
}  # fmt: skip


def write_package(tables: Iterable[Table], snapshot: Path) -> None:
    """Describes every file: a resource a file, named TABLE or TABLE-YEAR, with the table's schema."""
    resources: list[dict[str, Any]] = []
    for table in tables:
        for file in files_of(table, snapshot):
            year = file.parent.name.removeprefix("year=") if table.by_year else ""
            resources.append(
                {
                    "name": f"{table.name}-{year}".rstrip("-").replace("_", "-").lower(),
                    "table": table.name,
                    "path": file.relative_to(snapshot).as_posix(),
                    "format": "parquet",
                    "mediatype": "application/vnd.apache.parquet",
                    "description": f"One row: {table.grain}.",
                    "schema": _schema(table),
                }
            )
    described = {
        "name": "taobao-village-census",
        "title": "Census of Taobao villages",
        "version": __version__,
        "tables": [table.name for table in tables],
        "resources": resources,
    }
    (snapshot / PACKAGE).write_text(json.dumps(described, ensure_ascii=False, indent=1), encoding="utf-8")


def _schema(table: Table) -> dict[str, Any]:
    fields = []
    for c in table.columns:
        kind = "number" if c.nullable else _TYPES[c.type]  # readers by way of pandas have floats where a whole number is null
        field: dict[str, Any] = {"name": c.name, "type": kind, "description": c.description}
        if c.unit:
            field["unit"] = c.unit
        if c.name in table.key:
            field["constraints"] = {"required": True}
        fields.append(field)
    return {"fields": fields, "missingValues": [], "primaryKey": list(table.key)}  # Parquet has nulls of its own
