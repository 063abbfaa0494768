"""Compares the input gradients of two Tiny10 networks, of the score of the class that each names itself.

    saliency.py FOLDER STATE_A STATE_B

FOLDER holds targets.f32 (n x 3 x 32 x 32). Prints one JSON line: mean cosine over the images, and its standard error.
"""

import json
import sys

import numpy as np
import torch

from stir import load, logits


def gradients(network, images):
    x = images.clone().requires_grad_(True)
    scores = logits(network, x)
    scores.max(dim=1).values.sum().backward()
    return x.grad.flatten(1)


def main(folder, *states):
    images = torch.from_numpy(np.fromfile(f"{folder}/targets.f32", "float32").reshape(-1, 3, 32, 32))
    a, b = (gradients(load(state), images) for state in states)
    cosines = torch.nn.functional.cosine_similarity(a, b, dim=1).double()
    print(json.dumps({"mean": cosines.mean().item(), "error": (cosines.std() / len(cosines) ** 0.5).item()}))


main(*sys.argv[1:])
