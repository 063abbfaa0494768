"""What PyTorch itself reads from checkpoints: for every tensor its shape, a digest of its bytes and the sum of its
absolute values in float64, as JSON. Run on files one trusts: torch.load executes what they say.

    python3 test/real/torch_values.py FILE...
"""

import hashlib
import json
import sys
import warnings

import torch

warnings.filterwarnings("ignore")


def flatten(value, path, found):
    if isinstance(value, torch.nn.Module):
        value = value.state_dict()
    if isinstance(value, torch.Tensor):
        plain = value.detach().contiguous().flatten()
        raw = plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain
        found[path] = {
            "shape": list(value.shape),
            "digest": hashlib.sha256(raw.numpy().tobytes()).hexdigest(),
            "sum": repr(plain.double().abs().sum().item()),
        }
    elif isinstance(value, dict):
        for key, entry in value.items():
            flatten(entry, f"{path}.{key}" if path else str(key), found)
    elif isinstance(value, (list, tuple)):
        for key, entry in enumerate(value):
            flatten(entry, f"{path}.{key}" if path else str(key), found)
    return found


files = {}
for name in sys.argv[1:]:
    try:
        files[name] = flatten(torch.load(name, map_location="cpu"), "", {})
    except Exception as error:
        files[name] = {"error": type(error).__name__}
json.dump(files, sys.stdout)
