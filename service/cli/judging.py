"""Is a demonstration what it should be? Every answer as expected of its scenario, and the same over every route."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import click

from contracts import Answer
from contracts.report import escape_for_terminal
from service.cli.comparing import Difference, differences, differences_from_expected

SCENARIO = "covered_by_wording"
"""The scenario of the members that are asked about at least; each payer tells it in its own idiom."""

SHOWN = 20
"""Answers whose differences are listed at most."""


class ScenarioAnswer(NamedTuple):
    """An answer, the route over which it came, and the imaginary person that it is about, as the simulator says."""

    route: str
    person: Mapping[str, Any]
    answer: Answer

    @property
    def scenario(self) -> str:
        """The person's scenario."""
        return str(self.person["scenario"])


class Setting(NamedTuple):
    """What the simulator tells of itself: its people, the settings of each route, and what a route cannot say."""

    people: list[dict[str, Any]]
    routes: dict[str, dict[str, Any]]

    def excluded_paths(self, scenario: str, *routes: str) -> set[str]:
        """Patterns of what cannot be said of ``scenario`` over one of ``routes``."""
        patterns = [pattern.split(":", 1) for route in routes for pattern in self.routes[route]["unsaid"]]
        return {path for scenarios, path in patterns if fnmatchcase(scenario, scenarios)}


def judge(answers: Sequence[ScenarioAnswer], setting: Setting) -> None:
    """Refuse a demonstration in which a payer gave no reply, or an answer differs: by ``click.ClickException``.

    What differs is listed on stderr first, by scenario. An answer may differ from what is expected of its scenario, or
    from the one about the same member over another route.
    """
    silent = sorted(
        {one.answer.payer or "" for one in answers if not one.answer.answered_by and one.scenario == SCENARIO}
    )
    if silent or not answers:
        raise click.ClickException(f"no payer's reply: {', '.join(silent) or 'nobody was asked'}")
    unexpected = list(_compare_with_expected(answers, setting))
    uneven, compared = _compare_routes(answers, setting)
    say(f"{len(answers)} answers compared with what is expected of their scenarios: {len(unexpected)} differ")
    if compared:
        say(f"{compared} compared with the same member's over another route: {len(uneven)} differ")
    found = [*unexpected, *uneven]
    for words in found[:SHOWN]:
        say(words)
    if len(found) > SHOWN:
        say(f"… and {len(found) - SHOWN} more")
    if found:
        raise click.ClickException(
            f"{len(unexpected)} answers are not what is expected, {len(uneven)} differ between routes"
        )


def _compare_with_expected(answers: Iterable[ScenarioAnswer], setting: Setting) -> Iterator[str]:
    for one in answers:
        found = differences_from_expected(
            one.person["whole"], one.answer, setting.excluded_paths(one.scenario, one.route)
        )
        if found:
            yield _list_differences(f"{_scenario(one)}, over {one.route}", found, "expected", "found")


def _compare_routes(answers: Iterable[ScenarioAnswer], setting: Setting) -> tuple[list[str], int]:
    """What differs between two routes, and how many answers were compared so."""
    first: dict[tuple[str | None, str], ScenarioAnswer] = {}
    listed: list[str] = []
    compared = 0
    for one in answers:
        known = first.setdefault((one.answer.payer, one.scenario), one)
        if known is one:
            continue
        compared += 1
        found = differences(known.answer, one.answer, setting.excluded_paths(one.scenario, one.route, known.route))
        if found:
            listed.append(_list_differences(_scenario(one), found, known.route, one.route))
    return listed, compared


def _scenario(one: ScenarioAnswer) -> str:
    return f"{one.person['payer']}, scenario {one.scenario} ({one.person['first_name']} {one.person['last_name']})"


def _list_differences(title: str, found: Iterable[Difference], one: str, other: str) -> str:
    return "\n".join([f"{title}:", *(f"  {difference.words(one, other)}" for difference in found)])


def say(words: str) -> None:
    """Print words for people on stderr, where nothing that is printed for programs stands."""
    click.echo("\n".join(escape_for_terminal(line) for line in words.split("\n")), err=True)
