"""Starts the release binary on free ports in a folder of its own, and talks to it as clients do."""
from .clients import Rest, Streams  # noqa: F401
from .server import BINARY, ROOT, CommandFailed, Pinflow, command, free_port  # noqa: F401
