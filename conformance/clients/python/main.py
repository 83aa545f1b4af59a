"""Runs the cases of the release that CASES_RELEASE names."""
import importlib
import os

import report

GENERATION = os.environ["CASES_RELEASE"].split(".")[0]
MODULES = ["cases_calls", "cases_platform", "cases_management_" + GENERATION,
           "cases_data_files", "cases_data_directories", "cases_data_rights"]
if GENERATION == "1":
    MODULES.append("cases_administration_1")

report.main([importlib.import_module(name) for name in MODULES])
