"""Which form a caller gets by its ``Accept``."""

import pytest

from service.web.media_types import choose_media_type

HTML, PDF, FHIR = OFFERED = ("text/html", "application/pdf", "application/fhir+json")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ((), HTML),
        (("",), HTML),
        (("*/*",), HTML),
        (("text/*",), HTML),
        (("application/*",), PDF),
        (("application/pdf",), PDF),
        (("APPLICATION/PDF",), PDF),
        (("application/fhir+json; fhirVersion=4.0",), FHIR),
        (("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",), HTML),
        (("text/html;q=0.5, application/pdf",), PDF),
        (("text/html;q=0.5", "application/fhir+json;q=0.7"), FHIR),
        (("*/*, text/html;q=0",), PDF),
        (("*/*;q=0.1, application/fhir+json;q=0.2",), FHIR),
        (("text/plain",), None),
        (("application/json",), None),
        (("text/html;q=0",), None),
        (("text/html;q=2",), None),
        (("nonsense",), None),
        (("text/plain, nonsense, application/pdf;q=0.1",), PDF),
    ],
)
def test_the_form_that_is_wanted_most_is_chosen(accept: tuple[str, ...], chosen: str | None) -> None:
    assert choose_media_type(accept, OFFERED) == chosen
