"""Counts the floating-point operations of convolutions and matrix products, those of gradients included."""
import math

from torch.utils._python_dispatch import TorchDispatchMode


class CountOperations(TorchDispatchMode):
    """`total` is the sum of 2 m n k over products, and of 2 x (numbers of the result) x (numbers of one kernel) over convolutions."""

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        result = function(*arguments, **(keywords or {}))
        self.total += operations(function.overloadpacket.__name__, arguments, result)
        return result


def operations(name, arguments, result):
    if name in ("mm", "bmm", "mv", "dot"):
        return 2 * result.numel() * arguments[0].shape[-1]
    if name == "addmm":
        return 2 * result.numel() * arguments[1].shape[-1]
    if name == "convolution":
        x, weight, transposed = arguments[0], arguments[1], arguments[6]
        return convolution(x if transposed else result, weight)
    if name == "convolution_backward":
        dy, x, weight, transposed, mask = arguments[0], arguments[1], arguments[2], arguments[7], arguments[10]
        return (bool(mask[0]) + bool(mask[1])) * convolution(x if transposed else dy, weight)
    return 0


def convolution(outputs, weight):
    """With the images at the end of the kernel's `outputs`, [B, outputs, H, W]."""
    return 2 * outputs.shape[0] * math.prod(outputs.shape[2:]) * weight.numel()
