"""The questions and exercises of the sockets lesson."""

from __future__ import annotations

from netkit.course.judge import Exercise
from netkit.course.questions import Question
from netkit.course.sockets_checks import check_framing, check_retry, check_shout
from netkit.i18n import _


def questions() -> dict[str, Question]:
    """What is asked before a result is shown."""
    return {
        "start-echo": Question(
            _(
                "The next cell sends a word of six Latin letters to a server that sends back what it gets. How "
                "many bytes of data do the two programs exchange in all?"
            ),
            ("6", "12", "24"),
            1,
            _(
                "Six bytes go to the server, and the same six come back. What the system adds on the way, the "
                "headers of TCP and IP, no program gets to see."
            ),
        ),
        "reversed-bytes": Question(
            _(
                "The client sends the word «ПАЛИНДРОМ» in UTF-8, the server turns the order of the bytes around. "
                "What does the client get?"
            ),
            (_("«МОРДНИЛАП»"), _("18 bytes that are no text"), _("an exception in the server")),
            1,
            _(
                "In UTF-8 each of these letters takes two bytes. Turned around byte by byte, the second half of a "
                "letter comes before the first, and no UTF-8 decoder accepts that."
            ),
        ),
        "recv-pieces": Question(
            _(
                "The server sends 18 bytes at once; on the way they are cut into pieces of 5. What does one call "
                "of recv(1024) return?"
            ),
            (_("18 bytes"), _("5 bytes"), _("1024 bytes, filled up with zeros")),
            1,
            _(
                "recv returns as soon as anything is there, and never more than that. 1024 is only the most that "
                "you would take."
            ),
        ),
        "udp-loss": Question(
            _("Ten datagrams are sent, the wire loses some of them. How does the sender learn which?"),
            (_("sendto raises an exception"), _("sendto returns 0"), _("not at all")),
            2,
            _(
                "UDP tells nobody. A program that wants to know has to have its datagrams answered, and to give up "
                "waiting after a time."
            ),
        ),
        "four-numbers": Question(
            _(
                "Two clients on one machine are connected to the same server port. How does the server's system "
                "tell them apart?"
            ),
            (_("by the client's port"), _("by the order in which they came"), _("not at all")),
            0,
            _(
                "A connection is known by four numbers: both addresses and both ports. Three of them are the same "
                "here; the client's port differs."
            ),
        ),
    }


def exercises() -> dict[str, Exercise]:
    """What is to be done, with hints and solutions."""
    return {
        "framing": Exercise(
            _("A client that takes the whole answer"),
            _(
                "Write ask(address, word): it connects, sends the word and a line feed in UTF-8, takes the answer "
                "up to its line feed, however many pieces it comes in, closes the connection, and returns the "
                "answer as text without the line feed."
            ),
            (
                _("One recv is not one answer: call it in a loop, and collect what comes."),
                _(
                    'Stop when what you have collected ends with b"\\n", or when recv returns nothing: then the server '
                    "has closed."
                ),
                _("Decode once, after the loop: a piece may end in the middle of a letter."),
            ),
            FRAMING,
            _(
                "The line feed is the frame: it says where a message ends, since TCP does not. sendall sends "
                "everything, where send may stop early. The with block closes the socket whatever happens."
            ),
            check_framing,
        ),
        "retry": Exercise(
            _("A question that survives loss"),
            _(
                "Write ask_udp(address, data): it sends the bytes as one datagram and returns the answer. When no "
                "answer comes within 0.2 seconds it asks again, 10 times in all at most; then it raises TimeoutError."
            ),
            (
                _("socket.settimeout(0.2) lets recvfrom raise TimeoutError."),
                _(
                    "A for loop over range(10): send, try to receive, return what came; on TimeoutError go on with "
                    "the next turn."
                ),
                _("After the loop: raise TimeoutError. And do not ask again when the answer has come."),
            ),
            RETRY,
            _(
                "The timeout is what UDP lacks: without it recvfrom waits for ever for a datagram that was lost. "
                "Asking twice is only right because this question does no harm when it arrives twice."
            ),
            check_retry,
        ),
        "shout": Exercise(
            _("A server of your own"),
            _(
                "Write a cell whose first line is %%server shout: it takes clients one after the other; to each line "
                "that a client sends it answers with the same line in capital letters, in UTF-8, until the client "
                "closes."
            ),
            (
                _("Begin with the reversing server from above, and change what it does with the data."),
                _(
                    "A line may come in pieces, and two lines in one piece: collect the bytes, and answer for each "
                    "line feed."
                ),
                _(
                    'sock.makefile("r", encoding="utf-8", newline="\\n") does the collecting: for line in it. Answer '
                    "with sock.sendall."
                ),
            ),
            SHOUT,
            _(
                "makefile turns the stream of bytes into lines of text: it waits for the line feed and puts cut "
                "letters together. It is opened for reading only: a text file that is opened for both drops what "
                "it has read ahead as soon as it writes. The outer loop goes back to accept for the next client."
            ),
            check_shout,
        ),
    }


FRAMING = """
import socket

def ask(address, word):
    with socket.create_connection(address, timeout=3) as sock:
        sock.sendall(word.encode() + b"\\n")
        answer = b""
        while not answer.endswith(b"\\n"):
            piece = sock.recv(1024)
            if not piece:
                break
            answer += piece
    return answer.decode().rstrip("\\n")
"""

RETRY = """
import socket

def ask_udp(address, data):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        for attempt in range(10):
            sock.sendto(data, address)
            try:
                return sock.recvfrom(65535)[0]
            except TimeoutError:
                pass
    raise TimeoutError("no answer to 10 datagrams")
"""

SHOUT = """
import socket

listening = socket.create_server(("127.0.0.1", 0))
while True:
    sock, client = listening.accept()
    with sock, sock.makefile("r", encoding="utf-8", newline="\\n") as lines:
        for line in lines:
            sock.sendall(line.upper().encode())
"""
