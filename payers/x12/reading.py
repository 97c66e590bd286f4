"""A raw interchange to ``Benefits``: a 271, or the 999, 997 or TA1 that came in its place.

It raises only when there is no reply in it at all. What is odd about the form is a finding, and what is broken is also
named in ``Echo.faults`` for the correlation check.
"""

from itertools import chain
from typing import NamedTuple

from contracts import Acknowledgment, Benefits, Echo, FindingCode, NoReplyAtAll, Noticed
from payers.x12.benefit_segments import BenefitSegments, segments_of
from payers.x12.known_lines import MOST_SEGMENTS
from payers.x12.segments import Interchange, interchanges
from payers.x12.walk import Transaction, TransactionWalk

_ACKNOWLEDGED = frozenset({"A", "E"})
_REPLIES = frozenset({"271", "999", "997"})


class X12Reply(NamedTuple):
    """``people``: one ``Benefits`` for each member level that says something, or one when none does."""

    people: tuple[Benefits, ...]
    echo: Echo

    def __repr__(self) -> str:
        """Show counts alone."""
        return f"X12Reply(people={len(self.people)})"


def read_interchange(raw: bytes) -> X12Reply:
    """Read every transaction of every interchange in ``raw``.

    Raises ``NoReplyAtAll`` when it holds no interchange, or only transactions that are no reply (a 270).
    """
    reader = _Reader()
    for interchange in interchanges(raw, bare=True):
        reader.read(interchange)
    return reader.finish()


class _Scope(NamedTuple):
    """What a finding is about: one transaction of an interchange, or all of them (0)."""

    interchange: int = 0
    transaction: int = 0


_ByScope = dict[_Scope, list[tuple[int, Noticed]]]


class _Open(NamedTuple):
    """A header that waits for its trailer."""

    at: int
    number: str
    kind: str


