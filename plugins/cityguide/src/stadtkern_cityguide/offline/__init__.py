"""Tours without a network: packed by hash, fetched as differences, verified on the device."""
