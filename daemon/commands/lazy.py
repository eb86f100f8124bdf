"""A group whose commands are imported when they are named: `mused --help` needs no torch."""

import difflib
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """Commands by name, each as ``module:function``."""

    def __init__(self, *args: Any, places: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of their use."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The named command."""
        if cmd_name not in self._places:
            return None
        module, _, name = self._places[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def _groups_with(self, ctx: click.Context, command: str) -> Iterator[str]:
        """The names of the groups that have such a command."""
        for name in self._places:
            group = self.get_command(ctx, name)
            if isinstance(group, click.Group) and command in group.list_commands(ctx):
                yield name

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in any group, but with the name that may have been meant: click knows none here."""
        # While a shell completes, whatever is typed already must raise nothing.
        if not ctx.resilient_parsing and args[0] not in self._places:
            deeper = [f"{name} {args[0]}" for name in self._groups_with(ctx, args[0])]
            for near in deeper or difflib.get_close_matches(args[0], self._places, n=1):
                ctx.fail(f"No such command {args[0]!r}. Did you mean {near!r}?")
        return super().resolve_command(ctx, args)
