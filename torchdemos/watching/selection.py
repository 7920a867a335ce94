"""The choice of layers: which ones a look hooks, found anew only when the model has changed."""

from collections.abc import Mapping

from torch import nn

from torchdemos.hooks.layers import Layers, select
from torchdemos.hooks.wrappers import compiled_layers, unwrapped


class Selection:
    """The layers that the user chose and their parameters, as the model is now.

    `names` are the layers that were there at the start. As of the latest `update`, `hooked` are the layers that can be
    hooked, `parameters` are those of the chosen layers (all if none is chosen), `others` are all the rest, and
    `compiled` says whether some layers run as compiled code, in which no hook has a place.
    """

    def __init__(self, model: nn.Module, layers: Layers) -> None:
        self._model, self._layers = model, layers
        self.names = list(select(model, layers))
        self.hooked: dict[str, nn.Module] = {}
        self.parameters: dict[str, nn.Parameter] = {}
        self.others: list[nn.Parameter] = []
        self._tree = ModuleTree(model)
        self._compiled: set[str] | None = None

    @property
    def encoder_layers(self) -> Mapping[str, nn.Module]:
        """Layers of the model that PyTorch runs as one fused kernel in evaluation, see `hooks.fused_layers`."""
        return self._tree.encoder_layers

    @property
    def fused(self) -> list[str]:
        """Those of `encoder_layers` that are in evaluation now."""
        return [name for name, layer in self._tree.encoder_layers.items() if not layer.training]

    @property
    def compiled(self) -> bool:
        return bool(self._compiled)

    def update(self) -> bool:
        """Look at the model again; say whether `hooked` may have changed."""
        changed = self._tree.changed(self._model)
        if changed:
            self._tree = ModuleTree(self._model)
        compiled = compiled_layers(self._model, self._tree.modules)
        if not (changed or compiled != self._compiled or callable(self._layers)):
            return False
        found = select(self._model, self._layers, strict=False)
        self.hooked = {name: module for name, module in found.items() if name not in compiled}
        self.parameters = self._chosen(found)
        self.others = [p for name, p in self._tree.parameters.items() if name not in self.parameters]
        self._compiled = compiled
        return True

    def _chosen(self, layers: Mapping[str, nn.Module]) -> dict[str, nn.Parameter]:
        if self._layers is None or self._layers == []:
            return self._tree.parameters
        own = {id(parameter) for layer in layers.values() for parameter in layer.parameters()}
        return {name: parameter for name, parameter in self._tree.parameters.items() if id(parameter) in own}


class ModuleTree:
    """The modules of a model and its parameters, by name and each once, as `nn.Module` lists them.

    Every look needs them, so one walk finds them, and they are kept until `changed` says that the model changed.
    """

    def __init__(self, model: nn.Module) -> None:
        self.modules: dict[str, nn.Module] = {}
        self.parameters: dict[str, nn.Parameter] = {}
        self._root = unwrapped(model)
        self._walk("", self._root, set())
        self.encoder_layers = {n: m for n, m in self.modules.items() if isinstance(m, nn.TransformerEncoderLayer)}
        self._parts = [(module, dict(module._modules), _own(module)) for module in self.modules.values()]

    def changed(self, model: nn.Module) -> bool:
        """Whether a module or a parameter has come, gone or been replaced."""
        if unwrapped(model) is not self._root:
            return True
        return any(module._modules != children or _own(module) != own for module, children, own in self._parts)

    def _walk(self, name: str, module: nn.Module, visited: set[object]) -> None:
        visited.add(module)
        self.modules[name] = module
        prefix = f"{name}." if name else ""
        for own, parameter in module._parameters.items():
            if parameter is not None and parameter not in visited:
                visited.add(parameter)
                self.parameters[prefix + own] = parameter
        for own, child in module._modules.items():
            if child is not None and child not in visited:
                self._walk(prefix + own, child, visited)


def _own(module: nn.Module) -> list[tuple[str, int]]:
    return [(name, id(parameter)) for name, parameter in module._parameters.items()]
