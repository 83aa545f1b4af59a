"""Run with: python3 -m pytest src"""
from .__ALGO__ import apply


def test_greets_by_name():
    assert apply("Jane") == "hello Jane"
