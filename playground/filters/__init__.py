"""The Filters page: the learned weights beside a fresh initialisation."""
