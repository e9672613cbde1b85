"""Everything a deployment may choose, read once from the environment into one frozen struct."""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import msgspec


class Mode(StrEnum):
    """Development trusts the loopback address; production trusts nobody."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsError(Exception):
    """The environment does not describe a deployment we may start; the text says what to change."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment's choices; see the configuration table in the README."""

    mode: Mode = Mode.DEVELOPMENT
    host: str = "localhost"
    port: int = 8400
    data_dir: Path
    database_url: str | None = None
    migration_database_url: str | None = None
    public_url: str
    key_dir: Path
    erasure_log: Path
    worker_inside: bool = True
    search_index: bool = True
    pool_size: int = 16
    log_level: str = "info"
    rate_limits: bool = True
    metrics_token: str | None = None
    otlp_endpoint: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    stripe_secret_key: str | None = None
    stripe_webhook_secret: str | None = None
    stripe_publishable_key: str | None = None
    stripe_api_base: str = "https://api.stripe.com"
    stripe_api_version: str = "2026-10-28.endive"
    s3_endpoint: str | None = None
    s3_bucket: str | None = None
    s3_region: str | None = None
    s3_access_key_id: str | None = None
    s3_secret_access_key: str | None = None
    clamav: str | None = None
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_user: str | None = None
    smtp_password: str | None = None
    smtp_plain: bool = False
    mail_from: str | None = None
    nudge_url: str | None = None
    nudge_token: str | None = None
    eid_providers: Path | None = None
    calendar_hosts: tuple[str, ...] = ()

    @property
    def production(self) -> bool:
        """Tell whether this deployment serves real people."""
        return self.mode is Mode.PRODUCTION

    @property
    def embedded_database(self) -> bool:
        """Tell whether we run PostgreSQL ourselves."""
        return self.database_url is None


def default_data_dir(environment: Mapping[str, str]) -> Path:
    """Return the per-user data folder (XDG Base Directory); root's is /var/lib/shifayol."""
    if os.geteuid() == 0:
        return Path("/var/lib/shifayol")
    home = environment.get("XDG_DATA_HOME") or Path(environment.get("HOME", "~")).expanduser() / (
        ".local/share"
    )
    return Path(home) / "shifayol"


