"""What is wrong with a payer or a route is refused at the start, in a sentence that its author can act on."""

# ruff: noqa: E501 - a row of a table is a case, and its sentence is compared whole

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, PathDistribution, entry_points
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contracts import RouteSettings
from service.plugins.loading import PluginRefused, load_payers, open_routes
from service.settings.model import Settings, SettingsWrong

PAYERS, ROUTES = "benefit_verification.payers", "benefit_verification.routes"
MODULE = "acme_wrong"

WHOLE = """
from contracts import *
from payers.adapter import DataAdapter

CARD = Card(
    id="acme",
    name="Acme Health",
    routes=(RouteEntry(route="core_mime", payer_id="ACME1", source="imaginary"),),
    plan=InquiryPlan(source="imaginary"),
)
DIALECT = Dialect()
adapter = DataAdapter(CARD, DIALECT)
"""

ROUTE = """
class Route:
    name = "acme_route"
    attempt_cap = 5.0
    async def exchange(self, inquiry, numbers, *, seconds):
        raise NotImplementedError

def open_route(settings):
    return Route()
"""


class Installed(NamedTuple):
    """Distributions that are laid into a folder as an installer would."""

    folder: Path

    def point(self, module: str, name: str, group: str, *, distribution: str = "acme-dist") -> EntryPoint:
        attribute = "adapter" if group == PAYERS else "open_route"
        about = self.folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        with (about / "entry_points.txt").open("a") as points:
            points.write(f"[{group}]\n{name} = {module}:{attribute}\n")
        (point,) = [one for one in PathDistribution(about).entry_points if (one.name, one.group) == (name, group)][-1:]
        return point

    def write(self, source: str, module: str = MODULE) -> None:
        (self.folder / f"{module}.py").write_text(source)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    monkeypatch.syspath_prepend(tmp_path)
    yield Installed(tmp_path)
    for name in [name for name in sys.modules if name.startswith("acme_")]:
        del sys.modules[name]


def changed(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new)


def with_field(line: str) -> str:
    return changed('    name="Acme Health",\n', f'    name="Acme Health",\n    {line},\n')


ENTRY = 'RouteEntry(route="core_mime", payer_id="ACME1", source="imaginary")'

