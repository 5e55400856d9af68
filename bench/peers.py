"""The same questions to Postbus and to what others use: nginx, Express, NATS."""
import json
import os
import pathlib
import shutil
import subprocess
import time

from stack import (HERE, Stack, children_of, free_port, get_series, pss_mb, wait_for, with_cost, wrk)

USERS = '[{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}]'


def postbus(bin_dir, folder, seconds, engine_type):
    with engine_type(folder) as engine, Stack(folder) as stack:
        began = time.monotonic()
        up = stack.start_postbus(bin_dir, env=engine.environment())
        url = up.url + "/users"
        assert wait_for(url) == USERS
        ready_s = time.monotonic() - began
        time.sleep(1)  # what starts up is done
        pids = up.pids()
        idle_mb = pss_mb(pids)
        result = get_series(url, seconds)
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
        result = get_series(url, seconds)
        result["get 64"] = with_cost(url, 64, seconds, pids)
        return result


def express(folder, seconds):
    front, back = free_port(), free_port()
    environment = {**os.environ, "NODE_PATH": install_express()}
    with Stack(folder) as stack:
        stack.start("node", HERE / "express" / "service.js", back, env=environment)
        stack.start("node", HERE / "express" / "gateway.js", front, back, env=environment)
        url = f"http://127.0.0.1:{front}/users"
        wait_for(url)
        return get_series(url, seconds)


def install_express():
    """Node's packages go to a folder of their own, kept between runs."""
    folder = HERE.parent / "build" / "express"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "express" / "package.json", folder)
    if not (folder / "node_modules" / "express").exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    return str(folder / "node_modules")


def calls(command):
    line = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
    got = json.loads(line.stdout)
    return {"rate": got["per_second"], "p50": got["p50_us"], "bad": got["errors"]}


def bus_alone(bin_dir, bench_dir, folder, seconds, in_flight=(1, 64, 400)):
    where = f"tcp://127.0.0.1:{free_port(2)}"
    with Stack(folder) as stack:
        stack.start(bin_dir / "postbus-broker", "--bus", where)
        stack.start(bench_dir / "bus-echo", "--bus", where)
        time.sleep(0.5)  # neither says when it is there
        return {f"call {n}": calls([bench_dir / "bus-load", "--bus", where, "--in-flight", n,
                                    "--seconds", seconds]) for n in in_flight}


def nats(bench_dir, folder, seconds):
    port = free_port()
    with Stack(folder) as stack:
        stack.start("nats-server", "-a", "127.0.0.1", "-p", port)
        time.sleep(0.5)  # as above
        url = f"nats://127.0.0.1:{port}"
        stack.start(bench_dir / "nats-echo", url)
        time.sleep(0.5)  # as above
        return {f"call {n}": calls([bench_dir / "nats-load", url, n, seconds, 100]) for n in (1, 64, 400)}
