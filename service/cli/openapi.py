"""``benefits openapi``: the description of the HTTP interface, written to a file or compared with it."""

import json
from pathlib import Path

import click

from service.web.app import create_api

FILE = Path("openapi/v1.json")


@click.command("openapi")
@click.option("--check", is_flag=True, help="Compare instead of writing; exit code 1 when the file differs.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=FILE)
def command(file: Path, *, check: bool) -> None:
    """Write the description of the HTTP interface, or compare it.

    FILE is openapi/v1.json when not given.
    """
    text = describe_api()
    if not check:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        click.echo(f"written: {file}", err=True)
        return
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        raise click.ClickException(f"{file} differs from the code; run `benefits openapi`")


def describe_api() -> str:
    """Return the description as the file holds it. No service is built for it."""
    return json.dumps(create_api().openapi(), indent=1, ensure_ascii=False) + "\n"
