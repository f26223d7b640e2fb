"""Random messages of every API and version, written by an independent codec (kio), decoded and encoded again by Pinflow's
(kafka_recode), must come back byte for byte; kio must read them back as what it wrote.

Usage: random_messages.py RECODE COUNT SEED    COUNT messages of each (request or response, API, version)
Prints a line for each difference, then the counts; exit 1 if there was any.
"""
import dataclasses
import datetime
import io
import random
import struct
import subprocess
import sys
import uuid

from kio.index import load_request_schema, load_response_schema
from kio.schema.errors import ErrorCode
from kio.serial import entity_reader, entity_writer
from kio.serial._introspect import EntityField, EntityTupleField, PrimitiveTupleField, classify_field, is_optional
from kio.static.primitive import (Records, f64, i8, i16, i32, i32Timedelta, i64, i64Timedelta, TZAware)

STATUS = {1: "cannot be decoded", 2: "has bytes left over", 3: "cannot be encoded"}
NAMES = ("", "pin", "3f2c.geo", "größe", "a" * 127, "b" * 128, "long-" * 300)
ERRORS = list(ErrorCode)


def integer(draw, bits):
    edges = (0, 1, -1, -2, 127, 2 ** (bits - 1) - 1, -2 ** (bits - 1))
    return draw.choice(edges) if draw.random() < 0.6 else draw.randrange(-2 ** (bits - 1), 2 ** (bits - 1))


def blob(draw):
    return draw.randbytes(draw.choice((0, 1, 61, 126, 127, 128, 1500, 5000, 20000)))


PRIMITIVES = {
    "bool": lambda draw: draw.random() < 0.5,
    "int8": lambda draw: i8(integer(draw, 8)),
    "int16": lambda draw: i16(integer(draw, 16)),
    "int32": lambda draw: i32(integer(draw, 32)),
    "int64": lambda draw: i64(integer(draw, 64)),
    "float64": lambda draw: f64(draw.choice((0.0, -1.5, draw.uniform(-1e300, 1e300)))),
    "string": lambda draw: draw.choice(NAMES),
    "bytes": blob,
    "records": lambda draw: Records(blob(draw)),
    "uuid": lambda draw: uuid.UUID(bytes=draw.randbytes(16), version=4),
    "error_code": lambda draw: draw.choice(ERRORS),
    "timedelta_i32": lambda draw: i32Timedelta.parse(datetime.timedelta(milliseconds=integer(draw, 32))),
    "timedelta_i64": lambda draw: i64Timedelta.parse(datetime.timedelta(milliseconds=draw.randrange(-10**12, 10**12))),
    "datetime_i64": lambda draw: TZAware.parse(
        datetime.datetime.fromtimestamp(draw.randrange(0, 4 * 10**9), datetime.timezone.utc)),
}


def random_entity(draw, schema, depth=0):
    values = {}
    for field in dataclasses.fields(schema):
        has_default = field.default is not dataclasses.MISSING
        if has_default and draw.random() < (0.4 if "tag" in field.metadata else 0.05):
            continue
        values[field.name] = random_value(draw, field, depth)
    return schema(**values)


def random_value(draw, field, depth):
    kind = classify_field(field)
    if is_optional(field) and draw.random() < 0.25:
        return None
    length = draw.choice((0, 1, 1, 2, 3) if depth < 2 else (0, 1, 2)) if draw.random() < 0.98 else 130 >> 2 * depth
    if isinstance(kind, EntityField):
        return random_entity(draw, kind.type_, depth + 1)
    if isinstance(kind, EntityTupleField):
        return tuple(random_entity(draw, kind.type_, depth + 1) for _ in range(length))
    make = PRIMITIVES[field.metadata["kafka_type"]]
    if isinstance(kind, PrimitiveTupleField):
        return tuple(make(draw) for _ in range(length))
    return make(draw)


def written(entity):
    buffer = io.BytesIO()
    entity_writer(type(entity))(buffer, entity)
    return buffer.getvalue()


def known_versions(recode):
    """(key, name, version, whether it is offered to clients)"""
    for line in subprocess.run([recode, "list"], capture_output=True, text=True, check=True).stdout.splitlines():
        key, name, oldest, offered, newest = line.split()
        for version in range(int(oldest), int(newest) + 1):
            yield int(key), name, version, version <= int(offered)


def make_messages(recode, count, seed):
    for key, name, version, _ in known_versions(recode):
        if key == 0 and version < 3:
            continue  # kio begins with 3; the older ones are tried in the unit tests
        for kind, load in enumerate((load_request_schema, load_response_schema)):
            draw = random.Random(f"{seed} {key} {version} {kind}")
            schema = load(key, version)
            for _ in range(count):
                yield kind, key, name, version, random_entity(draw, schema)


def answers(output):
    position = 0
    while position < len(output):
        size, status = struct.unpack_from(">ib", output, position)
        yield status, output[position + 5:position + 4 + size]
        position += 4 + size


def difference(entity, sent, status, body):
    if status:
        return STATUS[status]
    if body != sent:
        at = next((i for i, (a, b) in enumerate(zip(sent, body)) if a != b), min(len(sent), len(body)))
        return f"differs at byte {at} of {len(sent)} (came back with {len(body)})"
    read, length = entity_reader(type(entity))(body, 0)
    return "" if read == entity and length == len(body) else "is not read back by kio as what it wrote"


def main(recode, count, seed):
    messages = list(make_messages(recode, count, seed))
    bodies = [written(entity) for *_, entity in messages]
    frames = [struct.pack(">bhh", kind, key, version) + body
              for (kind, key, _, version, _), body in zip(messages, bodies)]
    sent = b"".join(struct.pack(">i", len(frame)) + frame for frame in frames)
    output = subprocess.run([recode], input=sent, stdout=subprocess.PIPE, check=True).stdout
    back = list(answers(output))
    assert len(back) == len(messages), f"{len(messages)} messages sent, {len(back)} came back"
    differences = 0
    for (kind, _, name, version, entity), body, (status, again) in zip(messages, bodies, back):
        if found := difference(entity, body, status, again):
            differences += 1
            if differences <= 40:
                print(f"{name} {('request', 'response')[kind]} version {version}: {found}")
    types = {message[:4] for message in messages}
    print(f"{len(messages)} messages of {len(types)} types in {len(sent)} bytes, {differences} differ")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
