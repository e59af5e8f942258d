"""Random numbers of a model: PyTorch's own while it trains, or given ones, so that two programs can use the same."""
import torch


class Draws:
    """`given` is a list of arrays in the order in which the model asks for them; without it, PyTorch draws on the device."""

    def __init__(self, given=None, device="cpu"):
        self.given = given
        self.device = device

    def _next(self, shape):
        value = torch.tensor(self.given.pop(0), device=self.device)
        if tuple(value.shape) != tuple(shape):
            raise ValueError(f"draws: expected {tuple(shape)}, received {tuple(value.shape)}")
        return value

    def uniform(self, shape):
        """Uniform on [0, 1)."""
        return torch.rand(shape, device=self.device) if self.given is None else self._next(shape)

    def probe(self, like):
        """A random vector v with E[v v'] = I. Images are given with their channels last."""
        if self.given is None:
            return torch.randn_like(like)
        if like.dim() == 2:
            return self._next(like.shape)
        batch, channels, height, width = like.shape
        return self._next((batch, height, width, channels)).permute(0, 3, 1, 2).contiguous()
