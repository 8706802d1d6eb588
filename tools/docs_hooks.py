"""What mkdocs does to pages before it renders them, so that the same files read well in the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WHOLE = re.compile(r"\[[^]]+\]\(\.\./(\w+\.md)\)\.?\s*")


def on_page_markdown(markdown: str, **_given: Any) -> str:
    """Put a file of the repository in the place of a page that is only a link to it, and keep `[-a][-b]` as it is."""
    if found := WHOLE.fullmatch(markdown):
        markdown = (ROOT / found[1]).read_text(encoding="utf-8").replace("](docs/", "](")
    return markdown.replace("[-gauge][-n]", r"\[-gauge]\[-n]").replace("to[-n]", r"to\[-n]")
