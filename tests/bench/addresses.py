"""Measure how addresses in words resolve, round trip and with noise, against peers that can be installed.

    python tests/bench/addresses.py [--number N] [--editions YEAR...] [--peers-python PATH] [--markdown FILE]

README.md beside this file says what is measured and what the figures do not tell. Ends with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

BENCH = Path(__file__).resolve().parent
REFERENCE = BENCH.parents[1] / "data" / "reference"
EDITIONS = tuple(range(2016, 2024))
COLD_STARTS = 3
BUSY = 0.5  # a load average over this before the start is worth a warning
JUDGED_FROM = 100_000  # addresses: with fewer, the loading of the reference tables is most of the time

LEAST_RIGHT, MOST_WRONG = 0.95, 0.001  # of the addresses with noise
LEAST_RATE, MOST_MEMORY, MOST_COLD = 20_000, 1024, 3.0  # addresses a second, MiB, seconds

KINDS = {  # of noise, each on 浙江省杭州市余杭区良渚街道新港村委会 where it can be
    "province dropped": "杭州市余杭区…",
    "prefecture dropped": "浙江省余杭区…",
    "province short": "浙江…",
    "prefecture short": "…杭州…",
    "old prefecture name": "沧州地区青县",
    "old county name": "…余杭县…",
    "county short": "…余杭…",
    "township short": "…良渚…",
    "township of another kind": "…良渚镇…",
    "village by its short name": "…新港村",
    "village bare": "…新港",
    "house number": "…新港村3组",
    "spaces or commas": "浙江省 杭州市 …",
    "traditional": "…餘杭區…",
    "said twice": "浙江省杭州市杭州市余杭区…",
    "postcode": "(311100)浙江省…",
}

LEVELS = {"county": 6, "township": 9, "village": 12}
STRAYING = {"old prefecture name", "old county name", "traditional"}
OUTCOMES = ("right", "township", "county", "nothing", "wrong")


Judged = dict[str, bool | None]  # level → whether what was told is right; None where nothing was


@dataclass(frozen=True)
class Village:
    """A village of an edition, with the names down to it."""

    code: str
    province: str
    prefecture: str
    county: str
    township: str
    village: str

    @property
    def in_full(self) -> str:
        return self.province + self.prefecture + self.county + self.township + self.village


@dataclass(frozen=True)
class Case:
    """An address, the village that it was written for, and the kinds of noise in it."""

    code: str
    address: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """What a resolver made of addresses: an answer for each, seconds for all, of these CPU time, peak MiB of its process."""

    answers: list[dict[str, str]]
    seconds: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    name: str
    judged: Sequence[Judged]
    plain: Sequence[Judged]  # those of addresses without what leads peers astray
    rate: float
    peak: float
    cold: float


# ---------------------------------------------------------------- the sample
EDITION = """
create or replace temp table division as
select code, name
from read_parquet($divisions)
where $edition between first_edition and last_edition
"""

# In the order of a digest, so that neither threads nor versions of DuckDB change the choice, and fewer are the first of more.
SAMPLE = """
with chosen as (
    select code, name, md5(code || ' ' || $seed) as place
    from division
    where length(code) = 12
    order by place, code
    limit $number
)
select village.code, province.name, prefecture.name, county.name, township.name, village.name
from chosen as village
join division as province on province.code = village.code[1:2]
join division as prefecture on prefecture.code = village.code[1:4]
join division as county on county.code = village.code[1:6]
join division as township on township.code = village.code[1:9]
order by place, village.code
"""


def sample(edition: int, number: int, seed: int) -> list[Village]:
    """Random villages of an edition; the same for the same seed."""
    with _edition(edition) as con:
        return [Village(*row) for row in con.execute(SAMPLE, {"number": number, "seed": str(seed)}).fetchall()]


def round_trip(edition: int, number: int, seed: int) -> list[Case]:
    """Villages written in full, as published."""
    return [Case(village.code, village.in_full) for village in sample(edition, number, seed)]


def noisy(edition: int, number: int, seed: int) -> list[Case]:
    """Villages written as people do. Of villages that come out alike, the first: an address has one truth."""
    noise = noise_of(edition)
    cases: dict[str, Case] = {}
    for village in sample(edition, number, seed):
        case = noise.write(village, random.Random(f"{seed} {village.code}"))
        cases.setdefault(case.address, case)
    return list(cases.values())


def ambiguous(edition: int, addresses: Iterable[str]) -> set[str]:
    """Which of the addresses several villages of the edition have as their full one, as it is read."""
    with _edition(edition) as con:
        rows = con.execute(SAMPLE, {"number": 2**31, "seed": ""}).fetchall()
    times = Counter(_as_read(Village(*row).in_full) for row in rows)
    return {address for address in addresses if times[_as_read(address)] > 1}


def _as_read(address: str) -> str:
    return unicodedata.normalize("NFKC", address).strip()


def _edition(edition: int) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"threads": 1})
    con.execute("set enable_progress_bar = false")
    con.execute(EDITION, {"divisions": str(REFERENCE / "divisions.parquet"), "edition": edition})
    return con


# ---------------------------------------------------------------- noise
HEADS_ONLY = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}  # prefectures that nobody writes
SUFFIX_OF_PROVINCE = re.compile(r"(壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)$")
SUFFIX_OF_PREFECTURE = re.compile(r"(市|地区)$")
SUFFIX_OF_COUNTY = re.compile(r"(县|区|市)$")
SUFFIX_OF_TOWNSHIP = re.compile(r"(街道办事处|街道|镇|乡)$")
OF_A_PEOPLE = re.compile(r"族|自治|旗")  # names that are not cut: 贡山独龙族怒族自治县, 下斜沟回族乡
VILLAGE_COMMITTEE = re.compile(r"村?(村民委员会|村委会)$")
RESIDENTS_COMMITTEE = re.compile(r"(社区)?(居委会|居民委员会)$")
SUFFIX_OF_VILLAGE = re.compile(r"(村?(村民委员会|村委会)|(社区)?(居委会|居民委员会)|社区)$")
MERE_DIRECTION = re.compile(r"[市城郊矿新老东西南北中]+区")  # nobody writes an old 市郊区 without its prefecture
WITH_ITS_PREFECTURE = re.compile(r".{2,}?(地区|市|盟|州)(?=.{2,})")  # old names such as 沧州地区青县
IN_BOTH = (  # what names keep in traditional characters, though other words have others for it: 家, not 傢
    "家里溪合克查周朱梁胡峰岩松同布板旗范向曲岳谷姜托幸佛扎群余回升沈庵斗栗千卜舍秋局才蒙凌游巨彩娘占昆拐志面涌御杆席灶核"
    "咸棋栖征伙修念采吊洒朴戚冬旋卷表只致郁折俊扣出床制准迹酸扇苔注丑札芸杯唇夸泄雕狸挽弦泛系累"
)
NUMERALS = "一二三四五六七八九十"


Noted = Callable[[str, str, str], str]  # kind, before, after: after, and the kind is noted where it differs

# Villages whose short name is also that of a community beside them: 新农村村委会, next to 新农村社区居委会.
TWINS = """
with village as (
    select
        code[1:9] as township,
        regexp_replace(name, '村?(村民委员会|村委会)$', '村') as short,
        regexp_extract(name, '^(.*村)((社区)?(居委会|居民委员会)|社区)$', 1) as community
    from division
    where length(code) = 12
)
select township, short
from village
semi join (select township, community as short from village) using (township, short)
where short <> ''
"""


class Noise:
    """Writes villages as people do: names left out, cut, old, and more in front of and behind them."""

    def __init__(self, edition: int) -> None:
        with _edition(edition) as con:
            rows = con.execute("select code[1:6], name from division where length(code) = 9").fetchall()
            self._taken = {*rows, *con.execute(TWINS).fetchall()}  # a township's or village's own name, below its parent
            names = con.execute(
                "select code, name from read_parquet($path) where length(code) = 6 order by all",
                {"path": str(REFERENCE / "other_names.parquet")},
            ).fetchall()
        self._old_counties: dict[str, list[str]] = defaultdict(list)
        for code, name in names:
            self._old_counties[code].append(name)
        self._traditional = _traditional_characters()

    def write(self, village: Village, rng: random.Random) -> Case:
        kinds: list[str] = []

        def noted(kind: str, before: str, after: str) -> str:
            if after != before:
                kinds.append(kind)
            return after

        above = self._above(village, rng, noted)
        township = self._township(village, rng, noted)
        name = self._village(village, rng, noted)
        behind = noted("house number", "", _behind(name, rng))
        between = noted("spaces or commas", "", rng.choice(("", "", " ", ",")))
        address = between.join(part for part in (*above, township, name) if part) + behind
        if rng.random() < 0.05 and (above[0] or above[1]):
            prefecture = "" if village.prefecture in HEADS_ONLY else village.prefecture
            address = noted("said twice", address, village.province + prefecture + address)
        if rng.random() < 0.1:
            address = noted("traditional", address, "".join(self._traditional.get(c, c) for c in address))
        if rng.random() < 0.05:
            address = noted("postcode", address, f"({rng.randrange(10_000, 860_000):06})" + address)
        return Case(village.code, address, tuple(kinds))

    def _above(self, village: Village, rng: random.Random, noted: Noted) -> tuple[str, str, str]:
        province, prefecture, county = village.province, village.prefecture, village.county
        if prefecture in HEADS_ONLY or prefecture == county:  # 东莞市 has no counties: its name stands for both
            prefecture = ""
        old = [name for name in self._old_counties.get(village.code[:6], []) if name != county]
        if old and rng.random() < 0.3:
            chosen = rng.choice(old)
            is_same = WITH_ITS_PREFECTURE.sub("", chosen) == county
            county = noted("old prefecture name" if is_same else "old county name", county, chosen)
            if WITH_ITS_PREFECTURE.match(county) or county == prefecture:
                prefecture = ""
        elif rng.random() < 0.1 and len(county) > 2 and not OF_A_PEOPLE.search(county):
            county = noted("county short", county, SUFFIX_OF_COUNTY.sub("", county))
        if rng.random() < 0.3:
            province = noted("province dropped", province, "")
        elif rng.random() < 0.2:
            province = noted("province short", province, SUFFIX_OF_PROVINCE.sub("", province))
        is_needed = county != village.county and MERE_DIRECTION.fullmatch(county)
        if rng.random() < 0.3 and not is_needed:
            prefecture = noted("prefecture dropped", prefecture, "")
        elif rng.random() < 0.2:
            prefecture = noted("prefecture short", prefecture, SUFFIX_OF_PREFECTURE.sub("", prefecture))
        return province, prefecture, county

    def _township(self, village: Village, rng: random.Random, noted: Noted) -> str:
        name = village.township
        stem = SUFFIX_OF_TOWNSHIP.sub("", name)
        if stem == name or OF_A_PEOPLE.search(name):
            return name
        if rng.random() < 0.1:
            return noted("township short", name, stem if len(stem) > 1 else name)
        if rng.random() < 0.1:
            other = stem + rng.choice(("镇", "乡", "街道"))
            return noted("township of another kind", name, name if (village.code[:6], other) in self._taken else other)
        return name

    def _village(self, village: Village, rng: random.Random, noted: Noted) -> str:
        name = village.village
        choice = rng.random()
        if choice < 0.5:
            short = RESIDENTS_COMMITTEE.sub("社区", VILLAGE_COMMITTEE.sub("村", name))
            shorter = short.removesuffix("社区")  # 梅陇九村居委会: 梅陇九村
            if shorter.endswith("村") and rng.random() < 0.5 and (village.code[:9], shorter) not in self._taken:
                short = shorter
            return noted("village by its short name", name, short)
        if choice < 0.65:
            bare = SUFFIX_OF_VILLAGE.sub("", name)
            return noted("village bare", name, bare if len(bare) > 1 else name)
        return name


@cache
def noise_of(edition: int) -> Noise:
    return Noise(edition)


def _traditional_characters() -> dict[str, str]:
    """Simplified characters and how traditional texts write them: of several, the commonest, by its place in Big5."""

    def rareness(character: str) -> bytes:
        return character.encode("big5", errors="replace").replace(b"?", b"\xff")

    found: dict[str, list[str]] = defaultdict(list)
    with (REFERENCE / "characters.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["simplified"] not in IN_BOTH:
                found[row["simplified"]].append(row["traditional"])
    return {simplified: min(sorted(those), key=rareness) for simplified, those in found.items()}


def _behind(name: str, rng: random.Random) -> str:
    if rng.random() >= 0.4:
        return ""
    number, group = rng.randint(1, 199), rng.choice(NUMERALS)
    tails = [
        f"{number}号",
        f"{number % 20 + 1}组",
        f"第{group}村民小组{number}号",
        "(淘宝产业园)",
        f" {number}室",
        f"{group}组",
        f"{number % 30 + 1}号楼2单元{number + 100}室",
    ]
    if name.endswith(("村", "会", "社区")):  # else it would be part of the name
        tails.append("东李庄自然村")
    return rng.choice(tails)


# ---------------------------------------------------------------- judging
def outcome(truth: str, code: str | None) -> str:
    """What a code is to the village that the address was written for: one of OUTCOMES."""
    if code is None:
        return "nothing"
    if not truth.startswith(code):
        return "wrong"
    return "right" if code == truth else next((level for level, n in LEVELS.items() if len(code) == n), "nothing")


def at_levels(truth: str, code: str | None) -> Judged:
    """Whether a code is right at each level that it reaches."""
    return {level: truth[:n] == code[:n] if code and len(code) >= n else None for level, n in LEVELS.items()}


# A peer's county is right by its code or its name. It knows one state of the country, not the edition's: so counties count
# too that in any edition have the village, by the names of township and village, in the same province, and old names.
COUNTIES = """
with found as (
    select distinct own.code as truth, county.code, county.name
    from truth
    join division as own using (code)
    join division as own_township on own_township.code = own.code[1:9]
    join read_parquet($divisions) as village on village.name = own.name and village.code[1:2] = own.code[1:2]
        and length(village.code) = 12
    join read_parquet($divisions) as township on township.code = village.code[1:9]
        and replace(township.name, '街道办事处', '街道') = replace(own_township.name, '街道办事处', '街道')
    join read_parquet($divisions) as county on county.code = village.code[1:6]
    where least(village.last_edition, township.last_edition, county.last_edition)
        >= greatest(village.first_edition, township.first_edition, county.first_edition)
)
select distinct truth, found.code, prefecture.name, called.name
from found
join read_parquet($divisions) as prefecture on prefecture.code = found.code[1:4]
join (
    select code, name from found
    union all
    select code, name from read_parquet($other_names)
) as called on called.code = found.code
"""
PUBLISHED = """
select code, name
from division
semi join (select unnest([code, code[1:9], code[1:2]]) as code from truth) using (code)
"""


class PeerJudge:
    """Whether what a peer names is right, at each level that it names."""

    def __init__(self, edition: int, cases: Sequence[Case]) -> None:
        self._codes: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, set[tuple[str, str]]] = defaultdict(set)  # with the prefecture's
        paths = {name: str(REFERENCE / f"{name}.parquet") for name in ("divisions", "other_names")}
        with _edition(edition) as con:
            con.execute("create temp table truth as select unnest($1::varchar[]) as code", [[case.code for case in cases]])
            for truth, code, prefecture, name in con.execute(COUNTIES, paths).fetchall():
                self._codes[truth].add(code)
                self._names[truth].add((prefecture, WITH_ITS_PREFECTURE.sub("", name)))
            self._published = dict(con.execute(PUBLISHED).fetchall())

    def at_levels(self, truth: str, answer: dict[str, str]) -> Judged:
        county = self._county(truth, answer)
        township = self._named(truth[:9], answer.get("township"), county)
        village = self._named(truth, answer.get("village"), township)
        return {"county": county, "township": township, "village": village}

    def _county(self, truth: str, answer: dict[str, str]) -> bool | None:
        if answer.get("county_code") in self._codes[truth]:
            return True
        if "province" not in answer:  # jionlp repeats a name that it cannot place
            return None
        if answer["province"][:2] == self._published[truth[:2]][:2]:
            told = answer.get("county", answer.get("prefecture", ""))  # 东莞市 is both: peers name it as a prefecture
            for prefecture, name in self._names[truth]:
                is_there = prefecture in HEADS_ONLY or answer.get("prefecture", prefecture)[:2] == prefecture[:2]
                if is_there and _is_called(name, told):
                    return True
        return False if "county" in answer else None

    def _named(self, code: str, name: str | None, is_above: bool | None) -> bool | None:
        return None if name is None else bool(is_above) and stem_of(name) == stem_of(self._published[code])


def _is_called(name: str, told: str) -> bool:
    """Whether a peer's name is the published one, or its end: jionlp tells 经济技术开发区 alone."""
    return told == name or (len(told) > 5 and name.endswith(told))


