"""The house rules that can be checked cheaply: imports, SQL, readers, settings, what must not be in the project."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.engine import ROOT
from flows.settings import Settings

PYTHON = sorted((ROOT / "flows").rglob("*.py"))
STATEMENTS = sorted(path for path in (ROOT / "sql").rglob("*.sql") if path.parent.name != "macros")
MACROS = sorted((ROOT / "sql").rglob("macros/*.sql"))
ROOMS = ("intake", "ledger", "measure", "places", "publish", "quality", "reports", "rules", "simulate")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# ---------------------------------------------------------------- imports
def test_imports_point_one_way():
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("flows.cli", ("duckdb", "great_expectations", "pandas", "prefect", "pyarrow", "pydantic", "rich")),
        ("flows.census", ("great_expectations", "pandas", "prefect")),
    ],
)
def test_heavy_libraries_are_imported_where_they_are_used(module, heavy):
    code = f"import sys, {module}; print(*(name for name in {heavy} if name in sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], encoding="utf-8").split() == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_comes_in_and_what_goes_out(room):
    told = ast.get_docstring(ast.parse(text(ROOT / "flows" / room / "__init__.py"))) or ""
    assert "In:" in told
    assert "Out:" in told


# ---------------------------------------------------------------- SQL
def test_a_statement_begins_with_its_grain():
    assert not [name(path) for path in STATEMENTS if not text(path).startswith("-- Grain: ")]


def test_a_statement_stands_alone_in_its_file():
    with duckdb.connect() as con:
        assert not [name(path) for path in STATEMENTS if len(con.extract_statements(text(path))) != 1]


def test_a_file_of_macros_says_what_they_do():
    assert not [name(path) for path in MACROS if not re.match(r"-- \S.*\n(--.*\n)*create or replace macro ", text(path))]


CONSTANTS = {"new_line"}
"""What may stand between quotes in an f-string: a constant of the code beside it."""


def test_no_value_is_pasted_into_sql_between_quotes():
    pasted = []
    for path in PYTHON:
        for node in ast.walk(ast.parse(text(path))):
            if isinstance(node, ast.JoinedStr) and is_sql(node):
                pasted += [(name(path), ast.unparse(part)) for part in between_quotes(node)]
    assert not [(path, part) for path, part in pasted if part not in CONSTANTS]


def between_quotes(node: ast.JoinedStr) -> Iterator[ast.expr]:
    for before, part, after in zip(node.values, node.values[1:], node.values[2:], strict=False):
        quoted = isinstance(before, ast.Constant) and str(before.value).endswith("'")
        if (
            quoted
            and isinstance(after, ast.Constant)
            and str(after.value).startswith("'")
            and isinstance(part, ast.FormattedValue)
        ):
            yield part.value


def is_sql(node: ast.JoinedStr) -> bool:
    words = {
        word for part in node.values if isinstance(part, ast.Constant) for word in re.findall(r"[a-z]+", str(part.value).lower())
    }
    return bool(words & {"select", "insert", "copy", "attach", "create", "comment", "set", "from", "where", "order"})


# ---------------------------------------------------------------- readers
def calls(function: str) -> Iterator[tuple[str, str]]:
    """Where SQL calls a function, in sql/ and in the strings of flows/: the file, and the call up to its end."""
    for path in [*STATEMENTS, *MACROS, *PYTHON]:
        for match in re.finditer(rf"\b{function}\(", text(path)):
            yield name(path), closed(text(path)[match.start() :])


def closed(call: str) -> str:
    """A call from its name to the parenthesis that closes it."""
    depth = 0
    for at, character in enumerate(call):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == ")" and depth == 0:
            return call[: at + 1]
    return call


def test_csv_is_read_with_types():
    assert list(calls("read_csv"))
    for path, call in calls("read_csv"):
        assert re.search(r"columns\s*=", call), (path, call)
        assert re.search(r"auto_detect\s*=\s*false", call), (path, call)


def test_parquet_takes_no_columns_from_the_names_of_folders():
    """DuckDB would: a warehouse below a folder shop_id=5 would make every shop number 5."""
    assert list(calls("read_parquet"))
    assert not [(path, call) for path, call in calls("read_parquet") if not re.search(r"hive_partitioning\s*=\s*false", call)]


def test_nothing_is_read_by_a_reader_that_guesses_types():
    guessing = re.compile(r"\b(read_csv_auto|sniff_csv|read_json\w*|pd\.read_csv|pandas\.read_csv|polars)\b")
    assert not [name(path) for path in [*STATEMENTS, *MACROS, *PYTHON] if guessing.search(text(path))]


# ---------------------------------------------------------------- what users are told
@pytest.mark.parametrize("setting", Settings.model_fields)
def test_every_setting_is_documented(setting):
    assert Settings.model_fields[setting].description
    assert f"\n| `{setting}` |" in text(ROOT / "README.md")


# ---------------------------------------------------------------- what is in the project, and what is not
NOT_OURS = re.compile(r"\.git|\.venv|\..*_cache|\.hypothesis|__pycache__|build|dist|warehouse")


def project_files() -> Iterator[Path]:
    """The files of the project, without what Git ignores."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not NOT_OURS.fullmatch(name)]
        yield from (Path(folder, name) for name in names if name != "census.toml")


REGISTRY = re.compile(r"""https?://[^ )"]*(/simple|/pypi|registry|npmjs|pythonhosted)""")
MACHINE = re.compile(r"(^|[^A-Za-z0-9_./-])/(work|root|tmp/bash_jobs)/", re.MULTILINE)


def test_no_registry_and_no_path_of_one_machine_is_in_the_project():
    found = []
    for path in project_files():
        try:
            content = text(path)
        except UnicodeDecodeError:
            continue
        found += [(name(path), match[0]) for pattern in (REGISTRY, MACHINE) if (match := pattern.search(content))]
    assert not found


def test_every_dependency_has_one_exact_version():
    lines = [line for line in text(ROOT / "constraints.txt").splitlines() if not line.startswith("#")]
    pins = [re.fullmatch(r"([A-Za-z0-9._-]+)==[A-Za-z0-9.+!-]+", line) for line in lines]
    assert all(pins), [line for line, pin in zip(lines, pins, strict=True) if not pin]
    pinned = {normal(pin[1]) for pin in pins if pin}
    project = tomllib.loads(text(ROOT / "pyproject.toml"))
    asked = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
    ]
    assert {normal(re.split(r"[\[<>=!~; ]", one)[0]) for one in asked} <= pinned


def normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
