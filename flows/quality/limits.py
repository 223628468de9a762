"""The limits under which a run publishes. Contract, section 1, "Nothing is lost"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.intake import Segment
from flows.measure import Orders
from flows.settings import Settings

LIMITS = ("held", "quarantine", "orphans", "future")
_OF_CONTENTS = ("held", "quarantine")


@dataclass(frozen=True, slots=True)
class Excess:
    """A limit that is exceeded: what is told of it, one line each, and for held and quarantine by which contents."""

    limit: str
    lines: tuple[str, ...]
    contents: frozenset[str] = frozenset()


def exceeded(
    live: Mapping[str, Segment], orders: Orders, accepted: Mapping[str, Collection[str]], settings: Settings
) -> Sequence[Excess]:
    """The limits that the live files exceed, less the contents that held and quarantine were accepted for before."""
    found = []
    for limit in _OF_CONTENTS:
        over = {
            path: why
            for path, segment in live.items()
            if segment.content not in accepted.get(limit, ()) and (why := _of_content(limit, segment, settings))
        }
        if over:
            lines = tuple(f"{path}: {why}" for path, why in sorted(over.items()))
            found.append(Excess(limit, lines, frozenset(live[path].content for path in over)))
    if orders.orphaned_sales > settings.orphans_limit * orders.sales:
        share = orders.orphaned_sales / orders.sales
        told = (
            f"{orders.orphaned_sales:,} of {orders.sales:,} yuan ({_percent(share)}, limit {_percent(settings.orphans_limit)}) "
            f"are sales of {orders.orphaned_shops:,} shops unknown to shops/"
        )
        found.append(Excess("orphans", (told,)))
    dated = [f"{count:,} {what}" for count, what in ((orders.future_orders, "orders"), (orders.future_shops, "shops")) if count]
    if dated:
        told = f"{' and '.join(dated)} are dated over {settings.future_days} day(s) after this run"
        found.append(Excess("future", (told,)))
    return found


def _of_content(limit: str, segment: Segment, settings: Settings) -> str | None:
    if limit == "held":
        return segment.held_reason
    if not segment.rows or not segment.quarantined:
        return None
    if segment.quarantined <= settings.quarantine_limit * segment.rows:
        return None
    share = Decimal(segment.quarantined) / segment.rows
    return (
        f"{segment.quarantined:,} of {segment.rows:,} rows quarantined "
        f"({_percent(share)}, limit {_percent(settings.quarantine_limit)})"
    )


def _percent(share: Decimal) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + " %"
