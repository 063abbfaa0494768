"""Inverts Tiny10 networks as STIR's released code does, in eval mode, for comparison with ours.

    stir.py FOLDER STEPS STATE_A STATE_B

FOLDER holds targets.f32 and seeds.f32 (n x 3 x 32 x 32). Prints one JSON line: for each of the two networks as the
inverting one, the median residual and biased linear CKA: natural, jones, stir, self_stir.
"""

import json
import sys

import numpy as np
import torch
from torch import nn

torch.set_num_threads(2)
MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
STD = torch.tensor([0.2023, 0.1994, 0.201]).view(1, 3, 1, 1)


class Tiny10(nn.Module):
    """Convolutions with batch norm; sizes are read off the weights."""

    strides = {3: 2, 6: 2}

    def __init__(self, state):
        super().__init__()
        for i in range(1, 9):
            out, into, k, _ = state[f"conv{i}.weight"].shape
            bias = f"conv{i}.bias" in state
            self.add_module(f"conv{i}", nn.Conv2d(into, out, k, stride=self.strides.get(i, 1), bias=bias))
            self.add_module(f"bn{i}", nn.BatchNorm2d(out))
        classes, width = state["fc.weight"].shape
        self.fc = nn.Linear(width, classes)

    def forward(self, pixels):
        # The released normaliser clamps: seeds reach beyond [0, 1].
        x = (pixels.clamp(0, 1) - MEAN) / STD
        for i in range(1, 9):
            x = torch.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        return x.mean((2, 3))


def load(path):
    state = torch.load(path, map_location="cpu")
    network = Tiny10(state)
    missing, _ = network.load_state_dict(state, strict=False)
    assert not missing, missing
    return network.eval().requires_grad_(False)


def logits(network, pixels):
    return network(pixels) @ network.fc.weight.T + network.fc.bias


def residuals(network, x, target):
    return (network(x) - target).norm(dim=1) / target.norm(dim=1)


def invert(network, seeds, images, steps):
    target = network(images)
    x = seeds.clone()
    best, least = x.clone(), torch.full((len(x),), float("inf"))
    for step in range(steps + 1):
        x = x.detach().requires_grad_(True)
        found = residuals(network, x, target)
        better = found.detach() < least
        best[better], least[better] = x.detach()[better], found.detach()[better]
        if step == steps:
            break
        (gradient,) = torch.autograd.grad(found.sum(), x)
        norm = gradient.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
        x = (x.detach() - 0.5 * gradient / (norm + 1e-10)).clamp(0, 1)
    return best, least


def cka(x, y):
    x, y = (z.double() - z.double().mean(0) for z in (x, y))
    return float((y.T @ x).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm()))


def main():
    folder, steps, *states = sys.argv[1:]
    read = lambda name: torch.from_numpy(np.fromfile(f"{folder}/{name}.f32", np.float32).reshape(-1, 3, 32, 32))
    images, seeds = read("targets"), read("seeds")
    networks = [load(path) for path in states]
    found = []
    for i, network in enumerate(networks):
        other = networks[1 - i]
        inverted, least = invert(network, seeds, images, int(steps))
        found.append(
            {
                "residual": float(least.double().quantile(0.5)),
                "natural": cka(network(images), other(images)),
                "jones": cka(network(inverted), other(inverted)),
                "stir": cka(other(images), other(inverted)),
                "self_stir": cka(network(images), network(inverted)),
            }
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
