"""The shape of the code (DESIGN, section 6): imports point one way, and a test reads them."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator, Mapping

import pytest
from conftest import ROOT

LAYERS = (
    "errors files yaml_nodes text redact cues sentences corpus cache config browser archive credentials shards logs",
    "relations lexicon places faq vocabulary language passages index edition saved_index engines ridge sparse semantic vectors matching topic store"
    " opensearch_cluster opensearch_index watch",
    "question selection answer citations compose candidates context limits gates wide",
    "assistant",
    "render frames verify verbose check faq_edit faq_write faq_change suggestions gaps proposal figures gold scoring evaluate kept_run chart"
    " show chat streams renewal presence timeline discord_message discord_pages preview saved_page source_file proposals corpus_edit index_build"
    " doctor backup metrics health backlog turns custom_id opensearch_build vector_build",
    "cli cli_faq cli_corpus cli_index terminal __main__ discord_app discord_client discord_commands discord_offline discord_reload discord_views"
    " cli_doctor cli_store discord_shards",
)
"""Bottom first."""
LAYER = {module: number for number, line in enumerate(LAYERS) for module in line.split()}
PACKAGE = "__init__"
"""It holds the version only, and may be imported from everywhere."""


def layer(module: str) -> int | None:
    return LAYER.get(module)


def imported(tree: ast.Module) -> Iterator[str]:
    """The dotted names of everything that a module of `bot` imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"bot.{node.module or ''}".rstrip(".") if node.level else node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)


def faults(sources: Mapping[str, str]) -> list[str]:
    """What is wrong with the imports of these modules of `bot`."""
    found: list[str] = []
    sideways: dict[str, set[str]] = {}
    for module, source in sorted(sources.items()):
        tree = ast.parse(source)
        if any(name == "TYPE_CHECKING" for node in ast.walk(tree) for name in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", ""))):
            found.append(f"{module} has a TYPE_CHECKING block")
        names = list(imported(tree))
        if any(name.split(".")[0] == "discord" for name in names) and not module.startswith("discord_"):
            found.append(f"{module} imports discord")
        own = {name.split(".")[1] for name in names if name.startswith("bot.")} & (set(sources) | set(LAYER))
        if module == PACKAGE:
            if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree)):
                found.append("the package imports something")
            continue
        here = layer(module)
        if here is None:
            found.append(f"{module} is in no layer")
            continue
        for target in sorted(own - {PACKAGE}):
            there = layer(target)
            if there is not None and there > here:
                found.append(f"{module} (layer {here}) imports {target} (layer {there})")
            if there == here:
                sideways.setdefault(module, set()).add(target)
    try:
        graphlib.TopologicalSorter(sideways).prepare()
    except graphlib.CycleError as error:
        found.append(f"a cycle: {', '.join(sorted(set(error.args[1])))}")
    return found


def test_imports_point_one_way() -> None:
    """No upward arrow, no cycle inside a layer, discord in its own modules alone, every module in a layer."""
    assert faults({path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "bot").glob("*.py")}) == []


def test_the_package_is_flat_and_holds_the_version_only() -> None:
    """Each noun is a file, the store's migrations lie in a folder; `bot/__init__.py` is a docstring and one assignment."""
    assert {path.parent.name for path in (ROOT / "bot").glob("*/*.py")} == {"migrations"}
    docstring, version = ast.parse((ROOT / "bot" / "__init__.py").read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(version, ast.Assign)
    assert ast.unparse(version.targets[0]) == "__version__"


@pytest.mark.parametrize(
    ("sources", "fault"),
    [
        ({"text": "from bot.index import Index"}, "text (layer 0) imports index (layer 1)"),
        ({"text": "from bot import cli"}, "text (layer 0) imports cli (layer 5)"),
        ({"text": "import bot.cli"}, "text (layer 0) imports cli (layer 5)"),
        ({"text": "from . import cli"}, "text (layer 0) imports cli (layer 5)"),
        ({"text": "from .cli import main"}, "text (layer 0) imports cli (layer 5)"),
        ({"gates": "def f():\n    from bot.assistant import Assistant"}, "gates (layer 2) imports assistant (layer 3)"),
        ({"index": "from bot import compose", "compose": ""}, "index (layer 1) imports compose (layer 2)"),
        ({"faq": "import bot.index", "index": "from bot.matching import Matcher", "matching": "from bot import faq"}, "a cycle: faq, index, matching"),
        ({"cli": "def f():\n    import discord.ext"}, "cli imports discord"),
        ({"render": "from discord import Embed"}, "render imports discord"),
        ({"cli": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import x"}, "cli has a TYPE_CHECKING block"),
        ({"cli": "import typing as t\nif t.TYPE_CHECKING:\n    import x"}, "cli has a TYPE_CHECKING block"),
        ({"helpers": ""}, "helpers is in no layer"),
        ({"__init__": "from bot.cli import main"}, "the package imports something"),
    ],
)
def test_each_kind_of_wrong_import_is_seen(sources: dict[str, str], fault: str) -> None:
    """The reader of imports finds what it is there to find."""
    assert faults(sources) == [fault]


@pytest.mark.parametrize(
    "sources",
    [
        {"cli": "from bot import __version__, config", "index": "from bot.corpus import Span\nfrom bot import faq"},
        {"discord_app": "import discord", "discord_message": "from discord import ui"},
        {"render": "from bot import frames", "verify": "import json"},
    ],
)
def test_downward_and_one_way_imports_are_fine(sources: dict[str, str]) -> None:
    """Lower layers, a neighbour that does not import back, and discord in its place are no faults."""
    assert faults(sources) == []
