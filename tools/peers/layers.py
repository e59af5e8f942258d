"""The layers between blocks and couplings. Images are [B, C, H, W] here, while files hold them with channels last."""
import math

import torch
import torch.nn.functional as F


def by_channel(values, x):
    return values.reshape(1, -1, *[1] * (x.dim() - 2))


def positions(x):
    return math.prod(x.shape[2:])


class ActNorm(torch.nn.Module):
    """x exp(s) + t, with one s and t for each channel."""

    def __init__(self, config, at, arrays):
        super().__init__()
        self.log_scale = torch.nn.Parameter(torch.tensor(arrays[at + ".logScale"]))
        self.shift = torch.nn.Parameter(torch.tensor(arrays[at + ".shift"]))

    def forward(self, x, draws):
        y = x * by_channel(torch.exp(self.log_scale), x) + by_channel(self.shift, x)
        return y, positions(x) * self.log_scale.sum()


class Mix(torch.nn.Module):
    """y = W x at every position, W = P L (U + diag(sign exp(logScale))), all factors packed into one matrix."""

    def __init__(self, config, at, arrays):
        super().__init__()
        self.factors = torch.nn.Parameter(torch.tensor(arrays[at + ".factors"]))
        channels = self.factors.shape[0]
        self.register_buffer("signs", torch.tensor(config["signs"], dtype=torch.float32))
        # Row i of L U is row order[i] of W.
        self.register_buffer("rows", torch.argsort(torch.tensor(config["order"])))
        self.register_buffer("identity", torch.eye(channels))

    def forward(self, x, draws):
        log_scale = self.factors.diagonal()
        lower = torch.tril(self.factors, -1) + self.identity
        upper = torch.triu(self.factors, 1) + torch.diag(self.signs * torch.exp(log_scale))
        weight = (lower @ upper)[self.rows]
        y = F.linear(x, weight) if x.dim() == 2 else F.conv2d(x, weight[:, :, None, None])
        return y, positions(x) * log_scale.sum()


class Squeeze(torch.nn.Module):
    """2 x 2 cells become channels (dy * 2 + dx) * C + c."""

    def __init__(self, config, at, arrays):
        super().__init__()
        if config["order"] != "space-major":
            raise ValueError(f"squeeze.order: expected space-major, received {config['order']}")

    def forward(self, x, draws):
        batch, channels, height, width = x.shape
        cells = x.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 3, 5, 1, 2, 4)
        return cells.reshape(batch, 4 * channels, height // 2, width // 2), 0


class Dequantise(torch.nn.Module):
    """(x + u) / bins with u uniform on [0, 1). Images arrive with channels last and leave with channels first."""

    def __init__(self, config, at, arrays):
        super().__init__()
        if config.get("margin", 0) != 0:
            raise ValueError(f"uniformDequantisation.margin: expected 0, received {config['margin']}")
        self.bins = config["bins"]

    def forward(self, x, draws):
        # As in the TypeScript layer: below 1 by two roundings, so that no number reaches the next bin.
        u = torch.clamp(draws.uniform(x.shape), max=1 - 2.0 ** (math.ceil(math.log2(self.bins)) - 23))
        y = ((x + u) / self.bins).permute(0, 3, 1, 2).contiguous()
        return y, -y[0].numel() * math.log(self.bins)


class Logit(torch.nn.Module):
    """log p - log(1 - p) with p = alpha + (1 - 2 alpha) x."""

    def __init__(self, config, at, arrays):
        super().__init__()
        self.alpha = config["alpha"]

    def forward(self, x, draws):
        width = 1 - 2 * self.alpha
        log_p = torch.log(x * width + self.alpha)
        log_q = torch.log((1 - x) * width + self.alpha)
        return log_p - log_q, x[0].numel() * math.log(width) - (log_p + log_q).flatten(1).sum(1)


def channels_last(x):
    """[B, D] in the order of the file, for an image or a vector."""
    return x.flatten(1) if x.dim() == 2 else x.permute(0, 2, 3, 1).flatten(1)
