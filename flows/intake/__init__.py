"""Intake: from delivered files to segments. Contract, section 1.

In: one file of `data/raw/`, the alias table. Out: a segment (typed accepted rows, quarantined rows with every reason,
counts), or the reason why the file is held. The bulk path is DuckDB SQL; Python only sees blocks of bytes, values that
are not ASCII, and the cells of workbooks.
"""

from flows.intake.aliases import AliasError, Aliases, load_aliases
from flows.intake.formats import prepare
from flows.intake.order_files import OrderContent, OrderFiles
from flows.intake.readers import Readers
from flows.intake.segments import ChangedWhileRead, Segment, Segments

__all__ = [
    "AliasError", "Aliases", "ChangedWhileRead", "OrderContent", "OrderFiles", "Readers", "Segment", "Segments", "load_aliases",
    "prepare",
]  # fmt: skip
