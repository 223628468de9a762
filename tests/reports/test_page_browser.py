"""The yearly report as a reader sees it: in headless Chromium, from the disk, without a network."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_core_python
import duckdb
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from flows.census import Request, take_census
from flows.engine import ROOT
from flows.reports.page import build_page
from flows.rules import read_rules
from flows.settings import load_settings
from tests import waiting

if TYPE_CHECKING:
    from tests.conftest import Census

pytestmark = pytest.mark.slow

AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
DESKTOP, PHONE = (1200, 900), (390, 844)
_PATIENCE = 60
wait = partial(waiting.wait, seconds=_PATIENCE)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the example."""
    folder = tmp_path_factory.mktemp("example")
    return take_census(load_settings(raw=ROOT / "data" / "raw", warehouse=folder), Request()).snapshot / "report.html"


class Page:
    """A page in a browser of a size, offline; `errors` are what its console told."""

    def __init__(self, browser: webdriver.Chrome, path: Path, size: tuple[int, int], folder: Path) -> None:
        self.browser, self.folder = browser, folder
        width, height = size
        told = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)
        browser.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
        browser.get_log("browser")
        browser.get(path.as_uri())
        wait(lambda: self.js("return document.body.dataset.drawn"))

    def js(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    @property
    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]

    def text(self, of: str) -> str:
        return self.browser.find_element(By.CSS_SELECTOR, of).text

    def search(self, typed: str) -> list[str]:
        """What is found, as it is listed."""
        query = self.browser.find_element(By.ID, "query")
        self.js("arguments[0].value = ''; document.getElementById('message').textContent = ''", query)
        query.send_keys(typed)
        wait(lambda: re.search(r"\d|没有|Nothing", self.text("#message")))
        return [one.text for one in self.browser.find_elements(By.CSS_SELECTOR, "#found button")]

    def speak(self, language: str) -> None:
        if self.js("return document.documentElement.lang") != language:
            self.browser.find_element(By.ID, "language").click()
            wait(
                lambda: (
                    self.js("return document.documentElement.lang") == language and self.js("return document.body.dataset.drawn")
                )
            )

    def downloaded(self, name: str) -> bytes:
        return bytes(wait(lambda: (self.folder / name).exists() and (self.folder / name).read_bytes()))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = Options()
    for flag in ("headless=new", "no-sandbox", "disable-dev-shm-usage", f"user-data-dir={tmp_path / 'browser'}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = next((path for path in ("/usr/bin/chromedriver", "/usr/lib/chromium/chromedriver") if Path(path).exists()), None)
    with webdriver.Chrome(options=options, service=Service(driver)) as opened:
        opened.set_script_timeout(2 * _PATIENCE)
        yield opened


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_reader_finds_what_there_is(browser: webdriver.Chrome, report: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    page = Page(browser, report, size, tmp_path)
    page.speak("zh-CN")
    assert page.text("h1") == "淘宝村普查"
    assert page.js("return document.documentElement.scrollWidth") <= size[0], "nothing to scroll aside but tables"

    # maps and charts are drawn: provinces with and without records, and a bar for each year
    wait(lambda: page.js("return document.body.dataset.drawn"))
    assert page.js("return document.querySelectorAll('.drawing[data-failed]').length") == 0
    drawn = "return document.querySelectorAll(arguments[0]).length"
    wait(lambda: page.js(drawn, "#chart-map_of_provinces svg path") > 30)
    assert page.js(drawn, "#chart-map_of_counties svg path") > 2_800
    assert page.js(drawn, "#chart-villages_by_year svg path[aria-roledescription=bar]") == 5

    # the village 丁楼村 by its name, by pinyin, by initials, by code, and with its county before it
    by_name = page.search("丁楼")
    assert any("371721104222" in one or "丁楼" in one for one in by_name)
    code = re.search(r"\d{12}", by_name[0])
    assert code
    for typed in ("dinglou", "dlc", code[0], "曹县 丁楼"):
        assert any(code[0] in one for one in page.search(typed)), typed
    assert page.search("zzzzqq") == []

    # its years, criteria and margins
    page.search(code[0])
    browser.find_element(By.CSS_SELECTOR, f"#found button[data-code='{code[0]}']").click()
    shown = wait(lambda: page.text("#place"))
    assert "2019" in shown and "销售额" in shown and ("满足" in shown or "不满足" in shown)
    assert f"census explain {code[0]}" in shown

    # another rulebook and year change the figures, the other language the words
    before = page.text("#headline .cards")
    page.js("const e = document.getElementById('rulebook'); e.value = 'aliresearch'; e.dispatchEvent(new Event('change'))")
    assert page.text("#headline .cards") != before
    page.speak("en")
    assert page.text("h1") == "Census of Taobao villages"
    assert "Taobao villages" in page.text("#headline .cards") and "淘宝村" not in page.text("#headline .cards")

    # figures can be taken away
    browser.find_element(By.CSS_SELECTOR, "#headline .tools button").click()
    headline = page.downloaded("headline.csv").decode("utf-8-sig").splitlines()
    assert headline[0] == "rulebook,year,metric,value,unit,published_value,published_source,is_provisional"
    assert any(line.startswith("aliresearch,2019,taobao_villages,28,villages,4310,") for line in headline)
    assert page.errors == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_is_accessible(browser: webdriver.Chrome, report: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    page = Page(browser, report, size, tmp_path)
    page.search("丁楼")
    browser.find_element(By.CSS_SELECTOR, "#found button").click()
    for summary in browser.find_elements(By.CSS_SELECTOR, "summary"):
        page.js("arguments[0].parentElement.open = true", summary)
    page.js(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert not serious, json.dumps([(one["id"], one["nodes"][0]["html"][:200], len(one["nodes"])) for one in serious], indent=1)


def test_it_prints_tidily(browser: webdriver.Chrome, report: Path, tmp_path: Path) -> None:
    Page(browser, report, DESKTOP, tmp_path)
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
    pdf = base64.b64decode(printed["data"])
    (tmp_path / "report.pdf").write_bytes(pdf)
    pages = len(re.findall(rb"/Type\s*/Page[^s]", pdf))
    assert 3 <= pages <= 16, pages


def test_downloads_are_safe_for_spreadsheets(browser: webdriver.Chrome) -> None:
    """The function of the page that writes cells: what a spreadsheet would take for a formula gets an apostrophe."""
    script = (ROOT / "flows" / "reports" / "page" / "page.js").read_text(encoding="utf-8")
    function = re.search(r"const csvCell = \(value\) => \{.*?\n  \};", script, re.DOTALL)
    assert function
    cells = {
        "=cmd()": "'=cmd()", "+1+1": "'+1+1", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "＝1": "'＝1", " =1": "' =1",
        "-12.50": "-12.50", "丁楼村": "丁楼村", 'a"b': '"a""b"', "a,b": '"a,b"',
    }  # fmt: skip
    assert browser.execute_script(f"{function[0]}; return arguments[0].map(csvCell)", [*cells, None, 7]) == [
        *cells.values(),
        "",
        "7",
    ]


HOSTILE = [
    "<script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "=cmd()",
    "\u202e村",
    "长" * 10_000,
]


def test_hostile_names_are_harmless(browser: webdriver.Chrome, census: Census, tmp_path: Path) -> None:
    names = [(f"37172110120{number}", name) for number, name in enumerate(HOSTILE, 1)]
    census.places([("37", "山东省"), ("3717", HOSTILE[1]), ("371721", HOSTILE[0]), ("371721101", HOSTILE[3]), *names])
    census.lines("shops/a.csv", *(census.shop(100 * at + i, code) for at, (code, _) in enumerate(names) for i in range(1, 102)))
    shops = [100 * at + i for at in range(len(names)) for i in range(1, 102)]
    orders = [census.order(10 * shop + n, shop, "2019-05-01", "40000") for shop in shops for n in range(3)]
    census.lines("transactions/a.csv", *orders)
    census.deliver("transactions/<img src=x onerror=alert(1)>.csv", b"")
    census.run("--accept", "held", report="true")
    page = Page(browser, census.warehouse / "current" / "report.html", PHONE, tmp_path)
    page.speak("en")
    assert page.text("h1") == "Census of Taobao villages" and browser.title == "Census of Taobao villages"
    assert any("<script>" in one for one in page.search("<script")), "told as text"
    browser.find_element(By.CSS_SELECTOR, "#found button").click()
    for summary in browser.find_elements(By.CSS_SELECTOR, "summary"):
        page.js("arguments[0].parentElement.open = true", summary)
    assert "onerror=alert(1)" in page.text("#quality"), "the name of the held file"
    assert page.js("return document.querySelectorAll('main img, main script').length") == 0
    assert page.js("return document.documentElement.scrollWidth") <= PHONE[0]
    assert browser.title == "Census of Taobao villages" and page.errors == []


NATION = """
create table place as
select code, arg_max(name, last_edition) as name from read_parquet($divisions) where last_edition = 2023 group by code;
create table village as
select code, name, row_number() over (order by hash(code[:6]) % 8, hash(code)) as rank from place where length(code) = 12 limit 600000;
create table book as select unnest(['aliresearch', 'article', 'zhejiang']) as rulebook;
create table village_status as
select
    year::integer as year, rulebook, village.code as village_code, village.code as village_id, village.name as village,
    village.code[:9] as township_code, township.name as township, village.code[:6] as county_code, county.name as county,
    village.code[:2] as province_code, province.name as province, 'village' as unit_type,
    (10000000 + hash(village.code, year) % 5000000000 / 100)::decimal(38, 2) as sales, (hash(village.code) % 90000)::bigint as transactions,
    (100 + rank % 500)::bigint as shops, (100 + rank % 400)::bigint as active_shops, (80 + rank % 90)::bigint as ecommerce_households,
    (300 + rank % 700)::bigint as households, (rank % 1000) / 1000.0 as household_share, rank <= 5000 as is_taobao_village,
    true as met_unit, rank <= 9000 as met_sales, rank <= 5000 as met_shops, rank <= 5000 as met_households,
    case when rank <= 5000 then 'retained' end as change, false as is_provisional
from village
join range(2010, 2020) years(year) on year = 2019 or rank <= 5000
cross join book
join place township on township.code = village.code[:9]
join place county on county.code = village.code[:6]
join place province on province.code = village.code[:2];
create table township_status as
select
    year, rulebook, township_code, township_code as township_id, any_value(township) as township, any_value(county_code) as county_code,
    any_value(county) as county, any_value(province_code) as province_code, any_value(province) as province,
    count(*) filter (where is_taobao_village) as taobao_villages, sum(sales)::decimal(38, 2) as sales, sum(transactions)::bigint as transactions,
    sum(active_shops)::bigint as active_shops, count(*) filter (where is_taobao_village) > 2 as is_taobao_town, 'villages' as basis,
    null::varchar as change, false as is_provisional
from village_status group by year, rulebook, township_code;
create table county_year as
select
    year, rulebook, county_code, any_value(county) as county, any_value(province_code) as province_code, any_value(province) as province,
    sum(taobao_villages)::bigint as taobao_villages, count(*) filter (where is_taobao_town) as taobao_towns,
    sum(sales)::decimal(38, 2) as sales, sum(transactions)::bigint as transactions, sum(active_shops)::bigint as active_shops,
    500000::bigint as population, case when sum(taobao_villages) >= 10 then 'cluster' end as cluster_tier
from township_status group by year, rulebook, county_code;
create table province_year as
select
    year, rulebook, province_code, any_value(province) as province, sum(taobao_villages)::bigint as taobao_villages,
    sum(taobao_towns)::bigint as taobao_towns, sum(sales)::decimal(38, 2) as sales
from county_year group by year, rulebook, province_code;
create table headline as
select
    rulebook, year, 'taobao_villages' as metric, sum(taobao_villages)::double as value, 'villages' as unit,
    null::double as published_value, null::varchar as published_source, false as is_provisional
from province_year group by rulebook, year;
create table run as select '0' as code_version;
create table source_file as select '' as "table", '' as path, null as held_reason, 0 as rows, 0 as quarantined, null as duplicate_of where false;
create table quarantine as select '' as "table", '' as reasons where false;
create table list_match as select 0 as year, '' as village_code where false;
"""
"""The tables of a census of 600,000 villages, of which 5,000 in an eighth of the counties have the status in ten years."""


def test_a_nation_fits(browser: webdriver.Chrome, tmp_path: Path) -> None:
    rules = read_rules(ROOT / "rulebooks", ROOT / "rulebooks" / "calendar.toml")
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        for statement in filter(str.strip, NATION.split(";")):
            told = {"divisions": str(ROOT / "data" / "reference" / "divisions.parquet")} if "$divisions" in statement else None
            con.execute(statement, told)
        text = build_page(con, tmp_path, rules, "aliresearch")
    path = tmp_path / "nation.html"
    path.write_text(text, encoding="utf-8")
    assert path.stat().st_size < 6_000_000
    begun = time.monotonic()
    browser.get(path.as_uri())
    wait(lambda: browser.execute_script("return document.body.dataset.ready"))
    assert time.monotonic() - begun < 2
    page = Page(browser, path, DESKTOP, tmp_path)
    assert page.search("丁楼村")
    begun = time.monotonic()
    assert len(page.search("dinglou")) > 5
    assert time.monotonic() - begun < 1, "a search in 600,000 names, the pause after typing included"
    browser.find_element(By.CSS_SELECTOR, "#found button").click()
    wait(lambda: page.text("#place"))
    assert page.errors == []
