"""The environment in which tests and lessons run: the same for everyone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")

# Set on a developer's machine, they change what a lesson prints or where a test goes.
PERSONAL = {*PROXIES, *(name.upper() for name in PROXIES), "NETKIT_LANGUAGE", "PYTHONSTARTUP", "MPLBACKEND"}


def in_ci() -> bool:
    """Whether what is missing here (a browser, tshark) is a failure, not a reason to skip."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def without_personal(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what is one person's."""
    return {name: value for name, value in environment.items() if name not in PERSONAL}


def jupyter_home(home: Path) -> dict[str, str]:
    """Variables that give Jupyter and IPython an empty home: nobody's profile, settings or kernels are touched."""
    names = {
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "run",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    return {name: str(home / folder) for name, folder in names.items()}
