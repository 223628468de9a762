"""Measure: from live orders to what each shop sold in each statistical year. Contract, sections 1 (versions) and 3.

In:  segments of live contents; the calendar. Out: the tables shop_month, shop_versions, years, shop_year_sales,
     shop_year_versions and, once shops are placed, shop_year.
"""

from flows.measure.orders import Orders, fold_orders, measure_years, open_segments, shop_years

__all__ = ["Orders", "fold_orders", "measure_years", "open_segments", "shop_years"]
