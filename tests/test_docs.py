"""The documentation: its examples run and say what it shows, its generated pages are fresh, everything is described."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from flows import cli
from flows.engine import ROOT
from flows.schema import published_tables, raw_tables

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/**/README.md"), *ROOT.glob("rulebooks/*.md")]


def _load_generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _load_generate()


# ---------------------------------------------------------------- README's examples
def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it is shown to say."""
    lines = block.splitlines()
    while lines:
        line = lines.pop(0)
        assert line.startswith("$ "), line
        command = line[2:]
        while _is_open(command):
            command += "\n" + lines.pop(0)
        shown = []
        while lines and not lines[0].startswith("$ "):
            shown.append(lines.pop(0))
        yield command, shown


def _is_open(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return True
    return False


def plain(text: str) -> str:
    """What is said without what differs from run to run, and without blanks at the ends of lines."""
    text = re.sub(r"\d{8}T\d{6}Z(-\d+)?", "SNAPSHOT", text)
    text = re.sub(r"\d+\.\d+ s\b", "N s", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def pattern(shown: list[str]) -> str:
    """What is shown as a regular expression; a line of … stands for any lines."""
    return "\n".join(re.escape(line) if line != "…" else ".*" for line in plain("\n".join(shown)).splitlines())


@pytest.fixture
def project(tmp_path):
    """A project's folder as the commands of README see it, with the example and nothing published."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw", target_is_directory=True)
    return tmp_path


def run(command: list[str], project: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CENSUS_", "COLUMNS", "PREFECT_"))}
    path = os.pathsep.join((str(Path(sys.executable).parent), clean["PATH"]))
    return subprocess.run(
        command, cwd=project, env=clean | {"PATH": path}, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def test_the_examples_of_the_readme_say_what_it_shows(project):
    wrong = []
    for block in blocks(README, "console"):
        for command, shown in commands(block):
            script = command.replace("make census", "census run")  # what it does once the environment is there
            done = run(["bash", "-c", f"exec 2>&1; {script}" if "||" in script else script], project)
            said = plain(done.stdout)
            if done.returncode or not re.fullmatch(pattern(shown), said, re.DOTALL):
                wrong.append(f"$ {command}\n{said}\n{done.stderr}")
    assert not wrong, "README.md shows other than:\n\n" + "\n\n".join(wrong)
    for block in blocks(README, "python"):
        done = run([sys.executable, "-c", block], project)
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert done.stdout


# ---------------------------------------------------------------- generated pages
@pytest.mark.parametrize("page", generate.PAGES)
def test_generated_pages_are_fresh(page):
    assert (ROOT / page).read_text(encoding="utf-8") == generate.PAGES[page](), f"{page} is stale: run `make docs`"


# ---------------------------------------------------------------- descriptions
COMMANDS = dict(generate.contexts(cli.cli))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_option_and_argument_is_described(name):
    command = COMMANDS[name].command
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
        else:
            assert str(parameter.name).rstrip("s") in command.help.lower(), parameter.name


@pytest.mark.parametrize("table", [*raw_tables().values(), *published_tables().values()], ids=lambda table: table.name)
def test_every_table_and_column_is_described(table):
    assert table.grain
    assert not [column.name for column in table.columns if not column.description]


def test_the_readme_names_every_table():
    for folder in raw_tables():
        assert f"`{folder}/`" in README
    for table in published_tables():
        assert f"`{table}`" in README


def test_the_readme_tells_every_exit_status():
    for status in (0, cli.UNEXPECTED, cli.USAGE, cli.NOT_PUBLISHED, cli.LOCKED):
        assert f"\n| {status} | " in README


# ---------------------------------------------------------------- links
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_project_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target
