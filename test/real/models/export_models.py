"""Writes the networks of `networks.py` as ONNX files, and the images they are shown.

    python3 export_models.py --out DIR --models resnet18 resnet34 resnet18@1 … [--pixels 64] [--unfused]
                             [--images 224:64 64:512 …]

`NAME@SEED` is the network drawn from another seed; its files are called `NAME-seedSEED`. Written per network:

    NAME-PIXELS.onnx            batch norm folded into the convolutions, as torch exports a network in eval mode
    NAME-PIXELS-unfused.onnx    with --unfused: the batch norms stay nodes of their own
    NAME.pt                     the state dict, for programs in PyTorch that must hold the same weights

PIXELS is the side of the images that a graph takes, the network's own unless `--pixels` gives another; the batch size is
open.

And per `--images PIXELS:COUNT`:

    images-PIXELS-COUNT.npy          float32, as the networks take them
    images-PIXELS-COUNT.bin          the same as uint8 pixels, with
    images-PIXELS-COUNT.probe.json   which says how to read and standardise them

Random weights: nothing is downloaded. Files that exist are left alone.
"""

import argparse
import contextlib
import json
import pathlib
import warnings

import numpy as np
import torch
from torch import nn

import networks

OPSET = 17


def parse_model(spec):
    """`resnet18@1` → name, seed and file stem."""
    name, _, seed = spec.partition("@")
    if name not in networks.CONSTRUCTORS:
        raise argparse.ArgumentTypeError(f"{name} is not one of {', '.join(networks.CONSTRUCTORS)}")
    return name, int(seed or 0), f"{name}-seed{seed}" if seed else name


@contextlib.contextmanager
def traceable_attention(network):
    """Keeps nn.MultiheadAttention off its fused kernel, for which the exporter has no symbol.

    A module in training mode takes the path of plain matrix products. Its only other effect is dropout, which is 0 in
    these networks, so no number changes.
    """
    modules = [module for module in network.modules() if isinstance(module, nn.MultiheadAttention)]
    assert all(module.dropout == 0 for module in modules)
    for module in modules:
        module.training = True
    try:
        yield
    finally:
        for module in modules:
            module.training = False


def export(network, example, path, fold=True):
    """Writes one ONNX file whose batch size is open; `fold` merges batch norms into convolutions."""
    training, preserve = torch.onnx.TrainingMode.EVAL, torch.onnx.TrainingMode.PRESERVE
    has_attention = any(isinstance(module, nn.MultiheadAttention) for module in network.modules())
    with traceable_attention(network), warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        warnings.simplefilter("ignore", UserWarning)
        torch.onnx.export(
            network,
            example,
            path,
            opset_version=OPSET,
            # EVAL would undo traceable_attention; it matters only where there are batch norms to fold.
            training=training if fold and not has_attention else preserve,
            do_constant_folding=fold,
            input_names=["input"],
            output_names=["output"],
            dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
        )


def write_images(folder, size, count):
    """Draws `count` images of `size` px and writes them as floats, as pixels, and the descriptor of the pixels."""
    stem = f"images-{size}-{count}"
    descriptor = folder / f"{stem}.probe.json"
    if descriptor.exists():
        return
    pixels = networks.draw_images(count, size)
    np.save(folder / f"{stem}.npy", networks.standardised(pixels).numpy())
    pixels.tofile(folder / f"{stem}.bin")
    facts = {
        "file": f"{stem}.bin",
        "dtype": "uint8",
        "shape": list(pixels.shape),
        "layout": "NCHW",
        "scale": 1 / 255,
        "mean": networks.IMAGE_MEAN,
        "std": networks.IMAGE_STD,
    }
    descriptor.write_text(json.dumps(facts, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=parse_model, nargs="*", default=[], metavar="NAME[@SEED]")
    parser.add_argument("--pixels", type=int, help="side of the images, where it is not the network's own")
    parser.add_argument("--unfused", action="store_true", help="also write the graph with batch norms of their own")
    parser.add_argument("--images", nargs="*", default=[], metavar="PIXELS:COUNT")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    for name, seed, stem in options.models:
        pixels = options.pixels or networks.image_size(name)
        variants = {f"{stem}-{pixels}.onnx": True}
        if options.unfused:
            variants[f"{stem}-{pixels}-unfused.onnx"] = False
        missing = [file for file in (*variants, f"{stem}.pt") if not (options.out / file).exists()]
        if not missing:
            continue
        network = networks.build(name, seed)
        example = torch.zeros(2, 3, pixels, pixels)
        for file in missing:
            if file.endswith(".pt"):
                torch.save(network.state_dict(), options.out / file)
            else:
                export(network, example, str(options.out / file), variants[file])
            print(file, flush=True)
    for size, count in (map(int, spec.split(":")) for spec in options.images):
        write_images(options.out, size, count)


if __name__ == "__main__":
    main()
