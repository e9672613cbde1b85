"""Migrations that make tables and then say what Piccolo cannot: all of it, or nothing."""

import asyncpg
import pytest
from piccolo.columns.column_types import UUID

from api.postgres import DatabaseUrls
from domain import schema
from domain.db import DB


@pytest.mark.parametrize("sql", ["ALTER TABLE made_up ADD CHECK (id IS NOT NULL)", "SELECT 1/0"])
async def test_tables_and_invariants_come_together_or_not_at_all(
    urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    monkeypatch.setattr(DB, "pool", None)  # that of the application, which a deployer has not
    monkeypatch.setattr(schema, "_sql", lambda _: sql)
    migration = schema.TablesThenInvariants(
        migration_id="m_made_up", app_name="shifayol", description="for a test"
    )
    migration.add_table("MadeUp", "made_up")
    migration.add_column(
        "MadeUp", "made_up", "id", "id", column_class=UUID, params={"primary_key": True}
    )
    owner = await asyncpg.connect(urls.owner)
    try:
        async with DB.as_owner(urls.owner):
            if "0" in sql:
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await migration.run()
            else:
                await migration.run()
        made = await owner.fetchval("SELECT to_regclass('made_up') IS NOT NULL")
        assert made is ("0" not in sql)
    finally:
        await owner.execute("DROP TABLE IF EXISTS made_up")
        await owner.close()
