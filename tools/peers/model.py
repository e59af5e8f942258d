"""Builds the model that a saved file describes, with its weights, as a PyTorch module."""
import json
import math

import torch

from couplings import AffineCoupling
from layers import ActNorm, Dequantise, Logit, Mix, Squeeze, channels_last
from operators import Capped
from residual import ResidualBlock


class Chain(torch.nn.Module):
    def __init__(self, config, at, arrays):
        super().__init__()
        parts = config["parts"]
        self.parts = torch.nn.ModuleList(layer(part, f"{at}.{i}", arrays) for i, part in enumerate(parts))

    def forward(self, x, draws):
        total = 0
        for part in self.parts:
            x, log_det = part(x, draws)
            total = total + log_det
        return x, total


class FactorOut(torch.nn.Module):
    """One half of the channels leaves as latents; the other goes on."""

    def __init__(self, config, at, arrays):
        super().__init__()
        self.leaving = config["leaving"]
        self.inner = layer(config["inner"], at + ".inner", arrays)

    def forward(self, x, draws):
        first, second = x.chunk(2, 1)
        leaves, stays = (first, second) if self.leaving == "first" else (second, first)
        y, log_det = self.inner(stays.contiguous(), draws)
        return torch.cat([channels_last(leaves), channels_last(y)], 1), log_det


LAYERS = {
    "chain": Chain,
    "factorOut": FactorOut,
    "actNorm": ActNorm,
    "residualBlock": ResidualBlock,
    "affineCoupling": AffineCoupling,
    "invertibleConv1x1": Mix,
    "squeeze": Squeeze,
    "uniformDequantisation": Dequantise,
    "logit": Logit,
}


def layer(description, at, arrays):
    name = description["layer"]
    if name not in LAYERS:
        raise ValueError(f"{at}: expected one of {', '.join(LAYERS)}, received {name}")
    return LAYERS[name](description["config"], at, arrays)


class Flow(torch.nn.Module):
    """log p(x) = log N(f(x); mean, exp(logScale)^2) + log|det df/dx|, [B] in nats."""

    def __init__(self, arrays, metadata):
        super().__init__()
        architecture = json.loads(metadata["architecture"])
        self.bijection = layer(architecture["bijection"], "bijection", arrays)
        if architecture["base"]["base"] != "diagonalNormal":
            raise ValueError(f"base: expected diagonalNormal, received {architecture['base']['base']}")
        self.mean = torch.nn.Parameter(torch.tensor(arrays["base.mean"].reshape(-1)))
        self.log_scale = torch.nn.Parameter(torch.tensor(arrays["base.logScale"].reshape(-1)))

    def forward(self, x, draws):
        z, log_det = self.bijection(x, draws)
        standardised = (channels_last(z) - self.mean) * torch.exp(-self.log_scale)
        base = -0.5 * standardised.square().sum(1) - self.log_scale.sum() - self.mean.numel() / 2 * math.log(2 * math.pi)
        return base + log_det

    def compile_parts(self):
        """
        Compiles every block and coupling. Those of the same shape share their code, so a deep network compiles in about the time of a
        shallow one. The numbers are the same up to rounding.
        """
        for module in self.modules():
            if isinstance(module, ResidualBlock):
                module.functional = True
            if isinstance(module, (ResidualBlock, AffineCoupling)):
                module.compile(dynamic=False)

    def capped(self):
        return [module for module in self.modules() if isinstance(module, Capped)]
