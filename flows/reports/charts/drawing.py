"""Drawing: Vega's script for pages, and SVG or PNG without a browser, both by vl-convert."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from flows.reports.charts.maps import boundaries
from flows.reports.charts.specs import Chart, records

_SNIPPET = "window.vegaEmbed = vegaEmbed; window.vegaParse = vega;"
_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts")
_CHINESE = ("cjk", "notosanssc", "wqy", "simhei", "msyh", "pingfang", "sourcehansans", "droidsansfallback")


def script() -> str:
    """Vega, Vega-Lite and vega-embed in one script, for pages that work without a network.

    Making it takes a second, so it is kept by version in the user's cache folder (XDG_CACHE_HOME), where that can be written.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "taobao-village-census"
    kept = cache / f"vega-{version('vl-convert-python')}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except OSError:
        pass
    import vl_convert

    made: str = vl_convert.javascript_bundle(_SNIPPET).replace("</script", "<\\/script").replace("<!--", "<\\!--")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        building = kept.with_suffix(f".{os.getpid()}.part")
        building.write_text(made, encoding="utf-8")
        building.replace(kept)
    except OSError:
        pass  # it is made again next time
    return made


def draw(
    chart: Chart,
    language: str,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    kind: Literal["svg", "png"],
    width: int,
    scale: float,
) -> bytes:
    """A chart of rows as SVG or PNG, `width` pixels wide (`scale` pixels of PNG each)."""
    import vl_convert

    spec = chart.spec(language) | {"width": width, "background": "white", "title": chart.title[language]}
    if isinstance(spec["height"], dict):
        spec["height"] = spec["height"]["step"] * max(1, len(rows))
    datasets: dict[str, Any] = {"table": records(names, rows)}
    if chart.boundaries:
        topology = json.loads(boundaries())
        datasets |= {f"boundaries_{objects}": topology for objects in ("counties", "provinces", "lines")}
    spec["datasets"] = datasets
    if kind == "svg":
        return bytes(vl_convert.vegalite_to_svg(spec).encode())
    return bytes(vl_convert.vegalite_to_png(spec, scale=scale))


def fonts_for_chinese() -> list[Path]:
    """Fonts on this machine that may hold Chinese characters: PNG needs one."""
    found = [path for folder in _FONTS for kind in ("tt[cf]", "otf") for path in Path(folder).rglob(f"*.{kind}")]
    return [path for path in found if any(name in path.name.lower().replace("-", "") for name in _CHINESE)]
