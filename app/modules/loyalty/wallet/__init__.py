"""Cards in the phones' wallets: what is shown there, and how it stays true."""

from . import channels, codes, credentials, face, keeping, marking, passes
from .models import (
    APPLE,
    GOOGLE,
    PLATFORMS,
    DeviceLog,
    GoogleNonce,
    UsedCode,
    WalletChannel,
    WalletClock,
    WalletDevice,
    WalletPass,
)

__all__ = [
    "APPLE",
    "GOOGLE",
    "PLATFORMS",
    "DeviceLog",
    "GoogleNonce",
    "UsedCode",
    "WalletChannel",
    "WalletClock",
    "WalletDevice",
    "WalletPass",
    "channels",
    "codes",
    "credentials",
    "face",
    "keeping",
    "marking",
    "passes",
]
