"""From raw shop and transaction records to the census of Taobao villages.

The rooms, in the order in which data moves through them: intake, ledger, places, measure, rules, quality,
publish, reports. `census` holds the sequence of a run, `cli` the command, `settings` every setting.
"""

__version__ = "0.1.0"
