"""Rulebooks: what a file says, what it takes from others, and that a wrong one is refused with its line."""

import pickle
import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from flows.rules import RulebookError, load_rulebooks
from flows.rules.rulebook import AllOf, AnyOf, Criterion, Platforms, Source, leaves
from flows.rules.toml import read_toml

RULEBOOKS = Path(__file__).parents[2] / "rulebooks"

PLAIN = """
title = "Plain"

[platforms]
sales = "all"
village_active_shops = ["taobao", "tmall"]
active_shops = "all"

[[active]]
all = [{ metric = "transactions", op = ">=", value = 1 }]
source.name = "A paper"
words = "sold anything"

[[village]]
units = "any"
all = [
    { metric = "sales", op = ">=", value = 1000 },
    { any = [
        { metric = "active_shops", op = ">", value = "7/2" },
        { metric = "active_shops", over = "households", op = ">=", value = "0.10" },
    ] },
]
source = { name = "A paper", address = "https://example.org/paper" }
words = "sells"

[[township]]
villages = { metric = "taobao_villages", op = ">=", value = 3 }
source.name = "A paper"
words = "three"

[[cluster]]
cluster = { metric = "taobao_villages", op = ">=", value = 10 }
large = { metric = "taobao_villages", op = ">=", value = 30 }
super = { metric = "taobao_villages", op = ">", value = 100 }
source.name = "A paper"
words = "ten"

[[jobs]]
per_active_shop = "2.8"
source.name = "A paper"
words = "2.8"
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, **files: str):
    """The rulebooks of these files, by name."""
    return {book.name: book for book in load_rulebooks(write(folder, **files))}


def refused(folder: Path, **files: str) -> RulebookError:
    with pytest.raises(RulebookError) as caught:
        load(folder, **files)
    return caught.value


# What a file says


def test_a_rulebook_is_what_its_file_says(tmp_path):
    book = load(tmp_path, plain=PLAIN)["plain"]
    assert (book.name, book.title, book.province) == ("plain", "Plain", None)
    assert book.platforms == Platforms(None, ("taobao", "tmall"), None)
    (village,) = book.village
    assert (village.first_year, village.last_year, village.units) == (None, None, None)
    assert village.household_share == "ecommerce_households"
    assert village.source == Source("A paper", "https://example.org/paper")
    assert village.words == "sells"
    assert village.criteria == AllOf(
        (
            Criterion("sales", None, ">=", Fraction(1000)),
            AnyOf(
                (
                    Criterion("active_shops", None, ">", Fraction(7, 2)),
                    Criterion("active_shops", "households", ">=", Fraction(1, 10)),
                )
            ),
        )
    )
    assert [leaf.metric for leaf in leaves(village.criteria)] == ["sales", "active_shops", "active_shops"]
    (township,) = book.township
    assert township.villages == Criterion("taobao_villages", None, ">=", Fraction(3))
    assert township.sales is None
    assert book.cluster[0].super == Criterion("taobao_villages", None, ">", Fraction(100))
    assert book.jobs[0].per_active_shop == Fraction(14, 5)


def test_rulebooks_are_sorted_and_other_files_left_alone(tmp_path):
    books = load(tmp_path, b=PLAIN, a2=PLAIN, calendar="[2016", _draft="x", **{".hidden": "x"})
    assert list(books) == ["a2", "b"]


def test_rules_come_in_the_order_of_their_years(tmp_path):
    later = PLAIN.replace("[[township]]", "[[township]]\nfirst_year = 2019")
    township = later[later.index("[[township]]") : later.index("[[cluster]]")]
    book = load(tmp_path, plain=later + township.replace("first_year = 2019", "last_year = 2018"))["plain"]
    assert [(rule.first_year, rule.last_year) for rule in book.township] == [(None, 2018), (2019, None)]


def test_a_file_may_have_a_bom_and_windows_line_ends(tmp_path):
    (tmp_path / "plain.toml").write_bytes(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode())
    assert load_rulebooks(tmp_path)[0].title == "Plain"


def test_the_example_of_the_readme_is_a_rulebook(tmp_path):
    readme = (RULEBOOKS / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    book = load(tmp_path, example=example)["example"]
    assert book.province == "33"
    assert [rule.units for rule in book.village] == [None, ("village", "village_like")]
    assert [rule.household_share for rule in book.village] == ["ecommerce_households", "active_shops"]
    assert Criterion("sales", None, ">", Fraction("10000.5")) in leaves(book.active[0].criteria)


# What is taken from others


def test_what_is_not_given_is_taken_from_the_rulebook_that_is_extended(tmp_path):
    books = load(
        tmp_path,
        plain=PLAIN,
        local='title = "Local"\nextends = "plain"\nprovince = "33"\n',
        narrow="""
            title = "Narrow"
            extends = "local"
            [[jobs]]
            per_active_shop = 3
            source.name = "Another paper"
            words = "three"
        """,
    )
    plain, local, narrow = books["plain"], books["local"], books["narrow"]
    assert (plain.province, local.province, narrow.province) == (None, "33", "33")
    assert local.title == "Local"
    assert local.village == narrow.village == plain.village
    assert local.jobs == plain.jobs
    assert narrow.jobs[0].per_active_shop == 3


def test_extends_that_is_unknown_or_circular_is_refused(tmp_path):
    error = refused(tmp_path, plain=PLAIN, one='title = "One"\nextends = "plane"\n')
    assert (error.path.name, error.line) == ("one.toml", 2)
    assert error.message == "unknown rulebook 'plane': use 'one', 'plain'"

    one, two = 'title = "One"\nextends = "two"\n', 'title = "Two"\n\nextends = "one"\n'
    error = refused(tmp_path, one=one, two=two)
    assert (error.path.name, error.line) == ("two.toml", 3)
    assert "circle: one → two → one" in error.message


# What is refused. Each case replaces a text of PLAIN; `§` marks the line to blame, else it is line 1.

SOLD = '{ metric = "transactions", op = ">=", value = 1 }'
JOBS = '[[jobs]]\nper_active_shop = "2.8"\nsource.name = "A paper"\nwords = "2.8"\n'
WRONG = {
    # keys
    "unknown key": (
        'title = "Plain"',
        'title = "Plain"\n§subtitle = "x"',
        "unknown key `subtitle`: use title",
    ),
    "unknown section": ("[[jobs]]", "§[[wages]]", "unknown key `wages`"),
    "unknown key of a rule": ('words = "three"', 'words = "three"\n§note = ""', "unknown key `note`"),
    "unknown key of a criterion": (
        SOLD,
        f'{{ §unit = "", {SOLD[2:]}',
        "unknown key `unit`: use metric, op, value, over",
    ),
    "unknown key of a source": ("{ name =", "{ §page = 3, name =", "unknown key `page`: use name, address"),
    "no title": ('title = "Plain"\n', "", "`title` is missing here: add it"),
    "blank title": ('title = "Plain"', '§title = " "', "`title` must be a text that is not empty"),
    "no source": (JOBS, '§[[jobs]]\nper_active_shop = "2.8"\nwords = "2.8"', "`source` is missing here"),
    "no words": (
        JOBS,
        '§[[jobs]]\nper_active_shop = "2.8"\nsource.name = "A paper"',
        "`words` is missing here",
    ),
    "blank words": ('words = "ten"', '§words = """\n\n"""', "`words` must be a text that is not empty"),
    "source without a name": ('source = { name = "A paper",', "§source = {", "`name` is missing here"),
    "section that is one table": (
        "[[jobs]]",
        "§[jobs]",
        "must be an array: [ … ], or a table headed [[jobs]]",
    ),
    "section left out": (JOBS, "", "no `jobs`: add it, or take it from another rulebook with `extends`"),
    # criteria
    "unknown metric": (
        'metric = "active_shops", op',
        '§metric = "shop", op',
        "unknown metric 'shop': use 'sales'",
    ),
    "metric of another section": (
        '"taobao_villages", op = ">", value = 100',
        '§"sales", op = ">", value = 100',
        "'sales'",
    ),
    "unknown over": ('over = "households"', 'over = §"people"', "unknown metric 'people'"),
    "bad operator": (
        'op = ">", value = 100',
        '§op = "=>", value = 100',
        "unknown operator '=>': use '>', '>=', '<'",
    ),
    "binary float": (
        '"0.10"',
        "§0.10",
        "0.10 is not an exact number of up to 15 digits: write an integer",
    ),
    "binary float with an exponent": ("1000 }", "§1e3 }", "not an exact number"),
    "infinity": ("1000 }", "§inf }", "not an exact number"),
    "words for a number": ('"7/2"', '§"seven"', "seven is not an exact number"),
    "negative number": ("1000 }", "§-1000 }", "not an exact number"),
    "division by zero": ('"7/2"', '§"7/00"', "not an exact number"),
    "yes for a number": ("1000 }", "§true }", "not an exact number"),
    "list for a number": ("1000 }", "§[1000] }", "not an exact number"),
    "too many digits": ("1000 }", "§1_000_000_000_000_001 }", "not an exact number of up to 15 digits"),
    "too many decimals": ("1000 }", '§"100000000.00000001" }', "not an exact number of up to 15 digits"),
    "number for a yes": (
        SOLD,
        '§{ metric = "open_at_year_end", op = "=", value = 1 }',
        "is yes or no: write op",
    ),
    "more than a yes": (
        SOLD,
        '§{ metric = "open_at_year_end", op = ">", value = true }',
        "is yes or no: write op",
    ),
    "empty tree": (f"all = [{SOLD}]", "§all = []", "`all` is empty: put something into it"),
    "empty criterion": (SOLD, "§{}", "`metric` is missing here"),
    "no tree": (
        f"[[active]]\nall = [{SOLD}]",
        "§[[active]]",
        "exactly one of `all = [ … ]` and `any = [ … ]`",
    ),
    "two trees": (
        "[[active]]",
        f"§[[active]]\nany = [{SOLD}]",
        "exactly one of `all = [ … ]` and `any = [ … ]`",
    ),
    "two trees, nested": ("{ any = [", "§{ all = [], any = [", "exactly one of"),
    "all beside a metric": (
        "{ any = [",
        '{ §metric = "sales", any = [',
        "unknown key `metric`: use all, any",
    ),
    "criterion that is a text": (
        "    { any = [",
        '    §"sales > 10",\n    { any = [',
        "`all` must hold a table here",
    ),
    "township without criteria": (
        '[[township]]\nvillages = { metric = "taobao_villages", op = ">=", value = 3 }',
        "§[[township]]",
        "give criteria here: `villages`, `sales` or both",
    ),
    # lists of words
    "unknown platform": ('"tmall"', '§"tmal"', "unknown platform 'tmal': use 'taobao', 'tmall', '1688'"),
    "platform that is a text": (
        '["taobao", "tmall"]',
        '§"taobao"',
        "write \"all\", or a list of some of 'taobao'",
    ),
    "no platform": ('["taobao", "tmall"]', "§[]", "`village_active_shops` is empty"),
    "platform left out": ('[platforms]\nsales = "all"', "§[platforms]", "`sales` is missing here"),
    "unknown unit type": ('units = "any"', 'units = ["village",\n§"town"]', "unknown unit type 'town'"),
    "unknown share": ('units = "any"', 'units = "any"\n§household_share = "sales"', "unknown metric 'sales'"),
    "province without quotes": (
        'title = "Plain"',
        'title = "Plain"\n§province = 33',
        "33 is no province: write",
    ),
    "no province": ('title = "Plain"', 'title = "Plain"\n§province = "38"', "'38' is no province: write"),
    # years
    "year in quotes": ("[[jobs]]", '[[jobs]]\n§first_year = "2019"', "must be a year from 2003 to 2099"),
    "year out of range": ("[[jobs]]", "[[jobs]]\n§last_year = 2100", "must be a year from 2003 to 2099"),
    "years exchanged": (
        "[[jobs]]",
        "[[jobs]]\nfirst_year = 2020\n§last_year = 2019",
        "`last_year` is before `first_year`",
    ),
    "years that overlap": (
        JOBS,
        JOBS.replace("]]", "]]\nlast_year = 2018") + "§" + JOBS.replace("]]", "]]\nfirst_year = 2018"),
        "its years overlap with those of line 38: mend `first_year` or `last_year`",
    ),
    "no years at all": (JOBS, f"{JOBS}§{JOBS}", "its years overlap with those of line 38"),
    # TOML
    "not TOML": ('op = ">", value = 100', "§op = >, value = 100", "not TOML: Invalid value (at line 34"),
    "TOML that does not end": ('words = "2.8"\n', 'words = """\n\n§x', "not TOML: "),
}


