"""The moves, limits and words of consents, without a database."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.consents import rules, text
from domain.consents.errors import (
    BroaderThanAsked,
    ConsentTooLong,
    EmptyPeriod,
    TextNotOffered,
    UnreadableCursor,
    WrongConsentState,
)
from domain.consents.types import (
    AccessMode,
    Category,
    ConsentStatus,
    ConsentView,
    Grant,
    Label,
    Party,
    Purpose,
    Terms,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORGANISATION = uuid4()


def terms(**changes: object) -> Terms:
    values = {
        "id": uuid4(),
        "status": ConsentStatus.GRANTED,
        "purpose": Purpose.TREATMENT,
        "organisation_id": ORGANISATION,
        "categories": frozenset({Category.PROBLEMS, Category.RESULTS}),
        "valid_from": NOW - timedelta(days=1),
        "valid_until": NOW + timedelta(days=1),
    }
    return Terms(**{**values, **changes})  # type: ignore[arg-type]


def decided(given: Terms, **changes: object) -> UUID | None:
    values = {
        "organisation": ORGANISATION,
        "category": Category.RESULTS,
        "labels": frozenset(),
        "effective": NOW - timedelta(days=100),
        "now": NOW,
    }
    return rules.decide([given], **{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("was", ConsentStatus)
@pytest.mark.parametrize("to", ConsentStatus)
def test_exactly_the_moves_of_the_table_are_admitted(was: ConsentStatus, to: ConsentStatus) -> None:
    if to in rules.TRANSITIONS[was]:
        rules.require_move(was, to)
    else:
        with pytest.raises(WrongConsentState):
            rules.require_move(was, to)


@pytest.mark.parametrize(
    "last", [ConsentStatus.DENIED, ConsentStatus.EXPIRED, ConsentStatus.REVOKED]
)
def test_an_ended_consent_never_returns(last: ConsentStatus) -> None:
    assert not rules.TRANSITIONS[last]


def test_a_consent_permits_what_it_names_and_nothing_else() -> None:
    given = terms(excluded_labels=frozenset({Label.HIV}))
    assert decided(given) == given.id
    assert decided(given, organisation=uuid4()) is None
    assert decided(given, category=Category.ALLERGIES) is None
    assert decided(given, labels=frozenset({Label.HIV})) is None
    assert decided(given, labels=frozenset({Label.PSYCHIATRY})) == given.id


@pytest.mark.parametrize("status", sorted(set(ConsentStatus) - {ConsentStatus.GRANTED}))
def test_only_a_granted_consent_permits(status: ConsentStatus) -> None:
    assert decided(terms(status=status)) is None


@pytest.mark.parametrize("purpose", [Purpose.PAYMENT, Purpose.OPERATIONS, Purpose.RESEARCH])
def test_no_purpose_but_treatment_yields_clinical_data(purpose: Purpose) -> None:
    assert decided(terms(purpose=purpose)) is None


def test_the_clock_begins_and_ends_a_consent() -> None:
    given = terms()
    assert decided(given, now=given.valid_from) == given.id
    assert decided(given, now=given.valid_until) is None
    assert decided(given, now=given.valid_from - timedelta(microseconds=1)) is None
    granted, requested = ConsentStatus.GRANTED, ConsentStatus.REQUESTED
    assert rules.status_at(granted, NOW, NOW, NOW) is ConsentStatus.EXPIRED
    assert rules.status_at(ConsentStatus.REVOKED, NOW, NOW, NOW) is ConsentStatus.REVOKED
    late, year = NOW + rules.ANSWER_WITHIN, NOW + timedelta(days=365)
    assert rules.status_at(requested, NOW, year, late) is ConsentStatus.EXPIRED
    assert rules.status_at(granted, NOW, year, late) is granted


def test_an_entry_without_a_date_lies_in_no_data_period() -> None:
    assert decided(terms(data_from=NOW - timedelta(days=1000)), effective=None) is None
    assert decided(terms(data_to=NOW), effective=None) is None
    assert decided(terms(), effective=None) is not None


def test_an_episode_reads_under_its_own_consents_and_under_general_ones() -> None:
    episode = uuid4()
    assert decided(terms(episode_id=episode), episode=episode)
    assert decided(terms(), episode=episode)
    assert decided(terms(episode_id=uuid4()), episode=episode) is None


def test_a_grant_is_never_broader_than_the_request() -> None:
    asked = terms(excluded_labels=frozenset({Label.HIV}))
    narrower = rules.narrowed(
        asked,
        Grant(
            categories=[Category.PROBLEMS],
            excluded_labels=[Label.PSYCHIATRY],
            valid_until=NOW + timedelta(hours=1),
        ),
        NOW,
    )
    assert narrower.categories == {Category.PROBLEMS}
    assert narrower.excluded_labels == {Label.HIV, Label.PSYCHIATRY}
    assert narrower.valid_until == NOW + timedelta(hours=1)
    for grant in (
        Grant(categories=[Category.ALLERGIES]),
        Grant(valid_until=asked.valid_until + timedelta(seconds=1)),
    ):
        with pytest.raises(BroaderThanAsked):
            rules.narrowed(asked, grant, NOW)
    with pytest.raises(EmptyPeriod):
        rules.narrowed(asked, Grant(valid_until=NOW), NOW)


def test_a_consent_lasts_at_most_twelve_months() -> None:
    rules.require_validity(NOW, NOW.replace(year=2027), NOW)
    with pytest.raises(ConsentTooLong):
        rules.require_validity(NOW, NOW.replace(year=2027) + timedelta(seconds=1), NOW)
    with pytest.raises(EmptyPeriod):
        rules.require_validity(NOW, NOW, NOW)
    with pytest.raises(EmptyPeriod):
        rules.require_validity(NOW - timedelta(days=2), NOW - timedelta(days=1), NOW)


def consent(given: Terms, **changes: object) -> ConsentView:
    values = {
        "id": given.id,
        "patient_id": uuid4(),
        "episode_id": None,
        "status": given.status,
        "version": 1,
        "purpose": given.purpose,
        "grantee": Party(given.organisation_id, "Ege {hospital}", "TR"),
        "grantee_role": None,
        "requested_by": Party(uuid4(), "Almaty practice", "KZ"),
        "categories": sorted(given.categories),
        "excluded_labels": sorted(given.excluded_labels),
        "data_from": given.data_from,
        "data_to": given.data_to,
        "access_mode": AccessMode.VIEW,
        "valid_from": given.valid_from,
        "valid_until": given.valid_until,
        "legal_basis": "explicit_consent",
        "safeguard": "standard_contract",
        "text_version": None,
        "language": None,
        "signature_sha256": None,
        "how_given": None,
        "created_at": NOW,
        "granted_at": None,
    }
    return ConsentView(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_words_name_who_what_why_and_until_when(language: str) -> None:
    given = terms(excluded_labels=frozenset({Label.HIV}))
    words = text.render(consent(given), given, language)
    assert "Ege {hospital}" in words.text and "Almaty practice" in words.text
    assert "2026-11-23 12:00 UTC" in words.text
    assert words.sha256 == hashlib.sha256(words.text.encode()).hexdigest()
    assert words.language == language and words.version == text.VERSION
    at = text.LANGUAGES.index(language)
    assert text._CATEGORIES[Category.RESULTS][at] in words.text
    assert text._CATEGORIES[Category.ALLERGIES][at] not in words.text
    assert text._LABELS[Label.HIV][at] in words.text


def test_every_word_exists_in_every_language() -> None:
    for table in (text._CATEGORIES, text._LABELS, text._PURPOSES, text._ALLOWS):
        assert all(len(words) == 4 and all(words) for words in table.values())
    assert set(text._CATEGORIES) == set(Category) and set(text._LABELS) == set(Label)
    assert set(text._PURPOSES) == set(Purpose) and set(text._ALLOWS) == set(AccessMode)


def test_other_terms_are_other_words() -> None:
    given = terms()
    narrower = terms(id=given.id, categories=frozenset({Category.PROBLEMS}))
    view = consent(given)
    assert text.render(view, given, "kk").sha256 != text.render(view, narrower, "kk").sha256


def test_a_language_without_words_is_refused_and_conversations_begin_in_english() -> None:
    given = terms()
    with pytest.raises(TextNotOffered):
        text.render(consent(given), given, "hu")
    assert text.offered_language("hu") == "en" and text.offered_language("kk") == "kk"


def test_a_cursor_returns_and_a_foreign_one_is_refused() -> None:
    consent_id = uuid4()
    assert rules.consent_before(rules.cursor_after(consent_id)) == consent_id
    assert rules.consent_before(None) is None
    for foreign in ("", "x", "é", "A" * 60):
        with pytest.raises(UnreadableCursor):
            rules.consent_before(foreign)


def test_leaving_the_state_names_its_safeguard() -> None:
    assert rules.basis_for("KZ", "KZ")[1] == "within_the_state"
    assert rules.basis_for("TR", "AZ")[1] == "standard_contract"
    assert rules.basis_for("DE", "TR") == ("explicit_consent", "none_known")
