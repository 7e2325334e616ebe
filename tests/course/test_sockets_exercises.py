"""The exercises of the sockets lesson: their own solutions pass, typical mistakes are told what is wrong with them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from netkit.course import sockets
from netkit.course.judge import State, find
from netkit.course.sockets_checks import check_framing, check_retry, check_shout
from netkit.servers.process import LearnerServer
from tests.course.attempts import made, says


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt's time is up after half a second."""
    monkeypatch.setattr("netkit.attempt.LIMIT", 0.5)


@pytest.fixture
def shout() -> Iterator[LearnerServer]:
    server = LearnerServer("shout", "text")
    yield server
    server.stop()


def test_solution_of_framing_passes() -> None:
    verdict = find("framing").check(made(sockets.FRAMING, "ask"))
    says(verdict, State.RIGHT, "whole answer")
    assert verdict.conversation is not None
    assert verdict.conversation.from_client == 7


def stub(address: object, word: object) -> None: ...


def unwritten(address: object, word: object) -> None:
    raise NotImplementedError


def no_frame(address: Any, word: str) -> str:
    with socket.create_connection(address, timeout=0.2) as sock:
        sock.sendall(word.encode())
        return sock.recv(1024).decode()


def one_recv(address: Any, word: str) -> str:
    with socket.create_connection(address, timeout=2) as sock:
        sock.sendall(word.encode() + b"\n")
        return sock.recv(1024).decode(errors="ignore").rstrip("\n")


def decodes_each_piece(address: Any, word: str) -> str:
    answer = ""
    with socket.create_connection(address, timeout=2) as sock:
        sock.sendall(word.encode() + b"\n")
        while not answer.endswith("\n"):
            answer += sock.recv(1).decode()
    return answer.rstrip("\n")


def whole(address: Any, word: str) -> bytes:
    with socket.create_connection(address, timeout=2) as sock, sock.makefile("rb") as lines:
        sock.sendall(word.encode() + b"\n")
        return lines.readline()


def keeps_line_feed(address: Any, word: str) -> str:
    return whole(address, word).decode()


LEFT_OPEN: list[socket.socket] = []


def never_closes(address: Any, word: str) -> str:
    sock = socket.create_connection(address, timeout=2)
    LEFT_OPEN.append(sock)
    sock.sendall(word.encode() + b"\n")
    return sock.makefile("rb").readline().decode().rstrip("\n")


def waits_for_end(address: Any, word: str) -> str:
    with socket.create_connection(address, timeout=30) as sock:
        sock.sendall(word.encode() + b"\n")
        answer = b""
        while piece := sock.recv(1024):
            answer += piece
    return answer.decode()


def mistaken(address: Any, word: str) -> str:
    raise KeyError("oops")


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (unwritten, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError: 'oops'"),
        ("ask", State.WRONG, "Give the function itself"),
        (no_frame, State.WRONG, r"has to get b'.*\\n' and got b'"),
        (one_recv, State.WRONG, "came in 2 pieces: one recv is not enough"),
        (decodes_each_piece, State.WRONG, "in the middle of a letter"),
        (whole, State.WRONG, "It returned bytes"),
        (keeps_line_feed, State.WRONG, "only its line feed has to go"),
        (never_closes, State.WRONG, "did not close the connection"),
    ],
)
def test_mistakes_in_framing(attempt: Any, state: State, pattern: str) -> None:
    try:
        says(check_framing(attempt), state, pattern)
    finally:
        while LEFT_OPEN:
            LEFT_OPEN.pop().close()


def test_one_that_waits_for_what_does_not_come(soon: None) -> None:
    says(check_framing(waits_for_end), State.WRONG, "did not end within 5 seconds")


def test_a_loop_that_never_ends_is_ended(soon: None) -> None:
    def loops(address: object, word: object) -> None:
        while True:
            pass

    before = set(threading.enumerate())
    check_framing(loops)
    for thread in set(threading.enumerate()) - before:
        if thread.name == "netkit attempt":
            thread.join(5)
            assert not thread.is_alive()


def test_solution_of_retry_passes() -> None:
    verdict = find("retry").check(made(sockets.RETRY, "ask_udp"))
    says(verdict, State.RIGHT, "gives up in the end")


def never_again(address: Any, data: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(data, address)
        sock.settimeout(0.2)
        return sock.recvfrom(100)[0]


def always_twice(address: Any, data: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(data, address)
        sock.sendto(data, address)
        sock.settimeout(0.2)
        return sock.recvfrom(100)[0]


def returns_none(address: Any, data: bytes) -> bytes | None:
    try:
        return bytes(made(sockets.RETRY.replace("0.2", "0.02"), "ask_udp")(address, data))
    except TimeoutError:
        return None


def returns_question(address: Any, data: bytes) -> bytes:
    made(sockets.RETRY, "ask_udp")(address, data)
    return data


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (3, State.WRONG, "Give the function itself"),
        (never_again, State.WRONG, "It raised TimeoutError"),
        (always_twice, State.WRONG, "Nothing was lost, and yet it asked 2 times"),
        (returns_none, State.WRONG, "it has to raise TimeoutError"),
        (returns_question, State.WRONG, "It returned b'abc'; the answer was b'cba'"),
    ],
)
def test_mistakes_in_retry(attempt: Any, state: State, pattern: str) -> None:
    says(check_retry(attempt), state, pattern)


def test_solution_of_shout_passes(shout: LearnerServer) -> None:
    shout.run(sockets.SHOUT)
    says(find("shout").check(shout), State.RIGHT, "client after client")


WHISPER = sockets.SHOUT.replace("upper", "lower")
ONE_CLIENT = sockets.SHOUT.replace("while True:", "for _once in range(1):")
BY_PIECES = """
import socket
srv = socket.create_server(("127.0.0.1", 0))
while True:
    sock, addr = srv.accept()
    with sock:
        while data := sock.recv(1024):
            sock.sendall(data.decode().upper().encode())
"""


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        (WHISPER, r"To b'netkit\\n' it has to answer b'NETKIT\\n'; what came was b'netkit\\n'"),
        (ONE_CLIENT, "it has to answer"),
        (BY_PIECES, "UnicodeDecodeError"),
    ],
)
def test_mistakes_in_shout(shout: LearnerServer, source: str, pattern: str) -> None:
    shout.run(source)
    says(check_shout(shout), State.WRONG, pattern)


def test_shout_without_a_server(shout: LearnerServer) -> None:
    says(check_shout(...), State.NOT_YET, "Write the %%server cell")
    says(check_shout("shout"), State.WRONG, "Give the server's handle")
    says(check_shout(shout), State.WRONG, "does not run")
