"""What may go wrong between a question and its answer: one tree, which is the policy table.

    PayerError            whose fault   was it sent   same route again     another route
      QuestionIncomplete  member        no            no                  no
      MemberRejected      member        yes           no                  no
        BirthDateDiffers  member        yes           no, quarantine      no
      PayerRefused        us            yes           no                  no
      PayerUnreachable    payer or us   no            yes, within wait    yes
      PayerSilent         payer         yes           later, by its rule  no
      PayerBusy           payer         yes           when it says        no
      ReplyUnreadable     payer         yes           later               no
      ReplyMismatched     payer         yes           no, quarantine      no
      DeadlinePassed      nobody        -             -                   -

A leaf is raised, and the root is caught at three places alone: in the gateway, the verifier and the web layer. Policy
reads the attributes below, never a class name. A message holds codes and names of fields, never a member's data and
never a payer's own words.
"""

from datetime import datetime
from typing import ClassVar

from contracts.vocabulary import Again, ExchangeOutcome, ProblemCode, Responsible


class PayerError(Exception):
    """The root: an exchange that gave no usable reply.

    ``sent`` is true unless it is certain that no byte of the inquiry left us. ``detail`` is a short code for logs.
    ``quarantined`` says that what came back is about somebody else: it is set aside, and shown to nobody.
    """

    code: ClassVar[ProblemCode] = ProblemCode.ADAPTER_FAULT
    responsible: Responsible = Responsible.SERVICE
    sent: bool = True
    again: ClassVar[Again] = Again.NO
    another_route: bool = False
    quarantined: ClassVar[bool] = False
    outcome: ClassVar[ExchangeOutcome] = ExchangeOutcome.UNREADABLE

    def __init__(
        self,
        detail: str = "",
        *,
        responsible: Responsible | None = None,
        fields: tuple[str, ...] = (),
        retry_at: datetime | None = None,
    ) -> None:
        """Take a code for logs, and what the caller may see: who can mend it, which fields, when to try again."""
        super().__init__(detail)
        self.detail = detail
        if responsible is not None:
            self.responsible = responsible
        self.fields = fields
        self.retry_at = retry_at

    @property
    def problem(self) -> ProblemCode:
        """The problem code that the answer carries."""
        return self.code


class QuestionIncomplete(PayerError):
    """Fields that this payer needs are missing; nothing was sent."""

    code = ProblemCode.MEMBER_REJECTED
    responsible = Responsible.MEMBER
    sent = False
    outcome = ExchangeOutcome.REJECTED


class MemberRejected(PayerError):
    """The payer says that the member's details are wrong."""

    code = ProblemCode.MEMBER_REJECTED
    responsible = Responsible.MEMBER
    outcome = ExchangeOutcome.REJECTED


class BirthDateDiffers(MemberRejected):
    """The payer answered for another birth date than was asked about; the reply is set aside.

    It is a verdict on our inquiry all the same: the question may be asked again at once.
    """

    quarantined = True


class PayerRefused(PayerError):
    """The payer or its gateway refuses our inquiry or our set-up."""

    code = ProblemCode.SETUP_PROBLEM
    responsible = Responsible.SERVICE
    outcome = ExchangeOutcome.REJECTED


class PayerUnreachable(PayerError):
    """Nothing was sent: name look-up, connection, TLS, token endpoint, or every breaker open.

    A set-up at fault (a certificate, a secret) is given ``whose=Whose.OURS`` and reads ``setup_problem``.
    """

    code = ProblemCode.PAYER_UNREACHABLE
    responsible = Responsible.PAYER
    sent = False
    again = Again.WITHIN_WAIT
    another_route = True
    outcome = ExchangeOutcome.UNREACHABLE

    @property
    def problem(self) -> ProblemCode:
        """``setup_problem`` when the fault is ours: waiting mends no certificate and no secret."""
        return self.code if self.responsible is Responsible.PAYER else ProblemCode.SETUP_PROBLEM


class PayerSilent(PayerError):
    """The inquiry was sent and no reply came: time, reset, cut off, or a gateway's 5xx."""

    code = ProblemCode.PAYER_SILENT
    responsible = Responsible.PAYER
    again = Again.LATER
    outcome = ExchangeOutcome.SILENT


class PayerBusy(PayerError):
    """The payer or its gateway asks us to come later."""

    code = ProblemCode.PAYER_BUSY
    responsible = Responsible.PAYER
    again = Again.WHEN_IT_SAYS
    outcome = ExchangeOutcome.BUSY


class ReplyUnreadable(PayerError):
    """What came back is no usable reply: a web page, nothing, a broken envelope, or too much of it."""

    code = ProblemCode.REPLY_UNREADABLE
    responsible = Responsible.PAYER
    again = Again.LATER
    outcome = ExchangeOutcome.UNREADABLE


class ReplyMismatched(PayerError):
    """The reply does not belong to this inquiry; it goes to quarantine and is shown to nobody."""

    code = ProblemCode.REPLY_MISMATCHED
    responsible = Responsible.PAYER
    quarantined = True
    outcome = ExchangeOutcome.MISMATCHED


class DeadlinePassed(PayerError):
    """The time handed down was used up before an exchange began; nothing was sent."""

    code = ProblemCode.PAYER_SILENT
    responsible = Responsible.PAYER
    sent = False
    again = Again.LATER
    outcome = ExchangeOutcome.SILENT


class NoReplyAtAll(ValueError):
    """The input is no reply at all: empty, a web page, an inquiry. It carries a code, never the input."""
