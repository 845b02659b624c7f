#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layout.py FFI_H TABLE PROTOTYPES: from ffi.h's declarations, a C table of sizes and offsets and the prototypes
alone."""
import pathlib
import sys

import corsac_ctypes


def main(header, table, prototypes):
    rows, functions = [], []
    for kind, name, body in corsac_ctypes.declarations(pathlib.Path(header).read_text(encoding="ascii")):
        if kind == "enum":
            for enumerator in filter(None, (part.split("=")[0].strip() for part in body.split(","))):
                rows.append(f'{{"{enumerator}", NULL, (size_t){enumerator}, 0}},')
        elif kind == "struct":
            rows.append(f'{{"{name}", NULL, 0, sizeof({name})}},')
            rows += [f'{{"{name}", "{field}", offsetof({name}, {field}), sizeof((({name} *)0)->{field})}},'
                     for _, field, _ in corsac_ctypes.members(body)]
        elif kind == "function":
            functions.append(f"{body[0]}{name}({body[1]});")
    pathlib.Path(table).write_text("\n".join(rows) + "\n", encoding="ascii")
    pathlib.Path(prototypes).write_text("\n".join(functions) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
