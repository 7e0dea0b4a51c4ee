"""`python -m tracking.setup <user>`: the database as this version of MLflow expects it, and the users' passwords.

A process of its own, so that the memory it needs is free again when the server starts.
"""

import subprocess
import sys
from collections.abc import Mapping

from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import create_engine, inspect

from tracking.configuration import Configuration
from tracking.server import ADMIN

VERSIONED = "alembic_version"
"""The table by which MLflow knows that it has made its tables."""


def prepare(database: str, users: Mapping[str, str]) -> None:
    """Migrates what an older version made; a new database is filled by the server itself. Then sets the users.

    Args:
        users: passwords by name; the administrator is one of them.
    """
    engine = create_engine(database)
    tables = inspect(engine).get_table_names()
    engine.dispose()
    if VERSIONED in tables:
        subprocess.run([sys.executable, "-m", "mlflow", "db", "upgrade", database], check=True)  # noqa: S603
    store = SqlAlchemyStore()
    store.init_db(database)
    for name, password in users.items():
        if not store.has_user(name):
            store.create_user(name, password, is_admin=name == ADMIN)
        elif not store.authenticate_user(name, password):
            store.update_user(name, password)


if __name__ == "__main__":
    configuration = Configuration.from_env()
    prepare(configuration.database_uri(sys.argv[1]), configuration.users)
