"""A guarded XML-RPC service for each test; whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netkit.servers.handle import Handle
from netkit.servers.web.door import WebDoor
from netkit.servers.xmlrpc import application
from netkit.wire import background
from netkit.wire.tap import Tap


@pytest.fixture
def service() -> Iterator[Handle]:
    """A service of its own."""
    background.problems.clear()
    with Handle(Tap(WebDoor(application()), name="xmlrpc", protocol="http")) as made:
        yield made
    assert list(background.problems) == []
