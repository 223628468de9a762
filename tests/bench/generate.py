"""Make the raw folder that the benchmark reads: orders of many shops, with later versions among them.

    python tests/bench/generate.py --orders 20000000 --data DIR

Every value is arithmetic on the order's number and the seed, so the same parameters give the same bytes
on any machine. What is there already, for the same parameters, is kept. Prints the raw folder's path.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

LAYOUT = 1  # raise it when the data that the same parameters give changes
FIRST_YEAR = 2019
LATER_SHARE = 0.08  # of the rows: later versions of earlier orders
DIVISIONS = Path(__file__).parents[2] / "data" / "reference" / "divisions.parquet"
DAY = 86_400
LONGEST_DELAY = 45 * DAY  # from an order's creation to its last version, at most


@dataclass(frozen=True)
class Orders:
    """What decides the transactions' bytes."""

    orders: int
    files: int
    seed: int
    bad_share: float
    layout: int = LAYOUT
    scattered: bool = False
    orders_a_shop: int = 100

    @property
    def later(self) -> int:
        return round(self.orders * LATER_SHARE)

    @property
    def first(self) -> int:
        return self.orders - self.later

    @property
    def shops(self) -> int:
        return max(20, self.orders // self.orders_a_shop)

    @property
    def folder(self) -> str:
        bad = f"-bad-{self.bad_share:g}" if self.bad_share else ""
        scattered = "-scattered" if self.scattered else ""
        shops = f"-a-shop-{self.orders_a_shop}" if self.orders_a_shop != 100 else ""
        return f"orders-{self.orders}-files-{self.files}-seed-{self.seed}{bad}{scattered}{shops}"

    @property
    def known(self) -> dict[str, Any]:
        """What made data are known by."""
        usual = {"scattered": False, "orders_a_shop": 100}
        return {name: value for name, value in asdict(self).items() if (name, value) not in usual.items()}


# A 32-bit mixer (MurmurHash3's last steps) in plain integers: DuckDB's own hash() may change one day.
MACROS = """
create or replace macro wrap(x) as x % 4294967296::ubigint;
create or replace macro mix_1(x) as wrap(xor(x, x >> 16) * 2246822507::ubigint);
create or replace macro mix_2(x) as wrap(xor(x, x >> 13) * 3266489909::ubigint);
create or replace macro mix_3(x) as xor(x, x >> 16);
create or replace macro draw(number, stream) as
    mix_3(mix_2(mix_1(wrap(number::ubigint + stream::ubigint * 2654435769::ubigint))));
create or replace macro below(number, stream, n) as (draw(number, stream) % n::ubigint)::bigint;
-- 0 .. n - 1, small ones far more often: a uniform draw cubed, in fixed point
create or replace macro tail(number, stream, n) as
    (((((draw(number, stream) * draw(number, stream)) >> 32) * draw(number, stream) >> 32)
        * n::ubigint) >> 32)::bigint;
create or replace macro shop_id_of(rank) as 10000000 + (rank * 48271) % 9999991;
-- an order's id, which grows with its number; or, scattered, all over the numbers that a bigint holds
create or replace macro order_id(number, salt) as (190000000000 + number) * 10000 + below(number, salt + 12, 10000);
create or replace macro scattered_id(id) as (id::hugeint * 6364136223846793005 % 4611686018427387904)::bigint;
create or replace macro shop_of(number, salt, shops) as case
    when below(number, salt + 13, 1000) = 0 then 90000000 + below(number, salt + 14, 5000)
    else shop_id_of(tail(number, salt + 15, shops))
end;
create or replace macro yuan(cents) as (cents::decimal(18, 0) * 0.01)::decimal(18, 2);
"""

# One file's order versions, in the order of their update. An order has versions 0 .. later_versions.
ORDER_VERSIONS = """
with numbered as (
    select
        number,
        (number * $later_1 + $first - 1) // $first as nth,
        nth < $later_1 and nth * $first // $later_1 = number as is_updated,
        case
            when not is_updated then 0
            when nth % $every = 0 and nth // $every < $later_2 then 2
            else 1
        end as later_versions,
        $start + number * $span // $first as created
    from range($low, $high) t(number)
),
versions as (
    select
        numbered.*,
        version,
        number * 4 + version as draw_number,
        created + 700 + below(number, $salt + 1, 10 * 86400) as updated_0,
        updated_0
            + case when version >= 1 then 60 + below(number, $salt + 2, 15 * 86400) else 0 end
            + case when version >= 2 then 60 + below(number, $salt + 3, 15 * 86400) else 0 end as updated,
        below(number, $salt + 4, 10) as course,
        below(number, $salt + 5, 1000) as lot
    from numbered, (values (0), (1), (2)) v(version)
    where version <= later_versions
),
statuses as (
    select
        *,
        case
            when later_versions > 0 and version = 0 and course < 4 then 'WAIT_BUYER_PAY'
            when later_versions > 0 and version = 0 and course = 4 then 'WAIT_SELLER_SEND_GOODS'
            when later_versions > 0 and version = 0 and course < 7 then 'WAIT_BUYER_CONFIRM_GOODS'
            when version > 0 and course = 7 then 'TRADE_CLOSED'
            when later_versions > 0 or lot < 800 then 'TRADE_FINISHED'
            when lot < 850 then 'WAIT_BUYER_CONFIRM_GOODS'
            when lot < 870 then 'TRADE_BUYER_SIGNED'
            when lot < 880 then 'WAIT_SELLER_SEND_GOODS'
            when lot < 885 then 'SELLER_CONSIGNED_PART'
            when lot < 890 then 'PAID_FORBID_CONSIGN'
            when lot < 940 then 'TRADE_CLOSED'
            when lot < 970 then 'WAIT_BUYER_PAY'
            when lot < 995 then 'TRADE_CLOSED_BY_TAOBAO'
            else 'TRADE_NO_CREATE_PAY'
        end as status,
        case
            when status in ('WAIT_BUYER_PAY', 'TRADE_CLOSED_BY_TAOBAO', 'TRADE_NO_CREATE_PAY') then null
            when later_versions > 0 and course < 4 then updated_0 + 45
            when version > 0 and course = 9 then created - below(number, $salt + 6, 20 * 86400)
            else created + 20 + below(number, $salt + 7, 600)
        end as paid,
        100
            + tail(number, $salt + 8, 90000)
            + case when version > 0 and course = 8 then below(draw_number, $salt + 9, 5000) else 0 end
            as cents
    from versions
),
refunds as (
    select
        *,
        below(draw_number, $salt + 10, 100) as refund_lot,
        case
            when paid is null then null
            when status = 'TRADE_CLOSED' then cents
            when (version > 0 and course in (4, 5, 6)) or version = 2 or refund_lot < 3
                then 1 + below(draw_number, $salt + 11, cents)
            when refund_lot < 15 then 0
        end as refunded_cents
    from statuses
)
select
    case when $scattered then scattered_id(order_id(number, $salt)) else order_id(number, $salt) end as transaction_id,
    shop_of(number, $salt, $shops) as shop_id,
    make_timestamp(paid * 1000000) as paid_at,
    yuan(cents) as amount,
    yuan(refunded_cents) as refunded_amount,
    status,
    make_timestamp(updated * 1000000) as updated_at,
    case
        when below(draw_number, $salt + 16, 1000000) < $bad_per_million
            then 1 + below(draw_number, $salt + 17, 4)
        else 0
    end as bad
from refunds
where updated >= $file_start and updated < $file_end
"""

# The same, spelled as lines: needed for lines that no CSV writer would write.
ORDER_LINES = f"""
select
    concat_ws(
        ',',
        transaction_id,
        shop_id,
        coalesce(paid_at::varchar, ''),
        case bad when 1 then 'n/a' when 2 then '12.9.0' else amount::varchar end,
        coalesce(refunded_amount::varchar, ''),
        status
    )
    || case bad when 3 then '' else ',' || updated_at end
    || case bad when 4 then ',?' else '' end
    as "transaction_id,shop_id,paid_at,amount,refunded_amount,status,updated_at"
from ({ORDER_VERSIONS})
order by updated_at, transaction_id
"""

MADE_UP_VILLAGES = """
create or replace temp table village as
select
    number as nth,
    case number // 10 % 6
        when 0 then '3307' when 1 then '4405' when 2 then '3203' when 3 then '3717' when 4 then '1305'
        else '3505'
    end
    || 21 + number // 60 % 5
    || 101 + number // 300 % 10
    || 200 + number // 3000 * 10 + number % 10 as village_code
from range(least($villages, 6000)) t(number)
"""

# Neighbours in tens, from all over the country: places with one village and places with many.
REAL_VILLAGES = """
create or replace temp table village as
with codes as (
    select distinct code
    from read_parquet($divisions)
    where length(code) = 12
        and substring(code, 10, 3) between '200' and '399'
        and $year between first_edition and last_edition
),
standing as (
    select code, row_number() over (order by code) - 1 as position, count(*) over () as n
    from codes
),
chosen as (
    select distinct number // 10 * (n // ($villages // 10 + 1)) + number % 10 as position
    from range($villages) t(number), (select max(n) as n from standing)
)
select
    row_number() over (order by code) - 1 as nth,
    code as village_code
from standing
semi join chosen using (position)
"""

SHOPS = """
with placed as (
    select
        rank,
        version,
        rank * 2 + version as draw_number,
        below(rank, $salt + 21, 100) as lot,
        tail(rank, $salt + 22, $villages) * 7919 % $villages as home,
        below(draw_number, $salt + 23, $villages) as elsewhere,
        below(rank, $salt + 24, 100) as type_lot,
        date '2009-01-01' + below(rank, $salt + 25, 3600)::integer as opened_on
    from range($shops) t(rank), (values (0), (1)) v(version)
    where version = 0 or below(rank, $salt + 26, 20) = 0
)
select
    shop_id_of(rank) as shop_id,
    case
        when lot < 78 then 'taobao' when lot < 88 then 'tmall' when lot < 93 then '1688'
        when lot < 96 then 'xianyu' when lot < 98 then 'aliexpress' when lot < 99 then 'fliggy'
        else 'freshippo'
    end as platform,
    case when type_lot < 85 then 'individual' else 'enterprise' end as shop_type,
    opened_on,
    case when below(rank, $salt + 27, 100) < 3
        then greatest(opened_on, date '2019-02-01' + below(rank, $salt + 28, 700)::integer) end as closed_on,
    case when type_lot >= 85 then registered.village_code end as registered_address,
    case when below(rank, $salt + 29, 100) < 96 then ship_from.village_code end as ship_from_address,
    case when below(rank, $salt + 30, 100) < 60 then ship_from.village_code end as receive_address,
    case when below(rank, $salt + 31, 100) < 90
        then 'H' || lpad((rank - rank % 10 + below(rank, $salt + 32, 10))::varchar, 8, '0')
    end as household_id,
    make_timestamp((case version when 0 then $start else $start + 120 * 86400 end
        + below(draw_number, $salt + 33, 30 * 86400)) * 1000000) as recorded_at
from placed
join village as ship_from on ship_from.nth = case version when 0 then home else elsewhere end
join village as registered on registered.nth = home
order by recorded_at, shop_id
"""

VILLAGES = """
select village_code, year, 150 + below(nth * 4 + year - $year + 1, $salt + 41, 900) as households
from village, (values ($year - 1), ($year), ($year + 1)) y(year)
order by village_code, year
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=20_000_000, help="rows in all files")
    parser.add_argument("--files", type=int, default=12, help="monthly transaction files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bad-share", type=float, default=0.0, help="share of rows to spoil, such as 0.0005")
    parser.add_argument("--scattered", action="store_true", help="ids in no order, not growing with time")
    parser.add_argument("--orders-a-shop", type=int, default=100, help="rows for each shop (100)")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "census-bench")
    parser.add_argument("--divisions", type=Path, default=DIVISIONS, help="real village codes")
    options = parser.parse_args()
    params = Orders(options.orders, options.files, options.seed, options.bad_share,
                    scattered=options.scattered, orders_a_shop=options.orders_a_shop)  # fmt: skip
    print(generate(params, options.data, options.divisions))


def generate(params: Orders, data: Path, divisions: Path) -> Path:
    """The raw folder for these parameters; makes what is missing in it."""
    if not (100 <= params.orders <= 1_000_000_000 and params.files >= 1 and 0 <= params.seed < 1_000_000):
        raise SystemExit("--orders: 100 to 1,000,000,000; --files: at least 1; --seed: 0 to 999,999")
    home = data / params.folder
    raw = home / "raw"
    known = params.known
    wanted: dict[str, Any] = {"transactions": known, "places": {**known, **_source(divisions)}}
    had = _read_json(home / "made.json")
    made = {part: had[part] for part in wanted if had.get(part) == wanted[part]}
    raw.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute("set memory_limit = '3GiB'")
    con.execute("set temp_directory = $1", [str(home / "spill")])
    con.execute(MACROS)
    for part, make in (("transactions", _make_transactions), ("places", _make_places)):
        if part not in made:
            make(con, params, raw, divisions)
            made[part] = wanted[part]
            (home / "made.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    con.close()
    shutil.rmtree(home / "spill", ignore_errors=True)
    return raw


def _make_transactions(con: duckdb.DuckDBPyConnection, params: Orders, raw: Path, _: Path) -> None:
    months = [_month_start(k) for k in range(params.files + 1)]
    span = months[-1] - months[0]
    later_2 = params.later // 10  # second later versions; the others are first ones
    later_1 = params.later - later_2
    values = {
        "first": params.first,
        "later_1": later_1,
        "later_2": later_2,
        "every": later_1 // max(1, later_2),
        "start": months[0],
        "span": span,
        "shops": params.shops,
        "salt": params.seed * 1000,
        "scattered": params.scattered,
        "bad_per_million": round(params.bad_share * 1_000_000),
    }
    rows = 0
    with _fresh(raw / "transactions") as folder:
        for k, (start, end) in enumerate(pairwise(months)):
            last = k == params.files - 1  # the last file also has what was updated after its month
            low = max(0, (start - LONGEST_DELAY - months[0]) * params.first // span)
            high = min(params.first, (end - months[0]) * params.first // span + 1)
            window = {"low": low, "high": high, "file_start": start, "file_end": 2**40 if last else end}
            name = f"orders-{FIRST_YEAR + k // 12}-{k % 12 + 1:02}.csv"
            rows += _copy(con, ORDER_LINES, {**values, **window}, folder / name, "quote '', delimiter '\x01'")
    if rows != params.orders:
        raise SystemExit(f"made {rows} rows instead of {params.orders}")


def _make_places(con: duckdb.DuckDBPyConnection, params: Orders, raw: Path, divisions: Path) -> None:
    villages = max(10, params.shops // 40)
    if divisions.exists():
        con.execute(REAL_VILLAGES, {"divisions": str(divisions), "villages": villages, "year": FIRST_YEAR})
    else:
        con.execute(MADE_UP_VILLAGES, {"villages": villages})
    salt = params.seed * 1000
    with _fresh(raw / "shops") as folder:
        found = con.execute("select count(*) from village").fetchall()[0][0]
        values = {"shops": params.shops, "villages": found, "salt": salt, "start": _month_start(0)}
        _copy(con, SHOPS, values, folder / "shops.csv")
    with _fresh(raw / "villages") as folder:
        _copy(con, VILLAGES, {"year": FIRST_YEAR, "salt": salt}, folder / "villages.csv")


def _copy(con: duckdb.DuckDBPyConnection, query: str, values: dict[str, Any], path: Path, options: str = "") -> int:
    comma = ", " if options else ""
    copy = f"copy ({query}) to $path (format csv, header true{comma}{options})"
    return int(con.execute(copy, {**values, "path": str(path)}).fetchall()[0][0])


@contextmanager
def _fresh(folder: Path) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of the old one once all went well."""
    filling = folder.with_name(folder.name + ".part")
    shutil.rmtree(filling, ignore_errors=True)
    filling.mkdir()
    yield filling
    shutil.rmtree(folder, ignore_errors=True)
    filling.rename(folder)


def _source(divisions: Path) -> dict[str, str | None]:
    """The reference table that village codes come from, known by its content."""
    if not divisions.exists():
        return {"divisions": None}
    return {"divisions": hashlib.sha256(divisions.read_bytes()).hexdigest()}


def _month_start(k: int) -> int:
    """Seconds from the epoch to the first moment of the k-th month of the data."""
    moment = datetime(FIRST_YEAR + k // 12, k % 12 + 1, 1)
    return int((moment - datetime(1970, 1, 1)).total_seconds())


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


if __name__ == "__main__":
    main()
