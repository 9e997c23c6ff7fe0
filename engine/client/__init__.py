"""A client of `engine serve` that gives the same values as `engine.Base`; extra ``client``."""

from engine.client.asking import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
