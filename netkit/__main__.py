"""``python -m netkit``: netkit's servers from a terminal."""

from netkit.terminal import main

if __name__ == "__main__":
    raise SystemExit(main())
