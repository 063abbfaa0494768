"""Writes torchvision networks as TorchScript archives, traced and scripted, with what PyTorch answers.

    python3 export_torchscript.py --out DIR --models resnet18 vit_b_16 …

Written per network:

    NAME.trace.pt, NAME.script.pt    the archives
    NAME.input.f32, NAME.logits.f32  two drawn images, and the answers in eval mode, computed in float64;
                                     little-endian float32

Random weights, batch norms calibrated as in `networks.py`: nothing is downloaded. Files that exist are left alone.
"""

import argparse
import pathlib
import warnings

import torch
import torchvision
from torch import nn

import networks

# Side in pixels of the images: as small as the network allows.
PIXELS = {
    "resnet18": 64,
    "mobilenet_v3_small": 64,
    "densenet121": 32,
    "squeezenet1_1": 64,
    "googlenet": 64,
    "shufflenet_v2_x0_5": 64,
    "efficientnet_b0": 64,
    "vit_b_16": 32,
    "swin_t": 64,
    "convnext_tiny": 32,
}


def build(name):
    torch.manual_seed(0)
    options = {"vit_b_16": {"image_size": PIXELS[name]}, "googlenet": {"init_weights": False}}.get(name, {})
    network = getattr(torchvision.models, name)(**options)
    if name == "vit_b_16":
        nn.init.normal_(network.heads.head.weight, std=0.02)
    # Enough positions for the statistics of the last stage: else the answers hang on rounding.
    networks.calibrate(network, networks.standardised(networks.draw_images(32, 96)))
    return network.eval()


def export(name, out):
    files = [out / f"{name}.{suffix}" for suffix in ("trace.pt", "script.pt", "input.f32", "logits.f32")]
    if all(file.exists() for file in files):
        return
    network = build(name)
    images = networks.standardised(networks.draw_images(2, PIXELS[name], seed=7))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The tracer's own check stumbles over attention's fused kernel, which it takes in one of its runs.
        torch.jit.trace(network, images, check_trace=False).save(str(files[0]))
        torch.jit.script(network).save(str(files[1]))
    with torch.no_grad():
        answer = network.double()(images.double())
    images.numpy().astype("<f4").tofile(files[2])
    answer.numpy().astype("<f4").tofile(files[3])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--models", nargs="+", choices=sorted(PIXELS), default=sorted(PIXELS))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for name in arguments.models:
        export(name, arguments.out)


if __name__ == "__main__":
    main()
