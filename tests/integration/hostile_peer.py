"""A peer that means harm. Arguments: what it does, host and port of the bus, and for how many seconds.
Says `done N` in the end: so many blows, as it counts them."""
import os, random, secrets, socket, struct, sys, time, zmq

READY, REQUEST, REPLY, HEARTBEAT, CANCEL, DRAIN, DISCONNECT, WAKE, REGISTRY = range(1, 10)
QUEUE_FULL = 3
HEAD = struct.Struct("<BBBBIIIQQQ32s")
DICE = random.Random(7)
HOST, PORT, SECONDS = sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
END = time.monotonic() + SECONDS


def put(s): return struct.pack("<I", len(s)) + s.encode()


def record(kind, meta=b"", body=b"", slot=0, id=(0, 0), service=b"users/1", left=5000, version=1,
           flags=0, verdict=0, metas=None, bodies=None):
    return HEAD.pack(version, kind, flags, verdict, len(meta) if metas is None else metas,
                     len(body) if bodies is None else bodies, left, slot, *id, service) + meta + body


def records(parts):
    """Kind and error of each record in a message; large bodies are behind them, in frames of their own."""
    at = 0
    while at + HEAD.size <= len(parts[0]):
        _, kind, flags, verdict, meta, body, *_ = HEAD.unpack_from(parts[0], at)
        yield kind, verdict & 63
        at += HEAD.size + meta + (0 if flags & 1 else body)


def call(operation): return put(operation) + bytes(20) # no path, query, fields, trace, principal


def ready(name="hostile", instance="h", credits=64, held=()):
    op = put(name + ".get") + put("GET") + put("/" + name) + put("") + struct.pack("<??IH", True, False, 5000, 200)
    meta = (put(name) + struct.pack("<I", 1) + put("db-" + name) + struct.pack("<I", 1) + op + put("") * 4
            + put(instance) + struct.pack("<qII", os.getpid(), credits, 0) + struct.pack("<I", len(held))
            + b"".join(struct.pack("<QQI?", *id, 5000, False) for id in held) + struct.pack("<QQQq", 0, 0, 0, 0))
    return record(READY, meta, service=name.encode() + b"/1")


def dealer(identity=None):
    one = zmq.Context.instance().socket(zmq.DEALER)
    one.linger, one.sndhwm, one.rcvhwm, one.sndtimeo = 0, 100, 100, 500
    if identity: one.routing_id = identity
    one.connect(f"tcp://{HOST}:{PORT}")
    return one


def send(one, *parts):
    try: one.send_multipart(list(parts))
    except zmq.Again: pass


def drain(one):
    got = []
    while one.poll(0): got.append(one.recv_multipart())
    return got


def lasts():
    return time.monotonic() < END


def tcp():
    one = socket.create_connection((HOST, PORT), 2)
    one.settimeout(2)
    return one


def zmtp(identity=b"", as_server=0):
    """A connection past ZMTP's handshake, without ZeroMQ."""
    one = tcp()
    one.sendall(b"\xff" + bytes(8) + b"\x7f" + bytes([3, 0]) + b"NULL".ljust(20, b"\0") + bytes([as_server]) + bytes(31))
    properties = b"".join(bytes([len(k)]) + k + struct.pack(">I", len(v)) + v
                          for k, v in ((b"Socket-Type", b"DEALER"), (b"Identity", identity)))
    command = b"\x05READY" + properties
    one.sendall(b"\x04" + bytes([len(command)]) + command)
    return one


def blows(strike):
    count = 0
    while lasts():
        try: count += strike(count) or 1
        except (OSError, zmq.ZMQError): pass
    return count


# ---- what it can do

def flood_unknown():
    """Calls of a service that is not there, hundreds of thousands, never reading an answer."""
    one = dealer()
    batch = b"".join(record(REQUEST, b"m", slot=i, id=(1, i), service=b"nobody/1") for i in range(2000))
    return blows(lambda n: send(one, batch) or 2000)


