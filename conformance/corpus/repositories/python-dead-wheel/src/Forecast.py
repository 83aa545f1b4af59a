import forecasts


def apply(input):
    return forecasts.ahead(input)
