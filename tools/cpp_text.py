"""C++ source as text: comments and literals blanked out, functions found by their braces. Enough for clang-formatted
code; not a parser."""
import re

LITERAL = re.compile(
    r'R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"'   # raw string
    r'|"(?:\\.|[^"\\\n])*"'                          # string
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'"         # character, not a digit separator
    r"|//[^\n]*|/\*.*?\*/", re.S)
INCLUDE_LINE = re.compile(r"^\s*#include.*$", re.M)
SCOPE = re.compile(r"^(\[\[.*?\]\]|inline|export|typedef|static|const|constexpr|\s)*(namespace|class|struct|union|enum|extern)\b")
TEMPLATE = re.compile(r"^\s*template\s*<")
MAPPING = re.compile(r"^ *case [\w:' ]+:\s+return [^;{}]*;$", re.M)
ACCESS = re.compile(r"\b(public|private|protected):")
CONTROL = re.compile(r"^(if|for|while|switch|do|else|try|catch|return|co_return|case|default)\b")


def blank_out(text):
    """The same text with comments and the insides of literals replaced by blanks; line numbers stay."""
    def blank(match):
        found = match.group()
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]
    includes = {m.start(): m.group() for m in INCLUDE_LINE.finditer(text)}
    blanked = LITERAL.sub(blank, text)
    for start, line in includes.items():
        blanked = blanked[:start] + line + blanked[start + len(line):]
    return blanked


def strip_template(head):
    while TEMPLATE.match(head):
        depth = 0
        for i, c in enumerate(head):
            depth += (c == "<") - (c == ">")
            if c == ">" and depth == 0:
                head = head[i + 1:].lstrip()
                break
        else:
            return head
    return head


def is_function_head(head):
    head = strip_template(" ".join(head.split()))
    if "(" not in head or SCOPE.match(head) or CONTROL.match(head):
        return False
    return not re.search(r"[=,(]\s*$", head)


def function_name(head):
    head = re.sub(r"\s+", " ", strip_template(" ".join(head.split())))
    match = re.search(r"([\w:~]+|operator\s*[^\s(]+)\s*\(", head)
    return match.group(1) if match else head[:40]


def functions(text):
    """(name, first line, lines) of every function body outside other functions; lines count the signature too, but not
    the lines of a plain mapping (case x: return y;)."""
    code = re.sub(r"^\s*#.*(?:\\\n.*)*$", lambda m: re.sub(r"[^\n]", " ", m.group()), blank_out(text), flags=re.M)
    found, head_start, stack = [], 0, []      # stack: (is function, name, first line)
    inside = 0

    def line_of(position):
        return code.count("\n", 0, position) + 1

    for match in re.finditer(r"[{};]", code):
        i, c = match.start(), match.group()
        if c == "{":
            head = ACCESS.sub(lambda m: " " * len(m.group()), code[head_start:i])
            is_function = not inside and is_function_head(head)
            first = head_start + len(head) - len(head.lstrip())
            stack.append((is_function, function_name(head) if is_function else "", line_of(first) if is_function else 0))
            inside += is_function
        elif c == "}" and stack:
            is_function, name, first_line = stack.pop()
            if is_function:
                inside -= 1
                body = "\n".join(code.split("\n")[first_line - 1:line_of(i)])
                mapping = sum(m.count("\n") + 1 for m in MAPPING.findall(body))
                found.append((name, first_line, line_of(i) - first_line + 1 - mapping))
        head_start = i + 1
    return found
