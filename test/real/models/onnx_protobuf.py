"""Reads an ONNX file into plain Python: only the wire format and the fields that running a graph takes.

Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

import struct
from dataclasses import dataclass, field

import numpy as np

# TensorProto.DataType → numpy type of raw_data
DTYPES = {1: "<f4", 2: "<u1", 3: "<i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8"}


@dataclass
class Node:
    op: str = ""
    name: str = ""
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    attributes: dict = field(default_factory=dict)


@dataclass
class Graph:
    nodes: list = field(default_factory=list)
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    initializers: dict = field(default_factory=dict)


def read_model(path):
    """The main graph of an ONNX file whose weights lie in the file itself."""
    with open(path, "rb") as file:
        model = memoryview(file.read())
    return next(read_graph(value) for number, value in fields(model) if number == 7)


def fields(message):
    """Pairs of field number and value: int for varints, bytes for the other wire types."""
    position = 0
    while position < len(message):
        key, position = varint(message, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, position = varint(message, position)
            yield number, value
            continue
        if wire == 2:
            size, position = varint(message, position)
        else:
            size = {1: 8, 5: 4}[wire]
        yield number, message[position : position + size]
        position += size


def varint(message, position):
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value


def text(value):
    return bytes(value).decode()


def integers(value):
    """A repeated int64: one varint, or many packed into bytes."""
    if isinstance(value, int):
        return [signed(value)]
    numbers, position = [], 0
    while position < len(value):
        number, position = varint(value, position)
        numbers.append(signed(number))
    return numbers


def floats(value):
    return list(struct.unpack(f"<{len(value) // 4}f", value))


def read_graph(message):
    graph = Graph()
    for number, value in fields(message):
        if number == 1:
            graph.nodes.append(read_node(value))
        elif number == 5:
            name, array = read_tensor(value)
            graph.initializers[name] = array
        elif number in (11, 12):
            name = next(text(inner) for key, inner in fields(value) if key == 1)
            (graph.inputs if number == 11 else graph.outputs).append(name)
    graph.inputs = [name for name in graph.inputs if name not in graph.initializers]
    return graph


def read_node(message):
    node = Node()
    for number, value in fields(message):
        if number == 1:
            node.inputs.append(text(value))
        elif number == 2:
            node.outputs.append(text(value))
        elif number == 3:
            node.name = text(value)
        elif number == 4:
            node.op = text(value)
        elif number == 5:
            name, attribute = read_attribute(value)
            node.attributes[name] = attribute
    return node


def read_attribute(message):
    name, value, repeated = "", None, []
    for number, content in fields(message):
        if number == 1:
            name = text(content)
        elif number == 2:
            value = floats(content)[0]
        elif number == 3:
            value = signed(content)
        elif number == 4:
            value = text(content)
        elif number == 5:
            value = read_tensor(content)[1]
        elif number == 7:
            repeated += floats(content)
        elif number == 8:
            repeated += integers(content)
    return name, repeated if value is None else value


def read_tensor(message):
    """Name and numpy array of a TensorProto."""
    name, shape, dtype, raw, typed = "", [], None, None, []
    for number, value in fields(message):
        if number == 1:
            shape += integers(value)
        elif number == 2:
            dtype = DTYPES[value]
        elif number == 4:
            typed += floats(value)
        elif number in (5, 7):
            typed += integers(value)
        elif number == 8:
            name = text(value)
        elif number == 9:
            raw = value
        elif number == 10:
            typed += struct.unpack(f"<{len(value) // 8}d", value)
        elif number == 14 and value == 1:
            raise ValueError("weights in external files are not read here")
    array = np.array(typed, dtype) if raw is None else np.frombuffer(raw, dtype)
    return name, array.reshape(shape)
