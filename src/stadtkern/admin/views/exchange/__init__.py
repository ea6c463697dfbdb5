"""Inboxes of other systems' records: deliveries, records, batches, what is on its way."""

from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import add_deed, add_page
from stadtkern.admin.views.exchange import batches, inbox, records, sending, tables
from stadtkern.admin.views.exchange.base import (
    BATCH,
    DELIVERY,
    FILE,
    INBOX,
    LIST,
    ONE,
    SENDING,
    TABLE,
)

AREA = "/admin/exchange/{area:[a-z][a-z0-9._-]{0,39}}"
NUMBER = "{id:[0-9]{1,10}}"


def includeme(config: Configurator) -> None:
    """Register the pages. Beside ``exchange.use`` each asks for a permission of its inbox."""
    may = {"permission": Permission.EXCHANGE}
    config.add_route(INBOX, AREA)
    config.add_route(DELIVERY, f"{AREA}/deliveries/{NUMBER}")
    config.add_route(FILE, f"{AREA}/deliveries/{NUMBER}/file")
    config.add_route(LIST, f"{AREA}/records")
    config.add_route(ONE, f"{AREA}/records/{NUMBER}")
    config.add_route(BATCH, f"{AREA}/batches/{NUMBER}")
    config.add_route(SENDING, f"{AREA}/sending")
    config.add_route(TABLE, f"{AREA}/{{table:{'|'.join(tables.TABLES)}}}.xlsx")
    for view, route, template in (
        (inbox.page, INBOX, "inbox"),
        (inbox.delivery, DELIVERY, "delivery"),
        (records.listing, LIST, "records"),
        (records.one, ONE, "record"),
        (batches.page, BATCH, "batch"),
        (sending.page, SENDING, "sending"),
    ):
        add_page(config, view, route, f"exchange/{template}", **may)
    add_page(config, inbox.upload, INBOX, "exchange/inbox", request_method="POST", **may)
    add_page(config, records.change, ONE, "exchange/record", request_method="POST", **may)
    add_page(config, batches.decide, BATCH, "exchange/batch", request_method="POST", **may)
    add_deed(config, inbox.again, DELIVERY, **may)
    add_deed(config, inbox.file, FILE, **may)
    add_deed(config, records.propose, LIST, **may)
    add_deed(config, sending.replay, SENDING, **may)
    add_deed(config, tables.save, TABLE, **may)
