"""The schema's history, for both engines. Alembic reads this folder; ``service.store.schema`` runs it."""
