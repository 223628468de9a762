"""A simulation from the request to the files."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.engine import connect, execute_folder
from flows.settings import Settings, SettingsError
from flows.simulate.article import plan_article
from flows.simulate.deliver import FOLDERS, MOST_ORDERS_A_SHOP, MOST_SHOPS, Delivered, Format, deliver, remove_delivered
from flows.simulate.geography import read_lists
from flows.simulate.random_world import plan_random
from flows.simulate.targets import YEARS
from flows.simulate.world import TooFewOrders
from flows.steps import Showing, shown_nowhere

NOTE = "_simulated.json"
"""Says of a raw folder how it was made; a run skips it."""


class RequestError(SettingsError):
    """What is asked for cannot be made."""


@dataclass(frozen=True)
class Preset:
    """What is simulated: `article`, or `villages` with so many villages and shops."""

    name: str
    orders: int
    years: range
    seed: int = 1
    form: Format = "csv"
    villages: int = 0
    shops: int = 0


@dataclass(frozen=True)
class Simulated:
    """What was written, how long it took to plan and to write, and what the census shall come to by year."""

    delivered: Delivered
    plan_seconds: float
    write_seconds: float
    planned: dict[int, dict[str, int]]

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.plan_seconds + self.write_seconds


def simulate(
    settings: Settings, preset: Preset, output: Path, force: bool = False, showing: Showing = shown_nowhere
) -> Simulated:
    """Writes a simulated delivery into a folder.

    Raises RequestError for a folder that holds something, unless `force`, which replaces shops/, transactions/, villages/,
    counties/ and lists/ in it; for years or sizes that cannot be, and for too few orders, with the least number.
    """
    _check(preset)
    if output.exists() and (not output.is_dir() or any(output.iterdir())) and not force:
        raise RequestError(f"{output} is not empty: choose another folder, or --force to replace {', '.join(FOLDERS)} in it")
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="census-simulate-") as scratch,
        connect(settings.memory_limit, settings.threads, Path(scratch)) as con,
    ):
        con.execute("set preserve_insertion_order = true")
        execute_folder(con, "simulate/macros")
        lists = read_lists(settings.divisions)
        with showing("plan"):
            try:
                if preset.name == "article":
                    world = plan_article(con, settings, lists, preset.orders, preset.seed, preset.years)
                else:
                    lists = {}
                    world = plan_random(
                        con, settings.divisions, preset.villages, preset.shops, preset.orders, preset.seed, preset.years
                    )
            except TooFewOrders as error:
                raise RequestError(str(error)) from error
        if world.shops >= MOST_SHOPS or max(world.further.values()) > world.shops * MOST_ORDERS_A_SHOP // 4:
            raise RequestError(f"at most {MOST_SHOPS:,} shops, and {MOST_ORDERS_A_SHOP:,} orders of a shop in a month")
        planned = time.monotonic()
        output.mkdir(parents=True, exist_ok=True)
        remove_delivered(output)
        told = deliver(con, world, lists, output, preset.form, preset.seed, showing)
    note = {"preset": {**asdict(preset), "years": [preset.years[0], preset.years[-1]]}, "planned": world.planned}
    (output / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    return Simulated(told, planned - begun, time.monotonic() - planned, world.planned)


def _check(preset: Preset) -> None:
    if (
        not preset.years
        or preset.years[0] < (YEARS[0] if preset.name == "article" else 2007)
        or preset.years[-1] > (YEARS[-1] if preset.name == "article" else 2025)
    ):
        raise RequestError(f"years from {YEARS[0]} to {YEARS[-1]}" if preset.name == "article" else "years from 2007 to 2025")
    if not 0 <= preset.seed < 1_000_000:
        raise RequestError("a seed from 0 to 999,999")
    if preset.orders < 1 or preset.orders > 10**9:
        raise RequestError("orders from 1 to 1,000,000,000")
    if preset.name != "article" and not 1 <= preset.villages <= preset.shops:
        raise RequestError("at least one village, and a shop in each")
