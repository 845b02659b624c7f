#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes engine/include/corsac/ffi.h: the declarations of common.h, engine.h and counters.h without preprocessor lines.

Usage: scripts/make_ffi.py [--check]    --check: only say whether the file is what it should be (exit 1 if not)

Foreign function interfaces (LuaJIT's cdef, Python's cffi, this project's own ctypes example) read C
declarations and no macros. What the headers define as numbers becomes enumerators here.
"""
import pathlib
import re
import sys

INCLUDE = pathlib.Path(__file__).resolve().parent.parent / "engine/include/corsac"
HEAD = """\
// SPDX-License-Identifier: Apache-2.0
// The declarations of common.h, engine.h and counters.h for foreign function interfaces: no
// preprocessor lines, integer types of <stdint.h> and size_t, nothing else. Made by
// scripts/make_ffi.py; what everything means is written in those headers. Not for C or C++ programs. CORSAC_NONE, which no
// enumerator can hold, is 4294967295.
// clang-format off
"""


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)


def without_cplusplus(text):
    return re.sub(r"#ifdef __cplusplus\n.*?#endif\n", "", text, flags=re.S)


def numbers(text):
    """Object-like macros with a plain number, by name."""
    return dict(re.findall(r"^#define (CORSAC_\w+)\s+(\d+)$", text, flags=re.M))


def declarations(text, known):
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    text = re.sub(r"__attribute__\(\(.*?\)\)|\bCORSAC_API\b", "", text)
    text = re.sub(r"\b1u << (\d+)", lambda shift: str(1 << int(shift[1])), text)
    for name, value in known.items():
        text = re.sub(rf"\b{name}\b", value, text)
    text = re.sub(r"[ \t]*\n[ \t]*\n\s*", "\n", text)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())



def ffi_header():
    headers = [without_cplusplus(without_comments((INCLUDE / name).read_text())) for name in ("common.h", "engine.h", "counters.h")]
    known = {}
    for header in headers:
        known.update(numbers(header))
    constants = "enum {\n" + "".join(f"    {name} = {value},\n" for name, value in known.items()) + "};\n"
    body = "\n".join(declarations(header, known) for header in headers) + "\n"
    return HEAD + constants + tidy(body)


def tidy(body):
    """Statements on lines of their own: members indented by four, prototypes whole."""
    out, depth, statement = [], 0, ""
    for line in body.splitlines():
        statement = (statement + " " + line.strip()).strip()
        if statement.endswith("{"):
            out.append(statement)
            depth, statement = depth + 1, ""
        elif statement.startswith("}") and statement.endswith(";"):
            out.append(statement)
            depth, statement = depth - 1, ""
        elif depth and re.search(r"[,;]$|^\w+ = \d+$|= -?\d+$", statement):
            out.append("    " + statement)
            statement = ""
        elif not depth and statement.endswith(";"):
            out.append(re.sub(r"\s+", " ", statement))
            statement = ""
    assert not statement and depth == 0, statement
    return "\n".join(out) + "\n"


def main():
    path, text = INCLUDE / "ffi.h", ffi_header()
    if sys.argv[1:] == ["--check"]:
        if path.read_text() != text:
            sys.exit("engine/include/corsac/ffi.h is not what the headers say: run scripts/make_ffi.py")
    else:
        path.write_text(text)


if __name__ == "__main__":
    main()
