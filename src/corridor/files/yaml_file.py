"""YAML from anybody: plain values only, no key twice, no references that blow up."""

from __future__ import annotations

from typing import Any

import yaml


class _Plain(yaml.SafeLoader):  # type: ignore[misc]
    """A loader that builds nothing but texts, numbers, lists and mappings, each written out where it stands."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse references: a few lines of them stand for gigabytes."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(
                None, None, f"*{event.anchor} is a reference; write it out", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """Say where a value is that cannot be."""
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # 2020-13-45, 0x_, endless digits
            raise yaml.constructor.ConstructorError(None, None, f"{node.value:.40}: {error}", node.start_mark) from None

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuse a key that stands twice: of two values one would be lost."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key.value, str):
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_yaml(text: str) -> Any:
    """Return what a YAML text holds.

    Raises
    ------
    yaml.YAMLError
        If it is no YAML, or more than plain values; with `problem` and `problem_mark`.
    """
    return yaml.load(text, Loader=_Plain)  # noqa: S506 - safer than the safe loader
