"""Just enough CBOR (RFC 8949) to speak application/x-amz-cbor-1.1 as the AWS SDK for Java does: independent of ours."""
import datetime
import struct


def _head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for info, code in ((24, "B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if value < 1 << 8 * struct.calcsize(code):
            return bytes([major << 5 | info]) + struct.pack(code, value)
    raise ValueError(value)


def dumps(value, indefinite=False):
    """indefinite: maps and lists without their lengths, as Jackson writes them."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, datetime.datetime):
        return b"\xc1" + dumps(round(value.timestamp() * 1000))
    major, items = (5, [part for item in value.items() for part in item]) if isinstance(value, dict) else (4, list(value))
    body = b"".join(dumps(item, indefinite) for item in items)
    return bytes([major << 5 | 31]) + body + b"\xff" if indefinite else _head(major, len(value)) + body


def loads(text):
    value, rest = _item(text)
    assert not rest, rest
    return value


BREAK = object()


def _item(text):
    first, text = text[0], text[1:]
    major, info = first >> 5, first & 31
    if first == 0xFF:
        return BREAK, text
    size, value = None, info
    if 24 <= info <= 27:
        size = 1 << (info - 24)
        value, text = int.from_bytes(text[:size], "big"), text[size:]
    endless = info == 31
    if major == 0:
        return value, text
    if major == 1:
        return -1 - value, text
    if major in (2, 3):
        assert not endless
        piece = text[:value]
        return (piece if major == 2 else piece.decode()), text[value:]
    if major in (4, 5):
        items = []
        while endless or len(items) < value * (major - 3):
            item, text = _item(text)
            if item is BREAK:
                break
            items.append(item)
        return (items if major == 4 else dict(zip(items[::2], items[1::2]))), text
    if major == 6:
        inner, text = _item(text)
        assert value == 1, value
        return datetime.datetime.fromtimestamp(inner / 1000, datetime.timezone.utc), text
    return {20: False, 21: True, 22: None}[info], text
