"""Glow's affine couplings, with a perceptron for vectors and with its convolutional network for images."""
import torch
import torch.nn.functional as F


class Perceptron(torch.nn.Module):
    def __init__(self, config, at, arrays):
        super().__init__()
        if config["activation"] != "relu":
            raise ValueError(f"denseConditioner.activation: expected relu, received {config['activation']}")
        parts = []
        for i in range(len(config["hidden"]) + 1):
            weight = torch.tensor(arrays[f"{at}.{i}.weight"].T.copy())
            layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
            with torch.no_grad():
                layer.weight.copy_(weight)
                layer.bias.copy_(torch.tensor(arrays[f"{at}.{i}.bias"]))
            parts += [layer, torch.nn.ReLU()]
        self.layers = torch.nn.Sequential(*parts[:-1])

    def forward(self, x):
        return self.layers(x)


class ScaledConv(torch.nn.Module):
    """
    y = (K * x + e + b) exp(3 s), where e is a second 3x3 kernel over an indicator of the zero padding. Scale, bias and e are
    folded into the kernel and into one offset, which is less work than Glow's own form and gives the same numbers.
    """

    def __init__(self, at, arrays, height, width):
        super().__init__()
        self.kernel = torch.nn.Parameter(torch.tensor(arrays[at + ".kernel"].transpose(3, 2, 0, 1).copy()))
        self.bias = torch.nn.Parameter(torch.tensor(arrays[at + ".bias"]))
        self.log_scale = torch.nn.Parameter(torch.tensor(arrays[at + ".logScale"]))
        self.padding = self.kernel.shape[-1] // 2
        self.edge = None
        if self.padding > 0:
            edge = arrays[at + ".edgeKernel"].transpose(3, 2, 0, 1).copy()
            self.edge = torch.nn.Parameter(torch.tensor(edge))
            outside = torch.ones(1, 1, height + 2, width + 2)
            outside[:, :, 1:-1, 1:-1] = 0
            self.register_buffer("outside", outside)

    def forward(self, x):
        scale = torch.exp(3 * self.log_scale)
        kernel = self.kernel * scale[:, None, None, None]
        if self.edge is None:
            return F.conv2d(x, kernel, self.bias * scale)
        offset = F.conv2d(self.outside, self.edge * scale[:, None, None, None], self.bias * scale)
        return F.conv2d(x, kernel, padding=self.padding) + offset


class ConvNetwork(torch.nn.Module):
    def __init__(self, config, at, arrays, height, width):
        super().__init__()
        if config["activation"] != "relu":
            raise ValueError(f"convConditioner.activation: expected relu, received {config['activation']}")
        self.first, self.second, self.last = (ScaledConv(f"{at}.{i}", arrays, height, width) for i in range(3))

    def forward(self, x):
        return self.last(F.relu(self.second(F.relu(self.first(x)))))


class AffineCoupling(torch.nn.Module):
    """The first half passes; the other half becomes (x2 + t) scale(s), with (t, s) = network(x1)."""

    def __init__(self, config, at, arrays):
        super().__init__()
        if config["passThrough"] != "first" or config["order"] != "shift-first":
            raise ValueError(f"affineCoupling: expected passThrough first and order shift-first, received {config}")
        self.half = config["inputShape"][-1] // 2
        self.scale = config["scale"]
        self.bound = config.get("logScaleBound")
        network, at = config["conditioner"], at + ".conditioner"
        if network["conditioner"] == "denseConditioner":
            self.network = Perceptron(network["config"], at, arrays)
        elif network["conditioner"] == "convConditioner":
            self.network = ConvNetwork(network["config"], at, arrays, *config["inputShape"][:2])
        elif network["conditioner"] == "zeroConvConditioner":
            self.network = ScaledConv(at + ".0", arrays, *config["inputShape"][:2])
        else:
            raise ValueError(f"conditioner: expected a dense or convolutional one, received {network['conditioner']}")

    def forward(self, x, draws):
        x1, x2 = x[:, : self.half], x[:, self.half :]
        shift, s = self.network(x1).chunk(2, 1)
        if self.scale == "sigmoid":
            scale, log_scale = torch.sigmoid(s + 2), F.logsigmoid(s + 2)
        else:
            log_scale = self.bound * torch.tanh(s / self.bound)
            scale = torch.exp(log_scale)
        return torch.cat([x1, (x2 + shift) * scale], 1), log_scale.flatten(1).sum(1)
