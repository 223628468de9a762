"""The bundled division tables as shipped: `data/reference/divisions.parquet` and `successions.parquet`.

How they are built is in `test_build_divisions.py`; these tests hold what every reader may rely on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
DIVISIONS = REFERENCE / "divisions.parquet"
SUCCESSIONS = REFERENCE / "successions.parquet"

# edition: province, prefecture, county, township, village
CODES = {
    2016: (31, 344, 2856, 42951, 667910),
    2017: (31, 343, 3009, 43524, 673805),
    2018: (31, 343, 3004, 43564, 666261),
    2019: (31, 342, 2995, 43105, 658001),
    2020: (31, 342, 2994, 41614, 633981),
    2021: (31, 342, 2990, 41356, 618134),
    2022: (31, 342, 2984, 41351, 619503),
    2023: (31, 342, 2978, 41352, 620573),
}

# edition: township, village
LINKS = {
    2017: (1079, 21731),
    2018: (1272, 21791),
    2019: (954, 16760),
    2020: (1264, 21850),
    2021: (998, 18816),
    2022: (204, 6015),
    2023: (197, 4916),
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """`divisions` and `successions` with their rows numbered, and `standing`: a row per edition and code."""
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        for table, path in (("divisions", DIVISIONS), ("successions", SUCCESSIONS)):
            connection.execute(
                f"create table {table} as select *, file_row_number as row_number "
                f"from read_parquet($path, file_row_number = true)",
                {"path": str(path)},
            )
        connection.execute(
            """
            create table standing as
            select edition, code, name
            from divisions join range(2016, 2024) as editions (edition)
              on edition between first_edition and last_edition
            """
        )
        yield connection


def count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The number of rows of a query that looks for what must not be."""
    row = con.execute(f"select count(*) from ({query})").fetchone()
    assert row is not None
    return int(row[0])


