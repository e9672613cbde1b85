"""What every process of ours opens before it works: logs, keys, the database, the worker."""

import asyncio
import contextlib
import gc
from types import TracebackType
from typing import Self

from opentelemetry.sdk.trace import TracerProvider

from api.logs import configure_logs
from api.tracing import start_tracing
from api.worker import run_worker
from domain.actor import SYSTEM
from domain.availability.calendar_fetching import HttpCalendars, use_calendars
from domain.db import DB, check_role
from domain.files.scanners import ClamAv, NoScanner, use_scanner
from domain.files.stores import LocalStore, ObjectStore, S3Store, use_store
from domain.identity.eid.configuration import OidcSettings, read_eid_settings
from domain.identity.eid.oidc import OidcProvider
from domain.identity.eid.oneid import OneIdProvider
from domain.identity.eid.providers import EidProvider, use_eid_providers
from domain.identity.relying_party import RelyingParty, use_relying_party
from domain.keys.provider import FileKeys
from domain.keys.rotation import require_own_database
from domain.keys.service import use_provider
from domain.notifications.mail import FolderMailer, Mailer, SmtpMailer, use_mailer
from domain.notifications.nudges import GatewayNudger, NoNudger, use_nudger
from domain.payments.demo_gateway import DemoGateway
from domain.payments.gateways import use_gateway
from domain.payments.stripe_gateway import StripeGateway
from domain.rights.erasure_log import ErasureLog, use_erasure_log
from domain.schema import pending
from domain.search import service as search
from domain.settings import Settings, SettingsError
from domain.webhooks.sending import Sender, use_sender


def configure(settings: Settings) -> None:
    """Set up logs, keys, files and the payment gateway; development makes its first keys itself.

    Without Stripe's keys the built-in demo gateway is used, which production settings refuse.
    """
    configure_logs(settings.log_level)
    if not (settings.key_dir / "current").exists() and not settings.production:
        FileKeys.create(settings.key_dir)
    use_provider(FileKeys(settings.key_dir))
    use_store(_store(settings))
    use_scanner(ClamAv(settings.clamav) if settings.clamav else NoScanner())
    use_erasure_log(ErasureLog(settings.erasure_log))
    use_mailer(_mailer(settings))
    use_nudger(
        GatewayNudger(settings.nudge_url, settings.nudge_token)
        if settings.nudge_url and settings.nudge_token
        else NoNudger()
    )
    use_sender(Sender(loopback=not settings.production))
    use_calendars(HttpCalendars(settings.calendar_hosts, production=settings.production))
    use_relying_party(RelyingParty.of(settings.public_url))
    use_eid_providers(_eid_providers(settings))
    if settings.stripe_secret_key and settings.stripe_webhook_secret:
        use_gateway(
            StripeGateway(
                settings.stripe_secret_key,
                settings.stripe_webhook_secret,
                settings.stripe_api_base,
                settings.stripe_api_version,
            )
        )
    else:
        use_gateway(DemoGateway())


def _mailer(s: Settings) -> Mailer:
    """Return the mail server of the settings, or the folder that stands for it in development."""
    if not (s.smtp_host and s.mail_from):
        return FolderMailer(s.data_dir / "mail")
    return SmtpMailer(
        s.smtp_host, s.smtp_port, s.mail_from,
        user=s.smtp_user, password=s.smtp_password, plain=s.smtp_plain,
    )  # fmt: skip


def _eid_providers(s: Settings) -> list[EidProvider]:
    """Return the providers of electronic identity of the settings' file, if one is named."""
    if s.eid_providers is None:
        return []
    found: list[EidProvider] = []
    for key, each in read_eid_settings(s.eid_providers, production=s.production).items():
        back = f"{s.public_url}/eid/{key}/return"
        if isinstance(each, OidcSettings):
            found.append(OidcProvider(key, each, back))
        else:
            found.append(OneIdProvider(key, each, back))
    return found


def _store(s: Settings) -> ObjectStore:
    """Return the bucket of the settings, which name all of it or nothing, or our own folder."""
    if not (
        s.s3_endpoint and s.s3_bucket and s.s3_region and s.s3_access_key_id
        and s.s3_secret_access_key
    ):  # fmt: skip
        return LocalStore(s.data_dir / "files")
    return S3Store(
        s.s3_endpoint, s.s3_bucket, s.s3_region, s.s3_access_key_id, s.s3_secret_access_key
    )


class Runtime:
    """An open database, and the worker and the search index beside it when the settings say so."""

    def __init__(self, settings: Settings, *, worker: bool | None = None, size: int = 0) -> None:
        self._settings = settings
        self._worker = settings.worker_inside if worker is None else worker
        # Whoever says whether to work is a command, and answers no searches.
        self._index = settings.search_index and worker is None
        self._size = size or settings.pool_size
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._tracing: TracerProvider | None = None
        self.migrations = "ok"

    async def __aenter__(self) -> Self:
        if self._settings.database_url is None:
            raise SettingsError("DATABASE_URL is not set and no embedded PostgreSQL was started")
        configure(self._settings)
        # What was loaded stays; looking through it again would hold every answer up by 0.1 s.
        gc.freeze()
        self._tracing = start_tracing(self._settings.otlp_endpoint)
        await DB.open(self._settings.database_url, size=self._size)
        await check_role()
        if missing := await pending(self._settings.database_url):
            self.migrations = f"not yet run: {', '.join(missing)} (python -m api migrate)"
            return self
        await require_own_database(SYSTEM)
        if self._worker:
            self._tasks.append(asyncio.create_task(run_worker(self._settings, self._stop)))
        if self._index:
            self._tasks.append(asyncio.create_task(search.follow_changes(self._stop)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._stop.set()
        for task in self._tasks:
            # A job in the middle of a slow call is cut off: its event comes again.
            with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(task, 10)
        await DB.close()
        if self._tracing is not None:
            await asyncio.to_thread(self._tracing.shutdown)
