"""A PostgreSQL server of its own: as installed, so durable, on a free port of 127.0.0.1."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from stack import children_of, free_port, wait_until

DATABASES = ("users", "catalog", "orders", "payments", "journal")


def programs():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise SystemExit("bench: no PostgreSQL server: install `postgresql`")
    return found[-1].parent


class Session:
    """A psql that stays: asked often, it must not cost a process and a connection each time."""

    def __init__(self, url):
        self.psql = subprocess.Popen(["psql", "-XAtq", "-F", "\t", url], stdin=subprocess.PIPE, text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def query(self, sql):
        self.psql.stdin.write(f"{sql};\n\\echo end\n")
        self.psql.stdin.flush()
        rows = []
        while (line := self.psql.stdout.readline()) != "end\n":
            if not line or line.startswith(("ERROR:", "psql:")):
                raise SystemExit(f"bench: {sql}: {line or 'psql has ended'}")
            rows.append(line.rstrip("\n").split("\t"))
        return rows

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()
        self.psql.stdout.close()


class Postgres:
    """Where services keep their tables; see engine.Sqlite. Stopped by its process id."""

    name = "PostgreSQL"

    def __init__(self, _stack_folder):
        self.sessions = {}

    def __enter__(self):
        # A server refuses to run as root, and its user must reach its folder.
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self.folder = tempfile.mkdtemp(prefix="postbus-bench-pg-")
        self.server = None
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        data = os.path.join(self.folder, "data")
        self.run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
                 "--no-sync").wait()
        port = free_port()
        self.server = self.run("postgres", "-D", data, "-p", str(port), "-k", self.folder, "-h", "127.0.0.1")
        self.url = f"postgresql://postgres@127.0.0.1:{port}"
        ready = [programs() / "pg_isready", "-q", "-d", self.url]
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL", 60)
        for name in DATABASES:
            self.session("postgres").query(f"CREATE DATABASE {name}")

    def run(self, program, *arguments):
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        with open(os.path.join(self.folder, "log"), "ab") as log:
            return subprocess.Popen([programs() / program, *arguments], stdout=log, stderr=log,
                                    stdin=subprocess.DEVNULL, cwd=self.folder, process_group=0, **who)

    def environment(self):
        return {**os.environ, "POSTBUS_DB": self.url}

    def session(self, database):
        if database not in self.sessions:
            self.sessions[database] = Session(f"{self.url}/{database}")
        return self.sessions[database]

    def query(self, service, sql):
        return self.session(service).query(sql)

    def pids(self):
        return [self.server.pid, *children_of(self.server.pid)]

    def __exit__(self, *_):
        for session in self.sessions.values():
            session.close()
        if self.server:
            self.server.send_signal(signal.SIGINT)  # fast: ends what is connected
            self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
