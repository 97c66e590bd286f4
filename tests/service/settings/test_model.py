from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from service.security.urls import is_unverified
from service.settings.model import Profile, Settings, SettingsWrong, load_settings, misspelt, not_for_production
from service.settings.sources import is_secret, leaves, meaning

NOWHERE = Path("no-such-folder/.env")


def settings(**given: str) -> Settings:
    return load_settings({f"BENEFITS_{name}": value for name, value in given.items()}, NOWHERE)


def test_without_any_setting_the_defaults_are_those_of_the_description() -> None:
    found = settings()

    assert found.profile is Profile.DEVELOPMENT
    assert found.database_url == "sqlite:///benefits.sqlite"
    assert (found.waits.public, found.waits.staff, found.waits.batch) == (8, 20, 0)
    assert (found.lifetime.person, found.lifetime.batch, found.freshness, found.resend_after) == (900, 86400, 0, 90)


def test_routes_and_payers_are_set_by_name() -> None:
    found = settings(
        ROUTES__CORE_MIME__URL="http://127.0.0.1:9000/core",
        ROUTES__CORE_MIME__PASSWORD="hush",
        ROUTES__STEDI_JSON__URL="https://route.test/x",
        PAYERS__FLORIDA_BLUE__ROUTES='["core_mime","stedi_json"]',
    )

    assert set(found.routes) == {"core_mime", "stedi_json"}
    assert found.routes["core_mime"].password == "hush"
    assert found.payers["florida_blue"].routes == ("core_mime", "stedi_json")


def test_a_secret_may_stand_in_a_file_and_the_environment_wins_over_dotenv(tmp_path: Path) -> None:
    secret, dotenv = tmp_path / "secret", tmp_path / ".env"
    secret.write_text("hush\n")
    dotenv.write_text(f"BENEFITS_WAITS__STAFF=5\nBENEFITS_FRESHNESS=7\nBENEFITS_KEYS__SEALING_FILE={secret}\n")

    found = load_settings({"BENEFITS_WAITS__STAFF": "6"}, dotenv)

    sources = {name: source for name, _, source in leaves(found, found.origins)}
    assert (found.waits.staff, found.freshness, found.keys.sealing) == (6, 7, "hush")
    assert sources["BENEFITS_WAITS__STAFF"] == "environment"
    assert sources["BENEFITS_FRESHNESS"] == ".env"
    assert sources["BENEFITS_KEYS__SEALING"] == "file of BENEFITS_KEYS__SEALING_FILE, .env"
    assert sources["BENEFITS_WAITS__PUBLIC"] == "default"


def test_a_map_may_be_given_whole_as_json() -> None:
    found = settings(ROUTES='{"core_mime": {"url": "https://route.test/x"}}')

    assert found.routes["core_mime"].url == "https://route.test/x"


