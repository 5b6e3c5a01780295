"""`compose.yaml`: what it says about itself, held against the program. No container engine is needed, and none has run it here."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from conftest import ROOT

from bot.shards import Shards, read_shards

FILE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
BOTS = {name: service for name, service in SERVICES.items() if "build" in service}


def test_every_shard_is_held_by_one_process() -> None:
    """The processes' shards, put together, are all shards of one count, each once."""
    shards = [read_shards(bot["environment"], "postgresql://") for bot in BOTS.values()]
    held = sorted(number for part in shards if part for number in part.ids)
    assert len({part.count for part in shards if part}) == 1
    assert Shards(tuple(held), next(part.count for part in shards if part)).whole
    assert len(held) == len(set(held))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_of_one_version_watched_and_hidden(name: str) -> None:
    """Others' images are named by version, each has a health check, and none publishes a port."""
    service = SERVICES[name]
    assert "build" in service or re.fullmatch(r"[\w/]+:\d+\.\d+(\.\d+)?", service["image"])
    assert service["healthcheck"]["test"]
    assert "ports" not in service


def test_secrets_are_files() -> None:
    """Token and passwords come from files that a service is given; no variable holds one, and every file is used."""
    given = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert given == set(FILE["secrets"])
    for service in SERVICES.values():
        for variable, value in service["environment"].items():
            if re.search("TOKEN|PASSWORD|STORE", variable):
                assert variable.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_the_services_name_each_other() -> None:
    """The nodes know of all nodes, the processes wait for every other service to be healthy, and search in the nodes by name."""
    nodes = {name for name, service in SERVICES.items() if "opensearch" in service["image"]}
    for node in nodes:
        environment = SERVICES[node]["environment"]
        assert environment["node.name"] == node
        assert set(environment["discovery.seed_hosts"].split(",")) == set(environment["cluster.initial_cluster_manager_nodes"].split(",")) == nodes
    for bot in BOTS.values():
        assert set(bot["depends_on"]) == set(SERVICES) - set(BOTS)
        assert {re.sub(r"http://(.*):9200", r"\1", url) for url in bot["environment"]["BOT_OPENSEARCH"].split(",")} == nodes


def test_what_is_kept_lies_in_volumes_of_its_own() -> None:
    """No volume is of two services, and every one is declared."""
    named = [place.split(":")[0] for service in SERVICES.values() for place in service["volumes"] if re.match(r"[\w-]+:", place)]
    assert sorted(named) == sorted(FILE["volumes"])
