"""Measure: from live orders to what each shop sold in each statistical year. Contract, sections 1 (versions) and 3.

In:  segments of live contents; the calendar. Out: the tables shop_month, shop_versions, years, shop_year_sales,
     shop_year_versions and, once shops are placed, shop_year.
"""

from flows.measure.fold import FOLD, FoldBefore, fold_steps, keep_fold
from flows.measure.orders import Orders, measure_years, open_records, shop_years, weigh_orders

__all__ = [
    "FOLD", "FoldBefore", "Orders", "fold_steps", "keep_fold", "measure_years", "open_records", "shop_years", "weigh_orders",
]  # fmt: skip
