"""A Postbus service made from protocol.md alone: it counts greetings, in SQLite. Needs pyzmq (Debian:
python3-zmq). One thread does it all: a handler has less than a second, and no call waits here."""
import hashlib, io, json, os, secrets, signal, sqlite3, struct, sys, time, zmq, zmq.utils.monitor
READY, REQUEST, REPLY, HEARTBEAT, CANCEL, DRAIN, DISCONNECT = range(1, 8)
UNKNOWN_SERVICE, EXPIRED, CANCELLED, STORAGE, MALFORMED, NOT_EXECUTED = 1, 4, 6, 10, 11, 1 << 6
BROKEN, UP = (struct.error, ValueError, IndexError), zmq.EVENT_HANDSHAKE_SUCCEEDED
HEAD, NAME = struct.Struct("<BBBBIIIQQQ32s"), b"greeter/1"
def put(s): return struct.pack("<I", len(s.encode())) + s.encode()
def put_list(parts): return struct.pack("<I", len(parts)) + b"".join(parts)
def text(f): return f.read(*struct.unpack("<I", f.read(4))).decode()
def fields(f): return {text(f): text(f) for _ in range(*struct.unpack("<I", f.read(4)))}
def records(frames):                       # of a message, up to the one that breaks the rules
    data, apart, at = frames[0], frames[1:], 0
    while at < len(data):
        version, kind, flags, _, metas, size, left, slot, high, low, _ = HEAD.unpack_from(data, at)
        meta, at = data[at + 72:at + 72 + metas], at + 72 + metas
        body, at = (apart.pop(0), at) if flags & 1 else (data[at:at + size], at + size)
        if version != 1 or len(meta) != metas or len(body) != size: raise ValueError("bad record")
        yield kind, time.monotonic() + left / 1000, slot, (high, low), meta, body
def get(db, path, body):                   # the handlers: status and JSON
    words = [row[0] for row in db.execute("SELECT words FROM greetings WHERE name = :name", path)]
    if words: return 200, {"name": path["name"], "words": words[-1], "times": len(words)}
    return 404, {"title": "Nobody greeted " + path["name"], "status": 404}
def create(db, path, body):
    try: said = json.loads(body)
    except (ValueError, RecursionError): return 400, {"title": "Not JSON", "status": 400}
    whole = isinstance(said, dict) and said.keys() == {"name", "words"}
    if not whole or not all(isinstance(s, str) and s.isprintable() for s in said.values()):
        return 422, {"title": "Give name and words, printable texts", "status": 422}
    row = db.execute("INSERT INTO greetings VALUES (NULL, :name, :words)", said)
    return 201, {"id": row.lastrowid} | said
OPERATIONS = {"greeter.get": ("GET", "/greetings/{name}", "Greetings so far", True, 200, get),
              "greeter.create": ("POST", "/greetings", "Greet somebody", False, 201, create)}
def run(db, id, operation, path, query, fields, trace, principal, body):
    *_, safe, _, handler = OPERATIONS[operation]
    key = fields.get("idempotency-key")    # the client's name for a write; else its call id
    name = f"{id}" if key is None else f"{principal} {operation} {key}"
    same = hashlib.sha256(repr((path, query, fields.get("content-type"), body)).encode()).digest()
    with db:                               # effect and record are committed together, or neither
        db.execute("BEGIN" if safe else "BEGIN IMMEDIATE")
        for was, *reply in db.execute("SELECT same, status, reply FROM done WHERE name = ?", [name]):
            return reply if was == same else (422, b'{"title":"Key used","status":422}')
        status, reply = handler(db, path, body)
        row = [name, same, status, json.dumps(reply).encode()]
        if status == 201: db.execute("INSERT INTO done VALUES (?, ?, ?, ?)", row)
        return row[2:]
def answer(db, id, until, f, body):        # verdict, meta and body of the REPLY
    if time.monotonic() > until: return EXPIRED | NOT_EXECUTED, b"", b""
    try:
        status, reply = run(db, id, text(f), fields(f), fields(f), fields(f), text(f), text(f), body)
        return 0, struct.pack("<H", status) + put_list([]), reply
    except KeyError: return UNKNOWN_SERVICE | NOT_EXECUTED, b"", b""
    except BROKEN: return MALFORMED | NOT_EXECUTED, b"", b""
    except sqlite3.Error: return STORAGE | NOT_EXECUTED, b"", b""
