"""The statistical year: 1 July N-1 to 30 June N, unless the calendar file gives the year other months."""

from datetime import date
from pathlib import Path

import pytest

from flows.rules import Calendar, CalendarError, load_calendar

SHIPPED = Path(__file__).parents[2] / "rulebooks" / "calendar.toml"


def calendar(folder: Path, text: str) -> Calendar:
    path = folder / "calendar.toml"
    path.write_text(text, encoding="utf-8")
    return load_calendar(path)


def test_the_shipped_calendar_has_no_exceptions():
    assert load_calendar(SHIPPED).exceptions == {}


def test_the_usual_year_runs_from_july_to_june():
    window = Calendar({}).window(2019)
    assert window.first_day == date(2018, 7, 1)
    assert window.last_day == date(2019, 6, 30)
    assert window.end == date(2019, 7, 1)
    assert window.last_3_months_from == date(2019, 4, 1)


def test_an_exceptional_year_has_the_months_that_the_file_gives(tmp_path):
    window = calendar(tmp_path, '[2016]\nfirst = "2015-09"\nlast = "2016-08"\n').window(2016)
    assert window.first_day == date(2015, 9, 1)
    assert window.last_day == date(2016, 8, 31)
    assert window.end == date(2016, 9, 1)
    assert window.last_3_months_from == date(2016, 6, 1)


def test_the_example_in_the_shipped_calendar_is_valid(tmp_path):
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    example = "\n".join(line.removeprefix("#     ") for line in lines if line.startswith("#     "))
    assert list(calendar(tmp_path, example).exceptions) == [2016]


@pytest.mark.parametrize(
    ("first", "last", "last_day", "last_3_months_from"),
    [
        ("2018-01", "2018-12", date(2018, 12, 31), date(2018, 10, 1)),
        ("2019-03", "2020-02", date(2020, 2, 29), date(2019, 12, 1)),
        ("2019-03", "2020-01", date(2020, 1, 31), date(2019, 11, 1)),
        ("2019-01", "2019-03", date(2019, 3, 31), date(2019, 1, 1)),
        ("2019-02", "2019-03", date(2019, 3, 31), date(2019, 2, 1)),
        ("2019-03", "2019-03", date(2019, 3, 31), date(2019, 3, 1)),
    ],
)
def test_year_end_and_last_three_months(tmp_path, first, last, last_day, last_3_months_from):
    window = calendar(tmp_path, f'[2019]\nfirst = "{first}"\nlast = "{last}"\n').window(2019)
    assert (window.last_day, window.last_3_months_from) == (last_day, last_3_months_from)


def test_other_years_stay_as_they_are_so_windows_may_overlap(tmp_path):
    years = calendar(tmp_path, '[2016]\nfirst = "2015-09"\nlast = "2016-08"\n')
    assert years.window(2015).end == date(2015, 7, 1)  # July and August 2015 are in no year
    assert years.window(2017).first_day == date(2016, 7, 1)  # July and August 2016 are in two


@pytest.mark.parametrize(
    ("first_month", "last_month", "years"),
    [
        (date(2018, 6, 1), date(2018, 6, 1), (2018,)),
        (date(2018, 7, 1), date(2018, 7, 1), (2019,)),
        (date(2018, 6, 1), date(2018, 7, 1), (2018, 2019)),
        (date(2016, 1, 1), date(2018, 12, 1), (2016, 2017, 2018, 2019)),
        (date(2099, 12, 1), date(2099, 12, 1), (2100,)),
    ],
)
def test_years_around(first_month, last_month, years):
    assert Calendar({}).years_around(first_month, last_month) == years


def test_years_around_knows_windows_far_from_their_year(tmp_path):
    years = calendar(tmp_path, '[2019]\nfirst = "2015-01"\nlast = "2015-12"\n')
    assert years.years_around(date(2015, 12, 1), date(2015, 12, 1)) == (2016, 2019)
    assert years.years_around(date(2016, 1, 1), date(2016, 1, 1)) == (2016,)
    assert years.years_around(date(2018, 7, 1), date(2019, 6, 1)) == ()


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2019, 6, 30), 2018),
        (date(2019, 7, 1), 2019),
        (date(2019, 12, 31), 2019),
        (date(2020, 1, 1), 2019),
        (date(2020, 6, 30), 2019),
    ],
)
def test_the_year_that_closed_last(day, year):
    assert Calendar({}).closed(day) == year


def test_a_year_with_months_of_its_own_closes_with_them(tmp_path):
    years = calendar(tmp_path, '[2019]\nfirst = "2018-09"\nlast = "2019-08"\n')
    assert years.closed(date(2019, 8, 31)) == 2018
    assert years.closed(date(2019, 9, 1)) == 2019
    early = calendar(tmp_path, '[2030]\nfirst = "2015-01"\nlast = "2015-12"\n')
    assert early.closed(date(2019, 7, 1)) == 2019, "what ended years ago is not what closed last"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[2016]\nfirst = "2015-09"\n', 1, "`last` is missing here"),
        (
            '[2016]\nfirst = "2015-09"\nlast = "2016-08"\nmonths = 12\n',
            4,
            "unknown key `months`: use first, last",
        ),
        (
            '[2002]\nfirst = "2001-07"\nlast = "2002-06"\n',
            1,
            "`2002` is no statistical year: use 2003 to 2099",
        ),
        ('\n[year]\nfirst = "2001-07"\nlast = "2002-06"\n', 2, "`year` is no statistical year"),
        ("2016 = 12\n", 1, "`2016` must hold a table"),
        ('[2016]\nfirst = "2016-13"\nlast = "2016-08"\n', 2, "'2016-13' is no month"),
        ('[2016]\nfirst = "2015-9"\nlast = "2016-08"\n', 2, "'2015-9' is no month"),
        ("[2016]\nfirst = 2015-09-01\nlast = 2016-08-31\n", 2, "`first` must be a text"),
        ('[2016]\nfirst = "2016-09"\nlast = "2016-08"\n', 3, "`last` is before `first`"),
        ('[2015]\nfirst = "2014-09"\nlast = "2015-08"\n[2015]\n', 4, "not TOML"),
    ],
)
def test_a_wrong_calendar_is_refused_with_its_line(tmp_path, text, line, message):
    with pytest.raises(CalendarError) as caught:
        calendar(tmp_path, text)
    assert caught.value.line == line
    assert message in caught.value.message
    assert str(caught.value) == f"{tmp_path / 'calendar.toml'}:{line}: {caught.value.message}"


def test_a_missing_calendar_is_refused(tmp_path):
    with pytest.raises(CalendarError, match="cannot be read"):
        load_calendar(tmp_path / "nowhere.toml")
