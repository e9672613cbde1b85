"""Keeping a file that came with a form among a patient's files."""

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

from api.web.forms import Form
from api.web.languages import N_
from domain.actor import Actor
from domain.files import service as files
from domain.files.inspection import recognised
from domain.files.types import LARGEST_DOCUMENT, DeclareFile, FileStatus

FORM_LIMIT = LARGEST_DOCUMENT + 65_536
"""The most a form with one document may have."""


async def keep_document(actor: Actor, patient_id: UUID, form: Form, name: str) -> UUID | None:
    """Keep the document in this field, once however often the form is sent; return its number.

    Complains and returns None where it is neither a PDF nor a photo. Raises what `files` raises.
    """
    content = form.files[name]
    media_type = recognised(content)
    if media_type is None:
        form.complain(name, N_("Please choose a PDF, or a photo as JPEG or PNG."))
        return None
    command = DeclareFile(
        name=form.file_names.get(name) or "document",
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    file = await files.declare_file(actor, patient_id, command, form.once(command))
    if file.status is FileStatus.UPLOADING:
        rest = content[file.received :]
        await files.append(actor, file.id, file.received, _whole(rest), len(rest))
    return file.id


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
