"""The part of the store that knows callers: API keys, people of the staff, their sessions, and who was refused.

Each method is one transaction, as in ``Store``.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.security.access import Caller, Role, StaffRole
from service.security.encryption import Place, Sealer
from service.store import audit, keys, sessions, staff
from service.store.errors import NotReady, StoreUnavailable
from service.store.identifiers import new_id, stamp
from service.store.lifecycle import Backend, StoreLifecycle, Tuning
from service.store.refused_callers import MINUTE, Refusal, RefusalTally
from service.store.row_digests import RowForged
from service.store.rows import EmergencyRow, KeyRow, StaffRow

MOST_DISTANT = 2**63 - 1
"""A stamp that no other one exceeds."""

SECOND = 1_000_000

EMERGENCY_SECONDS = 3_600
"""How long the glass stays broken."""

SIGN_IN_SECONDS = 600
"""How long a sign-in at the identity provider may take."""


class CallerStore(StoreLifecycle):
    """Whom the store knows. ``Store`` adds what they ask."""

    def __init__(self, backend: Backend, sealer: Sealer, tuning: Tuning) -> None:
        """Prepare; nothing is touched before ``start``."""
        super().__init__(backend, sealer, tuning)
        self._refusals = RefusalTally()
        self._key_uses = _Uses()
        self._session_uses = _Uses()

    async def stop(self) -> None:
        """Write down what was counted, commit what waits, end the threads, and let another process serve."""
        if self._refusals or self._key_uses.unwritten or self._session_uses.unwritten:
            with suppress(StoreUnavailable, NotReady):
                await self.note_callers(ending=True)
        await super().stop()

    async def create_key(
        self, role: Role, label: str = "", *, expires_at: datetime | None = None, networks: tuple[str, ...] = ()
    ) -> str:
        """A fresh API key of ``role`` (staff or batch), in plain: it is shown now or never.

        It ends by itself at ``expires_at``; never when that is None. Callers with it come from ``networks`` alone
        (CIDR), if there are any.
        """
        minted, now = keys.mint(), self._now()
        wanted = keys.Wanted(role, label, None if expires_at is None else stamp(expires_at), networks)
        await self._write(keys.create, self._sealer, minted, wanted, now)
        return minted.plain

    async def rotate_key(
        self, key_id: str, *, old_ends_at: datetime | None = None, expires_at: datetime | None = None
    ) -> str:
        """A second key, in plain, for the caller of the live key ``key_id``, which ends at ``old_ends_at``.

        Raises ``KeyNotLive``, and ``TwoKeysLive`` when the caller has two already.
        """
        minted, now = keys.mint(), self._now()
        rotating = keys.Rotating(
            key_id,
            None if old_ends_at is None else stamp(old_ends_at),
            None if expires_at is None else stamp(expires_at),
        )
        await self._write(keys.rotate, self._sealer, minted, rotating, now)
        return minted.plain

    async def find_key(self, plain: str) -> Caller | None:
        """The caller whose live key ``plain`` is, or None. A row that somebody else wrote is nobody's key."""
        now = self._now()
        found = await self._find(lambda connection: keys.find(connection, self._sealer, plain, now))
        if found is not None:
            self._key_uses.note(keys.split(plain)[1], now)
        return found

    async def list_keys(self) -> list[KeyRow]:
        """Every API key that was made, without secrets."""
        return await self._read(keys.list_keys, self._sealer)

    async def revoke_key(self, key_id: str) -> bool:
        """End an API key; false when there is no live one of that id."""
        return await self._write(keys.revoke, self._sealer, key_id, self._now())

    async def any_keys(self) -> bool:
        """Whether there is a live API key."""
        return await self._read(keys.any_live, self._sealer, self._now())

    async def invite(self, label: str, roles: frozenset[StaffRole]) -> str:
        """Record a person of the staff; returns the person's id."""
        person = staff.NewPerson(new_id("usr"), label, roles, invited=True)
        await self._write(staff.add, self._sealer, person, self._now())
        return person.id

    async def make_link(self, person_id: str, seconds: float) -> str:
        """What lets a person sign in once within ``seconds``, in plain: it is shown now or never.

        Raises ``PersonUnknown``.
        """
        minted, now = keys.mint(staff.LINK_PREFIX), self._now()
        link = staff.NewLink(minted, person_id, now + round(seconds * SECOND))
        await self._write(staff.add_link, self._sealer, link, now)
        return minted.plain

    async def list_staff(self) -> list[StaffRow]:
        """Every person of the staff, those whose access was ended included."""
        return await self._read(staff.list_people, self._sealer)

    async def set_roles(self, person_id: str, roles: frozenset[StaffRole]) -> None:
        """Give a person these roles in place of those before. Raises ``PersonUnknown``."""
        await self._write(staff.set_roles, self._sealer, person_id, roles, self._now())

    async def end_person(self, person_id: str) -> bool:
        """End a person's access, open sessions included; false when there is none to end."""
        return await self._write(staff.end, self._sealer, person_id, self._now())

    async def any_staff(self) -> bool:
        """Whether the operator invited anybody who may sign in."""
        return await self._read(staff.any_invited, self._sealer)

    async def sign_in_by_link(
        self, plain: str, limits: sessions.SessionLimits, *, replaces: str | None = None
    ) -> str | None:
        """A session, in plain, of the person whom the link ``plain`` lets in; None when it lets nobody in.

        The link is used up in the same transaction. ``replaces`` is the id of the browser's session of before.
        """
        minted, now = keys.mint(sessions.SESSION_PREFIX), self._now()

        def sign_in(connection: Connection) -> str | None:
            person = staff.use_link(connection, self._sealer, plain, now)
            if person is None:
                return None
            ends_at = now + round(limits.absolute * SECOND)
            opening = sessions.SessionOpening(minted, person, ends_at, replaces, "link")
            sessions.open_session(connection, self._sealer, opening, now)
            return minted.plain

        return await self._write(sign_in)

    async def sign_in(
        self,
        person: tuple[str, str, str],
        roles: frozenset[StaffRole],
        limits: sessions.SessionLimits,
        *,
        replaces: str | None = None,
    ) -> str | None:
        """A session, in plain, of the ``person`` (issuer, subject, label) whom the identity provider named.

        None when the person's access was ended here.
        """
        minted, now = keys.mint(sessions.SESSION_PREFIX), self._now()
        issuer, subject, label = person
        person_id = self._with_keys(lambda: staff.person_id(self._sealer, issuer, subject))

        def sign_in(connection: Connection) -> str | None:
            if not self._know(connection, staff.NewPerson(person_id, label, roles, invited=False), now):
                return None
            staff.set_roles(connection, self._sealer, person_id, roles, now)
            ends_at = now + round(limits.absolute * SECOND)
            opening = sessions.SessionOpening(minted, person_id, ends_at, replaces, "identity_provider")
            sessions.open_session(connection, self._sealer, opening, now)
            return minted.plain

        return await self._write(sign_in)

    async def find_person(self, person: tuple[str, str, str], roles: frozenset[StaffRole]) -> Caller | None:
        """The ``person`` (issuer, subject, label) of a token, with the ``roles`` that the token names.

        Who is seen for the first time is recorded; None when the person's access was ended here.
        """
        now = self._now()
        issuer, subject, label = person
        person_id = self._with_keys(lambda: staff.person_id(self._sealer, issuer, subject))

        def look(connection: Connection) -> Caller | None:
            row = staff.find(connection, self._sealer, person_id)
            return None if row is None else sessions.caller_of(connection, self._sealer, row, now)

        found = await self._find(look)
        if found is None:
            new = staff.NewPerson(person_id, label, roles, invited=False)
            if not await self._write(self._know, new, now):
                return None
            found = Caller(id=person_id, role=Role.STAFF)
        return found.model_copy(update={"staff_roles": roles})

    def _know(self, connection: Connection, person: staff.NewPerson, now: int) -> bool:
        """Record ``person`` when seen for the first time; false when the person's access was ended."""
        if not staff.is_known(connection, person.id):
            staff.add(connection, self._sealer, person, now)
        return staff.find(connection, self._sealer, person.id) is not None

    async def find_session(self, plain: str, limits: sessions.SessionLimits) -> Caller | None:
        """The person whose live session ``plain`` is, or None."""
        now, session_id = self._now(), keys.split(plain)[1]
        idle_since = now - round(limits.idle * SECOND)
        looking = sessions.SessionLookup(plain, now, self._session_uses.latest(session_id), idle_since)
        found = await self._find(lambda connection: sessions.find(connection, self._sealer, looking))
        if found is not None:
            self._session_uses.note(session_id, now)
        return found

    async def end_session(self, session_id: str) -> bool:
        """End a session; false when there is no live one of that id."""
        return await self._write(sessions.end, self._sealer, session_id, self._now())

    async def break_glass(self, caller: Caller, reason: str) -> datetime:
        """Record that ``caller``, a person, breaks the glass for ``reason``; returns until when everything is open."""
        emergency_id, now = new_id("emg"), self._now()
        sealed = self._with_keys(lambda: self._sealer.seal(reason.encode(), sessions.reason_place(emergency_id)))
        ends = self._tuning.clock() + timedelta(seconds=EMERGENCY_SECONDS)
        breaking = sessions.Breaking(emergency_id, caller.id, sealed, stamp(ends))
        await self._write(sessions.break_glass, self._sealer, breaking, now)
        return ends

    async def emergencies(self) -> list[EmergencyRow]:
        """Every time that somebody broke the glass, oldest first, with its reason."""
        return await self._read(sessions.emergencies, self._sealer)

    def seal_for_browser(self, value: bytes, name: str) -> bytes:
        """``value`` sealed, for a cookie called ``name`` that only this service can read. Raises ``NotReady``."""
        # Under the sealing key itself: it lives for minutes, and nothing of it is kept here.
        newest = next(iter(self._sealer.key_ids), None)
        return self._with_keys(lambda: self._sealer.seal(value, Place("browser", name, "cookie"), key_id=newest))

    def open_from_browser(self, sealed: bytes, name: str) -> bytes:
        """What ``seal_for_browser`` sealed. Raises ``SealBroken`` for anything else."""
        return self._sealer.open(sealed, Place("browser", name, "cookie"))

    async def use_sign_in(self, state: str) -> bool:
        """Whether the sign-in of ``state`` is completed for the first time."""
        now = self._now()
        digest = keys.digest_of(state)
        expires_at = now + SIGN_IN_SECONDS * SECOND
        return await self._write(sessions.use_once, digest, expires_at, now)

    def count_refused_key(self, source: str) -> None:
        """Count a caller without a live key, session or token, who came from the address ``source``."""
        self._refusals.add(Refusal("key.refused", "unknown", "unknown", source, "unauthorized"), self._now())

    async def note_callers(self, *, ending: bool = False) -> None:
        """Write down the refusals of the minutes that are over, and when keys and sessions were last used.

        To be called every few seconds: nothing of it is written while a caller waits.
        """
        lines = self._refusals.take(MOST_DISTANT if ending else self._now())
        key_uses, session_uses = self._key_uses.take(), self._session_uses.take()
        if not lines and not key_uses and not session_uses:
            return

        def note(connection: Connection) -> None:
            keys.note_uses(connection, key_uses)
            sessions.note_uses(connection, session_uses)
            for at, entry in lines:
                audit.append(connection, self._sealer, entry, at)

        try:
            await self._write(note)
        except (StoreUnavailable, NotReady):
            self._refusals.put_back(lines)
            self._key_uses.put_back(key_uses)
            self._session_uses.put_back(session_uses)
            raise

    async def _find(self, look: Callable[[Connection], Caller | None]) -> Caller | None:
        """What ``look`` finds; None, and a line of the audit, when a row that it reads was written by somebody else."""

        def look_guarded(connection: Connection) -> Caller | RowForged | None:
            try:
                return look(connection)
            except RowForged as forged:
                return forged

        found = await self._read(look_guarded)
        if isinstance(found, RowForged):
            await self._audit_broken(found)
            return None
        return found


class _Uses:
    """When keys or sessions were last used: kept in memory, and written down now and then, once a minute at most."""

    def __init__(self) -> None:
        self.unwritten: dict[str, int] = {}
        self._latest: dict[str, int] = {}
        self._written: dict[str, int] = {}

    def note(self, name: str, now: int) -> None:
        """Note that ``name`` was used."""
        self._latest[name] = now
        # Once a minute is enough, and what is in use is used all the time.
        if now // MINUTE > self._written.get(name, 0):
            self._written[name] = now // MINUTE
            self.unwritten[name] = now

    def latest(self, name: str) -> int:
        """When ``name`` was last used in this process; 0 when it was not."""
        return self._latest.get(name, 0)

    def take(self) -> dict[str, int]:
        """Return what is to be written, which counts as written from now on."""
        uses, self.unwritten = self.unwritten, {}
        return uses

    def put_back(self, uses: dict[str, int]) -> None:
        """Have what could not be written be written later."""
        self.unwritten = {**uses, **self.unwritten}
