"""Law and arithmetic of municipal taxes: one file a subject, no database, no request.

Amounts are ``Decimal`` in euros, rates percent, days ``datetime.date``. Each function returns its
result with the steps that explain it (``explanation``). What a law sets for a time stands in
``rates``.
"""
