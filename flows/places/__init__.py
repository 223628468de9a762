"""Places: which division a shop lies in, what a code becomes over the editions, what it is called. Contract, section 2.

In:  the reference tables (`divisions.parquet`, `successions.parquet`, `other_names.parquet`, `former_codes.parquet`); the
     connection's tables shop_year_versions, lists, villages, counties, years.
Out: the tables shop_places, resolved_addresses and figures; divisions, editions and the steps of succession for the
     statements that follow identities. For people who ask: what single addresses mean (`locate_addresses`).
"""

from flows.places.locating import as_read, locate_addresses
from flows.places.naming import keep_named_addresses, named_addresses_file
from flows.places.placing import carry_figures, find_places, place_shops
from flows.places.reference import WrongReference, load_reference, reference_digest

__all__ = [
    "WrongReference",
    "as_read",
    "carry_figures",
    "find_places",
    "keep_named_addresses",
    "load_reference",
    "locate_addresses",
    "named_addresses_file",
    "place_shops",
    "reference_digest",
]
