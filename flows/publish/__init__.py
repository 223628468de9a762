"""Publish: a new snapshot directory, then one atomic switch. Contract, section 5.

In:  the tables of the run's connection, the state. Out: `warehouse/snapshots/ID/`, to which `warehouse/current` points;
what no snapshot needs any more is gone. And `warehouse/releases/YEAR-N/`, which stay.
"""

from flows.publish.database import write_database
from flows.publish.files import file_tables
from flows.publish.leavings import Leavings, collect, free
from flows.publish.package import write_package
from flows.publish.release import Release, release_gate, releases, write_release
from flows.publish.run import Lineage, run_table
from flows.publish.snapshots import Snapshots
from flows.publish.tables import write_tables
from flows.publish.vintages import open_tables, revision_table

__all__ = [
    "Leavings", "Lineage", "Release", "Snapshots", "collect", "file_tables", "free", "open_tables", "release_gate", "releases",
    "revision_table", "run_table", "write_database", "write_package", "write_release", "write_tables",
]  # fmt: skip
