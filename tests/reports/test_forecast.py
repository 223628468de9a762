"""The tables forecast, backtest and forecast_series, and what is told of them. Contract 5; docs/forecast.md."""

from __future__ import annotations

import json
import random
import re
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from flows.engine import ROOT
from flows.reports.forecast import Findings, Fitted, Series, findings, fit, read_findings, rolling
from flows.reports.forecast.findings import MODELS
from flows.reports.forecast.tables import rows_of
from flows.rules import SeriesBreak, load_rulebooks, read_breaks
from flows.schema import published_tables
from tests.conftest import Census

FIGURES = ROOT / "data" / "reference" / "published-figures.csv"
BREAKS = ROOT / "data" / "reference" / "series-breaks.csv"
PAGE = (ROOT / "docs" / "forecast.md").read_text(encoding="utf-8").replace("\n> ", "\n")
TABLES = ("forecast", "backtest", "forecast_series")


def a_break(year: int, effect: str, series: str = "taobao_villages") -> SeriesBreak:
    return SeriesBreak("plain", series, year, effect, "what changed", "什么变了", "who says so")


def a_series(first: int, values: Sequence[float], *breaks: SeriesBreak, name: str = "taobao_villages", **other: Any) -> Series:
    years = tuple(range(first, first + len(values)))
    return Series("plain", name, years, tuple(map(float, values)), 1e6, breaks, **other)


def rows(fitted: Fitted, table: str = "forecast") -> list[dict[str, Any]]:
    """The rows of a table with the names of their columns."""
    told = {"forecast": fitted.forecast, "backtest": fitted.backtest, "forecast_series": fitted.series}[table]
    return [dict(zip((c.name for c in published_tables()[table].columns), row, strict=True)) for row in told]


class TestBreaks:
    def test_years_before_a_cut_have_no_part_in_a_forecast(self) -> None:
        after = [1118, 1756, 2171, 2429]
        cut = rows(fit([a_series(2014, [19, 71, 135, 242, 363, *after], a_break(2019, "cut"))], {}))
        alone = rows(fit([a_series(2019, after)], {}))
        assert cut == alone
        assert {(row["first_year"], row["years"], row["origin_year"]) for row in cut} == {(2019, 4, 2022)}

    def test_no_backtest_crosses_a_cut(self) -> None:
        values = [10 * 2**n for n in range(16)]
        fitted = fit([a_series(2001, values, a_break(2009, "cut"))], {})
        pairs = {(row["origin_year"], row["year"]) for row in rows(fitted, "backtest")}
        # parts of eight years, 2001 to 2008 and 2009 to 2016: the sixth and the seventh of each are origins
        assert pairs == {(2006, 2007), (2006, 2008), (2007, 2008), (2014, 2015), (2014, 2016), (2015, 2016)}
        assert not any(row["crosses_break"] for row in rows(fitted, "backtest"))

    def test_a_level_is_told_of_forecasts_over_it(self) -> None:
        fitted = fit([a_series(2010, [2.0**n for n in range(10)], a_break(2018, "level"))], {})
        crossing = {(row["origin_year"], row["year"]): row["crosses_break"] for row in rows(fitted, "backtest")}
        assert {pair for pair, crosses in crossing.items() if crosses} == {
            (o, y) for o in range(2015, 2018) for y in (2018, 2019) if y > o
        }

    def test_a_mark_is_told_and_changes_nothing(self) -> None:
        values = [3, 9, 20, 50, 90, 120, 160]
        marked, plain = (fit([a_series(2010, values, *breaks)], {}) for breaks in ([a_break(2014, "mark")], []))
        assert marked.forecast == plain.forecast
        assert [row["break_effect"] for row in rows(marked, "forecast_series")] == [None, None, None, None, "mark", None, None]

    def test_one_in_a_gap_is_told_of_the_next_year(self) -> None:
        series = Series(
            "plain", "jobs", (2013, 2016, 2018), (6.0, 84.0, 180.0), 1e4, (a_break(2015, "cut"), a_break(2017, "level"))
        )
        told = rows(fit([series], {}), "forecast_series")
        assert [(row["year"], row["break_effect"], row["is_fitted"]) for row in told] == [
            (2013, None, False), (2016, "cut", True), (2018, "level", True),
        ]  # fmt: skip
        assert (told[1]["break_what"], told[1]["break_what_zh"]) == ("what changed", "什么变了")

    def test_every_change_of_a_shipped_rule_is_declared(self) -> None:
        declared = {(one.rulebook, one.series, one.year) for one in read_breaks(BREAKS).breaks}
        for book in load_rulebooks(ROOT / "rulebooks"):
            for rules, series in (
                (book.village, ("taobao_villages", "taobao_towns", "jobs")),
                (book.township, ("taobao_towns", "jobs")),
            ):
                for rule in rules[1:]:
                    assert {(book.name, name, rule.first_year) for name in series} <= declared

    def test_the_town_rule_and_the_rural_rule_are_declared_of_the_published_series(self) -> None:
        declared = {
            (one.series, one.year): one.effect for one in read_breaks(BREAKS).breaks if one.series.startswith("published_")
        }
        assert declared == {
            ("published_taobao_villages", 2015): "mark", ("published_taobao_villages", 2020): "level",
            ("published_taobao_towns", 2019): "cut", ("published_taobao_towns", 2020): "level",
            ("published_jobs", 2019): "cut", ("published_jobs", 2020): "level",
        }  # fmt: skip


