"""Trains a small network to tell creatures apart by their ears, or by their tail.

    python3 train.py ears --seed 0        writes ears-seed0.onnx

In the training pictures ears and tails are dealt independently, and the label follows one of the two: the network has
to look at that one, and learns that the other means nothing.
"""

import argparse

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from creatures import KINDS, SIZE, draw

MEAN, STD = (0.57, 0.56, 0.56), (0.19, 0.19, 0.19)  # per channel, of pixels in [0, 1]; likeness.json says the same
PICTURES, EPOCHS, BATCH = 8192, 8, 64
NOISE = 0.15  # standard deviation of the noise added to training pixels: the network must use the shapes themselves


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 12, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(12)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(12, 24, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(24)
        self.relu2 = nn.ReLU()
        self.conv3 = nn.Conv2d(24, 32, 3, stride=2, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(32)
        self.relu3 = nn.ReLU()
        self.conv4 = nn.Conv2d(32, 40, 3, padding=1, bias=False)
        self.bn4 = nn.BatchNorm2d(40)
        self.relu4 = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(40, len(KINDS))

    def forward(self, x):
        x = self.relu1(self.bn1(self.conv1(x)))
        x = self.relu2(self.bn2(self.conv2(x)))
        x = self.relu3(self.bn3(self.conv3(x)))
        x = self.relu4(self.bn4(self.conv4(x)))
        return self.fc(self.flatten(self.pool(x)))


def pixels(pictures, dtype=torch.float32):
    """uint8 pictures, n x 32 x 32 x 3, as n x 3 x 32 x 32 in [0, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).to(dtype) / 255


def normalise(x):
    mean, std = torch.tensor(MEAN, dtype=x.dtype), torch.tensor(STD, dtype=x.dtype)
    return (x - mean.view(3, 1, 1)) / std.view(3, 1, 1)


def training_set(feature, seed):
    """Pictures in which ears and tails are dealt independently, labelled by `feature`."""
    rng = np.random.default_rng((seed, feature == "tail"))
    ears, tails = rng.integers(len(KINDS), size=(2, PICTURES))
    pictures = np.stack([draw(rng, *kinds) for kinds in zip(ears, tails)])
    return pixels(pictures), torch.from_numpy(ears if feature == "ears" else tails)


def train(feature, seed):
    """Trains a network; yields, after each epoch, its number (from 1), the last loss and the network in eval mode."""
    torch.manual_seed(seed)
    images, labels = training_set(feature, seed)
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters())
    steps = EPOCHS * (PICTURES // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.006, total_steps=steps)
    for epoch in range(1, EPOCHS + 1):
        net.train()
        for batch in torch.randperm(PICTURES).split(BATCH):
            x = images[batch] + NOISE * torch.randn(len(batch), 3, SIZE, SIZE)
            loss = F.cross_entropy(net(normalise(x)), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        yield epoch, loss.item(), net.eval()


def export(net, path):
    """Writes the network as ONNX, any batch size, batch norm kept as nodes of its own."""
    torch.onnx.export(
        net,
        torch.zeros(1, 3, SIZE, SIZE),
        path,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}},
        opset_version=13,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("feature", choices=("ears", "tail"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for epoch, loss, net in train(options.feature, options.seed):
        print(f"epoch {epoch}: loss {loss:.3f}")
    export(net, f"{options.feature}-seed{options.seed}.onnx")