COMMITTEE = re.compile(r"(村民委员会|居民委员会|村委会|居委会)$")
SUFFIX = re.compile(r"(街道办事处|地区办事处|办事处|街道|镇|乡|社区|村)$")


def stem_of(name: str) -> str:
    """A name of a township or village without what it is: 方村 and 方村村委会 are the same."""
    return SUFFIX.sub("", COMMITTEE.sub("", name)) or name


def shares(judged: Sequence[Judged]) -> tuple[dict[str, float], dict[str, float]]:
    """Shares of what is right and of what is wrong, by level, for the levels that anything reaches."""
    reached = [level for level in LEVELS if any(one[level] is not None for one in judged)]
    right = {level: sum(one[level] is True for one in judged) / len(judged) for level in reached}
    wrong = {level: sum(one[level] is False for one in judged) / len(judged) for level in reached}
    return right, wrong


# ---------------------------------------------------------------- measuring
def measure(python: str, name: str, addresses: Sequence[str], year: int) -> Measured:
    """A resolver's answers, from a process of its own."""
    with tempfile.TemporaryDirectory(prefix="addresses-") as folder:
        path = Path(folder) / "addresses.txt"
        path.write_text("".join(f"{address}\n" for address in addresses), encoding="utf-8")
        *answers, told = _peer(python, name, str(path), str(year))
    if len(answers) != len(addresses):
        sys.exit(f"{name}: {len(answers)} answers to {len(addresses)} addresses")
    return Measured(answers, told["seconds"], told["cpu"], told["peak"])


