"""The networks that the checks and the benchmarks compare: torchvision architectures with random weights.

Everything is drawn from the seed, so two programs that build `("resnet18", 0)` hold the same numbers. Batch norms get
the statistics of a few passes over drawn images: without them, the activations of a deep random network explode or
vanish, and its layers say nothing about arithmetic on real ones.
"""

import math

import numpy as np
import torch
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock

IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_STD = (0.229, 0.224, 0.225)


class DeepResidualNet(nn.Module):
    """A narrow residual network for 32 px images, 6 · blocks + 2 layers deep: many taps at little cost.

    With 33 blocks per stage its ONNX graph has 502 nodes (batch norm folded).
    """

    def __init__(self, blocks=33, width=8, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = self.stage(blocks, width, width)
        self.layer2 = self.stage(blocks, width, 2 * width)
        self.layer3 = self.stage(blocks, 2 * width, 4 * width)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4 * width, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @staticmethod
    def stage(blocks, inputs, outputs):
        if inputs == outputs:
            first = BasicBlock(inputs, outputs)
        else:
            shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=2, bias=False), nn.BatchNorm2d(outputs))
            first = BasicBlock(inputs, outputs, stride=2, downsample=shortcut)
        return nn.Sequential(first, *(BasicBlock(outputs, outputs) for _ in range(blocks - 1)))

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def resnet18_cifar():
    """ResNet-18 as it is used on 32 px images: a 3 × 3 stem and no first pooling."""
    network = torchvision.models.resnet18(num_classes=10)
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    network.maxpool = nn.Identity()
    return network


def vit_b_16():
    """ViT-B/16 with a drawn head: torchvision zeroes it, and a constant output has no similarity."""
    network = torchvision.models.vit_b_16()
    nn.init.normal_(network.heads.head.weight, std=0.02)
    return network


def vit_d192():
    """A small transformer for 32 px images: 6 layers of width 192 over 64 patches and a class token."""
    network = torchvision.models.VisionTransformer(
        image_size=32, patch_size=4, num_layers=6, num_heads=3, hidden_dim=192, mlp_dim=768, num_classes=10
    )
    nn.init.normal_(network.heads.head.weight, std=0.02)
    return network


CONSTRUCTORS = {
    "resnet18": (torchvision.models.resnet18, 224),
    "resnet34": (torchvision.models.resnet34, 224),
    "resnet50": (torchvision.models.resnet50, 224),
    "resnet18_cifar": (resnet18_cifar, 32),
    "vit_b_16": (vit_b_16, 224),
    "vit_d192": (vit_d192, 32),
    "deep500": (DeepResidualNet, 32),
}


def image_size(name):
    """Side in pixels of the images that a network was made for."""
    return CONSTRUCTORS[name][1]


def build(name, seed=0):
    """The network `name` with the weights of `seed`, in eval mode."""
    torch.manual_seed(seed)
    network = CONSTRUCTORS[name][0]()
    calibrate(network, standardised(draw_images(64, min(64, image_size(name)), seed=1000 + seed)))
    return network.eval()


def calibrate(network, images):
    """Gives every batch norm the mean and variance that it sees on `images`, averaged over two passes."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network.train()
    with torch.no_grad():
        for batch in images.chunk(2):
            network(batch)
    for norm in norms:
        norm.momentum = 0.1


def draw_images(count, size, seed=0):
    """`count` drawn pictures, uint8, count × 3 × size × size: blurred blots, a grating and noise, each its own mix."""
    random = np.random.RandomState(seed)
    ramp = np.linspace(0, 1, size, dtype=np.float32)
    pictures = np.empty((count, 3, size, size), np.uint8)
    for picture in pictures:
        blots = torch.from_numpy(random.standard_normal((1, 3, 6, 6)).astype(np.float32))
        scene = nn.functional.interpolate(blots, size=(size, size), mode="bicubic", align_corners=True)[0].numpy()
        angle, frequency = random.uniform(0, math.pi), random.uniform(2, 12)
        wave = np.sin(2 * math.pi * frequency * (math.cos(angle) * ramp[:, None] + math.sin(angle) * ramp[None, :]))
        scene = scene * random.uniform(0.2, 1.0) + random.standard_normal((3, 1, 1)) * wave * 0.5
        scene = scene + random.standard_normal((3, size, size)) * random.uniform(0, 0.4)
        picture[:] = np.clip(128 + random.uniform(20, 70) * scene + random.uniform(-40, 40), 0, 255)
    return pictures


def standardised(images):
    """uint8 images as the networks take them: float32, scaled to [0, 1], minus the mean, over the deviation."""
    mean = np.asarray(IMAGE_MEAN, np.float32).reshape(1, 3, 1, 1)
    std = np.asarray(IMAGE_STD, np.float32).reshape(1, 3, 1, 1)
    return torch.from_numpy((images.astype(np.float32) / np.float32(255) - mean) / std)


def load(name, state):
    """The network `name` with the weights that `export_models.py` wrote, in eval mode."""
    network = CONSTRUCTORS[name][0]()
    network.load_state_dict(torch.load(state))
    return network.eval()
