"""Fields of a binary record: bytes, numbers of variable length, arrays; reading stops with one clear line.

A number takes 7 bits per byte, the low ones first; the high bit of a byte says that another follows (LEB128, as in
DWARF).
"""

from __future__ import annotations

from archwright.core.errors import Error

MAX_NUMBER_BYTES = 6


class Damage(Error):
    """Bytes are not what was written: corrupted, cut off, or of another format."""


def number_bytes(value: int) -> bytes:
    """A number from 0 to 2**42 - 1 as bytes.

    Example:
        >>> number_bytes(5).hex(), number_bytes(300).hex()
        ('05', 'ac02')
    """
    assert 0 <= value < 1 << 7 * MAX_NUMBER_BYTES, value
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


class Fields:
    """Reads a record field by field.

    Args:
        record: its bytes.

    Example:
        >>> fields = Fields(b"\\xac\\x02hi")
        >>> fields.number(), fields.take(2)
        (300, b'hi')
    """

    def __init__(self, record: bytes) -> None:
        self.record, self.place = memoryview(record), 0

    def take(self, n: int) -> bytes:
        """The next `n` bytes.

        Raises:
            Damage: there are fewer.
        """
        end = self.place + n
        if end > len(self.record):
            raise Damage("a record ends too early")
        taken = bytes(self.record[self.place : end])
        self.place = end
        return taken

    def byte(self) -> int:
        """The next byte, 0 to 255."""
        return self.take(1)[0]

    def number(self) -> int:
        """The next number of variable length.

        Raises:
            Damage: it is longer than any that is written.
        """
        value = 0
        for shift in range(0, 7 * MAX_NUMBER_BYTES, 7):
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise Damage("a number is too long")

    def end(self) -> None:
        """Nothing must follow.

        Raises:
            Damage: something does.
        """
        if self.place != len(self.record):
            raise Damage(f"{len(self.record) - self.place:,} bytes too many in a record")
