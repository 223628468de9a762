"""The job in Spark, in one process with all cores (local[*]), by Spark SQL.

python tests/bench/peers/spark_peer.py RAW OUT
"""

from __future__ import annotations

import shutil

from job import COLUMNS, COUNTED, ID, MONEY, STATUSES, TIME, VERSION, folders, tell
from pyspark import StorageLevel
from pyspark.sql import SparkSession

CHECKED = f"""
select *, concat(
    case when _corrupt is not null then 'fields;' else '' end,
    case when transaction_id rlike '{ID}' then '' else 'transaction_id;' end,
    case when shop_id rlike '{ID}' then '' else 'shop_id;' end,
    case when (paid_at rlike '{TIME}' and try_to_timestamp(paid_at, 'yyyy-MM-dd HH:mm:ss') is not null)
           or (paid_at is null and not coalesce(status in {COUNTED}, false)) then '' else 'paid_at;' end,
    case when amount rlike '{MONEY}' then '' else 'amount;' end,
    case when refunded_amount is null
           or (refunded_amount rlike '{MONEY}' and try_cast(refunded_amount as decimal(18, 2)) <= try_cast(amount as decimal(18, 2)))
         then '' else 'refunded_amount;' end,
    case when status in {STATUSES} then '' else 'status;' end,
    case when updated_at rlike '{TIME}' and try_to_timestamp(updated_at, 'yyyy-MM-dd HH:mm:ss') is not null
         then '' else 'updated_at;' end
) as reasons
from delivered
"""

SHOP_MONTH = f"""
select
    shop_id,
    cast(trunc(paid_at, 'month') as date) as paid_month,
    cast(sum(amount - refunded_amount) as decimal(38, 2)) as sales,
    count(*) as transactions
from (
    select *, row_number() over (
        partition by transaction_id
        order by {", ".join(f"{column} desc nulls last" for column in VERSION)}
    ) as rank
    from (
        select
            cast(transaction_id as bigint) as transaction_id,
            cast(shop_id as bigint) as shop_id,
            cast(paid_at as timestamp) as paid_at,
            cast(amount as decimal(18, 2)) as amount,
            cast(coalesce(refunded_amount, '0.00') as decimal(18, 2)) as refunded_amount,
            status,
            cast(updated_at as timestamp) as updated_at
        from checked
        where reasons = ''
    )
)
where rank = 1 and status in {COUNTED}
group by shop_id, paid_month
"""


def main() -> None:
    raw, out = folders(__doc__)
    session = (
        SparkSession.builder.master("local[*]")
        .config("spark.driver.memory", "12g")
        .config("spark.sql.shuffle.partitions", "16")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.compression.codec", "zstd")
        .config("spark.local.dir", str(out / "spill"))
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    schema = ", ".join(f"{name} string" for name in (*COLUMNS, "_corrupt"))
    delivered = session.read.csv(
        str(raw / "transactions"), schema=schema, header=True, mode="PERMISSIVE", columnNameOfCorruptRecord="_corrupt"
    )
    delivered.createOrReplaceTempView("delivered")
    session.sql(CHECKED).createOrReplaceTempView("checked")
    bad = session.table("checked").where("reasons <> ''").persist(StorageLevel.MEMORY_AND_DISK)
    bad.coalesce(1).write.parquet(str(out / "rejected.parquet"))
    session.sql(SHOP_MONTH).coalesce(1).write.parquet(str(out / "folder"))
    rejected, everything = bad.count(), delivered.select("transaction_id").count()
    session.stop()
    next((out / "folder").glob("*.parquet")).rename(out / "shop_month.parquet")
    shutil.rmtree(out / "spill", ignore_errors=True)
    tell(out, everything - rejected, rejected)


if __name__ == "__main__":
    main()
