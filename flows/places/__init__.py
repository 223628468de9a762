"""Places: which division a shop lies in, what a code becomes over the editions, what it is called. Contract, section 2.

In:  `divisions.parquet` and `successions.parquet`; the connection's tables shop_year_versions, villages, counties, years.
Out: the tables shop_places and figures; divisions, editions and the steps of succession for the statements that follow
     identities.
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
