"""The command `census`: exit statuses, what each command tells, and that looking changes nothing. Contract, section 6."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.cli import cli
from flows.engine import ROOT
from flows.schema import published_tables, tables_under

if TYPE_CHECKING:
    from tests.conftest import Census

COMMANDS = sorted(cli.commands)


def one_order(census: Census) -> Census:
    """Delivers a shop and an order."""
    census.lines("shops/a.csv", census.shop(1, "371721101201"))
    census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
    return census


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a folder, with its content's hash and the time of its last change."""
    return {
        path.relative_to(folder).as_posix(): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}"
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


class TestRun:
    def test_0_published_then_nothing_new(self, census: Census) -> None:
        done = one_order(census)("run", "--raw", str(census.raw), "--warehouse", str(census.warehouse))
        assert (done.status, done.err) == (0, "")
        assert done.out.startswith("Published ")
        assert "2 arrived" in done.out
        before = census.current()
        again = census("run")
        assert (again.status, again.out.startswith("Nothing new"), census.current()) == (0, True, before)

    def test_rebuild_publishes_also_with_nothing_new(self, census: Census) -> None:
        one_order(census).run()
        before, tables = census.current(), census.tables()
        assert census("run", "--rebuild").status == 0
        assert census.current() != before
        assert census.tables() == tables

    def test_what_decides_besides_files_is_news_once(self, census: Census) -> None:
        one_order(census).run()
        shipped = {
            "calendar": ("rulebooks/calendar.toml", "# a comment\n"),
            "aliases": ("data/reference/aliases.toml", "# a comment\n"),
            "published_figures": ("data/reference/published-figures.csv", "2019,taobao_villages,1,villages,me\n"),
            "series_breaks": ("data/reference/series-breaks.csv", "plain,jobs,2019,mark,what,什么,me\n"),
            "published_metrics": ("data/reference/published-metrics.csv", "happiness,,,,,,exact,no_metric,not measured\n"),
        }
        for name, (path, added) in shipped.items():
            (census.folder / name).write_text((ROOT / path).read_text(encoding="utf-8") + added, encoding="utf-8")
        shutil.copytree(ROOT / "rulebooks", census.folder / "rulebooks")
        for name in [*shipped, "rulebooks"]:
            census.variables[f"CENSUS_{name.upper()}"] = str(census.folder / name)
            assert census.run().out.startswith("Published"), name
        census.places([("37", "山东省"), ("371721101201", "丁楼村")])
        assert census.run().out.startswith("Published")
        assert census.run().out.startswith("Nothing new")

    def test_settings_that_matter_are_news_and_others_are_not(self, census: Census) -> None:
        one_order(census.shipped_rulebooks()).run()
        assert census.run(threads="2", memory_limit="2GiB", keep_snapshots="5").out.startswith("Nothing new")
        settings = {"orphans_limit": "0.5", "quarantine_limit": "0.5", "future_days": "9", "lead_rulebook": "zhejiang"}
        for name, value in settings.items():
            assert census.run(**{name: value}).out.startswith("Published"), name

    def test_as_json(self, census: Census) -> None:
        told = json.loads(one_order(census).run("--json").out)
        assert (told["published"], told["changes"]["arrived"]) == (True, ["shops/a.csv", "transactions/a.csv"])
        assert told["rows"]["shop_year"] == 1
        assert Path(told["snapshot"]).name == census.current()
        again = json.loads(census.run("--json").out)
        assert (again["published"], Path(again["snapshot"]).name) == (False, census.current())

    def test_1_records_that_are_lost_are_told(self, census: Census) -> None:
        one_order(census).run()
        (census.raw / "transactions/a.csv").unlink()
        shutil.rmtree(census.warehouse / "segments")
        before = census.current()
        census.lines("shops/b.csv", census.shop(2))
        done = census("run")
        assert (done.status, census.current()) == (1, before)
        assert "transactions/a.csv" in done.err
        assert "census forget" in done.err
        assert census("forget", "transactions/a.csv").status == 0

    def test_3_refused_then_accepted(self, census: Census) -> None:
        one_order(census).run()
        before = census.current()
        census.deliver("shops/b.csv", "")
        assert (census("run").status, census.current()) == (3, before)
        assert census("run", "--accept", "held").status == 0
        assert census.current() != before


