#!/usr/bin/env python3
"""A Postbus service in Python, made from protocol.md alone: it counts greetings, in SQLite. Needs
pyzmq (Debian: python3-zmq). Any number of them may run on one data folder. One thread does it all."""
import argparse, hashlib, json, os, secrets, signal, sqlite3, struct, sys, time, zmq
from zmq.utils.monitor import recv_monitor_message

READY, REQUEST, REPLY, HEARTBEAT, CANCEL, DRAIN, DISCONNECT = range(1, 8)
NO_SUCH, EXPIRED, CANCELLED, STORAGE, MALFORMED = 1, 4, 6, 10, 11
NOT_EXECUTED, DETACHED, HEAD = 1 << 6, 1, struct.Struct("<BBBBIIIQQQ32s")
BROKEN = (struct.error, ValueError, IndexError)
def text(s): return struct.pack("<I", len(s.encode())) + s.encode()
def many(parts): return struct.pack("<I", len(parts)) + b"".join(parts)
def records(frames):                      # of a message, up to what breaks the rules
    data, apart, at = frames[0], frames[1:], 0
    while at < len(data):
        version, kind, flags, _, metas, size, left, slot, high, low, _ = HEAD.unpack_from(data, at)
        meta, at = data[at + 72:at + 72 + metas], at + 72 + metas
        body, at = (apart.pop(0), at) if flags & DETACHED else (data[at:at + size], at + size)
        if version != 1 or len(meta) != metas or len(body) != size: raise ValueError("bad record")
        yield kind, left, slot, (high, low), meta, body
def call_meta(data):                      # operation, path, query, fields, trace, principal
    at = 0
    def take(form):
        nonlocal at
        at += struct.calcsize(form)
        return struct.unpack_from(form, data, at - struct.calcsize(form))[0]
    def word(): return take(f"{take('<I')}s").decode()
    def fields(): return {word(): word() for _ in range(take("<I"))}
    return word(), fields(), fields(), fields(), word(), word()

def problem(status, detail): return status, {"type": "about:blank", "title": detail, "status": status}
def get(db, path, query, said):
    words = [row[0] for row in db.execute("SELECT words FROM greetings WHERE name = :name", path)]
    if not words: return problem(404, "Nobody greeted " + path["name"])
    return 200, {"name": path["name"], "words": words[-1], "times": len(words)}
def create(db, path, query, said):
    if not isinstance(said, dict) or [type(said.get(k)) for k in ("name", "words")] != [str, str]:
        return problem(422, "name and words must be there, both texts")
    id = db.execute("INSERT INTO greetings VALUES (NULL, :name, :words)", said).lastrowid
    return 201, {"id": id, "name": said["name"], "words": said["words"]}
OPERATIONS = {"greeter.get": ("GET", "/greetings/{name}", "Greetings so far", True, 200, get),
              "greeter.create": ("POST", "/greetings", "Greet somebody", False, 201, create)}
def answer(db, id, meta, body):           # one transaction: effect and reply are recorded together
    operation, path, query, fields, _, principal = meta
    *_, safe, _, handler = OPERATIONS[operation]
    try: said = json.loads(body) if body else None
    except (ValueError, RecursionError): return 400, json.dumps(problem(400, "Not JSON")[1]).encode()
    names, key = [f"{id}"], fields.get("idempotency-key")
    if key is not None: names.append(f"{principal} {operation} {key}")
    same = hashlib.sha256(repr((path, query, fields.get("content-type"), body)).encode()).digest()
    db.execute("BEGIN" if safe else "BEGIN IMMEDIATE")
    with db:
        for row in (db.execute("SELECT * FROM replies WHERE name = ?", (n,)).fetchone() for n in names):
            if row: return row[2:] if row[1] == same else (422, b'{"title": "Key used", "status": 422}')
        status, reply = handler(db, path, query, said)
        reply = json.dumps(reply).encode()
        if not safe and status not in (400, 422):
            db.executemany("INSERT INTO replies VALUES (?,?,?,?)", [(n, same, status, reply) for n in names])
    return status, reply

class Line:                               # the connection to one broker, and the calls it brought
    def __init__(self, where):
        self.socket, self.where = zmq.Context.instance().socket(zmq.DEALER), where
        self.up, self.drained, self.incarnation, self.calls = False, False, 0, {}
        for option in ("IMMEDIATE", 1), ("RECONNECT_IVL", 20), ("CONNECT_TIMEOUT", 500), \
                      ("HEARTBEAT_IVL", 500), ("HEARTBEAT_TIMEOUT", 2000), ("HANDSHAKE_IVL", 2000):
            self.socket.setsockopt(getattr(zmq, option[0]), option[1])
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self.socket.connect(where)
    def send(self, kind, meta=b"", body=b"", verdict=0, slot=0, id=(0, 0)):
        apart = len(body) >= 32 * 1024
        head = HEAD.pack(1, kind, DETACHED * apart, verdict, len(meta), len(body), 0, slot, *id, b"greeter/1")
        try: self.socket.send_multipart([head + meta, body] if apart else [head + meta + body], zmq.DONTWAIT)
        except zmq.Again: pass            # no connection. After the next one the broker asks again
    def ready(self):
        now, flag = time.monotonic(), struct.Struct("<??").pack
        operations = many([text(name) + text(method) + text(path) + text(summary) + flag(safe, False)
                           + struct.pack("<IH", 5000, success) + text("") * 2 + many([]) * 2
                           for name, (method, path, summary, safe, success, _) in OPERATIONS.items()])
        held = many([struct.pack("<QQI?", *id, max(0, int((call[1] - now) * 1000)), False)
                     for id, call in self.calls.items()])
        self.send(READY, text("greeter") + struct.pack("<I", 1) + text(DATABASE) + operations + text(INSTANCE)
                  + struct.pack("<qII", os.getpid(), 64, 0) + held + struct.pack("<QQQq", self.incarnation, 0, 0, 0))
        if STOP: self.send(DRAIN)
    def look(self):                       # has it come, has it gone?
        while self.monitor.poll(0):
            self.up, self.drained = recv_monitor_message(self.monitor)["event"] != zmq.EVENT_DISCONNECTED, False
            log("connected to" if self.up else "lost", self.where)
            if self.up: self.ready()
