"""Runs the cases of the release that CASES_RELEASE names."""
import importlib
import os

import report

GENERATION = os.environ["CASES_RELEASE"].split(".")[0]
MODULES = ["cases_calls", "cases_platform", "cases_errors", "cases_management_" + GENERATION,
           "cases_data_files", "cases_data_directories", "cases_data_rights"]
MODULES.append({"1": "cases_administration_1", "2": "cases_secrets_2"}[GENERATION])

report.main([importlib.import_module(name) for name in MODULES])