WRONG_PAYERS = {
    "it ends the process": ("import sys\nsys.exit(3)\n", "acme can't be loaded: SystemExit: it ends the process (acme_wrong.py, line 2)"),
    "it fails": ("x = 1\nraise RuntimeError('no licence')\n", "acme can't be loaded: RuntimeError: no licence (acme_wrong.py, line 2)"),
    "it raises what is no exception": ("class End(BaseException): pass\nraise End('no licence')\n", "acme can't be loaded: End: no licence (acme_wrong.py, line 2)"),
    "it is cancelled": ("import asyncio\nraise asyncio.CancelledError\n", "acme can't be loaded: CancelledError (acme_wrong.py, line 2)"),
    "its card ends the process": (WHOLE + "class A:\n    @property\n    def card(self):\n        raise SystemExit(4)\nadapter = A()\n", "acme is no payer adapter: SystemExit: it ends the process (acme_wrong.py, line 16)"),
    "its dialect fails": (WHOLE + "class A(DataAdapter):\n    @property\n    def dialect(self):\n        raise KeyError('x')\n    @dialect.setter\n    def dialect(self, value): pass\nadapter = A(CARD)\n", "acme is no payer adapter: KeyError: 'x' (acme_wrong.py, line 16)"),
    "it is no Python": ("def (:\n", "acme can't be loaded: SyntaxError: invalid syntax (acme_wrong.py, line 1)"),
    "it needs what is not there": ("import acme_nowhere\n", "acme can't be loaded: ModuleNotFoundError: No module named 'acme_nowhere' (acme_wrong.py, line 1)"),
    "it has no such attribute": ("pass\n", "acme can't be loaded: AttributeError: module 'acme_wrong' has no attribute 'adapter'"),
    "a field is missing": (changed('    name="Acme Health",\n', ""), "acme can't be loaded: Card: name: Field required (acme_wrong.py, line 5)"),
    "a field is unknown": (with_field('needz=(("member_id",),)'), "acme can't be loaded: Card: needz: Extra inputs are not permitted (acme_wrong.py, line 5)"),
    "a field is of the wrong kind": (with_field("usual_seconds='soon'"), "acme can't be loaded: Card: usual_seconds: Input should be a valid number, unable to parse string as a number (acme_wrong.py, line 5)"),
    "a copy is of the wrong kind": (changed("DataAdapter(CARD,", "DataAdapter(CARD.model_copy(update={'phone': 5}),"), "acme: phone: Card: phone: Input should be a valid string (acme_wrong, acme_wrong.py)"),
    "it is a class": (changed("adapter = DataAdapter(CARD, DIALECT)", "adapter = DataAdapter"), "acme is no payer adapter but a class; name an instance of it"),
    "it is nothing": (changed("adapter = DataAdapter(CARD, DIALECT)", "adapter = None"), "acme is no payer adapter: it has no card"),
    "it can't be asked": (WHOLE + "class A:\n    card = CARD\nadapter = A()\n", "acme is no payer adapter: it has no `async def verify(question, gateway)`"),
    "it is asked without waiting": (WHOLE + "class A:\n    card = CARD\n    def verify(self, question, gateway): pass\nadapter = A()\n", "acme is no payer adapter: it has no `async def verify(question, gateway)`"),
    "its card fails": (WHOLE + "class A:\n    @property\n    def card(self):\n        raise KeyError('x')\nadapter = A()\n", "acme is no payer adapter: KeyError: 'x' (acme_wrong.py, line 16)"),
    "it stands under another name": (changed('id="acme"', 'id="acme_two"'), "acme: id: it stands under a name that is not its card's id, acme_two (acme_wrong, acme_wrong.py, line 6)"),
    "its id is no id": (changed('id="acme"', 'id="Acme Health"'), "acme: id: 'Acme Health' is no id: small letters, digits and single underscores, as settings write it (acme_wrong, acme_wrong.py, line 6)"),
    "its name is empty": (changed('"Acme Health"', '" "'), "acme: name: it is empty (acme_wrong, acme_wrong.py, line 7)"),
    "an alias is empty": (with_field('aliases=("acme1", "-")'), "acme: aliases: one of them is empty (acme_wrong, acme_wrong.py, line 8)"),
    "it can't be reached": (changed(f"({ENTRY},)", "()"), "acme: routes: there is none, so the payer can't be reached (acme_wrong, acme_wrong.py, line 8)"),
    "a route stands there twice": (changed(f"({ENTRY},)", f"({ENTRY}, {ENTRY})"), "acme: routes: core_mime stands there twice (acme_wrong, acme_wrong.py, line 8)"),
    "nobody serves its route": (changed('"core_mime"', '"fax"'), "acme: routes: nobody serves the route fax; installed are availity_rest, core_mime, core_soap, optum_json, optum_real, stedi_json (acme_wrong, acme_wrong.py, line 8)"),
    "its number is none": (changed('"ACME1"', '"ACME*1"'), "acme: payer_id: 'ACME*1' on core_mime is no payer's id (acme_wrong, acme_wrong.py, line 8)"),
    "it needs what no member has": (with_field('needs=(("member_id",), ("mothers_name",))'), "acme: needs: 'mothers_name' is no detail of a member; there are first_name, last_name, birth_date, member_id, group_number (acme_wrong, acme_wrong.py, line 8)"),
    "it needs nothing": (with_field("needs=()"), "acme: needs: there is none; nobody can be found without any detail (acme_wrong, acme_wrong.py, line 8)"),
    "a group of needs is empty": (with_field("needs=((),)"), "acme: needs: a group is empty, which nothing can meet (acme_wrong, acme_wrong.py, line 8)"),
    "its plan is empty": (changed("InquiryPlan(", "InquiryPlan(first=(), "), "acme: first: the plan asks for nothing; it begins with one service type at least (acme_wrong, acme_wrong.py, line 9)"),
    "a service type is impossible": (changed("InquiryPlan(", "InquiryPlan(then=('IOP',), "), "acme: plan: 'IOP' is no service type of X12 (such as 30, MH, AI) (acme_wrong, acme_wrong.py, line 9)"),
    "a service type is asked twice": (changed("InquiryPlan(", "InquiryPlan(then=('MH',), "), "acme: plan: it asks for MH twice (acme_wrong, acme_wrong.py, line 9)"),
    "an administrator is unknown": (with_field('administrators=(BehavioralAdministrator(name="Mindful", payer="mindful", source="x"),)'), "acme: administrators: Mindful names the payer mindful, which is not installed (acme_wrong, acme_wrong.py, line 8)"),
    "it is its own administrator": (with_field('administrators=(BehavioralAdministrator(name="Acme BH", payer="acme", source="x"),)'), "acme: administrators: Acme BH is the payer itself; its own unit belongs in own_arms (acme_wrong, acme_wrong.py, line 8)"),
    "its pattern is none": (with_field('member_id=MemberIdHint(pattern="(", words="x", example="A1", source="x")'), "acme: pattern: it is no regular expression: missing ), unterminated subpattern at position 0 (acme_wrong, acme_wrong.py, line 8)"),
    "its example does not fit": (with_field('member_id=MemberIdHint(pattern="A[0-9]{8}", words="x", example="A1", source="x")'), "acme: example: it does not fit the pattern beside it (acme_wrong, acme_wrong.py, line 8)"),
    "an outage has no time": (with_field('outages=(Window(weekday=6, begins="24:30", ends="06:00", source="x"),)'), "acme: begins: '24:30' is no time of day (HH:MM) (acme_wrong, acme_wrong.py, line 8)"),
    "an outage has no day": (with_field('outages=(Window(weekday=7, begins="01:00", ends="06:00", source="x"),)'), "acme: weekday: it is 0 (Monday) to 6 (acme_wrong, acme_wrong.py, line 8)"),
    "it takes no time": (with_field("usual_seconds=0"), "acme: usual_seconds: it is above 0, and 120 at most (acme_wrong, acme_wrong.py, line 8)"),
    "its phone is none": (with_field('phone="ask Bob"'), "acme: phone: it is no phone number of ten digits (acme_wrong, acme_wrong.py, line 8)"),
    "its dialect is none": (changed("DIALECT = Dialect()", "DIALECT = CARD"), "acme: dialect: it is no Dialect (acme_wrong, acme_wrong.py)"),
    "a phrase has no words": (changed("Dialect()", 'Dialect(phrases=(Phrase(program=Program.IOP, words=" ", source="x"),))'), "acme: phrases: a phrase for iop has no words; every line would be taken for it (acme_wrong, acme_wrong.py, line 11)"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "sentence"), WRONG_PAYERS.values(), ids=WRONG_PAYERS)
