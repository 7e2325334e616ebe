"""What `import netkit` gives, and that it costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ["asyncio", "babel", "dnslib", "ipywidgets", "IPython", "matplotlib", "numpy", "psutil", "socket", "tornado"]


def test_importing_loads_nothing_heavy() -> None:
    source = f"import netkit, sys; print([name for name in {HEAVY} if name in sys.modules])"
    made = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (made.stdout, made.stderr) == ("[]\n", "")


def test_importing_the_wire_starts_no_thread() -> None:
    source = "import netkit.wire.tap, netkit.wire.udp, threading; print(threading.active_count())"
    made = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (made.stdout, made.stderr) == ("1\n", "")


def test_a_name_that_there_is_not() -> None:
    import netkit

    with pytest.raises(AttributeError, match="^module 'netkit' has no attribute 'sever'$"):
        _ = netkit.sever
