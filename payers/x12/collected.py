"""What is collected while a 271 is read: a level, an entity, a benefit line; each becomes a value when complete."""

from contracts import Benefit, Dated, DeliveryLimit, Entity, Message, Person, Reference, Rejection, Trace
from contracts.benefits import FIRST_BELOW
from payers.x12.benefit_segments import Elements

_NUMBERS = ("TE", "WP")


class HlLevel:
    """One HL as it is collected."""

    def __init__(self, kind: str, number: str = "", parent: "HlLevel | None" = None) -> None:
        self.kind = kind
        self.parent = parent
        self.number = number
        self.name: tuple[int, str, list[str]] | None = None
        self.birth_date = self.gender = self.relationship = ""
        self.changed = False
        self.references: list[Reference] = []
        self.dates: list[Dated] = []
        self.traces: list[Trace] = []
        self.rejections: list[Rejection] = []
        self.lines: list[Benefit] = []
        self.entity: Party | None = None

    @property
    def has_content(self) -> bool:
        """Whether it holds an EB or an AAA of its own."""
        return bool(self.lines or self.rejections)

    def upward(self) -> "list[HlLevel]":
        """Return the levels that it stands below, and itself, the highest first."""
        found, level = [self], self.parent
        while level is not None:
            found.append(level)
            level = level.parent
        return found[::-1]

    def person(self) -> Person | None:
        """Return the member of this level; None where no NM1 names one."""
        if self.name is None:
            return None
        at, text, e = self.name
        return Person(
            at=at,
            text=text,
            role=e[1],
            last_name=e[3],
            first_name=e[4],
            middle_name=e[5],
            suffix=e[7],
            id_kind=e[8],
            member_id=e[9],
            birth_date=self.birth_date,
            gender=self.gender,
            relationship=self.relationship,
            changed=self.changed,
            references=tuple(self.references),
            dates=tuple(self.dates),
        )


class Party:
    """An entity as it is collected: NM1, then its PER."""

    def __init__(self, at: int, text: str, e: list[str]) -> None:
        self.at, self.text, self.e = at, text, e
        self.phones: list[str] = []
        self.urls: list[str] = []

    def take_numbers(self, e: list[str]) -> None:
        """Take the numbers of a PER: telephone first, then work phone."""
        pairs = list(zip(e[3::2], e[4::2], strict=False))
        self.phones += [number for kind in _NUMBERS for sign, number in pairs if sign == kind and number]
        self.urls += [number for sign, number in pairs if sign == "UR" and number]

    def entity(self) -> Entity:
        """Return the entity as it stands now."""
        e = self.e
        return Entity(self.at, self.text, e[1], e[3], e[4], e[8], e[9], tuple(self.phones), tuple(self.urls))


class BenefitLine:
    """The current EB with everything below it; one object serves a whole reply, and is emptied after each line.

    ``elements``: None while no line is open.
    """

    __slots__ = (
        "at",
        "dates",
        "deliveries",
        "elements",
        "entities",
        "filled",
        "messages",
        "places",
        "references",
        "rejections",
    )

    def __init__(self) -> None:
        self.at = 0
        self.elements: Elements | None = None
        self.filled = False
        self.messages: list[Message] = []
        self.places: list[Message] = []
        self.deliveries: list[DeliveryLimit] = []
        self.references: list[Reference] = []
        self.dates: list[Dated] = []
        self.rejections: list[Rejection] = []
        self.entities: list[Party] = []

    def close(self) -> Benefit:
        """Return the finished line; one must have been begun."""
        elements, self.elements = self.elements or (), None
        # This runs up to 20,000 times a reply; the plain constructor of a named tuple would double the cost.
        if not self.filled:
            return tuple.__new__(Benefit, (self.at, *elements))
        self.filled = False
        # Most lines have nothing below them, or one thing, so only what was filled is copied and emptied.
        messages: tuple[Message, ...] = ()
        places: tuple[Message, ...] = ()
        deliveries: tuple[DeliveryLimit, ...] = ()
        references: tuple[Reference, ...] = ()
        dates: tuple[Dated, ...] = ()
        rejections: tuple[Rejection, ...] = ()
        entities: tuple[Entity, ...] = ()
        if self.messages:
            messages, self.messages = tuple(self.messages), []
        if self.dates:
            dates, self.dates = tuple(self.dates), []
        if self.places:
            places, self.places = tuple(self.places), []
        if self.entities:
            entities, self.entities = tuple([party.entity() for party in self.entities]), []
        if self.deliveries or self.references or self.rejections:
            deliveries, self.deliveries = tuple(self.deliveries), []
            references, self.references = tuple(self.references), []
            rejections, self.rejections = tuple(self.rejections), []
        below = (messages, places, deliveries, references, dates, rejections, entities)
        return tuple.__new__(Benefit, (self.at, *elements[: FIRST_BELOW - 1], *below))