class Line:                                # to one broker
    def __init__(self, where):
        self.up, self.drained, self.socket = False, False, zmq.Context.instance().socket(zmq.DEALER)
        s, self.monitor = self.socket, self.socket.get_monitor_socket(UP | zmq.EVENT_DISCONNECTED)
        s.immediate, s.reconnect_ivl, s.connect_timeout, s.handshake_ivl = 1, 20, 500, 2000
        s.tcp_keepalive, s.tcp_keepalive_idle, s.tcp_keepalive_intvl, s.tcp_keepalive_cnt = 1, 1, 1, 3
        s.tcp_maxrt, s.linger = 3000, 1000; s.connect(where)
    def send(self, kind, verdict=0, meta=b"", body=b"", slot=0, id=(0, 0)):
        large = len(body) >= 32 * 1024     # then it is a frame of its own
        head = HEAD.pack(1, kind, large, verdict, len(meta), len(body), 0, slot, *id, NAME) + meta
        try: self.socket.send_multipart([head, body] if large else [head + body], zmq.DONTWAIT)
        except zmq.Again: pass             # not connected: the call will come again
    def take(self, calls, kind, until, slot, id, meta, body):
        if kind == REQUEST: calls[id] = slot, until, io.BytesIO(meta), body
        elif kind == CANCEL and id in calls:
            self.send(REPLY, CANCELLED | NOT_EXECUTED, slot=calls.pop(id)[0], id=id)
        elif kind == DRAIN: self.drained = True
        elif kind == HEARTBEAT and not meta: self.send(HEARTBEAT)
        elif kind == DISCONNECT and meta[12:]: sys.exit("refused: " + meta[12:].decode())
        elif kind == DISCONNECT: self.send(READY, meta=READY_META)
    def turn(self, db, stopping):
        while self.monitor.poll(0):
            self.up = zmq.utils.monitor.recv_monitor_message(self.monitor)["event"] == UP
            self.drained = bool(self.up and self.send(READY, meta=READY_META))
        if stopping and self.up and not self.drained: self.send(DRAIN)
        calls = {}
        while self.socket.poll(0):
            try: [self.take(calls, *record) for record in records(self.socket.recv_multipart())]
            except BROKEN as why: print("dropped, not of the protocol:", why, file=sys.stderr)
        for id, (slot, *call) in calls.items(): self.send(REPLY, *answer(db, id, *call), slot, id)
db = sqlite3.connect(os.path.join(sys.argv[1], "greeter.db"), 0.9, isolation_level=None)
db.executescript("""PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS identity AS SELECT lower(hex(randomblob(16))) AS id;
    CREATE TABLE IF NOT EXISTS greetings (id INTEGER PRIMARY KEY, name TEXT, words TEXT);
    CREATE TABLE IF NOT EXISTS done (name TEXT PRIMARY KEY, same BLOB, status INT, reply BLOB);""")
READY_META = (put("greeter") + struct.pack("<I", 1) + put(*db.execute("SELECT id FROM identity").fetchone())
    + put_list([b"".join(map(put, (name,) + of[:3])) + struct.pack("<??IH", of[3], False, 5000, of[4])
                + put("") * 4 for name, of in OPERATIONS.items()])   # no schemas, fields, end states
    + put(secrets.token_hex(8)) + struct.pack("<qIIIQQQq", os.getpid(), 64, 0, 0, 0, 0, 0, 0))
STOP, LINES = [], [Line(where) for where in sys.argv[2:]]
signal.signal(signal.SIGTERM, lambda *_: STOP.append(time.monotonic() + 5))
while not STOP or time.monotonic() < STOP[0] and any(line.up and not line.drained for line in LINES):
    zmq.select([socket for line in LINES for socket in (line.socket, line.monitor)], [], [], 0.1)
    for line in LINES: line.turn(db, STOP)
for line in LINES: line.send(DISCONNECT), line.socket.close()
