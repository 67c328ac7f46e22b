"""Attention whose dropout comes from a replica's own key, see `hw1.nets.keyed`."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from hw1.nets.dropout import Dropout

__all__ = ["Attention", "keyed_attention"]

Heads = tuple[Tensor, Tensor, Tensor]


class Attention(nn.MultiheadAttention):
    """torch's layer, with the masks of `Dropout` on the attention weights where a key is lent; else without any."""

    drop: Dropout

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """As `torch.nn.MultiheadAttention.forward`."""
        if self.drop.key is None:
            return super().forward(
                query,
                key,
                value,
                key_padding_mask=key_padding_mask,
                need_weights=need_weights,
                attn_mask=attn_mask,
                average_attn_weights=average_attn_weights,
                is_causal=is_causal,
            )
        single = query.ndim == 2
        rows = [self._rows_first(part, single=single) for part in (query, key, value)]
        q, k, v = self._heads(*rows)
        scores = q @ k.transpose(-1, -2) / math.sqrt(self.head_dim)
        scores = scores + self._masks(attn_mask, key_padding_mask, scores)
        weights = self.drop(scores.softmax(-1))
        mixed = self.out_proj((weights @ v).transpose(1, 2).flatten(2))
        mixed = mixed.squeeze(0) if single else mixed if self.batch_first else mixed.transpose(0, 1)
        if not need_weights:
            return mixed, None
        seen = weights.mean(1) if average_attn_weights else weights
        return mixed, seen.squeeze(0) if single else seen

    def _rows_first(self, part: Tensor, *, single: bool) -> Tensor:
        """(examples, places, features)."""
        if single:
            return part.unsqueeze(0)
        return part if self.batch_first else part.transpose(0, 1)

    def _heads(self, query: Tensor, key: Tensor, value: Tensor) -> Heads:
        """(examples, heads, places, features of a head) each."""
        if self.in_proj_weight is not None:
            weights = self.in_proj_weight.chunk(3)
        else:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        parts = zip((query, key, value), weights, biases, strict=True)
        q, k, v = (F.linear(*part) for part in parts)
        return self._divided(q), self._divided(k), self._divided(v)

    def _divided(self, rows: Tensor) -> Tensor:
        return rows.view(*rows.shape[:2], self.num_heads, self.head_dim).transpose(1, 2)

    def _masks(self, attn_mask: Tensor | None, key_padding_mask: Tensor | None, scores: Tensor) -> Tensor:
        """What is added to the scores (examples, heads, places, places)."""
        total = scores.new_zeros(())
        if attn_mask is not None:
            mask = _added(attn_mask, scores)
            total = total + (mask.view(-1, self.num_heads, *mask.shape[1:]) if mask.ndim == 3 else mask)
        if key_padding_mask is not None:
            mask = _added(key_padding_mask, scores)
            total = total + mask.view(-1, 1, 1, mask.shape[-1])
        return total


def _added(mask: Tensor, scores: Tensor) -> Tensor:
    """A mask as numbers that are added: those of a bool mask are -inf where it is True."""
    if mask.dtype != torch.bool:
        return mask.to(scores.dtype)
    return torch.zeros_like(mask, dtype=scores.dtype).masked_fill(mask, -math.inf)


def keyed_attention(layer: nn.MultiheadAttention) -> bool:
    """Make a layer of torch's, with dropout, an `Attention`; whether it is of the kind that this knows."""
    if type(layer) is not nn.MultiheadAttention or layer.bias_k is not None or layer.add_zero_attn:
        return False
    if not 0 < layer.dropout < 1:
        return False
    layer.drop = Dropout(layer.dropout)
    layer.dropout, layer.__class__ = 0.0, Attention
    return True
