"""The job in ClickHouse within the process (chdb), by SQL.

python tests/bench/peers/chdb_peer.py RAW OUT
"""

from __future__ import annotations

import chdb.session
from job import COLUMNS, COUNTED, ID, MONEY, STATUSES, TIME, VERSION, folders, tell

# An eighth column tells of a field too many; one that is missing is empty.
DELIVERED = """
file('{files}', 'CSV', '{columns}')
settings input_format_csv_allow_variable_number_of_columns = 1, input_format_csv_skip_first_lines = 1,
         input_format_allow_errors_num = 0
"""

CHECKED = f"""
create table checked engine = MergeTree order by transaction_id settings old_parts_lifetime = 1 as
select
    toInt64OrZero(transaction_id) as transaction_id, toInt64OrZero(shop_id) as shop_id,
    parseDateTimeOrNull(paid_at, '%Y-%m-%d %H:%i:%s', 'UTC') as paid_at,
    toDecimal64OrZero(amount, 2) as amount, toDecimal64OrZero(refunded_amount, 2) as refunded_amount,
    status::LowCardinality(String) as status,
    parseDateTimeOrNull(updated_at, '%Y-%m-%d %H:%i:%s', 'UTC') as updated_at,
    concat(
        if(more <> '', 'fields;', ''),
        if(match(texts.transaction_id, '{ID}'), '', 'transaction_id;'),
        if(match(texts.shop_id, '{ID}'), '', 'shop_id;'),
        if((match(texts.paid_at, '{TIME}') and paid_at is not null)
            or (texts.paid_at = '' and texts.status not in {COUNTED}), '', 'paid_at;'),
        if(match(texts.amount, '{MONEY}'), '', 'amount;'),
        if(texts.refunded_amount = '' or (match(texts.refunded_amount, '{MONEY}') and refunded_amount <= amount),
            '', 'refunded_amount;'),
        if(texts.status in {STATUSES}, '', 'status;'),
        if(match(texts.updated_at, '{TIME}') and updated_at is not null, '', 'updated_at;')
    ) as reasons,
    if(reasons = '', '', concat_ws(',', texts.transaction_id, texts.shop_id, texts.paid_at, texts.amount, texts.refunded_amount,
        texts.status, texts.updated_at, more)) as row
from (select * from {DELIVERED}) as texts
"""

SHOP_MONTH = f"""
select
    shop_id,
    toDate32(toStartOfMonth(paid_at)) as paid_month,
    toDecimal128(sum(amount - refunded_amount), 2) as sales,
    toInt64(count()) as transactions
from (
    select transaction_id, shop_id, paid_at, amount, refunded_amount, status
    from checked
    where reasons = ''
    order by transaction_id, {", ".join(f"{column} desc nulls last" for column in VERSION)}
    limit 1 by transaction_id
)
where status in {COUNTED}
group by shop_id, paid_month
into outfile '{{out}}/shop_month.parquet' format Parquet
"""


def main() -> None:
    raw, out = folders(__doc__)
    session = chdb.session.Session(str(out / "tables"))
    columns = ", ".join(f"{name} String" for name in (*COLUMNS, "more"))
    session.query("create database orders engine = Atomic")
    session.query("use orders")
    session.query(CHECKED.replace("{files}", str(raw / "transactions" / "*.csv")).replace("{columns}", columns))
    session.query(SHOP_MONTH.replace("{out}", str(out)))
    session.query(f"select row, reasons from checked where reasons <> '' into outfile '{out}/rejected.parquet' format Parquet")
    told = str(session.query("select countIf(reasons = ''), countIf(reasons <> '') from checked", "CSV"))
    accepted, rejected = map(int, told.strip().split(","))
    tell(out, accepted, rejected)


if __name__ == "__main__":
    main()
