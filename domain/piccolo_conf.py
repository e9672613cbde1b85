"""Where Piccolo finds the engine and the tables (`PICCOLO_CONF=domain.piccolo_conf`)."""

from piccolo.conf.apps import AppRegistry

from domain.db import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(apps=["domain.piccolo_app"])
