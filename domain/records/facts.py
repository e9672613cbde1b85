"""What a record says about the person as a whole, for those who must tell two people apart."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.db import transactional
from domain.keys.service import SubjectKind, data_key
from domain.records import queries, rules

LOINC = "http://loinc.org"
BLOOD_GROUPS = ("882-1", "883-9", "10331-7")
"""LOINC: ABO and Rh group, ABO group, Rh type."""


@transactional
async def blood_groups(system: Actor, patient_id: UUID) -> dict[str, set[str]]:
    """Return the blood groups that one file states, by LOINC code; for the system only."""
    keyring = await data_key(SubjectKind.PATIENT, patient_id)
    codes = {keyring.blind_index(f"{LOINC}|{code}"): code for code in BLOOD_GROUPS}
    found: dict[str, set[str]] = {}
    for row in await queries.coded(patient_id, list(codes)):
        body = msgspec.json.decode(keyring.open(rules.place_of(row["id"]), row["body_sealed"]))
        said = {" ".join(text.casefold().split()) for text in _values(body)}
        found.setdefault(codes[bytes(row["code_index"])], set()).update(said)
    return {code: values for code, values in found.items() if values}


def _values(observation: dict[str, Any]) -> Iterator[str]:
    """Yield the value of an observation: its code where it has one, else its words."""
    if isinstance(text := observation.get("valueString"), str):
        yield text
    concept = observation.get("valueCodeableConcept")
    if not isinstance(concept, dict):
        return
    codings = concept.get("coding")
    codes = [c.get("code") for c in codings if isinstance(c, dict)] if codings else []
    named = next((code for code in codes if isinstance(code, str)), concept.get("text"))
    if isinstance(named, str):
        yield named
