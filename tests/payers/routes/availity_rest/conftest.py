"""The payer's end of the route."""

from collections.abc import Iterator

import pytest

from tests.payers.routes.availity_rest.edge import Edge, at_the_edge


@pytest.fixture
def edge() -> Iterator[Edge]:
    with at_the_edge() as found:
        yield found