@pytest.mark.parametrize(("before", "after", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_rulebook_is_refused_with_its_line(tmp_path, before, after, message):
    assert before in PLAIN
    text = PLAIN.replace(before, after)
    error = refused(tmp_path, plain=text.replace("§", ""))
    assert message in error.message
    assert error.path == tmp_path / "plain.toml"
    assert error.line == (text[: text.index("§")].count("\n") + 1 if "§" in text else 1)
    assert str(error) == f"{error.path}:{error.line}: {error.message}"


def test_an_error_in_any_of_the_files_is_found(tmp_path):
    assert refused(tmp_path, plain=PLAIN, other=PLAIN.replace('"tmall"', '"tmal"')).path.name == "other.toml"


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / "plain.toml").write_bytes('# 1\ntitle = "电商村"\n'.encode("gb18030"))
    error = refused(tmp_path)
    assert (error.line, error.message) == (2, "not UTF-8: save the file in this encoding")


@pytest.mark.parametrize("name", ["Plain", "2019", "my-book", "电商村"])
def test_a_name_that_no_column_can_bear_is_refused(tmp_path, name):
    assert "rename the file" in refused(tmp_path, **{name: PLAIN}).message


def test_a_folder_without_rulebooks_is_refused(tmp_path):
    assert "no rulebook in this folder" in refused(tmp_path, calendar="").message


def test_a_rulebook_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "plain.toml").mkdir()
    assert "cannot be read" in refused(tmp_path).message