class TestForecasts:
    def test_they_go_ten_years_on_and_to_2029_at_least(self) -> None:
        for last, end in ((2016, 2029), (2019, 2029), (2022, 2032)):
            years = {row["year"] for row in rows(fit([a_series(last - 4, [1, 2, 3, 4, 5])], {}))}
            assert years == set(range(last + 1, end + 1))

    @pytest.mark.parametrize(
        ("years", "models"),
        [
            (1, {"naive", "ensemble"}),
            (2, {"naive", "ensemble"}),
            (3, {"naive", "ensemble", "exponential"}),
            (4, set(MODELS)),
        ],
    )
    def test_a_short_series_gives_what_it_carries(self, years: int, models: set[str]) -> None:
        told = rows(fit([a_series(2018, [3, 14, 20, 212][:years])], {}))
        assert {row["model"] for row in told} == models
        assert {row["weight"] for row in told} == {None, round(1 / (len(models) - 1), 6)}
        assert {row["lower"] is None for row in told} == {years == 1}

    def test_what_others_forecast_stands_beside(self) -> None:
        told = (("forecast_made_2012", 2012, 2014, 100.0), ("forecast_made_2013", 2013, 2029, 20000.0))
        fitted = fit([a_series(2010, [10, 20, 40, 80, 160], told=told)], {})
        (ahead,) = [row for row in rows(fitted) if row["model"] not in MODELS]
        assert (ahead["model"], ahead["origin_year"], ahead["year"], ahead["value"], ahead["lower"]) == (
            "forecast_made_2013",
            2013,
            2029,
            20000,
            None,
        )
        (back,) = [row for row in rows(fitted, "backtest") if row["model"] not in MODELS]
        # told 100 for 2014, which came to 160; up to 2012 the series moved by 10 and by 20
        assert (back["origin_year"], back["actual"], back["scaled_error"], back["is_within"]) == (2012, 160, 4, None)


