"""Measure: from live orders to what each shop sold in each statistical year. Contract, sections 1 (versions) and 3.

In:  segments of live contents; the calendar; the snapshot before. Out: month_changes, and the tables sales_months,
     unknown_months, years, orphaned_years, shop_year_versions and, once shops are placed, shop_year.
"""

from flows.measure.base import Base, carried_years, keep_state, open_base
from flows.measure.fold import Apart, Fold, FoldBefore
from flows.measure.orders import Orders, measure_years, open_delivery, open_records, shop_years, weigh_orders

__all__ = [
    "Apart", "Base", "Fold", "FoldBefore", "Orders", "carried_years", "keep_state", "measure_years", "open_base",
    "open_delivery", "open_records", "shop_years", "weigh_orders",
]  # fmt: skip
