"""Runs m0026_credentials_invariants.sql, then drops the columns whose content it has moved."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.schema import run_invariants

ID = "m0026_credentials_invariants"
VERSION = "1.38.0"
DESCRIPTION = "invariants"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="shifayol", description=DESCRIPTION)

    async def run():
        await run_invariants(ID)

    # Piccolo runs this before the columns go.
    manager.add_raw(run)
    for table_class, table, column in (
        ("Credential", "credential", "status_before"),
        ("Accreditor", "accreditor", "recognised_by"),
        ("Accreditor", "accreditor", "recognised_from"),
        ("Accreditor", "accreditor", "recognised_to"),
    ):
        manager.drop_column(
            table_class_name=table_class,
            tablename=table,
            column_name=column,
            db_column_name=column,
        )
    return manager