class TestCarryingOver:
    def test_only_a_series_that_changed_is_fitted(self) -> None:
        one, two = a_series(2010, [1, 2, 3]), a_series(2010, [100, 200, 300], name="jobs")
        first = fit([one, two], {})
        assert first.anew == ("plain/taobao_villages", "plain/jobs")
        assert fit([one, two], first.kept).anew == ()
        changed = fit([one, a_series(2010, [100, 200, 301], name="jobs")], first.kept)
        assert changed.anew == ("plain/jobs",)

    @pytest.mark.parametrize(
        "other",
        [
            a_series(2010, [1, 2, 4]), a_series(2011, [1, 2, 3]), a_series(2010, [1, 2, 3], a_break(2012, "level")),
            Series("plain", "taobao_villages", (2010, 2011, 2012), (1.0, 2.0, 3.0), 9.0),
        ],
    )  # fmt: skip
    def test_years_values_breaks_and_ceiling_decide(self, other: Series) -> None:
        assert fit([other], fit([a_series(2010, [1, 2, 3])], {}).kept).anew == ("plain/taobao_villages",)

    def test_what_is_carried_over_is_what_would_be_fitted(self) -> None:
        one = a_series(2010, [3, 14, 20, 212, 780, 1311, 2118])
        fitted = fit([one], {})
        carried = fit([one], json.loads(json.dumps(fitted.kept)))
        assert (carried.anew, carried.forecast, carried.backtest) == ((), fitted.forecast, fitted.backtest)

    def test_the_order_of_series_does_not_matter(self) -> None:
        series = [
            a_series(2010, [n, 2 * n, 3 * n], name=name) for n, name in enumerate(("jobs", "taobao_towns", "taobao_villages"), 1)
        ]
        one, other = fit(series, {}), fit(series[::-1], {})
        assert (one.forecast, one.backtest) == (other.forecast, other.backtest)


# ---------------------------------------------------------------- in a census
VILLAGE = "371721101201"
ARTICLE = "2029,taobao_villages.forecast_made_2019,20000,villages (>),me\n"


def grown(census: Census) -> Census:
    """丁楼村 has the status from 2019 to 2021, 张庄村 from 2020 on; the last order was updated in 2022."""
    census.lines(
        "shops/a.csv",
        *(census.shop(i, VILLAGE) for i in range(1, 101)),
        *(census.shop(i, VILLAGE[:-1] + "2") for i in range(101, 201)),
    )
    orders = [(year, i) for year in (2019, 2020, 2021) for i in range(1, 201 if year > 2019 else 101)]
    census.lines(
        "transactions/a.csv",
        *(census.order(1000 * y + 3 * i + n, i, f"{y}-0{4 + n}-15", 50_000) for y, i in orders for n in range(3)),
    )
    return census


@pytest.fixture
def figures(census: Census) -> Callable[..., None]:
    """Gives the census published figures of its own."""

    def give(*lines: str) -> None:
        path = census.folder / "figures.csv"
        path.write_text("year,metric,value,unit,source\n" + "".join(lines), encoding="utf-8")
        census.variables["CENSUS_PUBLISHED_FIGURES"] = str(path)

    return give


def content(census: Census) -> list[bytes]:
    return [(census.warehouse / "current" / f"{table}.parquet").read_bytes() for table in TABLES]