def flood_own():
    """Calls of a service of its own that never answers, each with another id, and 1 KB of body."""
    worker, caller = dealer(), dealer()
    send(worker, ready())
    def strike(n):
        send(caller, b"".join(record(REQUEST, b"m", b"x" * 1024, slot=i, id=(n + 1, i), service=b"hostile/1",
                                     left=600000) for i in range(500)))
        drain(worker), drain(caller)
        send(worker, record(HEARTBEAT, service=b"hostile/1"))
        return 500
    return blows(strike)


def questions():
    """broker.status without end. Some are answered, the others refused: they are over the budget."""
    one, heard = dealer(), set()
    batch = b"".join(record(REQUEST, call("broker.status"), slot=i, id=(2, i), service=b"broker/1") for i in range(500))
    def strike(n):
        send(one, batch)
        for parts in drain(one): heard.update(error for kind, error in records(parts) if kind == REPLY)
        return 500
    count = blows(strike)
    if heard != {0, QUEUE_FULL}: sys.exit(f"answers came with the errors {sorted(heard)}: 0 and {QUEUE_FULL} were to come")
    return count


def cut():
    """Half messages: connections that end within a frame, or between two parts."""
    def strike(n):
        one = zmtp()
        whole = record(REQUEST, b"meta", b"body", id=(3, n))
        if n % 3 == 0: one.sendall(b"\x00" + bytes([200]) + whole[:100])
        elif n % 3 == 1: one.sendall(b"\x01" + bytes([len(whole)]) + whole)
        else: one.sendall(b"\x01" + bytes([len(whole)]) + whole + b"\x02" + struct.pack(">Q", 1 << 20) + b"x" * 5000)
        one.close()
    return blows(strike)


def held():
    """Half messages on connections that stay open and silent."""
    many = []
    def strike(n):
        if len(many) == 100: return time.sleep(0.01) # full: they stay as they are
        one = zmtp() if n % 2 else tcp()
        one.sendall(b"\x01\xff")
        many.append(one)
    return blows(strike)


def endless():
    """Messages whose last part never comes, as fast as a gigabit network carries them."""
    part = b"\x03" + struct.pack(">Q", 1 << 20) + bytes(1 << 20)
    one = zmtp()
    def strike(n):
        nonlocal one
        try: one.sendall(part)
        except OSError: one = zmtp()
        time.sleep(0.008) # that is its rate
    return blows(strike)


def namesake():
    """Means no harm: comes back under its name, and sends much each time."""
    answered = 0
    for _ in range(3):
        one = dealer(b"a name of its own")
        for size in [1 << 20] * 100 + [0] * 30:
            one.send(record(HEARTBEAT, bytes(size), service=b""))
            if not one.poll(5000): return answered
            one.recv()
            answered += 1
            if not size: time.sleep(0.02) # while the broker looks more than once
        one.close()
        time.sleep(0.2) # until its name is free
    return answered


def lies():
    """Records whose lengths are not true."""
    one = dealer()
    huge = 2**32 - 1
    fixed = [(b"",), (b"\xff" * 71,), (b"\xff" * 72,), (record(REQUEST, version=9),),
             (record(REQUEST, metas=huge, bodies=huge),), (record(REQUEST, metas=huge),),
             (record(REQUEST, bodies=huge, id=(4, 1)),), (record(REQUEST, flags=1, bodies=huge),),
             (record(REQUEST, flags=1, bodies=5, id=(4, 2)), b"four"), (record(200),),
             (record(READY, struct.pack("<I", huge)),), (record(READY, put("users") + struct.pack("<II", 1, huge)),),
             (record(WAKE, struct.pack("<I", huge)),), (record(REQUEST, struct.pack("<I", huge), service=b"broker/1"),),
             (record(HEARTBEAT), *[b""] * 5000)]
    def strike(n):
        send(one, *fixed[n % len(fixed)])
        whole = bytearray(DICE.choice((record(REQUEST, b"meta", b"{}", id=(5, n), service=b"nobody/1"), ready())))
        for _ in range(4): whole[DICE.randrange(len(whole))] = DICE.randrange(256)
        if whole[40:47] != b"users/1": send(one, bytes(whole))
        drain(one)
    return blows(strike)


