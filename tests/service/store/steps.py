"""The steps of the schema, run as a database of an earlier version is brought forward."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from service.store.schema import MIGRATIONS


def steps() -> ScriptDirectory:
    """Every step that Alembic finds."""
    return ScriptDirectory.from_config(_config())


def run_steps(engine: sa.Engine, until: str = "head") -> None:
    """Bring a database to the revision ``until``, step by step from whatever it is at."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, until)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
