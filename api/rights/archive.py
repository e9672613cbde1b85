"""An export as one ZIP archive, written while it is being sent, so that its size costs nothing."""

import re
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, cast

import msgspec

from domain.actor import Actor
from domain.errors import DomainError
from domain.files import service as files
from domain.files.types import FileView
from domain.rights.export import Export


class _Pipe:
    """Takes what the archive writes and gives it on; nothing is ever read or sought."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._written = 0

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Do nothing: `taken` gives everything on."""

    def taken(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


async def archived(actor: Actor, export: Export) -> AsyncIterator[bytes]:
    """Yield the archive: a JSON file for each part, and the files under `files/`.

    A file that cannot be read any more is named in `files/unreadable.json`; the rest is not lost.
    """
    pipe, unreadable = _Pipe(), []
    at = datetime.fromisoformat(str(export.parts["index"]["exported_at"])).timetuple()[:6]
    with zipfile.ZipFile(cast(Any, pipe), "w") as archive:
        for name, part in export.parts.items():
            text = msgspec.json.format(msgspec.json.encode(part), indent=1)
            archive.writestr(_entry(f"{name}.json", at), text)
            yield pipe.taken()
        for file in export.files:
            try:
                content = await files.read_content(actor, file.id)
            except DomainError as error:
                unreadable.append({"file": file.id, "problem": error.code})
                continue
            with archive.open(_entry(_name(file), at), "w", force_zip64=True) as entry:
                async for chunk in content.chunks:
                    entry.write(chunk)
                    yield pipe.taken()
        if unreadable:
            archive.writestr(_entry("files/unreadable.json", at), msgspec.json.encode(unreadable))
    yield pipe.taken()


def _entry(name: str, at: tuple[int, ...]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, cast(Any, at))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _name(file: FileView) -> str:
    # The id keeps names apart and the name harmless where archives are unpacked.
    harmless = re.sub(r"[^\w.-]", "_", file.name)[-100:]
    return f"files/{file.id}-{harmless}"
