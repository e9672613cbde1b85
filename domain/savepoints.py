"""Operations inside operations: each can be undone alone, for as few round trips as possible.

A savepoint and its release cost a round trip each, and most operations inside others only read.
So a savepoint is set when the first write comes, one for all operations under way that have none,
and released together with the next one that is set, or by the commit.
"""

import contextlib
from collections.abc import AsyncIterator

import asyncpg

from domain.actor import Actor


class Transaction:
    """The open transaction of the running operation; Piccolo's queries join it."""

    def __init__(self, connection: asyncpg.Connection, actor: Actor) -> None:
        self.connection = connection
        self.actor = actor
        self._number = 0
        self._inside: list[str | None] = []
        self._ended: str | None = None

    @contextlib.asynccontextmanager
    async def inside(self, actor: Actor) -> AsyncIterator[None]:
        """Run the body as `actor`, undo what it wrote if it raises, then be the outer actor again.

        A failed read is not undone: after one, PostgreSQL refuses the whole transaction.
        """
        outer, switches = self.actor, actor is not self.actor
        self._inside.append(None)
        self.actor = actor
        try:
            if switches:
                await self._set_savepoint(context(actor))
            yield
        except BaseException:
            if (name := self._inside.pop()) is not None:
                self._ended = None
                with contextlib.suppress(asyncpg.InterfaceError, OSError):
                    await self.connection.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        else:
            if (name := self._inside.pop()) is not None and name not in self._inside:
                self._ended = name
            if switches:
                await self.connection.execute(self._release() + context(outer))
        finally:
            self.actor = outer

    async def before(self, statement: str) -> None:
        """Make ready for a statement: whoever is about to write must be able to be undone."""
        if None in self._inside and statement.lstrip()[:6].upper() != "SELECT":
            await self._set_savepoint()

    async def _set_savepoint(self, further: str = "") -> None:
        self._number += 1
        name = f"s{self._number}"
        # Noted first: the statement itself passes here again.
        self._inside = [each or name for each in self._inside]
        await self.connection.execute(f"{self._release()}SAVEPOINT {name};{further}")

    def _release(self) -> str:
        ended, self._ended = self._ended, None
        return f"RELEASE SAVEPOINT {ended};" if ended else ""


def context(actor: Actor) -> str:
    """Return the statement that tells row-level security who is asking.

    The values are identifiers and codes of ours, never a caller's text, and are quoted all the
    same: the statement travels with BEGIN, which takes no parameters.
    """
    values = {
        "kind": actor.kind.value,
        "account": actor.account_id,
        "organisation": actor.organisation_id,
        "country": actor.jurisdiction,
        "role": actor.role.value if actor.role else None,
        "client": actor.client_id,
        "scopes": " ".join(sorted(actor.scopes)),
    }
    calls = ", ".join(
        f"set_config('shifayol.{name}', '{str(value or '').replace(chr(39), '')}', true)"
        for name, value in values.items()
    )
    return f"SELECT {calls}"