class _Reader:
    """All interchanges of one text."""

    def __init__(self) -> None:
        self.scope = _Scope()
        # The same oddity in every line is one finding: each is kept once for its scope.
        self.noticed: dict[tuple[_Scope, FindingCode, str], Noticed] = {}
        self.faults: list[str] = []
        self.finished: list[tuple[_Scope, Transaction]] = []
        self.acknowledgments: list[Acknowledgment] = []
        self.interchanges = 0
        self.kinds: list[str] = []
        self.sender: str | None = None
        self.receiver: str | None = None
        self.torn: set[int] = set()
        self.control_number = ""

    def notice(self, noticed: Noticed) -> None:
        """Keep a finding for the members of the transaction that is open, else for all of the interchange."""
        self.noticed.setdefault((self.scope, noticed.code, noticed.detail), noticed)

    def fault(self, name: str, code: FindingCode, at: int | None) -> None:
        """Note a broken envelope: a finding for people and a fault for the correlation check."""
        self.notice(Noticed(code, at, name.upper()))
        if name not in self.faults:
            self.faults.append(name)

    def read(self, interchange: Interchange) -> None:
        """Walk one interchange."""
        self.interchanges += 1
        self.scope = _Scope(self.interchanges)
        if self.interchanges == 1:
            self.sender, self.receiver = interchange.separators.header[5], interchange.separators.header[7]
            self.control_number = interchange.separators.header[12]
        if not interchange.separators.header[0]:
            self.fault("isa", FindingCode.MALFORMED_VALUE, None)
        segments = segments_of(interchange.separators)
        envelope, earlier = _Envelope(self, interchange, segments), len(self.finished)
        missed = self._walk(interchange, segments, envelope)
        if interchange.torn:
            self.torn.add(self.interchanges)
            self.scope = _Scope(self.interchanges)
            self.fault("truncated", FindingCode.TRUNCATED, interchange.first + len(interchange.segments))
        envelope.end()
        if missed:
            people = chain.from_iterable(one.people for _, one in self.finished[earlier:])
            segments.lines.learn(missed, interchange.segments, interchange.first, people)

    @staticmethod
    def _walk(interchange: Interchange, segments: BenefitSegments, envelope: "_Envelope") -> list[int]:
        """Read segment by segment; returns where lines stand that other replies may have as well, and are not known."""
        walk: TransactionWalk | None = None
        sign, readers, known = interchange.separators.element, TransactionWalk.READERS, segments.known
        before, after = " " + sign, sign + " "
        sent, first, following, missed = interchange.segments, interchange.first, 0, list[int]()
        is_short = len(sent) <= MOST_SEGMENTS
        for at, text in enumerate(sent, first):
            if at < following:
                continue
            if walk is not None and (elements := known.get(text)) is not None:
                if is_short:
                    stretch = segments.lines.find(at, sent, at - first)
                    if stretch is not None and walk.take_lines(stretch.benefits):
                        following = at + len(stretch.segments)
                        continue
                    missed.append(at)
                walk.begin_line(at, elements)
                continue
            e = text.split(sign)
            if " " in text and (before in text or after in text or text[-1] == " "):
                e = [part.strip() for part in e]
            if walk is not None and (read := readers.get(e[0])) is not None:
                read(walk, at, text, e)
            else:
                walk = envelope.read(at, text, e)
        return missed

    def finish(self) -> X12Reply:
        """Return everything that was read. Raises ``NoReplyAtAll`` when none of it was a reply."""
        if not self.interchanges:
            raise NoReplyAtAll("no_interchange")
        if self.kinds and not _REPLIES.intersection(self.kinds) and not self.acknowledgments:
            raise NoReplyAtAll("no_reply:" + (self.kinds[0] if self.kinds[0].isdigit() else "unknown"))
        noticed = self._by_scope()
        found = [self._with_findings(scope, one.people, noticed) for scope, one in self.finished]
        people = tuple(chain.from_iterable(found))
        if not people:
            once = {(one.code, one.detail): one for one in reversed(self.noticed.values())}
            every = tuple(reversed(once.values()))
            bare = self._bare()
            people = (bare._replace(noticed=every, truncated=bare.truncated or bool(self.torn)),)
        transactions = len(self.kinds) or (1 if self.acknowledgments else 0)
        reference = next((one.reference for _, one in self.finished if one.reference), None)
        return X12Reply(
            people,
            Echo(
                interchanges=self.interchanges,
                transactions=transactions,
                faults=tuple(self.faults),
                sender=self.sender,
                receiver=self.receiver,
                transaction=reference,
            ),
        )

    def _by_scope(self) -> _ByScope:
        """Return what was noticed, scope by scope, each with its number in the order of noticing."""
        found: _ByScope = {}
        for number, ((scope, _, _), one) in enumerate(self.noticed.items()):
            found.setdefault(scope, []).append((number, one))
        return found

    def _with_findings(self, scope: _Scope, people: tuple[Benefits, ...], noticed: _ByScope) -> tuple[Benefits, ...]:
        """Return ``people`` with the findings of their own transaction and interchange, and of no other."""
        torn = scope.interchange in self.torn
        if not noticed and not torn:
            return people
        scopes = dict.fromkeys((scope, _Scope(scope.interchange)))
        theirs = tuple([one for _, one in sorted(one for each in scopes for one in noticed.get(each, ()))])
        return tuple([person._replace(noticed=theirs, truncated=person.truncated or torn) for person in people])

    def _bare(self) -> Benefits:
        """Return the one ``Benefits`` of a reply in which no member level says anything."""
        if self.finished:
            first = self.finished[0][1].bare
            above = tuple(rejection for _, one in self.finished for rejection in one.bare.rejections)
            return first._replace(rejections=above, patient=first.patient if len(self.finished) == 1 else None)
        refused = next((one for one in self.acknowledgments if not one.accepted), None)
        acknowledgment = refused or next(iter(self.acknowledgments), None)
        return Benefits(acknowledgment=acknowledgment, trace=self.control_number)


