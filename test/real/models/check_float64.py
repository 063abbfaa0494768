"""Holds the interpreter of `onnx_float64.py` against PyTorch's own float64 forward pass; exits 1 over 1e-10.

    python3 check_float64.py [--models resnet18 vit_b_16 …]

The networks are exported in float64 here, so that neither weights nor constants are rounded on the way. Attributes are
float32 in the format: the epsilons of the normalisations are rounded to that in PyTorch as well.
"""

import argparse
import os
import sys
import tempfile

import numpy as np
import torch

import export_models
import networks
import onnx_float64
import onnx_protobuf

TOLERANCE = 1e-10


def relative_error(name, fold):
    """Largest difference between the two outputs over the largest output."""
    network = networks.build(name).double()
    for module in network.modules():
        if hasattr(module, "eps"):
            module.eps = float(np.float32(module.eps))
    size = networks.image_size(name)
    images = networks.standardised(networks.draw_images(3, size)).double()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "network.onnx")
        export_models.export(network, torch.zeros(2, 3, size, size, dtype=torch.float64), path, fold)
        graph = onnx_protobuf.read_model(path)
    made = {}
    onnx_float64.run(
        graph,
        {graph.inputs[0]: images.numpy()},
        lambda name, value: name in graph.outputs and made.update({name: value}),
    )
    with torch.no_grad():
        expected = network(images)
    return float((made[graph.outputs[0]] - expected).abs().max() / expected.abs().max())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", default=["resnet18", "resnet50", "deep500", "vit_b_16"])
    failed = False
    for name in parser.parse_args().models:
        for fold in (True, False):
            error = relative_error(name, fold)
            failed |= error > TOLERANCE
            print(f"{name:16} {'folded' if fold else 'unfused':8} relative error {error:.1e}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
