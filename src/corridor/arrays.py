"""The type of arrays: shapes and units stand in docstrings, by name of what an array has one entry for."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
