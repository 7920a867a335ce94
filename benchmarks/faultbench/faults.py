"""All faults, each beside its clean twin."""

from benchmarks.faultbench import faults_of_data, faults_of_models, faults_of_steps, faults_of_unseen
from benchmarks.faultbench.fault import Fault

FAULTS: list[Fault] = [
    *faults_of_steps.faults(), *faults_of_models.faults(), *faults_of_data.faults(), *faults_of_unseen.faults()
]  # fmt: skip
BY_NAME = {fault.name: fault for fault in FAULTS}
