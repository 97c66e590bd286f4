"""The routers of the desk. Every route of them stands behind a sign-in (``ROUTERS_WITH_KEY``)."""

from service.web.pages.desk import (
    batch_changes,
    batches,
    call_sheet,
    cost,
    history,
    new_verification,
    record,
    report,
    work_list,
)

DESK_ROUTERS = (
    work_list.router,
    new_verification.router,
    record.router,
    call_sheet.router,
    cost.router,
    history.router,
    report.router,
    batch_changes.router,
    batches.router,
)
