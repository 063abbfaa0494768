"""Writes the architecture of a network that the user's own code builds: run by Likeness, once, after the user has agreed.

    python export_architecture.py --network train.py:Net(num_classes=10) --shape 3,32,32 --out runs/architecture

The network is built with whatever weights its constructor gives it, and no checkpoint is loaded: Likeness reads those
itself, as data. Writes OUT.pt2 with torch 2.5 or later, else OUT.onnx with nothing folded, so that parameters keep their
names. Says what happens as lines of JSON on standard output: {"event": "done", "path": …} or {"event": "error", …}.
"""

import argparse
import ast
import importlib
import importlib.util
import json
import os
import sys

OPSET = 17
BATCH = 2  # one sample would let an exporter take the number of samples for a constant


def say(**event):
    print(json.dumps(event), flush=True)


def build(network):
    """The network that `place:name(arguments)` makes; arguments are literals, and may be left out."""
    place, _, call = network.rpartition(":")
    if not place or not call:
        raise ValueError("the network is written as file.py:Name or package.module:Name")
    tree = ast.parse(call, mode="eval").body
    positional, named = [], {}
    if isinstance(tree, ast.Call):
        positional = [ast.literal_eval(argument) for argument in tree.args]
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in tree.keywords}
        tree = tree.func
    made = module(place)
    for name in ast.unparse(tree).split("."):
        made = getattr(made, name)
    return made(*positional, **named) if callable(made) and not is_network(made) else made


def is_network(value):
    import torch

    return isinstance(value, torch.nn.Module)


def module(place):
    sys.path.insert(0, os.getcwd())
    if not place.endswith(".py"):
        return importlib.import_module(place)
    path = os.path.abspath(place)
    sys.path.insert(0, os.path.dirname(path))
    # Not as __main__: what a training does when it is run is not to be done.
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


def samples(shape):
    """Made-up samples of `3,32,32`, or of `int64:128` for a network of tokens."""
    import torch

    dtype, _, sizes = shape.rpartition(":")
    sizes = [BATCH] + [int(size) for size in sizes.split(",")]
    return torch.zeros(sizes, dtype=torch.int64) if dtype == "int64" else torch.randn(sizes)


def write_pt2(network, example, out):
    import torch

    batch = torch.export.Dim("batch", min=1, max=65535)
    try:
        program = torch.export.export(network, (example,), dynamic_shapes=({0: batch},), strict=False)
    except Exception as error:
        say(event="note", message="The number of samples is fixed: " + first_line(error))
        program = torch.export.export(network, (example,), strict=False)
    torch.export.save(program, out)


def write_onnx(network, example, out, version):
    import torch

    torch.onnx.export(
        network,
        example,
        out,
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
        opset_version=OPSET if version >= (1, 12) else 12,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        **({"dynamo": False} if version >= (2, 5) else {}),
    )


def first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", required=True)
    parser.add_argument("--shape", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        say(event="error", code="no-torch", message="This Python has no torch.")
        return 1
    version = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2] if part.isdigit())
    say(event="began", python=sys.version.split()[0], torch=torch.__version__)
    try:
        network = build(options.network)
        if not is_network(network):
            raise TypeError("it makes a " + type(network).__name__ + ", which is no torch.nn.Module")
        network.eval()
        example = samples(options.shape)
        with torch.no_grad():
            network(example)
    except Exception as error:
        say(event="error", code="no-network", message=type(error).__name__ + ": " + first_line(error))
        return 1
    if version >= (2, 5):
        try:
            write_pt2(network, example, options.out + ".pt2")
            say(event="done", path=options.out + ".pt2")
            return 0
        except Exception as error:
            say(event="note", message="torch.export could not: " + first_line(error))
    try:
        write_onnx(network, example, options.out + ".onnx", version)
    except Exception as error:
        say(event="error", code="no-export", message=type(error).__name__ + ": " + first_line(error))
        return 1
    say(event="done", path=options.out + ".onnx")
    return 0


if __name__ == "__main__":
    sys.exit(main())