def read_settings(
    environment: Mapping[str, str] | None = None, *, before_keys: bool = False
) -> Settings:
    """Read the settings from the environment; raises SettingsError with every complaint at once.

    `before_keys` is for the command that makes a production deployment's first keys.
    """
    env = os.environ if environment is None else environment
    complaints: list[str] = []

    def text(name: str) -> str | None:
        return env.get(name, "").strip() or None

    def number(name: str, default: int, low: int, high: int) -> int:
        raw = text(name)
        if raw is None:
            return default
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
            complaints.append(f"{name} must be a whole number from {low} to {high}")
            return default
        return int(raw)

    def switch(name: str, default: bool) -> bool:
        raw = (text(name) or "").lower()
        if raw in ("", "1", "true", "yes", "0", "false", "no"):
            return default if raw == "" else raw in ("1", "true", "yes")
        complaints.append(f"{name} must be true or false")
        return default

    mode = Mode.DEVELOPMENT
    if (raw_mode := text("SHIFAYOL_MODE")) is not None:
        if raw_mode in {m.value for m in Mode}:
            mode = Mode(raw_mode)
        else:
            complaints.append("SHIFAYOL_MODE must be development or production")
    port = number("SHIFAYOL_PORT", 8400, 1, 65535)
    host = text("SHIFAYOL_HOST") or "localhost"
    data_dir = Path(text("SHIFAYOL_DATA_DIR") or default_data_dir(env)).expanduser().absolute()
    settings = Settings(
        mode=mode,
        host=host,
        port=port,
        data_dir=data_dir,
        database_url=text("DATABASE_URL"),
        migration_database_url=text("MIGRATION_DATABASE_URL"),
        public_url=(text("SHIFAYOL_PUBLIC_URL") or f"http://localhost:{port}").rstrip("/"),
        key_dir=Path(text("SHIFAYOL_KEY_DIR") or data_dir / "keys").expanduser().absolute(),
        erasure_log=Path(text("SHIFAYOL_ERASURE_LOG") or data_dir / "erasure-log.jsonl")
        .expanduser()
        .absolute(),
        worker_inside=switch("SHIFAYOL_WORKER_INSIDE", True),
        search_index=switch("SHIFAYOL_SEARCH_INDEX", True),
        pool_size=number("SHIFAYOL_POOL_SIZE", 16, 2, 200),
        log_level=(text("SHIFAYOL_LOG_LEVEL") or "info").lower(),
        metrics_token=text("SHIFAYOL_METRICS_TOKEN"),
        otlp_endpoint=(text("SHIFAYOL_OTLP_ENDPOINT") or "").rstrip("/") or None,
        rate_limits=switch("SHIFAYOL_RATE_LIMITS", True),
        trusted_proxies=tuple(
            part.strip() for part in (text("SHIFAYOL_TRUSTED_PROXIES") or "").split(",") if part
        ),
        stripe_secret_key=text("STRIPE_SECRET_KEY"),
        stripe_webhook_secret=text("STRIPE_WEBHOOK_SECRET"),
        stripe_publishable_key=text("STRIPE_PUBLISHABLE_KEY"),
        stripe_api_base=(text("STRIPE_API_BASE") or "https://api.stripe.com").rstrip("/"),
        stripe_api_version=text("STRIPE_API_VERSION") or "2026-10-28.endive",
        s3_endpoint=(text("SHIFAYOL_S3_ENDPOINT") or "").rstrip("/") or None,
        s3_bucket=text("SHIFAYOL_S3_BUCKET"),
        s3_region=text("SHIFAYOL_S3_REGION"),
        s3_access_key_id=text("SHIFAYOL_S3_ACCESS_KEY_ID"),
        s3_secret_access_key=text("SHIFAYOL_S3_SECRET_ACCESS_KEY"),
        clamav=text("SHIFAYOL_CLAMAV"),
        smtp_host=text("SHIFAYOL_SMTP_HOST"),
        smtp_port=number("SHIFAYOL_SMTP_PORT", 587, 1, 65535),
        smtp_user=text("SHIFAYOL_SMTP_USER"),
        smtp_password=text("SHIFAYOL_SMTP_PASSWORD"),
        smtp_plain=switch("SHIFAYOL_SMTP_PLAIN", False),
        mail_from=text("SHIFAYOL_MAIL_FROM"),
        nudge_url=text("SHIFAYOL_NUDGE_URL"),
        nudge_token=text("SHIFAYOL_NUDGE_TOKEN"),
        eid_providers=(
            Path(given).expanduser().absolute()
            if (given := text("SHIFAYOL_EID_PROVIDERS"))
            else None
        ),
        calendar_hosts=tuple(
            part.strip().lower()
            for part in (text("SHIFAYOL_CALENDAR_HOSTS") or "").split(",")
            if part.strip()
        ),
    )
    complaints += _contradictions(settings)
    if settings.production and not before_keys and not (settings.key_dir / "current").exists():
        complaints.append(
            f"there are no keys in {settings.key_dir}: make them once with "
            "`python -m api keys create`, and back that folder up apart from the database"
        )
    if complaints:
        raise SettingsError("The settings cannot be used:\n  - " + "\n  - ".join(complaints))
    return settings


def _about_files(s: Settings) -> list[str]:
    found = []
    bucket = (
        s.s3_endpoint, s.s3_bucket, s.s3_region, s.s3_access_key_id, s.s3_secret_access_key,
    )  # fmt: skip
    if any(bucket) and not all(bucket):
        found.append(
            "SHIFAYOL_S3_ENDPOINT, SHIFAYOL_S3_BUCKET, SHIFAYOL_S3_REGION, "
            "SHIFAYOL_S3_ACCESS_KEY_ID and SHIFAYOL_S3_SECRET_ACCESS_KEY are set together or not "
            "at all"
        )
    elif s.s3_endpoint and urlsplit(s.s3_endpoint).scheme not in ("http", "https"):
        found.append("SHIFAYOL_S3_ENDPOINT must be the provider's https:// address")
    elif s.s3_endpoint and s.production and urlsplit(s.s3_endpoint).scheme != "https":
        found.append("SHIFAYOL_S3_ENDPOINT must be an https:// address in production")
    port = (s.clamav or "").rpartition(":")[2]
    if s.clamav and not s.clamav.startswith("/") and not (":" in s.clamav and port.isdecimal()):
        found.append("SHIFAYOL_CLAMAV must be host:port, or the path of clamd's socket")
    return found


