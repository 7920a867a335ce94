"""Numbers that describe a tensor: `exact` defines them, `kernels` computes those of a look several times faster."""

from torchdemos.stats.conversion import as_float64 as as_float64
from torchdemos.stats.exact import OUTPUT_STATISTICS as OUTPUT_STATISTICS
from torchdemos.stats.exact import SLOPE_OF_SATURATED as SLOPE_OF_SATURATED
from torchdemos.stats.exact import SUMMARY as SUMMARY
from torchdemos.stats.exact import abs_max as abs_max
from torchdemos.stats.exact import dead_units as dead_units
from torchdemos.stats.exact import finite_fraction as finite_fraction
from torchdemos.stats.exact import joined_statistics as joined_statistics
from torchdemos.stats.exact import mean as mean
from torchdemos.stats.exact import norm as norm
from torchdemos.stats.exact import pooled_summary as pooled_summary
from torchdemos.stats.exact import saturated_units as saturated_units
from torchdemos.stats.exact import std as std
from torchdemos.stats.exact import summary as summary
from torchdemos.stats.exact import total_norm as total_norm
from torchdemos.stats.exact import unit_moments as unit_moments
from torchdemos.stats.exact import zero_fraction as zero_fraction
from torchdemos.stats.histograms import Histogram as Histogram
from torchdemos.stats.histograms import histogram as histogram
