"""Numbers that describe a tensor, on any device: `kernels` computes those of a look, in Numba's loops on the CPU."""

from torchdemos.stats.conversion import as_float64 as as_float64
from torchdemos.stats.conversion import as_plain as as_plain
from torchdemos.stats.histograms import Histogram as Histogram
from torchdemos.stats.histograms import histogram as histogram
from torchdemos.stats.scalars import mean as mean
from torchdemos.stats.scalars import norm as norm
from torchdemos.stats.scalars import std as std
from torchdemos.stats.scalars import total_norm as total_norm
from torchdemos.stats.summaries import OUTPUT_STATISTICS as OUTPUT_STATISTICS
from torchdemos.stats.summaries import SLOPE_OF_SATURATED as SLOPE_OF_SATURATED
from torchdemos.stats.summaries import SUMMARY as SUMMARY
from torchdemos.stats.summaries import dead_units as dead_units
from torchdemos.stats.summaries import joined_statistics as joined_statistics
from torchdemos.stats.summaries import pooled_summary as pooled_summary
from torchdemos.stats.summaries import saturated_units as saturated_units
