"""The answer that every interface returns: what ``contracts.facts`` states, and the two texts that follow from it.

A text is computed once, when it is first asked for, and nobody can set it; a copy with other facts computes it anew.
An answer that is read from JSON keeps the texts it was written with: what its writer knew beside them
(``payer_phone``, ``asked_until``) is not written out.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from pydantic import ConfigDict, Field, ValidationInfo, computed_field, field_validator, model_validator

from contracts.facts import AnswerFacts, NextStep, Summary
from contracts.kept_json import json_of, write_json
from contracts.next_steps import next_step_of
from contracts.summary import summary_of
from contracts.vocabulary import NextStepCode

TEXTS = frozenset({"next_step", "summary"})
"""The computed fields."""

APART = frozenset({"verification_id", "reference", "timing", "evidence", "findings", "medical_benefits"})
"""Fields that no text follows from: a text speaks of what the lines of evidence came to, and never of the lines."""

WRITTEN_FOR_EACH = frozenset({"verification_id", "reference", "timing", "findings"})
"""Fields in which the answers of one job to several verifications differ; the rest of their JSON is the same."""

_LISTS = ("programs", "medical_benefits", "evidence")
"""Fields whose values often are those of other answers too."""

_SHARED_JSON, _FINDINGS_JSON = "shared_json", "findings_json"
"""Where the JSON of the other fields is kept, among the fields as the texts are, and that of the findings with them."""

_OWN = WRITTEN_FOR_EACH - {"findings"}

Text = TypeVar("Text", NextStep, Summary)


class Answer(AnswerFacts):
    """The normalized answer about IOP and PHP for one member at one payer.

    ``next_step`` and ``summary`` follow from the other fields.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    written_step: NextStep | None = Field(default=None, validation_alias="next_step", exclude=True, repr=False)
    written_summary: Summary | None = Field(default=None, validation_alias="summary", exclude=True, repr=False)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def next_step(self) -> NextStep:
        """The one thing to do next."""
        return self._computed_once("next_step", next_step_of)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def summary(self) -> Summary:
        """The answer in plain words, in English and in Spanish."""
        return self._computed_once("summary", summary_of)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with the fields of ``update``; its texts follow from them. Raises ``ValueError`` for a text."""
        if not update:
            return super().model_copy(deep=deep)
        if not TEXTS.isdisjoint(update):
            raise ValueError("next_step and summary are computed")
        copied = super().model_copy(update=update, deep=deep)
        if any(name not in APART and value != getattr(self, name) for name, value in update.items()):
            for name in TEXTS:
                copied.__dict__.pop(name, None)
        if not WRITTEN_FOR_EACH.issuperset(update):
            copied.__dict__.pop(_SHARED_JSON, None)
        return copied

    def to_json(self) -> bytes:
        """Return the answer as JSON, as ``model_dump_json`` does but for the order of the fields.

        What it shares with its copies is written once: an answer is kept, and shown to whoever asked.
        """
        shared: bytes | None = self.__dict__.get(_SHARED_JSON)
        if shared is None:
            shared = self.__dict__[_SHARED_JSON] = self._write_shared()
        own = write_json(self, include={*_OWN})
        return b'%s,"findings":[%s],%s' % (own[:-1], self._written_findings(), shared[1:])

    def _written_findings(self) -> bytes:
        """Return the JSON of the findings, one after another: most copies have those that their first had."""
        kept: tuple[object, bytes] | None = self.__dict__.get(_FINDINGS_JSON)
        if kept is None or kept[0] is not self.findings:
            kept = self.__dict__[_FINDINGS_JSON] = (self.findings, json_of(self.findings))
        return kept[1]

    def _write_shared(self) -> bytes:
        written = write_json(self, exclude={*WRITTEN_FOR_EACH, *_LISTS})
        lists = [b',"%s":[%s]' % (name.encode(), json_of(getattr(self, name))) for name in _LISTS]
        return written[:-1] + b"".join(lists) + b"}"

    def _computed_once(self, name: str, compute: Callable[[AnswerFacts], Text]) -> Text:
        """Return a text, kept where pydantic keeps fields: not by ``cached_property``, which anybody may set."""
        found: Text | None = self.__dict__.get(name)
        if found is None:
            found = self.__dict__[name] = compute(self)
        return found

    @field_validator("written_step", "written_summary")
    @classmethod
    def _refuse_given_text(cls, text: Text | None, info: ValidationInfo) -> Text | None:
        if text is not None and info.mode != "json":
            raise ValueError("it is computed")
        return text

    @model_validator(mode="after")
    def _keep_written_texts(self) -> Self:
        """Take the texts of an answer that was written before as computed, and find the payer's number in them."""
        fields = self.__dict__
        for name, field in (("next_step", "written_step"), ("summary", "written_summary")):
            if fields[field] is not None:
                fields[name], fields[field] = fields[field], None
        step = fields.get("next_step")
        if step is not None and self.payer_phone is None and _calls_the_payer(self, step):
            fields["payer_phone"] = step.phone
        return self


def _calls_the_payer(facts: AnswerFacts, step: NextStep) -> bool:
    """Return whether the number of a written next step is the payer's own, and not that of an administrator."""
    return step.code is not NextStepCode.CALL_ADMINISTRATOR or all(
        step.phone != one.phone for one in facts.administrators
    )
