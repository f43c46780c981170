"""All facts of one environment together: what reports and comparisons are made of."""

from __future__ import annotations

from dataclasses import dataclass

from autolote.audit.facts.cost import Cost, cost
from autolote.audit.facts.encryption import Store, stores
from autolote.audit.facts.exposure import Exposures, exposures
from autolote.audit.facts.flow import Access, accesses, flow
from autolote.audit.facts.flow_parts import Flow
from autolote.audit.facts.inventory import Item, inventory
from autolote.audit.facts.network import Network, network
from autolote.audit.facts.permissions import Grant, grants
from autolote.audit.facts.retention import Kept, kept
from autolote.audit.facts.statements import statements
from autolote.audit.facts.words import Words
from autolote.audit.model import Environment


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the templates of one environment say; the modules of each part tell what it is."""

    environment: str
    inventory: tuple[Item, ...]
    grants: tuple[Grant, ...]
    flow: Flow
    accesses: tuple[Access, ...]
    stores: tuple[Store, ...]
    network: Network
    exposures: Exposures
    kept: tuple[Kept, ...]
    cost: Cost


def gather(environment: Environment) -> Facts:
    """Read all facts off the templates."""
    words = Words(environment)
    said = statements(environment, words)
    granted = grants(said, words)
    connected = network(environment, said, words)
    return Facts(
        environment=environment.name,
        inventory=inventory(environment),
        grants=granted,
        flow=flow(environment, granted, words),
        accesses=accesses(environment, granted, words),
        stores=stores(environment, said, words),
        network=connected,
        exposures=exposures(environment, said, connected, words),
        kept=kept(environment),
        cost=cost(environment),
    )
