"""What the room of files tells."""

from uuid import UUID

import msgspec


class FileUploaded(msgspec.Struct, frozen=True):
    """The whole content of a file has arrived and waits for its check."""

    file_id: UUID
