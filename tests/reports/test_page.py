"""The yearly report as a file: what it holds, that names of the data are never markup, that it is no larger than it may be."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.engine import ROOT
from flows.reports.page import PAGE, build_page
from flows.reports.page.build import pack_names
from flows.reports.tables import open_snapshot
from flows.rules import read_rules

if TYPE_CHECKING:
    from tests.conftest import Census

HOSTILE = "<script>alert(1)</script>"
RIGHT_TO_LEFT = "\u202e村"
FORMULA = "=cmd()"


def block(page: str, name: str) -> Any:
    """What a block of the page holds."""
    packed = re.search(rf'<script type="[^"]*" id="{name}">([^<]*)</script>', page)
    assert packed, name
    return json.loads(zlib.decompress(base64.b64decode(packed[1])))


def unpack_names(page: str) -> list[str]:
    """The names of the page: by rank, a byte for the first 200 letters of the alphabet, two for the others."""
    packed = re.search(r'id="names">([^<]*)<', page)
    assert packed
    return in_letters(zlib.decompress(base64.b64decode(packed[1])), block(page, "places")["alphabet"])


def in_letters(packed: bytes, alphabet: list[str]) -> list[str]:
    told, left = "", iter(packed)
    for byte in left:
        told += alphabet[byte if byte < 200 else 200 + (byte - 200) * 256 + next(left)]
    return told.split("\n")


def dicts(figure: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(figure["columns"], row, strict=True)) for row in figure["rows"]]


@pytest.fixture(scope="module")
def reported(shared_census: Census) -> Census:
    """A village with 101 shops of 100,000 yuan each in 2019, and hostile names beside it."""
    shared_census.places(
        [
            ("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371721101", "大集镇"), ("371721101201", "丁楼村"),
            ("371721101202", HOSTILE), ("371721101203", RIGHT_TO_LEFT), ("371721101204", FORMULA), ("371721101205", "长" * 10_000),
        ]
    )  # fmt: skip
    others = [shared_census.shop(1_000 + i, f"37172110120{i}") for i in range(2, 6)]
    shared_census.lines("shops/a.csv", *(shared_census.shop(i, "371721101201") for i in range(1, 102)), *others)
    shops = [*range(1, 102), *(1_000 + i for i in range(2, 6))]
    orders = [shared_census.order(10 * shop + n, shop, "2019-05-01", "33333.34") for shop in shops for n in range(3)]
    shared_census.lines("transactions/a.csv", *orders)
    shared_census.lines(f"transactions/{FORMULA}.csv", "<img src=x onerror=alert(2)>,1,2019-05-01,1,,TRADE_FINISHED,2019-06-01")
    shared_census.run("--accept", "quarantine,held", report="true")
    return shared_census


@pytest.fixture(scope="module")
def page(reported: Census) -> str:
    return (reported.warehouse / "current" / PAGE).read_text(encoding="utf-8")


class TestWhatItHolds:
    def test_the_headline(self, page: str) -> None:
        (row,) = [row for row in dicts(block(page, "told")["figures"]["headline"]) if row["metric"] == "taobao_villages"]
        assert (row["year"], row["value"], row["published_value"]) == (2019, 1, 4310)

    def test_a_village_with_its_figures(self, page: str) -> None:
        """101 x 3 x 33,333.34 yuan, in fen; status and sales and shops met (1 + 2 * 6 + 2 * 18), households not (54)."""
        told = block(page, "places")
        figures = told["figures"]["village"]
        rows = [dict(zip(figures["columns"], row, strict=True)) for row in zip(*figures["values"], strict=True)]
        (village,) = [row for row in rows if row["newest_code"] == "371721101201"]
        assert (village["fen"], village["active_shops"], village["verdicts"], village["change"]) == (
            1_010_000_202,
            101,
            103,
            "new",
        )
        assert told["pinyin"]["丁"] == ["ding", "zheng"]
        assert told["townships"] == [["371721101", "大集镇", 5]]
        assert told["codes"] == [201, 1, 1, 1, 1]

    def test_every_query_that_it_shows_gives_the_rows_that_it_shows(self, page: str, reported: Census) -> None:
        told = block(page, "told")
        shown = [figure for figure in [*told["figures"].values(), *told["charts"]] if "query" in figure]
        assert len(shown) > 15
        with open_snapshot(reported.warehouse / "current") as con:
            for figure in shown:
                columns = [column for column in figure["columns"] if column != "boundary"]
                rows = json.loads(json.dumps(con.execute(figure["query"]).fetchall(), default=str))
                assert [row[: len(columns)] for row in figure["rows"]] == [[cut(v) for v in row] for row in rows], figure["name"]

    def test_every_file_that_it_links_to_is_there(self, page: str, reported: Census) -> None:
        told = block(page, "told")
        paths = {path for figure in [*told["figures"].values(), *told["charts"]] for path in figure["paths"]}
        assert {"headline.parquet", "county_year/year=2019"} <= paths
        assert all((reported.warehouse / "current" / path).exists() for path in paths)

    def test_the_rules_with_their_sources(self, page: str) -> None:
        (book,) = block(page, "told")["rulebooks"]
        village = [rule for rule in book["rules"] if rule["level"] == "village"]
        assert village[0]["criteria"].startswith("sales >= 10,000,000 and (active_shops >= 100 or ")
        assert all(rule["source"] and rule["words"] for rule in book["rules"])

    def test_both_languages_have_every_word(self) -> None:
        words = json.loads((ROOT / "flows" / "reports" / "page" / "words.json").read_text(encoding="utf-8"))
        assert all(len(told) == 2 for told in words.values())
        script = (ROOT / "flows" / "reports" / "page" / "page.js").read_text(encoding="utf-8")
        assert set(re.findall(r'\bword\("([a-z_.]+)"[,)]', script)) <= set(words)

    def test_it_needs_nothing_from_elsewhere(self, page: str) -> None:
        assert "default-src 'none'" in page and "unsafe-eval" not in page
        assert not re.search(r'(src|href)="https?:', page)


def cut(value: Any) -> Any:
    return value[:2_000] if isinstance(value, str) else value


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs", "Co"]), max_size=12)))
@example(["丁楼村委会", "大集社区居委会", "村民委员会"])
@example([chr(0x4E00 + number) for number in range(15_000)])
def test_names_come_back_as_they_were_packed(names: list[str]) -> None:
    packed, alphabet = pack_names("\n".join(names))
    told = in_letters(zlib.decompress(base64.b64decode(packed)), alphabet)
    known = set(alphabet)
    assert told == (["".join(c if c in known or len(names) < 15_000 else "\ufffd" for c in name) for name in names] or [""])


class TestHostileNames:
    @pytest.mark.parametrize("text", [HOSTILE, FORMULA, RIGHT_TO_LEFT, "onerror=", "长" * 200])
    def test_stand_nowhere_in_the_page_but_in_its_packed_blocks(self, page: str, text: str) -> None:
        assert text not in page

    def test_are_cut_and_kept_as_texts(self, page: str) -> None:
        names = unpack_names(page)
        assert names == ["丁楼村", HOSTILE, RIGHT_TO_LEFT, FORMULA, "长" * 200]

    def test_the_page_writes_texts_alone(self) -> None:
        script = (ROOT / "flows" / "reports" / "page" / "page.js").read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script)


def test_the_same_tables_give_the_same_page(reported: Census) -> None:
    rules = read_rules(Path(reported.variables["CENSUS_RULEBOOKS"]), ROOT / "rulebooks" / "calendar.toml")
    current = (reported.warehouse / "current").resolve()
    with open_snapshot(current) as con:
        one = build_page(con, current, rules, "aliresearch")
    with open_snapshot(current) as con:
        other = build_page(con, current, rules, "aliresearch")
    assert one == other == (current / PAGE).read_text(encoding="utf-8")


def test_an_empty_census_has_a_page(census: Census) -> None:
    census.run(report="true")
    page = (census.warehouse / "current" / PAGE).read_text(encoding="utf-8")
    assert block(page, "told")["years"] == []
    assert "Report: " in census("run", "--rebuild", report="true").out


class TestCommand:
    def test_tells_where_it_is(self, reported: Census) -> None:
        assert reported("report").out.strip() == str(reported.warehouse / "current" / PAGE)

    def test_writes_it_elsewhere(self, reported: Census) -> None:
        done = reported("report", "--output", "mine.html")
        assert done.status == 0
        written = (reported.folder / "mine.html").read_bytes()
        assert written == (reported.warehouse / "current" / PAGE).read_bytes()

    def test_without_a_census(self, census: Census) -> None:
        done = census("report")
        assert (done.status, "census run" in done.err) == (2, True)
