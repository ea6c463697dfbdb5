"""What clerks keep beside an account: notes, follow-ups, owners who change, objections."""
