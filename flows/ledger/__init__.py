"""The ledger: what came, what went, what is live; one run per warehouse. Contract, sections 1 and 6.

In: the raw folder, the state of the current snapshot. Out: the live files (path → segment), what changed, and the state
that the next snapshot will hold.
"""

from flows.ledger.changes import Changes, UnknownPath, compare, withdraw
from flows.ledger.delivery import Delivery, NoRawFolder, RawFile, Seen, find
from flows.ledger.lock import Locked, locked
from flows.ledger.refusal import clear_refusal, last_refusal, note_refusal
from flows.ledger.state import State, StateLost, load_state
from flows.ledger.storage import ObjectChanged, RawFolder, StorageError, raw_folder

__all__ = [
    "Changes", "Delivery", "Locked", "NoRawFolder", "ObjectChanged", "RawFile", "RawFolder", "Seen", "State", "StateLost",
    "StorageError", "UnknownPath", "clear_refusal", "compare", "find", "last_refusal", "load_state", "locked", "note_refusal",
    "raw_folder", "withdraw",
]  # fmt: skip
