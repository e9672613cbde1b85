"""Drops the columns whose content m0030_lanes has moved into pool_lane."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "m0030_lanes_moved"
VERSION = "1.38.0"
DESCRIPTION = "columns that moved"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="shifayol", description=DESCRIPTION)
    for column in ("pool_id", "lane"):
        manager.drop_column(
            table_class_name="Resource",
            tablename="resource",
            column_name=column,
            db_column_name=column,
        )
    return manager
