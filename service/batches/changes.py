"""What changed for the members of a batch since the last answer about each."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence

from contracts import Frozen
from service.batches.results import show_rows
from service.batches.views import BatchView
from service.guidance.change_values import Change, ChangeCode, Severity
from service.guidance.changes import changes_between
from service.security.access import Caller
from service.store import Store
from service.store.batch_values import ItemState
from service.verification.replay import Replay

ROWS_AT_ONCE = 50
"""Rows that are looked at together."""

MORNING_LINES = 12
"""Lines of a morning summary at most."""


class ChangedRow(Frozen):
    """A row of a roster whose member's answer is not what it was."""

    row: int
    reference: str | None
    payer: str
    verification_id: str
    earlier_verification_id: str
    changes: tuple[Change, ...]
    redisclosure_notice: str | None = None


async def changed_rows(
    store: Store, replay: Replay, batch_id: str, caller: Caller, notice: str | None = None
) -> AsyncIterator[ChangedRow]:
    """Yield the rows of a batch that changed, in the order of the roster. Who may see it is the reader's to know.

    Each row carries ``notice``, what accompanies records where 42 CFR Part 2 applies. An earlier answer that differs is
    read again by today's rules first, where its replies are still kept: what our own rules changed is no change. Raises
    ``ServiceRefusal``.
    """
    after = 0
    while shown := await show_rows(store, batch_id, after, ROWS_AT_ONCE, caller):
        for item, answer in shown:
            if item.state is not ItemState.ANSWERED or item.verification_id is None or answer is None:
                continue
            earlier = await store.earlier_answer(item.verification_id, caller)
            if earlier is None or earlier.job.answer is None:
                continue
            changes = changes_between(earlier.job.answer, answer)
            if changes:
                again = await replay.replay(earlier.job, caller)
                if again is not None and again.again is not None:
                    changes = changes_between(again.again, answer)
            if changes:
                yield ChangedRow(
                    row=item.number,
                    reference=None if item.content.question is None else item.content.question.reference,
                    payer=item.payer,
                    verification_id=item.verification_id,
                    earlier_verification_id=earlier.verification_id,
                    changes=changes,
                    redisclosure_notice=notice,
                )
        after = shown[-1][0].number


_WORDS = {
    ChangeCode.COVERAGE_LOST: "lost coverage",
    ChangeCode.MEMBER_NOT_FOUND: "no longer found by the payer",
    ChangeCode.EXHAUSTED: "used up a benefit",
    ChangeCode.AUTHORIZATION_CHANGED: "another rule about authorization",
    ChangeCode.AUTHORIZATION_MAY_END: "an authorization that may have ended with the plan",
    ChangeCode.ADMINISTRATOR_CHANGED: "another administrator",
    ChangeCode.ENDS_SOON: "coverage that ends soon",
    ChangeCode.PLAN_CHANGED: "another plan",
    ChangeCode.GROUP_CHANGED: "another group",
    ChangeCode.CARD_NUMBER_CHANGED: "another id at the payer",
    ChangeCode.NEARLY_EXHAUSTED: "a benefit nearly used up",
    ChangeCode.LIMIT_NEW: "a new limit",
    ChangeCode.ACCUMULATOR_BACKWARDS: "a deductible or maximum that went back",
    ChangeCode.COVERAGE_UNCLEAR: "coverage that became unclear",
    ChangeCode.DEDUCTIBLE_RESET: "a deductible that began anew",
    ChangeCode.DEDUCTIBLE_MET: "a deductible that is met",
    ChangeCode.OUT_OF_POCKET_RESET: "an out-of-pocket maximum that began anew",
    ChangeCode.OUT_OF_POCKET_MET: "an out-of-pocket maximum that is met",
    ChangeCode.COVERAGE_REGAINED: "coverage again",
}
"""What a member has who has a change of that kind."""


def morning_summary(batch: BatchView, rows: Iterable[ChangedRow]) -> Sequence[str]:
    """Return what changed overnight in at most ``MORNING_LINES`` lines, the most harmful first."""
    members: Counter[ChangeCode] = Counter()
    changed = urgent = 0
    for row in rows:
        changed += 1
        urgent += any(one.severity is Severity.URGENT for one in row.changes)
        members.update({one.code for one in row.changes})
    open_rows = f", {batch.open} still open" if batch.open else ""
    counted = f"{batch.answered} answered, {batch.could_not_check} could not be checked, {batch.refused} refused"
    lines = [
        f"{batch.rows} rows: {counted}{open_rows}.",
        f"{changed} {'member' if changed == 1 else 'members'} changed, {urgent} urgently."
        if changed
        else "Nothing changed.",
    ]
    found = [code for code in ChangeCode if members[code]]
    left = MORNING_LINES - len(lines)
    told = found if len(found) <= left else found[: left - 1]
    lines += [f"{members[code]:>6}  {_WORDS[code]}" for code in told]
    if len(told) < len(found):
        rest = sum(members[code] for code in found[len(told) :])
        lines.append(f"{rest:>6}  changes of {len(found) - len(told)} other kinds")
    return lines
