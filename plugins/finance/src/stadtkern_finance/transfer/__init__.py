"""ELSTER-Transfer: what waits there is listed, fetched, kept, and only then confirmed."""

from stadtkern_finance.transfer.client import (
    Incomplete,
    NotKept,
    TransferClient,
    TransferFailed,
    Waiting,
)
from stadtkern_finance.transfer.collecting import Collected, Keeper, collect
from stadtkern_finance.transfer.configuration import Port, PortRefused, ports
from stadtkern_finance.transfer.providing import OrderRefused, Provider, Stage, Status

__all__ = [
    "Collected",
    "Incomplete",
    "Keeper",
    "NotKept",
    "OrderRefused",
    "Port",
    "PortRefused",
    "Provider",
    "Stage",
    "Status",
    "TransferClient",
    "TransferFailed",
    "Waiting",
    "collect",
    "ports",
]
