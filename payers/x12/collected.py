"""What is collected while a 271 is walked: a level, an entity, a benefit line; each becomes a value when whole."""

from contracts import Benefit, Dated, DeliveryLimit, Entity, Person, Reference, Rejection, Said, Trace

_NUMBERS = ("TE", "WP")


class Level:
    """One HL as it is collected."""

    def __init__(self, kind: str, number: str = "", parent: "Level | None" = None) -> None:
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
    def speaks(self) -> bool:
        """Whether it holds an EB or an AAA of its own."""
        return bool(self.lines or self.rejections)

    def person(self) -> Person | None:
        """The member of this level; None where no NM1 names one."""
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

    def called(self, e: list[str]) -> None:
        """Take the numbers of a PER: telephone first, then work phone."""
        pairs = list(zip(e[3::2], e[4::2], strict=False))
        self.phones += [number for kind in _NUMBERS for sign, number in pairs if sign == kind and number]
        self.urls += [number for sign, number in pairs if sign == "UR" and number]

    def entity(self) -> Entity:
        """The entity as it stands now."""
        e = self.e
        return Entity(self.at, self.text, e[1], e[3], e[4], e[8], e[9], tuple(self.phones), tuple(self.urls))


class Line:
    """An EB as it is collected, with all that stands below it."""

    __slots__ = ("dates", "deliveries", "entities", "fields", "messages", "places", "references", "rejections")

    def __init__(self, fields: tuple[object, ...]) -> None:
        self.fields = fields
        self.messages: list[Said] = []
        self.places: list[Said] = []
        self.deliveries: list[DeliveryLimit] = []
        self.references: list[Reference] = []
        self.dates: list[Dated] = []
        self.rejections: list[Rejection] = []
        self.entities: list[Party] = []

    def benefit(self) -> Benefit:
        """The line, whole."""
        return Benefit._make(
            (
                *self.fields,
                tuple(self.messages),
                tuple(self.places),
                tuple(self.deliveries),
                tuple(self.references),
                tuple(self.dates),
                tuple(self.rejections),
                tuple([party.entity() for party in self.entities]),
            )
        )
