"""A client that anybody can generate from ``openapi/v1.json`` runs the README's story and loses no field."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from attrs import fields, has

from tests.journeys.conftest import REPOSITORY, Stage

pytestmark = pytest.mark.loopback

PACKAGE = "generated_benefits_client"


FILE = "application/octet-stream"
AS_BYTES = {"application/jsonl": FILE, "text/csv": FILE, "application/pdf": FILE, "application/fhir+json": FILE}
"""Files that we take and give: the generator knows none of their types, and a client wants their bytes."""


def generate(description: Path, folder: Path) -> str:
    """Generates the client into ``folder``, and returns what the generator says."""
    tools = str(Path(sys.executable).parent)
    config = folder / "config.json"
    config.write_text(json.dumps({"content_type_overrides": AS_BYTES}))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate"),
            *("--path", str(description), "--meta", "none", "--output-path", str(folder / PACKAGE)),
            *("--config", str(config)),
        ],
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return done.stdout + done.stderr


class Generated(NamedTuple):
    """The generated client with a live key, and the modules of its operations and models."""

    client: Any
    stranger: Any
    verifications: Any
    payers: Any
    models: Any

    def body(self, **member: str) -> Any:
        """The body in the README, with other details of the member where they are given."""
        written = re.search(r"-d '(\{.*\})'", (REPOSITORY / "README.md").read_text())
        assert written is not None
        body = json.loads(written[1])
        return self.models.VerificationBody.from_dict({**body, "member": {**body["member"], **member}})


def unnamed_fields(value: Any) -> set[str]:
    """The fields of a generated value, and of all below it, that the description does not name."""
    if isinstance(value, list):
        return set().union(*map(unnamed_fields, value))
    if not has(type(value)):
        return set()
    return set(value.additional_properties).union(
        *(unnamed_fields(getattr(value, one.name)) for one in fields(type(value)))
    )


@contextmanager
def generated_package(description: Path, folder: Path) -> Iterator[ModuleType]:
    """A client generated from ``description``, imported while the block runs."""
    said = generate(description, folder)
    assert "Warning" not in said, said
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == PACKAGE}
    sys.path.insert(0, str(folder))
    try:
        yield import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]
        sys.modules.update(kept)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory, stage: Stage) -> Iterator[Generated]:
    folder = tmp_path_factory.mktemp("client")
    with generated_package(REPOSITORY / "openapi" / "v1.json", folder) as made:
        for module in ("ask", "look"):
            import_module(f"{PACKAGE}.api.verifications.{module}")
        import_module(f"{PACKAGE}.api.payers.list_payers")
        options = {"base_url": stage.service, "timeout": 30.0, "httpx_args": {"trust_env": False}}
        with (
            made.AuthenticatedClient(token=stage.staff, **options) as client,
            made.AuthenticatedClient(token="bv_0123456789ab_" + "x" * 43, **options) as stranger,
        ):
            api = sys.modules[f"{PACKAGE}.api"]
            yield Generated(client, stranger, api.verifications, api.payers, import_module(f"{PACKAGE}.models"))


def test_the_question_of_the_readme_is_answered(generated: Generated) -> None:
    response = generated.verifications.ask.sync_detailed(
        client=generated.client, body=generated.body(), prefer="wait=8"
    )

    answer = response.parsed
    assert (response.status_code, answer.state, answer.payer) == (200, generated.models.State.FINAL, "aetna")
    assert {row.in_network.verdict for row in answer.programs} <= set(generated.models.Verdict)
    assert all(line.segment and line.text and line.description for line in answer.evidence)


def test_no_field_of_an_answer_is_lost_on_the_way(generated: Generated) -> None:
    response = generated.verifications.ask.sync_detailed(
        client=generated.client, body=generated.body(), prefer="wait=8"
    )

    sent = json.loads(response.content)
    read = response.parsed.to_dict()
    assert len(sent["evidence"]) > 5
    assert unnamed_fields(response.parsed) == set()
    assert json.loads(re.sub(r"\+00:00", "Z", json.dumps(read))) == sent


def test_a_field_that_the_description_does_not_name_is_noticed(generated: Generated, tmp_path: Path) -> None:
    response = generated.verifications.ask.sync_detailed(
        client=generated.client, body=generated.body(), prefer="wait=8"
    )
    document = json.loads((REPOSITORY / "openapi" / "v1.json").read_text())
    evidence = document["components"]["schemas"]["Evidence"]
    del evidence["properties"]["text"]
    evidence["required"].remove("text")
    (tmp_path / "mutant.json").write_text(json.dumps(document))

    with generated_package(tmp_path / "mutant.json", tmp_path) as mutant:
        answer = import_module(f"{mutant.__name__}.models").Answer.from_dict(json.loads(response.content))
        assert unnamed_fields(answer) == {"text"}


def test_a_pending_answer_is_found_final_where_it_says(generated: Generated) -> None:
    pending = generated.verifications.ask.sync_detailed(
        client=generated.client, body=generated.body(member_id="W900000102"), prefer="wait=0", idempotency_key="once"
    )
    again = generated.verifications.ask.sync_detailed(
        client=generated.client, body=generated.body(member_id="W900000102"), prefer="wait=0", idempotency_key="once"
    )
    verification_id = pending.headers["location"].rsplit("/", 1)[1]

    final = generated.verifications.look.sync_detailed(verification_id, client=generated.client, prefer="wait=10")

    assert (pending.status_code, pending.parsed.state) == (202, generated.models.State.PENDING)
    assert again.parsed.verification_id == pending.parsed.verification_id == verification_id
    assert (final.status_code, final.parsed.state) == (200, generated.models.State.FINAL)


def test_the_payers_are_listed_with_what_they_need(generated: Generated) -> None:
    payers = generated.payers.list_payers.sync(client=generated.client)

    assert {"aetna", "cigna"} <= {payer.id for payer in payers}
    assert all(payer.needs and payer.routes for payer in payers)


def test_a_refusal_is_a_problem_with_its_code_and_fields(generated: Generated) -> None:
    unknown = generated.verifications.ask.sync(client=generated.stranger, body=generated.body())
    blank = generated.verifications.ask.sync(client=generated.client, body=generated.body(member_id=" "))
    missing = generated.verifications.look.sync("ver_" + "A" * 26, client=generated.client)

    assert [(one.status, one.code) for one in (unknown, blank, missing)] == [
        (401, "unauthorized"),
        (422, "invalid_request"),
        (404, "not_found"),
    ]
    assert [(error.field, error.code) for error in blank.errors] == [("member_id", "blank")]
