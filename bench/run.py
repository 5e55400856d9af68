#!/usr/bin/env python3
"""Postbus beside its peers, in one run: medians of several rounds, and ratios.

Each round starts every stack anew on free ports of 127.0.0.1 with fresh data, so that a slow minute of
the machine falls on all of them. Usage: run.py BIN BENCH_BIN OUT [--rounds N] [--seconds N]
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
USERS = '[{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}]'


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


def wait_for(url, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return answer.read().decode()
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"bench: {url} did not answer within {seconds} s")


def wrk(url, connections, seconds, script="get_users.lua"):
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
                          str(HERE / script), url], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    value, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", out).groups()
    bad = int(re.search(r"bad=(\d+)", out).group(1))
    return {"rate": rate, "p50": float(value) * {"us": 1, "ms": 1e3, "s": 1e6}[unit], "bad": bad}


def series(url, seconds):
    wrk(url, 16, 1)  # warm
    return {f"get {n}": wrk(url, n, seconds) for n in (1, 64, 256)}


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


def with_cost(url, connections, seconds, pids):
    before = cpu_seconds(pids)
    result = wrk(url, connections, seconds)
    result["cpu_us"] = (cpu_seconds(pids) - before) * 1e6 / max(result["rate"] * seconds, 1)
    return result


def postbus(bin_dir, folder, seconds):
    http, bus = free_port(), free_port(2)
    with Stack(folder) as stack:
        began = time.monotonic()
        up = stack.start(bin_dir / "postbus", "up", "--http", f"127.0.0.1:{http}", "--bus",
                         f"tcp://127.0.0.1:{bus}", "--data", os.path.join(folder, "data"))
        url = f"http://127.0.0.1:{http}/users"
        assert wait_for(url) == USERS
        ready_s = time.monotonic() - began
        time.sleep(1)
        pids = [up.pid, *children_of(up.pid)]
        idle_mb = pss_mb(pids)
        result = series(url, seconds)
        result["get 64"] = with_cost(url, 64, seconds, pids)
        result["post 256"] = wrk(url, 256, seconds, "post_users.lua")
        result["idle"] = {"mb": idle_mb, "ready_s": ready_s}
        return result


def nginx(bench_dir, folder, seconds):
    front, back = free_port(), free_port()
    conf = os.path.join(folder, "nginx.conf")
    template = (HERE / "nginx.conf").read_text(encoding="ascii")
    pathlib.Path(conf).write_text(template.replace("@FRONT@", str(front)).replace("@BACK@", str(back))
                                  .replace("@DIR@", folder), encoding="ascii")
    with Stack(folder) as stack:
        floor = stack.start(bench_dir / "http-floor", back, USERS)
        master = stack.start("nginx", "-p", folder, "-c", conf, "-e", os.path.join(folder, "error.log"))
        url = f"http://127.0.0.1:{front}/users"
        assert wait_for(url) == USERS
        pids = [floor.pid, master.pid, *children_of(master.pid)]
        result = series(url, seconds)
        result["get 64"] = with_cost(url, 64, seconds, pids)
        return result


def express(modules, folder, seconds):
    front, back = free_port(), free_port()
    with Stack(folder) as stack:
        stack.start("node", HERE / "express" / "service.js", back, env={**os.environ, "NODE_PATH": modules})
        stack.start("node", HERE / "express" / "gateway.js", front, back,
                    env={**os.environ, "NODE_PATH": modules})
        url = f"http://127.0.0.1:{front}/users"
        wait_for(url)
        return series(url, seconds)


def bus_alone(bin_dir, bench_dir, folder, seconds):
    where = f"tcp://127.0.0.1:{free_port(2)}"
    with Stack(folder) as stack:
        stack.start(bin_dir / "postbus-broker", "--bus", where)
        stack.start(bench_dir / "bus-echo", "--bus", where)
        time.sleep(0.5)
        out = {}
        for n in (1, 64, 400):
            line = subprocess.run([bench_dir / "bus-load", "--bus", where, "--in-flight", str(n),
                                   "--seconds", str(seconds)], capture_output=True, text=True, check=True)
            got = json.loads(line.stdout)
            out[f"call {n}"] = {"rate": got["per_second"], "p50": got["p50_us"], "bad": got["errors"]}
        return out


def nats(bench_dir, folder, seconds):
    port = free_port()
    with Stack(folder) as stack:
        stack.start("nats-server", "-a", "127.0.0.1", "-p", port)
        time.sleep(0.5)
        url = f"nats://127.0.0.1:{port}"
        stack.start(bench_dir / "nats-echo", url)
        time.sleep(0.5)
        out = {}
        for n in (1, 64, 400):
            line = subprocess.run([bench_dir / "nats-load", url, str(n), str(seconds), "100"],
                                  capture_output=True, text=True, check=True)
            got = json.loads(line.stdout)
            out[f"call {n}"] = {"rate": got["per_second"], "p50": got["p50_us"], "bad": got["errors"]}
        return out


def median(rounds, peer, what, figure):
    values = [r[peer][what][figure] for r in rounds if figure in r.get(peer, {}).get(what, {})]
    return statistics.median(values) if values else None


def table(rounds, peers, rows, reference):
    lines = ["| | " + " | ".join(peers) + f" | Postbus / {reference} |",
             "|---" * (len(peers) + 2) + "|"]
    for title, what, figure in rows:
        cells = [median(rounds, p, what, figure) for p in peers]
        mine, other = median(rounds, peers[0], what, figure), median(rounds, reference, what, figure)
        ratio = f"{mine / other:.2f}" if mine is not None and other else "–"
        lines.append(f"| {title} | " + " | ".join("–" if c is None else f"{c:,.0f}" for c in cells)
                     + f" | {ratio} |")
    return "\n".join(lines)


def report(rounds, arguments):
    model = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text("ascii"), re.M)
    http = [(f"GET /users, {n} connections, requests/s", f"get {n}", "rate") for n in (1, 64, 256)]
    http += [("GET /users, 1 connection, p50 µs", "get 1", "p50"),
             ("GET /users, 64 connections, CPU µs a request", "get 64", "cpu_us"),
             ("POST /users, 256 connections, durable, requests/s", "post 256", "rate")]
    calls = [(f"request/reply, 100 bytes, {n} in flight, calls/s", f"call {n}", "rate") for n in (1, 64, 400)]
    calls += [("request/reply, 1 in flight, p50 µs", "call 1", "p50")]
    bad = sum(s["bad"] for r in rounds for p in r.values() for s in p.values() if "bad" in s)
    post = median(rounds, "Postbus", "post 256", "rate") / median(rounds, "Postbus", "get 256", "rate")
    return "\n\n".join([
        "# Postbus beside its peers",
        f"{os.cpu_count()} cores ({model.group(1) if model else platform.machine()}), "
        f"{platform.system()} {platform.release()}; medians of {arguments.rounds} rounds of "
        f"{arguments.seconds} s a series; {time.strftime('%Y-%m-%d')}; command: `./dev bench`. "
        "The load generator (wrk, one thread) shares the cores.",
        table(rounds, ["Postbus", "nginx", "Express"], http, "nginx"),
        table(rounds, ["Postbus bus", "NATS"], calls, "NATS").replace("Postbus / NATS", "bus / NATS"),
        f"- POST / GET at 256 connections: {post:.2f}",
        f"- idle stack, proportional set size: {median(rounds, 'Postbus', 'idle', 'mb'):.1f} MB",
        f"- from start to the first answer: {median(rounds, 'Postbus', 'idle', 'ready_s'):.2f} s",
        f"- answers that were not 2xx, or failed, over all series: {bad}",
    ]) + "\n"


def install_express():
    """Node's packages go to a folder of their own, kept between runs."""
    folder = HERE.parent / "build" / "express"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "express" / "package.json", folder)
    if not (folder / "node_modules" / "express").exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    return str(folder / "node_modules")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("bench_bin", type=pathlib.Path, help="folder of the load generators and peers")
    parser.add_argument("out", type=pathlib.Path, help="file for the table")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    modules = install_express()
    bin_dir, bench_dir = arguments.bin.resolve(), arguments.bench_bin.resolve()
    runs = {
        "Postbus": lambda d: postbus(bin_dir, d, arguments.seconds),
        "nginx": lambda d: nginx(bench_dir, d, arguments.seconds),
        "Express": lambda d: express(modules, d, arguments.seconds),
        "Postbus bus": lambda d: bus_alone(bin_dir, bench_dir, d, arguments.seconds),
        "NATS": lambda d: nats(bench_dir, d, arguments.seconds),
    }
    rounds = []
    for number in range(arguments.rounds):
        results = {}
        for name, run in runs.items():
            print(f"round {number + 1} of {arguments.rounds}: {name}", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(prefix="postbus-bench-") as folder:
                os.chmod(folder, 0o755)
                results[name] = run(folder)
        rounds.append(results)
    text = report(rounds, arguments)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"written to {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
