"""Reads a safetensors file, as docs/file-format.md describes it."""
import json
import math

import numpy as np

KINDS = {"F32": "<f4", "I32": "<i4", "BOOL": "?"}


def read(path):
    """Returns all arrays of the file by name, and its metadata."""
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    metadata = header.pop("__metadata__", {})
    arrays = {
        name: np.frombuffer(data, KINDS[t["dtype"]], math.prod(t["shape"]), start + t["data_offsets"][0]).reshape(t["shape"])
        for name, t in header.items()
    }
    return arrays, metadata
