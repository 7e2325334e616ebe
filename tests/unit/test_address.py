"""Addresses on this machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netkit.errors import BadInput, NetkitError, NotLocal
from netkit.wire.address import Address, loopback


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("127.0.0.1", 80, ("127.0.0.1", 80)),
        ("localhost", 80, ("127.0.0.1", 80)),
        ("127.1.2.3", 1, ("127.1.2.3", 1)),
        ("127.255.255.255", 65535, ("127.255.255.255", 65535)),
        ("localhost", "8080", ("127.0.0.1", 8080)),
    ],
)
def test_addresses_of_this_machine(host: str, port: object, address: tuple[str, int]) -> None:
    assert loopback(host, port) == address
    assert str(loopback(host, port)) == f"{address[0]}:{address[1]}"


@pytest.mark.parametrize(
    "host",
    ["example.org", "192.0.2.1", "0.0.0.0", "", "::1", "127.0.0.1.", "127.1", " 127.0.0.1", None, 2130706433, b"x"],
)
def test_hosts_that_are_elsewhere(host: object) -> None:
    with pytest.raises(NotLocal) as caught:
        loopback(host, 80)
    assert str(caught.value) == (
        f'The host {host!r} is not this machine. netkit talks to this machine only: use "127.0.0.1" or "localhost".'
    )
    assert isinstance(caught.value, BadInput)


@pytest.mark.parametrize(
    "port", [0, -1, 65536, 10**30, "", "http", "80.0", "0x50", 80.0, None, True, b"80", [80], "9" * 5000]
)
def test_ports_that_are_none(port: object) -> None:
    with pytest.raises(BadInput) as caught:
        loopback("localhost", port)
    assert str(caught.value) == f"The port {port!r} is not a port number: use a whole number from 1 to 65535."
    assert isinstance(caught.value, (NetkitError, ValueError))


@given(
    st.one_of(st.text(), st.integers(), st.ip_addresses().map(str)), st.one_of(st.text(), st.integers(), st.floats())
)
def test_whatever_is_given_the_answer_is_an_address_here_or_bad_input(host: object, port: object) -> None:
    try:
        address = loopback(host, port)
    except BadInput:
        return
    assert isinstance(address, Address)
    assert address.host.startswith("127.")
    assert 1 <= address.port <= 65535
