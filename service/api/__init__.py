"""Doors for programs: verifications, payers, health, and how each says no."""

from service.api.health import health
from service.api.payers import payers
from service.api.problems import install
from service.api.rooms import Rooms
from service.api.verifications import verifications

__all__ = ["Rooms", "health", "install", "payers", "verifications"]
