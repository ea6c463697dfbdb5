"""What the stock tells the rooms of the core."""

from pyramid.config import Configurator

from stadtkern_finance.i18n import _
from stadtkern_finance.models import AccountAlias, Rate, StoredAssessment, TaxAccount
from stadtkern_finance.stock import demo
from stadtkern_finance.stock.words import AccountWord


def includeme(config: Configurator) -> None:
    """Name the tables in the history, in archives of a town and in the register."""
    for name, title in (
        ("finance_account", _("Account (Kassenzeichen)")),
        ("finance_alias", _("Earlier number of an account")),
        ("finance_account_word", _("Word that an account is found by")),
        ("finance_rate", _("Resolution on a rate (Hebesatz)")),
        ("finance_assessment", _("Assessment")),
    ):
        config.add_audit_kind(name, title=title)
    config.add_subscriber(demo.load, "stadtkern.plugins.events.DemoLoading")
    config.add_audit_deed("finance.stock", title=_("stock imported"))
    config.add_town_data("finance_account", TaxAccount, numbered=True, ordered=True)
    account = {"account_id": "finance_account"}
    config.add_town_data("finance_alias", AccountAlias, references=account)
    config.add_town_data("finance_account_word", AccountWord, references=account)
    config.add_town_data("finance_rate", Rate)
    config.add_town_data(
        "finance_assessment",
        StoredAssessment,
        references=account | {"record_id": "exchange_record"},
        numbered=True,
        ordered=True,
        # Version 1 did not name the record.
        version=2,
    )
    config.add_personal_data(
        "finance.accounts",
        title=_("Accounts of property and trade tax"),
        purpose=_("Assessing and booking taxes"),
        people=_("Owners of plots, businesses, and who receives their notices"),
        data=_("Names, addresses, dates of birth, numbers of the tax office, amounts"),
        basis=_("Art. 6 (1) (c) and (e) GDPR; §§ 29b, 30 AO"),
        recipients=_("The municipality's finance system"),
        kept=_("As long as the account is needed, then as tax law says (§ 147 AO)"),
    )
