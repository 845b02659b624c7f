# SPDX-License-Identifier: Apache-2.0
"""Python bindings of libcorsac, built from corsac/ffi.h when this is imported: ctypes and nothing else.

    corsac = load("libcorsac.so.0", "/usr/include/corsac/ffi.h")
    engine = Engine(corsac)
    engine.publish("policies.corsac")
    reader = engine.reader()
    answer = reader.evaluate(authority="shop.example.com", path="/", origin="https://a.example.com")

ffi.h has four kinds of declarations, each on lines of its own; declarations() tells them apart.
"""
import ctypes
import re
import types

SCALARS = {
    "char": ctypes.c_char, "void": None, "size_t": ctypes.c_size_t,
    "uint32_t": ctypes.c_uint32, "int32_t": ctypes.c_int32, "uint64_t": ctypes.c_uint64,
}


def declarations(text):
    """(kind, name, body) of each declaration: enum, struct, opaque, callback or function."""
    text = re.sub(r"//[^\n]*", "", text)
    for whole in re.findall(r"[^;{]+(?:\{[^}]*\})?[^;{]*;", text):
        whole = " ".join(whole.split()).rstrip(";")
        if match := re.fullmatch(r"(?:typedef )?enum (\w+ )?\{(.*)\}(?: (\w+))?", whole):
            yield "enum", match[3], match[2]
        elif match := re.fullmatch(r"typedef struct \w+ \{(.*)\} (\w+)", whole):
            yield "struct", match[2], match[1]
        elif match := re.fullmatch(r"typedef struct (\w+) \1", whole):
            yield "opaque", match[1], ""
        elif match := re.fullmatch(r"typedef (.*)\(\*(\w+)\)\((.*)\)", whole):
            yield "callback", match[2], (match[1], match[3])
        elif match := re.fullmatch(r"(.*?)(\w+)\((.*)\)", whole):
            yield "function", match[2], (match[1], match[3])
        else:
            raise ValueError(f"ffi.h: {whole}")


def members(body):
    """(type, name, array length or None) of each member of a struct's body."""
    for line in filter(None, (part.strip() for part in body.split(";"))):
        kind, names = re.fullmatch(r"((?:const )?\w+ \**)(.*)", line).groups()
        for name in names.split(","):
            name, length = re.fullmatch(r"\s*(\w+)(?:\[(\d+)\])?", name).groups()
            yield kind.strip(), name, int(length) if length else None


def load(library, header):
    """Everything ffi.h declares: structs as classes, enumerators as numbers, functions ready to call."""
    known, api = dict(SCALARS), types.SimpleNamespace(structs=[])
    path, shared = header, ctypes.CDLL(library)

    def ctype(text):
        name, stars = re.fullmatch(r"(?:const )?(\w+) ?(\**)\w*", text.strip()).groups()
        kind = known[name]
        if stars and kind in (None, ctypes.c_char):
            kind, stars = (ctypes.c_void_p if kind is None else ctypes.c_char_p), stars[1:]
        for _ in stars:
            kind = ctypes.POINTER(kind)
        return kind

    def callback_parameters(text):  # texts as addresses: ctypes would cut a char * at its first zero byte
        return [ctypes.c_void_p if kind is ctypes.c_char_p else kind for kind in parameters(text)]

    def parameters(text):
        return [] if text == "void" else [ctype(one) for one in text.split(",")]

    with open(path, encoding="ascii") as file:
        for kind, name, body in declarations(file.read()):
            if kind == "enum":
                known[name] = ctypes.c_int
                for enumerator, value in re.findall(r"(\w+) = (-?\d+)", body):
                    setattr(api, enumerator, int(value))
            elif kind == "callback":
                known[name] = ctypes.CFUNCTYPE(ctype(body[0]), *callback_parameters(body[1]))
                setattr(api, name, known[name])
            elif kind == "function":
                function = getattr(shared, name)
                function.restype, function.argtypes = ctype(body[0]), parameters(body[1])
                setattr(api, name, function)
            else:
                fields = [(field, ctype(base) * length if length else ctype(base))
                          for base, field, length in members(body)] if kind == "struct" else []
                known[name] = type(name, (ctypes.Structure,), {"_fields_": fields} if fields else {})
                setattr(api, name, known[name])
                api.structs += [name] if fields else []
    return api


class Failure(Exception):
    """A status other than CORSAC_OK."""


class Engine:
    def __init__(self, api):
        self.api, self.handle = api, ctypes.POINTER(api.corsac_engine)()
        options = api.corsac_engine_options(struct_size=ctypes.sizeof(api.corsac_engine_options),
                                            flags=api.CORSAC_ENGINE_COUNTERS)
        check(api, api.corsac_engine_new(ctypes.byref(self.handle), ctypes.byref(options)))

    def publish(self, path):
        """Opens an image and makes it the current one; readers follow by themselves."""
        image, error = ctypes.POINTER(self.api.corsac_image)(), self.api.corsac_error()
        check(self.api, self.api.corsac_image_open_file(ctypes.byref(image), path.encode(), None,
                                                        ctypes.byref(error)), error)
        status = self.api.corsac_engine_publish(self.handle, image)
        if status != self.api.CORSAC_OK:
            self.api.corsac_image_free(image)
        check(self.api, status)

    def metrics(self):
        """What all readers have counted, in the text format of Prometheus."""
        counters, pieces = ctypes.POINTER(self.api.corsac_counters)(), []
        check(self.api, self.api.corsac_counters_new(ctypes.byref(counters), self.handle))
        write = self.api.corsac_write_fn(lambda context, piece, size: pieces.append(ctypes.string_at(piece, size)))
        status = self.api.corsac_counters_write(counters, write, None)
        self.api.corsac_counters_free(counters)
        check(self.api, status)
        return b"".join(pieces).decode("ascii")

    def reader(self):
        """One per thread."""
        return Reader(self)

    def close(self):
        """After all readers have been closed."""
        self.api.corsac_engine_free(self.handle)


class Reader:
    def __init__(self, engine):
        self.api, self.handle = engine.api, ctypes.POINTER(engine.api.corsac_reader)()
        check(self.api, self.api.corsac_reader_new(ctypes.byref(self.handle), engine.handle))

    def evaluate(self, **fields):
        """Decides a request given as keyword arguments named as in corsac_request; copies the answer."""
        request, keep = self.api.corsac_request(), []
        request.struct_size = ctypes.sizeof(request)
        for name, value in fields.items():
            setattr(request, name, view(self.api, value, keep) if isinstance(value, str) else value)
        decision = self.api.corsac_decision()
        check(self.api, self.api.corsac_evaluate(ctypes.byref(decision), self.handle, ctypes.byref(request)))
        return {
            "outcome": self.api.corsac_outcome_name(decision.outcome).decode(),
            "reason": self.api.corsac_reason_name(decision.reason).decode(),
            "status": decision.reply_status,
            "set": [[text(header.name), text(header.value)] for header in decision.set[:decision.set_count]],
        }

    def close(self):
        self.api.corsac_reader_free(self.handle)


def view(api, value, keep):
    """A corsac_str of a Python string; `keep` holds the bytes for as long as the view is used."""
    keep.append(value.encode("latin-1"))
    return api.corsac_str(keep[-1], len(keep[-1]))


def text(value):
    return ctypes.string_at(value.data, value.size).decode("latin-1") if value.size else ""


def check(api, status, error=None):
    if status != api.CORSAC_OK:
        raise Failure(api.corsac_status_name(status).decode() + (": " + error.message.decode() if error else ""))
