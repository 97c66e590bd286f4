"""The service as a process on PostgreSQL: the same answers as on a file."""

import asyncio
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest

from payers.simulator.people import PEOPLE
from service.security.encryption import Sealer
from service.store import StoreUnavailable, open_store
from service.store.audit_verification import AuditState
from tests.journeys.asking import post
from tests.postgres import Server, name_of

from .conftest import REPOSITORY, started

SEALING = f"k1:{b64encode(bytes(range(32))).decode()}"


def test_a_service_on_a_server_answers_and_remembers(staging: Any, postgres: Any, tmp_path: Path) -> None:
    person = next(person for person in PEOPLE if person.whole[0] == "active")
    settings = {
        "BENEFITS_DATABASE_URL": postgres.url(),
        "BENEFITS_KEYS__SEALING": SEALING,
    }
    with staging(tmp_path, **settings) as stage:
        asked = post(stage, person)
        seen = httpx.get(
            stage.service + asked.headers["location"],
            headers={"Authorization": f"Bearer {stage.staff}"},
            timeout=30,
            trust_env=False,
        )

    assert (asked.status_code, seen.status_code) == (200, 200)
    assert {**asked.json(), "timing": None} == {**seen.json(), "timing": None}
    assert asked.json()["coverage"]["status"] == "active"
    assert list(tmp_path.glob("*.sqlite*")) == []


class DatabaseRoles(NamedTuple):
    """A database whose owner and whose service are two roles, made by the statements of the documentation."""

    server: Server
    database: str
    owner: str
    service: str

    def settings(self, role: str) -> dict[str, str]:
        return {"BENEFITS_DATABASE_URL": self.address(role), "BENEFITS_KEYS__SEALING": SEALING}

    def address(self, role: str) -> str:
        return f"postgresql://{role}@/{self.database}?host={self.server.home}"

    def run(self, role: str, statements: str) -> None:
        with psycopg.connect(self.address(role), autocommit=True) as connection:
            connection.execute(statements)

    def follow(self, number: int) -> None:
        """Run the documented statements of a block; this database stands already."""
        documented = (REPOSITORY / "service/store/README.md").read_text()
        block = re.findall(r"```sql\n(.*?)```", documented, flags=re.DOTALL)[number]
        lines = [line for line in block.splitlines() if not line.startswith("\\connect")]
        statements = "\n".join(lines).replace(
            "CREATE DATABASE benefits OWNER", f"ALTER DATABASE {self.database} OWNER TO"
        )
        self.run("postgres", statements.replace("benefits_owner", self.owner).replace("benefits_service", self.service))


@pytest.fixture
def roles(postgres: Any) -> Iterator[DatabaseRoles]:
    if not isinstance(postgres, Server):
        pytest.skip("roles are made on a server of the tests' own alone")
    name = name_of(postgres.url())
    made = DatabaseRoles(postgres, name, f"owner_{name}", f"service_{name}")
    made.follow(0)
    yield made
    postgres.drop(made.address("postgres"))


def may_change_audit(roles: DatabaseRoles, role: str) -> bool:
    """What ``benefits doctor`` finds of a role."""
    store = open_store(roles.address(role), sealer=Sealer({"k1": bytes(range(32))}), serving=False)
    try:
        return store.inspect().may_change_audit
    finally:
        asyncio.run(store.stop())


async def remove_lines(address: str) -> tuple[int, AuditState]:
    """Remove every line of the audit that may go, however young, as the role in ``address``, and verify the rest."""
    store = open_store(address, sealer=Sealer({"k1": bytes(range(32))}), serving=False)
    await store.start()
    try:
        count = await store.remove_audit_lines(2**62, lambda *_: None)
        return count, await store.verify_audit((), lambda *_: None)
    finally:
        await store.stop()


def test_a_service_whose_role_may_only_add_to_the_audit_does_all_it_did(
    staging: Any, roles: DatabaseRoles, tmp_path: Path
) -> None:
    person = next(person for person in PEOPLE if person.whole[0] == "active")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **roles.settings(roles.owner)}
    with started(["serve", "--port", "0"], environment, tmp_path):
        pass
    assert may_change_audit(roles, roles.service)
    roles.follow(1)

    with staging(tmp_path, **roles.settings(roles.service)) as stage:
        asked = post(stage, person)

    assert asked.json()["coverage"]["status"] == "active"
    assert not may_change_audit(roles, roles.service)
    assert may_change_audit(roles, roles.owner)
    for attack in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit", "DROP TABLE audit"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            roles.run(roles.service, attack)
    with pytest.raises(StoreUnavailable) as refused:
        asyncio.run(remove_lines(roles.address(roles.service)))
    assert refused.value.detail == "audit_retention:InsufficientPrivilege"
    removed, state = asyncio.run(remove_lines(roles.address(roles.owner)))
    assert (removed > 0, state.removed, state.broken) == (True, removed, ())