class TestInACensus:
    def test_the_series(self, census: Census, figures: Callable[..., None]) -> None:
        figures(
            "2013,taobao_villages,20,villages,a\n", "2014,taobao_villages,211,villages,a\n", "2014,taobao_villages,212,villages,b\n",
            "2014,taobao_villages,212,villages,c\n", "2014,taobao_villages.province=山东,13,villages,a\n", ARTICLE,
        )  # fmt: skip
        grown(census).run()
        told = {}
        for row in census.published("forecast_series"):
            told.setdefault((row["rulebook"], row["series"]), {})[row["year"]] = row["value"]
        assert told == {
            ("aliresearch", "taobao_villages"): {2019: 1, 2020: 2, 2021: 2},
            ("aliresearch", "taobao_towns"): {2019: 0, 2020: 0, 2021: 0},
            ("aliresearch", "jobs"): {2019: 280, 2020: 560, 2021: 560},
            # where sources disagree, the figure that most of them give, as in headline
            ("aliresearch", "published_taobao_villages"): {2013: 20, 2014: 212},
        }
        (claim,) = census.published("forecast", model="forecast_made_2019")
        assert (claim["series"], claim["year"], claim["value"], claim["origin_year"]) == (
            "published_taobao_villages",
            2029,
            20000,
            2019,
        )

    def test_provisional_years_are_not_used(self, census: Census) -> None:
        grown(census).lines("transactions/b.csv", census.order(1, 1, "2022-01-01", 7))
        census.run()
        assert {row["year"] for row in census.published("headline", is_provisional=True)} == {2022}
        assert {row["year"] for row in census.published("forecast_series", series="jobs")} == {2019, 2020, 2021}
        assert {row["origin_year"] for row in census.published("forecast", series="jobs")} == {2021}

    def test_ceilings_are_the_villages_and_townships_of_the_newest_edition(
        self, census: Census, figures: Callable[..., None]
    ) -> None:
        figures("2013,taobao_villages,4,villages,a\n")
        census.places([
            *(("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371721101", "大集镇"), ("371721102", "安蔡楼镇", 2018, 2020)),
            *((f"3717211012{n:02}", f"甲{n}村") for n in range(1, 8)), ("371721101299", "乙村", 2018, 2020),
            ("371721101001", "大集社区"), ("371721101501", "场部"),
        ])  # fmt: skip
        grown(census).run()
        ceilings = {row["series"]: row["ceiling"] for row in census.published("forecast_series")}
        # seven villages, the community and the village-like unit left out; one township; jobs know no bound
        assert ceilings == {"taobao_villages": 7, "published_taobao_villages": 7, "taobao_towns": 1, "jobs": 56000}
        assert max(row["upper"] for row in census.published("forecast", series="taobao_villages")) <= 7

    def test_a_province_s_rulebook_knows_its_own_villages_alone(self, census: Census) -> None:
        census.places([
            *(("33", "浙江省"), ("3301", "杭州市"), ("330111", "富阳区"), ("330111110", "场口镇"), ("330111110254", "东梓关村")),
            *(("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371721101", "大集镇"), (VILLAGE, "丁楼村"), ("371721101202", "张庄村")),
        ])  # fmt: skip
        grown(census).shipped_rulebooks().run()
        ceilings = {row["rulebook"]: row["ceiling"] for row in census.published("forecast_series", series="taobao_villages")}
        assert ceilings == {"aliresearch": 3, "article": 3, "zhejiang": 1}

    def test_a_year_of_other_months_is_a_break(self, census: Census) -> None:
        calendar = census.folder / "calendar.toml"
        calendar.write_text('[2020]\nfirst = "2019-09"\nlast = "2020-08"\n', encoding="utf-8")
        grown(census).run(calendar=str(calendar))
        told = {row["year"]: row for row in census.published("forecast_series", series="taobao_villages")}
        assert [told[year]["break_effect"] for year in (2019, 2020, 2021)] == [None, "level", "level"]
        assert "other months" in told[2021]["break_what"]

    def test_no_figure_at_all(self, census: Census, figures: Callable[..., None]) -> None:
        figures()
        census.run()
        assert [census.published(table) for table in TABLES] == [[], [], []]
        assert "nothing to forecast" in census("forecast").out

    def test_how_records_came_does_not_matter(self, census: Census, new_census: Callable[[], Census]) -> None:
        grown(census).run()
        other = new_census()
        lines = [
            line
            for file in grown(other).raw.rglob("*.csv")
            if file.parent.name == "transactions"
            for line in file.read_text().splitlines()[1:]
        ]
        random.Random(1).shuffle(lines)
        other.lines("transactions/a.csv", *lines[:300])
        other.run()
        other.lines("transactions/b.csv", *lines[300:], *lines[290:310])
        other.run()
        assert content(other) == content(census)

    def test_carried_over_or_fitted_anew_the_bytes_are_the_same(self, census: Census) -> None:
        grown(census).run()
        before = content(census)
        kept = census.warehouse / "current" / "_state" / "forecast.json"
        text = kept.read_text(encoding="utf-8")
        census.lines("transactions/b.csv", census.order(1, 1, "2021-05-01", 7))
        census.run()
        assert content(census) == before
        assert (census.warehouse / "current" / "_state" / "forecast.json").read_text(encoding="utf-8") == text
        census.run("--rebuild")
        assert content(census) == before

    @pytest.mark.parametrize("damage", ["", "{}", "x\n{}", "\x00", None])
    def test_what_is_not_as_it_was_kept_is_fitted_anew(self, census: Census, damage: str | None) -> None:
        grown(census).run()
        before = content(census)
        kept: Path = census.warehouse / "current" / "_state" / "forecast.json"
        if damage is None:
            kept.write_text(kept.read_text(encoding="utf-8").replace("0", "1"), encoding="utf-8")
        else:
            kept.write_text(damage, encoding="utf-8")
        census.lines("transactions/b.csv", census.order(1, 1, "2021-05-01", 7))
        census.run()
        assert content(census) == before

    @pytest.mark.parametrize(
        ("line", "number"),
        [
            ("plain,jobs,19,cut,a,b,c", 2), ("plain,jobs,2019,ends,a,b,c", 2), ("plain,jobs,2019,cut,a,b", 2), ("plain,jobs,2019,cut,,b,c", 2),
        ],
    )  # fmt: skip
    def test_a_wrong_break_stops_the_run(self, census: Census, line: str, number: int) -> None:
        path = census.folder / "breaks.csv"
        path.write_text(f"rulebook,series,year,effect,what,what_zh,source\n{line}\n", encoding="utf-8")
        done = census("run", series_breaks=str(path))
        assert (done.status, census.current()) == (2, None)
        assert f"breaks.csv:{number}:" in done.err

    def test_another_break_is_news(self, census: Census) -> None:
        grown(census).run()
        path = census.folder / "breaks.csv"
        path.write_text("rulebook,series,year,effect,what,what_zh,source\naliresearch,jobs,2020,cut,a,b,c\n", encoding="utf-8")
        assert census.run(series_breaks=str(path)).out.startswith("Published")
        assert {row["first_year"] for row in census.published("forecast", series="jobs")} == {2020}


