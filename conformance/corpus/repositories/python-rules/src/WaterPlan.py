"""How much water a plant gets, and when somebody looks again."""
import Algorithmia

STEP = 0.5


class PlanError(Exception):
    def __init__(self, value):
        self.value = value

    def __str__(self):
        return repr(self.value).replace("\\n", "\n")


def apply(input):
    if 'moisture' not in input:
        raise PlanError("required: " + ", ".join(['moisture']))
    moisture = input['moisture']
    plan = {'moisture': moisture, 'is_fine': 40 <= moisture <= 60, 'next_look': next_look(moisture)}
    if not input.get('current_rate'):
        plan['bolus'] = {'dose': nearest((100 - moisture) / 10, STEP), 'frequency': 'once'}
    else:
        # Tuples are lists to those who call.
        plan['infusion'] = {'rate': [(0, input['current_rate'] + STEP), (30, input['current_rate'])]}
    return plan


def nearest(x, step):
    quotient, remainder = divmod(x, step)
    return quotient * step + (0 if remainder < step / 2 else step)


def next_look(moisture):
    return 15 if moisture < 10 else 60
