"""Networks of torchvision with random weights, exported to ONNX, with the gradients of one objective in float32 and float64.

    python3 torchvision_gradients.py FOLDER NAME...

For each NAME: NAME.onnx, NAME.input.f32, NAME.seed.f32 (the objective is the sum of logits times these), NAME.float32.f64
and NAME.float64.f64 (gradients with respect to the input that PyTorch computes in either precision, as float64). What the
exporter cannot write ends with its message on standard output.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import torch
import torchvision

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

# Images a side and how many; 64 and 2 unless named. VGG's adaptive pooling can only be written where it does nothing, and the
# deepest layers of EfficientNet are left with too few numbers for statistics at 64.
SIZES = {"vgg11_bn": (224, 1), "efficientnet_b0": (128, 2)}
ARGUMENTS = {"vit_b_16": {"image_size": 64}, "googlenet": {"init_weights": True, "transform_input": True}}


def build(name):
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(weights=None, **ARGUMENTS.get(name, {}))
    size, count = SIZES.get(name, (64, 2))
    # Training begins with heads of zeros and branches that hardly count: nothing would be tested behind them.
    with torch.no_grad():
        for path, parameter in model.named_parameters():
            if path.endswith("layer_scale"):
                parameter.uniform_(0.1, 1)
            elif parameter.dim() > 1 and not parameter.any():
                parameter.normal_(std=0.02)
    # Statistics as training leaves them: those of the values that are there.
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for module in norms:
        module.momentum = 1.0
    if norms:
        model.train()
        for module in model.modules():
            if isinstance(module, (torch.nn.Dropout, torchvision.ops.StochasticDepth)):
                module.eval()
        with torch.no_grad():
            model(torch.randn(8, 3, size, size))
    return model.eval(), torch.randn(count, 3, size, size)


def gradient(model, images, seed):
    images = images.clone().requires_grad_()
    (model(images) * seed).sum().backward()
    return images.grad.double().numpy()


def main(folder, names):
    for name in names:
        model, images = build(name)
        seed = torch.randn(images.shape[0], 1000)
        # The fused attention of inference has no operator in ONNX.
        for module in model.modules():
            if isinstance(module, torch.nn.MultiheadAttention):
                module.training = True
        try:
            torch.onnx.export(
                model,
                images,
                str(folder / f"{name}.onnx"),
                opset_version=17,
                input_names=["input"],
                output_names=["logits"],
                dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
                training=torch.onnx.TrainingMode.PRESERVE,
                do_constant_folding=True,
            )
        except Exception as error:  # noqa: BLE001
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0]}", flush=True)
            continue
        images.numpy().tofile(folder / f"{name}.input.f32")
        seed.numpy().tofile(folder / f"{name}.seed.f32")
        gradient(model, images, seed).tofile(folder / f"{name}.float32.f64")
        gradient(model.double(), images.double(), seed.double()).tofile(folder / f"{name}.float64.f64")
        print(f"{name}: written", flush=True)


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main(Path(sys.argv[1]), sys.argv[2:])
