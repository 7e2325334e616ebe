"""What lies on the FTP server in the beginning."""

from __future__ import annotations

BIG = 1_000_000  # bytes of /pub/big.bin


def pattern(size: int) -> bytes:
    """Bytes by which one sees where they stand: lines of 16, each its own number, as ``"0000016 .......\\n"``."""
    return b"".join(b"%07d .......\n" % at for at in range(0, size, 16))[:size]


def first_files() -> dict[str, bytes]:
    """Each by its path; lines end with LF, as in a file on Unix."""
    return {
        "/README.txt": _README.encode(),
        "/pub/hello.txt": b"Hello, FTP!\n",
        "/pub/книга.txt": "Имя этого файла записано в UTF-8.\nThis file's name is in UTF-8 (RFC 2640).\n".encode(),
        "/pub/big.bin": pattern(BIG),
        "/pub/rfc/index.txt": _INDEX.encode(),
        "/private/notes.txt": b"Only the student can read this.\n",
        "/private/marks.csv": b"listing,mark\nL21,5\nL22,5\n",
    }


_README = """\
This is netkit's FTP server. Its files are nowhere but in memory.

/pub       for everybody
/private   for the student
/upload    where the student can write, up to 4 MB
"""

_INDEX = """\
959   File Transfer Protocol
2389  FEAT and OPTS
2428  EPRT and EPSV
2577  FTP Security Considerations
2640  File names in UTF-8
3659  MLSD, SIZE, MDTM, REST
"""
