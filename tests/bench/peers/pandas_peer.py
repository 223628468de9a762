"""The job in pandas: text columns of Arrow, checked column by column, file by file; one frame of all accepted rows.

python tests/bench/peers/pandas_peer.py RAW OUT
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from job import COLUMNS, COUNTED, ID, MONEY, STATUSES, TIME, TIME_FORMAT, VERSION, folders, tell


def main() -> None:
    raw, out = folders(__doc__)
    accepted, rejected = zip(*map(_read, sorted((raw / "transactions").glob("*.csv"))), strict=True)
    orders = pd.concat(accepted, ignore_index=True)
    orders = orders.sort_values(list(VERSION), na_position="first").drop_duplicates("transaction_id", keep="last")
    sales = orders[orders.status.isin(COUNTED)]
    sales = sales.assign(paid_month=sales.paid_at.dt.to_period("M").dt.start_time, sales=sales.amount - sales.refunded_amount)
    summed = sales.groupby(["shop_id", "paid_month"], as_index=False).agg(sales=("sales", "sum"), transactions=("sales", "size"))
    fen = pa.array(summed.sales).cast(pa.decimal128(38, 0))
    table = pa.table({
        "shop_id": pa.array(summed.shop_id),
        "paid_month": pa.array(summed.paid_month.dt.date),
        "sales": pa.Array.from_buffers(pa.decimal128(38, 2), len(fen), fen.buffers()),  # fen are hundredths of yuan
        "transactions": pa.array(summed.transactions),
    })  # fmt: skip
    pq.write_table(table, out / "shop_month.parquet")
    bad = pd.concat(rejected, ignore_index=True)
    bad.to_parquet(out / "rejected.parquet")
    tell(out, sum(map(len, accepted)), len(bad))


def _read(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The accepted rows of a file, typed, money in fen; the rejected ones as text, with a reason."""
    ragged: list[str] = []

    def keep(row: Any) -> str:
        ragged.append(row.text)
        return "skip"

    frame = pd.read_csv(path, engine="pyarrow", dtype="str", keep_default_na=False, on_bad_lines=keep)
    if tuple(frame.columns) != COLUMNS:
        raise SystemExit(f"{path}: other columns")
    status = frame.status.astype("category")
    paid = pd.to_datetime(frame.paid_at.where(frame.paid_at.str.match(TIME)), format=TIME_FORMAT, errors="coerce")
    updated = pd.to_datetime(frame.updated_at.where(frame.updated_at.str.match(TIME)), format=TIME_FORMAT, errors="coerce")
    ids = {name: frame[name].str.match(ID) for name in ("transaction_id", "shop_id")}
    has_amount, has_refund = frame.amount.str.match(MONEY), frame.refunded_amount.str.match(MONEY)
    fen = frame.amount.where(has_amount, "0.00").str.replace(".", "", regex=False).astype("int64")
    refund = frame.refunded_amount.where(has_refund, "0.00").str.replace(".", "", regex=False).astype("int64")
    reasons = pd.Series("", index=frame.index, dtype="str")
    for reason, holds in (
        ("transaction_id", ids["transaction_id"]),
        ("shop_id", ids["shop_id"]),
        ("paid_at", paid.notna() | ((frame.paid_at == "") & ~status.isin(COUNTED))),
        ("amount", has_amount),
        ("refunded_amount", (has_refund | (frame.refunded_amount == "")) & (refund <= fen)),
        ("status", status.isin(STATUSES)),
        ("updated_at", updated.notna()),
    ):
        if not holds.all():
            reasons = reasons.mask(~holds, reasons + f"{reason};")
    good = reasons == ""
    typed = pd.DataFrame({
        "transaction_id": frame.transaction_id[good].astype("int64"), "shop_id": frame.shop_id[good].astype("int64"),
        "paid_at": paid[good], "amount": fen[good], "refunded_amount": refund[good], "status": status[good],
        "updated_at": updated[good],
    })  # fmt: skip
    typed["status"] = typed.status.cat.set_categories(sorted(STATUSES), ordered=True)
    bad = frame[~good].assign(reasons=reasons[~good])
    return typed, pd.concat([bad, pd.DataFrame({"transaction_id": ragged, "reasons": "fields"})], ignore_index=True)


if __name__ == "__main__":
    main()
