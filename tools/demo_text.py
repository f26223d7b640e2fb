"""How the demo shows things: headings, tables that fit the terminal, and how long each step took."""
import shutil
import sys
import time
import unicodedata


def width():
    return max(80, shutil.get_terminal_size((120, 24)).columns)


def title(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def columns_of(text):
    """Terminal cells: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text, cells):
    if columns_of(text) <= cells:
        return text
    while text and columns_of(text) > cells - 1:
        text = text[:-1]
    return text + "…"


def cell(name, value):
    if value is None:
        return "null"
    if isinstance(value, float) and value == int(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if "year" in name or name == "ind" else f"{value:,}"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "".join(c if c.isprintable() else "·" for c in text)


def grid(rows, most=8):
    """Rows (dicts) as an aligned table, numbers to the right; the widest columns give way until a line fits."""
    if not rows:
        print("  (no rows)")
        return
    names, shown = list(rows[0]), rows[:most]
    lines = [[cell(name, row[name]) for name in names] for row in shown]
    right = [all(isinstance(row[name], (int, float, type(None))) for row in rows) for name in names]
    widths = [max(columns_of(line[i]) for line in [names, *lines]) for i in range(len(names))]
    while sum(widths) + 3 * len(widths) > width() and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    for line in [names, ["─" * w for w in widths], *lines]:
        parts = []
        for text, cells, to_right in zip(line, widths, right):
            text = cut(text, cells)
            space = " " * (cells - columns_of(text))
            parts.append(space + text if to_right else text + space)
        print(("  " + "   ".join(parts)).rstrip())
    if len(rows) > most:
        print(f"  … and {len(rows) - most:,} more rows")


class Stages:
    """How long each step took."""

    def __init__(self):
        self.rows, self.since = [], time.monotonic()

    def done(self, name, note=""):
        """Seconds since the last step ended."""
        now = time.monotonic()
        seconds, self.since = now - self.since, now
        self.rows.append([name, seconds, note])
        return seconds

    def note(self, text):
        self.rows[-1][2] = text

    def show(self):
        for name, seconds, note in self.rows:
            print(f"  {name:<52} {seconds:7.2f} s   {note}".rstrip())
