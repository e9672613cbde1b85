"""Two officers put a credential into force, each on a page of their own."""

from datetime import timedelta

from domain.actor import Role
from domain.credentials import service as credentials
from domain.credentials.types import CredentialKind, SubmitCredential
from tests.api.web.conftest import SignedIn
from tests.factories import directory


async def test_one_officer_verifies_and_another_confirms(
    signed_in: SignedIn, catalogue: None
) -> None:
    _, member = await signed_in(Role.COORDINATOR)
    first, one = await signed_in(Role.MINISTRY_OFFICER)
    second, _ = await signed_in(Role.MINISTRY_OFFICER, organisation=one.organisation_id)
    foreign, _ = await signed_in(Role.MINISTRY_OFFICER, state="UZ")
    facility = await directory.facility(organisation=member.organisation_id)
    handed_in = await credentials.submit_credential(
        directory.staff(member.organisation_id),
        facility.id,
        SubmitCredential(
            kind=CredentialKind.LICENCE,
            body="Health committee <b>",
            certificate_number="L-1",
            issued=directory.today() - timedelta(days=9),
            valid_from=directory.today() - timedelta(days=9),
            valid_to=directory.today() + timedelta(days=900),
            evidence_sha256="ab" * 32,
        ),
    )
    path = f"/officer/credentials/{handed_in.id}"
    assert "Health committee &lt;b&gt;" in (await first.get("/officer")).text
    assert (await foreign.get(path)).status_code == 404
    verify = {"decision": "verify", "version": handed_in.version, "method": "letter"}
    wrong = await first.send(path, {**verify, "url": "javascript:alert(1)"})
    assert wrong.status_code == 422 and 'id="url-error"' in wrong.text
    done = await first.send(path, {**verify, "primary_source": "yes"})
    assert done.headers["location"] == f"{path}?done=verified", done.text[:500]
    confirm = {"decision": "confirm", "version": handed_in.version + 1}
    same = await first.send(path, confirm)
    assert "A second officer has to confirm" in same.text or same.status_code == 403
    done = await second.send(path, confirm)
    assert done.headers["location"] == f"{path}?done=confirmed", done.text[:500]
    public = await second.get(f"/facilities/{facility.id}")
    assert "Health committee &lt;b&gt;" in public.text
