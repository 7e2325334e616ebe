"""The questions and exercises of the lesson on fetching mail."""

from __future__ import annotations

from netkit.course.judge import Exercise
from netkit.course.pop3_checks import check_clean_up, check_fetch_new
from netkit.course.questions import Question
from netkit.i18n import _


def questions() -> dict[str, Question]:
    """What is asked before a result is shown."""
    return {
        "pop3-numbers": Question(
            _("There are seven letters. Letter 2 is marked with DELE. Which number has the letter that was number 3?"),
            ("2", "3", _("it depends on the server")),
            1,
            _(
                "Message numbers do not change as long as the session lasts (RFC 1939, section 4). The next "
                "session counts anew, from 1; what stays across sessions is the unique-id."
            ),
        ),
        "pop3-broken": Question(
            _("Two letters are marked with DELE, and then the connection breaks. How many letters are gone?"),
            ("0", "1", "2"),
            0,
            _(
                "DELE only marks; letters are deleted in the UPDATE state, and the one way there is QUIT "
                "(RFC 1939, section 6). So nothing is lost that the client may not have got."
            ),
        ),
        "pop3-top": Question(
            _("Letter 7 has 35,751 bytes. How much of it comes over the wire when the client asks TOP 7 0?"),
            (_("not a byte"), _("its header"), _("all of it, and poplib throws the rest away")),
            1,
            _(
                "The header, the empty line after it, and no line of the body: fewer than 200 bytes (RFC 1939, "
                "section 7)."
            ),
        ),
        "pop3-lock": Question(
            _("One client is signed in. A second one signs in as the same user, with the right password. And then?"),
            (
                _("both work, each with the whole maildrop"),
                _("the second one is refused"),
                _("the first one is thrown out"),
            ),
            1,
            _(
                "The maildrop is locked from the first PASS until QUIT (RFC 1939, section 4). Else the numbers of one "
                "session would mean other letters as soon as the other one deletes."
            ),
        ),
    }


def exercises() -> dict[str, Exercise]:
    """What is to be done, with hints and solutions."""
    return {
        "fetch-new": Exercise(
            _("Only what is new"),
            _(
                "Write fetch_new(address, user, password, seen): it returns the letters whose unique-ids are not in "
                'the set seen, each as bytes, its lines joined with b"\\r\\n", in the order of the maildrop, and adds '
                "their unique-ids to the set. Letters that are known are not fetched again, and none is deleted."
            ),
            (
                _("p.uidl() gives a response, a list of lines, and a number of octets."),
                _('A line such as b"2 e9d774576b0fb612" is the number in this session, and the unique-id.'),
                _('b"\\r\\n".join(p.retr(number)[1]), and p.quit() at the end.'),
            ),
            FETCH_NEW,
            _(
                "This is how a mail program with “leave letters on the server” works. Message numbers would not do: "
                "they are counted anew in each session. The unique-id stays with its letter, and no other letter of "
                "the maildrop ever gets it (RFC 1939, section 7)."
            ),
            check_fetch_new,
        ),
        "clean-up": Exercise(
            _("Deleting without reading"),
            _(
                "Write clean_up(address, user, password, word): it deletes the letters whose subject has the word in "
                "it, and returns how many those were. No body may come over the wire. Subjects may be encoded, as "
                "=?koi8-r?B?…?=; capitals and small letters count as the same."
            ),
            (
                _("p.top(number, 0) fetches a header and no line of the body."),
                _("email.message_from_bytes(…, policy=email.policy.default) decodes the header: then subject is text."),
                _("p.dele(number) marks; without p.quit() nothing is deleted."),
            ),
            CLEAN_UP,
            _(
                "casefold() is the lower() for comparing. p.quit() takes the session to the UPDATE state, in which "
                "what was marked is deleted; whoever closes the connection instead keeps all letters."
            ),
            check_clean_up,
        ),
    }


FETCH_NEW = """
import poplib

def fetch_new(address, user, password, seen):
    p = poplib.POP3(*address, timeout=3)
    p.user(user)
    p.pass_(password)
    letters = []
    for line in p.uidl()[1]:
        number, uid = line.decode().split()
        if uid not in seen:
            letters.append(b"\\r\\n".join(p.retr(int(number))[1]))
            seen.add(uid)
    p.quit()
    return letters
"""

CLEAN_UP = """
import email
import email.policy
import poplib

def clean_up(address, user, password, word):
    p = poplib.POP3(*address, timeout=3)
    p.user(user)
    p.pass_(password)
    deleted = 0
    for number in range(1, p.stat()[0] + 1):
        header = b"\\r\\n".join(p.top(number, 0)[1])
        subject = email.message_from_bytes(header, policy=email.policy.default)["Subject"]
        if word.casefold() in (subject or "").casefold():
            p.dele(number)
            deleted += 1
    p.quit()
    return deleted
"""
