"""Data Docs: a page a suite and an index, as Great Expectations renders them, readable from the disk without a network."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_NOT_FOR_HERE = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>|<a href=\"\.\./[^>]*>", re.IGNORECASE | re.DOTALL
)
"""What needs a network, another page of theirs, or scripts: styles, icons, links, the newsletter."""
_STYLE = """<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: .5rem 0; } th, td { border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; }
nav, .fixed-top, .modal, .ge-navigation-sidebar-container, #ge-cta-footer { display: none; }
.text-success { color: #17692b; } .text-danger { color: #a11; } .text-warning { color: #8a5a00; }
i.text-success::before { content: "passed"; } i.text-danger::before { content: "failed"; }
i.text-warning::before { content: "failed: a warning"; }
</style>"""


def write_pages(results: Sequence[tuple[str, Any]], folder: Path) -> None:
    """Writes index.html and a page a suite (name, result of its validation) into a new folder."""
    from great_expectations.render import renderer, view

    page_of: Any = renderer.ValidationResultsPageRenderer(run_info_at_end=True)  # type: ignore[attr-defined]
    html_of: Any = view.DefaultJinjaPageView()  # type: ignore[attr-defined]
    folder.mkdir(parents=True)
    lines = []
    for name, result in results:
        page = re.sub(r"[^a-z0-9_]+", "-", name.lower()) + ".html"
        rendered = html_of.render(page_of.render(result))
        (folder / page).write_text(_offline(rendered), encoding="utf-8")
        told = result.statistics
        failed = told["unsuccessful_expectations"]
        lines.append(
            f'<tr><td><a href="{page}">{html.escape(name)}</a></td><td>{told["evaluated_expectations"]}</td>'
            f'<td class="text-{"danger" if failed else "success"}">{failed}</td></tr>'
        )
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Checks of the census</title>{_STYLE}</head>'
    table = f"<table><tr><th>suite</th><th>checks</th><th>failed</th></tr>{''.join(lines)}</table>"
    (folder / "index.html").write_text(f"{head}<body><h1>Checks of the census</h1>{table}</body></html>\n", encoding="utf-8")


def _offline(page: str) -> str:
    """A page without what it cannot have from the disk, with a style of its own."""
    return _NOT_FOR_HERE.sub("", page).replace("</head>", f"{_STYLE}</head>", 1)
