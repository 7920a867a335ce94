"""Rule sets of published tools, written anew from their default thresholds, as far as a `History` tells.

Each is a function from a `History` to findings, all of them errors: these tools know no levels. Where a tool looks at
numbers that a `History` lacks, the module says what stands in for them.
"""

from benchmarks.faultbench.published.autotrainer import autotrainer
from benchmarks.faultbench.published.deep_diagnosis import deep_diagnosis
from benchmarks.faultbench.published.sagemaker import sagemaker
from benchmarks.faultbench.published.spikes import spikes
from benchmarks.faultbench.published.umlaut import umlaut

PUBLISHED = {
    "SageMaker Debugger": sagemaker,
    "AUTOTRAINER": autotrainer,
    "DeepDiagnosis": deep_diagnosis,
    "UMLAUT": umlaut,
    "OLMo's spikes": spikes,
}

__all__ = ["PUBLISHED"]
