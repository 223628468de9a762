"""Reports: what people and machines are told. In: an outcome, or the current snapshot. Out: text."""
