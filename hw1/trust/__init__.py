"""How far a claim can be trusted: pilots before admission, fresh blocks of seeds afterwards, cards."""
