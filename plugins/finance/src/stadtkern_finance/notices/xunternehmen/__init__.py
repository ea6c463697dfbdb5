"""XUnternehmen.Gewerbesteuer 1.4: the five messages, rules beyond the schema, the schema's gate."""