class _Envelope:
    """One interchange from ISA to IEA: groups, transactions, counts."""

    def __init__(self, reader: _Reader, interchange: Interchange, segments: BenefitSegments) -> None:
        self.reader = reader
        self.segments = segments
        self.interchange = _Open(interchange.first, interchange.separators.header[12], "")
        self.group: _Open | None = None
        self.transaction: _Open | None = None
        self.walk: TransactionWalk | None = None
        self.groups = self.transactions = 0
        self.group_acknowledged = ""
        self.pending: Acknowledgment | None = None
        self.closed = False

    def read(self, at: int, text: str, e: list[str]) -> TransactionWalk | None:
        """Read a segment that no open 271 has a reader for; returns the walk over the 271 that is open after it."""
        if e[0] in _ENVELOPE_TAGS:
            self._envelope(at, text, e)
        elif self.walk is not None:
            self.walk.odd(at, e[0])
        elif e[0] == "BHT" and self.transaction is None and e[2:3] in (["11"], ["06"]):
            # A reply without its ST is a reply all the same.
            self.reader.fault("st", FindingCode.MALFORMED_VALUE, at)
            walk = self._begin_transaction(at, ["ST", "271", *_BLANK])
            if walk is not None:
                walk.READERS["BHT"](walk, at, text, e)
        elif e[0] in {"AK1", "AK9", "AK5", "IK5"}:
            self._acknowledge(at, text, [*e, *_BLANK])
        return self.walk

    def end(self) -> None:
        """Close what is still open, because its trailers are missing."""
        self._end_transaction(None, [])
        self._end_group(None, [])
        if not self.closed:
            self.reader.fault("iea", FindingCode.MISSING_TRAILER, None)

    def _envelope(self, at: int, text: str, e: list[str]) -> None:
        tag = e[0]
        e = [*e, *_BLANK]
        if tag == "ST":
            self._end_transaction(None, [])
            self._begin_transaction(at, e)
        elif tag == "SE":
            self._end_transaction(at, e)
        elif tag == "GS":
            self._end_transaction(None, [])
            self._end_group(None, [])
            self.groups += 1
            self.transactions = 0
            self.group = _Open(at, e[6], e[1])
        elif tag == "GE":
            self._end_transaction(None, [])
            self._end_group(at, e)
        elif tag == "IEA":
            self._end_transaction(None, [])
            self._end_group(None, [])
            self._end_interchange(at, e)
        elif tag == "TA1":
            self.reader.acknowledgments.append(
                Acknowledgment(at, text, "TA1", accepted=e[4] in _ACKNOWLEDGED, code=e[5] or e[4], answers=e[1])
            )

    def _begin_transaction(self, at: int, e: list[str]) -> TransactionWalk | None:
        self.transactions += 1
        self.transaction = _Open(at, e[2], e[1])
        self.reader.scope = _Scope(self.reader.interchanges, at)
        self.reader.kinds.append(e[1])
        if e[1] == "271":
            self.walk = TransactionWalk(self.segments, self.interchange.number, self.reader.notice)
        self.group_acknowledged = ""
        return self.walk

    def _end_transaction(self, at: int | None, e: list[str]) -> None:
        opened, self.transaction = self.transaction, None
        if opened is None:
            if at is not None:
                self.reader.fault("st", FindingCode.MALFORMED_VALUE, at)
            return
        scope = self.reader.scope = _Scope(self.reader.interchanges, opened.at)
        if at is None:
            self.reader.fault("se", FindingCode.MISSING_TRAILER, opened.at)
        else:
            self._count("se01", e[1], at - opened.at + 1, at)
            self._number("se02", e[2], opened.number, at)
        if self.walk is not None:
            self.reader.finished.append((scope, self.walk.finish()))
            self.walk = None
        if self.pending is not None:
            self.reader.acknowledgments.append(self.pending)
            self.pending = None
        self.reader.scope = _Scope(self.reader.interchanges)

    def _end_group(self, at: int | None, e: list[str]) -> None:
        opened, self.group = self.group, None
        if opened is None:
            if at is not None:
                self.reader.fault("gs", FindingCode.MALFORMED_VALUE, at)
            return
        if at is None:
            self.reader.fault("ge", FindingCode.MISSING_TRAILER, opened.at)
        else:
            self._count("ge01", e[1], self.transactions, at)
            self._number("ge02", e[2], opened.number, at)

    def _end_interchange(self, at: int, e: list[str]) -> None:
        self.closed = True
        # A TA1 alone is in no group, and payers write its IEA01 as 0 or 1.
        if self.groups:
            self._count("iea01", e[1], self.groups, at)
        self._number("iea02", e[2], self.interchange.number, at)

    def _count(self, name: str, stated: str, counted: int, at: int) -> None:
        if not (stated.isdecimal() and int(stated[:9]) == counted):
            self.reader.fault(name, FindingCode.WRONG_COUNT, at)

    def _number(self, name: str, stated: str, opened: str, at: int) -> None:
        if stated != opened:
            self.reader.fault(name, FindingCode.WRONG_COUNT, at)

    def _acknowledge(self, at: int, text: str, e: list[str]) -> None:
        """Read an acknowledgment: AK1 names the group, AK9 has the verdict on it, IK5 (AK5) that on the transaction."""
        if self.transaction is None or self.transaction.kind not in {"999", "997"}:
            return
        if e[0] == "AK1":
            self.group_acknowledged = e[2]
            self.pending = Acknowledgment(at, text, "999", accepted=False, code="", answers=e[2])
        elif self.pending is None or e[0] == "AK9" or not self.pending.code:
            code = e[1]
            self.pending = Acknowledgment(
                at, text, "999", accepted=code in _ACKNOWLEDGED, code=code, answers=self.group_acknowledged
            )


_BLANK = [""] * 8

_ENVELOPE_TAGS = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"})
