"""Runs m0014_clients_invariants.sql: what Piccolo's tables cannot say."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.schema import run_invariants

ID = "m0014_clients_invariants"
VERSION = "1.38.0"
DESCRIPTION = "invariants"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="shifayol", description=DESCRIPTION)

    async def run():
        await run_invariants(ID)

    manager.add_raw(run)
    return manager
