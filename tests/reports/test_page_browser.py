"""The yearly report as a reader sees it: in headless Chromium, from the disk, without a network."""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from flows.census import Request, take_census
from flows.engine import ROOT
from flows.settings import load_settings

pytestmark = pytest.mark.slow

AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
DESKTOP, PHONE = (1200, 900), (390, 844)
_PATIENCE = 60


def wait(what: Callable[[], Any]) -> Any:
    """What a question is answered with, once the answer is not nothing."""
    end = time.monotonic() + _PATIENCE
    while not (answer := what()):
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.05)
    return answer


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
            wait(lambda: self.js("return document.documentElement.lang") == language and self.js("return document.body.dataset.drawn"))

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
