"""Read untrusted YAML: plain values only, no repeated keys, no references."""

from __future__ import annotations

from typing import Any

import yaml


class _Plain(yaml.SafeLoader):  # type: ignore[misc]
    """A loader of texts, numbers, lists and mappings only, without references."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse references: a few lines of them can expand to gigabytes."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(
                None, None, f"*{event.anchor} is a reference, write the value out", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """Report the position of an invalid value."""
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # such as 2020-13-45, 0x_, or too many digits
            raise yaml.constructor.ConstructorError(None, None, f"{node.value:.40}: {error}", node.start_mark) from None

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuse a repeated key, since one of its values would be lost."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key.value, str):
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} appears twice", key.start_mark)
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_yaml(text: str) -> Any:
    """Return the content of a YAML text.

    Raises
    ------
    yaml.YAMLError
        If it is not YAML, or has more than plain values; with `problem` and `problem_mark`.
    """
    return yaml.load(text, Loader=_Plain)  # noqa: S506 - safer than the safe loader
