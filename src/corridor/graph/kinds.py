"""What an arc of the virtual network stands for."""

from __future__ import annotations

LINK, TRANSFER, LOAD, UNLOAD = range(4)
FORWARD, BACKWARD = 0, 1
