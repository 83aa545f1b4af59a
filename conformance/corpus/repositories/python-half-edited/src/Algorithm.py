import Algorithmia


def apply(input):
    if input != 'en':
        input = {"text": input}
            input = Algorithmia.client().algo("somebody/Translate").pipe(input).result
    return input