def steal():
    """Claims the routing id of a caller who waits, and those that ZeroMQ gives by itself."""
    victim = dealer(b"victim")
    worker = dealer()
    send(worker, ready())
    time.sleep(0.2) # until it is announced: nothing tells a stranger
    answered, n = 0, 0
    while lasts():
        n += 1
        send(victim, record(REQUEST, b"m", b"{}", slot=n, id=(6, n), service=b"hostile/1"))
        mine = [zmtp(b"victim"), zmtp(b"\0" + secrets.token_bytes(4)), zmtp(b"\0" + struct.pack(">I", n))]
        for thief in mine: thief.sendall(b"\x00" + bytes([72]) + record(HEARTBEAT, service=b""))
        if worker.poll(2000):
            for parts in drain(worker):
                at = parts[0]
                if at[1] == REQUEST: send(worker, record(REPLY, struct.pack("<HI", 200, 0), b"{}",
                                                         struct.unpack_from("<Q", at, 16)[0], struct.unpack_from("<QQ", at, 24)))
        send(worker, record(HEARTBEAT, service=b"hostile/1"))
        if victim.poll(2000): answered += any(p[0][1] == REPLY for p in drain(victim))
        for thief in mine: thief.close()
    if answered < n - 2: sys.exit(f"the victim got {answered} answers of {n}")
    return n


def replies():
    """A worker of its own service that answers everybody else's calls. It knows how slots are numbered."""
    one = dealer()
    send(one, ready())
    first = 0
    if one.poll(3000):
        at = one.recv_multipart()[0]
        if len(at) >= 80: first, = struct.unpack_from("<Q", at, 72) # the incarnation begins a notice
    generation = (first ^ first >> 32) & 0xFFFFFFFF
    def strike(n):
        send(one, b"".join(record(REPLY, struct.pack("<HI", 200, 0), b'{"stolen":true}',
                                  slot=(generation + n // 64 + g & 0xFFFFFFFF) << 32 | i, id=(7, n))
                           for i in range(64) for g in range(8)))
        drain(one)
        send(one, record(HEARTBEAT, service=b"hostile/1"))
        return 512
    return blows(strike)


def readies():
    """READY, a million times: the same, and each time another instance."""
    one, count = dealer(), 0
    same = ready() * 500
    while count < 1_000_000 and time.monotonic() < END + 60:
        many = same if count % 1000 else b"".join(ready(instance=f"i{count + i}") for i in range(500))
        send(one, many), drain(one)
        count += 500
    return count


def instances():
    """Workers that come and go, each over a connection of its own."""
    def strike(n):
        one = dealer()
        send(one, ready(instance=f"x{n}"))
        one.poll(200) # the welcome: so it was heard
        one.close()
    return blows(strike)


def oversized():
    """Frames larger than is allowed, said or sent."""
    def strike(n):
        if n % 2:
            one = dealer()
            send(one, b"x" * (30 << 20))
            time.sleep(0.05) # time to leave: it is cut off, and not told
            return one.close()
        one = zmtp()
        one.sendall(b"\x02" + struct.pack(">Q", 1 << 40) + b"x" * 1000)
        one.close()
    return blows(strike)


def garbage():
    """Anything but ZMTP."""
    def strike(n):
        one = tcp()
        one.sendall((b"GET / HTTP/1.1\r\n\r\n", DICE.randbytes(5000), b"\xff" * 100, b"\xff" + bytes(8) + b"\x7f" + DICE.randbytes(60))[n % 4])
        one.close()
    return blows(strike)


print("done", globals()[sys.argv[1]](), flush=True)
os._exit(0)
