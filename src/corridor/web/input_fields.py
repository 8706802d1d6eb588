"""Select fields that accept typed text, and JSON for the script of the page."""

from __future__ import annotations

import json

from nicegui import events, ui

# Enter without a selected option sends the typed text to the server.
TYPED = "(e) => { if (/_-1$|^$/.test(e.target.getAttribute('aria-activedescendant') ?? '')) emit(e.target.value); }"


def typed(field: ui.select, options: dict[str, str]) -> ui.select:
    """Select the first option that begins with, or contains, the text typed before Enter; notify if there is none."""

    def select_match(event: events.GenericEventArguments) -> None:
        text = str(event.args or "").strip().casefold()
        labels = [(k, v.casefold()) for k, v in options.items()]
        found = [k for k, v in labels if v.startswith(text)] or [k for k, v in labels if text in v]
        if not text:
            return
        if found:
            field.set_value(found[0])
            field.run_method("hidePopup")
        else:
            ui.notify(f"nothing like '{event.args}'", type="warning")

    field.on("keydown.enter", select_match, js_handler=TYPED)
    return field


def as_json(value: object) -> str:
    """Return a value as JSON that is safe in a script."""
    return json.dumps(value, allow_nan=False).replace("</", "<\\/")
