"""Quality: what stops a publication. Contract, sections 1 ("Nothing is lost") and 5 ("one complete, validated snapshot").

In:  the live segments, what the fold told, the tables about to be published. Out: the limits exceeded; the checks failed.
"""

from flows.quality.checks import CheckFailed, check_tables
from flows.quality.expecting import Verdict, check_suites, judge
from flows.quality.limits import LIMITS, Excess, exceeded

__all__ = ["LIMITS", "CheckFailed", "Excess", "Verdict", "check_suites", "check_tables", "exceeded", "judge"]
