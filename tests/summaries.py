"""The summaries that tests judge: of everybody whom the simulator knows, of our own replies, and of every problem."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

from click.testing import CliRunner

from contracts import Answer, CoverageStatus, ProblemCode, State
from payers.commands.read import command
from tests.contracts.staging import answer, problem, terms
from tests.service.guidance.cast import cast

GOLD = Path(__file__).parents[2] / "shared" / "samples" / "gold"


@cache
def every_answer() -> dict[str, Answer]:
    """Each answer by a name that says where it comes from."""
    return dict([*_of_the_cast(), *_of_our_replies(), *_of_problems()])


def _of_the_cast() -> Iterator[tuple[str, Answer]]:
    for actor in cast():
        yield repr(actor), actor.answer


def _of_our_replies() -> Iterator[tuple[str, Answer]]:
    """The replies with expected answers; none where the samples are not beside the project."""
    for case in sorted(GOLD.glob("*")):
        read = CliRunner().invoke(command, [str(next(case.glob("reply.*")))])
        for number, line in enumerate(read.stdout.splitlines()):
            # Its texts follow from the rest; what is read keeps the ones that were written, which are the same.
            yield (
                f"{case.name} {number}",
                Answer.model_validate(
                    {name: value for name, value in json.loads(line).items() if name not in {"next_step", "summary"}}
                ),
            )


def _of_problems() -> Iterator[tuple[str, Answer]]:
    for code, state, status, fields in product(ProblemCode, State, CoverageStatus, ((), ("member_id",))):
        own = terms() if status in {CoverageStatus.ACTIVE, CoverageStatus.UNCLEAR} else None
        whole = answer(own, status, state=state, problems=(problem(code, *fields, waits=True),))
        yield f"{code.value} {state.value} {status.value} {len(fields)}", whole
