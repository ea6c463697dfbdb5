"""File names of a message and of its PDF."""

from stadtkern_finance.notices.xunternehmen.model import Kind, Message


def stem(message: Message) -> str:
    """Return the prescribed name without its ending; the same for PDF and XML."""
    prefix = "GEWST-BR" if message.kind is Kind.INSOLVENCY else "GEWST-BS"
    reference = message.reference
    return (
        f"{prefix}-{message.municipality.ags}-{reference.tax_number}-"
        f"{reference.day.isoformat()}_{message.head.message_id}"
    )


def file_name(message: Message, ending: str) -> str:
    """Return the prescribed name with ``pdf`` or ``xml``."""
    return f"{stem(message)}.{ending}"
