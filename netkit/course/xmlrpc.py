"""The questions and exercises of the lesson on XML-RPC."""

from __future__ import annotations

from netkit.course.judge import Exercise
from netkit.course.questions import Question
from netkit.course.xmlrpc_checks import check_by_hand, check_one_exchange, check_threads
from netkit.i18n import _


def questions() -> dict[str, Question]:
    """What is asked before a result is shown."""
    return {
        "xmlrpc-proxy": Question(
            _("What goes over the wire while ServerProxy(url) is being made?"),
            (_("nothing at all"), _("a connection, and a greeting"), _("the question which methods there are")),
            0,
            _(
                "A ServerProxy only remembers the address. The first call connects. Which methods there are it never "
                "asks: any name will do, and it is the server that says there is no such method."
            ),
        ),
        "xmlrpc-tuple": Question(
            _("A client sends the tuple (1, 2). What does the function on the server get?"),
            (_("a tuple"), _("a list"), _("nothing: the client raises TypeError")),
            1,
            _(
                "XML-RPC has one type for values in order, the array, and Python makes a list of it. What a language "
                "tells apart and the protocol does not is lost on the way."
            ),
        ),
        "xmlrpc-multicall": Question(
            _("A MultiCall holds five sums. How many HTTP requests is that?"),
            ("1", "5", "6"),
            0,
            _(
                "One: a call of system.multicall, whose only parameter is an array of structs, one for each call. The "
                "answer is an array too, in the same order."
            ),
        ),
        "xmlrpc-threads": Question(
            _(
                "A server with one thread gets three calls, shortly after one another: they take 0.9, 0.5 and 0.1 "
                "seconds. When does the third one have its answer?"
            ),
            (_("after 0.1 seconds"), _("after 0.9 seconds"), _("after 1.5 seconds")),
            2,
            _(
                "Whoever comes third waits for the first and the second, too. The system has accepted the connection "
                "and keeps it in a queue; the server does not look at it before it is done with the others."
            ),
        ),
    }


def exercises() -> dict[str, Exercise]:
    """What is to be done, with hints and solutions."""
    return {
        "threading-xmlrpc": Exercise(
            _("A server with many threads"),
            _(
                "Write a %%server cell called threaded: an XML-RPC server with a class ThreadingXMLRPCServer, in which "
                "each call has a thread of its own. It has the function work(seconds), which waits so many seconds, by "
                "threading.Event().wait(seconds), and returns the number."
            ),
            (
                _("SimpleXMLRPCServer is a socketserver.TCPServer: look at its __mro__."),
                _("socketserver.ThreadingMixIn replaces process_request: so it has to stand first among the bases."),
                _("All of it: class ThreadingXMLRPCServer(ThreadingMixIn, SimpleXMLRPCServer): pass"),
            ),
            THREADED,
            _(
                "Python looks for a method in the bases from left to right. ThreadingMixIn brings a process_request "
                "that starts a thread; with SimpleXMLRPCServer first, TCPServer's own would be found, and all stays "
                "as it was. daemon_threads lets the process end although a call is still running."
            ),
            check_threads,
        ),
        "by-hand": Exercise(
            _("A call by hand"),
            _(
                "Write say(address, text): it calls the method echo at the path /RPC2 with the text as a string, and "
                "returns the text that comes back. Without xmlrpc.client: with http.client, or a socket; the XML is "
                "yours to write and to read. The text may be in any alphabet, and have < and & in it."
            ),
            (
                _('http.client.HTTPConnection has request("POST", "/RPC2", body, headers); headers is a dict.'),
                _("xml.sax.saxutils.escape(text) writes &lt; for <; encode the body: Content-Length counts bytes."),
                _("xml.etree.ElementTree.fromstring(answer).findtext('.//string') finds what came back."),
            ),
            BY_HAND,
            _(
                "That is all that ServerProxy does: it writes XML, posts it, and reads XML. Whoever forgets to escape "
                "sends a document that is broken, or one that says something else than was meant."
            ),
            check_by_hand,
        ),
        "one-exchange": Exercise(
            _("Many calls, one exchange"),
            _(
                "Write sums(address, pairs): it asks the server's add for the sum of each pair, all of them in one "
                "HTTP exchange, and returns the list of sums. Where the server cannot add a pair, the list has None in "
                "that place."
            ),
            (
                _("xmlrpc.client.MultiCall(proxy) collects calls; calling it sends them."),
                _("What it returns can be indexed: result[i] is a value, or raises the Fault of that call."),
                _("Go by the index: for i in range(len(pairs)), with try and except xmlrpc.client.Fault inside."),
            ),
            ONE_EXCHANGE,
            _(
                "In a loop over the result the first fault would end the loop, and the sums after it would be lost, "
                "although they have long arrived. By its index each can be had."
            ),
            check_one_exchange,
        ),
    }


THREADED = """
from socketserver import ThreadingMixIn
from threading import Event
from xmlrpc.server import SimpleXMLRPCServer

class ThreadingXMLRPCServer(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True

def work(seconds):
    Event().wait(seconds)
    return seconds

srv = ThreadingXMLRPCServer(("127.0.0.1", 0))
srv.register_function(work)
srv.serve_forever()
"""

BY_HAND = """
import http.client
import xml.etree.ElementTree
from xml.sax.saxutils import escape

def say(address, text):
    body = (
        "<?xml version='1.0'?><methodCall><methodName>echo</methodName><params><param><value><string>"
        + escape(text)
        + "</string></value></param></params></methodCall>"
    )
    connection = http.client.HTTPConnection(*address, timeout=3)
    connection.request("POST", "/RPC2", body.encode(), {"Content-Type": "text/xml"})
    answer = connection.getresponse().read()
    connection.close()
    return xml.etree.ElementTree.fromstring(answer).findtext(".//string")
"""

ONE_EXCHANGE = """
import xmlrpc.client

def sums(address, pairs):
    with xmlrpc.client.ServerProxy("http://%s:%s" % tuple(address)) as proxy:
        calls = xmlrpc.client.MultiCall(proxy)
        for x, y in pairs:
            calls.add(x, y)
        result = calls()
    found = []
    for i in range(len(pairs)):
        try:
            found.append(result[i])
        except xmlrpc.client.Fault:
            found.append(None)
    return found
"""