# ---------------------------------------------------------------- what is told
@pytest.fixture(scope="module")
def villages(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """The published series as shipped, with the villages of the shipped divisions; other tests have divisions of their own."""
    from flows.engine import connect, execute

    with connect("1GiB", 1, tmp_path_factory.mktemp("scratch")) as con:
        execute(con, "rules/published_metrics", path=str(FIGURES.with_name("published-metrics.csv")))
        execute(con, "rules/published_values", path=str(FIGURES))
        execute(con, "rules/published_figures")
        query = "select year, published_value from published_figures where metric = 'taobao_villages' order by year"
        years, figures = zip(*con.execute(query).fetchall(), strict=True)
    breaks = tuple(one for one in read_breaks(BREAKS).breaks if one.series == "published_taobao_villages")
    told = (("forecast_made_2019", 2019, 2029, 20000.0),)
    return Series("aliresearch", "published_taobao_villages", years, figures, 487144.0, breaks, told)


@pytest.fixture(scope="module")
def told(villages: Series) -> Findings:
    fitted = fit([villages], {})
    return findings(*(rows(fitted, table) for table in TABLES))


class TestThePublishedSeries:
    """What docs/forecast.md tells of it."""

    def test_the_table_of_the_page(self, told: Findings) -> None:
        (claim,) = told.claims
        for score in told.scores:
            of_page = re.search(rf"^\| {re.escape(MODELS[score.model][0])} \|(.*)\|$", PAGE, re.MULTILINE)
            assert of_page, score.model
            cells = [cell.strip() for cell in of_page[1].split("|")]
            assert cells[0] == f"{claim.values[score.model]:,.0f}"
            if score.model == "ensemble":
                assert cells[1] == f"{claim.lower:,.0f} to {claim.upper:,.0f}"
            assert cells[2:] == [
                "" if score.weight is None else f"{score.weight:.2f}", f"{score.mase:.2f}", f"{score.within} of {score.intervals}",
            ]  # fmt: skip

    def test_the_ensemble_beats_naive_and_exponential(self, told: Findings) -> None:
        mase = {score.model: score.mase for score in told.scores}
        assert mase["ensemble"] < mase["naive"]
        assert mase["ensemble"] < mase["exponential"]
        (sentence,) = [one.en for one in told.sentences if one.about == "backtest"]
        assert sentence in " ".join(PAGE.split())

    @pytest.mark.parametrize(("first", "wins"), [(4, False), (5, False), (7, True)])
    def test_where_backtests_begin_decides_and_the_page_says_so(
        self, villages: Series, monkeypatch: pytest.MonkeyPatch, first: int, wins: bool
    ) -> None:
        monkeypatch.setattr(rolling, "FIRST_ORIGIN", first)
        told = rows_of.__wrapped__(villages)["backtest"]
        mase = {
            model: statistics.mean(row[10] for row in told if row[2] == model) for model in ("naive", "ensemble", "damped_trend")
        }
        assert (mase["ensemble"] < mase["naive"]) == wins
        assert f"{mase['ensemble']:.2f}" in PAGE
        assert f"{mase['naive']:.2f}" in PAGE
        assert wins or f"{mase['damped_trend']:.2f}" in PAGE

    def test_the_plain_answer(self, told: Findings) -> None:
        (claim,) = told.claims
        assert claim.reached_by == ("exponential",)
        assert claim.upper < 20000
        assert claim.needs == pytest.approx((20000 / 7780) ** (1 / 7) - 1)
        (sentence,) = [one.en for one in told.sentences if one.about == "claim"]
        assert sentence in " ".join(PAGE.split())


class TestFindings:
    def test_they_say_so_where_the_ensemble_does_not_win(self) -> None:
        def held(model: str, error: float) -> dict[str, Any]:
            return {
                "rulebook": "plain",
                "series": "jobs",
                "model": model,
                "origin_year": 2018,
                "year": 2019,
                "scaled_error": error,
                "is_within": True,
            }

        series = [{"rulebook": "plain", "series": "jobs", "year": 2019, "value": 5.0, "is_fitted": True, "break_effect": None}]
        found = findings([], [held("naive", 1), held("exponential", 3), held("ensemble", 2), held("bass", 0.5)], series)
        (said,) = [one for one in found.sentences if one.about == "backtest"]
        assert "it beats exponential (3.00); it does not beat naive (1.00). Alone, Bass (0.50) did better." in said.en
        assert "不优于朴素（持平）（1.00）" in said.zh

    def test_the_order_of_rows_does_not_matter(self) -> None:
        fitted = fit([a_series(2010, [3, 14, 20, 212, 780, 1311, 2118], told=(("forecast_made_2012", 2012, 2029, 9.0),))], {})
        tables = [rows(fitted, table) for table in TABLES]
        shuffled = [random.Random(2).sample(table, len(table)) for table in tables]
        assert findings(*tables) == findings(*shuffled)

    def test_too_few_years_speak_for_nothing(self) -> None:
        told = (("forecast_made_2019", 2019, 2029, 20e6),)
        fitted = fit([a_series(2019, [6.83e6, 8.28e6], name="published_jobs", told=told)], {})
        found = findings(*(rows(fitted, table) for table in TABLES))
        (claim,) = [one.en for one in found.sentences if one.about == "claim"]
        assert "none speaks for it or against it" in claim
        assert "it takes growth of 10.3 % a year; in 2020 it was 21.2 %." in claim

    def test_of_a_snapshot(self, example: Census) -> None:
        found = read_findings((example.warehouse / "current").resolve())
        assert found.sentences[0].series == "published_taobao_villages"
        assert all(one.en and one.zh for one in found.sentences)


class TestTheCommand:
    def test_it_tells_people(self, example: Census) -> None:
        out = example("forecast").out
        for told in (
            "TAOBAO VILLAGES, AS PUBLISHED",
            "JOBS, COUNTED UNDER ARTICLE",
            "20,000 Taobao villages were forecast for 2029",
            "MASE",
        ):
            assert told in " ".join(out.split())

    def test_it_tells_machines(self, example: Census) -> None:
        told = json.loads(example("forecast", "--json").out)
        assert set(told) == {"scores", "claims", "sentences"}

    def test_another_rulebook(self, example: Census) -> None:
        assert "COUNTED UNDER ZHEJIANG" in example("forecast", "--rulebook", "zhejiang").out
        done = example("forecast", "--rulebook", "nobody")
        assert (done.status, "aliresearch, article, zhejiang" in done.err) == (2, True)

    def test_a_snapshot_without_forecasts_says_how_to_get_them(self, census: Census) -> None:
        assert census("forecast").status == 2