def test_a_name_that_is_no_setting_is_noticed_and_not_used() -> None:
    found = settings(
        WAITS__STAF="1", NOTHING="1", ROUTES__CORE_MIME__URL="https://route.test", ROUTES__CORE_MIME__UR="x"
    )

    assert found.unknown == ("BENEFITS_NOTHING", "BENEFITS_ROUTES__CORE_MIME__UR", "BENEFITS_WAITS__STAF")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"WAITS__STAFF": "hush"}, "BENEFITS_WAITS__STAFF"),
        ({"WAITS__STAFF": "61"}, "BENEFITS_WAITS__STAFF"),
        ({"PROFILE": "hush"}, "BENEFITS_PROFILE"),
        ({"PROVIDER__NPI": "1234567890"}, "BENEFITS_PROVIDER__NPI"),
        ({"ROUTES__CORE_MIME__USERNAME": "hush"}, "BENEFITS_ROUTES__CORE_MIME__URL"),
        ({"ROUTES__CORE_MIME__URL": "http://hush.test/"}, "BENEFITS_ROUTES__CORE_MIME__URL"),
        ({"ROUTES__CORE_MIME__URL": "https://user:hush@route.test/"}, "BENEFITS_ROUTES__CORE_MIME__URL"),
        ({"ROUTES__CORE_MIME__URL": "hush"}, "BENEFITS_ROUTES__CORE_MIME__URL"),
        (
            {"ROUTES__CORE_MIME__URL": "https://route.test", "ROUTES__CORE_MIME__TOKEN_URL": "http://hush.test"},
            "BENEFITS_ROUTES__CORE_MIME__TOKEN_URL",
        ),
        ({"KEYS__SEALING_FILE": "no-such-folder/key"}, "BENEFITS_KEYS__SEALING_FILE"),
        ({"PAYERS__AETNA__ROUTES": "hush"}, "BENEFITS_PAYERS__AETNA__ROUTES"),
        ({"ROUTES": "{hush"}, "BENEFITS_"),
        ({"PROFILE": "production", "RESEND_AFTER": "10"}, "BENEFITS_RESEND_AFTER"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_never_shown(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        settings(**given)

    assert any(fault.startswith(named) for fault in wrong.value.faults)
    assert "hush" not in str(wrong.value)


def test_production_needs_sealing_keys_and_https() -> None:
    bare = settings(PROFILE="production", ROUTES__CORE_MIME__URL="http://127.0.0.1/x")
    whole = settings(PROFILE="production", ROUTES__CORE_MIME__URL="https://route.test", KEYS__SEALING="k:AA==")

    named = {fault.partition(":")[0] for fault in not_for_production(bare)}
    assert named == {"BENEFITS_ROUTES__CORE_MIME__URL", "BENEFITS_KEYS__SEALING"}
    assert not_for_production(whole) == ()


def test_the_form_is_framed_over_http_by_loopback_alone_and_in_development() -> None:
    local = settings(PROFILE="production", PUBLIC__EMBED_FROM='["http://127.0.0.1:8000"]')

    assert any("EMBED_FROM" in fault for fault in not_for_production(local))
    for wrong in (
        *("http://clinic.test", "https://clinic.test/page", "clinic.test", "ftp://clinic.test"),
        *("https://*", "https://*.clinic.test", "https://clinic.test;script-src", "https://clinic.test,https://x.test"),
    ):
        with pytest.raises(SettingsWrong):
            settings(PUBLIC__EMBED_FROM=f'["{wrong}"]')


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("WAITS__STAF", "WAITS__STAFF"),
        ("ROUTES__CORE_MIME__UR", "ROUTES__CORE_MIME__URL"),
        ("ROUTE__CORE_MIME__URL", "ROUTES__CORE_MIME__URL"),
        ("DATABASEURL", "DATABASE_URL"),
        ("PROVIDER_NPI", "PROVIDER__NPI"),
        ("PAYERS__AETNA__ROUTE", "PAYERS__AETNA__ROUTES"),
    ],
)
def test_a_name_that_is_no_setting_is_told_with_the_one_that_is_meant(wrong: str, meant: str) -> None:
    (line,) = misspelt(settings(ROUTES__CORE_MIME__URL="https://route.test", **{wrong: "hush"}))

    assert line == f"BENEFITS_{wrong}: no setting of that name; is BENEFITS_{meant} meant?"


def test_a_name_like_no_other_is_told_alone() -> None:
    assert misspelt(settings(XYZZY="1")) == ("BENEFITS_XYZZY: no setting of that name",)