def test_a_payer_that_is_wrong_is_refused_in_a_sentence(installed: Installed, source: str, sentence: str) -> None:
    installed.write(source)

    with pytest.raises(PluginRefused) as refused:
        load_payers([installed.point(MODULE, "acme", PAYERS)])

    assert str(refused.value) == f"acme-dist: {sentence}"


def test_a_payer_that_is_right_is_loaded(installed: Installed) -> None:
    installed.write(WHOLE)

    assert "acme" in load_payers([installed.point(MODULE, "acme", PAYERS)])


WRONG_ROUTES = {
    "it is no function": (ROUTE + "open_route = 7\n", "acme_route opens no route: TypeError"),
    "it takes nothing": (ROUTE.replace("(settings)", "()"), "acme_route opens no route: TypeError"),
    "it fails": (ROUTE.replace("return Route()", "raise KeyError(settings.url)"), "acme_route opens no route: KeyError (acme_wrong.py, line 9)"),
    "it ends the process": (ROUTE.replace("return Route()", "raise SystemExit"), "acme_route opens no route: SystemExit (acme_wrong.py, line 9)"),
    "it is cancelled": (ROUTE.replace("return Route()", "import asyncio; raise asyncio.CancelledError(settings.url)"), "acme_route opens no route: CancelledError (acme_wrong.py, line 9)"),
    "its name fails": (ROUTE.replace('name = "acme_route"', "name = property(lambda self: 1 / 0)"), "acme_route is no route: ZeroDivisionError (acme_wrong.py, line 3)"),
    "it is async": (ROUTE.replace("def open_route", "async def open_route"), "acme_route opens no route: open_route is async, and must be a plain function"),
    "it opens nothing": (ROUTE.replace("return Route()", "return None"), "acme_route is no route of that name: it has no name, attempt_cap, exchange"),
    "it has another name": (ROUTE.replace('name = "acme_route"', 'name = "core_mime"'), "acme_route is no route of that name; it calls itself core_mime"),
    "it may take for ever": (ROUTE.replace("5.0", "float('inf')"), "acme_route: attempt_cap is seconds, above 0 and 120 at most"),
    "its cap is no number": (ROUTE.replace("5.0", "'5'"), "acme_route: attempt_cap is seconds, above 0 and 120 at most"),
    "it exchanges without waiting": (ROUTE.replace("async def exchange", "def exchange"), "acme_route: exchange is no `async def`"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "sentence"), WRONG_ROUTES.values(), ids=WRONG_ROUTES)
