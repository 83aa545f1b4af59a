from . import WaterPlan


def test_nearest():
    assert WaterPlan.nearest(6.3, 0.5) == 6.5