def numbers(kind: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The name of every setting that is a number with a point."""
    for name, field in kind.model_fields.items():
        annotation = field.annotation
        inner = [annotation, *get_args(annotation)]
        if float in inner:
            yield prefix + name.upper()
        for one in inner:
            if isinstance(one, type) and issubclass(one, BaseModel):
                joint = "CORE_MIME__" if name == "routes" else "AETNA__" if name == "payers" else ""
                yield from numbers(one, f"{prefix}{name.upper()}__{joint}")


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "Infinity", "1e300", "1e12"])
def test_no_number_is_without_an_end(value: str) -> None:
    names = sorted(numbers(Settings))
    let_through = []
    for name in names:
        try:
            settings(**{"ROUTES__CORE_MIME__URL": "https://route.test", name: value})
        except SettingsWrong as wrong:
            named = f"BENEFITS_{name}: " in str(wrong)
        else:
            named = False
        if not named:
            let_through.append(name)

    assert {"LIFETIME__PERSON", "WAITS__STAFF", "RESEND_AFTER", "ROUTES__CORE_MIME__ATTEMPT_CAP"} <= set(names)
    assert let_through == []


MALFORMED = [
    "postgresql://user:hush@host:port/x",
    "postgresql://user:hush@[bad/x",
    "postgresql://user:hush@host:99999999/x",
    "postgresql://user:hush@ho st/x",
    "postgresql://user:hush@host:port:port/x",
]


@pytest.mark.parametrize("address", MALFORMED)
def test_an_address_of_no_database_is_named_and_its_password_never_shown(address: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        settings(DATABASE_URL=address)

    assert str(wrong.value).startswith("BENEFITS_DATABASE_URL: ")
    assert "hush" not in str(wrong.value)


def test_every_setting_says_what_it_means() -> None:
    found = settings(ROUTES__CORE_MIME__URL="https://route.test", PAYERS__AETNA__ROUTES="[]")

    assert [name for name, _, _ in leaves(found, found.origins) if not meaning(name, Settings)] == []


def test_no_secret_is_in_a_repr() -> None:
    found = settings(
        ROUTES__CORE_MIME__URL="https://route.test",
        ROUTES__CORE_MIME__PASSWORD="hush",
        KEYS__SEALING="hush",
        DATABASE_URL="postgresql://user:hush@db.test/x",
    )

    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    "name",
    [
        "ROUTES__X__PASSWORD",
        "ROUTES__X__CLIENT_SECRET",
        "ROUTES__X__API_KEY",
        "KEYS__SEALING",
        "DATABASE_URL",
        "ROUTES__X__PROXY",
    ],
)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert is_secret(f"BENEFITS_{name}")


@pytest.mark.parametrize(
    ("address", "verified"),
    [
        ("postgresql://user:secret@db.example/name", False),
        ("postgres://user:secret@db.example/name?sslmode=require", False),
        ("postgresql+psycopg://user:secret@db.example/name?sslmode=verify-ca", False),
        ("postgresql://user:secret@127.0.0.1,db.example/name", False),
        ("postgresql://user:secret@127.0.0.1/name?hostaddr=192.0.2.1", False),
        ("postgresql://user:secret@/name?host=db.example", False),
        ("postgresql:///name?service=elsewhere", False),
        ("postgresql://user:secret%zz@db.example/name", False),
        ("postgresql://user:secret@db.example/name?sslmode=verify-full&sslrootcert=system", True),
        ("postgresql://user:secret@127.0.0.1:5433/name", True),
        ("postgresql://user:secret@[::1]/name", True),
        ("postgresql://user:secret@localhost/name", True),
        ("postgresql://user@/name?host=/run/postgresql", True),
        ("postgresql:///name", True),
        ("sqlite:///benefits.sqlite", True),
    ],
)
def test_production_hands_its_password_to_a_server_it_verified_alone(
    monkeypatch: pytest.MonkeyPatch, address: str, verified: bool
) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    chosen = {"ROUTES__CORE_MIME__URL": "https://route.test", "KEYS__SEALING": "k:AA==", "DATABASE_URL": address}
    faults = not_for_production(settings(PROFILE="production", **chosen))

    assert (faults == ()) is verified
    assert not_for_production(settings(**chosen)) == ()
    assert "secret" not in "".join(faults)


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_the_environment_of_the_library_is_judged_too(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "192.0.2.1")

    assert is_unverified("postgresql:///name", {name: "192.0.2.1"})
    assert not is_unverified("postgresql:///name?sslmode=verify-full", {name: "192.0.2.1"})
