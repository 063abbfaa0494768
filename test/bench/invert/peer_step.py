"""The peer of `stepWorker.ts`: the same first steps of Jones's descent, by PyTorch's autograd.

The network is in eval mode, its parameters are frozen, and only the images have gradients. Pixels are in [0, 1] and
standardised on the way; what is inverted is the input of the classifier.

    python3 peer_step.py --model resnet18 --state X.pt --images X.npy --batch 32 --steps 4 --threads 2 [--channels-last]

It answers each line with the seconds of one step, the residual of each image at its seed, and the best after all steps.
"""

import argparse
import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "real" / "models"), str(HERE.parent / "shared")]
import networks  # noqa: E402
from blas import blas  # noqa: E402

STEP, MOMENTUM, EPSILON = 1 / 8, 0.9, 1e-10


def headless(network):
    """The network up to what its classifier reads."""
    if hasattr(network, "heads"):
        network.heads = nn.Identity()
    else:
        network.fc = nn.Identity()
    return network.requires_grad_(False)


def lengths(rows):
    """Euclidean length of each row."""
    return rows.flatten(1).norm(dim=1)


class Descent:
    """Images on their way to targets."""

    def __init__(self, options):
        torch.set_num_threads(options.threads)
        layout = torch.channels_last if options.channels_last else torch.contiguous_format
        self.network = headless(networks.load(options.model, options.state)).to(memory_format=layout)
        self.mean = torch.tensor(networks.IMAGE_MEAN).reshape(1, 3, 1, 1)
        self.std = torch.tensor(networks.IMAGE_STD).reshape(1, 3, 1, 1)
        standardised = torch.from_numpy(np.load(options.images)[: 2 * options.batch])
        pixels = (standardised * self.std + self.mean).clamp(0, 1).contiguous(memory_format=layout)
        self.seeds = pixels[: options.batch]
        with torch.inference_mode():
            self.targets = self.representation(pixels[options.batch :]).clone()
        self.targets = self.targets.detach().clone()
        self.sizes = lengths(self.targets)
        self.steps = options.steps

    def representation(self, pixels):
        return self.network((pixels - self.mean) / self.std)

    def run(self):
        x = self.seeds.clone()
        velocity = torch.zeros_like(x)
        best = x.clone()
        least = torch.full((len(x),), float("inf"))
        first = None
        for _ in range(self.steps):
            x.requires_grad_(True)
            residual = lengths(self.representation(x) - self.targets) / self.sizes
            (gradient,) = torch.autograd.grad(residual.sum(), x)
            with torch.no_grad():
                x, residual = x.detach(), residual.detach()
                first = residual if first is None else first
                better = residual < least
                least = torch.where(better, residual, least)
                best[better] = x[better]
                size = lengths(gradient).reshape(-1, 1, 1, 1) + EPSILON
                velocity.mul_(MOMENTUM).add_(gradient / size, alpha=1 - MOMENTUM)
                x = (x - STEP * velocity).clamp_(0, 1)
        return first, least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="name in networks.py")
    parser.add_argument("--state", required=True, help="its state dict, by export_models.py")
    parser.add_argument("--images", required=True, help=".npy of export_models.py")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--channels-last", action="store_true")
    descent = Descent(parser.parse_args())
    print(json.dumps({"ready": True, "engine": f"torch {torch.__version__}", "blas": blas()}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        first, last = descent.run()
        seconds = (time.perf_counter() - start) / descent.steps
        print(json.dumps({"seconds": seconds, "first": first.tolist(), "last": last.tolist()}), flush=True)


if __name__ == "__main__":
    main()
