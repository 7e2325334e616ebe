"""The XML-RPC service: a few functions that any client may call, and that nobody can misuse.

The stdlib's `SimpleXMLRPCDispatcher` knows the functions, tornado speaks HTTP, and between the two stands what the
stdlib lacks: limits on size and depth, no document types, no attribute looked up by name, no endless arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from xmlrpc.client import Fault, dumps, loads
from xmlrpc.server import SimpleXMLRPCDispatcher

from tornado.iostream import StreamClosedError
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

from netkit.i18n import _, octets
from netkit.protocols.xmlrpc_xml import Limits, Refused, read
from netkit.wire import background

LIMITS = Limits(size=1 << 18, depth=100, elements=10_000)
CALLS = 100  # in one system.multicall
BITS = 31  # of a whole number in XML-RPC, without its sign

# What went wrong, by number, as in the Specification for Fault Code Interoperability of 2001
NO_XML, NO_CALL, NO_METHOD, WRONG_PARAMETERS, FAILED = -32700, -32600, -32601, -32602, -32500


class Service(SimpleXMLRPCDispatcher):
    """The functions, and what tells of them: ``system.listMethods`` and its like."""

    def __init__(self) -> None:
        super().__init__(allow_none=True, use_builtin_types=True)
        for function in (add, power, echo):
            self.register_function(function, {"power": "pow"}.get(function.__name__))
        self.register_introspection_functions()
        self.register_multicall_functions()

    def answer(self, data: bytes) -> bytes:
        """The answer to a call, or the fault, as XML in UTF-8; whatever came, nothing is raised."""
        try:
            result = dumps((self._result(data),), methodresponse=True, allow_none=True)
        except Fault as fault:
            result = dumps(fault)
        except (
            Exception
        ) as problem:  # OverflowError: a number that XML-RPC has no place for; and what nobody thought of
            result = dumps(Fault(FAILED, f"{type(problem).__name__}: {problem}"))
        return result.encode("utf-8", "xmlcharrefreplace")

    def _result(self, data: bytes) -> Any:
        try:
            read(data, LIMITS)
        except Refused as refused:
            raise Fault(NO_XML, str(refused)) from None
        try:
            parameters, method = loads(data, use_builtin_types=True)
        except Exception as problem:  # whatever its unmarshaller runs into
            raise Fault(NO_CALL, f"{type(problem).__name__}: {problem}") from None
        if not method:
            raise Fault(NO_CALL, _("no method is named"))
        return self._dispatch(method, parameters)

    def _dispatch(self, method: str, params: Any) -> Any:
        """Call a function of the table: no attribute of anything is ever looked up by a name that came over a wire."""
        function: Callable[..., Any] | None = self.funcs.get(method)
        if function is None:
            text = _("There is no method {name!r}; system.listMethods() tells what there is.")
            raise Fault(NO_METHOD, text.format(name=method[:80]))
        try:
            return function(*params)
        except Fault:
            raise
        except TypeError as problem:
            raise Fault(WRONG_PARAMETERS, str(problem)) from None
        except (ArithmeticError, ValueError) as problem:
            raise Fault(FAILED, f"{type(problem).__name__}: {problem}") from None

    def system_multicall(self, call_list: Any) -> list[Any]:
        """Many calls in one; those that fail give a struct with faultCode and faultString in place of a list."""
        if not isinstance(call_list, list) or len(call_list) > CALLS:
            text = _("It takes an array of at most {n} structs with methodName and params.")
            raise Fault(WRONG_PARAMETERS, text.format(n=CALLS))
        return [self._one_of(call) for call in call_list]

    def _one_of(self, call: Any) -> Any:
        try:
            if not isinstance(call, dict) or not isinstance(call.get("params"), list):
                raise Fault(WRONG_PARAMETERS, _("A call is a struct with methodName and params."))
            if call.get("methodName") == "system.multicall":
                raise Fault(NO_METHOD, _("No system.multicall within system.multicall."))
            return [self._dispatch(str(call.get("methodName")), call["params"])]
        except Fault as fault:
            return {"faultCode": fault.faultCode, "faultString": fault.faultString}

    def system_methodSignature(self, method_name: str) -> Any:
        """What it returns and takes: a list of lists of types, the first of which is that of the result."""
        number = [["int", "int", "int"], ["double", "double", "double"]]
        kinds = ("int", "double", "boolean", "string", "dateTime.iso8601", "base64", "array", "struct", "nil")
        known: dict[str, list[list[str]]] = {
            "add": number,
            "pow": number,
            "echo": [[kind, kind] for kind in kinds],
            "system.listMethods": [["array"]],
            "system.methodHelp": [["string", "string"]],
            "system.methodSignature": [["array", "string"]],
            "system.multicall": [["array", "array"]],
        }
        if str(method_name) not in known:
            raise Fault(NO_METHOD, _("There is no method {name!r}.").format(name=str(method_name)[:80]))
        return known[str(method_name)]

    def system_methodHelp(self, method_name: str) -> str:
        """What it does, in the learner's language."""
        known = {
            "add": _("add(x, y): the sum of two numbers"),
            "pow": _("pow(x, y): x to the power of y, if the result is not too large"),
            "echo": _("echo(value): gives any value back"),
            "system.listMethods": _("the names of all methods"),
            "system.methodHelp": _("what a method does"),
            "system.methodSignature": _("the types of a method's result and of its parameters"),
            "system.multicall": _("many calls in one: an array of structs with methodName and params"),
        }
        if str(method_name) not in known:
            raise Fault(NO_METHOD, _("There is no method {name!r}.").format(name=str(method_name)[:80]))
        return known[str(method_name)]


