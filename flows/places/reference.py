"""The reference tables: divisions and their successions, by edition."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from flows.engine import execute, set_variables

_COLUMNS = {
    "divisions": {"code": "text", "name": "text", "first_edition": "integer", "last_edition": "integer"},
    "successions": {"edition": "integer", "old_code": "text", "new_code": "text"},
    "other_names": {"code": "text", "name": "text"},
    "former_codes": {"code": "text", "new_code": "text"},
}
_OPTIONAL = {"other_names", "former_codes"}


class WrongReference(ValueError):
    """The reference tables are not there or not what they must be."""


def reference_digest(folder: Path) -> str:
    """What the reference tables hold, as a hash. Raises WrongReference where they cannot be used."""
    digest = hashlib.sha256()
    for table, columns in _COLUMNS.items():
        path = folder / f"{table}.parquet"
        if table in _OPTIONAL and not path.exists():
            continue
        try:
            schema = pq.read_schema(path)
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except (OSError, pa.ArrowException) as error:
            raise WrongReference(f"{path}: {error}. The setting `divisions` names a folder with both tables.") from error
        kinds = {
            field.name: "integer" if pa.types.is_integer(field.type) else "text" if pa.types.is_string(field.type) else "other"
            for field in schema
        }
        if wrong := [f"{name} ({kind})" for name, kind in columns.items() if kinds.get(name) != kind]:
            raise WrongReference(f"{path}: missing or of another type: {', '.join(wrong)}")
    return digest.hexdigest()


def load_reference(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Makes all_divisions, successions and editions; and carried_codes, empty. Raises WrongReference for empty divisions."""
    for table in _COLUMNS:
        path = folder / f"{table}.parquet"
        if table in _OPTIONAL and not path.exists():
            execute(con, f"places/no_{table}")
        else:
            set_variables(con, **{f"{table}_path": str(path)})
            execute(con, f"places/load_{table}")
    if not con.execute("select count(*) > 0 from all_divisions").fetchall()[0][0]:
        raise WrongReference(f"{folder / 'divisions.parquet'}: no rows")
    execute(con, "places/editions")
    execute(con, "places/carried_codes")
