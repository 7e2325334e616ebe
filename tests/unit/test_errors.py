"""netkit's errors: what a learner catches them as, and what a notebook shows of them."""

from __future__ import annotations

import pytest

from netkit import errors
from netkit.errors import BadInput, NetkitError, NotLocal, ServerError, TookTooLong


@pytest.mark.parametrize(
    ("error", "also"),
    [(BadInput, ValueError), (NotLocal, BadInput), (ServerError, RuntimeError), (TookTooLong, TimeoutError)],
)
def test_each_is_a_netkit_error_and_a_standard_one(error: type[Exception], also: type[Exception]) -> None:
    assert issubclass(error, NetkitError)
    assert issubclass(error, also)


def test_there_are_no_others() -> None:
    found = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert found == {NetkitError, BadInput, NotLocal, ServerError, TookTooLong}


def test_a_notebook_shows_the_message_and_its_notes_and_no_traceback() -> None:
    problem = BadInput("The port 0 is no port.")
    assert problem._render_traceback_() == ["BadInput: The port 0 is no port."]
    problem.add_note("Use another.")
    assert problem._render_traceback_() == ["BadInput: The port 0 is no port.", "Use another."]


def test_ipython_shows_it_so(capsys: pytest.CaptureFixture[str]) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    result = shell.run_cell("from netkit.errors import BadInput\nraise BadInput('The port 0 is no port.')")
    assert isinstance(result.error_in_exec, BadInput)
    shown = capsys.readouterr()
    assert (shown.out + shown.err).strip() == "BadInput: The port 0 is no port."
