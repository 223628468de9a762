"""Simulated deliveries: a world of real villages with invented shops and orders, as files of the contract's section 1.

In:  the reference tables, the published lists and figures of `data/reference/`; a preset, its size, a seed.
Out: a raw folder as `census run` takes it in. Nothing of the census itself imports this room.
"""

from flows.simulate.simulation import Preset, RequestError, Simulated, simulate

__all__ = ["Preset", "RequestError", "Simulated", "simulate"]
