"""How Alembic runs the steps: on the connection that it is handed, inside the transaction that is already begun."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
