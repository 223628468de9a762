"""The ledger: what came, what went, what is live; one run per warehouse. Contract, sections 1 and 6.

In: the raw folder, the state of the current snapshot. Out: the live files (path → segment), what changed, and the state
that the next snapshot will hold.
"""

from flows.ledger.changes import Changes, UnknownPath, compare, withdraw
from flows.ledger.delivery import Delivery, RawFile, Seen, find
from flows.ledger.lock import Locked, locked
from flows.ledger.refusal import clear_refusal, last_refusal, note_refusal
from flows.ledger.state import State, StateLost, load_state

__all__ = [
    "Changes", "Delivery", "Locked", "RawFile", "Seen", "State", "StateLost", "UnknownPath", "clear_refusal", "compare",
    "find", "last_refusal", "load_state", "locked", "note_refusal", "withdraw",
]  # fmt: skip
