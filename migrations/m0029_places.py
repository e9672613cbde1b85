"""Makes room for what a position is of, then runs m0029_places.sql."""

from piccolo.columns.column_types import Text
from piccolo.columns.indexes import IndexMethod

from domain.schema import TablesThenInvariants


ID = "m0029_places"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards():
    manager = TablesThenInvariants(
        migration_id=ID, app_name="shifayol", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="Facility",
        tablename="facility",
        column_name="position_of",
        db_column_name="position_of",
        column_class_name="Text",
        column_class=Text,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    return manager
