"""Write the choice set that the shipped study holds: `python -m tools.choice_set`."""

from __future__ import annotations

from pathlib import Path

import corridor
from corridor.study.study_choice_set import SHIPPED, write_choice_set
from corridor.study.study_model import study_model_of

DATA = Path(__file__).parents[1] / "data"


def main() -> None:
    """Build the choice set anew where its inputs have changed, and write it."""
    model = study_model_of(corridor.load(DATA))
    write_choice_set(DATA / SHIPPED, model.choice_set, model.key)
    print(f"{SHIPPED}: {len(model.choice_set):,} paths, {(DATA / SHIPPED).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
