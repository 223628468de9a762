"""Pseudo random numbers for a plan: arithmetic on names and a seed, the same on every machine."""

from __future__ import annotations

import hashlib


def draw(*of: object) -> float:
    """A number in [0, 1) for a name."""
    digest = hashlib.blake2b("/".join(map(str, of)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / (1 << 56)


def shared_out(total: int, weights: dict[str, float]) -> dict[str, int]:
    """A total in whole numbers in proportion to weights; what is left goes to the largest remainders."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    exact = {key: total * weight / whole for key, weight in weights.items()}
    shares = {key: int(value) for key, value in exact.items()}
    rest = sorted(exact, key=lambda key: (shares[key] - exact[key], key))
    for key in rest[: total - sum(shares.values())]:
        shares[key] += 1
    return shares