def cold_start(python: str, name: str, address: str, year: int) -> float:
    """Seconds of a whole process for one address: the median of some."""
    walls = []
    for _ in range(COLD_STARTS):
        begun = time.perf_counter()
        measure(python, name, [address], year)
        walls.append(time.perf_counter() - begun)
    return statistics.median(walls)


def _peer(python: str, *arguments: str) -> list[dict[str, Any]]:
    command = [python, str(BENCH / "address_peers.py"), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8", errors="replace")
    if done.returncode:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr[-3000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


# ---------------------------------------------------------------- the benchmark
def main() -> None:
    options = _options()
    load = os.getloadavg()[0]
    if load > BUSY:
        print(f"warning: the load average is {load:.1f}: something else is running here", file=sys.stderr)
    missed, parts = [], []
    if options.editions:
        table, failures = _round_trips(options)
        parts += [table, ""]
        missed += failures
    cases = noisy(options.edition, options.number, options.seed)
    own = measure(sys.executable, "ours", [case.address for case in cases], options.edition)
    codes = [answer.get("code") for answer in own.answers]
    cold = cold_start(sys.executable, "ours", cases[0].address, options.edition)
    judged = [at_levels(case.code, code) for case, code in zip(cases, codes, strict=True)]
    rows = [Row("ours", judged, _plain(cases, judged), len(cases) / own.seconds, own.peak, cold)]
    rows += _peers(options, cases)
    outcomes = [outcome(case.code, code) for case, code in zip(cases, codes, strict=True)]
    parts += [_table(rows), "", _by_kind(cases, outcomes), "", _machine(options, own, load)]
    if not options.peers_python:
        parts += ["", "Ours alone: `--peers-python` adds peers, see tests/bench/README.md."]
    report = "\n".join(parts)
    print(report)
    if options.markdown:
        options.markdown.write_text(report + "\n", encoding="utf-8")
    if options.examples:
        _show_examples(options, cases, codes, outcomes)
    missed += _missed(rows[0], outcomes)
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    if missed and not options.no_bars:
        sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--number", type=int, default=100_000, help="villages of each sample (100,000)")
    parser.add_argument("--editions", type=int, nargs="*", choices=EDITIONS, metavar="YEAR", default=EDITIONS,
                        help="of the round trip (2016 to 2023); none: no round trip")  # fmt: skip
    parser.add_argument("--edition", type=int, choices=EDITIONS, metavar="YEAR", default=2020, help="of the noise (2020)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers-python", metavar="PATH", help="the Python of an environment with peers")
    parser.add_argument("--peer-number", type=int, default=5_000, help="addresses that each peer gets (5,000)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables to this file")
    parser.add_argument("--examples", type=int, default=0, metavar="N", help="show so many of what is wrong, and of nothing")
    parser.add_argument("--no-bars", action="store_true", help="end with 0 whatever the figures")
    options = parser.parse_args()
    if min(options.number, options.peer_number) < 1:
        parser.error("--number and --peer-number must be at least 1")
    return options


def _round_trips(options: argparse.Namespace) -> tuple[str, list[str]]:
    lines = [
        "| round trip | villages | right | ambiguous, the level above | else | addresses/s | peak MiB |",
        "|---|" + "---:|" * 6,
    ]
    missed = []
    for edition in options.editions:
        cases = round_trip(edition, options.number, options.seed)
        addresses = sorted({case.address for case in cases})
        own = measure(sys.executable, "ours", addresses, edition)
        codes = {address: answer.get("code") for address, answer in zip(addresses, own.answers, strict=True)}
        above, failures = unresolved(edition, cases, codes)
        counts = (len(cases), len(cases) - len(above) - len(failures), len(above), len(failures))
        lines.append(f"| {edition} | " + " | ".join(f"{n:,.0f}" for n in (*counts, len(codes) / own.seconds, own.peak)) + " |")
        missed += [f"round trip {edition}: {line}" for line in failures]
    return "\n".join(lines), missed


def unresolved(edition: int, cases: Sequence[Case], codes: dict[str, str | None]) -> tuple[list[str], list[str]]:
    """What of a round trip did not come back: truly ambiguous and at the level above, and else."""
    lost = [case for case in cases if codes[case.address] != case.code]
    shared = ambiguous(edition, (case.address for case in lost)) if lost else set()
    above: list[str] = []
    failures: list[str] = []
    for case in lost:
        code = codes[case.address]
        is_above = outcome(case.code, code) in ("township", "county") and case.address in shared
        (above if is_above else failures).append(f"{case.address} ({case.code}): {code or 'nothing'}")
    return above, failures


def _peers(options: argparse.Namespace, cases: Sequence[Case]) -> list[Row]:
    if not options.peers_python:
        return []
    cases = cases[: options.peer_number]
    judge = PeerJudge(options.edition, cases)
    rows = []
    for peer in _peer(options.peers_python, "installed"):
        measured = measure(options.peers_python, peer["name"], [case.address for case in cases], options.edition)
        judged = [judge.at_levels(case.code, answer) for case, answer in zip(cases, measured.answers, strict=True)]
        cold = cold_start(options.peers_python, peer["name"], cases[0].address, options.edition)
        name = f"{peer['name']} {peer['version']}"
        rows.append(Row(name, judged, _plain(cases, judged), len(cases) / measured.seconds, measured.peak, cold))
    return rows


def _plain(cases: Sequence[Case], judged: Sequence[Judged]) -> list[Judged]:
    return [one for case, one in zip(cases, judged, strict=True) if not STRAYING & set(case.kinds)]


def _missed(own: Row, outcomes: Sequence[str]) -> list[str]:
    share = {name: outcomes.count(name) / len(outcomes) for name in OUTCOMES}
    bars = [
        (share["right"] >= LEAST_RIGHT, f"{share['right']:.2%} to the right village, at least {LEAST_RIGHT:.0%}"),
        (share["wrong"] <= MOST_WRONG, f"{share['wrong']:.3%} to a wrong place, at most {MOST_WRONG:.1%}"),
        (own.peak < MOST_MEMORY, f"{own.peak:,.0f} MiB, less than {MOST_MEMORY:,}"),
        (own.cold < MOST_COLD, f"{own.cold:.1f} s cold start, less than {MOST_COLD:.0f}"),
        (own.rate >= LEAST_RATE or len(outcomes) < JUDGED_FROM, f"{own.rate:,.0f} addresses/s, at least {LEAST_RATE:,}"),
    ]
    return [text for is_met, text in bars if not is_met]


def _table(rows: Sequence[Row]) -> str:
    heads = [f"{level} {what} %" for level in LEVELS for what in ("right", "wrong")]
    heads += ["plain: county right %", "wrong %", "addresses/s", "peak MiB", "cold start s"]
    lines = [f"| | addresses | {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) + 1)]
    for row in rows:
        right, wrong = shares(row.judged)
        cells = [_percent(share.get(level)) for level in LEVELS for share in (right, wrong)]
        cells += [_percent(share.get("county")) for share in shares(row.plain)]
        cells += [f"{row.rate:,.0f}", f"{row.peak:,.0f}", f"{row.cold:.2f}"]
        lines.append(f"| {row.name} | {len(row.judged):,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _by_kind(cases: Sequence[Case], outcomes: Sequence[str]) -> str:
    heads = ["right %", "township above %", "county above %", "nothing %", "wrong %"]
    lines = [f"| noise (ours) | such as | addresses | {' | '.join(heads)} |", "|---|---|" + "---:|" * 6]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for case, came in zip(cases, outcomes, strict=True):
        for kind in ("all", *(case.kinds or ("none",))):
            counts[kind][came] += 1
    for kind, example in {"all": "", "none": "", **KINDS}.items():
        if total := counts[kind].total():
            cells = [_percent(counts[kind][name] / total) for name in OUTCOMES]
            lines.append(f"| {kind} | {example} | {total:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"


def _show_examples(
    options: argparse.Namespace, cases: Sequence[Case], codes: Sequence[str | None], outcomes: Sequence[str]
) -> None:
    villages = {village.code: village for village in sample(options.edition, options.number, options.seed)}
    for name in ("wrong", "nothing"):
        found = [(case, code) for case, code, came in zip(cases, codes, outcomes, strict=True) if came == name]
        for case, code in found[: options.examples]:
            print(f"{name}: {case.address} [{', '.join(case.kinds)}]: {code or ''} for {case.code} {villages[case.code].in_full}")


def _machine(options: argparse.Namespace, own: Measured, load: float) -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (
        f"Seed {options.seed}, noise over edition {options.edition}; ours with one thread in {own.seconds:.1f} s, "
        f"{own.cpu:.1f} s of CPU time; {models[0] if models else platform.machine()}; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}, DuckDB {version('duckdb')}; "
        f"load average before the start {load:.1f}."
    )


if __name__ == "__main__":
    main()
