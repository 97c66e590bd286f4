"""The forms in which a report is written, and by what they are asked for over HTTP."""

from enum import StrEnum

from service.guidance.report.record import SealedReport


class ReportForm(StrEnum):
    """A form of the report: a page for a browser, a file to print and keep, or data for another program."""

    HTML = "html"
    PDF = "pdf"
    FHIR = "fhir"


MEDIA_TYPE = {
    ReportForm.HTML: "text/html",
    ReportForm.PDF: "application/pdf",
    ReportForm.FHIR: "application/fhir+json",
}
SUFFIX = {ReportForm.HTML: ".html", ReportForm.PDF: ".pdf", ReportForm.FHIR: ".json"}


def write_report(sealed: SealedReport, form: ReportForm) -> bytes:
    """Return the report in one form; the same record gives the same bytes.

    What writes a form is imported when it is first asked for: a service that writes no report carries none of it. It
    takes a core for 110 to 170 ms, so that an event loop has a thread do it.
    """
    match form:
        case ReportForm.HTML:
            from service.guidance.report.html import write_html

            return write_html(sealed)
        case ReportForm.PDF:
            from service.guidance.report.pdf import write_pdf

            return write_pdf(sealed)
        case ReportForm.FHIR:
            from service.guidance.report.fhir import write_fhir

            return write_fhir(sealed)
