"""`corridor` with the toy study in place of the shipped one: `python tests/toy_command.py FOLDER explore …`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from toy_study import use_as_shipped

from corridor.start import main

if __name__ == "__main__":
    use_as_shipped(Path(sys.argv.pop(1)), pytest.MonkeyPatch())
    main()
