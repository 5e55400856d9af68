"""A broker that says what no broker says: argument 1 is where it listens. A worker that connects must
drop all of it and answer the ping that comes after each piece. Says `survived` when one did."""
import os, random, struct, sys, zmq

READY, REQUEST, HEARTBEAT = 1, 2, 4
HEAD = struct.Struct("<BBBBIIIQQQ32s")


def record(kind, meta=b"", body=b"", version=1, flags=0, metas=None, bodies=None):
    return HEAD.pack(version, kind, flags, 0, len(meta) if metas is None else metas,
                     len(body) if bodies is None else bodies, 5000, 7, 1, 2, b"greeter/1") + meta + body


def pieces():
    yield [b""]
    yield [b"\xff" * 71]  # one byte short of a head
    yield [b"\xff" * 72]
    yield [record(REQUEST, version=9)]
    yield [record(REQUEST, metas=2**32 - 1, bodies=2**32 - 1)]
    yield [record(REQUEST, flags=1)]  # a body apart that does not come
    yield [record(REQUEST, b"abc", flags=1, bodies=5), b"four"]
    yield [record(200), record(HEARTBEAT)]
    yield [record(REQUEST, b"")]
    yield [record(REQUEST, struct.pack("<I", 2**32 - 1) + b"x")]  # a text longer than what is left
    yield [record(REQUEST, struct.pack("<I", 2) + b"\xff\xfe" + bytes(20))]  # not UTF-8
    yield [record(REQUEST, struct.pack("<I", 11) + b"greeter.get" + bytes(20))]  # without its name
    yield [record(REQUEST, struct.pack("<II", 0, 2**32 - 1))]
    yield [record(7, b"\x01")]  # DISCONNECT: too short for a notice
    dice = random.Random(7)
    for _ in range(300):
        yield [dice.randbytes(dice.randrange(200)) for _ in range(dice.randrange(1, 4))]
    for _ in range(300):
        whole = bytearray(record(REQUEST, os.urandom(40), b"{}"))
        for _ in range(dice.randrange(1, 5)):
            whole[dice.randrange(len(whole))] = dice.randrange(256)
        whole[1] = whole[1] if whole[1] != 7 else 2  # "refused for good" is not garbage
        yield [bytes(whole)]


socket = zmq.Context.instance().socket(zmq.ROUTER)
socket.linger = 0
socket.bind(sys.argv[1])
peer = None
for piece in pieces():
    if peer is not None:
        socket.send_multipart([peer, *piece])
        socket.send_multipart([peer, record(HEARTBEAT)])
    while True:
        if not socket.poll(5000):
            sys.exit(f"no answer after {piece}")
        peer, *answer = socket.recv_multipart()
        if any(frame[1:2] == bytes([HEARTBEAT]) for frame in answer) or answer[0][1] == READY:
            break
print("survived", flush=True)
