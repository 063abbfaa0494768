"""Runs an ONNX graph in float64 with PyTorch: what the engine's numbers are held against.

It shares nothing with the engine: own reader, own operators, and float64 wherever the graph says float. Operators are
those of torchvision's exports (opset 11 to 17); an unknown one stops the run by name.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

import onnx_protobuf


def run(graph, feed, visit):
    """Executes the graph on all samples at once, node by node, and frees every value after its last use.

    `visit(name, value)` is called for each output of each node as it is made.
    """
    values = {name: tensor(array) for name, array in graph.initializers.items()}
    values.update({name: tensor(array) for name, array in feed.items()})
    last_use = {name: index for index, node in enumerate(graph.nodes) for name in node.inputs}
    with torch.inference_mode():
        for index, node in enumerate(graph.nodes):
            if node.op not in OPERATORS:
                raise NotImplementedError(f"{node.op} (node {node.name})")
            inputs = [values[name] if name else None for name in node.inputs]
            outputs = OPERATORS[node.op](inputs, node.attributes, len(node.outputs))
            for name, value in zip(node.outputs, outputs if isinstance(outputs, (tuple, list)) else [outputs]):
                values[name] = value
                visit(name, value)
            del inputs, outputs, value
            for name in {*node.inputs, *node.outputs}:
                if last_use.get(name, -1) <= index:
                    values.pop(name, None)


def tensor(array):
    """A numpy array as a tensor, widened to float64 if it is of a float type."""
    array = np.array(array, np.float64 if array.dtype.kind == "f" else None)
    return torch.from_numpy(array)


def ints(value):
    """A tensor of integers as a Python list."""
    return [int(item) for item in value.reshape(-1).tolist()]


def padded(x, attributes, fill):
    """`x` with the `pads` of a convolution or pooling made explicit, and the spatial sizes of its kernel."""
    if attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise NotImplementedError("auto_pad")
    rank = x.dim() - 2
    pads = attributes.get("pads", [0] * 2 * rank)
    if not any(pads):
        return x
    # ONNX: all starts, then all ends; torch: (start, end) from the last axis on.
    pairs = [(pads[axis], pads[axis + rank]) for axis in reversed(range(rank))]
    return F.pad(x, [size for pair in pairs for size in pair], value=fill)


def conv(inputs, attributes, _):
    x, weight, *bias = inputs
    rank = x.dim() - 2
    operator = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[rank]
    stride, dilation = attributes.get("strides", [1] * rank), attributes.get("dilations", [1] * rank)
    x = padded(x, attributes, 0.0)
    return operator(x, weight, bias[0] if bias else None, stride, 0, dilation, attributes.get("group", 1))


def max_pool(inputs, attributes, outputs):
    if outputs > 1 or attributes.get("ceil_mode", 0):
        raise NotImplementedError("MaxPool with indices or ceil_mode")
    x, kernel = padded(inputs[0], attributes, -math.inf), attributes["kernel_shape"]
    strides, dilations = attributes.get("strides", [1] * len(kernel)), attributes.get("dilations", [1] * len(kernel))
    return F.max_pool2d(x, kernel, strides, 0, dilations)


def average_pool(inputs, attributes, _):
    if attributes.get("ceil_mode", 0):
        raise NotImplementedError("AveragePool with ceil_mode")
    x, kernel = inputs[0], attributes["kernel_shape"]
    strides = attributes.get("strides", [1] * len(kernel))
    total = F.avg_pool2d(padded(x, attributes, 0.0), kernel, strides, divisor_override=1)
    if attributes.get("count_include_pad", 0):
        return total / math.prod(kernel)
    return total / F.avg_pool2d(padded(torch.ones_like(x), attributes, 0.0), kernel, strides, divisor_override=1)


def batch_norm(inputs, attributes, _):
    if attributes.get("training_mode", 0):
        raise NotImplementedError("BatchNormalization in training mode")
    x, scale, shift, mean, variance = inputs
    return F.batch_norm(x, mean, variance, scale, shift, False, 0.0, attributes.get("epsilon", 1e-5))


def layer_norm(inputs, attributes, _):
    x, scale, *shift = inputs
    axis = attributes.get("axis", -1)
    return F.layer_norm(x, x.shape[axis:], scale, shift[0] if shift else None, attributes.get("epsilon", 1e-5))


def gemm(inputs, attributes, _):
    a, b, *c = inputs
    a = a.T if attributes.get("transA", 0) else a
    b = b.T if attributes.get("transB", 0) else b
    product = attributes.get("alpha", 1.0) * (a @ b)
    return product + attributes.get("beta", 1.0) * c[0] if c else product


def reshape(inputs, attributes, _):
    x, sizes = inputs[0], ints(inputs[1])
    if not attributes.get("allowzero", 0):
        sizes = [x.shape[axis] if size == 0 else size for axis, size in enumerate(sizes)]
    return x.reshape(sizes)


def flatten(inputs, attributes, _):
    x, axis = inputs[0], attributes.get("axis", 1) % (inputs[0].dim() + 1)
    return x.reshape(math.prod(x.shape[:axis]), -1)


def axes_of(inputs, attributes):
    """Axes as an input (opset 13 and later) or as an attribute; None where neither is given."""
    return ints(inputs[1]) if len(inputs) > 1 and inputs[1] is not None else attributes.get("axes")


def squeeze(inputs, attributes, _):
    x, axes = inputs[0], axes_of(inputs, attributes)
    dropped = {axis % x.dim() for axis in axes} if axes else {axis for axis, size in enumerate(x.shape) if size == 1}
    return x.reshape([size for axis, size in enumerate(x.shape) if axis not in dropped])


def unsqueeze(inputs, attributes, _):
    x, axes = inputs[0], axes_of(inputs, attributes)
    for axis in sorted(axis % (x.dim() + len(axes)) for axis in axes):
        x = x.unsqueeze(axis)
    return x


def reduce(operator):
    def apply(inputs, attributes, _):
        x = inputs[0]
        return operator(x, axes_of(inputs, attributes) or list(range(x.dim())), bool(attributes.get("keepdims", 1)))

    return apply


def slice_(inputs, attributes, _):
    x, starts, ends = inputs[0], ints(inputs[1]), ints(inputs[2])
    axes = ints(inputs[3]) if len(inputs) > 3 and inputs[3] is not None else range(len(starts))
    steps = ints(inputs[4]) if len(inputs) > 4 else [1] * len(starts)
    for axis, start, end, step in zip(axes, starts, ends, steps):
        # Python's slices clamp as ONNX's do, for either sign of the step.
        index = list(range(x.shape[axis]))[start : (None if step < 0 and end < -x.shape[axis] else end) : step]
        x = x.index_select(axis, torch.tensor(index, dtype=torch.int64))
    return x


def gather(inputs, attributes, _):
    x, index, axis = inputs[0], inputs[1].long(), attributes.get("axis", 0) % inputs[0].dim()
    index = torch.where(index < 0, index + x.shape[axis], index)
    return x.index_select(axis, index.reshape(-1)).reshape([*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]])


def split(inputs, attributes, outputs):
    x, axis = inputs[0], attributes.get("axis", 0)
    given = ints(inputs[1]) if len(inputs) > 1 else attributes.get("split")
    return torch.split(x, given or math.ceil(x.shape[axis] / outputs), axis)


def cast(inputs, attributes, _):
    dtype = onnx_protobuf.DTYPES[attributes["to"]]
    kind = np.dtype(dtype).kind
    if kind == "f":
        return inputs[0].double()
    return inputs[0].to(torch.bool if kind == "b" else getattr(torch, np.dtype(dtype).name))


def clip(inputs, attributes, _):
    low, high = (*inputs[1:], None, None)[:2]
    low = low if low is not None else attributes.get("min", -math.inf)
    high = high if high is not None else attributes.get("max", math.inf)
    return torch.clamp(inputs[0], float(low), float(high))


def constant(_, attributes, __):
    (kind, value), = attributes.items()
    return tensor(np.asarray(value, np.int64 if kind in ("value_int", "value_ints") else None))


def constant_of_shape(inputs, attributes, _):
    fill = tensor(attributes.get("value", np.zeros(1, np.float32)))
    return fill.expand(ints(inputs[0])).clone()


def expand(inputs, _, __):
    return inputs[0] * torch.ones(ints(inputs[1]), dtype=inputs[0].dtype)


def divide(a, b):
    return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def elementwise(operator):
    return lambda inputs, attributes, outputs: operator(*inputs)


def last_axis(operator):
    return lambda inputs, attributes, outputs: operator(inputs[0], attributes.get("axis", -1))


OPERATORS = {
    "Conv": conv,
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda inputs, *_: inputs[0].mean(list(range(2, inputs[0].dim())), keepdim=True),
    "Gemm": gemm,
    "MatMul": elementwise(torch.matmul),
    "Add": elementwise(torch.add),
    "Sub": elementwise(torch.sub),
    "Mul": elementwise(torch.mul),
    "Div": elementwise(divide),
    "Pow": elementwise(torch.pow),
    "Sqrt": elementwise(torch.sqrt),
    "Exp": elementwise(torch.exp),
    "Erf": elementwise(torch.erf),
    "Neg": elementwise(torch.neg),
    "Abs": elementwise(torch.abs),
    "Relu": elementwise(torch.relu),
    "Tanh": elementwise(torch.tanh),
    "Sigmoid": elementwise(torch.sigmoid),
    "LeakyRelu": lambda inputs, attributes, _: F.leaky_relu(inputs[0], attributes.get("alpha", 0.01)),
    "HardSwish": elementwise(F.hardswish),
    "HardSigmoid": lambda inputs, attributes, _: torch.clamp(
        attributes.get("alpha", 0.2) * inputs[0] + attributes.get("beta", 0.5), 0, 1
    ),
    "Clip": clip,
    "Softmax": last_axis(torch.softmax),
    "LogSoftmax": last_axis(torch.log_softmax),
    "ReduceMean": reduce(torch.mean),
    "ReduceSum": reduce(torch.sum),
    "ReduceMax": reduce(torch.amax),
    "Transpose": lambda inputs, attributes, _: inputs[0].permute(
        attributes.get("perm") or list(reversed(range(inputs[0].dim())))
    ),
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Concat": lambda inputs, attributes, _: torch.cat(inputs, attributes["axis"]),
    "Split": split,
    "Slice": slice_,
    "Gather": gather,
    "Expand": expand,
    "Shape": lambda inputs, *_: torch.tensor(inputs[0].shape, dtype=torch.int64),
    "Constant": constant,
    "ConstantOfShape": constant_of_shape,
    "Range": lambda inputs, *_: torch.arange(*(value.item() for value in inputs), dtype=inputs[0].dtype),
    "Cast": cast,
    "Where": elementwise(torch.where),
    "Equal": elementwise(torch.eq),
    "Greater": elementwise(torch.gt),
    "Less": elementwise(torch.lt),
    "Not": elementwise(torch.logical_not),
    "And": elementwise(torch.logical_and),
    "Or": elementwise(torch.logical_or),
    "Identity": elementwise(lambda x: x),
    "Dropout": lambda inputs, *_: inputs[0],
}
