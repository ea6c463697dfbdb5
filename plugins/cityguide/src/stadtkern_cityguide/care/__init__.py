"""Looking after what is in the guide: what is missing, what is there twice, what a source says."""
