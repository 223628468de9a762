"""The job that every peer does, in words and constants; how it is called, and what it leaves.

    python tests/bench/peers/PEER.py RAW OUT

1. Every row of RAW/transactions/*.csv is checked: seven fields; ids that are positive whole numbers; an amount, and where there
   is one a refund, of two decimals, the refund no more than the amount; a known status; times as 2019-07-01 09:30:00, of when
   the order was updated always, of when it was paid where the status counts as a sale.
2. Of every order the version that was updated last is current; of several, the greatest by what else it says.
3. Of current versions whose status counts: sales (amount less refund) and their number by shop and month of payment.

OUT/shop_month.parquet gets shop_id, paid_month (a date), sales (decimal or fen as whole numbers divided exactly), transactions.
OUT/rejected.parquet gets the rows that broke a rule, with the reason. OUT/counts.json tells how many were accepted and rejected.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

COLUMNS = ("transaction_id", "shop_id", "paid_at", "amount", "refunded_amount", "status", "updated_at")
VERSION = ("updated_at", "paid_at", "shop_id", "amount", "refunded_amount", "status")
"""What the current version is greatest by, in this order."""
COUNTED = (
    "WAIT_SELLER_SEND_GOODS", "SELLER_CONSIGNED_PART", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED",
    "PAID_FORBID_CONSIGN",
)  # fmt: skip
STATUSES = (
    *COUNTED, "WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO", "TRADE_NO_CREATE_PAY", "PAY_PENDING",
    "WAIT_PRE_AUTH_CONFIRM",
)  # fmt: skip
ID, MONEY, TIME = r"^[1-9][0-9]{0,17}$", r"^[0-9]{1,15}\.[0-9]{2}$", r"^20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def folders(told: str | None) -> tuple[Path, Path]:
    """The raw folder and the folder for the results, from the command line."""
    parser = argparse.ArgumentParser(description=(told or "").partition("\n")[0])
    parser.add_argument("raw", type=Path, metavar="RAW", help="the raw folder")
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder for the results")
    options = parser.parse_args()
    return options.raw, options.out


def tell(out: Path, accepted: int, rejected: int) -> None:
    """Leaves the counts."""
    (out / "counts.json").write_text(json.dumps({"accepted": accepted, "rejected": rejected}) + "\n", encoding="utf-8")