def test_a_route_that_is_wrong_is_refused_in_a_sentence(installed: Installed, source: str, sentence: str) -> None:
    installed.write(source)
    settings = Settings(routes={"acme_route": RouteSettings(url="https://route.test/secret")})

    with pytest.raises(PluginRefused) as refused:
        open_routes(settings, [installed.point(MODULE, "acme_route", ROUTES)])

    assert str(refused.value) == f"acme-dist: {sentence}"


def another(installed: Installed, module: str, source: str) -> str:
    installed.write(source, module)
    return module


Claims = Callable[[Installed], list[EntryPoint]]


def two_strangers(installed: Installed) -> list[EntryPoint]:
    installed.write(WHOLE)
    return [
        installed.point(MODULE, "acme", PAYERS, distribution="zenith-dist"),
        installed.point(MODULE, "acme", PAYERS, distribution="acme-dist"),
    ]


def one_of_ours(installed: Installed) -> list[EntryPoint]:
    installed.write(WHOLE)
    return [
        installed.point(MODULE, "acme", PAYERS),
        installed.point(MODULE, "acme", PAYERS, distribution="benefit-verification"),
    ]


def the_same_twice(installed: Installed) -> list[EntryPoint]:
    installed.write(WHOLE)
    return [installed.point(MODULE, "acme", PAYERS), EntryPoint("ACME", "other:adapter", PAYERS)._for(_acme(installed))]  # type: ignore[attr-defined]


def _acme(installed: Installed) -> Any:
    return PathDistribution(installed.folder / "acme_dist-1.0.dist-info")


CLAIMS: dict[str, tuple[Claims, str]] = {
    "by two strangers": (
        two_strangers,
        "zenith-dist: payer acme is claimed by acme-dist and zenith-dist; uninstall one of them",
    ),
    "of ours by a stranger": (
        one_of_ours,
        "acme-dist: payer acme is a name of benefit-verification; nobody else may claim it",
    ),
    "by the same twice": (the_same_twice, "acme-dist: payer ACME is claimed twice; name it once"),
}


@pytest.mark.parametrize(("claims", "sentence"), CLAIMS.values(), ids=CLAIMS)
def test_two_claims_of_one_name_are_refused(installed: Installed, claims: Claims, sentence: str) -> None:
    with pytest.raises(PluginRefused) as refused:
        load_payers(claims(installed))

    assert str(refused.value) == sentence


def test_a_claim_of_one_of_our_routes_is_refused(installed: Installed) -> None:
    installed.write(ROUTE)
    points = [
        installed.point(MODULE, "acme_route", ROUTES),
        installed.point(MODULE, "acme_route", ROUTES, distribution="benefit-verification"),
    ]

    with pytest.raises(PluginRefused, match="acme-dist: route acme_route is a name of benefit-verification"):
        open_routes(Settings(routes={"acme_route": RouteSettings(url="https://route.test")}), points)


def test_of_two_that_clash_it_is_never_ours_that_is_refused(installed: Installed) -> None:
    routes = list(entry_points(group=ROUTES))  # The distribution below hides ours.
    stranger = another(installed, "acme_alias", with_field('aliases=("bigco",)').replace('"acme"', '"aaa"'))
    ours = another(installed, "acme_ours", with_field('aliases=("BigCo",)'))
    points = [
        installed.point(stranger, "aaa", PAYERS, distribution="aaa-dist"),
        installed.point(ours, "acme", PAYERS, distribution="benefit-verification"),
    ]

    with pytest.raises(PluginRefused) as refused:
        load_payers(points, routes)

    assert (
        str(refused.value)
        == "aaa-dist: aaa: aliases: bigco is a name of acme already (acme_alias, acme_alias.py, line 8)"
    )


def test_a_setting_that_a_route_refuses_is_named_and_not_shown(installed: Installed) -> None:
    installed.write(ROUTE.replace("return Route()", 'raise ValueError("API_KEY: it is too short")'))
    settings = Settings(routes={"acme_route": RouteSettings(url="https://route.test", api_key="hush")})

    with pytest.raises(SettingsWrong, match=r"^BENEFITS_ROUTES__ACME_ROUTE__API_KEY: it is too short$"):
        open_routes(settings, [installed.point(MODULE, "acme_route", ROUTES)])
