"""Orders from their POST to `confirmed`: over all services and back, each step durable.

Three questions on one stack: clients that each wait for the end of their order (`Prefer: wait`), a few
and many a second; then as many orders as it can take, posted without waiting. Afterwards the books are
audited, and a broken rule ends the measurement.
"""
import collections
import resource
import subprocess
import time

from stack import Stack, cpu_by_program, wait_for

ORDER = '{"user":1,"product":"Book"}'
LOOK_S = 0.02          # how often the ends are looked at
PATIENCE_S = 30        # without an end
STEADY_RATE = 200      # a second
LIGHT_RATE, LIGHT_ORDERS = 20, 200
CLIENTS = 64

Answer = collections.namedtuple("Answer", "order code sent answered state")


def post_load(bench_dir, up, path, body, **flags):
    command = [bench_dir / "post-load", "--http", up.url.removeprefix("http://"), "--path", path, "--body", body]
    for name, value in flags.items():
        command += [f"--{name}", str(value)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def answers_of(load):
    out, _ = load.communicate()
    if load.returncode != 0:
        raise SystemExit("bench: the load generator failed")
    rows = (line.split() for line in out.splitlines())
    return [Answer(int(i), int(code), int(sent) / 1e6, int(end) / 1e6, state) for i, code, sent, end, state in rows]


def percentile(values, share):
    return sorted(values)[int(share * (len(values) - 1))]


def spread_ms(seconds):
    return {"p50": percentile(seconds, 0.5) * 1e3, "p99": percentile(seconds, 0.99) * 1e3}


def see_ends(engine, orders):
    """When a reader of the orders' log saw each order confirmed: {order: Unix time}."""
    seen, at = {}, 0
    last_news = time.monotonic()
    while len(seen) < orders:
        head = int(engine.query("orders", "SELECT head FROM postbus_event_log")[0][0])
        rows = engine.query("orders", f"SELECT key FROM postbus_events WHERE seq > {at} AND seq <= {head} "
                                      "AND topic = 'orders.confirmed'")
        now, at = time.time(), head
        seen.update((int(key), now) for (key,) in rows)
        if rows:
            last_news = time.monotonic()
        elif time.monotonic() - last_news > PATIENCE_S:
            raise SystemExit(f"bench: {len(seen)} of {orders} orders were confirmed, then no more")
        time.sleep(LOOK_S)  # the looks must not be the load
    return seen


def own_cpu():
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def saturated(bench_dir, up, engine, orders):
    """All posted as fast as their connections go, without waiting for their ends."""
    already = len(see_ends(engine, 1))  # the sample order
    pids = [*up.pids(), *engine.pids()]
    before, own_before = cpu_by_program(pids), own_cpu()
    load = post_load(bench_dir, up, "/orders", ORDER, connections=CLIENTS, count=orders)
    seen = see_ends(engine, already + orders)
    answers = answers_of(load)
    after, own_after = cpu_by_program(pids), own_cpu()
    bad = sum(a.code != 201 for a in answers)
    if bad or len(answers) != orders:
        raise SystemExit(f"bench: {bad} of {len(answers)} orders were refused")
    first, last_answer = min(a.sent for a in answers), max(a.answered for a in answers)
    cpu = {name: (after[name] - before[name]) * 1e6 / orders for name in before}
    cpu["clients and observer"] = (own_after - own_before) * 1e6 / orders
    return {"rate": orders / (max(seen.values()) - first), "accepted": orders / (last_answer - first),
            **spread_ms([seen[a.order] - a.sent for a in answers])}, cpu


def waiting(bench_dir, up, rate, orders):
    """Paced orders of clients that wait for the end: what they see. One that is late delays no other."""
    load = post_load(bench_dir, up, "/orders", ORDER, connections=CLIENTS, count=orders, rate=rate,
                     field="Prefer: wait=5")
    answers = answers_of(load)
    late = sum(a.code != 201 or a.state != "confirmed" for a in answers)
    took = max(a.answered for a in answers) - min(a.sent for a in answers)
    return {"rate": len(answers) / took, "bad": late, **spread_ms([a.answered - a.sent for a in answers])}


def audit(bin_dir, up):
    found = subprocess.run([bin_dir / "postbus", "audit", "--settled", "--bus", up.bus], capture_output=True,
                           text=True, check=False)
    if found.returncode != 0:
        raise SystemExit(f"bench: the books are wrong (exit code {found.returncode}):\n{found.stdout}{found.stderr}")
    return found.stdout


def measure(bin_dir, bench_dir, folder, engine_type, orders, seconds):
    with engine_type(folder) as engine, Stack(folder) as stack:
        up = stack.start_postbus(bin_dir, env=engine.environment())
        wait_for(up.url + "/orders/1")
        waiting(bench_dir, up, STEADY_RATE, STEADY_RATE)  # warm
        out = {"light": waiting(bench_dir, up, LIGHT_RATE, LIGHT_ORDERS),
               "steady": waiting(bench_dir, up, STEADY_RATE, STEADY_RATE * seconds)}
        out["saturated"], out["cpu an order"] = saturated(bench_dir, up, engine, orders)
        audit(bin_dir, up)
        return out
