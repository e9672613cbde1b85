"""Authorisations: organisations hold them, one of a kind for a jurisdiction at a time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Role
from domain.credentials import authorisations, decisions, service
from domain.credentials.errors import (
    AlreadyAuthorised,
    CredentialKnown,
    ImpossibleDates,
    NoSuchCredential,
    NothingToSupersede,
    WrongHolder,
)
from domain.credentials.types import (
    CredentialKind,
    CredentialView,
    ReinstateCredential,
    SubmitAuthorisation,
    SuspendCredential,
)
from domain.errors import Conflict, Forbidden
from domain.identity.errors import NoSuchOrganisation
from domain.identity.types import OrganisationKind
from domain.ids import new_id
from domain.jurisdictions import UnknownJurisdiction
from tests.factories import directory
from tests.factories.desk import run
from tests.factories.directory import CHECKED, certificate, officer, staff, today

pytestmark = pytest.mark.usefixtures("catalogue")
OPERATOR = staff(None, Role.OPERATOR)


def paper(state: str = "KZ", **more: Any) -> SubmitAuthorisation:
    values: dict[str, Any] = {
        "kind": CredentialKind.FACILITATOR_AUTHORISATION,
        "jurisdiction": state,
        "body": "The ministry",
        "certificate_number": f"F-{new_id()}",
        "issued": today() - timedelta(days=30),
        "valid_from": today() - timedelta(days=30),
        "valid_to": today() + timedelta(days=300),
    }
    return SubmitAuthorisation(**{**values, **more})


async def agency(seat: str = "TR") -> UUID:
    return await directory.employer(seat, OrganisationKind.FACILITATOR)


async def authorised(organisation: UUID, state: str = "KZ", **more: Any) -> CredentialView:
    made = await authorisations.submit_authorisation(OPERATOR, organisation, paper(state, **more))
    verified = await service.verify_credential(officer(state), made.id, CHECKED, version=1)
    return await service.confirm_credential(officer(state), made.id, version=verified.version)


async def listed(state: str | None) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    cursor = None
    while True:
        page = await authorisations.list_facilitators(ANONYMOUS, state, cursor=cursor, limit=2)
        for each in page.items:
            assert each.id not in found
            found[each.id] = {view.jurisdiction for view in each.authorisations}
        if (cursor := page.next) is None:
            return found


async def test_an_agency_is_listed_where_it_is_authorised_while_that_holds() -> None:
    organisation = await agency()
    held = await authorised(organisation, "KZ")
    assert (held.facility_id, held.organisation_id) == (None, organisation)
    assert held.valid_now and held.holder_name.startswith("Organisation")
    await authorised(organisation, "UZ")
    assert (await listed("KZ"))[organisation] == {"KZ"}
    assert (await listed(None))[organisation] == {"KZ", "UZ"}
    assert organisation not in await listed("TR")
    suspended = await decisions.suspend_credential(
        officer("KZ"), held.id, SuspendCredential(reason="Fees were hidden"), version=held.version
    )
    assert organisation not in await listed("KZ")
    await decisions.reinstate_credential(
        officer("KZ"), held.id, ReinstateCredential(reason="They are shown"),
        version=suspended.version,
    )  # fmt: skip
    assert organisation in await listed("KZ")
    late = await agency()
    await authorised(late, "KZ", valid_to=today() - timedelta(days=2))
    assert late not in await listed("KZ")
    with pytest.raises(UnknownJurisdiction):
        await listed("XX")


async def test_what_waits_is_seen_by_officers_there_and_operators() -> None:
    organisation = await agency()
    waiting = await authorisations.submit_authorisation(OPERATOR, organisation, paper("KZ"))
    for reader in (officer("KZ"), OPERATOR):
        found = await authorisations.list_authorisations(reader, organisation)
        assert [each.id for each in found] == [waiting.id]
    for stranger in (ANONYMOUS, officer("TR"), staff(new_id())):
        assert await authorisations.list_authorisations(stranger, organisation) == []
    with pytest.raises(NoSuchCredential):
        await service.verify_credential(officer("TR"), waiting.id, CHECKED, version=1)
    queue = await service.list_queue(officer("KZ"), waiting.status, limit=100)
    assert waiting.id in [each.id for each in queue.items]
    with pytest.raises(NoSuchOrganisation):
        await authorisations.list_authorisations(ANONYMOUS, new_id())


async def test_one_authorisation_of_a_kind_holds_in_a_jurisdiction_at_a_time() -> None:
    organisation = await agency()
    first = await authorised(organisation, "KZ")
    with pytest.raises(AlreadyAuthorised):
        await authorised(organisation, "KZ")
    # The next one begins when the first has ended.
    ends = first.valid_to or today()
    following = await authorised(
        organisation, "KZ", valid_from=ends + timedelta(days=1),
        valid_to=ends + timedelta(days=300), supersedes=first.id,
    )  # fmt: skip
    assert following.supersedes == first.id and not following.valid_now
    # While the first is suspended another may be given; then the first does not come back.
    suspended = await decisions.suspend_credential(
        officer("KZ"), first.id, SuspendCredential(reason="Fees were hidden"),
        version=first.version,
    )  # fmt: skip
    await authorised(organisation, "KZ", valid_from=today() + timedelta(days=2), valid_to=ends)
    with pytest.raises(AlreadyAuthorised):
        await decisions.reinstate_credential(
            officer("KZ"), first.id, ReinstateCredential(reason="They are shown"),
            version=suspended.version,
        )  # fmt: skip


async def test_kinds_belong_to_their_holders() -> None:
    organisation, platform = await agency(), await directory.employer(
        "TR", OrganisationKind.PLATFORM
    )  # fmt: skip
    made = await directory.facility()
    operating = CredentialKind.OPERATOR_AUTHORISATION
    await authorised(platform, "KZ", kind=operating)
    for holder, kind in (
        (organisation, operating),
        (organisation, CredentialKind.LICENCE),
        (platform, CredentialKind.FACILITATOR_AUTHORISATION),
        (await directory.employer(), CredentialKind.FACILITATOR_AUTHORISATION),
    ):
        with pytest.raises(WrongHolder):
            await authorisations.submit_authorisation(OPERATOR, holder, paper(kind=kind))
    for kind in (operating, CredentialKind.FACILITATOR_AUTHORISATION):
        with pytest.raises(WrongHolder):
            await service.submit_credential(SYSTEM, made.id, certificate(kind))
    # The database knows who holds what, too.
    for wrong in ("facility_id = NULL", "organisation_id = gen_random_uuid()",
                  "jurisdiction = 'KZ'", "kind = 'operator_authorisation'"):  # fmt: skip
        licence = await directory.credential(made.id)
        with pytest.raises(Conflict):
            await run(SYSTEM, f"UPDATE credential SET {wrong} WHERE id = $1", licence.id)


async def test_papers_are_checked_and_only_operators_hand_them_in() -> None:
    organisation = await agency()
    with pytest.raises(NoSuchOrganisation):
        await authorisations.submit_authorisation(OPERATOR, new_id(), paper())
    with pytest.raises(UnknownJurisdiction):
        await authorisations.submit_authorisation(OPERATOR, organisation, paper("XX"))
    for dates in ({"valid_to": today() - timedelta(days=31)}, {"valid_to": None},
                  {"issued": today() + timedelta(days=2)}):  # fmt: skip
        with pytest.raises(ImpossibleDates):
            await authorisations.submit_authorisation(OPERATOR, organisation, paper(**dates))
    licence = await directory.credential((await directory.facility()).id)
    with pytest.raises(NothingToSupersede):
        await authorisations.submit_authorisation(
            OPERATOR, organisation, paper(supersedes=licence.id)
        )
    given = paper()
    await authorisations.submit_authorisation(OPERATOR, organisation, given)
    with pytest.raises(CredentialKnown):
        await authorisations.submit_authorisation(OPERATOR, organisation, given)
    for other in (officer(), staff(organisation), staff(None, Role.AUDITOR)):
        with pytest.raises(Forbidden):
            await authorisations.submit_authorisation(other, organisation, paper())
