"""What measurements share: processes that are started and stopped, wrk, and /proc."""
import contextlib
import dataclasses
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def free_port(count=1):
    """The first of `count` ports in a row that nobody listens on."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            with contextlib.ExitStack() as held:
                for n in range(count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port + n))
            return port
        except OSError:
            continue


class Stack:
    """Processes that are started together and stopped by process id."""

    def __init__(self, folder):
        self.folder = folder
        self.children = []

    def start(self, *command, **options):
        log = open(os.path.join(self.folder, f"{len(self.children)}.log"), "wb")
        self.children.append(subprocess.Popen([str(c) for c in command], stdout=log, stderr=log,
                                              stdin=subprocess.DEVNULL, cwd=self.folder, **options))
        return self.children[-1]

    def start_postbus(self, bin_dir, *flags, **options):
        http, bus = free_port(), free_port(2)
        child = self.start(bin_dir / "postbus", "up", "--http", f"127.0.0.1:{http}", "--bus",
                           f"tcp://127.0.0.1:{bus}", "--data", os.path.join(self.folder, "data"), *flags,
                           **options)
        return Postbus(child.pid, f"http://127.0.0.1:{http}", f"tcp://127.0.0.1:{bus}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.terminate()
        for child in reversed(self.children):
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@dataclasses.dataclass
class Postbus:
    """A stack that `postbus up` has started."""

    supervisor: int
    url: str
    bus: str

    def pids(self):
        return [self.supervisor, *children_of(self.supervisor)]


def wait_until(true, what, seconds=15, pause=0.02):
    """What `true` returns, once that is true. Looked at again and again, since nothing tells."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(pause)
    raise SystemExit(f"bench: {what}: not within {seconds} s")


def wait_for(url, seconds=15):
    """The body of the first 200."""

    def look():
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return answer.read().decode() if answer.status == 200 else None
        except OSError:
            return None

    return wait_until(look, f"an answer from {url}", seconds)


def wrk(url, connections, seconds, script="get_users.lua"):
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
                          str(HERE / script), url], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    value, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", out).groups()
    bad = int(re.search(r"bad=(\d+)", out).group(1))
    return {"rate": rate, "p50": float(value) * {"us": 1, "ms": 1e3, "s": 1e6}[unit], "bad": bad}


def get_series(url, seconds):
    wrk(url, 16, 1)  # warm
    return {f"get {n}": wrk(url, n, seconds) for n in (1, 64, 256)}


def with_cost(url, connections, seconds, pids, script="get_users.lua"):
    before = cpu_seconds(pids)
    result = wrk(url, connections, seconds, script)
    result["cpu_us"] = (cpu_seconds(pids) - before) * 1e6 / max(result["rate"] * seconds, 1)
    return result


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(c) for c in f.read().split()]


def pss_mb(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            total += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1))
    return total / 1024


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def name_of(pid):
    """The program's; that of a server's process that shows what it does is before the colon."""
    words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return os.path.basename(words[0].decode().split(":")[0])


def cpu_by_program(pids):
    """{program: seconds}, of all processes of that program together."""
    out = {}
    for pid in pids:
        name = name_of(pid)
        out[name] = out.get(name, 0) + cpu_seconds([pid])
    return out