def add(x: Any, y: Any) -> Any:
    """The sum of two numbers."""
    return _number(x) + _number(y)


def power(x: Any, y: Any) -> Any:
    """x to the power of y; what would take long to compute does not fit into an answer anyway."""
    x, y = _number(x), _number(y)
    if isinstance(x, int) and isinstance(y, int) and abs(x) > 1 and y > BITS:
        raise Fault(FAILED, _("The result has more than {n} bits: XML-RPC has no place for it.").format(n=BITS + 1))
    result = x**y
    if isinstance(result, complex):
        raise Fault(FAILED, _("The result is no real number: XML-RPC has no place for it."))
    return result


def echo(value: Any) -> Any:
    """Any value, given back."""
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind = {str: "string", bytes: "base64", list: "array", dict: "struct", bool: "boolean", datetime: "dateTime"}
        text = _("It takes numbers, not a value of the type {type}.")
        raise Fault(WRONG_PARAMETERS, text.format(type=kind.get(type(value), "nil")))
    if isinstance(value, int) and value.bit_length() > BITS + 1:
        raise Fault(WRONG_PARAMETERS, _("A whole number has at most {n} bits.").format(n=BITS + 1))
    return value


def application() -> Application:
    """What answers, at the paths at which XML-RPC is usually found."""
    table = [(r"/(?:RPC2)?", _Calls, {"service": Service()})]
    return Application(table, default_handler_class=_Nowhere, log_function=lambda _handler: None)


@stream_request_body
class _Said(RequestHandler):
    """What is refused is told as text, when all of the request has come: its sender may not listen before.

    The content is taken as it comes; of one that is too long, or that nobody wants, nothing is kept.
    """

    def set_default_headers(self) -> None:
        self.set_header("Server", "netkit")
        self.set_header("Content-Type", "text/plain; charset=utf-8")

    def prepare(self) -> None:
        self._content = bytearray()
        self._refused = self._refuses()
        if self.request.method != "POST":
            raise self._refused or HTTPError(405)

    def _refuses(self) -> HTTPError | None:
        raise NotImplementedError

    def data_received(self, chunk: bytes) -> None:
        if self._refused is None and len(self._content) + len(chunk) > LIMITS.size:
            text = _("A call may have {most} here.").format(most=octets(LIMITS.size))
            self._refused = HTTPError(413, text, reason="Content Too Large")
        if self._refused is None:
            self._content += chunk

    def post(self) -> None:
        if self._refused is not None:
            raise self._refused
        self.answer(bytes(self._content))

    def answer(self, content: bytes) -> None:
        """To a request that is not refused."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        problem = kwargs.get("exc_info", (None, None))[1]
        why = problem.log_message if isinstance(problem, HTTPError) else None
        if status_code == 405:
            self.set_header("Allow", "POST")
        self.finish(f"{status_code} {self._reason}\n{why or ''}\n")

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """A server never prints."""
        if not isinstance(value, HTTPError | StreamClosedError):
            background.note("xmlrpc", value)


class _Nowhere(_Said):
    def _refuses(self) -> HTTPError:
        return HTTPError(404, _("XML-RPC is at /RPC2."))


class _Calls(_Said):
    def initialize(self, service: Service) -> None:
        self._service = service

    def _refuses(self) -> HTTPError | None:
        fields = self.request.headers
        kind = fields.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.request.method != "POST":
            return HTTPError(405, _("XML-RPC is called by POST."))
        if kind not in ("text/xml", "application/xml"):  # so that no form of a web page can call anything
            return HTTPError(415, _("A call has the Content-Type text/xml."))
        if fields.get("Content-Encoding", "identity").lower() != "identity":
            return HTTPError(415, _("A call is not compressed here."))
        return None

    def answer(self, content: bytes) -> None:
        self.set_header("Content-Type", "text/xml; charset=utf-8")
        self.finish(self._service.answer(content))
