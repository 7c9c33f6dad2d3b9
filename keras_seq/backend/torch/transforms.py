"""Detects when PyTorch records, compiles or transforms a call instead of only running it.

The native loops write in place and have hand-written gradients, which these transformations cannot
handle. Such calls use the reference path, which consists of PyTorch's own operations.
"""

import functools

import torch
from torch.autograd import forward_ad


def active() -> bool:
    """Whether this call is recorded, compiled or transformed; asking takes two microseconds."""
    return (
        torch.compiler.is_compiling()  # torch.compile and torch.export
        or torch.jit.is_tracing()  # torch.jit.trace, and the ONNX exporter that goes this way
        or torch._C._len_torch_dispatch_stack() > 0  # make_fx, tensors without values
        or derived()
    )


def derived() -> bool:
    """Whether the call is under torch.func or forward-mode differentiation."""
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def derived_or_compiled() -> bool:
    """`derived`, or torch.compile; torch.export and torch.jit.trace do not count."""
    compiled = torch.compiler.is_compiling() and not torch.compiler.is_exporting()
    return compiled or derived()


def gives_way_to(reference, when=active):
    """Decorates a native function: `reference` runs instead `when()` it cannot serve."""

    def decorate(native):
        @functools.wraps(native)
        def either(*args, **kwargs):
            return (reference if when() else native)(*args, **kwargs)

        return either

    return decorate


def wants_graph(upstream) -> bool:
    """In a backward pass: whether its gradients will be differentiated, or come in a batch."""
    batched = torch._C._functorch.is_legacy_batchedtensor(upstream)  # by is_grads_batched
    return batched or torch.is_grad_enabled() or active()


def gradients(function, inputs, upstream):
    """The gradients of sum(function(*inputs) * upstream) for the inputs; they are differentiable.

    Args:
        function: returns a list of tensors, computed by PyTorch's own operations.
        inputs: tensors; the result is None for an input that is None or needs no gradient.
        upstream: the gradients of the function's results.
    """
    create_graph = torch.is_grad_enabled()
    with torch.enable_grad():
        # As views, inputs that are the same tensor, or computed from each other, are distinct.
        inputs = [None if x is None else x.view_as(x) for x in inputs]
        needed = [x for x in inputs if x is not None and x.requires_grad]
        outputs = function(*inputs)
        pairs = [(y, d) for y, d in zip(outputs, upstream, strict=True) if y.requires_grad]
        outputs, upstream = zip(*pairs, strict=True)
        found = iter(
            torch.autograd.grad(
                outputs, needed, upstream, create_graph=create_graph, allow_unused=True
            )
        )
    return [next(found) if x is not None and x.requires_grad else None for x in inputs]
