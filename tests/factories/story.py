"""One referral between a patient, a practice and a facility, for tests of what follows it."""

from typing import Any

import msgspec

from domain.actor import Role
from tests.factories.bookable import Bookable, bookable

LETTER = "Please see this patient about two missing molars; implants are wanted."


class Story(msgspec.Struct):
    """One referral and its people."""

    patient: Any
    doctor: Any
    coordinator: Any
    clinician: Any
    offer: Bookable
    referral: dict[str, Any]

    @property
    def address(self) -> str:
        return f"/v1/referrals/{self.referral['id']}"

    async def version(self, who: Any) -> int:
        return int((await who.client.get(self.address)).json()["version"])

    async def act(self, who: Any, verb: str, body: Any = None, version: int | None = None) -> Any:
        stamp = version if version is not None else await self.version(self.patient)
        return await who.client.post(
            f"{self.address}/{verb}", json=body, headers={"If-Match": f'"{stamp}"'}
        )

    async def grant(self) -> None:
        address = f"/v1/consents/{self.referral['consent_id']}"
        etag = (await self.patient.client.get(address)).headers["etag"]
        answer = await self.patient.client.post(
            f"{address}/grant", json={}, headers={"If-Match": etag}
        )
        assert answer.status_code == 200, answer.text

    async def accepted(self) -> None:
        await self.grant()
        assert (await self.act(self.doctor, "submit")).status_code == 200
        assert (await self.clinician.client.get(self.address)).status_code == 200
        assert (await self.act(self.clinician, "accept")).status_code == 200

    def quote(self, number: int = 0, **more: Any) -> dict[str, Any]:
        return {
            "offer_id": str(self.offer.offer.id),
            "offer_version": self.offer.offer.version,
            "starts_at": self.offer.starts[number].isoformat(),
            "currency": "EUR",
            "lines": [{"kind": "mandatory", "label": "All of it", "amount": 90_000}],
            "deposit": 9_000,
            **more,
        }

    async def quoted(self, number: int = 0) -> str:
        """Bring the referral to an open quote and return its id."""
        await self.accepted()
        answer = await self.act(self.coordinator, "quotes", self.quote(number))
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["quotes"][0]["id"])

    async def choose(self, quote_id: str) -> dict[str, Any]:
        """Accept a quote as the patient and return the booking that holds its time."""
        version = await self.version(self.patient)
        answer = await self.patient.client.post(
            f"/v1/quotes/{quote_id}/accept", headers={"If-Match": f'"{version}"'}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["booking"])

    async def status(self) -> str:
        """Return where the referral stands, as its patient sees it."""
        return str((await self.patient.client.get(self.address)).json()["status"])


async def story_of(person: Any) -> Story:
    """Make the people of one story, and the doctor's draft."""
    coordinator = await person(Role.COORDINATOR)
    clinician = await person(Role.CLINICIAN, organisation=coordinator.organisation_id)
    offer = await bookable(coordinator.organisation_id)
    patient, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    path = f"/v1/patients/{patient.patient_id}/care-codes"
    code = (await patient.client.post(path)).json()["code"]
    await doctor.client.post("/v1/care-relations", json={"code": code})
    case = await doctor.client.post(
        "/v1/cases",
        json={"patient_id": str(patient.patient_id), "treatment": offer.offer.treatment.code},
    )
    assert case.status_code == 201, case.text
    referral = await doctor.client.post(
        "/v1/referrals",
        json={
            "case_id": case.json()["id"],
            "facility_id": str(offer.facility_id),
            "letter": LETTER,
            "declares_no_interest": True,
        },
    )
    assert referral.status_code == 201, referral.text
    return Story(patient, doctor, coordinator, clinician, offer, referral.json())
