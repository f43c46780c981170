"""What is sent to the container and what it answers: tested by test_contract.py and
test_unloadable.py, and shown in docs/container.md, which is generated from this (`autolote docs`).

In a message `...` stands for what differs from machine to machine. Only the standard library is
imported here.
"""

from .framing import FRAMED
from .kinds import CSV, ROW, Case, Stored, Unloadable, fits
from .requests import ASKED, NOT_READY
from .rows import READ, REFUSED
from .unloadable import UNLOADABLE

__all__ = [
    "ASKED",
    "CSV",
    "FRAMED",
    "NOT_READY",
    "READ",
    "REFUSED",
    "ROW",
    "UNLOADABLE",
    "Case",
    "Stored",
    "Unloadable",
    "fits",
]
