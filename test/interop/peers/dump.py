#!/usr/bin/env python3
"""Dumps a ring of shm/ring: the words of both sides and the records in between.

usage: dump.py FILE [--json]      made from docs/ring-format.md; mmap and struct only
"""
import json
import mmap
import struct
import sys

PRODUCER, CONSUMER, DATA = 4096, 8192, 65536
RECORDS, LOST, OLDEST = 512, 680, 896
KIND_DATA, KIND_PAD = 0x64617461, 0x70616420
STATES = ("new", "open", "closed")


def shifted(byte):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


TABLE = [shifted(byte) for byte in range(256)]


def crc32c(page):
    total = 0xFFFFFFFF
    for byte in page[:16] + bytes(4) + page[20:]:
        total = total >> 8 ^ TABLE[(total ^ byte) & 0xFF]
    return total ^ 0xFFFFFFFF


def header(mem, at, magic, versions):
    page = mem[at : at + 4096]
    name, version, order, checksum = struct.unpack_from("<8sIII", page)
    if name != magic or version not in versions or order != 0x01020304:
        raise ValueError("version")
    if checksum != crc32c(page):
        raise ValueError("corrupt")
    return version


def records(mem, payload, capacity, head, tail, closed, front):
    """Yields the records' words in front of their bytes, and these; then how they end."""
    if head % 8 or tail % 8 or not 0 <= tail - head <= capacity:
        yield "corrupt"
        return
    while head != tail:
        offset = head % capacity
        at = payload + DATA + offset
        (word,) = struct.unpack_from("=Q", mem, at)
        length, kind = word & 0xFFFFFFFF, word >> 32
        size = 8 + (length + 7) // 8 * 8
        padding = kind == KIND_PAD and size == capacity - offset
        size += 0 if kind == KIND_PAD else front - 8
        if size > tail - head or size > capacity - offset or not (kind == KIND_DATA or padding):
            yield "corrupt"
            return
        if not padding:
            yield mem[at + 8 : at + front], mem[at + front : at + front + length]
        head += size
    yield "end" if closed else "empty"


def dump(mem):
    header(mem, 0, b"SHMKITRG", {1})
    (payload,) = struct.unpack_from("<Q", mem, 24)
    lossy = header(mem, payload, b"SHMKRING", {1, 2}) == 2
    (capacity,) = struct.unpack_from("<Q", mem, payload + 24)
    (tail, head), (producer, consumer) = ([struct.unpack_from(form, mem, payload + page + at)[0] for page in (PRODUCER, CONSUMER)]
                                          for form, at in (("=Q", 0), ("=I", 384)))
    d = {"capacity": capacity, "tail": tail, "head": head, "producer": producer, "consumer": consumer}
    if lossy:
        (oldest,) = struct.unpack_from("=Q", mem, payload + PRODUCER + OLDEST)
        head = max(head, oldest)
    *recs, then = records(mem, payload, capacity, head, tail, producer == 2, 16 if lossy else 8)
    if lossy:
        given, lost = (struct.unpack_from("=Q", mem, payload + CONSUMER + at)[0] for at in (RECORDS, LOST))
        numbers = [struct.unpack("=Q", number)[0] for number, _ in recs]
        d |= {"oldest": oldest, "lost": numbers[-1] + 1 - len(recs) - given if recs else lost}
    return d | {"records": [rec.hex() for _, rec in recs], "then": then}


def main():
    with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mem:
        try:
            d = dump(mem)
        except ValueError as refused:
            d = {"records": [], "then": str(refused)}
    if "--json" in sys.argv:
        print(json.dumps(d))
        return
    if "tail" in d:
        print("capacity %(capacity)d, tail %(tail)d, head %(head)d" % d)
        print("producer %s, consumer %s" % (STATES[d["producer"]], STATES[d["consumer"]]))
    for rec in d["records"]:
        print(len(rec) // 2, rec)
    print(d["then"])


if __name__ == "__main__":
    main()
