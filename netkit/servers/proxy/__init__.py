"""The proxy: HTTP on both sides, and only for servers of this process."""