class TestBadUsage:
    """2: bad usage, settings, rulebook, calendar or reference tables. Nothing is changed."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ["nothing"], ["run", "--no-such"], ["run", "extra"], ["run", "--accept"], ["run", "--accept", "bogus"],
            ["run", "--accept", "held,bogus"], ["run", "--threads", "many"], ["run", "--threads", "0"],
            ["run", "--memory-limit", "much"], ["forget"], ["show"], ["show", "no_table"], ["show", "headline", "--year", "x"],
            ["show", "quarantine", "--year", "2019"], ["show", "headline", "--where", "no_column = 1"],
            ["show", "headline", "--where", "1 = 1) x --"], ["show", "headline", "--where", "'"], ["sql"], ["sql", "selec 1"],
            ["sql", "select * from nowhere"], ["sql", ""], ["sql", " -- nothing"], ["--no-such"], [""],
        ],
        ids=" ".join,
    )  # fmt: skip
    def test_arguments(self, example: Census, arguments: list[str]) -> None:
        before = fingerprint(example.warehouse)
        done = example(*arguments)
        assert (done.status, done.out) == (2, "")
        assert done.err
        assert "Traceback" not in done.err
        assert fingerprint(example.warehouse) == before

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("threads", "0"), ("threads", "x"), ("memory_limit", "4 elephants"), ("quarantine_limit", "2"),
            ("quarantine_limit", "-0.1"), ("orphans_limit", "x"), ("keep_snapshots", "0"), ("future_days", "-1"),
            ("lead_rulebook", "nobody"), ("raw", "nowhere"), ("rulebooks", "nowhere"), ("calendar", "nowhere.toml"),
            ("divisions", "nowhere"), ("aliases", "nowhere.toml"), ("published_figures", "nowhere.csv"),
            ("series_breaks", "nowhere.csv"),
            ("published_metrics", "nowhere.csv"),
        ],
    )  # fmt: skip
    def test_settings(self, example: Census, name: str, value: str) -> None:
        before = example.current()
        done = example("run", **{name: value})  # also where there is nothing new
        assert (done.status, done.out, example.current()) == (2, "", before)
        assert value in done.err or name in done.err
        assert "Traceback" not in done.err

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("aliases", b"[columns"),
            ("aliases", b"\xff"),
            ("calendar", b"[2016]\nfirst = 1\n"),
            ("published_figures", b"year,metric,value,unit,source\nx,taobao_villages,1,villages,me\n"),
            ("published_figures", b"no,columns\n1,2\n"),
            ("series_breaks", b"no,columns\n1,2\n"),
            ("series_breaks", b"\xff"),
            ("published_metrics", b"no,columns\n1,2\n"),
            ("published_metrics", b"\xff"),
        ],
    )
    def test_contents_of_files(self, example: Census, tmp_path: Path, name: str, content: bytes) -> None:
        before = example.current()
        (tmp_path / "wrong").write_bytes(content)
        done = example("run", **{name: str(tmp_path / "wrong")})
        assert (done.status, example.current()) == (2, before)
        assert "wrong" in done.err
        assert "Traceback" not in done.err

    @pytest.mark.parametrize("spoil", ["not there", "no Parquet", "no rows", "no column", "codes as numbers"])
    def test_reference_tables(self, example: Census, tmp_path: Path, spoil: str) -> None:
        before, path = example.current(), tmp_path / "divisions.parquet"
        shutil.copy(example.reference / "successions.parquet", tmp_path)
        table = pq.read_table(example.reference / "divisions.parquet")
        if spoil == "no Parquet":
            path.write_bytes(b"code,name\n")
        elif spoil != "not there":
            numbers = table.set_column(0, "code", table["code"].cast(pa.int64()))
            spoilt = {
                "no rows": table.slice(0, 0),
                "no column": table.drop_columns(["last_edition"]),
                "codes as numbers": numbers,
            }
            pq.write_table(spoilt[spoil], path)
        done = example("run", divisions=str(tmp_path))
        assert (done.status, example.current()) == (2, before)
        assert "divisions.parquet" in done.err
        assert "Traceback" not in done.err

    def test_before_anything_is_read(self, census: Census) -> None:
        census.deliver("shops/a.csv", "")
        assert census("run", lead_rulebook="nobody").status == 2
        assert not census.warehouse.exists()


class TestSettings:
    """Flags, then CENSUS_* variables, then census.toml, then defaults."""

    def test_the_order(self, census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = {name: value for name, value in census.environment.items() if name != "CENSUS_RAW"}
        monkeypatch.setattr(type(census), "environment", property(lambda self: plain))  # a census without a raw folder of its own
        assert "data/raw" in census("run").err
        (census.folder / "census.toml").write_text('raw = "of-the-file"\n', encoding="utf-8")
        assert "of-the-file" in census("run").err
        assert "of-the-variable" in census("run", raw="of-the-variable").err
        assert "of-the-flag" in census("run", "--raw", "of-the-flag", raw="of-the-variable").err

    @pytest.mark.parametrize("text", ['no_such = "x"', "raw"])
    def test_a_wrong_file(self, census: Census, text: str) -> None:
        (census.folder / "census.toml").write_text(text + "\n", encoding="utf-8")
        done = census("run")
        assert done.status == 2
        assert "Traceback" not in done.err

    def test_paths_may_be_relative(self, census: Census) -> None:
        one_order(census)
        assert census("run", "--raw", "raw", "--warehouse", "sub/warehouse").status == 0
        current = census.folder / "sub/warehouse/current"
        assert (current / "headline.parquet").exists()
        with duckdb.connect(current / "census.duckdb", read_only=True) as con:  # from the folder of the tests
            assert con.execute("select count(*) > 0 from headline").fetchall() == [(True,)]


class TestStatus:
    def test_a_new_warehouse(self, census: Census) -> None:
        done = census("status")
        assert (done.status, "Nothing is published yet" in done.out, "census run" in done.out) == (0, True, True)
        assert not census.warehouse.exists()

    def test_what_is_live(self, example: Census) -> None:
        done = example("status", "--files")
        assert done.status == 0
        assert example.current() or "?" in done.out
        assert all(path in done.out for path in ("shops/a.csv", "transactions/2019/a.csv", "lists/a.csv"))
        told = json.loads(example("status", "--json").out)
        assert Path(told["current"]).name == example.current()
        assert "transactions/copy.csv" in told["live"]


class TestShow:
    @pytest.mark.parametrize("table", list(published_tables()))
    @pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]], ids=["text", "csv", "json"])
    def test_every_table_in_every_form(self, example: Census, table: str, form: list[str]) -> None:
        done = example("show", table, *form)
        assert (done.status, done.err) == (0, "")
        want = len(example.published(table))
        if form == ["--json"]:
            rows = [json.loads(line) for line in done.out.splitlines()]
            columns = tables_under(("aliresearch", "article", "zhejiang"))[table].columns
            assert [list(row) for row in rows[:1]] == [[column.name for column in columns]] * min(want, 1)
            assert len(rows) == want
        elif form == ["--csv"]:
            assert len(list(csv.reader(io.StringIO(done.out)))) == want + 1
        else:
            assert f"{want:,} rows" in done.out

    def test_year_where_and_limit(self, example: Census) -> None:
        def rows(*options: str) -> list[dict[str, Any]]:
            done = example("show", "village_status", "--json", *options)
            assert done.status == 0
            return [json.loads(line) for line in done.out.splitlines()]

        assert {row["year"] for row in rows("--year", "2019")} == {2019}
        assert [row["village"] for row in rows("--where", "change = 'new'")] == ["丁楼村"]
        assert len(rows("--where", "rulebook = 'article' or rulebook = 'aliresearch'", "--year", "2018", "--limit", "2")) == 2
        assert rows("--where", "true -- and nothing else", "--year", "1999") == []
        assert rows("--limit", "0") == []

    def test_rows_are_in_the_keys_order(self, example: Census) -> None:
        told = [json.loads(line) for line in example("show", "headline", "--json").out.splitlines()]
        keys = [(row["year"], row["rulebook"], row["metric"]) for row in told]
        assert keys == sorted(keys)

    def test_csv_is_safe_to_open_in_a_spreadsheet(self, example: Census) -> None:
        rows = list(csv.DictReader(io.StringIO(example("show", "quarantine", "--csv").out, newline="")))
        raw = [row["raw"] for row in rows if row["path"] == "counties/b.csv"]
        assert raw[:4] == ["'=1+1,2019,1,", "'@SUM(A1),2019,1,", "'-2,2019,1,", "'\t=3,2019,1,"]
        assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@\t\r" and cell]

    def test_csv_leaves_numbers_alone(self, example: Census) -> None:
        done = example("sql", "select -1.5::decimal(4, 2) as a, '-1' as b, null as c", "--csv")
        assert list(csv.reader(io.StringIO(done.out))) == [["a", "b", "c"], ["-1.50", "'-1", ""]]

    def test_nothing_is_published_yet(self, census: Census) -> None:
        for arguments in (["show", "headline"], ["sql", "select 1"]):
            done = census(*arguments)
            assert (done.status, "census run" in done.err) == (2, True)

    def test_a_table_with_a_hostile_name(self, example: Census) -> None:
        for name in ("headline; drop table x", '"headline"', "../headline", "headline\x1b]0;x\x07"):
            done = example("show", name)
            assert done.status == 2
            assert "\x1b" not in done.err
            assert "\x07" not in done.err


class TestLists:
    def rows(self, census: Census, *options: str) -> list[dict[str, Any]]:
        done = census("lists", "--json", *options)
        assert (done.status, done.err) == (0, "")
        return [json.loads(line) for line in done.out.splitlines()]

    def test_a_row_a_year_and_province_with_the_leading_rulebook_first(self, listed: Census) -> None:
        assert self.rows(listed) == [
            # 2017 is not covered; in 2019 丁楼村 has the status under aliresearch alone
            {"year": 2017, "province": "山东省", "listed": 1, "villages": 1, "in_article": None, "in_aliresearch": None, "in_zhejiang": None},
            {"year": 2017, "province": "unknown", "listed": 1, "villages": 0, "in_article": None, "in_aliresearch": None, "in_zhejiang": None},
            {"year": 2019, "province": "山东省", "listed": 4, "villages": 2, "in_article": 0, "in_aliresearch": 1, "in_zhejiang": 0},
        ]  # fmt: skip
        assert list(self.rows(listed)[0])[4:] == ["in_article", "in_aliresearch", "in_zhejiang"]

    def test_another_rulebook_leads(self, listed: Census) -> None:
        done = listed("lists", "--csv", lead_rulebook="zhejiang")
        assert done.out.splitlines()[0] == "year,province,listed,villages,in_zhejiang,in_aliresearch,in_article"

    def test_a_year(self, listed: Census) -> None:
        assert [row["year"] for row in self.rows(listed, "--year", "2017")] == [2017, 2017]
        assert self.rows(listed, "--year", "2018") == []
        assert listed("lists", "--year", "2018", "--csv").out.splitlines() == [
            "year,province,listed,villages,in_article,in_aliresearch,in_zhejiang"
        ]

    def test_people_are_also_told_what_names_no_village(self, listed: Census) -> None:
        done = listed("lists")
        assert (done.status, done.err) == (0, "")
        _, rest = done.out.split("Places that name no village")
        cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in rest.splitlines() if "│" in line]
        assert cells == [
            ["2017", "x�[31m", "", ""],
            ["2019", "371721", "曹县", ""],
            ["2019", "山东省菏泽市曹县大集镇赵庄村", "曹县", "大集镇"],
        ]
        assert "赵庄村" not in listed("lists", "--year", "2017").out
        assert "赵庄村" not in listed("lists", "--csv").out

    def test_without_lists(self, victim: Census) -> None:
        assert victim("lists").status == 0
        assert self.rows(victim) == []

    def test_nothing_is_published_yet(self, census: Census) -> None:
        done = census("lists")
        assert (done.status, "census run" in done.err) == (2, True)

    def test_it_changes_nothing(self, listed: Census) -> None:
        before = fingerprint(listed.warehouse)
        listed("lists")
        assert fingerprint(listed.warehouse) == before


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory, example: Census) -> Census:
    """The example with more lists."""
    census = type(example)(tmp_path_factory.mktemp("listed") / "census").shipped_rulebooks()
    shutil.copytree(example.raw, census.raw, dirs_exist_ok=True)
    census.lines("lists/b.csv", "2019,山东省菏泽市曹县大集镇赵庄村", "2019,371721", "2017,371721101201", "2017,x\x1b[31m")
    census.run("--accept", "quarantine")
    return census


@pytest.fixture(scope="module")
def victim(shared_census: Census) -> Census:
    """A census for queries that try to do harm."""
    one_order(shared_census).run()
    return shared_census


class TestSql:
    def test_a_query(self, example: Census) -> None:
        done = example("sql", "select year, sum(sales) as sales from shop_year group by year order by year", "--json")
        told = [json.loads(line) for line in done.out.splitlines()]
        # in every year 12 shops sell 3 * (300,000 + their number), the 10 others 3 * 7: 10,800,234 + 210
        assert [(row["year"], str(row["sales"])) for row in told] == [(year, "10800444.00") for year in (2018, 2019, 2021)]

    @pytest.mark.parametrize(
        "query",
        [
            "create table mine as select 1",
            "create or replace view headline as select 1",
            "insert into headline select * from headline",
            "delete from headline",
            "drop view headline",
            "alter view headline rename to x",
            "comment on view headline is 'x'",
            "copy (select 1) to '{outside}/stolen.csv'",
            "copy headline to '{snapshot}/stolen.parquet' (format parquet)",
            "copy (select 1 as a) to '{snapshot}/headline.parquet' (format parquet)",
            "export database '{snapshot}/export'",
            "export database '{outside}/export'",
            "attach '{outside}/other.duckdb' as other",
            "attach '{snapshot}/other.duckdb' as other",
            "install httpfs",
            "load httpfs",
            "set enable_external_access = true",
            "set allowed_directories = ['/']",
            "set lock_configuration = false",
            "reset enable_external_access",
            "pragma enable_external_access",
            "select * from enable_logging(storage = 'file', storage_config = {{'path': '{snapshot}/log.csv'}})",
            "select * from query('copy headline to ''{snapshot}/x.parquet''')",
            "from headline; copy headline to '{snapshot}/stolen.parquet'",
            "with x as (select 1) insert into headline select * from headline",
            "explain analyze copy headline to '{snapshot}/stolen.parquet'",
            "prepare x as copy headline to '{snapshot}/stolen.parquet'; execute x",
        ],
    )
    def test_it_cannot_write(self, victim: Census, tmp_path: Path, query: str) -> None:
        before = fingerprint(victim.warehouse)
        snapshot = (victim.warehouse / "current").resolve()
        done = victim("sql", query.format(outside=tmp_path, snapshot=snapshot))
        assert fingerprint(victim.warehouse) == before
        assert list(tmp_path.iterdir()) == []
        assert done.status == 2
        assert "Traceback" not in done.err

    @pytest.mark.parametrize(
        "query",
        [
            "select * from read_csv('{secret}')",
            "select * from '{secret}'",
            "select * from read_text('{secret}')",
            "select * from read_blob('{secret}')",
            "select * from read_json('{secret}')",
            "select * from read_parquet('{secret}')",
            "select * from glob('{folder}/*')",
            "select * from read_text('{snapshot}/../../../raw/shops/a.csv')",
            "copy headline from '{secret}'",
            "import database '{folder}'",
            "select getenv('HOME')",
            "select * from read_csv('https://example.org/x.csv')",
        ],
    )
    def test_it_cannot_reach_beyond_the_snapshot(self, example: Census, tmp_path: Path, query: str) -> None:
        secret, snapshot = tmp_path / "secret.csv", (example.warehouse / "current").resolve()
        secret.write_text("word\nxyzzy\n")
        done = example("sql", query.format(secret=secret, folder=tmp_path, snapshot=snapshot))
        assert done.status == 2
        assert "xyzzy" not in done.said
        assert "taobao,individual" not in done.out

    def test_where_cannot_either(self, example: Census, tmp_path: Path) -> None:
        secret = tmp_path / "secret.csv"
        secret.write_text("word\nxyzzy\n")
        for where in (f"year in (select 1 from read_text('{secret}'))", f"1=1)); copy headline to '{tmp_path}/x.csv' --"):
            assert example("show", "headline", "--where", where).status == 2
        assert list(tmp_path.iterdir()) == [secret]

    def test_it_reads_the_snapshots_own_files(self, example: Census) -> None:
        done = example("sql", "select count(*) as n from headline", "--json")
        assert json.loads(done.out) == {"n": len(example.published("headline"))}

    @pytest.mark.parametrize(
        "query",
        [
            "from headline",
            "with x as (select 1 as a) from x",
            "values (1)",
            "describe headline",
            "summarize headline",
            "show tables",
            "select * from duckdb_views()",
            "select metric, value from headline union all select 'x', 1 order by all limit 1",
            "pivot headline on year using sum(value) group by metric",
            "select 1; ",
        ],
    )
    def test_it_answers_every_kind_of_query(self, example: Census, query: str) -> None:
        done = example("sql", query)
        assert (done.status, done.err) == (0, "")
        assert "rows" in done.out

    def test_nothing_and_unprintable_results(self, example: Census) -> None:
        assert example("sql", "select 1 where false").status == 0
        assert example("sql", "select null, [1, 2], {'a': 1}, 1::decimal(3, 2), date '2019-01-01', 'x'::blob").status == 0
        assert example("sql", "select null as a, [1, 2] as b, date '2019-01-01' as c", "--json").status == 0


class TestHelp:
    @pytest.mark.parametrize("arguments", [[], *([command] for command in COMMANDS)], ids=lambda a: " ".join(a) or "census")
    def test_answers_at_once_and_shows_every_option(self, census: Census, arguments: list[str]) -> None:
        for flag in ("--help", "-h"):
            done = census(*arguments, flag)
            assert (done.status, done.err) == (0, "")
        group: click.Command = cli.commands[arguments[0]] if arguments else cli
        for option in group.params:
            if isinstance(option, click.Option):
                assert option.help or option.name in ("help", "version"), option.name
                assert option.opts[-1] in done.out

    def test_there_are_the_contracts_commands(self) -> None:
        assert {"run", "forget", "status", "show", "sql", "lists"} <= set(COMMANDS)
        for command in ("run", "forget"):
            options = {name for option in cli.commands[command].params for name in option.opts}
            assert {"--raw", "--warehouse", "--accept"} <= options
        assert "--rebuild" in {name for option in cli.commands["run"].params for name in option.opts}

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_an_example_that_is_right(self, example: Census, command: str) -> None:
        text = example(command, "--help").out
        assert "Example:" in text
        lines = [line.strip() for line in text[text.index("Example:") + 8 :].split("\n\n")[0].splitlines()]
        examples = [shlex.split(line) for line in lines if line.startswith("census ")]
        assert examples
        for words in examples:
            words = words[: words.index(">")] if ">" in words else words
            assert words[1] in (command, "show")  # what a command tells at large lies in a table
            if command in ("show", "sql", "status", "lists", "forecast"):
                assert example(*words[1:]).status == 0, words
            else:  # told by the parser alone, so that nothing is run
                cli.commands[command].make_context(command, words[2:])

    def test_without_a_command_it_tells_what_there_is(self, census: Census) -> None:
        assert all(command in census().said for command in COMMANDS)

    def test_version(self, census: Census) -> None:
        from flows import __version__

        assert __version__ in census("--version").out


class TestTerminal:
    """What is delivered is never an instruction to a terminal."""

    HOSTILE = "a\x1b]0;owned\x07\x1b[2J\x9b31mb\r\u202ec"

    def unharmed(self, text: str) -> None:
        controls = {c for c in text if not c.isprintable()} - {"\n"}
        assert controls == set(), controls

    def test_names_columns_and_contents(self, census: Census) -> None:
        name = self.HOSTILE
        census.deliver(f"shops/{name}.csv", "")
        census.deliver(f"shops/{name}.txt", "")
        census.deliver(f"counties/{name}.csv", f"county_code,year,population,{name}\n{name},2019,1,2\n")
        census.deliver("counties/b.csv", f"county_code,year,population\n{name},2019,1\n")
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
        refused = census("run")
        assert refused.status == 3
        self.unharmed(refused.said)
        self.unharmed(census("status").said)
        self.unharmed(census.run("--accept", "held,quarantine,orphans").said)
        for arguments in (["show", "quarantine"], ["show", "source_file"], ["status", "--files"], ["sql", "from quarantine"]):
            done = census(*arguments)
            assert done.status == 0
            self.unharmed(done.said)
        (census.raw / f"shops/{name}.csv").unlink()
        census.lines("shops/b.csv", census.shop(1))
        self.unharmed(census.run().said)  # tells which file is gone

    @pytest.mark.parametrize(
        "arguments",
        [["forget", HOSTILE], ["show", HOSTILE], ["show", "headline", "--where", f"'{HOSTILE}'"], ["sql", f"select {HOSTILE}"]],
    )
    def test_errors(self, example: Census, arguments: list[str]) -> None:
        done = example(*arguments)
        assert done.status == 2
        self.unharmed(done.err)

    def test_markup_is_text(self, example: Census) -> None:
        done = example("sql", "select '[red]x[/red] [link=http://example.org]y[/link]' as a")
        assert "[red]x[/red] [link=http://example.org]y[/link]" in done.out


def test_stdout_that_nobody_reads_any_more(example: Census) -> None:

    with example.start("show", "headline", "--csv") as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        told = process.stderr.read()
        process.wait(timeout=60)
    assert "Traceback" not in told