class TestFiles:
    def test_columns(self) -> None:
        text, edition = pa.string(), pa.int32()
        assert [(field.name, field.type) for field in pq.read_schema(DIVISIONS)] == [
            ("code", text),
            ("name", text),
            ("first_edition", edition),
            ("last_edition", edition),
        ]
        assert [(field.name, field.type) for field in pq.read_schema(SUCCESSIONS)] == [
            ("edition", edition),
            ("old_code", text),
            ("new_code", text),
            ("method", text),
        ]

    @pytest.mark.parametrize("path", [DIVISIONS, SUCCESSIONS], ids=lambda path: path.stem)
    def test_every_column_is_compressed_with_zstd(self, path: Path) -> None:
        group = pq.read_metadata(path).row_group(0)
        assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}

    def test_they_are_small_enough_to_be_committed(self) -> None:
        assert DIVISIONS.stat().st_size + SUCCESSIONS.stat().st_size < 6_000_000

    @pytest.mark.parametrize(
        ("table", "key"),
        [("divisions", "(code, first_edition)"), ("successions", "(edition, old_code, new_code)")],
    )
    def test_rows_are_sorted_and_no_two_have_one_key(self, con: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
        unsorted = f"select 1 from {table} qualify lag({key}) over (order by row_number) >= {key}"
        assert count(con, unsorted) == 0

    @pytest.mark.parametrize("table", ["divisions", "successions"])
    def test_nothing_is_null(self, con: duckdb.DuckDBPyConnection, table: str) -> None:
        nulls = con.execute(f"select count(*) - count(columns(*)) from {table}").fetchone()
        assert nulls is not None and set(nulls) == {0}


class TestDivisions:
    def test_a_code_has_2_4_6_9_or_12_digits(self, con: duckdb.DuckDBPyConnection) -> None:
        wrong = r"from divisions where not regexp_full_match(code, '\d{2}|\d{4}|\d{6}|\d{9}|\d{12}')"
        assert count(con, wrong) == 0

    def test_a_name_is_not_blank_and_has_no_white_space_around(self, con: duckdb.DuckDBPyConnection) -> None:
        wrong = r"from divisions where not regexp_full_match(name, '[^\s\p{Z}](.*[^\s\p{Z}])?')"
        assert count(con, wrong) == 0

    def test_intervals_lie_within_the_editions(self, con: duckdb.DuckDBPyConnection) -> None:
        wrong = """
            from divisions
            where first_edition > last_edition or first_edition not between 2016 and 2023
               or last_edition not between 2016 and 2023
        """
        assert count(con, wrong) == 0

    def test_a_code_has_one_name_per_edition(self, con: duckdb.DuckDBPyConnection) -> None:
        overlapping = """
            select 1 from divisions
            qualify first_edition <= lag(last_edition) over (partition by code order by first_edition)
        """
        assert count(con, overlapping) == 0

    def test_intervals_are_as_long_as_they_can_be(self, con: duckdb.DuckDBPyConnection) -> None:
        broken = """
            select 1 from divisions
            window by_code as (partition by code order by first_edition)
            qualify first_edition = lag(last_edition) over by_code + 1 and name = lag(name) over by_code
        """
        assert count(con, broken) == 0

    def test_codes_per_edition_and_level(self, con: duckdb.DuckDBPyConnection) -> None:
        rows = con.execute(
            """
            select
                edition,
                count(*) filter (where length(code) = 2),
                count(*) filter (where length(code) = 4),
                count(*) filter (where length(code) = 6),
                count(*) filter (where length(code) = 9),
                count(*) filter (where length(code) = 12)
            from standing
            group by edition
            """
        ).fetchall()
        assert {edition: tuple(counts) for edition, *counts in rows} == CODES

    @pytest.mark.parametrize(("level", "parent_level"), [(4, 2), (6, 4), (9, 6), (12, 9)], ids=["4", "6", "9", "12"])
    def test_a_parent_stands_in_every_edition_in_which_its_child_stands(
        self, con: duckdb.DuckDBPyConnection, level: int, parent_level: int
    ) -> None:
        orphans = f"""
            select 1
            from (select distinct edition, left(code, {parent_level}) as code
                  from standing where length(code) = {level}) as needed
            anti join standing using (edition, code)
        """
        assert count(con, orphans) == 0

    def test_no_two_siblings_share_a_name(self, con: duckdb.DuckDBPyConnection) -> None:
        """So a village's name under its township's is never ambiguous."""
        same = """
            select 1
            from divisions as one join divisions as other
              on left(one.code, 9) = left(other.code, 9)
             and one.name = other.name
             and one.code < other.code
             and one.first_edition <= other.last_edition
             and other.first_edition <= one.last_edition
            where length(one.code) = 12 and length(other.code) = 12
        """
        assert count(con, same) == 0


class TestSuccessions:
    def test_links_per_edition_and_level(self, con: duckdb.DuckDBPyConnection) -> None:
        rows = con.execute(
            """
            select
                edition,
                count(*) filter (where length(old_code) = 9),
                count(*) filter (where length(old_code) = 12)
            from successions
            group by edition
            """
        ).fetchall()
        assert {edition: (townships, villages) for edition, townships, villages in rows} == LINKS

    def test_an_old_code_stood_in_the_edition_before(self, con: duckdb.DuckDBPyConnection) -> None:
        as_promised = """
            from successions
            semi join standing as old on old.edition = successions.edition - 1 and old.code = old_code
        """
        assert count(con, as_promised) == count(con, "from successions")

    def test_a_new_code_stands(self, con: duckdb.DuckDBPyConnection) -> None:
        as_promised = """
            from successions
            semi join standing as new on new.edition = successions.edition and new.code = new_code
        """
        assert count(con, as_promised) == count(con, "from successions")

    def test_an_old_code_that_still_stands_is_told_to_be_recycled(self, con: duckdb.DuckDBPyConnection) -> None:
        recycled = """
            from successions
            semi join standing as kept on kept.edition = successions.edition and kept.code = old_code
        """
        assert count(con, recycled) == count(con, "from successions where method = 'recycled'")
        assert count(con, f"{recycled} where method <> 'recycled'") == 0

    def test_an_old_code_becomes_one(self, con: duckdb.DuckDBPyConnection) -> None:
        assert count(con, "from successions select 1 group by edition, old_code having count(*) > 1") == 0

    def test_a_new_village_code_was_one(self, con: duckdb.DuckDBPyConnection) -> None:
        villages = "from successions select 1 where length(new_code) = 12"
        assert count(con, f"{villages} group by edition, new_code having count(*) > 1") == 0

    def test_a_link_keeps_level_and_province(self, con: duckdb.DuckDBPyConnection) -> None:
        as_promised = "from successions where length(old_code) = length(new_code) and left(old_code, 2) = left(new_code, 2)"
        assert count(con, as_promised) == count(con, "from successions")

    def test_a_village_keeps_its_name_unless_told_otherwise(self, con: duckdb.DuckDBPyConnection) -> None:
        named_otherwise = """
            from successions
            join standing as old on old.edition = successions.edition - 1 and old.code = old_code
            join standing as new on new.edition = successions.edition and new.code = new_code
            where length(old_code) = 12 and old.name <> new.name
              and method not in ('respelled', 'converted', 'recycled', 'override')
        """
        assert count(con, named_otherwise) == 0


def history(con: duckdb.DuckDBPyConnection, *codes: str) -> list[tuple[str, str, int, int]]:
    return con.execute(
        "select code, name, first_edition, last_edition from divisions where list_contains($codes, code) "
        "order by code, first_edition",
        {"codes": list(codes)},
    ).fetchall()


class TestWellKnownPlaces:
    def test_districts_of_hangzhou(self, con: duckdb.DuckDBPyConnection) -> None:
        """临安 became a district in 2017; 临平 was taken out of 余杭 in 2021."""
        assert history(con, "330110", "330111", "330112", "330113", "330185") == [
            ("330110", "余杭区", 2016, 2023),
            ("330111", "富阳区", 2016, 2023),
            ("330112", "临安区", 2017, 2023),
            ("330113", "临平区", 2021, 2023),
            ("330185", "临安市", 2016, 2016),
        ]

    def test_laiwu_became_a_district_of_jinan(self, con: duckdb.DuckDBPyConnection) -> None:
        assert history(con, "3701", "3712", "370116") == [
            ("3701", "济南市", 2016, 2023),
            ("370116", "莱芜区", 2019, 2023),
            ("3712", "莱芜市", 2016, 2018),
        ]

    def test_villages_known_for_their_shops(self, con: duckdb.DuckDBPyConnection) -> None:
        """白牛村 changed its code when its county became a district; 丁楼村 of 曹县 kept it throughout."""
        assert history(con, "330185108230", "330112108230", "371721121227") == [
            ("330112108230", "白牛村委会", 2017, 2023),
            ("330185108230", "白牛村委会", 2016, 2016),
            ("371721121227", "丁楼村民委员会", 2016, 2023),
        ]
        assert con.execute("select new_code, method from successions where old_code = '330185108230'").fetchall() == [
            ("330112108230", "recoded_county")
        ]

    def test_a_prefecture_without_counties_has_one_of_its_own_name(self, con: duckdb.DuckDBPyConnection) -> None:
        assert history(con, "4419", "441900", "4420", "442000", "4604", "460400") == [
            ("4419", "东莞市", 2016, 2023),
            ("441900", "东莞市", 2016, 2023),
            ("4420", "中山市", 2016, 2023),
            ("442000", "中山市", 2016, 2023),
            ("4604", "儋州市", 2016, 2023),
            ("460400", "儋州市", 2016, 2023),
        ]

    def test_codes_that_passed_to_other_townships_are_followed_to_where_those_are_now(
        self, con: duckdb.DuckDBPyConnection
    ) -> None:
        """In 2018 the townships of 日喀则 exchanged their codes."""
        assert history(con, "540202200", "540202201") == [
            ("540202200", "曲美乡", 2016, 2017),
            ("540202200", "曲布雄乡", 2018, 2023),
            ("540202201", "聂日雄乡", 2016, 2017),
            ("540202201", "曲美乡", 2018, 2023),
        ]
        assert con.execute(
            "select old_code, new_code, method from successions where old_code in ('540202200', '540202201') order by old_code"
        ).fetchall() == [("540202200", "540202201", "recycled"), ("540202201", "540202202", "recycled")]

    def test_a_recoded_township_and_its_villages(self, con: duckdb.DuckDBPyConnection) -> None:
        """In 2018 尖山镇 of 磐安县 passed from 330727102 to 330727109, and its 22 villages with it."""
        assert con.execute("select new_code from successions where edition = 2018 and old_code = '330727102'").fetchall() == [
            ("330727109",)
        ]
        villages = """
            from successions
            where edition = 2018 and old_code like '330727102___' and new_code like '330727109___'
        """
        assert count(con, villages) == 22
