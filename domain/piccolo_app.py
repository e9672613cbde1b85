"""The one Piccolo app: every table of the marketplace and where its migrations lie."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="shifayol",
    migrations_folder_path=str(Path(__file__).resolve().parent.parent / "migrations"),
    table_classes=table_finder(
        [
            f"domain.{capability}.tables"
            for capability in (
                "identity",
                "clients",
                "patients",
                "merges",
                "keys",
                "audit",
                "outbox",
                "idempotency",
                "limits",
                "files",
                "facilities",
                "registers",
                "duplicates",
                "profiles",
                "credentials",
                "catalogue",
                "rates",
                "search",
                "saved_searches",
                "availability",
                "cases",
                "bookings",
                "tasks",
                "waitlist",
                "aftercare",
                "payments",
                "ledger",
                "referrals",
                "consents",
                "records",
                "rights",
                "notifications",
                "webhooks",
                "calendars",
                "letters",
            )
        ]
    ),
    migration_dependencies=[],
    commands=[],
)
