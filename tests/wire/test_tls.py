"""What the ends said inside TLS: exactly that, once, in the right conversation, and never in the way of the client."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from array import array
from collections.abc import Iterator

import pytest

from netkit.wire import tls
from netkit.wire.conversation import Conversation, Kind, Side
from netkit.wire.recorder import EVENT_COST, Limits
from netkit.wire.tap import Tap
from tests.wire.peers import LIMIT, until
from tests.wire.secure import client_side, echo, serving


@pytest.fixture
def tap() -> Iterator[Tap]:
    """A tap in front of a TLS server that sends back what it gets."""
    with serving(echo) as address, Tap(address) as made:
        yield made


def connect(tap: Tap, context: ssl.SSLContext | None = None, **options: object) -> ssl.SSLSocket:
    plain = socket.create_connection(tap.address, timeout=LIMIT)
    return (context or client_side()).wrap_socket(plain, server_hostname="127.0.0.1", **options)  # type: ignore[arg-type]


def said(conversation: Conversation, side: Side) -> bytes:
    return b"".join(event.data for event in conversation.said if event.side is side)


def read(client: ssl.SSLSocket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        assert piece
        data += piece
    return data


def test_both_ways_in_order_and_the_handshake_is_not_among_it(tap: Tap) -> None:
    with connect(tap) as client:
        for word in (b"one", b"two"):
            client.sendall(word)
            assert read(client, 3) == word
        talk = tap.conversations[-1]
    assert [(event.side, event.kind, event.data, event.size) for event in talk.said] == [
        (Side.CLIENT, Kind.DATA, b"one", 3),
        (Side.SERVER, Kind.DATA, b"one", 3),
        (Side.CLIENT, Kind.DATA, b"two", 3),
        (Side.SERVER, Kind.DATA, b"two", 3),
    ]
    assert b"one" not in talk.sent_by(Side.CLIENT) and talk.from_client > 300


def test_its_times_are_those_of_the_wire(tap: Tap) -> None:
    """What the client says is written down before its record passes the tap; what it hears, afterwards."""
    with connect(tap) as client:
        asked = len(tap.conversations[-1].events)
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        talk = tap.conversations[-1]
    sent, got = talk.said
    records = [event for event in talk.events[asked:] if event.data[:1] == b"\x17"]
    out = [event for event in records if event.side is Side.CLIENT]
    back = [event for event in records if event.side is Side.SERVER]
    assert sent.time < out[0].time < back[-1].time < got.time
    assert all(event.sent == event.time for event in talk.said)


SENDERS = {
    "send": lambda end, data: end.send(data),
    "sendall": lambda end, data: end.sendall(data),
    "write": lambda end, data: end.write(data),
    "sendall a memoryview": lambda end, data: end.sendall(memoryview(data)),
    "sendall an array of words": lambda end, data: end.sendall(memoryview(data).cast("H")),
    "send an array of words": lambda end, data: end.send(memoryview(data).cast("H")),
    "makefile": lambda end, data: _by_file(end, data),
}
READERS = {
    "recv": lambda end: end.recv(1000),
    "read": lambda end: end.read(1000),
    "tiny recv": lambda end: b"".join(end.recv(1) for _n in range(8)),
    "recv_into": lambda end: _into(end),
    "read into": lambda end: _into(end, read=True),
    "recv_into an array of words": lambda end: _into_words(end),
    "makefile": lambda end: _from_file(end),
    "tiny reads of a file": lambda end: _from_file(end, 0),
}


def _by_file(end: ssl.SSLSocket, data: bytes) -> None:
    with end.makefile("wb") as file:
        file.write(data)


def _into(end: ssl.SSLSocket, read: bool = False) -> bytes:
    room = bytearray(b"." * 50)
    n = end.read(50, room) if read else end.recv_into(room)  # type: ignore[arg-type]
    assert isinstance(n, int)
    return bytes(room[:n])


def _into_words(end: ssl.SSLSocket) -> bytes:
    room = array("H", [0] * 25)
    n = end.recv_into(room)
    return room.tobytes()[:n]


def _from_file(end: ssl.SSLSocket, buffering: int = -1) -> bytes:
    with end.makefile("rb", buffering=buffering) as file:
        return file.readline()


@pytest.mark.parametrize("send", SENDERS.values(), ids=list(SENDERS))
def test_every_way_to_send_is_written_down_once(tap: Tap, send) -> None:  # type: ignore[no-untyped-def]
    with connect(tap) as client:
        send(client, b"seven..\n")
        assert read(client, 8) == b"seven..\n"
        assert said(tap.conversations[-1], Side.CLIENT) == b"seven..\n"


@pytest.mark.parametrize("receive", READERS.values(), ids=list(READERS))
def test_every_way_to_receive_is_written_down_once(tap: Tap, receive) -> None:  # type: ignore[no-untyped-def]
    with connect(tap) as client:
        client.sendall(b"seven..\n")
        assert receive(client) == b"seven..\n"
        assert said(tap.conversations[-1], Side.SERVER) == b"seven..\n"


def test_a_file_is_sent(tap: Tap, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "file"
    path.write_bytes(b"12345678")
    with connect(tap) as client, path.open("rb") as file:
        assert client.sendfile(file) == 8
        assert read(client, 8) == b"12345678"
        assert said(tap.conversations[-1], Side.CLIENT) == b"12345678"


def test_five_megabytes() -> None:
    data = bytes(range(256)) * (5 << 12)

    def all_of_it(end: ssl.SSLSocket) -> None:  # then back: one SSL object is not for two threads at once
        end.sendall(read(end, len(data)))

    with serving(all_of_it) as address, Tap(address) as tap, connect(tap) as client:
        client.sendall(data)
        assert read(client, len(data)) == data
        talk = tap.conversations[-1]
    assert said(talk, Side.CLIENT) == data and said(talk, Side.SERVER) == data
    largest = [event.time for event in talk.events if event.side is Side.CLIENT and event.size > 10_000]
    assert talk.said[0].time < largest[0] < largest[-1]  # said when the sending began, not when it was done


def test_two_clients_at_once_do_not_mix(tap: Tap) -> None:
    context = client_side()
    ready = threading.Barrier(8, timeout=LIMIT)
    ports: dict[int, bytes] = {}

    def one(number: int) -> None:
        with connect(tap, context) as client:
            ports[client.getsockname()[1]] = word = b"%d" % number * 10
            ready.wait()
            for _time in range(20):
                client.sendall(word)
                assert read(client, len(word)) == word

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    found = {talk.client.port: said(talk, Side.CLIENT) for talk in tap.conversations}
    assert found == {port: word * 20 for port, word in ports.items()} and len(found) == 8
    assert all(said(talk, Side.SERVER) == found[talk.client.port] for talk in tap.conversations)


def test_toward_a_server_without_a_tap_nothing_is_written_down(tap: Tap) -> None:
    with serving(echo) as address:
        plain = socket.create_connection(address, timeout=LIMIT)
        with client_side().wrap_socket(plain, server_hostname="127.0.0.1") as client:
            client.sendall(b"other")
            assert read(client, 5) == b"other"
            assert isinstance(client, tls.TellingSocket) and client._recording is None
    assert tap.conversations == ()


def test_another_context_tells_nothing_and_works(tap: Tap) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with connect(tap, context) as client:
        client.sendall(b"mute")
        assert read(client, 4) == b"mute"
        assert tap.conversations[-1].said == ()


def test_after_unwrap_the_wire_itself_sees_it() -> None:
    def plainly(end: ssl.SSLSocket) -> None:
        assert end.recv(10) == b"bye"
        with end.unwrap() as plain:
            plain.sendall(plain.recv(10))

    with serving(plainly) as address, Tap(address) as tap:
        client = connect(tap)
        client.sendall(b"bye")
        with client.unwrap() as plain:
            assert plain.send(b"clear") == 5
            assert plain.recv(10) == b"clear"
            talk = tap.conversations[-1]
    assert (said(talk, Side.CLIENT), said(talk, Side.SERVER)) == (b"bye", b"")
    assert b"clear" in talk.sent_by(Side.CLIENT) and b"clear" in talk.sent_by(Side.SERVER)


def test_what_came_before_the_end_is_read_after_it() -> None:
    with serving(lambda end: end.sendall(b"late")) as address, Tap(address) as tap, connect(tap) as client:
        until(lambda: any(e.kind is Kind.END for e in tap.recorder.conversations[-1].events))
        socket.socket.shutdown(client, socket.SHUT_WR)  # SSLSocket's own would give TLS up
        until(lambda: tap.recorder.conversations[-1].ended is not None)
        assert client.recv(10) == b"late" and client.recv(10) == b""
        assert said(tap.conversations[-1], Side.SERVER) == b"late"


def test_a_handshake_later_and_without_blocking(tap: Tap) -> None:
    with connect(tap, do_handshake_on_connect=False) as client:
        client.setblocking(False)
        until(lambda: _tries(client.do_handshake))
        with pytest.raises(ssl.SSLWantReadError):
            client.recv(10)
        assert client.send(b"x") == 1
        until(lambda: said(tap.conversations[-1], Side.SERVER) == b"x" or _tries(lambda: client.recv(1)))
        assert said(tap.conversations[-1], Side.CLIENT) == b"x"


def _tries(work) -> bool:  # type: ignore[no-untyped-def]
    try:
        work()
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False
    return True


def test_http_client_tells_too() -> None:
    def answer(end: ssl.SSLSocket) -> None:
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += end.recv(1000)
        end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes")

    with serving(answer) as address, Tap(address) as tap:
        client = http.client.HTTPSConnection(*tap.address, context=client_side(), timeout=LIMIT)
        client.request("GET", "/path")
        assert client.getresponse().read() == b"yes"
        client.close()
        talk = tap.conversations[-1]
    assert said(talk, Side.CLIENT).startswith(b"GET /path HTTP/1.1\r\n")
    assert said(talk, Side.SERVER) == b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"


def test_it_is_bounded_and_what_is_left_out_is_counted() -> None:
    limits = Limits(conversation=16 * (EVENT_COST + 100), total=6_000)
    with serving(echo) as address, Tap(address, limits=limits) as tap, connect(tap) as client:
        for number in range(60):
            client.sendall(b"%02d" % number * 50)
            read(client, 100)
        talk = tap.conversations[-1]
        assert tap.recorder.kept <= limits.total
    sizes = {side: sum(e.size for e in talk.said if e.side is side) for side in (Side.CLIENT, Side.SERVER)}
    assert sizes == {Side.CLIENT: 6000, Side.SERVER: 6000}
    assert {event.kind for event in talk.said} == {Kind.DATA, Kind.GAP}
    kept = [sum(event.kind is Kind.DATA for event in events) for events in (talk.events, talk.said)]
    assert min(kept) > 3, kept  # neither paid for all of it
    assert len(talk.said) <= 18


def test_forgotten_is_forgotten(tap: Tap) -> None:
    with connect(tap) as client:
        client.sendall(b"secret")
        read(client, 6)
    until(lambda: tap.recorder.conversations[-1].ended is not None)
    tap.clear()
    assert (tap.conversations, tap.recorder.kept) == ((), 0)


def test_a_snapshot_stays_as_it_was_and_watchers_are_told(tap: Tap) -> None:
    told: list[str] = []
    with connect(tap) as client:
        client.sendall(b"one")
        read(client, 3)
        before = tap.conversations[-1]
        unsubscribe = tap.subscribe(lambda: told.append(threading.current_thread().name))
        client.sendall(b"two")
        read(client, 3)
        unsubscribe()
    assert threading.current_thread().name in told
    assert len(before.said) == 2 and len(tap.conversations[-1].said) == 4


def test_what_goes_wrong_while_telling_is_not_the_clients(
    tap: Tap, monkeypatch: pytest.MonkeyPatch, problems: list[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no luck")

    with connect(tap) as client:
        monkeypatch.setattr("netkit.wire.recorder.Recording.say", fail)
        client.sendall(b"x")
        assert client.recv(1) == b"x"
    problems.append("TLS: RuntimeError('no luck')")