def test_an_error_survives_pickling(tmp_path):
    error = refused(tmp_path, plain=PLAIN.replace('"tmall"', '"tmal"'))
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.path, copy.line, copy.message) == (error.path, error.line, error.message)


# Lines of keys

LINES = '''
# a comment with [brackets] and = signs
plain = "a # that is no comment, and \\" no end"
"quoted key" = \'\'\'
two lines
\'\'\'
dotted.key = 1
dates = [1979-05-27T07:32:00Z, 07:32:00,
         -1.5e-3]

[table."x.y"]
text = """
[not.a.table]
""""
inline = { a = [
    { b = 1 }, [
        2
    ],
], c.d = [] }
[[array]]
[[array]]
key = ""
[array.below]
key = true
[[array.below.deep]]
key = false
'''


def paths(value, keys=()):
    """The keys that lead to every value in a nest of tables and arrays, itself included."""
    yield keys
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(item, (*keys, key))


def test_every_key_and_element_knows_its_line(tmp_path):
    (tmp_path / "lines.toml").write_text(LINES, encoding="utf-8")
    root = read_toml(tmp_path / "lines.toml", RulebookError)
    assert root.file.lines == {
        (): 1,
        ("plain",): 3,
        ("quoted key",): 4,
        ("dotted",): 7,
        ("dotted", "key"): 7,
        ("dates",): 8,
        ("dates", 0): 8,
        ("dates", 1): 8,
        ("dates", 2): 9,
        ("table",): 11,
        ("table", "x.y"): 11,
        ("table", "x.y", "text"): 12,
        ("table", "x.y", "inline"): 15,
        ("table", "x.y", "inline", "a"): 15,
        ("table", "x.y", "inline", "a", 0): 16,
        ("table", "x.y", "inline", "a", 0, "b"): 16,
        ("table", "x.y", "inline", "a", 1): 16,
        ("table", "x.y", "inline", "a", 1, 0): 17,
        ("table", "x.y", "inline", "c"): 19,
        ("table", "x.y", "inline", "c", "d"): 19,
        ("array",): 20,
        ("array", 0): 20,
        ("array", 1): 21,
        ("array", 1, "key"): 22,
        ("array", 1, "below"): 23,
        ("array", 1, "below", "key"): 24,
        ("array", 1, "below", "deep"): 25,
        ("array", 1, "below", "deep", 0): 25,
        ("array", 1, "below", "deep", 0, "key"): 26,
    }
    assert root.value == tomllib.loads(LINES, parse_float=Decimal)
    assert set(root.file.lines) == set(paths(root.value))


@pytest.mark.parametrize("path", sorted(RULEBOOKS.glob("*.toml")), ids=lambda path: path.name)
def test_every_key_of_the_shipped_files_knows_its_line(path):
    root = read_toml(path, RulebookError)
    assert set(root.file.lines) == set(paths(root.value))
