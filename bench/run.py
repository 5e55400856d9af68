#!/usr/bin/env python3
"""Postbus beside its peers, in one run: medians of several rounds, and ratios.

Each round starts every stack anew on free ports of 127.0.0.1 with fresh data, so that a slow minute of
the machine falls on all of them. Usage: run.py BIN BENCH_BIN OUT [--rounds N] [--seconds N]
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from stack import HERE, Stack, children_of, cpu_seconds, free_port, pss_mb, wait_for, wrk

USERS = '[{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}]'


def series(url, seconds):
    wrk(url, 16, 1)  # warm
    return {f"get {n}": wrk(url, n, seconds) for n in (1, 64, 256)}


def with_cost(url, connections, seconds, pids, script="get_users.lua"):
    before = cpu_seconds(pids)
    result = wrk(url, connections, seconds, script)
    result["cpu_us"] = (cpu_seconds(pids) - before) * 1e6 / max(result["rate"] * seconds, 1)
    return result


def postbus(bin_dir, folder, seconds):
    with Stack(folder) as stack:
        began = time.monotonic()
        up = stack.start_postbus(bin_dir)
        url = up.url + "/users"
        assert wait_for(url) == USERS
        ready_s = time.monotonic() - began
        time.sleep(1)
        pids = up.pids()
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


def scaled(bin_dir, folder, seconds, workers):
    """Orders, with that many workers: what a request costs all processes together."""
    with Stack(folder) as stack:
        up = stack.start_postbus(bin_dir, "--scale", f"orders={workers}")
        wait_for(up.url + "/orders/1")
        wrk(up.url + "/orders/1", 16, 1)
        return {
            "read": with_cost(up.url + "/orders/1", 64, seconds, up.pids()),
            "write": with_cost(up.url + "/orders", 64, seconds, up.pids(), "post_orders.lua"),
        }


def crowded(bin_dir, bench_dir, folder, seconds, services):
    """GET /users, among that many other services that are registered and idle."""
    with Stack(folder) as stack:
        up = stack.start_postbus(bin_dir)
        wait_for(up.url + "/users")
        if services:
            stack.start(bench_dir / "bus-crowd", "--bus", up.bus, "--services", services)
            wait_for(f"{up.url}/crowd/{services}")
        wrk(up.url + "/users", 16, 1)
        return {"read": with_cost(up.url + "/users", 64, seconds, up.pids())}


def express(modules, folder, seconds):
    front, back = free_port(), free_port()
    with Stack(folder) as stack:
        stack.start("node", HERE / "express" / "service.js", back, env={**os.environ, "NODE_PATH": modules})
        stack.start("node", HERE / "express" / "gateway.js", front, back,
                    env={**os.environ, "NODE_PATH": modules})
        url = f"http://127.0.0.1:{front}/users"
        wait_for(url)
        return series(url, seconds)


def bus_alone(bin_dir, bench_dir, folder, seconds, in_flight=(1, 64, 400)):
    where = f"tcp://127.0.0.1:{free_port(2)}"
    with Stack(folder) as stack:
        stack.start(bin_dir / "postbus-broker", "--bus", where)
        stack.start(bench_dir / "bus-echo", "--bus", where)
        time.sleep(0.5)
        out = {}
        for n in in_flight:
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


def bad_answers(rounds):
    """Which series had answers that were not 2xx, or failed."""
    found = {}
    for results in rounds:
        for peer, all_series in results.items():
            for what, figures in all_series.items():
                if figures.get("bad"):
                    found[f"{peer}, {what}"] = found.get(f"{peer}, {what}", 0) + figures["bad"]
    return "; ".join(f"{where}: {count}" for where, count in found.items()) or "none"


def cost_table(rounds):
    peers = [("1 order worker", "orders 1"), ("4 order workers", "orders 4"),
             ("2 services", "crowd 0"), ("200 services more", "crowd 200")]
    lines = ["| 64 connections | requests/s | CPU µs a request |", "|---|---|---|"]
    for title, peer in peers:
        for what, name in (("read", "GET /orders/1" if "orders" in peer else "GET /users"),
                           ("write", "POST /orders")):
            rate, cpu = (median(rounds, peer, what, figure) for figure in ("rate", "cpu_us"))
            if rate is not None:
                lines.append(f"| {name}, {title} | {rate:,.0f} | {cpu:.1f} |")
    return "\n".join(lines)


def machine():
    model = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text("ascii"), re.M)
    return (f"{os.cpu_count()} cores ({model.group(1) if model else platform.machine()}), "
            f"{platform.system()} {platform.release().split('-')[0]}")


def report(rounds, arguments):
    http = [(f"GET /users, {n} connections, requests/s", f"get {n}", "rate") for n in (1, 64, 256)]
    http += [("GET /users, 1 connection, p50 µs", "get 1", "p50"),
             ("GET /users, 64 connections, CPU µs a request", "get 64", "cpu_us"),
             ("POST /users, 256 connections, durable, requests/s", "post 256", "rate")]
    calls = [(f"request/reply, 100 bytes, {n} in flight, calls/s", f"call {n}", "rate") for n in (1, 64, 400)]
    calls += [("request/reply, 1 in flight, p50 µs", "call 1", "p50")]
    post = median(rounds, "Postbus", "post 256", "rate") / median(rounds, "Postbus", "get 256", "rate")
    return "\n\n".join([
        "# Postbus beside its peers",
        f"{machine()}; medians of {arguments.rounds} rounds of "
        f"{arguments.seconds} s a series; {time.strftime('%Y-%m-%d')}; command: `./dev bench`. "
        "The load generator (wrk, one thread) shares the cores.",
        table(rounds, ["Postbus", "nginx", "Express"], http, "nginx"),
        table(rounds, ["Postbus bus", "NATS"], calls, "NATS").replace("Postbus / NATS", "bus / NATS"),
        cost_table(rounds),
        "\n".join([
            f"- POST / GET at 256 connections: {post:.2f}",
            f"- idle stack, proportional set size: {median(rounds, 'Postbus', 'idle', 'mb'):.1f} MB",
            f"- from start to the first answer: {median(rounds, 'Postbus', 'idle', 'ready_s'):.2f} s",
            f"- answers that were not 2xx, or failed: {bad_answers(rounds)}",
        ]),
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
        "orders 1": lambda d: scaled(bin_dir, d, arguments.seconds, 1),
        "orders 4": lambda d: scaled(bin_dir, d, arguments.seconds, 4),
        "crowd 0": lambda d: crowded(bin_dir, bench_dir, d, arguments.seconds, 0),
        "crowd 200": lambda d: crowded(bin_dir, bench_dir, d, arguments.seconds, 200),
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
