"""The job in polars, lazily, by its streaming engine.

python tests/bench/peers/polars_peer.py RAW OUT
"""

from __future__ import annotations

import polars as pl
from job import COLUMNS, COUNTED, ID, MONEY, STATUSES, TIME, TIME_FORMAT, VERSION, folders, tell


def main() -> None:
    raw, out = folders(__doc__)
    # a field too many is told by an eighth column, one too few by an empty one
    texts = pl.scan_csv(
        raw / "transactions" / "*.csv",
        has_header=False,
        skip_rows=1,
        schema=dict.fromkeys((*COLUMNS, "more"), pl.String),
        quote_char=None,
        missing_columns="insert",
        truncate_ragged_lines=True,
    )
    checked = texts.with_columns(
        [_whole(name).alias(f"{name}_") for name in ("transaction_id", "shop_id")]
        + [_time(name).alias(f"{name}_") for name in ("paid_at", "updated_at")]
        + [_fen(name).alias(f"{name}_") for name in ("amount", "refunded_amount")]
    ).with_columns(reasons=_reasons())
    typed = checked.filter(pl.col("reasons") == "").select(
        *(pl.col(f"{name}_").alias(name) for name in ("transaction_id", "shop_id", "paid_at", "amount")),
        pl.col("refunded_amount_").fill_null(0).alias("refunded_amount"),
        pl.col("status").cast(pl.Enum(sorted(STATUSES))),
        pl.col("updated_at_").alias("updated_at"),
    )
    sales = (
        typed.sort(VERSION, nulls_last=False)
        .unique(subset="transaction_id", keep="last", maintain_order=False)
        .filter(pl.col("status").is_in(COUNTED))
        .group_by("shop_id", pl.col("paid_at").dt.truncate("1mo").dt.date().alias("paid_month"))
        .agg(sales=(pl.col("amount") - pl.col("refunded_amount")).sum(), transactions=pl.len().cast(pl.Int64))
        .with_columns(sales=(pl.col("sales").cast(pl.Decimal(38, 2)) * pl.lit("0.01").cast(pl.Decimal(38, 2))))
    )
    rejected = checked.filter(pl.col("reasons") != "").select(*COLUMNS, "reasons")
    count = typed.select(pl.len())
    summed, bad, accepted = pl.collect_all([sales, rejected, count], engine="streaming")
    summed.write_parquet(out / "shop_month.parquet")
    bad.write_parquet(out / "rejected.parquet")
    tell(out, accepted.item(), len(bad))


def _whole(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(ID)).then(pl.col(name).cast(pl.Int64, strict=False))


def _fen(name: str) -> pl.Expr:
    digits = pl.col(name).str.replace(".", "", literal=True).cast(pl.Int64, strict=False)
    return pl.when(pl.col(name).str.contains(MONEY)).then(digits)


def _time(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(TIME)).then(pl.col(name).str.to_datetime(TIME_FORMAT, strict=False))


def _reasons() -> pl.Expr:
    nothing = {name: pl.col(name).is_null() | (pl.col(name) == "") for name in ("paid_at", "refunded_amount")}
    wrong = {
        "fields": pl.col("more").is_not_null(),
        "transaction_id": pl.col("transaction_id_").is_null(),
        "shop_id": pl.col("shop_id_").is_null(),
        "paid_at": pl.col("paid_at_").is_null() & ~(nothing["paid_at"] & ~pl.col("status").is_in(COUNTED)),
        "amount": pl.col("amount_").is_null(),
        "refunded_amount": (pl.col("refunded_amount_").is_null() & ~nothing["refunded_amount"])
        | (pl.col("refunded_amount_") > pl.col("amount_")).fill_null(False),
        "status": ~pl.col("status").is_in(STATUSES).fill_null(False),
        "updated_at": pl.col("updated_at_").is_null(),
    }
    told = [pl.when(is_wrong.fill_null(True)).then(pl.lit(f"{name};")).otherwise(pl.lit("")) for name, is_wrong in wrong.items()]
    return pl.concat_str(told)


if __name__ == "__main__":
    main()
