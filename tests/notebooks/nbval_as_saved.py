"""Makes nbval see what a notebook front end would save, so that every stored output is compared.

nbval 0.11 takes the kernel's messages as they come: it knows no clear_output, no display updates and no Output widgets,
and it runs cells with store_history=False: a trailing ``;`` does not silence a value and ``Out[n]`` stays empty. This
plugin settles the messages of a cell first, as JupyterLab and nbclient do. What a later cell updates in the output of
an earlier one is not seen: the earlier cell has been compared by then.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbval.kernel
import nbval.plugin
import pytest

from tests.environment import jupyter_home, without_personal

Message = dict[str, Any]
OUTPUTS = {"stream", "display_data", "execute_result", "error"}


def settle(messages: Iterable[Message]) -> list[Message]:
    """The outputs that are left below the cell when all its messages have come."""
    shown: list[Message] = []
    by_display_id: dict[str, list[Message]] = {}
    clear_before_next = False
    captured: dict[str, str] = {}  # an Output widget (its comm's id): the request whose outputs it takes
    for message in messages:
        kind, content = message["msg_type"], message["content"]
        if kind == "comm_msg":
            # `with output:` sets the widget's msg_id to the request's id, and to "" at its end.
            request = content.get("data", {}).get("state", {}).get("msg_id")
            if request is not None:
                captured[content["comm_id"]] = request
        elif message["parent_header"].get("msg_id") in captured.values():
            continue
        elif kind == "clear_output":
            clear_before_next = bool(content.get("wait"))
            if not clear_before_next:
                shown.clear()
        elif kind == "update_display_data":
            for old in by_display_id.get(content["transient"]["display_id"], ()):
                old["content"]["data"], old["content"]["metadata"] = content["data"], content["metadata"]
        elif kind in OUTPUTS:
            if clear_before_next:
                shown.clear()
                clear_before_next = False
            shown.append(message)
            if display_id := content.get("transient", {}).get("display_id"):
                by_display_id.setdefault(display_id, []).append(message)
    return shown


def _is_idle(message: Message) -> bool:
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


def _get_kernel_message(self: Any, timeout: float | None = None, stream: str = "iopub") -> Message:
    """In place of IPyNbFile.get_kernel_message, the only source of a cell's messages."""
    queue: list[Message] = self.__dict__.setdefault("_settled", [])
    if not queue:
        batch = [self.kernel.get_message(stream, timeout=timeout)]
        while not _is_idle(batch[-1]):
            batch.append(self.kernel.get_message(stream, timeout=timeout))
        self.kernel._idle_seen = batch[-1]["parent_header"].get("msg_id")
        queue += [*settle(batch[:-1]), batch[-1]]
    return queue.pop(0)


def _await_idle(self: Any, parent_id: str, timeout: float, _plain: Any = nbval.kernel.RunningKernel.await_idle) -> None:
    """In place of RunningKernel.await_idle: the message that it waits for may have been read into the batch."""
    if getattr(self, "_idle_seen", None) != parent_id:
        _plain(self, parent_id, timeout)


def _execute(self: Any, cell_input: str, allow_stdin: bool | None = None) -> str:
    """In place of RunningKernel.execute_cell_input, with store_history=True as in a front end."""
    request: str = self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)
    return request


def pytest_configure(config: pytest.Config) -> None:
    if not (config.option.nbval or config.option.nbval_lax):
        return
    nbval.kernel.RunningKernel.await_idle = _await_idle
    nbval.kernel.RunningKernel.execute_cell_input = _execute
    nbval.plugin.IPyNbFile.get_kernel_message = _get_kernel_message
    # The kernels inherit this process's environment, and nbval has no other place to say what it should be.
    home = tempfile.TemporaryDirectory(prefix="netkit-nbval-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    clean = {**without_personal(os.environ), **jupyter_home(Path(home.name))}
    for name in set(os.environ) - set(clean):
        del os.environ[name]
    os.environ.update(clean)
