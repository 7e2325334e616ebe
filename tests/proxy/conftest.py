"""A proxy for each test; whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netkit.servers.proxy.forward import Proxy
from netkit.servers.web.site import Web
from netkit.wire import background
from tests.proxy.talk import Between
from tests.web.conftest import curl, wget
from tests.wire.peers import Wire

__all__ = ["curl", "wget"]


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy of its own."""
    background.problems.clear()
    with Proxy() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def web() -> Iterator[Web]:
    """A site for it to ask."""
    with Web() as made:
        yield made


@pytest.fixture
def between(proxy: Proxy) -> Iterator[Between]:
    """A client and an origin server, both the test's own."""
    with Wire(name="origin", protocol="http") as wire, Between(proxy, wire) as made:
        yield made
