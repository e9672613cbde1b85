"""Short texts sealed under one patient's key, and read again until the key is gone."""

from uuid import UUID

from domain.keys.service import KeyDestroyed, Keyring, Place, SubjectKind, data_key
from domain.text import EmptyText, clean


class Notes:
    """The texts of one patient; after an erasure there are none, and nothing can be added."""

    def __init__(self, keyring: Keyring | None, patient_id: UUID) -> None:
        self._keyring, self._patient_id = keyring, patient_id

    def seal(self, table: str, column: str, row_id: UUID, text: str) -> bytes:
        """Seal a text for its place; raises EmptyText, and KeyDestroyed after an erasure."""
        if self._keyring is None:
            raise KeyDestroyed(subject=("patient", self._patient_id))
        if not (cleaned := clean(text)):
            raise EmptyText(fields={column: EmptyText.title})
        return self._keyring.seal_text(Place(table, column, row_id), cleaned)

    def seal_if(self, table: str, column: str, row_id: UUID, text: str | None) -> bytes | None:
        """Seal a text where there is one."""
        return None if text is None else self.seal(table, column, row_id, text)

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes | None) -> str | None:
        """Return a sealed text, None where there is none (any more)."""
        if sealed is None or self._keyring is None:
            return None
        return self._keyring.open_text(Place(table, column, row_id), sealed)


async def notes_of(patient_id: UUID) -> Notes:
    """Return what seals and opens texts about a patient inside the running operation."""
    try:
        return Notes(await data_key(SubjectKind.PATIENT, patient_id), patient_id)
    except KeyDestroyed:
        return Notes(None, patient_id)
