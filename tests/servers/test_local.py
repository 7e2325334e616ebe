"""netkit's own servers: one of each kind, at an address that stays."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

import netkit
from netkit.errors import BadInput, NetkitError, NotLocal
from netkit.servers import local
from netkit.wire.conversation import Ending, Side
from tests.servers.programs import LIMIT, ask, ask_udp


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No handles from other tests, and none left."""
    handles: dict[str, local.Handle] = {}
    monkeypatch.setattr(local, "_handles", handles)
    yield
    for handle in handles.values():
        handle.stop()


def test_the_echo_server_sends_back_what_it_gets() -> None:
    echo = netkit.echo()
    data = bytes(range(256)) * 1000
    assert ask(echo.address, data) == data
    (conversation,) = echo.conversations
    assert conversation.sent_by(Side.CLIENT) == conversation.sent_by(Side.SERVER) == data
    assert conversation.ending is Ending.CLOSED


def test_asking_again_gives_the_same() -> None:
    assert netkit.echo() is netkit.echo()
    assert netkit.dns() is netkit.dns()
    assert netkit.dns() is not netkit.echo()


def test_asking_again_starts_what_was_stopped() -> None:
    echo = netkit.echo()
    address = echo.address
    echo.stop()
    echo.stop()
    assert not echo.running
    with pytest.raises(ConnectionRefusedError):
        ask(address, b"ab")
    assert netkit.echo().address == address
    assert ask(address, b"ab") == b"ab"


def test_a_client_that_does_not_read_is_not_read_from() -> None:
    echo = netkit.echo()
    with socket.create_connection(echo.address, LIMIT) as sock:
        sock.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 256 << 20:
                sent += sock.send(bytes(1 << 20))
        sock.settimeout(LIMIT)
        sock.shutdown(socket.SHUT_WR)
        got = 0
        while piece := sock.recv(1 << 20):
            got += len(piece)
    assert got == sent


def test_a_tap_in_front_of_any_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        handle = netkit.tap("localhost", str(port))
        assert handle.name == f"127.0.0.1:{port}"
        assert netkit.tap("127.0.0.1", port) is handle
        with socket.create_connection(handle.address, LIMIT) as client:
            client.sendall(b"hello")
            sock, _peer = listener.accept()
            with sock:
                assert sock.recv(10) == b"hello"


def test_a_tap_in_front_of_any_udp_server() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(LIMIT)
        handle = netkit.udp_tap("127.0.0.1", server.getsockname()[1], name="time")
        assert (handle.name, handle.transport) == ("time", "udp")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(LIMIT)
            client.sendto(b"?", handle.address)
            data, peer = server.recvfrom(10)
            server.sendto(b"!", peer)
            assert (data, client.recv(10)) == (b"?", b"!")


def test_a_server_that_is_down_gives_a_reset_not_an_empty_success() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    handle = netkit.tap("127.0.0.1", port)
    with pytest.raises(ConnectionResetError):
        ask(handle.address, b"ab")
    assert handle.conversations[0].ending is Ending.DOWN


@pytest.mark.parametrize("make", [netkit.tap, netkit.udp_tap])
def test_only_this_machine_and_only_ports(make: object) -> None:
    assert callable(make)
    for host in ("example.org", "192.0.2.1", "0.0.0.0", "", None, 1, "::1"):
        with pytest.raises(NotLocal, match="is not this machine"):
            make(host, 80)
    for port in ("http", "", 0, -1, 65536, None, 1.5, True):
        with pytest.raises(BadInput, match="is not a port number: use a whole number from 1 to 65535"):
            make("127.0.0.1", port)
    assert issubclass(BadInput, NetkitError)


def test_dns_is_a_udp_server_behind_a_tap() -> None:
    dns = netkit.dns()
    assert (dns.name, dns.protocol, dns.transport) == ("dns", "dns", "udp")
    query = bytes.fromhex("1234010000010000000000000377777706 6e65746b697404746573740000010001")
    assert ask_udp(dns.address, query)[-4:] == bytes([192, 0, 2, 10])
    (conversation,) = dns.conversations
    assert conversation.sent_by(Side.CLIENT) == query
