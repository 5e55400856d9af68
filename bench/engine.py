"""The databases under the services, as they are and as a measurement looks into them."""
import os
import sqlite3

from postgres import Postgres


class Sqlite:
    """Where services keep their tables: by default in files of the stack's folder."""

    name = "SQLite"

    def __init__(self, stack_folder):
        self.folder = os.path.join(stack_folder, "data")
        self.sessions = {}

    def __enter__(self):
        return self

    def environment(self):
        """For the programs of the stack."""
        return dict(os.environ)

    def query(self, service, sql):
        """Rows, as they are while the stack runs. Its readers hold nobody up."""
        if service not in self.sessions:
            self.sessions[service] = sqlite3.connect(
                f"file:{self.folder}/{service}.db?mode=ro", uri=True, isolation_level=None)
        return self.sessions[service].execute(sql).fetchall()

    def pids(self):
        """Of its server, if it has one."""
        return []

    def __exit__(self, *_):
        for session in self.sessions.values():
            session.close()


ENGINES = (Sqlite, Postgres)
