"""Clients of AWS services."""

import functools
from typing import Any

import boto3
from botocore.config import Config

# `standard` also retries lost connections; the state machine's own Retry comes after it.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=3,
    # Three attempts end within a minute, the shortest time that a function has.
    read_timeout=16,
    max_pool_connections=16,
)


@functools.cache
def client(service: str) -> Any:
    """The one client of `service` in this process; clients may be used by several threads."""
    return boto3.client(service, config=_CONFIG)
