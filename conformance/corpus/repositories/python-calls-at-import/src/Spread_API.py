import Algorithmia
from statistics import pstdev


def apply(input):
    return {'Std': round(float(pstdev(list(input['elements']))), 3)}


# test
input = 'nobody'
client = Algorithmia.client('simAKeyOfAnotherPlatform1')
algo = client.algo('measures/Spread_API')
algo.set_options(timeout=300)
print(algo.pipe(input).result)
