"""Doors for programs: verifications, payers, health, and how each says no."""

from service.web.api.health import health
from service.web.api.payers import payers
from service.web.api.verifications import verifications
from service.web.problems import install
from service.web.services import Services

__all__ = ["Services", "health", "install", "payers", "verifications"]
