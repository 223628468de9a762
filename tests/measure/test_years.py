"""Statistical years: their windows, exceptions of the calendar, what is provisional. Contract 2 and 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Census


def shop_years(census: Census) -> list[tuple[int, int, int, int]]:
    """(year, sales, transactions, transactions of the last three months) of shop 1."""
    rows = census.published("shop_year", shop_id=1)
    return [(row["year"], int(row["sales"]), row["transactions"], row["transactions_last_3_months"]) for row in rows]


def paid(census: Census, *moments: str, **other: Any) -> None:
    """Delivers shop 1 and an order of it for each moment: the first over 1 yuan, the next over 10, and so on."""
    census.lines("shops/a.csv", census.shop(1))
    census.lines("transactions/a.csv", *(census.order(i + 1, 1, moment, 10**i, **other) for i, moment in enumerate(moments)))


def with_calendar(census: Census, text: str) -> None:
    """Gives a census a calendar file."""
    (census.folder / "calendar.toml").write_text(text, encoding="utf-8")
    census.variables["CENSUS_CALENDAR"] = str(census.folder / "calendar.toml")


class TestUsualWindows:
    """Year N runs from 1 July N-1 to 30 June N, both days included."""

    def test_bounds(self, census: Census) -> None:
        paid(
            census,
            "2018-06-30 23:59:59.999999",  # 2018: 1, of its last three months
            "2018-07-01 00:00:00",  # 2019: 10
            "2019-03-31 23:59:59.999999",  # 2019: 100
            "2019-04-01 00:00:00",  # 2019: 1000, of its last three months
            "2019-06-30 23:59:59.999999",  # 2019: 10,000, of its last three months
            "2019-06-30T16:00:00Z",  # 2020: 100,000, since it is 1 July in Shanghai
        )
        census.run()
        assert shop_years(census) == [(2018, 1, 1, 1), (2019, 11_110, 4, 2), (2020, 100_000, 1, 0)]

    def test_the_first_and_the_last_day_of_all(self, census: Census) -> None:
        paid(census, "2003-01-01", "2099-12-31 23:59:59.999999", updated_at="2099-12-31")
        census.run("--accept", "future")
        assert shop_years(census) == [(2003, 1, 1, 0), (2100, 10, 1, 0)]

    def test_every_year_from_the_first_to_the_last_without_gaps(self, census: Census) -> None:
        paid(census, "2015-05-01", "2018-05-01")
        census.run()
        assert [year for year, *_ in shop_years(census)] == [2015, 2018]
        assert sorted({row["year"] for row in census.published("headline")}) == [2015, 2016, 2017, 2018]

    def test_years_of_unknown_shops_are_covered_too(self, census: Census) -> None:
        census.lines("transactions/a.csv", census.order(1, 9, "2015-05-01", 1), census.order(2, 9, "2017-05-01", 1))
        census.run("--accept", "orphans")
        assert sorted({row["year"] for row in census.published("headline")}) == [2015, 2016, 2017]
        assert census.published("shop_year") == []

    def test_only_counted_orders_make_a_year(self, census: Census) -> None:
        paid(census, "2018-05-01")
        census.lines(
            "transactions/b.csv",
            census.order(5, 1, "2017-05-01", 1, status="TRADE_CLOSED"),
            census.order(6, 1, "2019-05-01", 7, refunded_amount=7),  # all is refunded, and it counts
            census.order(7, 1, "2021-05-01", 1, updated_at="2021-05-01"),
            census.order(7, 1, "2018-05-01", 100, updated_at="2021-05-02"),  # it moved to another year
        )
        census.run()
        assert shop_years(census) == [(2018, 101, 2, 2), (2019, 0, 1, 1)]
        assert sorted({row["year"] for row in census.published("headline")}) == [2018, 2019]

    def test_an_order_counts_also_before_its_shop_opens_and_after_it_closes(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1, opened_on="2019-05-02", closed_on="2019-05-03"))
        census.lines("transactions/a.csv", *(census.order(day, 1, f"2019-05-0{day}", 1) for day in range(1, 6)))
        census.run()
        assert shop_years(census) == [(2019, 5, 5, 5)]

    def test_an_orphaned_order_enters_once_its_shop_arrives(self, census: Census) -> None:
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
        census.run("--accept", "orphans")
        value = {row["metric"]: row["value"] for row in census.published("headline", rulebook="aliresearch")}
        assert (value["orphaned_sales"], value["unplaced_sales"]) == (5, 0)
        census.lines("shops/a.csv", census.shop(1))
        census.run()
        assert shop_years(census) == [(2019, 5, 1, 1)]
        value = {row["metric"]: row["value"] for row in census.published("headline", rulebook="aliresearch")}
        assert (value["orphaned_sales"], value["unplaced_sales"]) == (0, 5)


class TestCalendar:
    def test_a_longer_year_overlaps_with_the_next(self, census: Census) -> None:
        with_calendar(census, '[2019]\nfirst = "2018-11"\nlast = "2019-08"\n')
        paid(
            census,
            "2018-10-31 23:59:59.999999",  # 1: after 2018 and before 2019, in no year
            "2018-11-01",  # 10: 2019
            "2019-05-31 23:59:59",  # 100: 2019
            "2019-06-01",  # 1000: 2019, of June to August
            "2019-07-01",  # 10,000: 2019, of its last three months, and 2020
            "2019-08-31 23:59:59.999999",  # 100,000: likewise
            "2019-09-01",  # 1,000,000: 2020
        )
        census.run()
        assert shop_years(census) == [(2019, 111_110, 5, 3), (2020, 1_110_000, 3, 0)]

    def test_the_example_of_the_contract(self, census: Census) -> None:
        with_calendar(census, '[2016]\nfirst = "2015-09"\nlast = "2016-08"\n')
        paid(census, "2015-06-30", "2015-07-01", "2015-08-31", "2015-09-01", "2016-06-01", "2016-08-31", "2016-09-01")
        census.run()
        # 2015: 1; none: 10 and 100; 2016: 1000 + 10,000 + 100,000; 2017: 100,000 (August) and 1,000,000
        assert shop_years(census) == [(2015, 1, 1, 1), (2016, 111_000, 3, 2), (2017, 1_100_000, 2, 0)]

    def test_orders_in_no_year_count_for_the_share_of_orphans(self, census: Census) -> None:
        with_calendar(census, '[2019]\nfirst = "2018-11"\nlast = "2019-06"\n')
        census.lines("shops/a.csv", census.shop(1))
        orphans = [census.order(2, 9, "2019-05-01", 50)]
        census.lines("transactions/a.csv", census.order(1, 1, "2018-09-01", 950), *orphans)
        census.run()  # 50 of 1000 yuan are 5 %, which is not over
        assert shop_years(census) == []
        assert {row["metric"]: row["value"] for row in census.published("headline", rulebook="aliresearch")}[
            "orphaned_sales"
        ] == 50

    def test_years_are_those_whose_window_holds_an_order(self, census: Census) -> None:
        with_calendar(census, '[2019]\nfirst = "2017-01"\nlast = "2017-01"\n')  # far from where it would be
        paid(census, "2017-01-15", "2018-09-01")
        census.run()
        # January 2017 lies in 2017 and in 2019; September 2018 in no year
        assert shop_years(census) == [(2017, 1, 1, 0), (2019, 1, 1, 1)]
        assert sorted({row["year"] for row in census.published("headline")}) == [2017, 2018, 2019]

    def test_all_orders_in_no_year(self, census: Census) -> None:
        with_calendar(census, '[2019]\nfirst = "2018-11"\nlast = "2019-06"\n')
        paid(census, "2018-09-01")
        census.run()
        assert (shop_years(census), census.published("headline")) == ([], [])

    def test_the_years_end_is_the_last_day_of_its_window(self, census: Census) -> None:
        with_calendar(census, '[2019]\nfirst = "2018-07"\nlast = "2019-08"\n')
        census.lines(
            "shops/a.csv",
            census.shop(1, "371721101", closed_on="2019-07-15"),  # closed at the end of August, though not at that of June
            census.shop(2, "371721101", opened_on="2019-08-01"),  # 30 days before 31 August
            census.shop(3, "371721101", opened_on="2019-08-02"),
            census.shop(4, "371721102", recorded_at="2018-01-01"),
            census.shop(4, "371721101", recorded_at="2019-08-31 23:59:59"),
        )
        census.lines("transactions/a.csv", *(census.order(10 * i + n, i, "2019-08-20", 1) for i in range(1, 5) for n in range(3)))
        census.run()
        rows = census.published("township_status", rulebook="aliresearch", year=2019)
        assert [(row["township_code"], row["transactions"], row["active_shops"]) for row in rows] == [("371721101", 12, 2)]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ('[2016]\nfirst = "2016-09"\nlast = "2016-08"\n', 3),
            ('# a comment\n[2016]\nfirst = "2015-13"\nlast = "2016-08"\n', 3),
            ('[16]\nfirst = "2015-09"\nlast = "2016-08"\n', 1),
        ],
    )
    def test_a_wrong_one_stops_the_run_with_file_and_line(self, census: Census, text: str, line: int) -> None:
        with_calendar(census, text)
        done = census("run")
        assert (done.status, census.current()) == (2, None)
        assert f"calendar.toml:{line}" in done.err

    def test_a_new_one_is_news(self, census: Census) -> None:
        paid(census, "2018-07-01")
        census.run()
        assert shop_years(census) == [(2019, 1, 1, 0)]
        with_calendar(census, '[2018]\nfirst = "2017-07"\nlast = "2018-07"\n')
        census.run()
        assert shop_years(census) == [(2018, 1, 1, 1), (2019, 1, 1, 0)]
        assert "Nothing new" in census.run().out


class TestProvisional:
    """Until the newest `updated_at` of the current orders has reached the first moment after its window."""

    @pytest.mark.parametrize(
        ("updated", "provisional"),
        [("2019-06-30 23:59:59.999999", True), ("2019-07-01", False), ("2019-06-30 16:00Z", False), ("2030-01-01", False)],
    )
    def test_a_year(self, census: Census, updated: str, provisional: bool) -> None:
        paid(census, "2018-01-01", "2019-05-01", updated_at=updated)
        census.lines("shops/a.csv", census.shop(1, "371721101201"))
        census.run("--accept", "future")
        for table in ("village_status", "township_status", "headline"):
            told = {(row["year"], row["is_provisional"]) for row in census.published(table)}
            assert told == {(2018, False), (2019, provisional)}, table

    def test_orders_that_do_not_count_tell_too(self, census: Census) -> None:
        paid(census, "2019-05-01", updated_at="2019-05-01")
        census.lines("transactions/b.csv", census.order(9, 8, "", 1, status="WAIT_BUYER_PAY", updated_at="2019-07-01"))
        census.run()
        assert {row["is_provisional"] for row in census.published("headline")} == {False}

    def test_a_shops_record_does_not(self, census: Census) -> None:
        paid(census, "2019-05-01", updated_at="2019-05-01")
        census.lines("shops/b.csv", census.shop(2, recorded_at="2021-01-01"))
        census.run()
        assert {row["is_provisional"] for row in census.published("headline")} == {True}

    def test_it_follows_the_calendars_window(self, census: Census) -> None:
        with_calendar(census, '[2019]\nfirst = "2018-07"\nlast = "2019-08"\n')
        paid(census, "2019-05-01", updated_at="2019-08-31 23:59:59")
        census.run()
        assert {(row["year"], row["is_provisional"]) for row in census.published("headline")} == {(2019, True)}
