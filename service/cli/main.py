"""The command line: names of commands, each imported only when it is called, so that the small ones start at once.

A new CLI command is a module of this package with ``command``, and its name and line in ``OWN``.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from types import TracebackType

import click

from service.entry_points import COMMANDS, PluginRefused, load, refuse_claims

OWN: Mapping[str, str] = {
    "audit": "Verify that the audit is whole, and find whose data an actor touched.",
    "authorization": "Say whether authorization is needed, and who says so.",
    "batches": "Look at whole rosters, watch them, change them, take their results.",
    "call-sheet": "Print what to ask the payer by phone.",
    "consent": "Print the texts of consent, with the digests that settings take.",
    "cost": "Estimate what a stay may cost the patient.",
    "demo": "Verify one imaginary member at each payer, over HTTP, with a simulator.",
    "doctor": "Say what is set, from where, and what is missing.",
    "history": "List what was asked about one member, in order.",
    "keys": "Make, list, rotate and end API keys.",
    "openapi": "Write the description of the HTTP interface, or compare it.",
    "parity": "Print where the behavioral benefit looks worse than medical care.",
    "payers": "List the payers: what each needs, and how it is reached.",
    "report": "Write a verification as a page, a PDF or FHIR; verify such a file.",
    "retention": "Say what is kept longer than it may be, and shred it.",
    "reverify": "Ask about every member of a roster, at the payers' pace.",
    "replay": "Read kept replies with today's rules, and say what would change.",
    "schedule": "Show what is asked by itself in the next 14 days, and what it costs.",
    "serve": "Run the service.",
    "show": "Look at an earlier verification again.",
    "staff": "Invite people, set their roles, and end their access.",
    "verify": "Ask one payer about one member.",
    "watch-list": "Print what must not be missed in an answer.",
    "work": "Work on batches without listening.",
}
"""The service's own commands; ``payers`` brings more by entry points."""


class CommandGroup(click.Group):
    """A group whose commands live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        del ctx
        return sorted({*OWN, *(point.name for point in entry_points(group=COMMANDS))})

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what a terminal would obey in a refusal's words is written out."""
        try:
            return super().invoke(ctx)
        except click.ClickException as refusal:
            from contracts.report import escape_for_terminal

            vars(refusal)["message"] = "\n".join(map(escape_for_terminal, refusal.message.split("\n")))
            raise

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None when there is none."""
        del ctx
        brought = [point for point in entry_points(group=COMMANDS) if point.name == cmd_name]
        try:
            refuse_claims(brought, "command", ours=cmd_name in OWN)
            if cmd_name in OWN:
                _load_structlog_alone()
                found: object = import_module(f"service.cli.{cmd_name.replace('-', '_')}").command
            elif brought:
                found = load(brought[0])
            else:
                return None
        except PluginRefused as refused:
            raise click.ClickException(f"a plugin can't be used: {refused}") from None
        if not isinstance(found, click.Command):
            raise click.ClickException(f"{cmd_name} is no command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with its line, importing none of our own."""
        rows = list(OWN.items())
        for name in sorted({point.name for point in entry_points(group=COMMANDS)} - OWN.keys()):
            try:
                command = self.get_command(ctx, name)
            except click.ClickException as broken:
                rows.append((name, broken.message))
            else:
                rows.append((name, command.get_short_help_str(80) if command else ""))
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))


@click.command(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings are environment variables with the prefix BENEFITS_; `benefits doctor` lists them.",
)
@click.version_option(package_name="benefit-verification")
def main() -> None:
    """Will this insurance pay for an intensive outpatient or partial hospitalization program?

    Try `benefits demo` first: it needs nothing. Then `benefits serve`, and ask it with `benefits verify`.
    """


def _load_structlog_alone() -> None:
    """Load structlog without rich, which it takes for tracebacks where it finds it.

    Those show what variables hold, so we print none; and a server that never draws a table is 7 MB smaller.
    """
    if not {"rich", "structlog"} & sys.modules.keys():
        sys.modules["rich"] = None  # type: ignore[assignment]  # what keeps a module from being found
        import_module("structlog")
        del sys.modules["rich"]


def run() -> None:
    """Run the command line as a process: what the console script calls.

    An error that nobody foresaw is named by its type and place. Its words, and a traceback's, may hold a password or a
    member's data.
    """
    from service.cli.process import PROCESS
    from service.cli.running import limit_exit
    from service.security.process_hardening import harden

    harden()
    sys.excepthook = _print_without_words
    try:
        main(prog_name="benefits", obj=PROCESS)
    except SystemExit as end:
        limit_exit(end.code if isinstance(end.code, int) else 1)
        raise


def _print_without_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from service.telemetry.places import place_of_trace

    del error
    place = place_of_trace(trace)
    click.echo(
        f"Error: a fault of ours ({kind.__name__} in {place}); nothing more is shown, as it may be secret", err=True
    )


if __name__ == "__main__":
    run()
