"""Fields that take what is typed, and values as the page's script reads them."""

from __future__ import annotations

import json

from nicegui import events, ui

# Enter without a choice among those offered: what was typed goes to the server.
TYPED = "(e) => { if (/_-1$|^$/.test(e.target.getAttribute('aria-activedescendant') ?? '')) emit(e.target.value); }"


def typed(field: ui.select, options: dict[str, str]) -> ui.select:
    """Take the first option that begins with, or holds, what was typed before Enter; say so where there is none."""

    def take(event: events.GenericEventArguments) -> None:
        said = str(event.args or "").strip().casefold()
        shown = [(k, v.casefold()) for k, v in options.items()]
        found = [k for k, v in shown if v.startswith(said)] or [k for k, v in shown if said in v]
        if not said:
            return
        if found:
            field.set_value(found[0])
            field.run_method("hidePopup")
        else:
            ui.notify(f"nothing like '{event.args}'", type="warning")

    field.on("keydown.enter", take, js_handler=TYPED)
    return field


def as_json(value: object) -> str:
    """Return a value as JSON that may stand in a script."""
    return json.dumps(value, allow_nan=False).replace("</", "<\\/")
