"""The yearly report: one HTML file in a snapshot, which needs no network.

In:  a snapshot's tables, the rulebooks. Out: `report.html`.
"""

from flows.reports.page.build import PAGE, build_page, write_report

__all__ = ["PAGE", "build_page", "write_report"]
