"""Linear layers whose norm is kept at or below c: W / max(1, sigma / c), sigma from power iteration on the operator."""
import torch
import torch.nn.functional as F


def unit(x):
    return x / (x.norm() + 1e-12)


class Capped(torch.nn.Module):
    """
    sigma = <u, A v> is differentiable in W, with u and v held constant. `iterate` is one step of power iteration:
    v = A'u / |A'u|, u = A v / |A v|. (Behrmann et al. 2019, section 4; Gouk et al. 2018 for convolutions.)
    """

    def __init__(self, weight, bias, coefficient, input_shape):
        super().__init__()
        self.weight = torch.nn.Parameter(weight)
        self.bias = torch.nn.Parameter(bias)
        self.coefficient = coefficient
        v = unit(torch.randn(1, *input_shape))
        self.register_buffer("v", v)
        with torch.no_grad():
            self.register_buffer("u", unit(self.apply_weight(v)))

    @torch.no_grad()
    def iterate(self, count=1):
        for _ in range(count):
            self.v = unit(self.adjoint(self.u))
            self.u = unit(self.apply_weight(self.v))

    @torch.no_grad()
    def converge(self, tolerance=1e-7, most=5000):
        """Iterates until ten steps no longer raise sigma by more than `tolerance`, relative to it."""
        before = 0.0
        for _ in range(0, most, 10):
            self.iterate(10)
            sigma = float(self.sigma())
            if sigma <= before * (1 + tolerance):
                return
            before = max(before, sigma)

    def sigma(self):
        return (self.u * self.apply_weight(self.v)).sum()

    def forward(self, x):
        weight = self.weight / torch.clamp(self.sigma() / self.coefficient, min=1)
        return self.act(x, weight, self.bias)

    def apply_weight(self, x):
        return self.act(x, self.weight, None)


class CappedDense(Capped):
    """x W' + b, with the weight [outputs, inputs] as in torch.nn.Linear."""

    def act(self, x, weight, bias):
        return F.linear(x, weight, bias)

    def adjoint(self, y):
        return y @ self.weight


class CappedConv(Capped):
    """
    A zero-padded convolution. A 1x1 kernel has the norm of its matrix, so its vectors are single pixels.
    """

    def __init__(self, weight, bias, coefficient, input_shape):
        self.padding = weight.shape[-1] // 2
        if self.padding == 0:
            input_shape = (input_shape[0], 1, 1)
        super().__init__(weight, bias, coefficient, input_shape)

    def act(self, x, weight, bias):
        return F.conv2d(x, weight, bias, padding=self.padding)

    def adjoint(self, y):
        return F.conv_transpose2d(y, self.weight, padding=self.padding)
