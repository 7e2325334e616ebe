"""Letters as plain data: what lies in a maildrop."""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "netkit.test"  # set aside for tests (RFC 6761): mail that goes astray reaches nobody
HOST = f"mail.{DOMAIN}"  # as the zone of netkit.dns() has it


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was said around a letter; it need not agree with the letter's own header (RFC 5321 section 2.3.1).

    Attributes:
        sender: the address in ``MAIL FROM``; ``""`` for the null sender ``<>`` (section 4.5.5).
        recipients: the addresses in ``RCPT TO`` that were accepted, in their order.
        helo: the name that the client gave itself; ``""`` for a letter that came by no client.
        user: who had logged in, or None.
        tls: whether the letter came encrypted.
    """

    sender: str
    recipients: tuple[str, ...]
    helo: str = ""
    user: str | None = None
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in a maildrop.

    As the last line of a cell it is shown whole; ``print`` says the same as text.

    Attributes:
        number: its message number, from 1, if a POP3 session began now (RFC 1939 section 4).
        uid: its unique-id, which it keeps and no other letter of the maildrop ever gets (section 7, UIDL).
        data: header, empty line and body, byte for byte as they came, each line with its CRLF; no trace line
            (``Received:``) is put in front, so what is fetched can be compared with what was sent.
        received: when it came, in seconds since 1970 (Unix time).
        envelope: how it came.
    """

    number: int
    uid: str
    data: bytes
    received: float
    envelope: Envelope

    def __repr__(self) -> str:
        from netkit.export.letters import brief

        return brief(self)

    def __str__(self) -> str:
        from netkit.export.letters import letter_told

        return letter_told(self)


def has_bare_ends(data: bytes) -> bool:
    """Whether a CR stands without its LF or a LF without its CR (RFC 5321 section 2.3.8)."""
    return not data.count(b"\r") == data.count(b"\r\n") == data.count(b"\n")


def canonical(data: bytes) -> bytes:
    """The letter with CRLF at the end of every line, the last one too."""
    if has_bare_ends(data):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return data if not data or data.endswith(b"\r\n") else data + b"\r\n"
