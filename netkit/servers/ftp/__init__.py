"""The FTP server: pyftpdlib on netkit's loop, behind taps, with files that are nowhere but in memory."""