def _about_mail(s: Settings) -> list[str]:
    found = []
    if bool(s.smtp_host) != bool(s.mail_from):
        found.append("SHIFAYOL_SMTP_HOST and SHIFAYOL_MAIL_FROM are set together or not at all")
    if s.mail_from and (s.mail_from.count("@") != 1 or not s.mail_from.isprintable()):
        found.append("SHIFAYOL_MAIL_FROM must be an address, with or without a name")
    if bool(s.smtp_user) != bool(s.smtp_password):
        found.append("SHIFAYOL_SMTP_USER and SHIFAYOL_SMTP_PASSWORD are set together or not at all")
    if s.production and not s.smtp_host:
        found.append("SHIFAYOL_SMTP_HOST and SHIFAYOL_MAIL_FROM are missing: accounts need mail")
    if s.production and s.smtp_plain:
        found.append("SHIFAYOL_SMTP_PLAIN sends passwords and links readably: not in production")
    return found


def _about_nudges(s: Settings) -> list[str]:
    found = []
    if bool(s.nudge_url) != bool(s.nudge_token):
        found.append("SHIFAYOL_NUDGE_URL and SHIFAYOL_NUDGE_TOKEN are set together or not at all")
    schemes = ("https://",) if s.production else ("https://", "http://")
    if s.nudge_url and not s.nudge_url.startswith(schemes):
        found.append("SHIFAYOL_NUDGE_URL must be the gateway's https:// address")
    return found


def _contradictions(s: Settings) -> list[str]:
    found = []
    if s.log_level not in ("debug", "info", "warning", "error"):
        found.append("SHIFAYOL_LOG_LEVEL must be debug, info, warning or error")
    if s.otlp_endpoint and not s.otlp_endpoint.startswith(("http://", "https://")):
        found.append("SHIFAYOL_OTLP_ENDPOINT must be the collector's http:// or https:// address")
    for proxy in s.trusted_proxies:
        try:
            ip_network(proxy, strict=False)
        except ValueError:
            found.append(f"SHIFAYOL_TRUSTED_PROXIES: {proxy!r} is no address or network")
    if (s.database_url is None) != (s.migration_database_url is None):
        found.append(
            "DATABASE_URL (the application's role) and MIGRATION_DATABASE_URL (the owner's) "
            "are set together or not at all"
        )
    elif s.database_url and s.migration_database_url:
        users = {urlsplit(url).username for url in (s.database_url, s.migration_database_url)}
        if len(users) == 1:
            found.append("DATABASE_URL and MIGRATION_DATABASE_URL must name two different roles")
    if bool(s.stripe_secret_key) != bool(s.stripe_webhook_secret):
        found.append("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are set together or not at all")
    found += _about_files(s) + _about_mail(s) + _about_nudges(s)
    found += [
        f"SHIFAYOL_CALENDAR_HOSTS: {host!r} is neither host nor host:port"
        for host in s.calendar_hosts
        if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", host)
    ]
    if not s.production:
        if s.host not in ("localhost", "127.0.0.1", "::1"):
            found.append("development mode listens on the loopback address only (SHIFAYOL_HOST)")
        return found
    if not s.rate_limits:
        found.append("SHIFAYOL_RATE_LIMITS cannot be switched off in production")
    if not s.stripe_secret_key:
        found.append("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are missing")
    if urlsplit(s.public_url).scheme != "https":
        found.append("SHIFAYOL_PUBLIC_URL must be the https:// address that people will use")
    defaults = {"changeme", "secret", "password", "whsec_test", "sk_test", "postgres", "shifayol"}
    secrets = {
        "SHIFAYOL_METRICS_TOKEN": s.metrics_token,
        "STRIPE_SECRET_KEY": s.stripe_secret_key,
        "STRIPE_WEBHOOK_SECRET": s.stripe_webhook_secret,
        "the password in DATABASE_URL": s.database_url and urlsplit(s.database_url).password,
        "the password in MIGRATION_DATABASE_URL": (
            s.migration_database_url and urlsplit(s.migration_database_url).password
        ),
    }
    found += [
        f"{name} is a well-known default or too short for production"
        for name, value in secrets.items()
        if value and (value.lower() in defaults or len(value) < 12)
    ]
    return found
